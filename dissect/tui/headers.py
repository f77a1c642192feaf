"""The headers of the chosen packet as a tree: layers, fields, options, and what is wrong with them in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual.binding import Binding, BindingType

from dissect.packet import Value
from dissect.render import palette, words
from dissect.render.plain import plain
from dissect.tui.outline import Entry
from dissect.tui.rows import HERE, Rows

if TYPE_CHECKING:
    from dissect.tui.selection import Selection
    from dissect.tui.state import State

TURNED = {True: "▾ ", False: "▸ "}
LABELS = (14, 30)  # columns of the names of fields, at least and at most


class Headers(Rows):
    """The rows of the selection that are open."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "turn(True)", show=False),
        Binding("left", "turn(False)", show=False),
        Binding("space", "open_or_close", show=False),
    ]

    def __init__(self, selection: Selection, state: State) -> None:
        super().__init__(id="headers")
        self.selection = selection
        self.state = state
        self.shown: list[int] = []
        selection.observe(self.update_rows)

    @property
    def count(self) -> int:
        """Rows that are not inside closed ones."""
        return len(self.shown)

    def update_rows(self) -> None:
        """The selection changed."""
        self.shown = self.selection.shown()
        if self.selection.chosen in self.shown:
            self.cursor = self.shown.index(self.selection.chosen)
        if self.is_mounted:
            self.recount()
            self.call_after_refresh(self.show_cursor)

    def show_cursor(self) -> None:
        """An open header comes with its fields, as far as they fit."""
        entry = self.selection.entry
        last = self.cursor
        if entry is not None and entry.inner and self.selection.is_open(entry):
            inside = self.shown[self.cursor + 1 :]
            last += next(
                (at for at, row in enumerate(inside) if self.selection.rows[row].depth <= entry.depth), len(inside)
            )
        if last >= self.top + self.page:
            self.scroll_to(y=min(self.cursor, last - self.page + 1), animate=False)
        super().show_cursor()

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        """The cursor moved here: everything else follows."""
        event.stop()
        if event.row < len(self.shown):
            self.selection.choose(self.shown[event.row])

    def on_rows_opened(self, event: Rows.Opened) -> None:
        """Enter opens and closes."""
        event.stop()
        self.action_open_or_close()

    def action_open_or_close(self) -> None:
        """Opens what is closed and closes what is open."""
        entry = self.selection.entry
        if entry is not None:
            self.selection.turn(entry, opened=not self.selection.is_open(entry))

    def action_turn(self, opened: bool) -> None:
        """Opens; or closes, and where there is nothing to close goes to what the row lies in."""
        entry = self.selection.entry
        if entry is None:
            return
        if entry.inner and self.selection.is_open(entry) != opened:
            self.selection.turn(entry, opened=opened)
        elif not opened:
            self.selection.choose(self.selection.parent(self.selection.chosen))
        elif entry.inner:
            self.action_move(1)

    def line(self, row: int, width: int) -> Text:
        """A row of the tree."""
        entry = self.selection.rows[self.shown[row]]
        text = Text().append(HERE[0] if row == self.cursor else "  ", palette.NAME)
        text.append("  " * entry.depth)
        text.append(TURNED[self.selection.is_open(entry)] if entry.inner else "  ", palette.QUIET)
        text.append_text(self._said(entry, width))
        text.truncate(width, overflow="ellipsis")
        return text

    def _said(self, entry: Entry, width: int) -> Text:
        language, state = self.state.language, self.state
        if entry.finding is not None:
            kind = entry.finding.rule.kind
            text = Text(f"{palette.SIGNS[kind][0]} ", palette.SEVERITY[kind])
            return text.append(plain(language.finding(entry.finding)), palette.SEVERITY[kind])
        if entry.value is not None:
            return self._field(entry, entry.value, width)
        place = state.place(entry.start, entry.stop)
        if entry.option is not None:
            own = entry.option.values[-1] if len(entry.option.values) > 2 else None
            said = "  " + words.shown(own, language.term) if own is not None else ""
            text = Text().append(language.title(entry.option.header), _colour(entry, self.selection))
            return text.append(plain(said), palette.NAME).append(f"  {place}", palette.QUIET)
        if entry.kind == "layer" and entry.layer is not None:
            text = Text().append(language.title(entry.layer.header), palette.TITLE)
            if entry.layer.quoted:
                text.append(language.word("quoted"), palette.QUIET)
            for finding in sorted(entry.layer.findings, key=lambda each: str(each.rule.kind))[:1]:
                sign = palette.SIGNS[finding.rule.kind][0]
                text.append(f" {sign}", palette.SEVERITY[finding.rule.kind])
            return text.append(f"  {place}", palette.QUIET)
        if entry.kind == "options" and entry.layer is not None:
            said = language.word("options", count=len(entry.layer.options), bytes=entry.stop - entry.start)
            names = ", ".join(dict.fromkeys(option.header.name for option in entry.layer.options))
            return Text(said).append(f"  {names}", palette.QUIET)
        packet = self.selection.packet
        named = packet.payload_name if packet is not None and entry.kind == "payload" else ""
        text = Text().append(state.word(entry.kind), palette.TITLE).append(f"  {plain(named)}" if named else "")
        return text.append(f"  {place}", palette.QUIET)

    def _field(self, entry: Entry, value: Value, width: int) -> Text:
        """Name, value, meaning in columns that line up within a depth."""
        language = self.state.language
        name = label(value, self.state)
        own = max(LABELS[0], min(LABELS[1], width * 9 // 20)) - 2 * (entry.depth - 1)
        if cell_len(name) > own:
            name = language.caption(value.name) or value.field.caption
        text = Text().append(name, _colour(entry, self.selection) if not entry.older else palette.QUIET)
        text.append(" " * max(1, own - cell_len(name) + 1))
        style = palette.VERDICTS.get(value.text, palette.NAME) if not value.bits else palette.NAME
        text.append(plain(words.shown(value, language.term)), style)
        said = words.older(value, language.caption) if entry.older and value.parts else words.meaning(value)
        text.append(f"  {plain(language.term(said))}" if said else "")
        return text


def label(value: Value, state: State) -> str:
    """What a field is called in the language of the screen."""
    return state.language.caption(value.name) or value.field.label


def _colour(entry: Entry, selection: Selection) -> str:
    """The colour that the field's bytes have too."""
    colours = selection.colours()
    at = entry.start
    return colours[at] if entry.stop > at and at < len(colours) else ""
