"""A line across the screen: one text at its left end, one at its right."""

from __future__ import annotations

from rich.cells import cell_len
from rich.text import Text
from textual.widget import Widget


class Bar(Widget):
    """Drawn anew only where it says something else."""

    DEFAULT_CSS = "Bar { height: 1; background: $panel; } Bar:ansi { background: ansi_default; }"

    def __init__(self, *, id: str) -> None:  # noqa: A002 - textual's name
        super().__init__(id=id)
        self.left = self.right = Text()

    def say(self, left: Text, right: Text) -> None:
        """What stands at the ends."""
        if (left, right, left.spans, right.spans) != (self.left, self.right, self.left.spans, self.right.spans):
            self.left, self.right = left, right
            self.refresh()

    def render(self) -> Text:
        """The left text gives way, unless the right one leaves it no room."""
        width = self.size.width
        left, right = self.left.copy(), self.right.copy()
        if cell_len(right.plain) > width * 2 // 3:
            right.truncate(width * 2 // 3, overflow="ellipsis")
        room = max(0, width - cell_len(right.plain) - 1)
        if cell_len(left.plain) > room:
            left.truncate(room, overflow="ellipsis")
        gap = max(0, width - cell_len(left.plain) - cell_len(right.plain))
        return Text(no_wrap=True, end="").append_text(left).append(" " * gap).append_text(right)
