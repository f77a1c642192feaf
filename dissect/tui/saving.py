"""Saving packets and pictures; nothing that is there already is written over."""

from __future__ import annotations

import os
from array import array
from bisect import bisect_left
from contextlib import suppress
from itertools import count

from textual.app import App

from dissect.tui.background import Job
from dissect.tui.packets import Packets
from dissect.tui.prompt import Remark
from dissect.tui.state import State
from dissect.tui.views import Listed, View


class SaveError(Exception):
    """Nothing was written; the text says why."""


class GivenUpError(Exception):
    """Nobody wants the file any more."""


def path_remark(text: str, state: State) -> Remark:
    """A name is needed, and one that is free."""
    name = os.path.expanduser(text.strip())
    if not name:
        return Remark(state.word("path.fault"), 0, 1, fault=True)
    if os.path.lexists(name):
        return Remark(state.word("path.taken"), 0, len(text), fault=True)
    return Remark(state.word("path.format"))


def free_name(begin: str, ending: str) -> str:
    """A name in the current folder that nothing has yet."""
    return next(name for at in count(1) if not os.path.lexists(name := f"{begin}-{at}{ending}"))


def numbers_of(view: View) -> array[int] | None:
    """The packets of a view in the order of the capture; None for all."""
    return array("I", sorted(view.numbers)) if isinstance(view, Listed) else None


class Saving(Job):
    """Writes packets into a new capture file, byte for byte and in the order of the capture; `numbers` None for all."""

    def __init__(self, packets: Packets, numbers: array[int] | None, path: str) -> None:
        super().__init__()
        self.packets, self.numbers, self.path = packets, numbers, path
        self.last = packets.count if numbers is None else max(numbers, default=0)
        self.share = 0.0
        self.count = 0
        self.remark = ""

    def work(self) -> None:
        """Batch by batch; where it has to give up, nothing of the file stays."""
        from dissect.capture.writing import Keeper

        with suppress(GivenUpError), Keeper(self.path, [self.packets.growing.name]) as keeper:
            with self.packets.reader() as frames:
                for batch in frames.batches(1):
                    keeper.keep(batch, self._rows(batch.mark.number, len(batch)))
                    stop = batch.mark.number + len(batch)
                    self.share = min(1.0, stop / max(1, self.last))
                    self.give_way()
                    if self.stopped:
                        raise GivenUpError
                    if stop > self.last:
                        break
            if os.path.lexists(self.path):
                raise SaveError(f"{self.path}: there is a file of that name by now")
            self.count, self.remark = keeper.count, keeper.remark or ""

    def _rows(self, first: int, size: int) -> list[int]:
        """Which packets of a batch."""
        if self.numbers is None:
            return list(range(max(0, min(size, self.last + 1 - first))))
        start, stop = bisect_left(self.numbers, first), bisect_left(self.numbers, first + size)
        return [number - first for number in self.numbers[start:stop]]


def save_text(path: str, text: str) -> None:
    """Writes a picture."""
    try:
        with open(path, "x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise SaveError(f"{path}: {error.strerror}") from error


def picture(app: App[object], title: str) -> str:
    """The screen as an SVG whose spaces every viewer keeps."""
    return app.export_screenshot(title=title).replace("<svg ", '<svg xml:space="preserve" ', 1)
