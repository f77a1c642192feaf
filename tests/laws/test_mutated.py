"""Broken captures end in packets and one sentence: no exception, no hang, no growth, and both readers agree.

A few thousand in every run; $DISSECT_MUTATIONS says how many instead (100,000 takes a few minutes),
$DISSECT_SEED which others.
"""

from __future__ import annotations

import os
import random
import resource
import signal
import struct
from functools import cache
from pathlib import Path

import polars as pl
from capture.building import in_memory

from dissect.bulk.block import blocks
from dissect.bulk.table import block_table, tables
from dissect.capture import CaptureError, Frames
from dissect.capture.source import FileSource
from dissect.capture.writing.pcapng import PcapngTarget
from dissect.decoding import decode_frame
from dissect.packet import Frame
from dissect.wire.runs import runs

CAPTURES = Path(__file__).resolve().parents[2] / "captures"
COUNT = int(os.environ.get("DISSECT_MUTATIONS", "3000"))
LARGEST = 4000  # bytes of a capture that is mutated
ROUND = 250  # mutations between two looks at the memory in use
HANG = 60  # seconds after which a capture of a few kilobytes counts as never ending
GROWTH = 64 << 20  # bytes
FIELDS = [
    "frame.number", "frame.time_epoch", "frame.len", "frame.cap_len", "frame.protocols", "eth.src", "ip.src", "ip.ttl", "ip.len",
    "ip.checksum.status", "ipv6.dst", "tcp.seq_raw", "tcp.flags", "tcp.len", "tcp.checksum.status", "tcp.options.mss_val",
    "udp.length", "udp.checksum.status", "ip.src#2",
]  # fmt: skip
WORDS = (0, 1, 2, 3, 4, 8, 11, 12, 13, 16, 20, 24, 28, 31, 32, 33, 40, 60, 255, 256, 0x7FFF, 0xFFFF, 0x10000, 262_144, 262_145,
         (256 << 20) - 4, 256 << 20, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF0, 0xFFFFFFFC, 0xFFFFFFFF)  # fmt: skip
KINDS = (0x0A0D0D0A, 1, 2, 3, 4, 5, 6, 10, 0xBAD)  # of pcapng blocks


@cache
def originals() -> list[bytes]:
    paths = sorted(path for path in CAPTURES.glob("*.pcap*") if path.stat().st_size <= LARGEST)
    return [path.read_bytes() for path in paths]


def structure(data: bytes) -> list[int]:
    """Where the numbers stand that say how to read a capture: its header, record headers or blocks, block ends."""
    places = list(range(0, min(28, len(data)), 2))
    order = "<" if data[:1] in (b"\xd4", b"\x4d", b"\x34") or data[8:9] == b"\x4d" else ">"
    ng = data[:4] == b"\x0a\x0d\x0d\x0a"
    at = 0 if ng else 24
    while at + 16 <= len(data):
        if ng and data[at : at + 4] == b"\x0a\x0d\x0d\x0a":
            order = "<" if data[at + 8] == 0x4D else ">"
        size = struct.unpack_from(order + "I", data, at + (4 if ng else 8))[0] + (0 if ng else 16)
        places += [at + shift for shift in (0, 4, 8, 12, 16, 20, 24, 28)]
        if size < 12:
            break
        at += size
        places.append(at - 4)
    return [place for place in places if place < len(data)]


def cut(broken: bytearray, where: int, dice: random.Random) -> None:
    del broken[dice.randrange(len(broken) + 1) :]


def word(broken: bytearray, where: int, dice: random.Random) -> None:
    broken[where : where + 4] = struct.pack(dice.choice("<>") + "I", dice.choice(WORDS))


def half(broken: bytearray, where: int, dice: random.Random) -> None:
    broken[where : where + 2] = struct.pack(dice.choice("<>") + "H", dice.choice(WORDS) & 0xFFFF)


def kind(broken: bytearray, where: int, dice: random.Random) -> None:
    broken[where : where + 4] = struct.pack(dice.choice("<>") + "I", dice.choice(KINDS))


def flip(broken: bytearray, where: int, dice: random.Random) -> None:
    for _ in range(dice.randrange(1, 9) if broken else 0):
        broken[dice.randrange(len(broken))] ^= 1 << dice.randrange(8)


