"""The bytes of a batch as numbers: any field of any packets with one gather, whatever its alignment."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from dissect.wire.field import Field, Header, Kind, Slot, fixed_slots, place

Array = npt.NDArray[Any]
PAD = 128
"""Zero bytes behind a batch, so that a read near its end stays inside the buffer; masks tell what was there."""


def distinct(numbers: Array) -> Array:
    """The numbers in order, each once; `np.unique` would load numpy.ma for that, which takes 8 ms and is not needed."""
    ordered = np.sort(numbers, axis=None)
    new = np.ones(len(ordered), bool)
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    found: Array = ordered[new]
    return found


class Octets:
    """The bytes of a batch; `PAD` zeros must stand behind them."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        size = len(self.data)
        self.bytes: Array = np.frombuffer(self.data, np.uint8)
        self._words: dict[int, Array] = {
            width: np.ndarray((size - width + 1,), f">u{width}", self.data, strides=(1,)) for width in (2, 4, 8)
        }

    def word(self, where: Array, width: int) -> Array:
        """Unsigned big-endian numbers of 1, 2, 4 or 8 bytes at the positions `where`."""
        if width == 1:
            return self.bytes[where]
        return self._words[width][where].astype(f"u{width}")

    def slot(self, slot: Slot, starts: Array) -> Array:
        """The raw numbers of one slot in headers that begin at `starts`."""
        return self.heads(starts, slot.hi).slot(slot)

    def heads(self, starts: Array, size: int) -> Heads:
        """The first `size` bytes from each of `starts`, copied side by side."""
        width = size + 8
        strings = np.ndarray((len(self.data) - width + 1,), f"V{width}", self.data, strides=(1,))
        return Heads(strings[starts], width)

    def bits(self, starts: Array, bit: Array, bits: int) -> Array:
        """Numbers of `bits` bits that begin `bit` bits behind each of `starts`; unaligned ones have at most 57."""
        word = self.word(starts + (bit >> 3), 8) << (bit & 7).astype(np.uint64)
        return word >> np.uint64(64 - bits)

    def block(self, starts: Array, size: int) -> Array:
        """`size` bytes from each of `starts`, one row each."""
        rows = np.ndarray((len(self.data) - size + 1, size), np.uint8, self.data, strides=(1, 1))
        return rows[starts]


class Heads:
    """The fixed parts of many headers side by side: one copy for all, after which every slot is at hand."""

    def __init__(self, strings: Array, width: int, at: int = 0) -> None:
        self._strings = strings
        self._width = width
        self._at = at

    def behind(self, size: int) -> Heads:
        """What follows `size` bytes behind the start of each."""
        return Heads(self._strings, self._width, self._at + size)

    def take(self, which: Array) -> Heads:
        """Those of some headers: of a mask, or of indices."""
        return Heads(self._strings[which], self._width, self._at)

    def slot(self, slot: Slot) -> Array:
        """The raw numbers of a slot of at most 8 bytes."""
        size = slot.hi - slot.lo
        width = 1 << (size - 1).bit_length()
        word = self.word(slot.lo, width)
        if slot.field.kind is Kind.LITTLE:
            return word.byteswap()
        shift = slot.shift + (width - size) * 8
        if shift:
            word = word >> word.dtype.type(shift)
        return word & word.dtype.type(slot.mask) if shift + slot.bits < width * 8 else word

    def word(self, at: int, width: int) -> Array:
        """Unsigned big-endian numbers of 1, 2, 4 or 8 bytes, `at` bytes behind the start of each."""
        if not len(self._strings):
            return np.zeros(0, f"u{width}")
        strided = np.ndarray((len(self._strings),), f">u{width}", self._strings, self._at + at, (self._width,))
        return strided.astype(f"u{width}")

    def block(self, at: int, size: int) -> Array:
        """`size` bytes of each, `at` bytes behind its start."""
        if not len(self._strings):
            return np.zeros(0, f"V{size}")
        return np.ndarray((len(self._strings),), f"V{size}", self._strings, self._at + at, (self._width,)).copy()


@cache
def slots_by_name(header: Header) -> dict[str, Slot]:
    """The fixed slots of a header."""
    return {slot.field.name: slot for slot in fixed_slots(header)}


@cache
def is_fixed(header: Header) -> bool:
    """Whether all of a header's rows stand at the same place in every packet, and none repeats."""
    rows = sum(1 for _ in place(header.fields))
    return rows == len(fixed_slots(header)) and not header.repeat


@cache
def needs(header: Header) -> dict[str, int]:
    """Fixed slot → the bytes of the header that must be there for it: leaves come before their word."""
    found: dict[str, int] = {}
    by_row = {slot.field: slot for slot in fixed_slots(header)}

    def note(field: Field, least: int) -> None:
        found[field.name] = max(by_row[field].hi, least)
        for part in field.parts:
            note(part, least)
        for other in field.also:
            note(other, max(by_row[field].hi, least))

    for row in header.fields:
        if row in by_row:
            note(row, 0)
    return found
