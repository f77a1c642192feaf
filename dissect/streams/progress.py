"""How far each direction has come: the number expected next, and how far it came without a gap.

While a direction has no gap both are the same, a running maximum over columns. What disturbs that (a
gap, data that overlaps what was sent, a SYN sent again after a gap) is followed segment by segment, from
the disturbance until both directions are again where the running maximum has them.
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
    disturbed = started & after(course.end, expected) & (course.seq != expected)
    disturbed |= (expected == 0) & (started | course.candidate)
    places = np.flatnonzero(disturbed)
    if len(places):
        _Walk(course, found).follow(places)
    return found


class _Walk:
    """Follows disturbed streams segment by segment."""

    def __init__(self, course: Course, found: Progress) -> None:
        self.course, self.found = course, found
        self.quiet = found.expected.copy(), found.theirs.copy()

    def follow(self, places: Array) -> None:
        """From each disturbance on, as long as it lasts."""
        course = self.course
        stops = course.stops[course.index[places]].tolist()
        done = -1
        for place, stop in zip(places.tolist(), stops, strict=True):
            if place >= done:
                done = self._disturbance(place, stop)

    def _disturbance(self, place: int, stop: int) -> int:
        """One disturbance; returns where all is quiet again."""
        begin = place
        size = 64
        expected = [0, 0]
        side = int(self.course.side[place])
        expected[side], expected[1 - side] = int(self.found.expected[place]), int(self.found.theirs[place])
        state = [expected[0], expected[1], expected[0], expected[1]]
        while begin < stop:
            until = min(begin + size, stop)
            quiet = self._run(begin, until, state)
            if quiet:
                return quiet
            begin, size = until, min(size * 4, 65536)
        return stop

    def _run(self, begin: int, until: int, state: list[int]) -> int:
        """Segments `begin` to `until`; returns the first place that is quiet again, or 0."""
        course, found = self.course, self.found
        part = slice(begin, until)
        next0, next1, whole0, whole1 = state
        expected, theirs, advanced = [], [], []
        beyond, noticed = [], []
        quiet = 0
        columns = zip(
            course.side[part].tolist(), course.seq[part].tolist(), course.end[part].tolist(), course.ack[part].tolist(),
            course.flags[part].tolist(), course.candidate[part].tolist(), self.quiet[0][part].tolist(),
            self.quiet[1][part].tolist(), strict=True,
        )  # fmt: skip
        for at, (side, seq, end, ack, flags, candidate, calm, calm_theirs) in enumerate(columns, begin):
            if side:
                own, other, own_whole, other_whole = next1, next0, whole1, whole0
            else:
                own, other, own_whole, other_whole = next0, next1, whole0, whole1
            if at > begin and own == own_whole == calm and other == other_whole == calm_theirs and own and other:
                quiet = at
                break
            if flags & (SYN | ACK) == SYN:
                own = own_whole
            expected.append(own)
            theirs.append(other)
            news = bool(flags & ACK and other_whole and 0 < (ack - other_whole) % _WRAP < _HALF)
            beyond.append(news)
            noticed.append(news and other_whole == other)
            if news:
                other_whole = other
            if not (candidate and seq == own):
                if not own or 0 < (end - own) % _WRAP < _HALF:
                    own = end
                if seq == own_whole or not own_whole:
                    own_whole = own
            advanced.append(own)
            if side:
                next1, next0, whole1, whole0 = own, other, own_whole, other_whole
            else:
                next0, next1, whole0, whole1 = own, other, own_whole, other_whole
        done = slice(begin, begin + len(expected))
        found.expected[done], found.theirs[done], found.advanced[done] = expected, theirs, advanced
        found.beyond[done], found.noticed[done] = beyond, noticed
        state[:] = next0, next1, whole0, whole1
        return quiet
