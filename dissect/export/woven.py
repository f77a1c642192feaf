"""What was written of rare packets, put where it belongs among the others."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from dissect.bulk.octets import Array
from dissect.export.cells import MISSING

if TYPE_CHECKING:
    from dissect.export.sheet import Sheet

LINE = 0x0A


class Written:
    """Lines of text, or rows, one for each of the packets `numbers`, which rise."""

    def __init__(self, numbers: Array, content: bytes | Sheet) -> None:
        self.numbers = numbers
        self.content = content

    def within(self, first: int, stop: int) -> Written:
        """Those of the packets from `first` up to `stop`."""
        low, high = np.searchsorted(self.numbers, (first, stop)).tolist()
        if not isinstance(self.content, bytes):
            return Written(self.numbers[low:high], self.content.within(low, high))
        ends = self.ends()
        return Written(self.numbers[low:high], self.content[ends[low] : ends[high]])

    def ends(self) -> Array:
        """Where each line ends, after the beginning of the first."""
        assert isinstance(self.content, bytes)
        ends: Array = np.flatnonzero(np.frombuffer(self.content, np.uint8) == LINE) + 1
        return np.insert(ends, 0, 0)

    def woven(self, rare: Array, more: Written) -> Written:
        """With the packets `rare` as they stand in `more`, or not at all where they do not; some of them may be here now."""
        kept = ~np.isin(self.numbers, rare)
        numbers = np.concatenate([self.numbers[kept], more.numbers])
        order = np.argsort(numbers, kind="stable")
        if isinstance(self.content, bytes) and isinstance(more.content, bytes):
            return Written(numbers[order], self._lines(rare, more))
        assert not isinstance(self.content, bytes)
        assert not isinstance(more.content, bytes)
        return Written(numbers[order], self.content.woven(kept, more.content, order))

    def _lines(self, rare: Array, more: Written) -> bytes:
        text = self.content
        assert isinstance(text, bytes)
        assert isinstance(more.content, bytes)
        if MISSING in text:
            return _filled(text.split(MISSING), more.content.splitlines(keepends=True))
        ends = self.ends()
        rows = np.searchsorted(self.numbers, rare)
        stops = np.searchsorted(self.numbers, rare, "right")
        lines = dict(zip(more.numbers.tolist(), more.content.splitlines(keepends=True), strict=True))
        pieces: list[bytes] = []
        at = 0
        for number, begin, stop in zip(rare.tolist(), ends[rows].tolist(), ends[stops].tolist(), strict=True):
            pieces += text[at:begin], lines.get(number, b"")
            at = stop
        return b"".join([*pieces, text[at:]])


def _filled(pieces: list[bytes], lines: list[bytes]) -> bytes:
    """Text with each line where one is missing."""
    return b"".join([*chain.from_iterable(zip(pieces[:-1], lines, strict=True)), pieces[-1]])
