"""What the segments of a capture are, stream by stream, in arrays beside theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from dissect.bulk.divided import divided, shared
from dissect.bulk.octets import distinct
from dissect.streams.course import Course
from dissect.streams.handshake import bases, first_round_trips, scales
from dissect.streams.identity import firsts
from dissect.streams.marks import Mark, marks
from dissect.streams.progress import progress
from dissect.streams.segments import ACK, FIN, RESET, SYN, Segments
from dissect.streams.waiting import waiting

Array = np.ndarray[Any, Any]
Result = TypeVar("Result")

COURSE = 1 << 15
"""Segments that are analysed at a time, unless one stream has more: their arrays fit into little memory."""
WORTH = 4
"""Courses from which on another process is worth its start."""


class Analysis:
    """The analysis of segments; each array is made when it is first asked for. See the package for what they hold."""

    def __init__(self, segments: Segments) -> None:
        self.segments = segments

    @cached_property
    def order(self) -> Array:
        """The rows of all segments by stream, those of a stream in the order of the capture."""
        key = self.segments.stream.astype(np.uint64)
        key <<= np.uint64(32)
        for begin in range(0, len(key), COURSE):
            stop = min(begin + COURSE, len(key))
            key[begin:stop] |= np.arange(begin, stop, dtype=np.uint64)
        key.sort()
        return key.astype(np.uint32)

    @cached_property
    def known(self) -> Array:
        """Of those rows the ones that take part in the analysis."""
        known = self.segments.known
        return self.order if known.all() else self.order[known[self.order]]

    def courses(self) -> Iterator[Course]:
        """The segments that take part, a number of whole streams at a time."""
        return map(self._course, self._bounds())

    def _course(self, bounds: tuple[int, int]) -> Course:
        return Course(self.segments, self.known[slice(*bounds)])

    def _bounds(self) -> Iterator[tuple[int, int]]:
        begin, count = 0, len(self.known)
        while begin < count:
            stop = min(begin + COURSE, count)
            if stop < count:
                stop = self._boundary(begin, stop)
            yield begin, stop
            begin = stop

    def _each(self, work: Callable[[Course], Result]) -> list[Result]:
        """What the work gives for each course; where there are many, other processes do some of it."""
        bounds = list(self._bounds())
        if len(bounds) < WORTH:
            return [work(self._course(each)) for each in bounds]
        return list(divided(lambda each: work(self._course(each)), bounds))

    def _boundary(self, begin: int, stop: int) -> int:
        """Where a stream ends, as close before `stop` as can be, or behind it."""
        stream = self.segments.stream
        current = stream[self.known[stop]]
        if stream[self.known[begin]] != current:
            part = stream[self.known[begin:stop]]
            return begin + int(np.searchsorted(part, current))
        rest = self.known[stop:]
        return stop + int(np.searchsorted(stream[rest], current, "right"))

    def _full(self, kind: type[np.generic]) -> Array:
        """Zeros that the work on courses can fill."""
        return shared(len(self.segments), kind)

    @cached_property
    def _marked(self) -> tuple[Array, Array, Array]:
        found, duplicate, original = self._full(np.uint16), self._full(np.uint32), self._full(np.uint32)
        number, trips = self.segments.number, self._trips

        def work(course: Course) -> list[int]:
            seen, changes, rows = first_round_trips(course), bases(course).changes, course.rows
            each = marks(course, progress(course), scales(course, self.segments), seen)
            found[rows], duplicate[rows] = each.marks, each.duplicate
            again = np.flatnonzero(each.original >= 0)
            original[rows[again]] = number[rows[each.original[again]]]
            trips[course.stream[course.starts]] = seen.times
            return [int(rows[place]) for place, _, _ in changes]

        changed = [row for rows in self._each(work) for row in rows]
        found[self._reopening] |= np.uint16(Mark.REUSED_PORTS)
        found[changed] |= np.uint16(Mark.REUSED_PORTS)
        return found, duplicate, original

    @property
    def marks(self) -> Array:
        """What each segment is, a set of `Mark`s."""
        return self._marked[0]

    @property
    def duplicate_number(self) -> Array:
        """Which duplicate ACK it is, counted from 1; 0 for none."""
        return self._marked[1]

    @property
    def duplicate_of(self) -> Array:
        """The number of the packet whose ACK it repeats, 0 for none."""
        return self._marked[2]

    @cached_property
    def _waited(self) -> tuple[Array, Array, Array]:
        acks, in_flight, timeout = self._full(np.int32), self._full(np.uint32), self._full(np.int32)
        for found in (acks, timeout):
            found.fill(-1)
        marked = self.marks

        def work(course: Course) -> None:
            each = waiting(course, self.segments, progress(course), marked[course.rows])
            in_flight[course.rows] = each.in_flight
            for rows, places in ((acks, each.acks), (timeout, each.timeout)):
                there = np.flatnonzero(places >= 0)
                rows[course.rows[there]] = course.rows[places[there]]

        self._each(work)
        return acks, in_flight, timeout

    def _number_at(self, rows: Array) -> Array:
        numbers = self.segments.number[rows]
        numbers[rows < 0] = 0
        return numbers

    def _time_since(self, rows: Array) -> Array:
        times = self.segments.time - self.segments.time[rows]
        times[rows < 0] = 0
        return times

    @property
    def acks_row(self) -> Array:
        """The row of the segment that each acknowledges, -1 for none."""
        return self._waited[0]

    @property
    def acks(self) -> Array:
        """The number of the packet that each acknowledges, 0 for none."""
        return self._number_at(self._waited[0])

    @property
    def ack_rtt(self) -> Array:
        """Nanoseconds since then, 0 for none."""
        return self._time_since(self._waited[0])

    @property
    def in_flight(self) -> Array:
        """Bytes sent and not acknowledged, those of this segment included; 0 where not known."""
        return self._waited[1]

    @property
    def rto(self) -> Array:
        """Nanoseconds since the oldest segment that waited when this one was sent again, 0 for others."""
        return self._time_since(self._waited[2])

    @property
    def rto_from(self) -> Array:
        """The number of that packet, 0 for none."""
        return np.where(self.rto != 0, self._number_at(self._waited[2]), 0)

    @cached_property
    def _reopening(self) -> Array:
        """The rows of the SYNs that open a stream between ends that had one before."""
        ends = np.sort(self.segments.ends, 1)
        if not len(ends):
            return np.zeros(0, np.int64)
        again = firsts(ends[:, 0], ends[:, 1]) != np.arange(len(ends))
        rows: Array = self.firsts[again[self.segments.stream[self.firsts]]]
        return rows

    @cached_property
    def firsts(self) -> Array:
        """The row of each stream's first segment."""
        stream = self.segments.stream[self.order]
        return self.order[np.flatnonzero(np.r_[True, stream[1:] != stream[:-1]])] if len(stream) else self.order

    @cached_property
    def _numbered(self) -> tuple[Array, Array]:
        """Relative numbers."""
        seq, ack = self._full(np.uint32), self._full(np.uint32)
        seq[:], ack[:] = self.segments.seq, self.segments.ack

        def work(course: Course) -> None:
            found = bases(course)
            seq[course.rows] -= found.at(course)
            acks = course.acknowledges
            ack[course.rows[acks]] -= found.at(course, other=True)[acks]

        self._each(work)
        return seq, ack

    @property
    def rel_seq(self) -> Array:
        """The sequence number counted from the first of its direction; as on the wire where the length is not known."""
        return self._numbered[0]

    @property
    def rel_ack(self) -> Array:
        """The ACK number, counted from the other direction's first number where ACK is set."""
        return self._numbered[1]

    @property
    def next_seq(self) -> Array:
        """The number that follows the segment."""
        segments = self.segments
        return self.rel_seq + segments.length + ((segments.flags & (SYN | FIN)) > 0)

    @cached_property
    def scale(self) -> Array:
        """The shift of the window of each segment that is no SYN: -1 not known, -2 not used."""
        found = self._full(np.int8)

        def work(course: Course) -> None:
            found[course.rows] = course.of_side(scales(course, self.segments).at(course))

        self._each(work)
        return found

    @cached_property
    def _trips(self) -> Array:
        return shared(self.segments.streams, np.int64)

    @property
    def first_rtt(self) -> Array:
        """The first round trip of each stream in nanoseconds, 0 where it is not known."""
        assert self._marked
        return self._trips

    @cached_property
    def since_previous(self) -> Array:
        """Nanoseconds since the segment before in the stream."""
        time = self.segments.time[self.order]
        since = np.zeros(len(time), np.int64)
        since[1:] = time[1:] - time[:-1]
        found = np.empty_like(since)
        found[self.order] = since
        found[self.firsts] = 0
        return found

    @property
    def since_first(self) -> Array:
        """Nanoseconds since the first segment of the stream."""
        first = np.zeros(self.segments.streams, np.int64)
        first[self.segments.stream[self.firsts]] = self.segments.time[self.firsts]
        return self.segments.time - first[self.segments.stream]

    @cached_property
    def completeness(self) -> Array:
        """What was seen of each stream: 1 SYN, 2 SYN+ACK, 4 an ACK, 8 data, 16 FIN, 32 RST."""
        segments, flags = self.segments, self.segments.flags
        later = np.ones(len(segments), bool)
        later[self.firsts] = False
        data = (segments.length > 0) & segments.known
        kind = flags & (SYN | ACK)
        seen = np.zeros(segments.streams, np.uint8)
        first = self.firsts[kind[self.firsts] == SYN]
        seen[segments.stream[first]] |= np.where(data[first], 9, 1).astype(np.uint8)
        for bit, where in (
            (2, kind == SYN | ACK), (4, (kind == ACK) & ~data), (8, (kind == ACK) & data),
            (16, (flags & (FIN | ACK)) == FIN | ACK), (32, (flags & RESET) > 0),
        ):  # fmt: skip
            seen[distinct(segments.stream[later & where])] |= np.uint8(bit)
        return seen


def analyse(segments: Segments) -> Analysis:
    """The analysis of a capture's segments."""
    return Analysis(segments)
