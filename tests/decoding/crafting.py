"""Packets byte by byte, with right lengths and checksums unless a test asks for wrong ones."""

from __future__ import annotations

import socket
import struct

A4, B4, C4 = (socket.inet_aton(f"192.0.2.{n}") for n in (1, 2, 3))
A6, B6, C6 = (socket.inet_pton(socket.AF_INET6, f"2001:db8::{n}") for n in (1, 2, 3))
FIN, SYN, RST, PSH, ACK, URG, ECE, CWR, AE = (1 << n for n in range(9))
TCP, UDP, ICMP, ICMPV6 = 6, 17, 1, 58
HOPOPTS, ROUTING, FRAGMENT, ESP, AH, NONE, DSTOPTS = 0, 43, 44, 50, 51, 59, 60
Ends = tuple[bytes, bytes]
V4: Ends = (A4, B4)
V6: Ends = (A6, B6)


def internet_sum(data: bytes) -> int:
    """RFC 1071's sum, word by word: deliberately not the arithmetic that dissect uses."""
    total = 0
    for (word,) in struct.iter_unpack("!H", data + bytes(len(data) % 2)):
        total += word
        total = (total & 0xFFFF) + (total >> 16)
    return total


def pseudo(ends: Ends, protocol: int, length: int) -> bytes:
    if len(ends[0]) == 4:
        return ends[0] + ends[1] + struct.pack("!BBH", 0, protocol, length & 0xFFFF)
    return ends[0] + ends[1] + struct.pack("!IHBB", length, 0, 0, protocol)


def filled(segment: bytes, at: int, covering: bytes, checksum: int | None) -> bytes:
    value = internet_sum(covering + segment) ^ 0xFFFF if checksum is None else checksum
    return segment[:at] + struct.pack("!H", value) + segment[at + 2 :]


def eth(payload: bytes, ethertype: int = 0x0800) -> bytes:
    return bytes.fromhex("020000000002 020000000001") + struct.pack("!H", ethertype) + payload


def ip(
    payload: bytes, protocol: int = TCP, *, version: int = 4, ihl: int | None = None, length: int | None = None,
    flags: int = 2, offset: int = 0, ttl: int = 64, options: bytes = b"", checksum: int | None = None, ends: Ends = V4,
    tos: int = 0,
) -> bytes:  # fmt: skip
    """IPv4; `offset` in 8-byte units."""
    header = struct.pack(
        "!BBHHHBBH4s4s",
        version << 4 | (5 + len(options) // 4 if ihl is None else ihl), tos,
        20 + len(options) + len(payload) if length is None else length,
        0x1234, flags << 13 | offset, ttl, protocol, 0, *ends,
    )  # fmt: skip
    return filled(header + options, 10, b"", checksum) + payload


def ip6(
    payload: bytes, following: int = TCP, *, version: int = 6, length: int | None = None, hops: int = 64,
    ends: Ends = V6,
) -> bytes:  # fmt: skip
    size = len(payload) if length is None else length
    return struct.pack("!IHBB16s16s", version << 28, size, following, hops, *ends) + payload


def tcp(
    data: bytes = b"", flags: int = ACK, *, options: bytes = b"", words: int | None = None, seq: int = 1000,
    ack: int | None = None, window: int = 1024, urgent: int = 0, reserved: int = 0, checksum: int | None = None,
    ends: Ends = V4, length: int | None = None,
) -> bytes:  # fmt: skip
    """A segment from port 40000 to 80; `words` is the data offset, `length` what the pseudo-header says."""
    offset = 5 + len(options) // 4 if words is None else words
    acknowledged = (2000 if flags & ACK else 0) if ack is None else ack
    header = struct.pack(
        "!HHIIHHHH", 40000, 80, seq, acknowledged, offset << 12 | reserved << 9 | flags, window, 0, urgent
    )
    segment = header + options + data
    return filled(segment, 16, pseudo(ends, TCP, len(segment) if length is None else length), checksum)


def udp(
    data: bytes = b"", *, port: int = 53, length: int | None = None, checksum: int | None = None, ends: Ends = V4
) -> bytes:
    size = 8 + len(data)
    datagram = struct.pack("!HHHH", 40000, port, size if length is None else length, 0) + data
    covering = pseudo(ends, UDP, size)
    if checksum is None:
        checksum = internet_sum(covering + datagram) ^ 0xFFFF or 0xFFFF
    return filled(datagram, 6, covering, checksum)


def icmp(kind: int, code: int, rest: bytes, quoted: bytes = b"") -> bytes:
    return filled(struct.pack("!BBH", kind, code, 0) + rest + quoted, 2, b"", None)


def icmp6(kind: int, code: int, rest: bytes, quoted: bytes = b"", ends: Ends = V6) -> bytes:
    message = struct.pack("!BBH", kind, code, 0) + rest + quoted
    return filled(message, 2, pseudo(ends, ICMPV6, len(message)), None)


def extension(following: int, body: bytes, length: int | None = None) -> bytes:
    """An extension header that counts its length in 8-byte units beyond the first."""
    assert length is not None or (2 + len(body)) % 8 == 0
    return bytes((following, (2 + len(body)) // 8 - 1 if length is None else length)) + body


def options6(following: int, *options: bytes) -> bytes:
    """Hop-by-hop or destination options, padded with PadN to a whole number of 8 bytes."""
    body = b"".join(options)
    rest = -(2 + len(body)) % 8
    padding = bytes((1, rest - 2)) + bytes(rest - 2) if rest > 1 else bytes(rest)
    return extension(following, body + padding)


def fragment6(following: int, offset: int, more: int, *, reserved: int = 0) -> bytes:
    """A fragment header; `offset` in 8-byte units."""
    return struct.pack("!BBHI", following, 0, offset << 3 | reserved << 1 | more, 0xABCD)


def jumbo(length: int) -> bytes:
    return b"\xc2\x04" + struct.pack("!I", length)
