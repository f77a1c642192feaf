"""One row a connection: who, how much, how long, how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from dissect.streams.analysis import Analysis
from dissect.streams.marks import AGAIN
from dissect.streams.segments import ACK, FIN, RESET, SYN, Segments

Array = np.ndarray[Any, Any]

STATES = ("open", "half-closed", "closed", "reset", "opening", "refused", "SYN only")
"""How a connection stands at the end of the capture, as its SYN, FIN and RST tell."""
OPEN, HALF, CLOSED, ABORTED, OPENING, REFUSED, ASKED = range(len(STATES))


@dataclass(frozen=True)
class Summary:
    """Arrays with an entry for each stream; pairs are of the end that sent the first packet, and of the other.

    Times are nanoseconds, `round_trip` 0 where no handshake was captured; `again` counts segments sent again, `noted`
    all segments with something to note; `state` is a place in `STATES`.
    """

    segments: Segments
    packets: tuple[Array, Array]
    data: tuple[Array, Array]
    start: Array
    duration: Array
    state: Array
    round_trip: Array
    again: Array
    noted: Array

    def __len__(self) -> int:
        return len(self.start)

    def ends(self, stream: int) -> tuple[tuple[str, int], tuple[str, int]]:
        """Address and port of both ends."""
        first, second = self.segments.ends[stream].tolist()
        return (self.segments.address(first), first & 0xFFFF), (self.segments.address(second), second & 0xFFFF)


def summary(analysis: Analysis) -> Summary:
    """The summary of all streams."""
    segments = analysis.segments
    count, stream = segments.streams, segments.stream
    side = stream.astype(np.int64) * 2 + segments.second
    packets = np.bincount(side, minlength=2 * count)
    data = np.bincount(side, segments.length, 2 * count).astype(np.int64)
    time = segments.time[analysis.order]
    bounds = np.searchsorted(stream[analysis.order], np.arange(count + 1))
    start = time[bounds[:-1]] if count else time
    latest = np.maximum.reduceat(time, bounds[:-1]) if count else time
    marks = analysis.marks
    return Summary(
        segments, (packets[::2], packets[1::2]), (data[::2], data[1::2]), start, latest - start,
        _states(segments, packets), analysis.first_rtt,
        np.bincount(stream[(marks & np.uint16(AGAIN)) > 0], minlength=count),
        np.bincount(stream[marks > 0], minlength=count),
    )  # fmt: skip


def _states(segments: Segments, packets: Array) -> Array:
    """What SYN, FIN and RST tell of the end."""
    count, stream, flags = segments.streams, segments.stream, segments.flags

    def seen(where: Array, second: bool | None = None) -> Array:
        found = np.zeros(count, bool)
        found[stream[where if second is None else where & (segments.second == second)]] = True
        return found

    opened, answered = seen((flags & (SYN | ACK)) == SYN), seen((flags & (SYN | ACK)) == SYN | ACK)
    talked = seen((flags & (SYN | RESET)) == 0)
    fins = [seen((flags & FIN) > 0, second) for second in (False, True)]
    reset = seen((flags & RESET) > 0)
    state = np.full(count, OPEN, np.uint8)
    state[opened & ~talked] = np.where(answered, OPENING, ASKED)[opened & ~talked]
    state[fins[0] | fins[1]] = HALF
    state[fins[0] & fins[1]] = CLOSED
    state[reset & ~(fins[0] & fins[1])] = ABORTED
    state[reset & opened & ~answered & ~talked & (packets[1::2] > 0)] = REFUSED
    return state
