"""What a connection carried, as text or as hex, part by part; only the lines in sight are made."""

from __future__ import annotations

from bisect import bisect_right

from rich.cells import cell_len, chop_cells
from rich.text import Text

from dissect.render.payload import payload
from dissect.streams.contents import Part
from dissect.tui.rows import Rows
from dissect.tui.state import State


class PayloadRows(Rows):
    """A line of a part a row, or a piece of one that is too long."""

    def __init__(self, state: State) -> None:
        super().__init__(id="payload")
        self.state = state
        self.parts: list[Part] = []
        self.names = ("", "")
        self.as_hex = False
        self._lines: list[Text] = []
        self._starts: list[int] = []
        self._made: tuple[object, ...] = ()

    def show(self, parts: list[Part], names: tuple[str, str]) -> None:
        """The data of a connection."""
        if parts is not self.parts:
            self.parts, self.names = parts, names
            self.recount()

    def turn(self) -> None:
        """Text or hex."""
        self.as_hex = not self.as_hex
        self.cursor = 0
        self.recount()

    @property
    def count(self) -> int:
        """Lines."""
        return len(self._lines)

    @property
    def number(self) -> int:
        """The first packet of the part that the cursor is in."""
        at = bisect_right(self._starts, self.cursor) - 1
        return self.parts[at].first if 0 <= at < len(self.parts) else 0

    def recount(self) -> None:
        """Breaks the lines where the width, the language or the shape is another."""
        width = self.scrollable_content_region.width
        made = width, self.state.language.code, self.as_hex, id(self.parts)
        if width > 0 and made != self._made:
            self._made = made
            self._break(width)
        super().recount()

    def _break(self, width: int) -> None:
        self._lines, self._starts = [], []
        for part in self.parts:
            self._starts.append(len(self._lines))
            for line in payload([part], self.names, self.state.language, as_hex=self.as_hex):
                if len(line.plain) * 2 <= width or cell_len(line.plain) <= width or self.as_hex:
                    self._lines.append(line)
                else:
                    self._lines += [Text(piece, line.style) for piece in chop_cells(line.plain, width)]

    def line(self, row: int, width: int) -> Text:  # noqa: ARG002 - broken for the width before
        """A line."""
        return self._lines[row].copy()
