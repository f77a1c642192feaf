"""The ladder of a connection as a list: an arrow a row, Enter on it goes to its packet, on a fold opens it."""

from __future__ import annotations

from bisect import bisect_right
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.strip import Strip

from dissect.render.ladder import Fold, LadderLines, Rung, folded, rungs
from dissect.streams.connection import Connection
from dissect.tui.rows import HERE, Rows
from dissect.tui.state import State

AT_ONCE = 200  # rungs that a fold gives up at a time
GUTTER = 2


class LadderRows(Rows):
    """A row is a line; the cursor goes from arrow to arrow."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "open", show=False)]

    def __init__(self, state: State) -> None:
        super().__init__(id="ladder")
        self.state = state
        self.connection: Connection | None = None
        self.items: list[Rung | Fold] = []
        self.heads: list[Text] = []
        self.lines: list[Text] = []
        self.starts: list[int] = []
        self._made: tuple[object, ...] = ()
        self._wanted: int | None = None

    def show(self, connection: Connection, number: int) -> None:
        """A connection, with the cursor on a packet."""
        self.connection = connection
        self.items = folded(rungs(connection))
        self._made, self.lines, self.starts, self._wanted = (), [], [], number
        self.recount()

    @property
    def HEAD(self) -> int:  # type: ignore[override]  # noqa: N802 - as the lists with one line have it
        """Lines at the top that stay: who both ends are."""
        return len(self.heads)

    @property
    def count(self) -> int:
        """Lines."""
        return len(self.lines)

    @property
    def chosen(self) -> Rung | Fold | None:
        """What the cursor is on."""
        return self.items[bisect_right(self.starts, self.cursor) - 1] if self.starts else None

    @property
    def number(self) -> int:
        """The packet that the cursor is on; of a fold the first."""
        chosen = self.chosen
        if chosen is None:
            return 0
        return (chosen.rungs[0] if isinstance(chosen, Fold) else chosen).step.number

    def recount(self) -> None:
        """Draws the lines where the width, the language or the folds are others."""
        width = self.scrollable_content_region.width - GUTTER
        made = width, self.state.language.code, len(self.items), self.connection
        if self.connection is not None and width > 0 and made != self._made:
            self._made = made
            self._draw(self.connection, width)
        super().recount()
        if self.starts and self._wanted is not None:
            wanted, self._wanted = self._wanted, None
            self.choose(self._place(wanted))

    def _draw(self, connection: Connection, width: int) -> None:
        at = bisect_right(self.starts, self.cursor) - 1
        lines = LadderLines(connection, self.state.language, width, ascii_only=self.app.console.options.ascii_only)
        self.heads = list(lines.heading())
        self.lines, self.starts = [], []
        for each in self.items:
            self.starts.append(len(self.lines))
            self.lines += lines.fold(each) if isinstance(each, Fold) else lines.rung(each)
        self.cursor = self.starts[at] if 0 <= at < len(self.starts) else 0

    def _place(self, number: int) -> int:
        for at, each in enumerate(self.items):
            last = each.rungs[-1] if isinstance(each, Fold) else each
            if last.step.number >= number:
                return at
        return max(0, len(self.items) - 1)

    def choose(self, item: int) -> None:
        """Puts the cursor on an arrow or a fold, all of whose lines come into sight."""
        if self.starts:
            item = max(0, min(item, len(self.starts) - 1))
            self.move_to(self.starts[item])

    def show_cursor(self) -> None:
        """All lines of the arrow."""
        at = bisect_right(self.starts, self.cursor)
        stop = self.starts[at] if at < len(self.starts) else self.count
        top, last = self.top, min(stop, self.cursor + self.page) - 1
        if last >= top + self.page:
            self.scroll_to(y=last - self.page + 1, animate=False)
        elif self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False)

    def move_to(self, row: int, *, tell: bool = True) -> None:
        """The first line of whatever a line belongs to."""
        if self.starts:
            row = max(0, min(row, self.count - 1))
            row = self.starts[bisect_right(self.starts, row) - 1]
        super().move_to(row, tell=tell)

    def action_move(self, rows: int) -> None:
        """Some arrows up or down."""
        self.choose(bisect_right(self.starts, self.cursor) - 1 + rows)

    def unfold(self) -> bool:
        """Opens the fold with the cursor; whether there was one."""
        chosen = self.chosen
        if not isinstance(chosen, Fold):
            return False
        at = self.items.index(chosen)
        rest = chosen.rungs[AT_ONCE:]
        self.items[at : at + 1] = [*chosen.rungs[:AT_ONCE], *([Fold(rest)] if rest else [])]
        self.recount()
        self.choose(at)
        return True

    def row_style(self, row: int) -> Style:
        """All lines of the chosen arrow."""
        same = bisect_right(self.starts, row) == bisect_right(self.starts, self.cursor)
        return super().row_style(self.cursor if same else -1)

    def render_line(self, y: int) -> Strip:
        """The heads have as many lines as they need."""
        if y >= len(self.heads):
            return super().render_line(y)
        width = self.scrollable_content_region.width
        head = Text(" " * GUTTER).append_text(self.heads[y])
        return self.strip(head, width, self.get_component_rich_style("rows--head"))

    def line(self, row: int, width: int) -> Text:  # noqa: ARG002 - drawn for the width before
        """A line."""
        return Text(HERE[0] if row == self.cursor else "  ").append_text(self.lines[row])
