"""A pane of lines that were drawn once for its width and are scrolled through."""

from __future__ import annotations

from typing import ClassVar

from rich.console import Group, RenderableType
from textual import events
from textual.binding import Binding, BindingType
from textual.strip import Strip

from dissect.tui.sized import Sized


class Lines(Sized):
    """What `page` gives, drawn anew after `changed` or when the width is another."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll_lines(-1)", show=False),
        Binding("down", "scroll_lines(1)", show=False),
        Binding("pageup", "scroll_pages(-1)", show=False),
        Binding("pagedown,space", "scroll_pages(1)", show=False),
        Binding("home", "scroll_home", show=False),
        Binding("end", "scroll_end", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - textual's name
        super().__init__(id=id)
        self.strips: list[Strip] = []
        self._due = False

    def page(self, width: int) -> list[RenderableType]:
        """What is drawn for a width in columns."""
        raise NotImplementedError

    def changed(self) -> None:
        """Draws soon; many changes in a row are drawn once."""
        if self.is_mounted and not self._due:
            self._due = True
            self.call_after_refresh(self.draw)

    def on_resize(self, _: events.Resize) -> None:
        """The width may be another."""
        self.changed()

    def draw(self) -> None:
        """Draws now."""
        self._due = False
        width = self.scrollable_content_region.width
        if width < 1 or not self.display:
            return
        options = self.app.console.options.update(
            width=width, height=None, max_width=width, markup=False, highlight=False
        )
        drawn = self.app.console.render_lines(Group(*self.page(width)), options, pad=False)
        self.strips = [Strip(line) for line in drawn]
        self.extend_to(len(self.strips))
        self.drawn()
        self.refresh()

    def drawn(self) -> None:
        """Called after drawing."""

    def render_line(self, y: int) -> Strip:
        """A line on the screen."""
        width = self.scrollable_content_region.width
        at = y + int(self.scroll_offset.y)
        if at >= len(self.strips):
            return Strip.blank(self.size.width, self.rich_style)
        return self.strips[at].crop_extend(0, width, self.rich_style).apply_style(self.rich_style)

    def action_scroll_lines(self, lines: int) -> None:
        """Some lines up or down."""
        self.scroll_to(y=self.scroll_offset.y + lines, animate=False)

    def action_scroll_pages(self, pages: int) -> None:
        """Some pages up or down."""
        height = max(1, self.scrollable_content_region.height - 1)
        self.scroll_to(y=self.scroll_offset.y + pages * height, animate=False)
