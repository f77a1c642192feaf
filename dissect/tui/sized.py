"""Views that are scrolled over more than fits, and whose extent changes with every packet."""

from __future__ import annotations

from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.widget import Widget


class Sized(ScrollView, can_focus=True):
    """A view whose scroll bar is always there, so that another extent needs no new layout of the screen."""

    DEFAULT_CSS = "Sized { overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1; }"

    def extend_to(self, lines: int) -> None:
        """So many lines there are now."""
        size = Size(self.scrollable_content_region.width, lines)
        if size != self.virtual_size:
            self.set_reactive(Widget.virtual_size, size)
            self._scroll_update(size)
