"""Every option of IPv4 and TCP, one packet each, crafted."""

from __future__ import annotations

import struct
from pathlib import Path

from crafting import (
    ACK,
    ACKNOWLEDGED,
    AE,
    CWR,
    ECE,
    FIN,
    NOP,
    PSH,
    RST,
    SEQUENCE,
    SYN,
    V4,
    address,
    back,
    ethernet,
    ipv4,
    tcp,
    udp,
    write,
    write_frames,
)
from registry import capture

NOON = 43_200_000  # milliseconds since midnight
ROUTER, OTHER = "192.0.2.254", "198.51.100.254"


def _routed(kind: int, pointer: int, *stops: str) -> bytes:
    """A record route or source route option (RFC 791 section 3.1)."""
    return bytes([kind, 3 + 4 * len(stops), pointer]) + b"".join(map(address, stops)) + b"\0"


def _stamped(flag: int, overflow: int, pointer: int, body: bytes) -> bytes:
    """A timestamp option (RFC 791 section 3.1)."""
    return bytes([68, 4 + len(body), pointer, overflow << 4 | flag]) + body


def _ipv4_options() -> dict[str, bytes]:
    """The options, each with a name that becomes the data of its packet."""
    stamp = struct.pack("!I", NOON)
    later = struct.pack("!I", NOON + 3)
    empty = bytes(4)
    return {
        "end of option list": bytes(4),
        "no operation": NOP * 4,
        "record route, one of three filled": _routed(7, 8, ROUTER, "0.0.0.0", "0.0.0.0"),
        "timestamps only": _stamped(0, 0, 13, stamp + later + empty),
        "timestamps with addresses, 3 had no room": _stamped(
            1, 3, 21, address(ROUTER) + stamp + address(OTHER) + later
        ),
        "timestamps of prespecified hosts": _stamped(3, 0, 13, address(ROUTER) + stamp + address(OTHER) + empty),
        "loose source route, completed": _routed(131, 12, ROUTER, OTHER),
        "strict source route, one stop to go": _routed(137, 8, ROUTER, V4[1]),
        "basic security: unclassified, GENSER": bytes([130, 4, 0xAB, 0x80]),
        "commercial security (CIPSO)": bytes([134, 12]) + struct.pack("!I", 1) + bytes([1, 6, 0, 2, 0xC0, 0]),
        "stream identifier": bytes([136, 4, 0x12, 0x34]),
        "router alert": bytes([148, 4, 0, 0]),
        "MTU probe": bytes([11, 4]) + struct.pack("!H", 1500),
        "traceroute": bytes([82, 12]) + struct.pack("!HHH", 7, 1, 0xFFFF) + address(V4[0]),
        "quick-start request": bytes([25, 8, 0x05, 64]) + struct.pack("!I", 0x12345678 & ~3),
        "experimental": bytes([94, 4, 0xBE, 0xEF]),
        "unknown": bytes([27, 4, 0xBE, 0xEF]),
    }


@capture("ipv4-options", "Every IPv4 option, one packet each", "每一种 IPv4 选项，各一个数据包", made="crafted", look=3)
def ipv4_options(path: Path) -> None:
    """End, no operation, record route, timestamp in its three forms, both source routes, security, CIPSO, stream
    identifier, router alert, and rare ones (RFC 791 section 3.1, RFC 1108, RFC 2113, FIPS 188). The data names
    the option. In the strict source route the final destination, 192.0.2.2, is still in the option and
    counts for the UDP checksum (RFC 1122 section 3.2.1.8).
    """
    packets = []
    for name, option in _ipv4_options().items():
        ends = (V4[0], OTHER) if name.startswith("strict") else V4
        packets.append(ipv4(udp(name.encode()), 17, ends=ends, options=option))
    write_frames(path, packets)


KEY_A, KEY_B = bytes.fromhex("0a0a0a0a0a0a0a0a"), bytes.fromhex("0b0b0b0b0b0b0b0b")
DIGEST = bytes(range(0xD0, 0xE4))  # stands for an HMAC of 20 bytes


def _mptcp(subtype: int, rest: bytes, low: int = 0) -> bytes:
    """An MPTCP option: kind 30, length, subtype with the four bits next to it, and what follows."""
    return bytes([30, 3 + len(rest), subtype << 4 | low]) + rest


