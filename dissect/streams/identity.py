"""Which packets are one connection: the same two ends, until a SYN opens another one between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]
_SYN, _ACK = 2, 16
_WRAP = 1 << 32


class Identity(NamedTuple):
    """Stream and direction of each segment, and each stream's ends: who sent its first packet, and the other."""

    stream: Array
    second: Array
    ends: Array


def identify(low: Array, high: Array, pair: Array, larger: Array, segments: Mapping[str, Array]) -> Identity:
    """Streams in the order of their first packets; `larger` says that the larger end sent.

    `pair` says between which two ends each segment goes: a place in `low` and `high`, where the same ends may stand
    several times. An end is address << 16 | port. A SYN between ends that are known opens a new stream where its number
    is another than the one that its sender began with (RFC 9293 §3.6.1: the old connection is gone); the same
    number is the same SYN once more.
    """
    count = len(pair)
    if not count:
        return Identity(np.zeros(0, np.uint32), np.zeros(0, bool), np.zeros((0, 2), np.uint64))
    first = _first_rows(firsts(low, high), pair)
    opening = first == np.arange(count, dtype=np.uint32)
    begun = _reopened(first, larger, segments)
    opening[begun] = True
    number = np.cumsum(opening, dtype=np.uint32) - np.uint32(1)
    stream = number[first]
    if len(begun):
        stream = _renumbered(stream, first, begun, number)
    rows = np.flatnonzero(opening)
    second = larger != larger[rows][stream]
    own = pair[rows]
    ends = np.stack([low[own], high[own]], 1)
    ends = np.where(larger[rows][:, None], ends[:, ::-1], ends)
    return Identity(stream, second, ends)


def _first_rows(same: Array, pair: Array) -> Array:
    """For each segment the row of the first one between the same ends."""
    chosen = same[pair]
    first = np.empty(len(same), np.uint32)
    first[chosen[::-1]] = np.arange(len(pair) - 1, -1, -1, dtype=np.uint32)  # what is written last stays
    return first[chosen]


def firsts(low: Array, high: Array) -> Array:
    """For each pair of ends the place of the first one that is the same."""
    place, same = pairs(low, high)
    return place[same]


def pairs(low: Array, high: Array) -> tuple[Array, Array]:
    """Where each pair of ends stands first, and for each pair which of those it is."""
    if not len(low):
        return np.zeros(0, np.uint32), np.zeros(0, np.uint32)
    mixed = low * np.uint64(0x9E3779B97F4A7C15) ^ (high + np.uint64(0x2545F4914F6CDD1D)) * np.uint64(0xBF58476D1CE4E5B9)
    order = np.argsort(mixed).astype(np.uint32)
    alike = _begins(order, mixed).sum()
    del mixed
    other = _begins(order, low, high)
    if other.sum() != alike:  # two pairs of ends share a number
        order = np.lexsort((high, low)).astype(np.uint32)
        other = _begins(order, low, high)
    begins = np.flatnonzero(other)
    same = np.empty(len(low), np.uint32)
    same[order] = np.repeat(np.arange(len(begins), dtype=np.uint32), np.diff(np.append(begins, len(low))))
    return np.minimum.reduceat(order, begins), same


def _begins(order: Array, *columns: Array) -> Array:
    """Where something else begins in columns that are put in order."""
    other = np.zeros(len(order), bool)
    other[0] = True
    for each in columns:
        put = each[order]
        other[1:] |= put[1:] != put[:-1]
    return other


def _renumbered(stream: Array, first: Array, begun: Array, number: Array) -> Array:
    """The streams where ends came together again: each packet belongs to the last one opened between them."""
    again = np.zeros(len(first), bool)
    again[first[begun]] = True
    rows = np.flatnonzero(again[first])
    key = np.sort(first[rows].astype(np.uint64) << np.uint64(32) | rows.astype(np.uint64))
    rows = (key & np.uint64(_WRAP - 1)).astype(np.int64)
    starts = np.zeros(len(first), bool)
    starts[begun] = True
    starts[first[begun]] = True
    at = np.maximum.accumulate(np.where(starts[rows], np.arange(len(rows)), 0))
    renewed = stream.copy()
    renewed[rows] = number[rows[at]]
    return renewed


def _reopened(first: Array, larger: Array, segments: Mapping[str, Array]) -> Array:
    """The rows of the SYNs that open another stream between ends that were there before."""
    flags = segments["flags"]
    syn = (flags & (_SYN | _ACK)) == _SYN
    asked = np.flatnonzero(syn & (first != np.arange(len(first), dtype=np.uint32)))
    if not len(asked):
        return np.zeros(0, np.int64)
    pairs = np.zeros(len(first), bool)
    pairs[first[asked]] = True
    opening = np.flatnonzero((flags & _SYN > 0) & pairs[first])
    walk = _Openings(first, larger, segments)
    columns = (each[opening].tolist() for each in (first, larger, segments["seq"], flags & _ACK > 0, segments["known"]))
    rows = zip(opening.tolist(), *columns, strict=True)
    return np.array([row for row, *told in rows if walk.opens(row, *told)], np.int64)


class _Openings:
    """Follows the numbers that both ends of a connection begin with, SYN by SYN.

    Where an end did not begin with a SYN in the capture, its number is one less than that of its first packet, or
    than what the other end acknowledges, whichever comes first.
    """

    def __init__(self, first: Array, larger: Array, segments: Mapping[str, Array]) -> None:
        self.first, self.larger, self.segments = first, larger, segments
        self.base: dict[tuple[int, bool], int] = {}
        self.start: dict[int, int] = {}
        self.looked: dict[tuple[int, bool], int] = {}
        self.groups: tuple[Array, Array, Array] | None = None

    def opens(self, row: int, pair: int, side: bool, seq: int, answer: bool, known: bool) -> bool:
        """Whether a SYN, or SYN+ACK, begins another stream; to be asked row by row."""
        if answer:
            self.base[pair, side] = seq
            return False
        base = self.base.get((pair, side))
        if base == seq:
            return False
        start = self.start.get(pair, pair)
        if base is None and row != start:
            base = self._inferred(pair, side, max(start, self.looked.get((pair, side), 0)), row)
            if base is None:
                self.looked[pair, side] = row
            else:
                self.base[pair, side] = base
        again = base is not None and base != seq
        if again:
            self.base.pop((pair, not side), None)
            self.base.pop((pair, side), None)
            self.start[pair] = row
        if known:
            self.base[pair, side] = seq
        return again

    def _inferred(self, pair: int, side: bool, start: int, row: int) -> int | None:
        """What the packets from `start` to before `row` tell of the number that one side began with."""
        rows = self._rows(pair)
        known, flags = self.segments["known"], self.segments["flags"]
        for each in rows[rows.searchsorted(start) : rows.searchsorted(row)].tolist():
            if not known[each]:
                continue
            if bool(self.larger[each]) == side:
                return (int(self.segments["seq"][each]) - (0 if flags[each] & _SYN else 1)) % _WRAP
            if flags[each] & _ACK:
                return (int(self.segments["ack"][each]) - 1) % _WRAP
        return None

    def _rows(self, pair: int) -> Array:
        """All rows between two ends."""
        if self.groups is None:
            order = np.argsort(self.first, kind="stable")
            pairs, begins = np.unique(self.first[order], return_index=True)
            self.groups = order, pairs, np.append(begins, len(order))
        order, pairs, begins = self.groups
        at = int(pairs.searchsorted(pairs.dtype.type(pair)))  # a number of another type would copy all pairs
        return order[begins[at] : begins[at + 1]]
