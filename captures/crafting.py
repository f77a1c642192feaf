"""Building packets byte by byte, with right checksums unless told otherwise, and writing them to a file.

Nothing here comes from the program under test or from a packet library, so that these files can be
used to check either. Times are fixed: the same script writes the same bytes.
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Sequence
from pathlib import Path

Ends = tuple[str, str]

V4: Ends = ("192.0.2.1", "192.0.2.2")
V6: Ends = ("2001:db8::1", "2001:db8::2")
MACS = (bytes.fromhex("020000000001"), bytes.fromhex("020000000002"))
FIN, SYN, RST, PSH, ACK, URG, ECE, CWR, AE = 1, 2, 4, 8, 16, 32, 64, 128, 256
NOP = b"\x01"
ETHERNET = 1
START = 1_700_000_000  # 2023-11-14 22:13:20 UTC
STEP = 100_000  # microseconds between two packets
SEQUENCE, ACKNOWLEDGED = 1_000_000, 2_000_000


def back(ends: Ends) -> Ends:
    """The same two ends the other way round."""
    return ends[1], ends[0]


def address(text: str) -> bytes:
    """The bytes of an IPv4 or IPv6 address."""
    return ipaddress.ip_address(text).packed


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    data += b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return 0xFFFF - total


def pseudo_header(ends: Ends, protocol: int, length: int) -> bytes:
    """What TCP and UDP add to their checksum (RFC 9293 section 3.1, RFC 8200 section 8.1). The length of the
    IPv4 one is written with 32 bits too, which changes nothing up to 65535 and makes room for more.
    """
    both = address(ends[0]) + address(ends[1])
    return both + (struct.pack("!HI", protocol, length) if len(both) == 8 else struct.pack("!II", length, protocol))


def _with_sum(message: bytes, at: int, ends: Ends, protocol: int, wrong: int) -> bytes:
    """Fill in the transport checksum at that place, made wrong by `wrong`."""
    value = (checksum(pseudo_header(ends, protocol, len(message)) + message) + wrong) & 0xFFFF
    return message[:at] + struct.pack("!H", value) + message[at + 2 :]


def tcp(
    data: bytes = b"",
    flags: int = ACK,
    *,
    ends: Ends = V4,
    ports: tuple[int, int] = (40000, 8080),
    seq: int = SEQUENCE,
    ack: int | None = None,
    options: bytes = b"",
    window: int = 64240,
    urgent: int = 0,
    offset: int | None = None,
    wrong: int = 0,
) -> bytes:
    """A TCP segment; `flags` has twelve bits, `offset` overrides the data offset, `wrong` spoils the checksum."""
    options += b"\0" * (-len(options) % 4)
    words = 5 + len(options) // 4 if offset is None else offset
    if ack is None:
        ack = ACKNOWLEDGED if flags & ACK else 0
    header = struct.pack("!HHIIHHHH", *ports, seq, ack, words << 12 | flags, window, 0, urgent)
    return _with_sum(header + options + data, 16, ends, 6, wrong)


def udp(
    data: bytes, *, ends: Ends = V4, ports: tuple[int, int] = (40000, 9000), wrong: int = 0, length: int | None = None
) -> bytes:
    """A UDP datagram."""
    size = 8 + len(data) if length is None else length
    return _with_sum(struct.pack("!HHHH", *ports, size, 0) + data, 6, ends, 17, wrong)


def ipv4(
    payload: bytes,
    protocol: int = 6,
    *,
    ends: Ends = V4,
    options: bytes = b"",
    ident: int = 0x4D2,
    fragment: int = 0x4000,
    ttl: int = 64,
    tos: int = 0,
    total: int | None = None,
    wrong: int = 0,
) -> bytes:
    """An IPv4 packet; `fragment` is the word of flags and offset, `total` overrides the total length."""
    options += b"\0" * (-len(options) % 4)
    size = 20 + len(options)
    length = size + len(payload) if total is None else total
    start = struct.pack("!BBHHHBBH", 0x40 | size // 4, tos, length, ident, fragment, ttl, protocol, 0)
    header = start + address(ends[0]) + address(ends[1]) + options
    value = (checksum(header) + wrong) & 0xFFFF
    return header[:10] + struct.pack("!H", value) + header[12:] + payload


def ipv6(
    payload: bytes, following: int = 6, *, ends: Ends = V6, hops: int = 64, tos: int = 0, length: int | None = None
) -> bytes:
    """An IPv6 packet; `following` is the next header, `length` overrides the payload length."""
    size = len(payload) if length is None else length
    start = struct.pack("!IHBB", 0x60000000 | tos << 20, size, following, hops)
    return start + address(ends[0]) + address(ends[1]) + payload


def ethernet(payload: bytes, kind: int | None = None, *, reply: bool = False) -> bytes:
    """An Ethernet frame; the EtherType follows from the IP version unless given."""
    if kind is None:
        kind = 0x86DD if payload[0] >> 4 == 6 else 0x0800
    source, target = (MACS[1], MACS[0]) if reply else MACS
    return target + source + struct.pack("!H", kind) + payload


def write(path: Path, packets: Sequence[bytes], link: int = ETHERNET, lengths: Sequence[int] | None = None) -> None:
    """Write a little-endian microsecond pcap file; `lengths` are those on the wire, if the packets were cut."""
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, link))
        for number, packet in enumerate(packets):
            wire = lengths[number] if lengths else len(packet)
            seconds, fraction = divmod(number * STEP, 1_000_000)
            file.write(struct.pack("<IIII", START + seconds, fraction, len(packet), wire) + packet)


def write_frames(path: Path, packets: Sequence[bytes]) -> None:
    """Write IP packets in Ethernet frames."""
    write(path, [ethernet(packet) for packet in packets])
