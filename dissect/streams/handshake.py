"""What the opening of each stream tells: the numbers that both ends begin with, window scaling, the first round trip."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from dissect.streams.course import Course
from dissect.streams.segments import ACK, SYN, Segments

Array = np.ndarray[Any, Any]

UNKNOWN, UNUSED = -1, -2
"""Window scaling of an end that was not seen to open the connection, and of one that does without it."""
LARGEST_SHIFT = 14  # RFC 7323 §2.3
CUT = 255
"""Instead of a shift: the options of this SYN were not captured."""


class Bases(NamedTuple):
    """The number before the first byte of each side, by stream of the course, and where a SYN+ACK brought another."""

    values: tuple[Array, Array]
    changes: list[tuple[int, int, int]]

    def at(self, course: Course, other: bool = False) -> Array:
        """For each segment the number of its own side, or of the other."""
        found = course.of_side((self.values[0][course.index], self.values[1][course.index]), other)
        for place, side, value in self.changes:
            part = slice(place, int(course.stops[course.index[place]]))
            found[part][course.own[part] == (bool(side) ^ other)] = value
        return found


def bases(course: Course) -> Bases:
    """A SYN's own number; without a SYN one less than the first seen, be it sent or acknowledged."""
    values = []
    for side in (False, True):
        mine = course.own == side
        place = np.full(len(course.starts), len(course), np.int64)
        value = np.zeros(len(course.starts), np.uint32)
        for which, numbers in (
            (mine, course.seq - ((course.flags & SYN) == 0)), (~mine & course.acknowledges, course.ack - np.uint32(1)),
        ):  # fmt: skip
            places = np.flatnonzero(which)
            streams, first = np.unique(course.index[places], return_index=True)
            earlier = places[first] < place[streams]
            streams, first = streams[earlier], first[earlier]
            place[streams], value[streams] = places[first], numbers[places[first]]
        values.append(value)
    found = Bases((values[0], values[1]), [])
    answers = np.flatnonzero((course.flags & (SYN | ACK)) == SYN | ACK)
    sides, streams = course.side[answers], course.index[answers]
    base = np.where(sides == 1, found.values[1][streams], found.values[0][streams])
    current: dict[tuple[int, int], int] = {}
    for at in np.flatnonzero(base != course.seq[answers]).tolist():
        found.changes.append((int(answers[at]), int(sides[at]), int(course.seq[answers[at]])))
    if found.changes:
        changed = {int(course.index[place]) for place, _, _ in found.changes}
        found.changes.clear()
        for at in np.flatnonzero(np.isin(streams, list(changed))).tolist():
            key, seq = (int(streams[at]), int(sides[at])), int(course.seq[answers[at]])
            if current.get(key, int(base[at])) != seq:
                found.changes.append((int(answers[at]), key[1], seq))
            current[key] = seq
    return found


class Scales(NamedTuple):
    """Window scaling of both sides after each SYN, in the order of the SYNs."""

    places: Array
    values: tuple[Array, Array]

    def at(self, course: Course) -> tuple[Array, Array]:
        """The shifts of each side when a segment came."""
        marks = np.zeros(len(course), np.int32)
        marks[self.places] = 1
        before = np.cumsum(marks) - marks - 1
        here = before >= 0
        here[here] = self.places[before[here]] >= course.start[here]
        shifts = []
        for each in self.values:
            found = np.full(len(course), UNKNOWN, np.int8)
            found[here] = each[before[here]]
            shifts.append(found)
        return shifts[0], shifts[1]


def scales(course: Course, segments: Segments) -> Scales:
    """Learnt from SYN to SYN: both have to offer it (RFC 7323 §2.2)."""
    places = np.flatnonzero(course.flags & SYN)
    offered = _offered(course, segments, places)
    values = _all_offer(course, places, offered)
    missing = np.zeros(len(course.starts), bool)
    missing[course.index[places[offered < 0]]] = True
    rows = np.flatnonzero(missing[course.index[places]])
    for own, found in zip(values, _followed(course, places[rows], offered[rows]), strict=True):
        own[rows] = found
    return Scales(places, values)


def _all_offer(course: Course, places: Array, offered: Array) -> tuple[Array, Array]:
    """The shifts of both sides where every SYN offers one: the last of each side."""
    values = []
    for side in (0, 1):
        mine = (course.side[places] == side) & (offered != CUT)
        last = np.maximum.accumulate(np.where(mine, np.arange(len(places)), -1))
        here = (last >= 0) & (places[last] >= course.start[places])
        values.append(np.where(here, np.minimum(offered[last], LARGEST_SHIFT), UNKNOWN).astype(np.int8))
    return values[0], values[1]


def _followed(course: Course, places: Array, offered: Array) -> tuple[list[int], list[int]]:
    """The shifts of both sides, SYN by SYN."""
    streams, sides = course.index[places].tolist(), course.side[places].tolist()
    answers = (course.flags[places] & ACK > 0).tolist()
    found: tuple[list[int], list[int]] = [], []
    stream, own = -1, [UNKNOWN, UNKNOWN]
    for each, side, answer, shift in zip(streams, sides, answers, offered.tolist(), strict=True):
        if each != stream:
            stream, own = each, [UNKNOWN, UNKNOWN]
        if shift != CUT:
            if shift >= 0:
                own[side] = min(shift, LARGEST_SHIFT)
            if own[side] == UNKNOWN:
                own = [UNUSED, UNUSED]
            elif answer and own[1 - side] == UNUSED:
                own[side] = UNUSED
        found[0].append(own[0])
        found[1].append(own[1])
    return found


def _offered(course: Course, segments: Segments, places: Array) -> Array:
    """The shift count of each SYN, -1 for none."""
    rows = course.rows[places]
    shift = np.full(len(rows), -1, np.int16)
    having = segments.scale.rows
    if len(having):
        at = np.minimum(np.searchsorted(having, rows), len(having) - 1)
        here = having[at] == rows
        shift[here] = segments.scale.values[at[here]]
    return shift


class RoundTrips(NamedTuple):
    """The first round trip of each stream, in nanoseconds (0: not known), and where it was known first."""

    times: Array
    places: Array


def first_round_trips(course: Course) -> RoundTrips:
    """From the last SYN to the first ACK without SYN, as at the end of a handshake seen on either side."""
    asked = course.last((course.flags & (SYN | ACK)) == SYN)
    answers = np.flatnonzero(((course.flags & (SYN | ACK)) == ACK) & (asked >= course.start))
    since = course.time[asked[answers]]
    times = course.time[answers] - since
    told = (times != 0) & (since != 0)  # 0 is the time of a packet that has none
    answers, times = answers[told], times[told]
    streams, first = np.unique(course.index[answers], return_index=True)
    found = RoundTrips(np.zeros(len(course.starts), np.int64), np.full(len(course.starts), len(course), np.int64))
    found.times[streams], found.places[streams] = times[first], answers[first]
    return found
