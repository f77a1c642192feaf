"""Packets of the kernel's ring as pcapng blocks, made where they lie: each header is written just before its bytes.

The kernel leaves at least 80 bytes before a packet's first, for what it says about the packet. Once
that was read, there is room for the head of an enhanced packet block, and what belongs behind the
packet's bytes goes where the kernel's words on the next one stood. So a file is written, and a batch
decoded, without a packet being touched by Python.
Source: draft-ietf-opsawg-pcapng, section 4.3.
"""

from __future__ import annotations

import ctypes
import errno
import os
import select
from collections.abc import Callable
from typing import Any, Self

import numpy as np

from dissect.bulk.octets import PAD, Array
from dissect.capture.batch import Batch, Mark
from dissect.capture.live.kernel import (
    ADDRESS,
    ADDRESS_AT,
    CAPTURED,
    ETHERNET,
    LENGTH,
    NANOSECOND,
    OFFSETS,
    OUTGOING,
    SECONDS,
    STATUS,
    VLAN_TAG,
    VLAN_TYPE,
    WORDS,
    Status,
)  # fmt: skip
from dissect.capture.live.ring import BLOCK, Ring
from dissect.capture.live.ring import Block as RingBlock
from dissect.capture.section import ENHANCED, FLAGS, SECOND, Section

HEAD, TAIL = 28, 4  # bytes of an enhanced packet block before and behind the packet's own
OPTION = 12  # a flags option and the end of options
BEHIND = 3 + OPTION + TAIL  # bytes behind a packet's last that may be written
MACS = 12
TAG = 4
COOKED = 20  # bytes of a Linux cooked header, version 2
MANY = 1000  # packets of a block from which on searching the whole block is quicker than stepping through it
PIECES = 1024  # IOV_MAX
VLAN = 0x8100
NOT_READY, VALID, SEGMENTED = 1 << 9, 1 << 10, 1 << 11  # epb_flags
INWARD, OUTWARD = 1, 2
SPECIAL = np.uint32(Status.CHECKSUM_NOT_READY | Status.VLAN_VALID | Status.SEGMENTATION)


