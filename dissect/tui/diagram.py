"""The chosen header drawn as its RFC draws it, the chosen field lit; one walks and clicks from box to box."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.console import RenderableType
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType

from dissect.packet import Layer
from dissect.render import palette
from dissect.render.boxes import NARROWEST, captioned, draw, layer_cells
from dissect.render.diagram import ROW, Cell, Grid
from dissect.tui.lines import Lines

if TYPE_CHECKING:
    from dissect.tui.selection import Selection
    from dissect.tui.state import State

HERE = "here"  # stands for the key of every lit box
LIT = "bold reverse"


class Diagram(Lines):
    """The layer that the chosen row belongs to."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "beside(-1)", show=False),
        Binding("right", "beside(1)", show=False),
        Binding("up", "above(-1)", show=False),
        Binding("down", "above(1)", show=False),
        Binding("home", "ends(0)", show=False),
        Binding("end", "ends(-1)", show=False),
    ]

    def __init__(self, selection: Selection, state: State) -> None:
        super().__init__(id="diagram")
        self.selection = selection
        self.state = state
        self.cells: list[Cell] = []
        self.grid: Grid | None = None
        self.rows: list[int | None] = []
        self._height: int | None = None
        self._shown: object = None
        selection.observe(self.follow)

    def follow(self) -> None:
        """The selection changed; what was found out around the packet changes no picture."""
        shown = (self.selection.packet, self.selection.chosen)
        if shown != self._shown:
            self._shown = shown
            self.changed()

    @property
    def header_drawn(self) -> Layer | None:
        """The layer drawn: the chosen row's, or the packet's last."""
        entry, packet = self.selection.entry, self.selection.packet
        if entry is not None and entry.layer is not None:
            return entry.layer
        return packet.layers[-1] if packet is not None and packet.layers else None

    def page(self, width: int) -> list[RenderableType]:
        """The picture, or why there is none."""
        layer = self.header_drawn
        self.grid, self.rows, self.cells = None, [], []
        if layer is None or layer.stop <= layer.start:
            return [Text(self.state.word("diagram.none"), palette.QUIET)]
        if width < NARROWEST:
            return [Text(self.state.language.word("narrow", columns=NARROWEST, width=width), palette.QUIET)]
        self.cells = captioned(layer_cells(layer), self.state.language)
        marked = [self._marked(cell, layer) for cell in self.cells]
        self.grid = draw(marked, width, 4, ascii_only=False, lit={HERE})
        colours = palette.by_key(layer)
        for index, option in enumerate(layer.options):
            for value in option.values:
                colours.setdefault(value.name, palette.option_colour(index, layer))
        page: list[RenderableType] = []
        for row, runs in self.grid.rows_of_lines():
            self.rows.append(row)
            line = Text(no_wrap=True)
            for text, key in runs:
                line.append(text, LIT if key == HERE else colours.get(key, palette.QUIET))
            page.append(line)
        return page

    def _marked(self, cell: Cell, layer: Layer) -> Cell:
        """A box, lit where it holds some of what is chosen."""
        entry = self.selection.entry
        if entry is None or entry.kind in ("layer", "payload", "trailer") or entry.stop <= entry.start:
            return cell
        first, stop = (bit - layer.start * 8 for bit in entry.bits)
        if not (cell.bit < stop and first < cell.bit + cell.bits):
            return cell
        room = cell_len(cell.caption) + 2 <= 2 * min(cell.bits, ROW) - 1
        return cell._replace(key=HERE, caption=f"»{cell.caption}«" if room else cell.caption)

    def drawn(self) -> None:
        """Keeps the lit box in sight."""
        alone = self.screen.has_class("-narrow") or self.screen.has_class("-zoom-diagram")
        height = None if alone else len(self.strips) + 1
        if self._height != height:
            self._height = height
            self.styles.height = height
        if self.grid is None:
            return
        lit = {row for row in range(self.grid.rows) for bit in range(ROW)
               if (owner := self.grid.box(row, bit * self.grid.width + 1)) is not None and self.grid.cells[owner].key == HERE}  # fmt: skip
        lines = [at for at, row in enumerate(self.rows) if row in lit]
        height = self.scrollable_content_region.height
        top = int(self.scroll_offset.y)
        if not lines:
            self.scroll_to(y=0, animate=False)
        elif lines[0] - 1 < top or len(self.strips) <= height:
            self.scroll_to(y=max(0, lines[0] - 1), animate=False)
        elif lines[-1] + 1 >= top + height:
            self.scroll_to(y=lines[-1] + 2 - height, animate=False)

    def _here(self) -> int:
        """The place of the chosen box, or -1."""
        layer, entry = self.header_drawn, self.selection.entry
        if layer is None or entry is None:
            return -1
        at = entry.bits[0] - layer.start * 8
        return next((index for index, cell in enumerate(self.cells) if cell.bit <= at < cell.bit + cell.bits), -1)

    def _choose(self, index: int) -> None:
        layer = self.header_drawn
        if layer is not None and self.cells:
            cell = self.cells[max(0, min(index, len(self.cells) - 1))]
            base = layer.start * 8
            self.selection.choose_bits(base + cell.bit, base + cell.bit + cell.bits)

    def action_beside(self, step: int) -> None:
        """The next box, or the one before."""
        entry = self.selection.entry
        inside = entry is not None and entry.kind != "layer"
        self._choose(self._here() + step if inside else 0)

    def action_above(self, step: int) -> None:
        """The box in the row above or below."""
        here = self._here()
        entry = self.selection.entry
        if here < 0 or entry is None or entry.kind == "layer":
            self._choose(0)
            return
        cell = self.cells[here]
        wanted = cell.bit - ROW if step < 0 else cell.bit - cell.bit % ROW + max(ROW, cell.bits) + cell.bit % ROW
        found = [index for index, other in enumerate(self.cells) if other.bit <= wanted < other.bit + other.bits]
        if found:
            self._choose(found[0])
        else:
            self._choose(0 if wanted < 0 else len(self.cells) - 1)

    def action_ends(self, index: int) -> None:
        """The first box, or the last."""
        self._choose(index if index >= 0 else len(self.cells) - 1)

    def on_click(self, event: events.Click) -> None:
        """The box under the mouse."""
        at = event.get_content_offset(self)
        line = at.y + int(self.scroll_offset.y) if at is not None else len(self.rows)
        if at is None or self.grid is None or line >= len(self.rows):
            return
        row = self.rows[line]
        box = self.grid.box(row, at.x) if row is not None else None
        if box is not None:
            self._choose(box)
