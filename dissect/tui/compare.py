"""Two packets field by field, the differences signed."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual.binding import Binding, BindingType

from dissect.packet import Packet
from dissect.render import palette, words
from dissect.render.plain import plain
from dissect.tui.headers import label
from dissect.tui.keys import BACK, DIFFERING, OVER_KEYS, Key
from dissect.tui.outline import Entry, outline
from dissect.tui.overlay import Overlay
from dissect.tui.rows import HERE, Rows
from dissect.tui.state import State

Pair = tuple[Entry | None, Entry | None]


def pairs(one: Packet, other: Packet) -> list[Pair]:
    """The rows of both packets, those of the same path side by side, in the order of the first."""
    left, right = _by_path(one), _by_path(other)
    found: list[Pair] = []
    waiting = list(right)
    for path, entry in left.items():
        if path in right:
            while waiting and waiting[0] != path and waiting[0] not in left:
                found.append((None, right[waiting.pop(0)]))
            if path in waiting:
                waiting.remove(path)
        found.append((entry, right.get(path)))
    found.extend((None, right[path]) for path in waiting if path not in left)
    return found


def _by_path(packet: Packet) -> dict[str, Entry]:
    kept = (entry for entry in outline(packet) if entry.kind != "options" and not entry.older)
    found: dict[str, Entry] = {}
    for entry in kept:
        path, turn = entry.path, 2
        while path in found:
            path, turn = f"{entry.path}~{turn}", turn + 1
        found[path] = entry
    return found


def said(entry: Entry | None, state: State) -> str:
    """The value of a row."""
    if entry is None:
        return ""
    if entry.value is not None:
        value = entry.value
        meaning = state.language.term(words.meaning(value))
        return words.shown(value, state.language.term) + (f" ({meaning})" if meaning and len(meaning) < 20 else "")
    if entry.finding is not None:
        return state.language.finding(entry.finding)
    return state.place(entry.start, entry.stop)


class CompareRows(Rows):
    """A field a row: its name, both values, and a sign where they differ."""

    HEAD: ClassVar[int] = 1

    def __init__(self, one: Packet, other: Packet, state: State) -> None:
        super().__init__(id="compare")
        self.one, self.other = one, other
        self.state = state
        self.pairs = pairs(one, other)
        self.only = True

    @property
    def shown(self) -> list[Pair]:
        """All rows, or those that differ, each below its header."""
        if not self.only:
            return self.pairs
        kept: list[Pair] = []
        header: Pair | None = None
        for pair in self.pairs:
            entry = pair[0] or pair[1]
            if entry is not None and entry.kind == "layer":
                header = pair
            if self.differ(pair):
                if header is not None and header is not pair:
                    kept.append(header)
                header = None
                kept.append(pair)
        return kept

    @property
    def count(self) -> int:
        """How many."""
        return len(self.shown)

    def differ(self, pair: Pair) -> bool:
        """Whether the two sides are not the same."""
        one, other = pair
        if one is None or other is None:
            return True
        if one.value is not None and other.value is not None:
            return one.value.raw != other.value.raw
        return False

    def head(self, width: int) -> Text:
        """The packets' numbers."""
        own = self._width(width)
        text = Text(" " * own)
        for packet in (self.one, self.other):
            said = self.state.language.word("packet", number=packet.frame.number)
            text.append(said + " " * max(1, (width - own) // 2 - cell_len(said)))
        return text

    def _width(self, width: int) -> int:
        return max(18, min(44, width * 2 // 5))

    def line(self, row: int, width: int) -> Text:
        """A field in both packets."""
        pair = self.shown[row]
        entry = pair[0] or pair[1]
        assert entry is not None
        text = Text().append(HERE[0] if row == self.cursor else "  ", palette.NAME)
        differs = self.differ(pair)
        text.append("≠ " if differs else "  ", "bold yellow").append("  " * entry.depth)
        text.append(self._said(entry), palette.TITLE if entry.kind == "layer" else "")
        own = self._width(width)
        text.truncate(own - 1, overflow="ellipsis", pad=True)
        text.append(" ")
        half = max(4, (width - own) // 2)
        for side in pair:
            part = Text(plain(said(side, self.state)) if side is not None else "–", "bold yellow" if differs else "")
            part.truncate(half - 1, overflow="ellipsis", pad=True)
            text.append_text(part).append(" ")
        return text

    def _said(self, entry: Entry) -> str:
        if entry.value is not None:
            return label(entry.value, self.state)
        if entry.option is not None:
            return self.state.language.title(entry.option.header)
        if entry.finding is not None:
            return palette.SIGNS[entry.finding.rule.kind][0] + " " + entry.finding.rule.id
        if entry.layer is not None and entry.kind == "layer":
            return self.state.language.title(entry.layer.header)
        return self.state.word(entry.kind)


class CompareScreen(Overlay):
    """Two packets side by side."""

    KEYS: ClassVar[tuple[Key, ...]] = (BACK, DIFFERING, *OVER_KEYS)
    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "turn", show=False)]
    rows: CompareRows

    def __init__(self, one: Packet, other: Packet, state: State) -> None:
        super().__init__(state, CompareRows(one, other, state))

    def heading(self) -> str:
        """Which packets, and how much differs."""
        differing = sum(self.rows.differ(pair) for pair in self.rows.pairs)
        numbers = (self.rows.one.frame.number, self.rows.other.frame.number)
        return self.state.word("compare.heading", one=numbers[0], other=numbers[1], count=differing)

    def remark(self) -> Text:
        """What the field is."""
        if not self.rows.count:
            return Text(self.state.word("compare.same"))
        pair = self.rows.shown[min(self.rows.cursor, self.rows.count - 1)]
        entry = pair[0] or pair[1]
        name = entry.name if entry is not None else ""
        return Text(name, palette.NAME).append(f"  {self.state.language.gist(name)}", "not bold")

    def action_turn(self) -> None:
        """Differing rows, or all."""
        self.rows.only = not self.rows.only
        self.tick()