class Records:
    """Enhanced packet blocks anywhere in `memory`: they begin at the bytes `starts` and are `sizes` bytes long.

    The memory may be the kernel's: what is to be kept longer than the ring's block has to be copied.
    """

    def __init__(self, memory: Array, starts: Array, sizes: Array) -> None:
        self.memory = memory
        self.starts = starts
        self.sizes = sizes

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def size(self) -> int:
        """Bytes of all records."""
        return int(self.sizes.sum())

    def split(self, count: int) -> tuple[Self, Self]:
        """The first `count` records, and the others."""
        first, rest = slice(None, count), slice(count, None)
        make = type(self)
        return (
            make(self.memory, self.starts[first], self.sizes[first]),
            make(self.memory, self.starts[rest], self.sizes[rest]),
        )

    def fitting(self, room: int) -> int:
        """How many of the first records fit into `room` bytes."""
        return int(np.searchsorted(np.cumsum(self.sizes), room, "right"))

    def lengths(self) -> int:
        """Bytes of all packets on the wire."""
        return int(_items(self.memory, "<u4", self.starts + 24).sum(dtype=np.int64))

    def span(self) -> tuple[int, int]:
        """The bytes of memory that hold all records, and what may lie between them."""
        return int(self.starts.min()), int((self.starts + self.sizes).max())

    def times(self) -> Array:
        """Each packet's time, in the units of its interface."""
        words = _rows(self.memory, 8, self.starts + 12).view("<u4")
        times: Array = words[:, 0].astype(np.uint64) << np.uint64(32) | words[:, 1]
        return times

    def batch(self, section: Section, number: int) -> Batch:
        """A copy, to be decoded, with `PAD` zeros behind it; the first is packet `number`."""
        begin, end = self.span()
        starts: Any = self.starts - begin
        return Batch(self.memory[begin:end].tobytes() + bytes(PAD), starts, section, Mark(0, number))

    def pcap(self, resolution: int) -> Records:
        """The same as records of a pcap file in nanoseconds, made in the same place: the blocks are gone then."""
        words = _rows(self.memory, 8, self.starts + 20).view("<u4")
        second, part = np.divmod(self.times(), np.uint64(resolution))
        head = np.empty((len(self), 4), "<u4")
        head[:, 0], head[:, 1] = second, part * np.uint64(SECOND // resolution)
        head[:, 2:] = words
        _put(self.memory, self.starts + 12, head)
        return Records(self.memory, self.starts + 12, words[:, 0].astype(np.int64) + 16)

    def write(self, descriptor: int, patient: Callable[[], bool]) -> None:
        """Writes all records, one after the other; OSError where that fails, after what was whole."""
        if _writev is None:
            self._write_copy(descriptor)
            return
        pieces = np.empty((len(self), 2), np.uint64)
        pieces[:, 0] = self.starts
        pieces[:, 0] += np.uint64(self.memory.ctypes.data)
        pieces[:, 1] = self.sizes
        at = 0
        while at < len(pieces):
            part = pieces[at : at + PIECES]
            done = _writev(descriptor, part.ctypes.data, len(part))
            if done >= 0:
                at += _written(part, done)
                continue
            fault = ctypes.get_errno()
            if fault not in (errno.EINTR, errno.EAGAIN):
                raise OSError(fault, os.strerror(fault))
            if not patient():
                raise TimeoutError
            if fault == errno.EAGAIN:
                select.select([], [descriptor], [], 0.1)

    def _write_copy(self, descriptor: int) -> None:
        """The same by a copy, on systems that cannot write from several places at once."""
        spans = zip(self.starts.tolist(), (self.starts + self.sizes).tolist(), strict=True)
        data = b"".join(self.memory[begin:end].tobytes() for begin, end in spans)
        while data:
            data = data[os.write(descriptor, data) :]


def _written(part: Array, done: int) -> int:
    """How many of the pieces are written; the first that is only in part now begins behind that."""
    ends = np.cumsum(part[:, 1])
    if done == int(ends[-1]):
        return len(part)
    whole = int(np.searchsorted(ends, done, "right"))
    over = done - (int(ends[whole - 1]) if whole else 0)
    part[whole, 0] += np.uint64(over)
    part[whole, 1] -= np.uint64(over)
    return whole


_writev: Any = None
if hasattr(os, "writev"):
    _writev = ctypes.CDLL(None, use_errno=True).writev
    _writev.argtypes, _writev.restype = [ctypes.c_int, ctypes.c_void_p, ctypes.c_int], ctypes.c_ssize_t


def sizes_of(memory: Array, starts: Array) -> Array:
    """The lengths of blocks, in bytes."""
    return _items(memory, "<u4", starts + 4).astype(np.int64)


class Sealer:
    """Makes records of a ring's blocks; `interface` is the number of its description in the file."""

    def __init__(self, ring: Ring, interface: int) -> None:
        self._ring = ring
        self._interface = interface
        self._memory: Array = np.frombuffer(ring.memory, np.uint8)
        self._longs: Array = self._memory.view(np.uint64)

    def seal(self, block: RingBlock) -> Records:
        """The records of a block; the kernel's words on its packets are gone then."""
        ring, memory, heads = self._ring, self._memory, self._heads(block)
        if ring.loopback >= 0:
            heads = heads[~self._twice(heads)]
        words = _rows(memory, WORDS, heads).view(np.uint32)
        start = heads + (words[:, OFFSETS] & 0xFFFF)
        captured, length = words[:, CAPTURED].astype(np.int64), words[:, LENGTH].astype(np.int64)
        special = bool((words[:, STATUS] & SPECIAL).any())
        tagged = np.flatnonzero(words[:, STATUS] & Status.VLAN_VALID) if special else _NONE
        flags = _flags(words, _rows(memory, ADDRESS, heads + ADDRESS_AT)) if special else _NONE
        if len(heads) and int(start[-1] + captured[-1]) + BEHIND > block.at + BLOCK:
            # The last packet's tail would lie on the next block's head.
            memory = np.concatenate([memory[block.at : block.at + BLOCK], np.zeros(BEHIND, np.uint8)])
            start, heads = start - block.at, heads - block.at
        if ring.cooked:
            start = _cook(memory, words, _rows(memory, ADDRESS, heads + ADDRESS_AT), start, tagged)
            captured += COOKED
            length += COOKED
        elif ring.link == ETHERNET:
            tagged = tagged[captured[tagged] >= MACS]
            start = _tag(memory, words, start, tagged) if len(tagged) else start
        else:
            tagged = _NONE
        captured[tagged] += TAG
        length[tagged] += TAG
        time = words[:, SECONDS].astype(np.uint64) * np.uint64(SECOND) + words[:, NANOSECOND]
        return self._compose(memory, start, np.minimum(captured, ring.snaplen), length, time, flags)

    def _compose(
        self, memory: Array, start: Array, captured: Array, length: Array, time: Array, flags: Array
    ) -> Records:
        """Blocks around the bytes that begin at `start`; `flags` is empty where no packet has any."""
        begin, end = start - HEAD, start + captured
        stop = end + (-captured & 3)
        sizes = stop - begin + TAIL
        flagged = np.flatnonzero(flags)
        sizes[flagged] += OPTION
        head = np.empty((len(start), 7), "<u4")
        head[:, 0], head[:, 1], head[:, 2] = ENHANCED, sizes, self._interface
        head[:, 3], head[:, 4] = time >> np.uint64(32), time
        head[:, 5], head[:, 6] = captured, length
        _put(memory, begin, head)
        # Padding and length in one go: at most seven bytes, and what stands in the eighth is not needed any more.
        _put(memory, end, (sizes.astype("<u8") << (stop - end << 3).astype(np.uint64))[:, None])
        if len(flagged):
            option = np.empty((len(flagged), 4), "<u4")
            option[:, 0], option[:, 1], option[:, 2], option[:, 3] = FLAGS | 4 << 16, flags[flagged], 0, sizes[flagged]
            _put(memory, stop[flagged], option)
        return Records(memory, begin, sizes)

    def _twice(self, heads: Array) -> Array:
        """Which packets the loopback interface gives again, coming in."""
        address = _rows(self._memory, ADDRESS, heads + ADDRESS_AT).view(np.uint32)
        twice: Array = (address[:, 1] == self._ring.loopback) & (address[:, 2] >> 16 & 0xFF == OUTGOING)
        return twice

    def _heads(self, block: RingBlock) -> Array:
        """The byte where each packet's head begins."""
        if block.packets >= MANY:
            found = self._search(block)
            if found is not None:
                return found
        return np.array(self._ring.starts(block), np.int64) << 2

    def _search(self, block: RingBlock) -> Array | None:
        """The same without a step a packet: where the words lie that all heads have; None if not just these did.

        What a packet carries may look the same, so each head found has to lead to the next.
        """
        longs = self._longs[block.first >> 3 : (block.at + BLOCK) >> 3]
        # Behind the packets lies what the block held when it was last full.
        found = np.flatnonzero(longs == longs[OFFSETS // 2])[: block.packets] - OFFSETS // 2
        step = longs[found].astype(np.uint32) >> np.uint32(3)
        if len(found) < block.packets or found[0] or (found[:-1] + step[:-1] != found[1:]).any():
            return None
        heads: Array = (found << 3) + block.first
        return heads


_NONE = np.zeros(0, np.int64)


def _rows(memory: Array, size: int, starts: Array) -> Array:
    """`size` bytes from each of `starts`, a row each."""
    items = np.ndarray((len(memory) - size + 1,), f"V{size}", memory, strides=(1,))
    return items[starts].view(np.uint8).reshape(-1, size)


def _items(memory: Array, kind: str, starts: Array) -> Array:
    return np.ndarray((len(memory) - np.dtype(kind).itemsize + 1,), kind, memory, strides=(1,))[starts]


def _put(memory: Array, starts: Array, rows: Array) -> None:
    """Writes each row at its start."""
    size = rows.shape[1] * rows.itemsize
    items = np.ndarray((len(memory) - size + 1,), f"V{size}", memory, strides=(1,))
    items[starts] = np.ascontiguousarray(rows).view(f"V{size}").ravel()


def _types(words: Array) -> Array:
    """The tag of each packet, TPID and TCI, as four bytes on the wire."""
    kind = np.where(words[:, STATUS] & Status.TPID_VALID, words[:, VLAN_TYPE] & 0xFFFF, VLAN)
    tag = np.empty((len(words), 2), ">u2")
    tag[:, 0], tag[:, 1] = kind, words[:, VLAN_TAG] & 0xFFFF
    return tag


def _tag(memory: Array, words: Array, start: Array, rows: Array) -> Array:
    """Puts the VLAN tag back that the kernel took off, behind both MAC addresses, which move forward for it."""
    macs = _rows(memory, MACS, start[rows])
    start = start.copy()
    start[rows] -= TAG
    _put(memory, start[rows], macs)
    _put(memory, start[rows] + MACS, _types(words[rows]))
    return start


def _cook(memory: Array, words: Array, address: Array, start: Array, tagged: Array) -> Array:
    """A Linux cooked header, version 2, before each packet; where a tag was taken off, it names the tag and has it."""
    header = np.zeros((len(start), COOKED), np.uint8)
    header[:, 0:2] = address[:, 2:4]  # protocol, in the order of the wire already
    header[:, 4:8] = np.ascontiguousarray(address[:, 4:8]).view(np.uint32).astype(">u4").view(np.uint8)
    header[:, 8:10] = np.ascontiguousarray(address[:, 8:10]).view(np.uint16).astype(">u2").view(np.uint8)
    header[:, 10:20] = address[:, 10:20]  # packet type, length of the address, address
    start = start - COOKED
    if len(tagged):
        tag = _types(words[tagged]).view(np.uint8)
        start[tagged] -= TAG
        inner = np.concatenate([tag[:, 2:4], header[tagged, 0:2]], axis=1)
        header[tagged, 0:2] = tag[:, 0:2]
        _put(memory, start[tagged] + COOKED, inner)
    _put(memory, start, header)
    return start


def _flags(words: Array, address: Array) -> Array:
    """epb_flags, 0 where nothing is to be said: sums and segments that are left to the network card."""
    status = words[:, STATUS]
    unready = np.where(status & Status.CHECKSUM_NOT_READY, NOT_READY, 0)
    flags = unready | np.where(status & Status.SEGMENTATION, SEGMENTED, 0)
    direction = np.where(address[:, 10] == OUTGOING, OUTWARD, INWARD)
    return np.where(flags, flags | direction, 0)
