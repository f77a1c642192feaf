"""What waits for its acknowledgment: which segment an ACK is for, how many bytes are in flight, how long a timeout was.

Where a stream runs smoothly (no gaps, nothing twice, ACK numbers that only rise) all of that follows from
columns. Other streams are followed segment by segment, with the list that a sender keeps of what it may have
to send again; one made to fill that list over and over is given up at some point, its numbers are then missing.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from dissect.streams.course import SPAN, Course, after, counted
from dissect.streams.handshake import bases
from dissect.streams.marks import Mark, last_advance
from dissect.streams.progress import Progress
from dissect.streams.segments import ACK, FIN, SYN, Segments

Array = np.ndarray[Any, Any]

_WRAP, _HALF = 1 << 32, 1 << 31
_FAR = 1 << 30
"""Further than any window reaches (RFC 7323 §2.3)."""
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
    smooth = _Smooth(course, ~rough[course.index], carries)
    smooth.acknowledge(found)
    smooth.fly(sacked, found)
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
    rough |= course.acknowledged & ((course.ack - course.last_ack) >= np.uint32(_FAR))
    rough |= ~course.acknowledges & (started | (course.answered >= 0))
    rough |= carries & course.they_acknowledge & ((course.seq - course.their_ack) >= np.uint32(_FAR))
    rough |= started & ((course.flags & SYN) > 0)  # which may begin to count anew
    far = (numbers.theirs - course.ack + np.uint32(_FAR)) >= np.uint32(2 * _FAR)
    rough |= course.acknowledges & (numbers.theirs != 0) & far
    rough |= course.candidate
    streams = np.zeros(len(course.starts), bool)
    streams[course.index[rough]] = True
    return streams


class _Smooth:
    """The streams that run smoothly: how far each of their segments reaches, and its ACK, in bytes from the first
    number of that direction on, however often the numbers went round.
    """

    def __init__(self, course: Course, smooth: Array, carries: Array) -> None:
        self.course = course
        self.way = course.index.astype(np.int64) * 2 + course.side
        self.places = np.flatnonzero(smooth & carries)
        ways, first = np.unique(self.way[self.places], return_index=True)
        self.first, self.begun = np.zeros(2 * len(course.starts), np.uint32), np.zeros(2 * len(course.starts), bool)
        self.first[ways], self.begun[ways] = course.seq[self.places[first]], True
        acking = np.flatnonzero(smooth & course.acknowledges & self.begun[self.way ^ 1])
        self.sent, self.acked = np.zeros(len(course), np.int64), np.zeros(len(course), np.int64)
        for mine in (course.own, course.other):
            own, theirs = self.places[mine[self.places]], acking[mine[acking]]
            self.sent[own] = counted(course.end[own], self.way[own], self.first[self.way[own]])
            self.acked[theirs] = counted(course.ack[theirs], self.way[theirs], self.first[self.way[theirs] ^ 1])
        self.acking = acking

    def acknowledge(self, found: Waiting) -> None:
        """An ACK is for the segment that ends where it says; each is acknowledged but once."""
        course, places = self.course, self.places
        keys = self.way[places] * SPAN + self.sent[places]
        if not len(keys):
            return
        if (keys[1:] < keys[:-1]).any():
            order = np.argsort(keys, kind="stable")
            keys, places = keys[order], places[order]
        news = (course.ack != course.last_ack) | ~course.acknowledged
        asking = self.acking[news[self.acking]]
        wanted = (self.way[asking] ^ 1) * SPAN + self.acked[asking]
        at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        match = (keys[at] == wanted) & (places[at] < asking)
        found.acks[asking[match]] = places[at[match]]

    def fly(self, sacked: Array, found: Waiting) -> None:
        """From the last acknowledgment, or the first segment seen, to the end of a segment."""
        course = self.course
        places = self.places[course.length[self.places] > 0]
        answered = course.answered[places]
        begin = np.maximum(course.found(self.acked, answered, 0), 0)
        flying = self.sent[places] - begin - course.found(sacked, answered, 0)
        flying[(flying < 0) | (flying >= MOST)] = 0
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
