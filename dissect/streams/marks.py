"""What each segment is, beside those before it: sent again, out of order, a duplicate ACK, a probe, …

The names and their conditions are Wireshark's; whoever knows those finds the same packets here.
"""

from __future__ import annotations

from enum import IntFlag
from typing import Any, NamedTuple

import numpy as np

from dissect.streams.course import Course, after
from dissect.streams.handshake import UNKNOWN, RoundTrips, Scales
from dissect.streams.progress import Progress
from dissect.streams.segments import FIN, RESET, SYN

Array = np.ndarray[Any, Any]

REORDERED = 3_000_000
"""Nanoseconds within which a late segment counts as out of order where the round trip is not known."""
SOON = 20_000_000
"""Nanoseconds after the last duplicate ACK within which its segment counts as sent again because of it."""
MANY = np.int32(1 << 30)
"""Instead of a count of duplicate ACKs: an ACK for what was not captured came since, so any number may be missing."""


class Mark(IntFlag):
    """What a segment can be; `tcp.analysis.` and the name in small letters is the field."""

    RETRANSMISSION = 1 << 0
    FAST_RETRANSMISSION = 1 << 1
    SPURIOUS_RETRANSMISSION = 1 << 2
    OUT_OF_ORDER = 1 << 3
    LOST_SEGMENT = 1 << 4
    ACK_LOST_SEGMENT = 1 << 5
    DUPLICATE_ACK = 1 << 6
    KEEP_ALIVE = 1 << 7
    KEEP_ALIVE_ACK = 1 << 8
    ZERO_WINDOW = 1 << 9
    ZERO_WINDOW_PROBE = 1 << 10
    ZERO_WINDOW_PROBE_ACK = 1 << 11
    WINDOW_UPDATE = 1 << 12
    WINDOW_FULL = 1 << 13
    REUSED_PORTS = 1 << 14


AGAIN = Mark.RETRANSMISSION | Mark.FAST_RETRANSMISSION | Mark.SPURIOUS_RETRANSMISSION
"""Data that was sent before: Wireshark's `tcp.analysis.retransmission` holds for all three."""


class Marks(NamedTuple):
    """The marks of each segment; which duplicate it is (0: none), and of which place's ACK (-1)."""

    marks: Array
    duplicate: Array
    original: Array


def marks(course: Course, numbers: Progress, shifts: Scales, trips: RoundTrips) -> Marks:
    """The marks of all segments of a course."""
    found = np.zeros(len(course), np.uint16)
    probe = course.candidate & (course.seq == numbers.expected)
    _set(found, probe, Mark.ZERO_WINDOW_PROBE)
    bare = course.plain & ~probe
    _set(found, bare & (course.window == 0), Mark.ZERO_WINDOW)
    ahead = (numbers.expected != 0) & after(course.seq, numbers.expected)
    _set(found, ahead & ((course.flags & RESET) == 0) & ~probe, Mark.LOST_SEGMENT)
    alive = bare & (course.length < 2) & (course.seq == numbers.expected - np.uint32(1))
    _set(found, alive, Mark.KEEP_ALIVE)
    _window_full(course, shifts, bare, found)
    repeats = bare & (course.length == 0) & (course.seq == numbers.expected) & (course.ack == course.last_ack)
    duplicate = _repeated_acks(course, repeats, alive, probe, found)
    counted = _Duplicates(course, duplicate, numbers)
    _set(found, numbers.beyond & ~(numbers.noticed & (counted.theirs != 0)), Mark.ACK_LOST_SEGMENT)
    theirs = np.where(numbers.noticed, MANY, counted.theirs)
    _sent_again(course, numbers, trips, theirs, alive, found)
    return Marks(found, np.where(duplicate, counted.mine, 0), counted.originals())


def _set(found: Array, where: Array, mark: Mark) -> None:
    found |= where * np.uint16(mark)


def _window_full(course: Course, shifts: Scales, bare: Array, found: Array) -> None:
    """Data up to the very edge of the window that the other end announced."""
    rows = np.flatnonzero(bare & (course.length > 0) & (course.answered >= 0))
    if not len(rows):
        return
    scale = course.of_side(shifts.at(course), other=True)[rows]
    opened = (course.flags[course.answered[rows]] & SYN) > 0  # the window of a SYN is not scaled
    shift = np.where(opened | (scale < 0), 0, scale).astype(np.uint32)
    edge = course.their_ack[rows] + (course.their_window[rows].astype(np.uint32) << shift)
    full = (scale != UNKNOWN) & (course.seq[rows] + course.length[rows] == edge)
    found[rows[full]] |= np.uint16(Mark.WINDOW_FULL)


