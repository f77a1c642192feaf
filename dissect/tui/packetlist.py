"""The list of packets: a row each, made when it comes into sight, however many there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.strip import Strip

from dissect.render import palette
from dissect.tui import columns
from dissect.tui.rows import HERE, Rows
from dissect.tui.views import Everything, View

if TYPE_CHECKING:
    from dissect.tui.packets import Packets
    from dissect.tui.state import State

GUTTER = 5  # sign of the chosen row, of a match, of a mark, of what is wrong


class PacketList(Rows):
    """Packets in a view; columns and their look come from the state."""

    HEAD: ClassVar[int] = 1

    def __init__(self, packets: Packets, state: State) -> None:
        super().__init__(id="list")
        self.packets = packets
        self.state = state
        self.view: View = Everything(packets)
        self.sorted_by = ""
        self.descending = False

    @property
    def count(self) -> int:
        """Packets in the view."""
        return len(self.view)

    @property
    def number(self) -> int:
        """The chosen packet's number; 0 where there is none."""
        return self.view.number(self.cursor) if self.count else 0

    def show(self, view: View, number: int) -> None:
        """Another view, the same packet chosen at the same height of the screen if it is there."""
        height = self.cursor - self.top
        self.view = view
        self.recount()
        if self.count:
            row = view.row(number) if number else 0
            self.scroll_to(y=max(0, row - height), animate=False)
            self.move_to(row)

    def go_to(self, number: int) -> None:
        """A packet by number, its neighbours around it in sight."""
        row = self.view.row(number)
        if not self.top <= row < self.top + self.page:
            self.scroll_to(y=max(0, row - self.page // 2), animate=False)
        self.move_to(row)

    def _widths(self, width: int) -> list[int]:
        """Columns of the screen for each column of the list; the last takes the rest."""
        names = self.state.columns
        left = width - GUTTER
        found = []
        for name in names:
            own = columns.width(name, self.state.time_format)
            if name == "number":
                own = max(4, len(str(self.packets.count)))
            if name in ("source", "destination") and width >= 150:
                own = 24
            found.append(own)
        while found and sum(found) + len(found) > left and len(found) > 2:  # narrow: what tells least goes first
            gone = next((names.index(name) for name in LEAST if name in names and found[names.index(name)]), None)
            if gone is None:
                break
            found[gone] = 0
            left += 1
        spent = sum(each + 1 for each in found[:-1] if each)
        found[-1] = max(0, width - GUTTER - spent)
        return found

    def head(self, width: int) -> Text:
        """The names of the columns, and which one it is sorted by."""
        text = Text(" " * GUTTER)
        for name, own in zip(self.state.columns, self._widths(width), strict=True):
            if own:
                said = self.state.word(f"column.{name}", default=name)
                if name == self.sorted_by:
                    said += "▼" if self.descending else "▲"
                right = name in columns.RIGHT and cell_len(said) <= own
                text.append("".join(part for part, _ in columns.fitted([(said, "")], own, right=right)) + " ")
        return text

    def render_row(self, row: int, width: int) -> Strip:
        """A packet, or why there is none."""
        number = self.view.number(row)
        runs = [
            (HERE[0] if row == self.cursor else "  ", palette.NAME),
            ("•", "yellow") if self.state.is_match(number) else (" ", ""),
            ("*", "bold yellow") if number in self.state.marks else (" ", ""),
        ]
        packet = self.packets.packet(number)
        if packet is None:
            runs.append((" " + self.state.word("gone", number=number), palette.FAULT))
        else:
            runs.append(columns.sign(packet))
            before = self.packets.time(number - 1) if self.state.time_format == "delta" and number > 1 else None
            moment = columns.Moment(self.state.time_format, self.packets.first_time(), before)
            for name, own in zip(self.state.columns, self._widths(width), strict=True):
                if own:
                    found = columns.cell(name, packet, moment, self.state.language, self.packets.told)
                    runs += [*columns.fitted(found, own, right=name in columns.RIGHT), (" ", "")]
        style = self.app.console.get_style
        made = Strip([Segment(text, style(name)) for text, name in runs if text])
        return made.crop_extend(0, width, self.row_style(row)).apply_style(self.row_style(row))

    def row_style(self, row: int) -> Style:
        """Marked rows are bold."""
        style = super().row_style(row)
        return style + Style(bold=True) if row < self.count and self.view.number(row) in self.state.marks else style

    def on_click(self, event: events.Click) -> None:
        """A click on a column's name sorts by it."""
        at = event.get_content_offset(self)
        if at is None or at.y != 0:
            return
        event.stop()
        event.prevent_default()
        left = GUTTER
        for name, own in zip(self.state.columns, self._widths(self.scrollable_content_region.width), strict=True):
            if own and left <= at.x <= left + own:
                self.state.sort(name)
            left += own + 1 if own else 0


LEAST = ("length", "time", "protocol", "source", "destination")
