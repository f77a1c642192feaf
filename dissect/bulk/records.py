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
from typing import Any, Self

import numpy as np

from dissect.bulk.octets import PAD, Array
from dissect.capture.batch import Batch, Mark
from dissect.capture.live.kernel import (
    ADDRESS, CAPTURED, LENGTH, NANOSECOND, NEXT, OFFSETS, OUTGOING, SECOND, STATUS, VLAN_TAG, VLAN_TYPE, Status,
)  # fmt: skip
from dissect.capture.live.ring import BLOCK, Ring
from dissect.capture.live.ring import Block as RingBlock
from dissect.capture.section import ENHANCED, FLAGS, Section

HEAD, TAIL = 28, 4  # bytes of an enhanced packet block before and behind the packet's own
OPTION = 12  # a flags option and the end of options
BEHIND = 3 + OPTION + TAIL  # bytes behind a packet's last that may be written
TAG = 4
COOKED = 20  # bytes of a Linux cooked header, version 2
MANY = 2000  # packets of a block from which on searching the whole block is quicker than stepping through it
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

    def batch(self, section: Section, number: int) -> Batch:
        """A copy, to be decoded; the first is packet `number`."""
        begin, end = int(self.starts.min()), int((self.starts + self.sizes).max())
        starts: Any = self.starts - begin
        return Batch(self.memory[begin:end].tobytes() + bytes(PAD), starts, section, Mark(0, number))

    def pcap(self) -> Records:
        """The same as records of a pcap file in nanoseconds, made in the same place: the blocks are gone then."""
        words = _rows(self.memory, 24, self.starts + 4).view("<u4")
        time = words[:, 2].astype(np.uint64) << np.uint64(32) | words[:, 3]
        head = np.empty((len(self), 4), "<u4")
        head[:, 0], head[:, 1] = np.divmod(time, np.uint64(1_000_000_000))
        head[:, 2:] = words[:, 4:6]
        _put(self.memory, self.starts + 12, head)
        return Records(self.memory, self.starts + 12, words[:, 4].astype(np.int64) + 16)

    def write(self, descriptor: int) -> None:
        """Writes all records, one after the other; OSError where that fails, after what was whole."""
        pieces = np.empty((len(self), 2), np.uint64)
        pieces[:, 0] = self.starts
        pieces[:, 0] += np.uint64(self.memory.ctypes.data)
        pieces[:, 1] = self.sizes
        at = 0
        while at < len(pieces):
            part = pieces[at : at + PIECES]
            done = _writev(descriptor, part.ctypes.data, len(part))
            if done < 0:
                fault = ctypes.get_errno()
                if fault == errno.EINTR:
                    continue
                raise OSError(fault, os.strerror(fault))
            at += _written(part, done)


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