def _repeated_acks(course: Course, repeats: Array, alive: Array, probe: Array, found: Array) -> Array:
    """Tells apart ACKs that bring no news; returns which are duplicates."""
    same, opened = course.window == course.last_window, course.window != 0
    _set(found, repeats & opened & ~same, Mark.WINDOW_UPDATE)
    again = repeats & same
    answers = again & opened & course.found(alive, course.answered, 0)
    _set(found, answers, Mark.KEEP_ALIVE_ACK)
    _set(found, again & ~opened & course.found(probe, course.answered, 0), Mark.ZERO_WINDOW_PROBE_ACK)
    duplicate: Array = again & opened & ~answers
    _set(found, duplicate, Mark.DUPLICATE_ACK)
    return duplicate


class _Duplicates:
    """Counts the duplicate ACKs of each side since the last other one of that side.

    An ACK for what was never seen starts the count of the other side anew; `theirs` then says `MANY`.
    """

    def __init__(self, course: Course, duplicate: Array, numbers: Progress) -> None:
        self.course, self.duplicate = course, duplicate
        self.news = course.ack != course.last_ack
        counts, states = [], []
        for mine in (~course.own, course.own):
            unseen = ~mine & numbers.noticed
            begun = np.maximum(course.last((mine & self.news) | unseen), course.start - 1)
            total = np.cumsum(mine & duplicate, dtype=np.int32)
            count = total - np.where(begun >= 0, total[begun], 0)
            counts.append(count)
            states.append(np.where((count == 0) & (begun >= course.start) & unseen[begun], MANY, count))
        self.mine = course.of_side((counts[0], counts[1]))
        before = [self._before(each) for each in states]
        self.theirs = course.of_side((before[0], before[1]), other=True)

    def _before(self, counts: Array) -> Array:
        shifted = np.empty_like(counts)
        shifted[0], shifted[1:] = 0, counts[:-1]
        shifted[self.course.starts] = 0
        return shifted

    def originals(self) -> Array:
        """The place of the ACK that each duplicate repeats, -1 for other segments and where there is none."""
        course = self.course
        found = np.full(len(course), -1, np.int32)
        if not self.duplicate.any():
            return found
        lasts = tuple(course.last(mine & self.news) for mine in (~course.own, course.own))
        place = course.of_side((lasts[0], lasts[1]))
        there = self.duplicate & (place >= course.start)
        found[there] = place[there]
        return found


def _sent_again(
    course: Course, numbers: Progress, trips: RoundTrips, duplicates: Array, alive: Array, found: Array
) -> None:
    """Retransmissions of all kinds, and what is only late."""
    extended = (course.length > 1) & (course.seq == numbers.expected - np.uint32(1))
    behind = (numbers.expected != 0) & after(numbers.expected, course.seq) & ~extended
    stop = course.seq + course.length
    spurious = (course.length > 0) & (course.their_ack != 0) & ~after(stop, course.their_ack) & ~alive
    _set(found, spurious, Mark.SPURIOUS_RETRANSMISSION)
    carries = (course.length > 0) | ((course.flags & (SYN | FIN)) > 0)
    rows = np.flatnonzero(behind & carries & ~alive & ~spurious)
    if not len(rows):
        return
    time = course.time[rows]
    asked = (duplicates[rows] >= 2) & (course.their_ack[rows] == course.seq[rows]) & (course.answered[rows] >= 0)
    wait = time - course.time[course.answered[rows]]
    fast = asked & (wait >= 0) & (wait < SOON)
    stream = course.index[rows]
    known = trips.places[stream] < rows
    patience = np.where(known, trips.times[stream], REORDERED)
    wait = time - course.time[last_advance(course, numbers)[rows]]
    late = ~fast & (wait >= 0) & (wait < patience) & (course.end[rows] != numbers.expected[rows])
    found[rows[fast]] |= np.uint16(Mark.FAST_RETRANSMISSION)
    found[rows[late]] |= np.uint16(Mark.OUT_OF_ORDER)
    found[rows[~fast & ~late]] |= np.uint16(Mark.RETRANSMISSION)


def last_advance(course: Course, numbers: Progress) -> Array:
    """The last segment of the same direction that brought new numbers, or -1."""
    news = numbers.advanced != numbers.expected
    lasts = tuple(course.before(course.last(mine & news)) for mine in (~course.own, course.own))
    return course.of_side((lasts[0], lasts[1]))
