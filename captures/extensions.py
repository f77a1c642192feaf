"""IPv6 extension headers, one packet each, crafted (RFC 8200 section 4)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from crafting import SYN, V6, Ends, address, checksum, ethernet, ipv6, pseudo_header, tcp, udp, write, write_frames
from registry import capture

HOP, ROUTING, FRAGMENT, ESP, AH, ICMP6, NOTHING, DESTINATION = 0, 43, 44, 50, 51, 58, 59, 60
MOBILITY, HIP, SHIM6, EXPERIMENT, UDP = 135, 139, 140, 253, 17
HOME = "2001:db8:a::5"
MIDDLE, LATER = "2001:db8::fe", "2001:db8:2::fe"


def _options(following: int, options: bytes) -> bytes:
    """A hop-by-hop or destination options header, filled up with Pad1 or PadN."""
    short = -(2 + len(options)) % 8
    padding = b"\0" * short if short < 2 else bytes([1, short - 2]) + bytes(short - 2)
    return bytes([following, (2 + len(options) + short) // 8 - 1]) + options + padding


def _routing(following: int, kind: int, left: int, rest: bytes) -> bytes:
    """A routing header of that type with `left` segments to go."""
    return bytes([following, (4 + len(rest)) // 8 - 1, kind, left]) + rest


def _segments(following: int, left: int, *segments: str) -> bytes:
    """A segment routing header; the list holds the last segment first (RFC 8754 section 2)."""
    body = b"".join(map(address, reversed(segments)))
    return _routing(following, 4, left, bytes([len(segments) - 1, 0, 0, 0]) + body)


def _summed(message: bytes, at: int, protocol: int) -> bytes:
    """A header with its own checksum over a pseudo header."""
    value = checksum(pseudo_header(V6, protocol, len(message)) + message)
    return message[:at] + struct.pack("!H", value) + message[at + 2 :]


def _datagram(name: str, ends: Ends = V6) -> bytes:
    """A UDP datagram whose data says what is in front of it."""
    return udp(name.encode(), ends=ends)


def _option_headers() -> Iterator[bytes]:
    """Hop-by-hop and destination options."""
    yield ipv6(_options(UDP, bytes([5, 2, 0, 0])) + _datagram("router alert"), HOP)
    yield ipv6(_options(UDP, bytes([4, 1, 4])) + _datagram("tunnel encapsulation limit 4"), DESTINATION)
    # The home address takes the source's place in the checksum (RFC 6275 section 11.3.1); it must begin at
    # 8n+6, hence the PadN before it.
    mobile = _datagram("home address", (HOME, V6[1]))
    yield ipv6(_options(UDP, bytes([1, 2, 0, 0, 201, 16]) + address(HOME)) + mobile, DESTINATION)
    for kind, meaning in ((0x1E, "skip"), (0x5E, "discard"), (0x9E, "report"), (0xDE, "report unless multicast")):
        yield ipv6(_options(UDP, bytes([kind, 2, 0xBE, 0xEF])) + _datagram(f"unknown: {meaning}"), DESTINATION)


def _routing_headers() -> Iterator[bytes]:
    """Routing types 0, 2, 3 and 4. The final destination counts for the checksum (RFC 8200 section 8.1)."""
    now = (V6[0], MIDDLE)
    body = bytes(4) + address(LATER) + address(V6[1])
    yield ipv6(_routing(UDP, 0, 2, body) + _datagram("type 0, deprecated"), ROUTING, ends=now)
    body = bytes(4) + address(HOME)
    yield ipv6(_routing(UDP, 2, 1, body) + _datagram("type 2, mobility", (V6[0], HOME)), ROUTING)
    # Eight bytes that all addresses share are left out (CmprI and CmprE of RFC 6554 section 3).
    body = bytes([0x88, 0, 0, 0]) + address("2001:db8::fd")[8:] + address(V6[1])[8:]
    yield ipv6(_routing(UDP, 3, 2, body) + _datagram("type 3, RPL"), ROUTING, ends=now)
    route = (MIDDLE, LATER, V6[1])
    yield ipv6(_segments(UDP, 2, *route) + _datagram("type 4, first of 3 segments"), ROUTING, ends=now)
    arrived = _segments(UDP, 0, *route) + _datagram("type 4, last of 3 segments")
    yield ipv6(arrived, ROUTING)


def _other_headers() -> Iterator[bytes]:
    """Everything that is neither options nor routing."""
    whole = _datagram("first of two fragments, " + "." * 100)
    for offset, piece in ((0, whole[:64]), (64, whole[64:])):
        more = offset == 0
        yield ipv6(struct.pack("!BBHI", UDP, 0, offset | more, 0xF7A6) + piece, FRAGMENT)
    yield ipv6(struct.pack("!BBHII", UDP, 4, 0, 0x1001, 7) + bytes(range(12)) + _datagram("authenticated"), AH)
    yield ipv6(struct.pack("!II", 0x1002, 8) + bytes(range(0x80, 0xA8)), ESP)
    yield ipv6(b"", NOTHING)
    yield ipv6(_summed(bytes([NOTHING, 0, 0, 0, 0, 0, 0, 0]), 4, MOBILITY), MOBILITY)
    update = bytes([NOTHING, 1, 5, 0, 0, 0]) + struct.pack("!HHH", 1, 0xC000, 15) + bytes([1, 2, 0, 0])
    yield ipv6(_summed(update, 4, MOBILITY), MOBILITY)
    names = address("2001:20::a") + address("2001:20::b")
    yield ipv6(_summed(bytes([NOTHING, 4, 1, 0x21, 0, 0, 0, 0]) + names, 4, HIP), HIP)
    yield ipv6(bytes([UDP, 0, 0x80, 0, 0, 0, 0xBE, 0xEF]) + _datagram("shim6 payload"), SHIM6)
    yield ipv6(bytes([UDP, 0, 1, 4, 0, 0, 0, 0]) + _datagram("experimental header"), EXPERIMENT)


def _all_in_order() -> bytes:
    """A chain in the recommended order (RFC 8200 section 4.1)."""
    route = (MIDDLE, V6[1])
    last = _options(6, bytes([4, 1, 1])) + tcp(b"", SYN, ends=V6)
    fragment = struct.pack("!BBHI", DESTINATION, 0, 0, 0xF7A7)
    chain = _segments(FRAGMENT, 1, *route) + fragment + last
    chain = _options(DESTINATION, bytes([5, 2, 0, 0])) + _options(ROUTING, bytes([4, 1, 2])) + chain
    return ipv6(chain, HOP, ends=(V6[0], MIDDLE))


@capture(
    "ipv6-extensions",
    "Every IPv6 extension header, one packet each",
    "每一种 IPv6 扩展首部，各一个数据包",
    made="crafted",
)
def ipv6_extensions(path: Path) -> None:
    """Hop-by-hop and destination options, routing types 0, 2, 3 and 4, fragment, AH, ESP, no next header, mobility,
    HIP, shim6, an experimental one, and at the end a chain of several in the recommended order (RFC 8200
    section 4, RFC 6275, RFC 6554, RFC 8754, RFC 4302, RFC 4303, RFC 7401, RFC 5533).
    """
    packets = [*_option_headers(), *_routing_headers(), *_other_headers(), _all_in_order()]
    write_frames(path, packets)


@capture("jumbogram", "An IPv6 jumbogram of 70000 bytes, by a hop-by-hop option", "IPv6 巨型报文", made="crafted")
def jumbogram(path: Path) -> None:
    """The payload length is 0 and the jumbo payload option holds the real one; UDP's own length is 0 as well.
    Only the first 160 bytes are in the file (RFC 2675 sections 2 and 4).
    """
    data = b"jumbo! " * 9997 + b"!"
    size = 8 + 8 + len(data)
    header = bytes([UDP, 0, 0xC2, 4]) + struct.pack("!I", size)
    datagram = struct.pack("!HHHH", 40000, 9000, 0, 0) + data
    value = checksum(pseudo_header(V6, UDP, len(datagram)) + datagram)
    frame = ethernet(ipv6(header + datagram[:6] + struct.pack("!H", value) + data, HOP, length=0))
    write(path, [frame[:160]], lengths=[len(frame)])


@capture(
    "ipv6-chain-too-long",
    "An IPv6 chain of 80 extension headers, and one that runs past the packet",
    "过长的 IPv6 扩展首部链",
    made="crafted",
)
def ipv6_chain_too_long(path: Path) -> None:
    """Eighty destination options headers of 8 bytes before the UDP datagram: allowed by the letter, refused by
    most (RFC 8200 section 4.1, RFC 8504 section 5.3). In the second packet a header claims 2048 bytes and the
    packet ends before that.
    """
    chain = b"".join(_options(DESTINATION if left else UDP, b"") for left in reversed(range(80)))
    endless = bytes([UDP, 255, 1, 4, 0, 0, 0, 0]) + _datagram("not reached")
    write_frames(path, [ipv6(chain + _datagram("at last"), DESTINATION), ipv6(endless, DESTINATION)])


@capture("atomic-fragment", "An atomic fragment: a fragment header on a whole packet", "原子分片", made="crafted")
def atomic_fragment(path: Path) -> None:
    """Offset 0 and no more to come: the header says fragment, the packet is whole, and nothing has to be
    reassembled (RFC 6946, RFC 8021).
    """
    segment = tcp(b"", SYN, ends=V6, options=bytes([2, 4, 5, 0xA0]))
    write_frames(path, [ipv6(struct.pack("!BBHI", 6, 0, 0, 0xA70) + segment, FRAGMENT)])
