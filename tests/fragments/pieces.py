"""Datagrams cut into pieces, as frames and as captures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from capture.building import in_memory, pcap_header, record
from decoding.crafting import FRAGMENT, UDP, V4, V6, Ends, fragment6, ip, ip6, udp

from dissect.capture import Frames
from dissect.decoding import decode_frame
from dissect.fragments.datagram import Datagram
from dissect.fragments.pieces import Piece, piece_of
from dissect.fragments.reassembly import reassembled
from dissect.packet import Frame

RAW = 101
Cut = tuple[int, int]
"""First byte and one past the last of the data."""


def payload(size: int, ends: Ends = V4) -> bytes:
    """A UDP datagram of `size` bytes with its header."""
    return udp(bytes(at * 7 % 251 for at in range(size - 8)), ends=ends)


def cuts(size: int, *marks: int) -> list[Cut]:
    """The pieces between the marks."""
    edges = [0, *marks, size]
    return list(pairwise(edges))


def four(data: bytes, start: int, stop: int, *, more: bool | None = None, ends: Ends = V4) -> bytes:
    """One IPv4 piece; MF where it is not the end of the data."""
    return ip(data[start:stop], UDP, flags=stop < len(data) if more is None else more, offset=start // 8, ends=ends)


def six(data: bytes, start: int, stop: int, *, more: bool | None = None, ends: Ends = V6) -> bytes:
    """One IPv6 piece."""
    last = stop < len(data) if more is None else more
    return ip6(fragment6(UDP, start // 8, last) + data[start:stop], FRAGMENT, ends=ends)


def seen(packets: Iterable[bytes], *, captured: int = 1 << 20, pause: int = 1) -> list[Piece]:
    """What the packets are pieces of, one every `pause` seconds, cut to `captured` bytes."""
    frames = (
        Frame(data[:captured], RAW, number, number * pause * 10**9, len(data)) for number, data in enumerate(packets, 1)
    )
    return [piece for frame in frames if (piece := piece_of(decode_frame(frame))) is not None]


def together(packets: Iterable[bytes], **how: int) -> list[Datagram]:
    return list(reassembled(seen(packets, **how)))


def one(packets: Iterable[bytes], **how: int) -> Datagram:
    (datagram,) = together(packets, **how)
    return datagram


def capture(packets: Sequence[bytes], pause: float = 0.001) -> Frames:
    return in_memory(file(packets, pause))


def file(packets: Sequence[bytes], pause: float = 0.001) -> bytes:
    return pcap_header(link=RAW) + b"".join(
        record(data, *divmod(round(number * pause * 1_000_000), 1_000_000)) for number, data in enumerate(packets)
    )