def _mptcp_options() -> dict[str, tuple[int, bytes]]:
    """All nine subtypes in their forms (RFC 8684 section 3), with the flags of the segment."""
    nonce, token = bytes.fromhex("4e4f4e43"), bytes.fromhex("544f4b4e")
    mapping = struct.pack("!IIIH", 5000, 6000, 1, 20)
    long_mapping = struct.pack("!QQIHH", 5000, 1 << 40, 1, 20, 0xBEEF)
    new = address("192.0.2.11")
    return {
        "MP_CAPABLE in SYN": (SYN, _mptcp(0, b"\x01", 1)),
        "MP_CAPABLE in SYN+ACK": (SYN | ACK, _mptcp(0, b"\x01" + KEY_B, 1)),
        "MP_CAPABLE in ACK": (ACK, _mptcp(0, b"\x01" + KEY_A + KEY_B, 1)),
        "MP_CAPABLE with data": (ACK | PSH, _mptcp(0, b"\x01" + KEY_A + KEY_B + struct.pack("!H", 20), 1)),
        "MP_JOIN in SYN": (SYN, _mptcp(1, b"\x02" + token + nonce)),
        "MP_JOIN in SYN+ACK": (SYN | ACK, _mptcp(1, b"\x00" + DIGEST[:8] + nonce, 1)),
        "MP_JOIN in ACK": (ACK, _mptcp(1, b"\x00" + DIGEST)),
        "DSS, acknowledgment only": (ACK, _mptcp(2, b"\x01" + struct.pack("!I", 5000))),
        "DSS, ack and mapping": (ACK | PSH, _mptcp(2, b"\x05" + mapping)),
        "DSS, 8 bytes and checksum": (ACK | PSH, _mptcp(2, b"\x1f" + long_mapping)),
        "ADD_ADDR IPv4": (ACK, _mptcp(3, b"\x02" + new + DIGEST[:8])),
        "ADD_ADDR IPv4 with port": (ACK, _mptcp(3, b"\x02" + new + struct.pack("!H", 8081) + DIGEST[:8])),
        "ADD_ADDR IPv6": (ACK, _mptcp(3, b"\x03" + address("2001:db8::11") + DIGEST[:8])),
        "ADD_ADDR echo": (ACK, _mptcp(3, b"\x02" + new, 1)),
        "REMOVE_ADDR": (ACK, _mptcp(4, b"\x02\x03")),
        "MP_PRIO backup": (ACK, _mptcp(5, b"", 1)),
        "MP_FAIL": (ACK, _mptcp(6, b"\x00" + struct.pack("!Q", 6000))),
        "MP_FASTCLOSE": (ACK, _mptcp(7, b"\x00" + KEY_B)),
        "MP_TCPRST": (RST | ACK, _mptcp(8, b"\x03", 1)),
    }


def _sack(blocks: int) -> bytes:
    """A SACK option whose blocks are the newest first (RFC 2018 section 3)."""
    edges = [2_010_000 - 2000 * number for number in range(blocks)]
    return bytes([1, 1, 5, 2 + 8 * blocks]) + b"".join(struct.pack("!II", edge, edge + 1000) for edge in edges)


def _tcp_options() -> dict[str, tuple[int, bytes]]:
    """The other options, with the flags of a segment that may carry them."""
    cookie = bytes.fromhex("c00c1ec00c1ec00c")
    counters = bytes.fromhex("000001 000000 000001")

    return {
        "end of option list": (ACK, bytes(4)),
        "no operation": (ACK, NOP * 4),
        "maximum segment size": (SYN, bytes([2, 4]) + struct.pack("!H", 1460)),
        "window scale": (SYN, bytes([1, 3, 3, 7])),
        "SACK permitted": (SYN, bytes([1, 1, 4, 2])),
        **{f"SACK with {count} block{'s' * (count > 1)}": (ACK, _sack(count)) for count in range(1, 5)},
        "timestamps": (ACK, bytes([1, 1, 8, 10]) + struct.pack("!II", 123456, 654321)),
        "MD5 signature": (ACK, bytes([1, 1, 19, 18]) + DIGEST[:16]),
        "user timeout, 5 minutes": (ACK, bytes([28, 4]) + struct.pack("!H", 0x8005)),
        "user timeout, 90 seconds": (ACK, bytes([28, 4]) + struct.pack("!H", 90)),
        "authentication (TCP-AO)": (ACK, bytes([29, 16, 61, 84]) + DIGEST[:12]),
        "Fast Open cookie request": (SYN, bytes([1, 1, 34, 2])),
        "Fast Open cookie": (SYN, bytes([1, 1, 34, 10]) + cookie),
        "experiment 0xf989: Fast Open request": (SYN, bytes([254, 4, 0xF9, 0x89])),
        "experiment 0xf989: Fast Open cookie": (SYN, bytes([254, 12, 0xF9, 0x89]) + cookie),
        "experiment 0xe2d4c3d9: SMC-R": (SYN, bytes([1, 1, 254, 6, 0xE2, 0xD4, 0xC3, 0xD9])),
        "experiment 0x1234, kind 253": (ACK, bytes([1, 1, 253, 6, 0x12, 0x34, 0xCA, 0xFE])),
        "AccECN order 0": (ACK, bytes([172, 11]) + counters + NOP),
        "AccECN order 1": (ACK, bytes([174, 11]) + counters + NOP),
        "AccECN order 0, one counter": (ACK, bytes([172, 5]) + counters[:3] + NOP * 3),
        "echo (obsolete)": (ACK, bytes([1, 1, 6, 6]) + struct.pack("!I", 4711)),
        "echo reply (obsolete)": (ACK, bytes([1, 1, 7, 6]) + struct.pack("!I", 4711)),
        "partial order permitted (obsolete)": (SYN, bytes([1, 1, 9, 2])),
        "partial order profile (obsolete)": (ACK, bytes([1, 10, 3, 0xC0])),
        "connection count (obsolete)": (SYN, bytes([1, 1, 11, 6]) + struct.pack("!I", 42)),
        "connection count new (obsolete)": (SYN, bytes([1, 1, 12, 6]) + struct.pack("!I", 43)),
        "connection count echo (obsolete)": (SYN | ACK, bytes([1, 1, 13, 6]) + struct.pack("!I", 42)),
        "alternate checksum request (obsolete)": (SYN, bytes([1, 14, 3, 1])),
        "quick-start response": (ACK, bytes([27, 8, 0x05, 64]) + struct.pack("!I", 0x12345678 & ~3)),
        "encryption negotiation (ENO)": (SYN, bytes([1, 69, 3, 0x21])),
        "unknown kind 200": (ACK, bytes([200, 4, 0xBE, 0xEF])),
    }


