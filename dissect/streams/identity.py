"""Which packets are one connection: the same two ends, until a SYN opens another one between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]
_SYN, _ACK = 2, 16
_WRAP = 1 << 32
FEW = 8
"""Times that one pair of ends is looked for among all packets, before these are put in order for it."""


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
    opening = _keys(first, opening).astype(np.uint32)
    columns = (each[opening].tolist() for each in (first, larger, segments["seq"], flags & _ACK > 0, segments["known"]))
    walk = _Openings(first, larger, segments, pairs)
    told, bases = walk.told(first[opening], larger[opening])
    found = walk.follow(zip(opening.tolist(), *columns, told.tolist(), bases.tolist(), strict=True))
    return np.sort(np.array(found, np.int64))


def _keys(first: Array, rows: Array) -> Array:
    """Pair of ends and row in one number, in order."""
    key = first[rows].astype(np.uint64) << np.uint64(32) | rows.astype(np.uint64)
    key.sort()
    return key


class _Openings:
    """Follows the numbers that both ends of a connection begin with, SYN by SYN, pair of ends by pair of ends.

    Where an end did not begin with a SYN in the capture, its number is one less than that of its first packet, or
    than what the other end acknowledges, whichever comes first.
    """

    def __init__(self, first: Array, larger: Array, segments: Mapping[str, Array], pairs: Array) -> None:
        self.first, self.larger, self.segments, self.pairs = first, larger, segments, pairs
        self.few = FEW

    def told(self, rows: Array, side: Array | bool) -> tuple[Array, Array]:
        """Whether packets tell of the number that an end began with, and that number."""
        flags, own = self.segments["flags"][rows], self.larger[rows] == side
        mine = self.segments["seq"][rows] - (flags & _SYN == 0)
        tells = self.segments["known"][rows] & (own | (flags & _ACK > 0))
        return tells, np.where(own, mine, self.segments["ack"][rows] - np.uint32(1))

    def follow(self, openings: Iterable[tuple[int, int, bool, int, bool, bool, bool, int]]) -> list[int]:
        """The rows of those that begin another stream; with each what the first packet of its pair tells, if it does."""
        found: list[int] = []
        current, fresh = -1, True
        base: list[int | None] = [None, None]
        looked = [0, 0]
        for row, pair, side, seq, answer, known, told, begun in openings:
            if pair != current:
                current, fresh, base, looked = pair, True, [None, None], [pair, pair]
            mine = base[side]
            if answer or mine == seq:
                base[side] = seq
                continue
            if mine is None and fresh and told and pair < row:
                mine = begun
            elif mine is None and looked[side] < row:
                mine, looked[side] = self._inferred(pair, side, looked[side], row), row
            if mine is not None and mine != seq:
                found.append(row)
                fresh, looked, base, mine = False, [row, row], [None, None], None
            base[side] = seq if known else mine
        return found

    def _inferred(self, pair: int, side: bool, begin: int, stop: int) -> int | None:
        """What the packets of a pair from one row to before another tell of the number that one side began with."""
        if self.few:
            self.few -= 1
            rows = begin + np.flatnonzero(self.first[begin:stop] == pair)
        else:
            ends = np.array([begin, stop], np.uint64) | np.uint64(pair << 32)
            begin, stop = self._rows.searchsorted(ends).tolist()
            rows = self._rows[begin:stop].astype(np.uint32)
        tells, bases = self.told(rows, side)
        return int(bases[tells.argmax()]) if tells.any() else None

    @cached_property
    def _rows(self) -> Array:
        """All rows of the pairs, in order of these."""
        return _keys(self.first, np.flatnonzero(self.pairs[self.first]))
