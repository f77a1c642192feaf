"""The bytes of the chosen packet in hex and as text, coloured by field; the chosen field's lit, the chosen byte's bits shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType

from dissect.render import palette
from dissect.render.hexdump import LINES
from dissect.render.plain import printable
from dissect.tui.rows import Rows

if TYPE_CHECKING:
    from dissect.tui.selection import Selection

LIT = "reverse"
LARGE = "underline"
BYTE = "bold underline reverse"


class BytesView(Rows):
    """Rows of 16, 8, 4 or 2 bytes; the cursor is a byte."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", show=False),
        Binding("right", "step(1)", show=False),
    ]

    def __init__(self, selection: Selection) -> None:
        super().__init__(id="bytes")
        self.selection = selection
        selection.observe(self.follow)

    @property
    def data(self) -> bytes:
        """The bytes shown."""
        packet = self.selection.packet
        return packet.frame.data if packet is not None else b""

    @property
    def size_of_row(self) -> int:
        """Bytes in a row, as many as fit."""
        width = self.scrollable_content_region.width
        return next((size for needed, size in LINES.items() if needed - 2 <= width), 2)

    @property
    def count(self) -> int:
        """Rows."""
        return -(-len(self.data) // self.size_of_row)

    def follow(self) -> None:
        """The selection changed."""
        self.cursor = self.selection.byte // self.size_of_row
        if self.is_mounted:
            self.border_subtitle = self.bits()
            self.recount()
            self.call_after_refresh(self.show_cursor)

    def show_cursor(self) -> None:
        """From the packet's first byte on, as long as the chosen one is in sight then."""
        if self.cursor < self.page:
            self.scroll_to(y=0, animate=False)
        else:
            super().show_cursor()

    def bits(self) -> str:
        """The chosen byte in binary, the bits of the chosen field in brackets."""
        at, entry = self.selection.byte, self.selection.entry
        if at >= len(self.data):
            return ""
        digits = f"{self.data[at]:08b}"
        if entry is not None and entry.value is not None and entry.value.bits:
            first, stop = (min(8, max(0, bit - at * 8)) for bit in entry.bits)
            if stop > first and (first, stop) != (0, 8):
                digits = f"{digits[:first]}[{digits[first:stop]}]{digits[stop:]}"
        return f"{at:04x}: {self.data[at]:02x} = {digits} = {self.data[at]}"

    def action_move(self, rows: int) -> None:
        """A row up or down in the same column."""
        self._choose(self.selection.byte + rows * self.size_of_row)

    def action_page(self, pages: int) -> None:
        """A page up or down."""
        self._choose(self.selection.byte + pages * self.page * self.size_of_row)

    def action_to_first(self) -> None:
        """The first byte."""
        self._choose(0)

    def action_to_last(self) -> None:
        """The last byte."""
        self._choose(len(self.data) - 1)

    def action_step(self, bytes_: int) -> None:
        """Some bytes on or back."""
        self._choose(self.selection.byte + bytes_)

    def action_open(self) -> None:
        """Nothing lies inside a byte."""

    def _choose(self, byte: int) -> None:
        if self.data:
            self.selection.choose_byte(max(0, min(byte, len(self.data) - 1)))

    def on_click(self, event: events.Click) -> None:
        """The byte under the mouse, in hex or as text."""
        event.stop()
        event.prevent_default()
        at = event.get_content_offset(self)
        if at is None:
            return
        size = self.size_of_row
        text = 6 + 3 * size + (1 if size > 7 else 0) + 1
        gap = 1 if size > 7 and at.x >= 6 + 24 else 0
        column = at.x - text if at.x >= text else (at.x - 6 - gap) // 3
        byte = (at.y + self.top) * size + column
        if 0 <= column < size and byte < len(self.data):
            self._choose(byte)

    def row_style(self, _: int) -> Style:
        """The cursor is a byte, not a row."""
        return self.rich_style

    def line(self, row: int, _: int) -> Text:
        """Offset, hex, text."""
        size, entry = self.size_of_row, self.selection.entry
        at = row * size
        part = self.data[at : at + size]
        text = Text().append(f"{at:04x}  ", palette.QUIET)
        styles = [
            self._style(at + column, entry.start if entry else 0, entry.stop if entry else 0)
            for column in range(len(part))
        ]
        for column, byte in enumerate(part):
            text.append(f"{byte:02x}", styles[column])
            joined = column + 1 < len(part) and LIT in styles[column] and LIT in styles[column + 1]
            text.append("  " if column == 7 and size > 7 else " ", LIT if joined and column != 7 else "")
        text.append(" " * (3 * (size - len(part)) + (1 if len(part) <= 7 < size else 0) + 1))
        for column, char in enumerate(printable(part)):
            text.append(char, styles[column])
        return text

    def _style(self, at: int, start: int, stop: int) -> str:
        colours = self.selection.colours()
        colour = colours[at] if at < len(colours) else ""
        if at == self.selection.byte:
            return f"{BYTE} {colour}".strip()
        lit = LARGE if self._large() else LIT
        return f"{lit} {colour}".strip() if start <= at < stop else colour

    def _large(self) -> bool:
        """Whether what is chosen is a whole header or payload, which would light up too much."""
        entry = self.selection.entry
        return entry is not None and entry.kind in ("layer", "options", "payload", "trailer")
