"""The footer: as many keys as fit, the most wanted first; a click does what the key does."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text
from textual.widget import Widget

from dissect.tui.keys import Key


class KeyBar(Widget):
    """Keys with their words, in one or two lines."""

    DEFAULT_CSS = """
    KeyBar {
        height: 1; background: $panel; color: $foreground 80%;
        link-style: none; link-color: $foreground 80%; link-style-hover: bold; link-background-hover: $accent; link-color-hover: $background;
    }
    KeyBar.-two { height: 2; }
    KeyBar:ansi { background: ansi_default; }
    """

    def __init__(self, keys: Sequence[Key], word: Callable[[str], str]) -> None:
        super().__init__(id="keys")
        self.keys = keys
        self.word = word
        self._made: tuple[tuple[object, ...], Text] | None = None

    def render(self) -> Text:
        """The keys that fit, in the order of the table; `?` and `q` always do."""
        width, lines = self.size.width, max(1, self.size.height)
        kind = (width, lines, self.word("key.help"))
        if self._made is None or self._made[0] != kind:
            self._made = kind, self._drawn(width, lines)
        return self._made[1]

    def _drawn(self, width: int, lines: int) -> Text:
        chosen: list[Key] = []
        for key in sorted(self.keys, key=lambda each: each.rank):
            if _lines([*chosen, key], self.word, width) <= lines:
                chosen.append(key)
        text = Text(no_wrap=False)
        column = 0
        for key in sorted(chosen, key=lambda each: each.rank or 100):
            size = _size(key, self.word)
            if column and column + size > width:
                text.append("\n")
                column = 0
            action = Style(meta={"@click": f"screen.press_key('{key.key}')"})
            text.append(f" {key.shown}", Style(bold=True) + action)
            text.append(f" {self.word(f'key.{key.word}')} ", action)
            column += size
        return text


def _size(key: Key, word: Callable[[str], str]) -> int:
    return cell_len(f" {key.shown} {word(f'key.{key.word}')} ")


def _lines(keys: list[Key], word: Callable[[str], str], width: int) -> int:
    lines, column = 1, 0
    for key in sorted(keys, key=lambda each: each.rank or 100):
        size = _size(key, word)
        if column and column + size > width:
            lines, column = lines + 1, 0
        column += size
    return lines