@capture("tcp-options", "Every TCP option, one segment each", "每一种 TCP 选项，各一个报文段", made="crafted", look=3)
def tcp_options(path: Path) -> None:
    """All options in use, and the obsolete ones, each in a segment that may carry it; a segment that is not a
    SYN has the option's name as its data (RFC 9293 section 3.1, RFC 7323, RFC 2018, RFC 2385, RFC 5482,
    RFC 5925, RFC 7413, RFC 6994, RFC 9768).
    """
    options = _tcp_options().items()
    write(path, [_segment(40000 + number, name, *what) for number, (name, what) in enumerate(options)])


@capture("mptcp-options", "Every Multipath TCP option, one segment each", "每一种 MPTCP 选项", made="crafted", look=9)
def mptcp_options(path: Path) -> None:
    """The nine subtypes, some in several forms; keys and digests are made up
    (RFC 8684 sections 3.1 to 3.7).
    """
    frames = []
    for number, (name, what) in enumerate(_mptcp_options().items()):
        handshakes = {"MP_CAPABLE": 39000, "MP_JOIN": 39001}  # their segments belong together
        frames.append(_segment(handshakes.get(name.split()[0], 40000 + number), name, *what))
    write(path, frames)


def _segment(port: int, name: str, flags: int, option: bytes) -> bytes:
    """A frame with one option, named in its data unless the segment should carry none; a SYN+ACK goes the
    other way.
    """
    silent = flags & (SYN | RST) or name.startswith(("MP_", "DSS", "ADD", "REMOVE"))
    data = b"twenty bytes of data" if flags & PSH else b"" if silent else name.encode()
    if flags == SYN | ACK:
        segment = tcp(
            data, flags, ends=back(V4), ports=(8080, port), seq=ACKNOWLEDGED - 1, ack=SEQUENCE + 1, options=option
        )
        return ethernet(ipv4(segment, ends=back(V4)), reply=True)
    seq = SEQUENCE if flags & SYN else SEQUENCE + 1
    return ethernet(ipv4(tcp(data, flags, ports=(port, 8080), seq=seq, options=option)))


@capture(
    "accurate-ecn",
    "Accurate ECN: AE, CWR and ECE become a counter, with byte counters in an option",
    "精确 ECN：AE、CWR、ECE 三位成为计数器",
    made="crafted",
    look=6,
)
def accurate_ecn(path: Path) -> None:
    """The SYN sets AE, CWR and ECE; the SYN+ACK says what mark the SYN had; then the three bits count marked
    packets, starting from 5, and option 172 counts bytes. Packet 5 arrives marked CE, so packet 6 says 6
    (RFC 9768 sections 3.1 and 3.2).
    """

    def counters(ect0: int, marked: int, ect1: int) -> bytes:
        return bytes([172, 11]) + b"".join(number.to_bytes(3, "big") for number in (ect0, marked, ect1)) + NOP

    mss = bytes([2, 4]) + struct.pack("!H", 1460)
    near, far = 1_000_000, 2_000_000
    there = ((40000, 8080), False)
    here = ((8080, 40000), True)
    story = [
        (there, 0, b"", AE | CWR | ECE | SYN, near, 0, mss),
        (here, 0, b"", CWR | SYN | ACK, far, near + 1, mss + counters(1, 0, 1)),
        (there, 0, b"", CWR | ACK, near + 1, far + 1, counters(1, 0, 1)),
        (there, 2, b"not marked\n", AE | ECE | ACK | PSH, near + 1, far + 1, b""),
        (there, 3, b"marked\n", AE | ECE | ACK | PSH, near + 12, far + 1, b""),
        (here, 0, b"", AE | CWR | ACK, far + 1, near + 19, counters(12, 7, 1)),
        (there, 0, b"", AE | ECE | ACK | FIN, near + 19, far + 1, b""),
        (here, 0, b"", AE | CWR | ACK | FIN, far + 1, near + 20, b""),
        (there, 0, b"", AE | ECE | ACK, near + 20, far + 2, b""),
    ]
    frames = []
    for (ports, reply), mark, data, flags, seq, ack, options in story:
        ends = back(V4) if reply else V4
        segment = tcp(data, flags, ends=ends, ports=ports, seq=seq, ack=ack, options=options)
        frames.append(ethernet(ipv4(segment, ends=ends, tos=mark), reply=reply))
    write(path, frames)
