"""A filter over all packets, batch by batch behind the screen; and packets put in order by a column."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dissect.capture.errors import CaptureError
from dissect.filter import Filter
from dissect.tui.background import Job
from dissect.tui.packets import Packets

if TYPE_CHECKING:
    from dissect.bulk.block import Beside
    from dissect.bulk.condition import Condition
    from dissect.tui.tracing import Tracing

NUMBER = "frame.number"


class Matches(Job):
    """The numbers of the packets that a filter lets through, in the order of the capture, as they are found."""

    def __init__(self, packets: Packets, wanted: Filter) -> None:
        super().__init__()
        self.packets = packets
        self.wanted = wanted
        self.numbers: array[int] = array("I")
        self.tested = 0
        self.tracing: Tracing | None = None

    @property
    def preparing(self) -> float | None:
        """How much of the connections has been worked out, from 0 to 1, while the search waits for that."""
        tracing = self.tracing
        return tracing.share if tracing is not None and not tracing.done and not self.tested else None

    @property
    def share(self) -> float:
        """How much has been searched of what is there, from 0 to 1."""
        return self.tested / max(1, self.packets.count)

    @property
    def complete(self) -> bool:
        """Whether every packet known has been tested."""
        return self.done or (self.packets.complete and self.tested >= self.packets.count)

    def __contains__(self, number: int) -> bool:
        at = bisect_left(self.numbers, number)
        return at < len(self.numbers) and self.numbers[at] == number

    def after(self, number: int) -> int | None:
        """The next match behind a packet."""
        at = bisect_right(self.numbers, number)
        return self.numbers[at] if at < len(self.numbers) else None

    def before(self, number: int) -> int | None:
        """The last match before a packet."""
        at = bisect_left(self.numbers, number)
        return self.numbers[at - 1] if at else None

    def work(self) -> None:
        """Tests every packet, and those that come later."""
        from dissect.bulk.condition import condition
        from dissect.streams.columns import among

        where = condition(self.wanted.text)
        connected = among(where.fields)
        while not self.stopped:
            if self.tested < self.packets.count:
                beside, last = self._told(connected) if connected else (None, None)
                if self.stopped:
                    return
                self._test(where, beside, last)
            if (self.packets.complete and self.tested >= self.packets.count) or not self.rest():
                return

    def _told(self, names: Sequence[str]) -> tuple[Beside, int]:
        """What connections tell of the packets, and up to which."""
        self.tracing = tracing = self.packets.trace()
        if not tracing.wait(self):
            if not self.stopped:
                raise CaptureError(tracing.fault or "the connections could not be read")
            return (lambda *_: None), 0
        return tracing.beside(names), tracing.upto

    def _test(self, where: Condition, beside: Beside | None, last: int | None) -> None:
        """The packets that were not tested yet, up to the last of which enough is known."""
        import numpy as np

        from dissect.bulk.block import blocks
        from dissect.bulk.table import chosen

        with self.packets.reader() as frames:
            for block in blocks(frames, self.tested + 1):
                if self.stopped or (last is not None and self.tested >= last):
                    return
                number = block.index.number
                fresh = block.take(np.flatnonzero((number > self.tested) & (number <= (last or number[-1]))))
                if len(fresh):
                    fresh.beside = beside
                    self.numbers.frombytes(chosen(fresh, where).index.number.astype("u4").tobytes())
                    self.tested = int(fresh.index.number[-1])
                self.give_way()


class Sorting(Job):
    """The numbers of packets in the order of some fields; those without them last."""

    def __init__(
        self, packets: Packets, fields: tuple[str, ...], among: array[int] | None, *, descending: bool
    ) -> None:
        super().__init__()
        self.packets = packets
        self.fields = fields
        self.among = among
        self.descending = descending
        self.numbers: array[int] = array("I")

    def work(self) -> None:
        """Reads the columns of all packets, and sorts."""
        import polars as pl

        from dissect.bulk.table import tables
        from dissect.streams.columns import among

        last = self.packets.count
        parts = []
        beside, connected = None, among(self.fields)
        if connected:
            tracing = self.packets.trace()
            if not tracing.wait(self):
                self.fault = tracing.fault
                return
            beside, last = tracing.beside(connected), min(last, tracing.upto)
        with self.packets.reader() as frames:
            for table in tables(frames, list(dict.fromkeys((NUMBER, *self.fields))), None, beside):
                if self.stopped:
                    return
                parts.append(table)
                self.give_way()
                if int(table[NUMBER][-1]) >= last:
                    break
        whole = pl.concat(parts) if parts else pl.DataFrame({NUMBER: []}, schema={NUMBER: pl.UInt32})
        if self.among is not None:
            some = pl.Series(self.among.tobytes() and list(self.among), dtype=pl.UInt32)
            whole = whole.filter(pl.col(NUMBER).is_in(some.implode()))
        if len(whole):
            keys = [field for field in self.fields if field in whole.columns and field != NUMBER]
            whole = whole.sort([*keys, NUMBER], descending=[*[self.descending] * len(keys), False], nulls_last=True)
        numbers: array[int] = array("I")
        numbers.frombytes(whole[NUMBER].to_numpy().astype("u4").tobytes())
        self.numbers = numbers