def insert(broken: bytearray, where: int, dice: random.Random) -> None:
    at = dice.randrange(len(broken) + 1)
    broken[at:at] = dice.randbytes(dice.choice((1, 4, 16, 60)))


def remove(broken: bytearray, where: int, dice: random.Random) -> None:
    at = dice.randrange(len(broken) + 1)
    del broken[at : at + dice.choice((1, 2, 4, 16))]


def graft(broken: bytearray, where: int, dice: random.Random) -> None:
    other = dice.choice(originals())
    at = dice.choice(structure(other))
    broken[where : where + 64] = other[at : at + dice.choice((16, 64, 200))]


FAULTS = (cut, word, word, half, kind, flip, insert, remove, graft)


def mutated(data: bytes, dice: random.Random) -> bytes:
    """The capture with one to four things wrong."""
    broken = bytearray(data)
    places = structure(data) or [0]
    for _ in range(dice.choice((1, 1, 2, 4))):
        dice.choice(FAULTS)(broken, dice.choice(places), dice)
    return bytes(broken)


class Reader:
    """Reads captures from one file in memory, so that the system does not make a file a mutation."""

    def __init__(self) -> None:
        self.said = ""
        self._descriptor = os.memfd_create("mutated")

    def open(self, data: bytes) -> Frames | None:
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, data, 0)
        try:
            return Frames(FileSource("x", os.dup(self._descriptor)))
        except CaptureError as error:
            self.said = str(error)
            return None

    def close(self) -> None:
        os.close(self._descriptor)


def copied(frames: Frames, found: list[Frame]) -> None:
    """A copy of what was whole holds the same packets, and nothing is wrong with it."""
    copy = bytearray()
    target = PcapngTarget(copy.extend, merge=False)
    for batch in frames.batches():
        target.keep(batch, range(len(batch)))
    target.end()
    again = in_memory(bytes(copy))
    with again:
        assert [facts(frame) for frame in again] == [facts(frame) for frame in found]
    assert again.warning is None


def looked_into(frames: Frames, found: list[Frame]) -> None:
    """What filters look into are bytes of the packet itself."""
    for block in blocks(frames):
        for number, *parts in block_table(block, ["frame.number", *runs()]).iter_rows():
            data = found[number - 1].data
            assert all(part in data for part in parts if part is not None)


def facts(frame: Frame) -> tuple[object, ...]:
    return frame.data, frame.link, frame.time, frame.wire_length, frame.fcs, frame.order, frame.comments


def read_both_ways(reader: Reader, data: bytes, sample: bool) -> int:
    """How many packets there are, which both readers find."""
    frames = reader.open(data)
    if frames is None:
        assert "\n" not in reader.said
        return 0
    with frames:
        found = list(frames)
        warning = frames.warning
        assert warning is None or "\n" not in warning
        if sample:
            for frame in found[:20]:
                decode_frame(frame)
            copied(frames, found)
            looked_into(frames, found)
        made = [table for table in tables(frames, FIELDS) if len(table)]
        assert frames.warning == warning
    table = pl.concat(made) if made else None
    assert sum(len(frame) for frame in made) == len(found)
    if table is not None:
        assert table["frame.number"].to_list() == [frame.number for frame in found]
        assert table["frame.cap_len"].to_list() == [len(frame.data) for frame in found]
        assert table["frame.len"].to_list() == [frame.wire_length for frame in found]
    return len(found)


def test_mutated_captures_end_in_packets_and_one_sentence() -> None:
    dice = random.Random(int(os.environ.get("DISSECT_SEED", "2026")))
    reader = Reader()
    packets, before = 0, 0
    for number in range(COUNT):
        data = mutated(dice.choice(originals()), dice)
        signal.alarm(HANG)
        try:
            packets += read_both_ways(reader, data, sample=number % 4 == 0)
        except BaseException as error:
            error.add_note(f"mutation {number}: {data.hex()}")
            raise
        if number % ROUND == ROUND - 1 and number >= 4 * ROUND:  # after what is made once
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
            before = before or peak
            assert peak - before < GROWTH
    signal.alarm(0)
    reader.close()
    assert packets > COUNT
