"""A list on the screen that may have millions of rows: only those in sight are made."""

from __future__ import annotations

from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip

from dissect.tui.sized import Sized

HERE = ("› ", "> ")  # the sign of the chosen row, which colours alone never are


class Rows(Sized):
    """Rows with a cursor. Subclasses give `count` and `line`; `HEAD` lines at the top stay where they are."""

    HEAD: ClassVar[int] = 0
    COMPONENT_CLASSES: ClassVar[set[str]] = {"rows--cursor", "rows--cursor-away", "rows--head"}
    DEFAULT_CSS = """
    Rows > .rows--cursor { background: $primary 55%; text-style: bold; }
    Rows > .rows--cursor-away { background: $primary 22%; }
    Rows > .rows--head { text-style: bold; background: $panel; color: $foreground 80%; }
    Rows:light > .rows--cursor { background: $primary 30%; }
    Rows:ansi > .rows--cursor { background: ansi_default; text-style: reverse; }
    Rows:ansi > .rows--cursor-away { background: ansi_default; text-style: bold underline; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "to_first", show=False),
        Binding("end", "to_last", show=False),
        Binding("enter", "open", show=False),
    ]

    class Chosen(Message):
        """The cursor moved to a row."""

        def __init__(self, rows: Rows, row: int) -> None:
            super().__init__()
            self.rows = rows
            self.row = row

        @property
        def control(self) -> Rows:
            """The list."""
            return self.rows

    class Opened(Chosen):
        """Enter, or a double click, on a row."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - textual's name
        super().__init__(id=id)
        self.cursor = 0

    @property
    def count(self) -> int:
        """How many rows there are."""
        raise NotImplementedError

    def line(self, row: int, width: int) -> Text:
        """A row, at most `width` columns wide; where `render_row` makes it this is not asked."""
        raise NotImplementedError

    def head(self, width: int) -> Text:  # noqa: ARG002 - for those that have one
        """The line at the top."""
        return Text()

    @property
    def page(self) -> int:
        """Rows in sight."""
        return max(1, self.scrollable_content_region.height - self.HEAD)

    @property
    def top(self) -> int:
        """The first row in sight."""
        return int(self.scroll_offset.y)

    def recount(self) -> None:
        """There are more or fewer rows than before."""
        self.extend_to(self.count + self.HEAD)
        self.cursor = max(0, min(self.cursor, self.count - 1))
        self.refresh()

    def on_resize(self, _: events.Resize) -> None:
        """Keeps the cursor in sight."""
        self.recount()
        self.call_after_refresh(self.show_cursor)

    def move_to(self, row: int, *, tell: bool = True) -> None:
        """Puts the cursor on a row, and the row in sight."""
        row = max(0, min(row, self.count - 1))
        self.cursor = row
        self.show_cursor()
        self.refresh()
        if tell and self.count:
            self.post_message(self.Chosen(self, row))

    def show_cursor(self) -> None:
        """Scrolls as little as it takes."""
        if self.cursor < self.top:
            self.scroll_to(y=self.cursor, animate=False)
        elif self.cursor >= self.top + self.page:
            self.scroll_to(y=self.cursor - self.page + 1, animate=False)

    def action_move(self, rows: int) -> None:
        """Some rows up or down."""
        self.move_to(self.cursor + rows)

    def action_page(self, pages: int) -> None:
        """A page up or down, the cursor staying where it is on the screen."""
        self.scroll_to(y=self.top + pages * self.page, animate=False)
        self.move_to(self.cursor + pages * self.page)

    def action_to_first(self) -> None:
        """The first row."""
        self.move_to(0)

    def action_to_last(self) -> None:
        """The last row."""
        self.move_to(self.count - 1)

    def action_open(self) -> None:
        """Goes into the row."""
        if self.count:
            self.post_message(self.Opened(self, self.cursor))

    def on_click(self, event: events.Click) -> None:
        """Chooses the row under the mouse; twice opens it."""
        at = event.get_content_offset(self)
        if at is None or at.y < self.HEAD:
            return
        row = at.y - self.HEAD + self.top
        if row < self.count:
            self.move_to(row)
            if event.chain == 2:
                self.action_open()

    def row_style(self, row: int) -> Style:
        """The style of a whole row."""
        if row != self.cursor:
            return self.rich_style
        return self.get_component_rich_style("rows--cursor" if self.has_focus else "rows--cursor-away")

    def render_line(self, y: int) -> Strip:
        """A line on the screen."""
        width = self.scrollable_content_region.width
        if y < self.HEAD:
            return self.strip(self.head(width), width, self.get_component_rich_style("rows--head"))
        row = y - self.HEAD + self.top
        if row >= self.count:
            return Strip.blank(self.size.width, self.rich_style)
        return self.render_row(row, width)

    def render_row(self, row: int, width: int) -> Strip:
        """A row on the screen."""
        return self.strip(self.line(row, width), width, self.row_style(row))

    def strip(self, text: Text, width: int, style: Style) -> Strip:
        """A text as a line of the screen."""
        text.no_wrap, text.end = True, ""
        made = Strip(text.render(self.app.console))
        return made.crop_extend(0, width, style).apply_style(style)

    def on_focus(self) -> None:
        """The cursor changes its look."""
        self.refresh()

    def on_blur(self) -> None:
        """The cursor changes its look."""
        self.refresh()
