"""What `read` does: captures in, lines, columns or packets out, part by part."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from dissect.cli.output import listened, read_as_written, say
from dissect.cli.progress import Progress
from dissect.cli.request import Request
from dissect.export import Job, Part, first_time, header, joined, limited

if TYPE_CHECKING:
    from typing import IO

    from dissect.bulk.block import Beside, Block
    from dissect.capture import Frames
    from dissect.capture.atomic import Output
    from dissect.capture.writing import Keeper
    from dissect.export.work import Draft

Parts = Generator[Part, None, None]
MANY = 50
"""Columns from which on few packets are decoded at a time, so that memory stays small."""
AT_ONCE = 64
"""Packets that are listed before numpy and polars are there."""


def answer(wanted: Request, captures: Sequence[Frames], progress: Progress) -> None:
    """Does what is asked; packets counted by `progress`."""
    if wanted.job is None:
        _keep(wanted, captures, progress)
    elif wanted.job.format == "parquet":
        _parquet(wanted, wanted.job, captures, progress)
    else:
        _write(wanted, wanted.job, captures, progress)


def _write(wanted: Request, work: Job, captures: Sequence[Frames], progress: Progress) -> None:
    """Lines, tsv, csv or ndjson."""
    from contextlib import ExitStack, closing

    from dissect.capture.atomic import Output

    waiting = not all(frames.patient for frames in captures)
    with ExitStack() as stack:
        keeper = _keeper(wanted, stack)
        output = stack.enter_context(Output(wanted.out, wanted.names)) if wanted.out is not None else None
        heard = listened if wanted.out is None else None
        shown, all_shown = _at_once(wanted, work, captures)
        progress.shown += shown
        if all_shown:
            return
        parts = stack.enter_context(closing(_parts(work, wanted.count, captures, keeper, progress, heard)))
        out: IO[bytes] | Output = output or sys.stdout.buffer
        try:
            _pour(wanted, work, parts, out, shown, progress, flush=waiting or sys.stdout.isatty())
        except KeyboardInterrupt:
            progress.interrupted = True
            if wanted.out is not None:
                say(f"interrupted: {wanted.out} holds {progress.shown:,} packet{'s' * (progress.shown != 1)}")


def _pour(
    wanted: Request, work: Job, parts: Iterator[Part], out: IO[bytes] | Output, shown: int, progress: Progress, *, flush: bool
) -> None:  # fmt: skip
    """Writes part after part, without those lines that were `shown` before."""
    left = None if wanted.count is None else wanted.count - shown
    previous: int | None = None
    begun = False
    for part in parts:
        if not begun:
            out.write(header(work.format, work.fields))
            begun = True
        passed, shown = min(shown, part.count), max(0, shown - part.count)
        here = limited(part, left + passed) if left is not None else part
        text = joined(here, previous)
        out.write(_behind(text, passed) if passed else text)
        previous = part.last if part.last is not None else previous
        if flush:
            out.flush()
        progress.forward(here.count - passed)
        if left is not None:
            left -= here.count - passed
            if left <= 0:
                break
    if not begun:
        out.write(header(work.format, work.fields))
    out.flush()


def _behind(text: bytes, lines: int) -> bytes:
    """The text without its first lines."""
    at = 0
    for _ in range(lines):
        at = text.index(b"\n", at) + 1
    return text[at:]


def _at_once(wanted: Request, work: Job, captures: Sequence[Frames]) -> tuple[int, bool]:
    """Lists the first packets one by one, which is quicker than starting anything: how many, and whether that is all."""
    frames, most = captures[0], min(AT_ONCE, wanted.count or AT_ONCE)
    others = wanted.filter or wanted.out is not None or wanted.keep is not None or captures[1:]
    if work.format != "text" or others or work.colour or not frames.plain:
        return 0, False
    from dissect.decoding import decode_frame
    from dissect.render.listing import line

    shown, previous = 0, None
    started = _started(frames)
    for frame in islice(frames, most):
        print(line(decode_frame(frame), started, times=work.times, previous=previous, aligned=work.aligned))
        shown, previous = shown + 1, frame.time if frame.time is not None else previous
    sys.stdout.flush()
    return shown, shown < most or shown == wanted.count


def _started(frames: Frames) -> int | None:
    """The time of the first packet that has one."""
    return next((frame.time for frame in islice(frames, 1000) if frame.time is not None), None)


def _parts(
    work: Job, count: int | None, captures: Sequence[Frames], keeper: Keeper | None, progress: Progress,
    heard: Callable[[], None] | None = None,
) -> Parts:  # fmt: skip
    """What the job gives for each block; where packets are kept, `count` of them."""
    told = beside_packets(captures, work.filter, () if work.format == "text" else work.fields, progress)
    if len(captures) == 1 and keeper is None:
        from dissect.bulk.workers import ordered

        started = _started(captures[0]) if captures[0].plain else None
        awaited = work.format == "parquet" or (heard is not None and read_as_written())

        def make() -> _Timed:
            between = work.format == "text" and work.times == "delta"
            return _Timed(work, started, told) if between else _Drafted(work, started, told, awaited=awaited)

        return ordered(captures[0], make, heard, len(work.fields) > MANY)
    return _here(replace(work, filter=""), keeper, _chosen(captures, work.filter, count, told))


def _here(work: Job, keeper: Keeper | None, found: Iterator[tuple[Block, int | None]]) -> Parts:
    """The job on packets that are kept on the way."""
    work.check()
    for block, started in found:
        if keeper is not None:
            for batch, rows in block.runs():
                keeper.keep(batch, rows)
        yield work(block, started)


def beside_packets(
    captures: Sequence[Frames],
    filter: str,  # noqa: A002
    fields: Sequence[str] = (),
    progress: Progress | None = None,
) -> Beside | None:
    """What streams tell of the packets, where a field or the filter asks for it: the captures are read once for that."""
    from contextlib import nullcontext

    from dissect.wire.stream import STREAM_FIELDS, TIME_FIELDS

    if not any(row.name in fields or row.name in filter for row in (*TIME_FIELDS, *STREAM_FIELDS)):
        return None
    from dissect.filter import compile_filter
    from dissect.streams.columns import beside, beside_blocks

    wanted = (*fields, *(compile_filter(filter).fields if filter else ()))
    with progress.reading() if progress is not None else nullcontext():
        if len(captures) == 1:
            return beside(captures[0], wanted)
        from dissect.bulk.merge import merged

        return beside_blocks(merged(captures), wanted)


class _Timed:
    """The job with the time that relative times count from: that of the first packet with one, where nothing is told."""

    def __init__(self, work: Job, started: int | None, told: Beside | None = None) -> None:
        self._work = work
        self._started = started
        self._told = told
        work.load()

    def __call__(self, block: Block) -> Part:
        """The job's part for one block."""
        return self._work(self._prepared(block), self._started)

    def _prepared(self, block: Block) -> Block:
        if self._started is None:
            self._started = first_time(block)
        if self._told is not None:
            block.beside = self._told
        return block


