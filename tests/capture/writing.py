"""Captures made by hand, written again by `Keeper` and read back."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from pathlib import Path

from capture.building import (
    block,
    enhanced,
    interface,
    old,
    option,
    pcap_header,
    record,
    section,
    simple,
    write,
)  # fmt: skip

from dissect.capture import open_frames
from dissect.capture.writing import Keeper
from dissect.packet import Frame

DATA = [bytes([number]) * size for number, size in enumerate((60, 1, 0, 74, 1514), 1)]
NAMES = block(4, struct.pack("<HH", 1, 8) + bytes([192, 0, 2, 1]) + b"hst\0" + bytes(4))
SECRETS = block(10, struct.pack("<II", 0x544C534B, 8) + b"abcdefgh")
STATISTICS = block(5, bytes(12) + option(4, bytes(8)) + bytes(4))
NANO, COMMENT = option(9, b"\x09"), option(1, "né".encode())


def ng(order: str, *, link: int = 1, name: bytes = b"eth0", first: int = 0) -> bytes:
    """A section of two interfaces, a finer and a coarser, and five packets of all three kinds of block."""
    return (
        section(order, length=4711, options=option(4, b"maker", order) + bytes(4))
        + interface(link, 0, option(2, name, order) + option(9, b"\x09", order) + bytes(4), order)
        + interface(link, 96, option(2, name + b".7", order) + bytes(4), order)
        + enhanced(DATA[0], 1_700_000_000_123_456_789 + first, 0, order)
        + enhanced(DATA[1], 1_700_000_000_123_456, 1, order, options=option(1, "né".encode(), order) + bytes(4))
        + block(0xBAD, struct.pack(order + "I", 32473), order)
        + old(DATA[3], 1_700_000_001_000_000, 1, order)
        + simple(DATA[4], order=order)
        + enhanced(DATA[2], 1_700_000_002_000_000_000, 0, order, length=99)
    )


def pc(order: str = "<", magic: int = 0xA1B2C3D4, link: int = 1, seconds: int = 1_700_000_000) -> bytes:
    """A pcap file of five packets, the last of which is longer than what was captured."""
    more = struct.pack(order + "IHBB", 2, 0x0800, 4, 0) if magic == 0xA1B2CD34 else b""
    fraction = 123_456_789 if magic == 0xA1B23C4D else 123_456
    return pcap_header(order, magic, link, 65535) + b"".join(
        record(data, seconds + at, fraction + at, order, len(data) + at // 4, more=more) for at, data in enumerate(DATA)
    )


Rows = Callable[[int], Sequence[int] | None]


def everything(_: int) -> None:
    return None


def rewrite(source: Path | str, target: Path | str, rows: Rows = everything, **more: bool) -> Keeper:
    """Write what `rows` chooses of each batch (of so many packets) to another file."""
    with open_frames(str(source)) as frames, Keeper(str(target), [str(source)], **more) as keeper:
        for batch in frames.batches():
            keeper.keep(batch, rows(len(batch)))
    return keeper


def frames_of(path: Path | str) -> list[Frame]:
    with open_frames(str(path)) as frames:
        found = list(frames)
        assert frames.warning is None
    return found


def facts(frame: Frame) -> tuple[object, ...]:
    """What is told of a packet in any format."""
    return frame.data, frame.link, frame.time, frame.wire_length, frame.fcs


def places(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


__all__ = ["DATA", "Keeper", "everything", "facts", "frames_of", "ng", "pc", "places", "rewrite", "write"]
