"""How far each direction has come: the number expected next, and how far it came without a gap.

While a direction has no gap both are the same, a running maximum over columns. What disturbs that (a gap,
data that overlaps what was sent, a SYN sent again after a gap, numbers half their circle behind) is followed
segment by segment, from the disturbance until both directions are again where the running maximum has them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from dissect.streams.course import Course, after
from dissect.streams.segments import ACK, SYN

Array = np.ndarray[Any, Any]
_WRAP, _HALF = 1 << 32, 1 << 31


class Progress(NamedTuple):
    """What each segment met.

    `expected` and `theirs` are the next numbers of its own and of the other direction when it came (0: none yet),
    `advanced` the next of its own direction afterwards. `beyond` says that it acknowledges more than was seen
    without a gap; `noticed` that this gap was known already, so that only the acknowledgment is news.
    """

    expected: Array
    theirs: Array
    advanced: Array
    beyond: Array
    noticed: Array


def progress(course: Course) -> Progress:
    """The progress of all streams of a course."""
    reached = course.reached
    expected, theirs = course.expected_before(reached)
    advanced = course.of_side(reached)
    beyond = course.acknowledges & (theirs != 0) & after(course.ack, theirs)
    found = Progress(expected, theirs, advanced, beyond, beyond.copy())
    started = course.previous >= 0
    later = started & after(course.end, expected)
    turned = (advanced != course.end) & ~course.candidate  # 2**31 or more behind: the numbers went round unseen
    disturbed = later & ((course.seq != expected) | turned)
    disturbed |= (expected == 0) & (started | course.candidate)
    places = np.flatnonzero(disturbed)
    if len(places):
        _Walk(course, found).follow(places)
    return found


class _Walk:
    """Follows disturbed streams segment by segment."""

    def __init__(self, course: Course, found: Progress) -> None:
        seen = course.side, course.seq, course.end, course.ack, course.flags, course.candidate
        self.stops = course.stops[course.index]
        self.seen: list[Any] = [each.data for each in (*seen, found.expected.copy(), found.theirs.copy())]
        self.found: list[Any] = [each.data for each in found]

    def follow(self, places: Array) -> None:
        """From each disturbance on, as long as it lasts."""
        done = -1
        for place, stop in zip(places.tolist(), self.stops[places].tolist(), strict=True):
            if place >= done:
                done = self._disturbance(place, stop)

    def _disturbance(self, begin: int, stop: int) -> int:
        """One disturbance; returns where all is quiet again. `whole` is how far each side came without a gap."""
        sides, seqs, ends, acks, all_flags, candidates, calm, calm_theirs = self.seen
        expected, theirs, advanced, beyond, noticed = self.found
        side = sides[begin]
        coming = [calm_theirs[begin], calm[begin]] if side else [calm[begin], calm_theirs[begin]]
        whole = coming.copy()
        for at in range(begin, stop):
            side, seq, end, flags = sides[at], seqs[at], ends[at], all_flags[at]
            own, other, own_whole, other_whole = coming[side], coming[1 - side], whole[side], whole[1 - side]
            if (
                own == own_whole == calm[at]
                and other == other_whole == calm_theirs[at]
                and own
                and other
                and at > begin
            ):
                return at
            if flags & (SYN | ACK) == SYN:
                own = own_whole
            expected[at], theirs[at] = own, other
            news = bool(flags & ACK and other_whole and 0 < (acks[at] - other_whole) % _WRAP < _HALF)
            beyond[at], noticed[at] = news, news and other_whole == other
            if news:
                whole[1 - side] = other
            if not (candidates[at] and seq == own):
                if not own or 0 < (end - own) % _WRAP < _HALF:
                    own = end
                if seq == own_whole or not own_whole:
                    own_whole = own
            advanced[at] = own
            coming[side], whole[side] = own, own_whole
        return stop
