"""Runs of pcapng packet blocks in memory, which nothing copies before it has to: written, counted, divided, decoded."""

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
from dissect.capture.section import SECOND, Section

PIECES = 1024  # IOV_MAX


def rows_at(memory: Array, size: int, starts: Array) -> Array:
    """`size` bytes from each of `starts`, a row each."""
    items = np.ndarray((len(memory) - size + 1,), f"V{size}", memory, strides=(1,))
    return items[starts].view(np.uint8).reshape(-1, size)


def numbers_at(memory: Array, kind: str, starts: Array) -> Array:
    """A number of that kind at each of `starts`."""
    return np.ndarray((len(memory) - np.dtype(kind).itemsize + 1,), kind, memory, strides=(1,))[starts]


def put(memory: Array, starts: Array, rows: Array) -> None:
    """Writes each row at its start."""
    size = rows.shape[1] * rows.itemsize
    items = np.ndarray((len(memory) - size + 1,), f"V{size}", memory, strides=(1,))
    items[starts] = np.ascontiguousarray(rows).view(f"V{size}").ravel()


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
        return int(numbers_at(self.memory, "<u4", self.starts + 24).sum(dtype=np.int64))

    def span(self) -> tuple[int, int]:
        """The bytes of memory that hold all records, and what may lie between them."""
        return int(self.starts.min()), int((self.starts + self.sizes).max())

    def times(self) -> Array:
        """Each packet's time, in the units of its interface."""
        words = rows_at(self.memory, 8, self.starts + 12).view("<u4")
        times: Array = words[:, 0].astype(np.uint64) << np.uint64(32) | words[:, 1]
        return times

    def batch(self, section: Section, number: int) -> Batch:
        """A copy, to be decoded, with `PAD` zeros behind it; the first is packet `number`."""
        begin, end = self.span()
        starts: Any = self.starts - begin
        return Batch(self.memory[begin:end].tobytes() + bytes(PAD), starts, section, Mark(0, number))

    def pcap(self, resolution: int) -> Records:
        """The same as records of a pcap file in nanoseconds, made in the same place: the blocks are gone then."""
        words = rows_at(self.memory, 8, self.starts + 20).view("<u4")
        second, part = np.divmod(self.times(), np.uint64(resolution))
        head = np.empty((len(self), 4), "<u4")
        head[:, 0], head[:, 1] = second, part * np.uint64(SECOND // resolution)
        head[:, 2:] = words
        put(self.memory, self.starts + 12, head)
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
    return numbers_at(memory, "<u4", starts + 4).astype(np.int64)
