"""The packets as they come: a line each, or chosen fields as a table of text or JSON."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from dissect.capture.batch import Batch
from dissect.cli.live.output import Output

if TYPE_CHECKING:
    import polars as pl

    from dissect.bulk.records import Records
    from dissect.capture.section import Section
    from dissect.cli.live import Clock, Form
    from dissect.packet import Frame

HELD = 4 << 20  # bytes of packets that may wait to be shown on a terminal, where late is too late
KEPT = 256 << 20  # the same for a file or a pipe, where late is better than never
REHEARSED = (
    "000000000000000000000000080045000028000000004006000000000000000000000000000000000000000000005000000000000000"
)
AT_ONCE = 1000  # packets that are decoded in one go: some hundredths of a second


class Listing:
    """Shows packets that match a filter, as lines or as fields; what it has no time for is counted as shed."""

    def __init__(
        self, form: Form, fields: Sequence[str], where: pl.Expr | None, clock: Clock = "relative", most: int = 0
    ) -> None:
        self.shown = self.shed = 0
        self._most = most
        self._where = where
        self._made = maker(form, fields, clock)
        matching(rehearsal(), where)
        maker(form, fields, clock)(rehearsal(), [1])
        self._out = Output()
        self._queue: deque[tuple[Batch, int]] = deque()
        self._size = 0
        self._room = HELD if sys.stdout.isatty() else KEPT

    @property
    def closed(self) -> bool:
        """Whether nobody reads any more."""
        return self._out.closed

    @property
    def waiting(self) -> bool:
        """Whether packets wait, and the reader could take them."""
        return bool(self._queue) and not self._out.full

    def offer(self, records: Records, section: Section, number: int) -> None:
        """Keeps a copy, or sheds."""
        if self._size > self._room:
            self.shed += len(records)
            return
        batch = records.batch(section, number)
        self._queue.append((batch, 0))
        self._size += len(batch.data)

    def step(self, until: float) -> None:
        """Shows packets, in order, as long as there is time."""
        while self.waiting and not self._done:
            self._some()
            if time.monotonic() >= until:
                return

    def finish(self, until: float) -> None:
        """Shows what waits, and sheds what there is no time for."""
        while self._queue and not self.closed and not self._done and time.monotonic() < until:
            self._some()
        if not self._done:
            self.shed += sum(len(batch) - at for batch, at in self._queue)
        self._queue.clear()
        self._out.finish(until + 0.1)

    @property
    def _done(self) -> bool:
        return bool(self._most) and self.shown >= self._most

    def _some(self) -> None:
        """Shows the next packets of the first batch."""
        batch, at = self._queue[0]
        part = piece(batch, at, at + AT_ONCE)
        numbers = matching(part, self._where)
        if self._most:
            numbers = numbers[: self._most - self.shown]
        if numbers:
            self._out.write(self._made(part, numbers))
            self.shown += len(numbers)
        if at + AT_ONCE < len(batch):
            self._queue[0] = batch, at + AT_ONCE
        else:
            self._queue.popleft()
            self._size -= len(batch.data)


def maker(form: Form, fields: Sequence[str], clock: Clock) -> Callable[[Batch, Sequence[int]], bytes]:
    """What makes bytes of the packets of a batch that have these numbers."""
    return table_rows(form, fields) if fields else text_lines(clock)


def rehearsal() -> Batch:
    """A packet that never was, to go through everything once before the first that is: modules, tables, threads."""
    import numpy as np

    from dissect.bulk.live import of_blocks
    from dissect.capture.recording import packet_block
    from dissect.capture.section import SECOND, Interface, Section

    block = packet_block(0, 0, bytes.fromhex(REHEARSED))
    where: Any = np.zeros(1, np.int64)
    section = Section("little", 1, [Interface(1, 0, "", SECOND)])
    return of_blocks(block, where).batch(section, 1)


def piece(batch: Batch, first: int, stop: int) -> Batch:
    """Some packets of a batch, without a copy of its bytes where it is small."""
    from dataclasses import replace

    if not first and stop >= len(batch):
        return batch
    starts = batch.starts[first:stop]
    begin = int(min(starts))
    end = int(max(starts))
    end += int.from_bytes(batch.data[end + 4 : end + 8], "little")
    moved = [int(start) - begin for start in starts]
    mark = replace(batch.mark, number=batch.mark.number + first)
    return Batch(batch.data[begin:end], moved, batch.shape, mark)


def matching(batch: Batch, where: pl.Expr | None) -> Sequence[int]:
    """The numbers of the packets that fit the condition."""
    if where is None:
        return range(batch.mark.number, batch.stop)
    from dissect.bulk.table import batch_table

    table = batch_table(batch, list(dict.fromkeys(("frame.number", *where.meta.root_names()))))
    numbers: list[int] = table.filter(where)["frame.number"].to_list()
    return numbers


def text_lines(clock: Clock) -> Callable[[Batch, Sequence[int]], bytes]:
    """A line a packet."""
    from dissect.decoding import decode_frame
    from dissect.render.listing import line, relative

    started: list[int] = []
    encoding, errors = sys.stdout.encoding or "utf-8", "spelled"

    def one(frame: Frame) -> str:
        now = frame.time
        if not started and now is not None:
            started.extend((now, now))
        said = line(decode_frame(frame), now)
        stamp = relative(now, started[0]) if clock == "relative" or now is None else stamped(clock, now, started[1])
        if now is not None:
            started[1] = now
        return said.replace(relative(now, now).rjust(12), stamp.rjust(12), 1)

    def lines(batch: Batch, numbers: Sequence[int]) -> bytes:
        text = "".join(f"{one(batch.frame(number))}\n" for number in numbers)
        return text.encode(encoding, errors)

    return lines


def stamped(clock: Clock, now: int, before: int) -> str:
    """A time as the clock asks for it."""
    from dissect.render.listing import relative

    if clock == "delta":
        return relative(now, before)
    seconds, rest = divmod(now, 10**9)
    if clock == "epoch":
        return f"{seconds}.{rest:09d}"
    moment = datetime.fromtimestamp(seconds, UTC)
    if clock == "local":
        moment = moment.astimezone()
    return f"{moment:%Y-%m-%d %H:%M:%S}.{rest // 1000:06d}"


def table_rows(form: Form, fields: Sequence[str]) -> Callable[[Batch, Sequence[int]], bytes]:
    """Chosen fields of each packet as tab-separated, comma-separated or JSON lines, with the names first."""
    import io

    from dissect.bulk.table import batch_table
    from dissect.bulk.text import readable

    named: list[bool] = []

    def rows(batch: Batch, numbers: Sequence[int]) -> bytes:
        import polars as pl

        asked = list(dict.fromkeys(("frame.number", *fields)))
        table = batch_table(batch, asked)
        if len(numbers) < len(table):
            table = table.filter(pl.col("frame.number").is_in(list(numbers)))
        table = readable(table.select(list(fields)))
        out = io.BytesIO()
        if form == "ndjson":
            table.write_ndjson(out)
        else:
            lists = [name for name, kind in table.schema.items() if isinstance(kind, pl.List)]
            table = table.with_columns(
                pl.col(name).list.eval(pl.element().cast(pl.String)).list.join(",") for name in lists
            )
            table.write_csv(out, separator="," if form == "csv" else "\t", include_header=not named)
            named.append(True)
        return out.getvalue()

    return rows
