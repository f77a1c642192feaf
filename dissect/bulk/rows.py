"""Reads a table whose rows move or may be missing, for all packets at once.

The same rules as `dissect.decoding.rows`: a row under a condition, a row that does not fit, repeated rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from dissect.bulk.octets import Array, Octets
from dissect.wire.field import BYTE_KINDS, Field, Header, Kind


class Place(NamedTuple):
    """A row in `packets`: `bit` from the start of each one's header, `bits` wide."""

    field: Field
    packets: Array
    bit: Array
    bits: Array | int


class Reading:
    """The rows of one table in many packets, each between the bytes `start` and `stop`."""

    def __init__(self, octets: Octets, start: Array, stop: Array) -> None:
        self.octets = octets
        self.start = start
        self.room = (stop - start) * 8
        self.bit = np.zeros(len(start), np.int64)
        self.missing = np.zeros(len(start), bool)
        self.missed: list[tuple[str, Array]] = []
        self.places: dict[str, list[Place]] = {}
        self._known: dict[str, Array] = {}
        self._numbers: dict[str, tuple[int, Array]] = {}

    @property
    def at(self) -> Array:
        """Where the next row begins."""
        at: Array = self.start + ((self.bit + 7) >> 3)
        return at

    def known(self, name: str) -> Array:
        """In which packets a field was read."""
        found = self._known.get(name)
        return np.zeros(len(self.start), bool) if found is None else found

    def number(self, name: str) -> Array:
        """The raw values of a field, 0 where it was not read."""
        places = self.places.get(name, [])
        count, values = self._numbers.get(name, (-1, self.bit))
        if count != len(places):
            values = np.zeros(len(self.start), np.uint64)
            for place in places:
                values[place.packets] = numbers(self.octets, self.start[place.packets], place)
            self._numbers[name] = len(places), values
        return values

    def holds(self, when: Mapping[str, int | tuple[int, ...]]) -> Array:
        """In which packets the fields read so far have the values that `when` asks for."""
        found = np.ones(len(self.start), bool)
        for name, want in when.items():
            number = self.number(name)
            found &= self.known(name) & is_one_of(number, want)
        return found

    def read(self, fields: Iterable[Field], among: Array | None = None) -> None:
        """Rows in order, in the packets of `among`; where one does not fit, reading ends there."""
        alive = np.ones(len(self.start), bool) if among is None else among.copy()
        for row in fields:
            here = alive
            if row.name in self._known:
                here = here & ~self._known[row.name]
            if row.when is not None:
                here = here & self.holds(row.when)
            if row.unless is not None:
                here = here & ~self.holds(row.unless)
            if here.any():
                alive = alive & ~self._row(row, here)

    def _row(self, row: Field, here: Array) -> Array:
        """Reads one row in the packets `here`; gives those where it does not fit."""
        left = self.room - self.bit
        if row.bits is None:
            index = np.flatnonzero(here & (left > 0))
            self._place(row, index, self.bit[index], left[index])
            self.bit[index] += left[index]
            return np.zeros(len(here), bool)
        ended = here & (left < row.bits)
        if ended.any() and not row.optional:
            self.missing |= ended
            self.missed.append((row.name, np.flatnonzero(ended)))
            self._keep_parts(row, ended)
        index = np.flatnonzero(here & ~ended)
        self._place(row, index, self.bit[index], row.bits)
        self.bit[index] += row.bits
        return ended

    def _keep_parts(self, row: Field, ended: Array) -> None:
        index = np.flatnonzero(ended)
        bit = self.bit[index]
        for part in row.parts:
            bits = part.bits or 0
            fits = (bit + bits + 7 >> 3) * 8 <= self.room[index]
            index, bit = index[fits], bit[fits]
            self._place(part, index, bit, bits)
            bit = bit + bits
            self.bit[index] = bit

    def _place(self, row: Field, index: Array, bit: Array, bits: Array | int) -> None:
        if not len(index):
            return
        if row.name:
            self.places.setdefault(row.name, []).append(Place(row, index, bit, bits))
            if row.name not in self._known:
                self._known[row.name] = np.zeros(len(self.start), bool)
            self._known[row.name][index] = True
        for parts in (row.parts, row.also):
            inner = bit
            for part in parts:
                if part.name:
                    self._place(part, index, inner, part.bits or 0)
                inner = inner + (part.bits or 0)

    def repeat(self, header: Header, among: Array, whole: Array | None = None) -> None:
        """The repeated rows in the packets of `among`; without an end of their own only where the header is `whole`."""
        rounds = (self.room >> 3) - ((self.bit + 7) >> 3)
        if header.count is not None:
            count = self.number(header.count.field).astype(np.int64) * header.count.times + header.count.plus
            rounds = np.where(self.known(header.count.field), count, rounds)
        going = among & ~self.missing
        while True:
            going = going & (rounds > 0) & (((self.bit + 7) >> 3) < self.room >> 3) & ~self.missing
            if not going.any():
                return
            before = self.bit.copy()
            for row in header.repeat:
                self._known.pop(row.name, None)
            self._round(header, going, whole)
            going = going & (self.bit != before)
            rounds = rounds - 1

    def _round(self, header: Header, going: Array, whole: Array | None) -> None:
        if whole is None or whole[going].all():
            self.read(header.repeat, going)
            return
        self.read(header.repeat, going & whole)
        self.read((row for row in header.repeat if row.bits is not None), going & ~whole)


def is_one_of(number: Array, want: int | tuple[int, ...]) -> Array:
    """Which numbers are wanted; faster than a search where few are."""
    first, *rest = want if isinstance(want, tuple) else (want,)
    found: Array = number == first
    for other in rest:
        found |= number == other
    return found


def numbers(octets: Octets, starts: Array, place: Place) -> Array:
    """The raw values of a place, `starts` being where the headers of its packets begin."""
    if place.field.kind in BYTE_KINDS and place.field.kind is not Kind.IPV4:
        raise TypeError(f"{place.field.name} is no number")
    assert isinstance(place.bits, int)
    values = octets.bits(starts, place.bit, place.bits)
    return values.astype(np.uint32).byteswap().astype(np.uint64) if place.field.kind is Kind.LITTLE else values