class Sealer:
    """Makes records of a ring's blocks; `interface` is the number of its description in the file."""

    def __init__(self, ring: Ring, interface: int) -> None:
        self._ring = ring
        self._interface = interface
        self._memory: Array = np.frombuffer(ring.memory, np.uint8)
        self._longs: Array = self._memory.view(np.uint64)
        self._usual = np.uint64(0)  # the last packet's offsets and hash, which nearly always are those of all

    def seal(self, block: RingBlock) -> Records:
        """The records of a block; the kernel's words on its packets are gone then."""
        heads = self._heads(block)
        memory = self._memory
        words = _rows(memory, 68, heads).view(np.uint32)
        if self._ring.loopback >= 0:
            address = words[:, ADDRESS:]
            twice = (address[:, 1] == self._ring.loopback) & (address[:, 2] >> 16 & 0xFF == OUTGOING)
            if twice.any():
                heads, words = heads[~twice], words[~twice]
                if not len(heads):
                    return Records(memory, heads, heads)
        start = heads + (words[:, OFFSETS] & 0xFFFF)
        captured = words[:, CAPTURED].astype(np.int64)
        if int(start[-1] + captured[-1]) + BEHIND > block.at + BLOCK:  # it would reach into the next block's head
            memory = np.concatenate([memory[block.at : block.at + BLOCK], np.zeros(BEHIND, np.uint8)])
            start -= block.at
        return self._compose(memory, words, start, captured)

    def _compose(self, memory: Array, words: Array, start: Array, captured: Array) -> Records:
        ring = self._ring
        length = words[:, LENGTH].astype(np.int64)
        special = bool((words[:, STATUS] & SPECIAL).any())
        tagged = np.flatnonzero(words[:, STATUS] & Status.VLAN_VALID) if special else _NONE
        if ring.cooked:
            start = _cook(memory, words, start, tagged)
            captured, length = captured + COOKED, length + COOKED
            captured[tagged] += TAG
            length[tagged] += TAG
        elif len(tagged) and ring.link == 1:
            start = _tag(memory, words, start, tagged[captured[tagged] >= 12], captured, length)
        np.minimum(captured, ring.snaplen, out=captured)
        end = start + captured
        stop = end + (-captured & 3)
        flags = _flags(words) if special else None
        flagged = np.flatnonzero(flags) if flags is not None else _NONE
        sizes = stop - start + (HEAD + TAIL)
        sizes[flagged] += OPTION
        time = words[:, SECOND].astype(np.uint64) * np.uint64(1_000_000_000) + words[:, NANOSECOND]
        head = np.empty((len(start), 7), "<u4")
        head[:, 0], head[:, 1], head[:, 2] = ENHANCED, sizes, self._interface
        head[:, 3], head[:, 4] = time >> np.uint64(32), time
        head[:, 5], head[:, 6] = captured, length
        begin = start - HEAD
        _put(memory, begin, head)
        _put(memory, end, np.zeros((len(end), 1), "<u4"))
        if flags is not None and len(flagged):
            option = np.empty((len(flagged), 3), "<u4")
            option[:, 0], option[:, 1], option[:, 2] = FLAGS | 4 << 16, flags[flagged], 0
            _put(memory, stop[flagged], option)
        _put(memory, begin + sizes - TAIL, head[:, 1:2])
        return Records(memory, begin, sizes)

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
        usual = longs[OFFSETS // 2]
        found = np.flatnonzero(longs == usual) - OFFSETS // 2
        if len(found) != block.packets or found[0]:
            return None
        step = (longs[found] & np.uint64(0xFFFFFFFF)).astype(np.int64)
        heads = (found << 3) + block.first
        return heads if (heads[:-1] + step[:-1] == heads[1:]).all() else None


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


def _tag(memory: Array, words: Array, start: Array, rows: Array, captured: Array, length: Array) -> Array:
    """Puts the VLAN tag back that the kernel took off, behind both MAC addresses, which move forward for it."""
    macs = _rows(memory, 12, start[rows])
    start = start.copy()
    start[rows] -= TAG
    _put(memory, start[rows], macs)
    _put(memory, start[rows] + 12, _types(words[rows]))
    captured[rows] += TAG
    length[rows] += TAG
    return start


def _cook(memory: Array, words: Array, start: Array, tagged: Array) -> Array:
    """A Linux cooked header, version 2, before each packet; where a tag was taken off, it names the tag and has it."""
    address = np.ascontiguousarray(words[:, ADDRESS:]).view(np.uint8).reshape(-1, 20)  # sockaddr_ll
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


def _flags(words: Array) -> Array:
    """epb_flags, 0 where nothing is to be said: sums and segments that are left to the network card."""
    status = words[:, STATUS]
    unready = np.where(status & Status.CHECKSUM_NOT_READY, NOT_READY, 0)
    flags = unready | np.where(status & Status.SEGMENTATION, SEGMENTED, 0)
    direction = np.where(words[:, ADDRESS + 2] >> 16 & 0xFF == OUTGOING, OUTWARD, INWARD)
    return np.where(flags, flags | direction, 0)
