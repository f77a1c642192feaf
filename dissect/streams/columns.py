"""What streams tell of each packet, as columns under Wireshark's names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from dissect.streams.analysis import Analysis, analyse
from dissect.streams.marks import AGAIN, Mark
from dissect.streams.segments import SYN, gather, read_segments
from dissect.streams.times import NAMES as TIMES
from dissect.streams.times import Times
from dissect.wire.stream import MARKS, STREAM_FIELDS

if TYPE_CHECKING:
    import polars as pl

    from dissect.bulk.block import Block
    from dissect.capture import Frames

Array = np.ndarray[Any, Any]
Column = tuple[Array, Array | None]
"""Values of all segments, and where they are there; None for everywhere."""

NAMES: tuple[str, ...] = tuple(row.name for row in STREAM_FIELDS)
_ANALYSIS = "tcp.analysis."


def among(names: Iterable[str]) -> tuple[str, ...]:
    """Those of the names that come from streams, or from the times of all packets."""
    known = frozenset((*NAMES, *TIMES))
    return tuple(name for name in names if name in known)


def _window(analysis: Analysis) -> Column:
    segments, scale = analysis.segments, analysis.scale
    scaled = (scale > 0) & ((segments.flags & SYN) == 0)
    return segments.window.astype(np.uint32) << np.where(scaled, scale, 0).astype(np.uint32), None


def _factor(analysis: Analysis) -> Column:
    scale = analysis.scale
    factor = np.where(scale < 0, scale, np.left_shift(1, np.maximum(scale, 0).astype(np.int32)))
    return factor, analysis.segments.known & ((analysis.segments.flags & SYN) == 0)


def _initial(analysis: Analysis) -> Column:
    found = analysis.first_rtt[analysis.segments.stream]
    return found, found != 0


def _nonzero(name: str) -> Callable[[Analysis], Column]:
    def found(analysis: Analysis) -> Column:
        values = getattr(analysis, name)
        return values, values != 0

    return found


def _marked(mark: Mark | None) -> Callable[[Analysis], Column]:
    def found(analysis: Analysis) -> Column:
        marks = analysis.marks
        there = marks != 0 if mark is None else (marks & np.uint16(mark)) != 0
        return there.view(np.uint8), there

    return found


def _plain(name: str) -> Callable[[Analysis], Column]:
    return lambda analysis: (getattr(analysis, name), None)


_MADE: dict[str, Callable[[Analysis], Column]] = {
    "tcp.stream": lambda analysis: (analysis.segments.stream, None),
    "tcp.completeness": lambda analysis: (analysis.completeness[analysis.segments.stream], None),
    "tcp.seq": _plain("rel_seq"), "tcp.ack": _plain("rel_ack"),
    "tcp.nxtseq": lambda analysis: (analysis.next_seq, analysis.segments.known),
    "tcp.window_size": _window, "tcp.window_size_scalefactor": _factor,
    "tcp.time_relative": _plain("since_first"), "tcp.time_delta": _plain("since_previous"),
    f"{_ANALYSIS}flags": _marked(None),
    **{row.name: _marked(AGAIN if row.name.endswith(".retransmission") else Mark[row.name.removeprefix(_ANALYSIS).upper()])
       for row in MARKS},
    f"{_ANALYSIS}duplicate_ack_num": _nonzero("duplicate_number"),
    f"{_ANALYSIS}duplicate_ack_frame": _nonzero("duplicate_of"),
    f"{_ANALYSIS}acks_frame": _nonzero("acks"), f"{_ANALYSIS}ack_rtt": _nonzero("ack_rtt"),
    f"{_ANALYSIS}initial_rtt": _initial, f"{_ANALYSIS}bytes_in_flight": _nonzero("in_flight"),
    f"{_ANALYSIS}rto": _nonzero("rto"), f"{_ANALYSIS}rto_frame": _nonzero("rto_from"),
}  # fmt: skip


class Beside:
    """The columns of packets by their numbers, as `Block.beside` wants them; made when first asked for."""

    def __init__(self, analysis: Analysis, times: Times | None = None) -> None:
        self.times = times
        self._analysis: Analysis | None = analysis
        self._number = analysis.segments.number
        self._made: dict[str, Column] = {}
        self._asked: tuple[Array, Array, Array] | None = None

    def _places(self, numbers: Array) -> tuple[Array, Array]:
        """The rows of packets, and which have one; asked for one column after the other of the same packets."""
        if self._asked is None or self._asked[0] is not numbers:
            known = self._number
            first = int(np.searchsorted(known, numbers[0])) if len(numbers) else 0
            stop = int(np.searchsorted(known, numbers[-1], "right")) if len(numbers) else 0
            at = np.minimum(first + np.searchsorted(known[first:stop], numbers), len(known) - 1)
            self._asked = numbers, at, known[at] == numbers
        return self._asked[1], self._asked[2]

    def prepare(self, names: Iterable[str]) -> Beside:
        """Makes the columns now, so that processes that begin later have them."""
        for name in names:
            if name not in TIMES:
                self._column(name)
        return self

    def alone(self) -> Beside:
        """Lets go of all that columns are made from: others than those made so far cannot be asked for any more."""
        self._analysis = None
        return self

    def _column(self, name: str) -> Column:
        if name not in self._made:
            if self._analysis is None:
                raise KeyError(f"{name}: was not asked for when the connections were read")
            self._made[name] = _MADE[name](self._analysis)
        return self._made[name]

    def __call__(self, name: str, numbers: Array) -> pl.Series:
        """The column for the packets of these numbers, null where it says nothing."""
        import polars as pl

        from dissect.bulk.names import STREAM

        if name in TIMES and self.times is not None:
            return self.times.column(name, numbers)
        values, there = self._column(name)
        if not len(self._number):
            return pl.Series(name, [None] * len(numbers), dtype=STREAM[name])
        at, here = self._places(numbers)
        if there is not None:
            here = here & there[at]
        series = pl.Series(name, values[at]).cast(STREAM[name])
        return series if here.all() else series.set(pl.Series(~here), None)


def beside(frames: Frames, names: Sequence[str]) -> Beside | None:
    """What streams tell of the packets of a capture, if any of the names comes from them; reads the capture once."""
    wanted = among(names)
    if not wanted:
        return None
    keep(frames)
    if not any(name in TIMES for name in wanted):
        return Beside(analyse(read_segments(frames))).prepare(wanted).alone()
    from dissect.bulk.block import blocks

    return beside_blocks(blocks(frames), wanted)


def keep(frames: Frames) -> None:
    """Lets what comes from a pipe be read once more: looking for a packet makes it stay."""
    if not frames.again:
        with suppress(IndexError):
            frames.at(1)


def beside_blocks(blocks: Iterable[Block], names: Sequence[str]) -> Beside | None:
    """The same for blocks in order, from wherever they come."""
    wanted = among(names)
    if not wanted:
        return None
    from dissect.streams.reading import part_of

    times = Times()
    passing = times.passing(blocks)
    if all(name in TIMES for name in wanted):
        analysis = analyse(gather(part_of(block.first(0), evidence=False) for block in passing))
    else:
        analysis = analyse(gather(part_of(block, evidence=False) for block in passing))
    return Beside(analysis, times).prepare(wanted).alone()


def columns(analysis: Analysis, names: Sequence[str]) -> pl.DataFrame:
    """The columns asked for, a row a segment, with `frame.number`."""
    import polars as pl

    told = Beside(analysis)
    number = analysis.segments.number
    return pl.DataFrame([pl.Series("frame.number", number), *(told(name, number) for name in names)])


def conversation(frames: Frames, stream: int) -> pl.DataFrame:
    """The segments of one stream: all columns of `NAMES`, frame.number and time, which end sent it, raw numbers."""
    import polars as pl

    segments = read_segments(frames).of(stream)
    raw = {
        "frame.time_epoch": segments.time, "second": segments.second, "tcp.seq_raw": segments.seq,
        "tcp.ack_raw": segments.ack, "tcp.flags": segments.flags, "tcp.len": segments.length,
        "tcp.window_size_value": segments.window,
    }  # fmt: skip
    found = columns(analyse(segments), NAMES)
    return found.with_columns(pl.Series(name, array) for name, array in raw.items())
