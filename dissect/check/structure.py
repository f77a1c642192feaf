"""Findings that only the walk over the headers knows: what does not fit, and what was not looked at.

`dissect.decoding.walk` for many packets at once; the same rules for the same packets.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from dissect.bulk.octets import Array, distinct, is_fixed, slots_by_name
from dissect.bulk.walk import CAPTURE, FRAGMENT, FRAME, LENGTH, QUOTE, Visit, Walk
from dissect.check.found import Gathered
from dissect.wire.field import Header, fixed_size, fixed_slots
from dissect.wire.findings import RULES

CUT = {FRAME: "cut.frame", CAPTURE: "cut.capture", QUOTE: "cut.quote", FRAGMENT: "cut.fragment", LENGTH: "cut.length"}


class Structure:
    """What was found while the headers were walked."""

    def __init__(self, walk: Walk, gathered: Gathered) -> None:
        self.walk, self._gathered = walk, gathered
        self._unfinished: list[Array] = []  # packets with a header that goes on in the next fragment

    def visit(self, number: int, visit: Visit) -> None:
        """The findings about one header in many packets."""
        if visit.only_first:
            self._gathered.add(number, np.arange(len(visit)), "ip.version.mismatch", visit.header.fields[0].name)
            return
        if visit.header.key in ("ip", "ipv6"):
            mistaken = self.walk.mistaken[visit.group.rows] == visit.group.start
            self._gathered.add(
                number, np.flatnonzero(mistaken & (visit.have > 0)), "ip.version.mismatch", visit.header.fields[0].name
            )
        if visit.bound is not None:
            self._broken(number, visit, np.flatnonzero(visit.broken))

    def _broken(self, number: int, visit: Visit, index: Array) -> None:
        """Headers that are not all there, or whose length cannot be true."""
        header, start, end = visit.header, visit.group.start[index], visit.group.end[index]
        assert visit.bound is not None
        bound, room = visit.bound[index], end - start
        if header.length is None:
            self._rows(number, visit, index, bound)
            return
        slot = slots_by_name(header)[header.length.field]
        said = self.walk.octets.slot(slot, start).astype(np.int64) * (slot.field.scale * header.length.times)
        said += header.length.plus
        told = room >= slot.hi
        proper = told & (said >= fixed_size(header))
        over = proper & (said > room)
        missing = self._rows(number, visit, index, np.where(proper & ~over, LENGTH, bound))
        short = told & ~proper & ~missing
        name = header.length.field
        rule = f"{name}.short"
        self._gathered.add(number, index[short], rule if rule in RULES else "cut.length", name)
        self._cut(number, visit, index[over & ~missing], bound[over & ~missing], name)
        if visit.reading is not None:
            fits = np.zeros(len(visit), bool)
            fits[index[proper & ~over]] = True
            for row, packets in visit.reading.missed:
                if row in _repeated(header):
                    self._gathered.add(number, packets[fits[packets]], "cut.length", row)

    def _rows(self, number: int, visit: Visit, index: Array, bound: Array) -> Array:
        """The first row of each header that is not there; gives the packets (of `index`) without one."""
        header, missing = visit.header, np.zeros(len(visit), bool)
        if visit.reading is None or is_fixed(header):
            names, ends = _row_ends(header)
            which = np.searchsorted(ends, visit.have[index], side="right")
            for place, name in enumerate(names):
                here = which == place
                if here.any():
                    missing[index[here]] = True
                    self._cut(number, visit, index[here], bound[here], name)
            return missing[index]
        bounds = np.zeros(len(visit), np.int64)
        bounds[index] = bound
        for name, packets in visit.reading.missed:
            if name not in _repeated(header):
                missing[packets] = True
                self._cut(number, visit, packets, bounds[packets], name)
        return missing[index]

    def _cut(self, number: int, visit: Visit, index: Array, bound: Array, name: str) -> None:
        for code in distinct(bound).tolist():
            here = index[bound == code]
            self._gathered.add(number, here, CUT[code], name)
            if code == FRAGMENT:
                self._unfinished.append(visit.group.rows[here])

    def done(self) -> None:
        """What is found about headers before or behind the one that was looked at."""
        for rule, rows, starts in self.walk.lying:
            self._attach("ipv6", rows, starts, rule, "ipv6.plen")
        if self._unfinished:
            self._attach(
                "ipv6.fraghdr", np.concatenate(self._unfinished), None, "ipv6.fragment.chain", "ipv6.fraghdr.nxt"
            )
        deep = distinct(np.concatenate([*self.walk.deep, np.zeros(0, np.int64)]))
        for number in range(len(self.walk.visits) - 1, -1, -1):
            if not len(deep):
                return
            visit = self.walk.visits[number]
            index = np.flatnonzero(np.isin(visit.group.rows, deep))
            self._gathered.add(number, index, "layers.deep", visit.header.key)
            deep = deep[np.isin(deep, visit.group.rows, invert=True)]

    def _attach(self, key: str, rows: Array, starts: Array | None, rule: str, name: str) -> None:
        """The rule is broken in the first header `key` of each packet, or in the one that begins there."""
        for number, visit in enumerate(self.walk.visits):
            if visit.header.key != key or visit.only_first or not len(rows):
                continue
            places = np.full(len(self.walk.index), -1, np.int64)
            places[visit.group.rows] = np.arange(len(visit))
            here = places[rows] >= 0
            if starts is not None:
                here &= visit.group.start[np.maximum(places[rows], 0)] == starts
                starts = starts[~here]
            self._gathered.add(number, places[rows[here]], rule, name)
            rows = rows[~here]


@cache
def _row_ends(header: Header) -> tuple[tuple[str, ...], Array]:
    """The rows of a header at fixed places, and where each ends."""
    ends = {slot.field: slot.hi for slot in fixed_slots(header)}
    rows = [row for row in header.fields if row in ends]
    return tuple(row.name for row in rows), np.array([ends[row] for row in rows])


@cache
def _repeated(header: Header) -> frozenset[str]:
    return frozenset(row.name for row in header.repeat)
