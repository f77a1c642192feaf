"""A line across the screen: one text at its left end, one at its right."""

from __future__ import annotations

from rich.cells import cell_len
from rich.text import Text
from textual.widget import Widget

MOST = 4  # lines for what must be said


class Bar(Widget):
    """Drawn anew only where it says something else."""

    DEFAULT_CSS = "Bar { height: 1; background: $panel; } Bar:ansi { background: ansi_default; }"

    def __init__(self, *, id: str) -> None:  # noqa: A002 - textual's name
        super().__init__(id=id)
        self.left = self.right = Text()
        self.urgent = False

    def say(self, left: Text, right: Text, *, urgent: bool = False) -> None:
        """What stands at the ends; an urgent left text takes the lines that it needs, any other gives way."""
        said = left, right, left.spans, right.spans, urgent
        if said != (self.left, self.right, self.left.spans, self.right.spans, self.urgent):
            self.left, self.right, self.urgent = left, right, urgent
            self._fit()
            self.refresh()

    def on_resize(self) -> None:
        """Another width may take another height."""
        self._fit()

    def render(self) -> Text:
        """The left text gives way, unless the right one leaves it no room."""
        lines = self._lines()
        if lines:
            return Text("\n", end="").join(lines)
        width = self.size.width
        left, right = self.left.copy(), self.right.copy()
        if cell_len(right.plain) > width * 2 // 3:
            right.truncate(width * 2 // 3, overflow="ellipsis")
        room = max(0, width - cell_len(right.plain) - 1)
        if cell_len(left.plain) > room:
            left.truncate(room, overflow="ellipsis")
        return _apart(left, right, width)

    def _fit(self) -> None:
        lines = len(self._lines()) or 1
        if self.styles.height is None or self.styles.height.value != lines:
            self.styles.height = lines

    def _lines(self) -> list[Text]:
        """The lines that an urgent text needs; none where one is enough."""
        width, right = self.size.width, cell_len(self.right.plain)
        if not self.urgent or not width or cell_len(self.left.plain) + right < width:
            return []
        lines = list(self.left.wrap(self.app.console, width))
        most = max(1, min(MOST, self.screen.size.height // 3))
        if len(lines) > most:
            del lines[most:]
            lines[-1].truncate(width - 1)
            lines[-1].append("…")
        if cell_len(lines[-1].plain) + right < width:
            lines[-1] = _apart(lines[-1], self.right, width)
        elif right < width and len(lines) < most:
            lines.append(_apart(Text(), self.right, width))
        return lines


def _apart(left: Text, right: Text, width: int) -> Text:
    gap = max(0, width - cell_len(left.plain) - cell_len(right.plain))
    return Text(no_wrap=True, end="").append_text(left).append(" " * gap).append_text(right)
