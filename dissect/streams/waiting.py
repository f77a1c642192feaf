"""What waits for its acknowledgment: which segment an ACK is for, how many bytes are in flight, how long a timeout was.

Where a stream runs smoothly (no gaps, nothing twice, ACK numbers that only rise) all of that follows from
columns. Other streams are followed segment by segment, with the list that a sender keeps of what it may have
to send again; one made to fill that list over and over is given up at some point, its numbers are then missing.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from dissect.streams.course import Course, after
from dissect.streams.handshake import bases
from dissect.streams.marks import Mark, last_advance
from dissect.streams.progress import Progress
from dissect.streams.segments import ACK, FIN, SYN, Segments

Array = np.ndarray[Any, Any]

_WRAP, _HALF = 1 << 32, 1 << 31
LIMIT = 10_000
"""Segments that are kept while no acknowledgment comes, as in Wireshark."""
PATIENCE = 64
"""How many entries of the lists may be looked at for each segment of a stream, on average, before it is given up."""
MOST = 2_000_000_000
"""Bytes in flight that can be true."""


class Waiting(NamedTuple):
    """By segment: the place that it acknowledges and that a timeout is counted from (-1: none), bytes in flight."""

    acks: Array
    in_flight: Array
    timeout: Array


def waiting(course: Course, segments: Segments, numbers: Progress, marks: Array) -> Waiting:
    """What waits in all streams of a course."""
    count = len(course)
    found = Waiting(np.full(count, -1, np.int32), np.zeros(count, np.uint32), np.full(count, -1, np.int32))
    carries = (course.length > 0) | ((course.flags & (SYN | FIN)) > 0)
    sacked = _sacked(course, segments)
    rough = _rough(course, numbers, carries)
    smooth = ~rough[course.index]
    _smooth_acks(course, np.flatnonzero(carries & smooth), smooth, found)
    _smooth_flight(course, carries, smooth, sacked, found)
    if rough.any():
        columns = _Columns(bases(course).at(course), marks, sacked, last_advance(course, numbers))
        for stream in np.flatnonzero(rough).tolist():
            part = slice(int(course.starts[stream]), int(course.stops[stream]))
            _Senders(course, part, columns).follow(found)
    return found


def _sacked(course: Course, segments: Segments) -> Array:
    """The bytes in the SACK blocks of each segment."""
    found = np.zeros(len(course), np.uint32)
    if len(segments.sack.rows):
        total = np.bincount(
            segments.sack.rows, (segments.sack.right - segments.sack.left).astype(np.float64), len(segments)
        )
        found[:] = np.minimum(total[course.rows], _WRAP - 1).astype(np.uint32)
    return found


def _rough(course: Course, numbers: Progress, carries: Array) -> Array:
    """The streams that do not run smoothly."""
    started = course.previous >= 0
    rough = carries & started & (course.seq != numbers.expected)
    rough |= started & (after(course.seq, numbers.expected) | (numbers.expected == 0))
    rough |= started & after(course.last_ack, course.ack)
    rough |= ~course.acknowledges & (started | (course.answered >= 0))
    rough |= carries & (course.answered >= 0) & after(course.their_ack, course.seq)
    rough |= started & ((course.flags & SYN) > 0)  # which may begin to count anew
    rough |= course.candidate
    streams = np.zeros(len(course.starts), bool)
    streams[course.index[rough]] = True
    return streams


def _firsts(course: Course, places: Array) -> tuple[Array, Array]:
    """Of each stream and side: the sequence number of the first segment that waits, and whether there is one."""
    key = course.index[places].astype(np.int64) * 2 + course.side[places]
    keys, first = np.unique(key, return_index=True)
    seq, there = np.zeros(2 * len(course.starts), np.uint32), np.zeros(2 * len(course.starts), bool)
    seq[keys], there[keys] = course.seq[places[first]], True
    return seq, there


def _smooth_acks(course: Course, places: Array, smooth: Array, found: Waiting) -> None:
    """An ACK is for the segment that ends where it says; each is acknowledged but once."""
    firsts, there = _firsts(course, places)
    own = course.index.astype(np.int64) * 2 + course.side
    keys = own[places] << 32 | (course.end[places] - firsts[own[places]])
    if len(keys) > 1 and (keys[1:] < keys[:-1]).any():
        order = np.argsort(keys, kind="stable")
        keys, places = keys[order], places[order]
    news = (course.ack != course.last_ack) | (course.previous < 0)
    asking = np.flatnonzero(smooth & course.acknowledges & news & there[own ^ 1])
    wanted = (own[asking] ^ 1) << 32 | (course.ack[asking] - firsts[own[asking] ^ 1])
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1) if len(keys) else np.zeros(0, np.int64)
    if len(keys):
        match = (keys[at] == wanted) & (places[at] < asking)
        found.acks[asking[match]] = places[at[match]]


def _smooth_flight(course: Course, carries: Array, smooth: Array, sacked: Array, found: Waiting) -> None:
    """From the last acknowledgment, or the first segment seen, to the end of this segment."""
    places = np.flatnonzero(smooth & (course.length > 0))
    firsts, _ = _firsts(course, np.flatnonzero(carries & smooth))
    first = firsts[course.index[places].astype(np.int64) * 2 + course.side[places]]
    acked = course.their_ack[places]
    begin = np.where((course.answered[places] >= 0) & after(acked, first), acked, first)
    flying = course.end[places] - begin - course.found(sacked, course.answered, 0)[places]
    flying[flying >= MOST] = 0
    virtual = ((course.flags[places] & (SYN | FIN)) > 0) & (flying > 0)
    found.in_flight[places] = flying - virtual


class _Columns(NamedTuple):
    """What the walk along a stream needs besides its segments."""

    base: Array
    marks: Array
    sacked: Array
    advanced: Array


class _Senders:
    """The two ends of one stream, each with what it waits for: [place, first number, number behind]."""

    def __init__(self, course: Course, part: slice, beside: _Columns) -> None:
        self.columns = zip(
            course.side[part].tolist(), course.seq[part].tolist(), course.ack[part].tolist(),
            course.length[part].tolist(), course.flags[part].tolist(), course.end[part].tolist(),
            *(each[part].tolist() for each in beside), strict=True,
        )  # fmt: skip
        self.start = part.start
        self.left = LIMIT * 100 + PATIENCE * (part.stop - part.start)
        self.asked: list[tuple[int, int]] = [(-1, 0), (-1, 0)]
        self.lists: tuple[list[list[int]], list[list[int]]] = ([], [])
        self.extent: list[tuple[int, int] | None] = [None, None]
        self.base = [0, 0]
        self.countable = [True, True]
        self.delivered = [0, 0]

    def follow(self, found: Waiting) -> None:
        """Fills in what is found."""
        again, lost = int(Mark.RETRANSMISSION), int(Mark.LOST_SEGMENT)
        for place, (side, seq, ack, length, flags, end, base, mark, sacked, advanced) in enumerate(
            self.columns, self.start
        ):
            if base != self.base[side]:
                self.base[side], self.extent[side] = base, None
            if flags & ACK:
                self.countable[1 - side] = True
            if mark & lost:
                self.countable[side] = False
            if mark & again:
                found.timeout[place] = self.lists[side][0][0] if self.lists[side] else advanced
            if (length or flags & (SYN | FIN)) and len(self.lists[side]) < LIMIT:
                self._add(side, place, seq, end)
            acked = self._take(1 - side, ack)
            if self.left < 0:
                return
            if acked is not None:
                found.acks[place] = acked
            if length:
                found.in_flight[place] = self._flying(side, virtual=bool(flags & (SYN | FIN)))
            self.delivered[side] = sacked

    def _flying(self, side: int, *, virtual: bool) -> int:
        """Bytes in flight, those that SACK reports and the one of SYN or FIN not counted; 0 where nobody knows."""
        if not self.lists[side] or not self.countable[side]:
            return 0
        flying = (self._flight(side) - self.delivered[1 - side]) % _WRAP
        return flying - virtual if 0 < flying < MOST else 0

    def _add(self, side: int, place: int, seq: int, end: int) -> None:
        self.lists[side].append([place, seq, end])
        extent, base = self.extent[side], self.base[side]
        if extent is not None:
            self.extent[side] = min(extent[0], (seq - base) % _WRAP), max(extent[1], (end - base) % _WRAP)

    def _take(self, side: int, ack: int) -> int | None:
        """Strikes what an ACK number covers; returns the place of the oldest segment that ends there."""
        held = self.lists[side]
        same = self.asked[side][1] if self.asked[side][0] == ack else 0  # those were looked at with this very number
        if same == len(held):
            return None
        self.left -= len(held) - same
        acked, kept, changed = None, held[:same], False
        for each in held[same:] if same else held:
            _, seq, end = each
            if end == ack:
                acked = each[0] if acked is None else acked
                changed = True
            elif 0 < (end - ack) % _WRAP < _HALF:
                if 0 < (ack - seq) % _WRAP < _HALF:
                    each[1] = ack
                    changed = True
                kept.append(each)
            else:
                changed = True
        if changed:
            self.lists[side][:] = kept
            self.extent[side] = None
        self.asked[side] = ack, len(self.lists[side])
        return acked

    def _flight(self, side: int) -> int:
        """From the first number waiting to the last."""
        extent, base = self.extent[side], self.base[side]
        if extent is None:
            held = self.lists[side]
            self.left -= len(held)
            extent = min((each[1] - base) % _WRAP for each in held), max((each[2] - base) % _WRAP for each in held)
            self.extent[side] = extent
        return extent[1] - extent[0]
