"""One row a connection: who, how much, how long, how it ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dissect.streams.analysis import Analysis
from dissect.streams.marks import AGAIN
from dissect.streams.segments import ACK, FIN, RESET, SYN, Segments

if TYPE_CHECKING:
    import polars as pl

    from dissect.capture import Frames

Array = np.ndarray[Any, Any]

AT_ONCE = 1 << 19
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

    def ends_of(self, streams: Sequence[int]) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
        """Address and port of the first ends of some streams, and of the second ones."""
        ends = self.segments.ends[list(streams)]
        own, which = np.unique(ends >> np.uint64(16), return_inverse=True)
        texts = [self.segments.address(number << 16) for number in own.tolist()]
        addresses, ports = which.reshape(-1, 2).T.tolist(), (ends & np.uint64(0xFFFF)).T.tolist()
        first, second = (
            [(texts[at], port) for at, port in zip(*side, strict=True)] for side in zip(addresses, ports, strict=True)
        )
        return first, second


def summary(analysis: Analysis) -> Summary:
    """The summary of all streams."""
    segments = analysis.segments
    count, stream = segments.streams, segments.stream
    packets, data = np.zeros(2 * count, np.int64), np.zeros(2 * count, np.int64)
    again, noted = np.zeros(count, np.int64), np.zeros(count, np.int64)
    latest = np.zeros(count, np.int64)
    start = segments.time[analysis.firsts]
    for part in _parts(len(segments)):
        side = stream[part].astype(np.int64) * 2 + segments.second[part]
        packets += np.bincount(side, minlength=2 * count)
        data += np.bincount(side, segments.length[part], 2 * count).astype(np.int64)  # less than 2**53, so exact
        latest[stream[part]] = segments.time[part]  # what is written last stays
        marks = analysis.marks[part]
        again += np.bincount(stream[part][(marks & np.uint16(AGAIN)) > 0], minlength=count)
        noted += np.bincount(stream[part][marks > 0], minlength=count)
    if (segments.time[1:] < segments.time[:-1]).any():
        np.maximum.at(latest, stream, segments.time)
    return Summary(
        segments, (packets[::2], packets[1::2]), (data[::2], data[1::2]), start, latest - start,
        _states(segments, packets), analysis.first_rtt,
        again, noted,
    )  # fmt: skip


def streams_table(frames: Frames) -> pl.DataFrame:
    """The summary of a capture as a polars frame, a row a stream."""
    import polars as pl

    from dissect.bulk.names import STREAM
    from dissect.streams.analysis import analyse
    from dissect.streams.segments import read_segments

    found = summary(analyse(read_segments(frames)))
    ends = found.ends_of(range(len(found)))
    addresses = {
        f"{name}.{part}": pl.Series([each[at] for each in side], dtype=kind)
        for name, side in zip(("first", "second"), ends, strict=True)
        for at, (part, kind) in enumerate((("address", pl.String()), ("port", pl.UInt16())))
    }
    pairs = {
        f"{name}.{what}": getattr(found, what)[side]
        for what in ("packets", "data")
        for side, name in enumerate(("first", "second"))
    }
    trip = pl.Series(found.round_trip, dtype=STREAM["tcp.analysis.initial_rtt"])
    return pl.DataFrame(
        {
            "tcp.stream": pl.Series(np.arange(len(found)), dtype=STREAM["tcp.stream"]), **addresses, **pairs,
            "start": found.start, "duration": found.duration,
            "state": pl.Series([STATES[state] for state in found.state.tolist()], dtype=pl.String),
            "tcp.analysis.initial_rtt": trip.set(trip == 0, None), "again": found.again, "noted": found.noted,
        }
    )  # fmt: skip


def _parts(count: int) -> Iterator[slice]:
    """All segments, some at a time."""
    return (slice(begin, begin + AT_ONCE) for begin in range(0, count, AT_ONCE))


def _states(segments: Segments, packets: Array) -> Array:
    """What SYN, FIN and RST tell of the end."""
    count = segments.streams
    telling = np.flatnonzero(segments.flags & (SYN | FIN | RESET))
    stream, flags, other = segments.stream[telling], segments.flags[telling], segments.second[telling]

    def seen(where: Array) -> Array:
        found = np.zeros(count, bool)
        found[stream[where]] = True
        return found

    opened, answered = seen((flags & (SYN | ACK)) == SYN), seen((flags & (SYN | ACK)) == SYN | ACK)
    silent = np.bincount(stream[(flags & (SYN | RESET)) > 0], minlength=count)
    talked = packets[::2] + packets[1::2] > silent
    fins = [seen((flags & FIN > 0) & (other == second)) for second in (False, True)]
    reset = seen((flags & RESET) > 0)
    state = np.full(count, OPEN, np.uint8)
    state[(opened | answered) & ~talked] = np.where(answered, OPENING, ASKED)[(opened | answered) & ~talked]
    state[fins[0] | fins[1]] = HALF
    state[fins[0] & fins[1]] = CLOSED
    state[reset & ~(fins[0] & fins[1])] = ABORTED
    state[reset & opened & ~answered & ~talked & (packets[1::2] > 0)] = REFUSED
    return state