class _Drafted(_Timed):
    """The same, which may leave rare packets for later."""

    def __init__(self, work: Job, started: int | None, told: Beside | None = None, *, awaited: bool = True) -> None:
        super().__init__(work, started, told)
        self.awaited = awaited

    def draft(self, block: Block) -> Draft:
        """All but those of one block."""
        return self._work.draft(self._prepared(block), self._started)

    def completed(self, drafts: list[Draft]) -> Iterator[Part]:
        """The parts of some blocks."""
        return self._work.completed(drafts, self._started)


def _chosen(
    captures: Sequence[Frames], filter: str, count: int | None, told: Beside | None  # noqa: A002
) -> Iterator[tuple[Block, int | None]]:  # fmt: skip
    """The packets that pass the filter, at most `count`, of one capture or of several in order of time.

    With them the time that relative times count from: that of the first packet of all with one.
    """
    from dissect.bulk.block import blocks
    from dissect.bulk.condition import condition
    from dissect.bulk.merge import merged
    from dissect.bulk.table import chosen

    where = condition(filter) if filter else None
    left, started = count, None
    for block in merged(captures) if len(captures) > 1 else blocks(captures[0]):
        started = first_time(block) if started is None else started
        block.beside = told
        found = block if where is None else chosen(block, where)
        found = found if left is None else found.first(left)
        yield found, started
        left = None if left is None else left - len(found)
        if left == 0:
            return


def _keeper(wanted: Request, stack: object) -> Keeper | None:
    if wanted.keep is None:
        return None
    from dissect.capture.writing import Keeper

    keeper: Keeper = stack.enter_context(Keeper(wanted.keep, wanted.names, merge=len(wanted.names) > 1))  # type: ignore[attr-defined]
    return keeper


def _keep(wanted: Request, captures: Sequence[Frames], progress: Progress) -> None:
    """Packets into another capture, nothing else."""
    from dissect.capture.writing import Keeper

    left = wanted.count
    assert wanted.keep is not None
    with Keeper(wanted.keep, wanted.names, merge=len(captures) > 1) as keeper:
        try:
            if len(captures) == 1 and not wanted.filter:
                for batch in captures[0].batches():
                    taken = len(batch) if left is None else min(left, len(batch))
                    keeper.keep(batch, range(taken))
                    progress.forward(taken)
                    left = None if left is None else left - taken
                    if left == 0:
                        break
            else:
                told = beside_packets(captures, wanted.filter, (), progress)
                for found, _ in _chosen(captures, wanted.filter, left, told):
                    for batch, rows in found.runs():
                        keeper.keep(batch, rows)
                    progress.forward(len(found))
        except KeyboardInterrupt:
            progress.interrupted = True
    if keeper.remark:
        say(keeper.remark)
    say(
        f"{keeper.count:,} packet{'s' * (keeper.count != 1)} kept in {'standard output' if wanted.keep == '-' else wanted.keep}"
    )


def _parquet(wanted: Request, work: Job, captures: Sequence[Frames], progress: Progress) -> None:
    """Columns into a parquet file."""
    from contextlib import ExitStack, closing
    from itertools import chain

    from dissect.capture.atomic import Output

    assert wanted.out is not None
    with ExitStack() as stack:
        keeper = _keeper(wanted, stack)
        output = stack.enter_context(Output(wanted.out, wanted.names))
        parts = stack.enter_context(closing(_parts(work, wanted.count, captures, keeper, progress)))
        begun = list(islice(parts, 1))  # other processes start before this one loads polars
        os.environ.setdefault("POLARS_MAX_THREADS", "1")  # the cores are busy decoding
        from dissect.export.parquet import ParquetFile

        left = wanted.count
        try:
            with ParquetFile(output, work.fields) as file:
                for part in chain(begun, parts):
                    count = part.count if left is None else min(left, part.count)
                    file.add(part, count)
                    progress.forward(count)
                    left = None if left is None else left - count
                    if left == 0:
                        break
        except KeyboardInterrupt:
            progress.interrupted = True
            say(f"interrupted: {wanted.out} holds {progress.shown:,} packet{'s' * (progress.shown != 1)}")
