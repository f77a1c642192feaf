"""Some whole streams, packet after packet: what each segment finds when it comes.

`Course` holds the segments of streams that follow each other in memory, and answers for every segment
at once what the one before it in its direction was, the last one of the other direction, and how far
each end's numbers had come. All numbers are compared modulo 2**32 (RFC 9293 §3.4).
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from dissect.streams.segments import ACK, FIN, RESET, SYN, Segments

Array = np.ndarray[Any, Any]

SPAN = 1 << 42
"""More than one direction of a stream can send, for keeping the numbers of neighbours in memory apart."""


def after(one: Array, other: Array) -> Array:
    """Whether numbers come after others, modulo 2**32."""
    return (one - other).view(np.int32) > 0


def counted(numbers: Array, way: Array, first: Array) -> Array:
    """Numbers of several directions, `way` by `way`, as bytes from `first` on: a step is one of less than 2**31."""
    if not len(numbers):
        return np.zeros(0, np.int64)
    new = np.r_[True, way[1:] != way[:-1]]
    before = np.where(new, first, np.roll(numbers, 1))
    total = np.cumsum((numbers - before).view(np.int32), dtype=np.int64)
    opening = np.flatnonzero(new)
    passed = np.r_[0, total[opening[1:] - 1]]
    found: Array = total - passed[np.cumsum(new) - 1]
    return found


class Course:
    """The segments `rows` of whole streams, sorted by stream and time; all arrays are in that order.

    `side` is 0 for the end that sent the first packet of the stream; two-dimensional arrays have a row for each side.
    """

    def __init__(self, segments: Segments, rows: Array) -> None:
        self.rows = rows
        self.stream = segments.stream[rows]
        self.side = segments.second[rows].view(np.int8)
        self.seq, self.ack = segments.seq[rows], segments.ack[rows]
        self.length, self.flags = segments.length[rows], segments.flags[rows]
        self.window = segments.window[rows].astype(np.int32)
        self.time = segments.time[rows]
        count = len(rows)
        self.at = np.arange(count, dtype=np.int32)
        opening = np.ones(count, bool)
        np.not_equal(self.stream[1:], self.stream[:-1], out=opening[1:])
        self.starts = np.flatnonzero(opening).astype(np.int32)
        self.index = np.cumsum(opening, dtype=np.int32) - np.int32(1)
        self.own, self.other = self.side.astype(bool), ~self.side.astype(bool)

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def start(self) -> Array:
        """Where each segment's stream begins."""
        found: Array = self.starts[self.index]
        return found

    @cached_property
    def stops(self) -> Array:
        """Where each stream ends."""
        return np.append(self.starts[1:], np.int32(len(self)))

    def last(self, where: Array) -> Array:
        """The last place up to each where the condition held, before the stream's start (or -1) where there is none."""
        found: Array = np.maximum.accumulate(np.where(where, self.at, np.int32(-1)))
        return found

    def before(self, places: Array) -> Array:
        """The same as seen just before each segment came: shifted by one; -1 where that lies in another stream."""
        shifted = np.empty_like(places)
        shifted[0], shifted[1:] = -1, places[:-1]
        shifted[shifted < self.start] = -1
        return shifted

    def of_side(self, pair: tuple[Array, Array], other: bool = False) -> Array:
        """From one array for each side, each segment's own side or the other."""
        return np.where(self.own ^ other, pair[1], pair[0])

    @cached_property
    def sent(self) -> tuple[Array, Array]:
        """The last segment of each side before each segment, or -1."""
        return self.before(self.last(~self.own)), self.before(self.last(self.own))

    @cached_property
    def previous(self) -> Array:
        """The segment before each in its own direction, or -1."""
        return self.of_side(self.sent)

    @cached_property
    def answered(self) -> Array:
        """The last segment of the other direction, or -1."""
        return self.of_side(self.sent, other=True)

    def found(self, values: Array, places: Array, default: int) -> Array:
        """The values at places, the default where there is none."""
        taken = values[places]
        taken[places < 0] = default
        return taken

    @cached_property
    def end(self) -> Array:
        """The number that follows each segment: SYN and FIN take one too."""
        return self.seq + self.length + ((self.flags & (SYN | FIN)) > 0)

    @cached_property
    def plain(self) -> Array:
        """Neither SYN nor FIN nor RST."""
        found: Array = (self.flags & (SYN | FIN | RESET)) == 0
        return found

    @cached_property
    def last_ack(self) -> Array:
        """The ACK number of the segment before in the same direction, 0 for none."""
        return self.found(self.ack, self.previous, 0)

    @cached_property
    def acknowledged(self) -> Array:
        """Whether that segment has set ACK."""
        return self.found(self.acknowledges, self.previous, 0)

    @cached_property
    def last_window(self) -> Array:
        """Its window, -1 for none."""
        return self.found(self.window, self.previous, -1)

    @cached_property
    def their_ack(self) -> Array:
        """The ACK number last seen from the other end, 0 for none."""
        return self.found(self.ack, self.answered, 0)

    @cached_property
    def they_acknowledge(self) -> Array:
        """Whether that segment has set ACK."""
        return self.found(self.acknowledges, self.answered, 0)

    @cached_property
    def their_window(self) -> Array:
        """Its window, -1 for none."""
        return self.found(self.window, self.answered, -1)

    @cached_property
    def candidate(self) -> Array:
        """One byte while the other end's window is closed: a probe, if it is the next byte."""
        found: Array = (self.length == 1) & (self.their_window == 0)
        return found

    @cached_property
    def reached(self) -> tuple[Array, Array]:
        """The highest number of each side after each segment; 0 as long as it has sent nothing."""
        return self._reached(~self.own), self._reached(self.own)

    def _reached(self, mine: Array) -> Array:
        """A running maximum of unwrapped numbers: those of each stream lie in a span of their own."""
        highest = np.zeros(len(self), np.uint32)
        places = np.flatnonzero(mine & ~self.candidate)
        if not len(places):
            return highest
        end, stream = self.end[places], self.index[places].astype(np.int64)
        new = np.r_[True, stream[1:] != stream[:-1]]
        first = end[new][np.cumsum(new) - 1]
        way = np.clip(counted(end, stream, first), -SPAN // 2 + 1, SPAN // 2 - 1)
        numbers = first + (np.maximum.accumulate(way + stream * SPAN) - stream * SPAN).astype(np.uint32)
        held = np.full(len(self), -1, np.int32)
        held[places] = np.arange(len(places), dtype=np.int32)
        held = np.maximum.accumulate(held)
        there = held >= 0
        highest[there] = numbers[held[there]]
        highest[there] *= self.index[there] == stream[held[there]]
        return highest

    def expected_before(self, reached: tuple[Array, Array]) -> tuple[Array, Array]:
        """What was expected next from each segment's own side, and from the other, when it came; 0 for nothing."""
        shifted = []
        for each in reached:
            one = np.empty_like(each)
            one[0], one[1:] = 0, each[:-1]
            one[self.starts] = 0
            shifted.append(one)
        return self.of_side((shifted[0], shifted[1])), self.of_side((shifted[0], shifted[1]), other=True)

    @cached_property
    def acknowledges(self) -> Array:
        """Whether ACK is set."""
        return (self.flags & ACK) > 0
