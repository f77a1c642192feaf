"""All keys with what they do, and how the screen is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from dissect.render import palette
from dissect.render.flow import flowing
from dissect.tui.keybar import KeyBar
from dissect.tui.keys import BACK, GROUPS, KEYS, LANGUAGE, OVER_GROUPS, Key
from dissect.tui.lines import Lines
from dissect.tui.state import State


class HelpLines(Lines):
    """The table of keys."""

    def __init__(self, state: State) -> None:
        super().__init__(id="help")
        self.state = state

    def page(self, _: int) -> list[RenderableType]:
        """Group by group."""
        word = self.state.word
        page: list[RenderableType] = [flowing(Text(word("help.intro")))]
        for group in GROUPS:
            page += self._group(group, [key for key in KEYS if key.group == group])
        for group, keys in OVER_GROUPS.items():
            page += self._group(group, [key for key in keys if key.group == group])
        page += [Text(), Text(word("group.signs"), palette.TITLE)]
        for sign, style, what in (
            ("✗", palette.FAULT, "malformed"), ("✂", "yellow", "truncated"), ("!", "magenta", "unusual"), ("•", "yellow", "match"),
            ("*", "bold yellow", "marked"), ("›", "bold", "cursor"),
        ):  # fmt: skip
            page.append(Text(f"{sign}  ", style).append(word(f"sign.{what}"), "not bold default"))
        page += [Text(), flowing(Text(word("help.moving")))]
        return page

    def _group(self, group: str, keys: Sequence[Key]) -> list[RenderableType]:
        word = self.state.word
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column(style="bold", no_wrap=True, min_width=6)
        table.add_column(ratio=1)
        for key in keys:
            table.add_row(key.shown, flowing(Text(word(f"help.{key.word}"))))
        return [Text(), Text(word(f"group.{group}"), palette.TITLE), table]


class HelpScreen(Screen[None]):
    """`?`."""

    DEFAULT_CSS = "HelpLines { height: 1fr; padding: 1 2; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark", "dismiss(None)", show=False),
        Binding("l", "language", show=False),
    ]

    def __init__(self, state: State) -> None:
        super().__init__()
        self.state = state

    def compose(self) -> ComposeResult:
        """The lines and the way back."""
        yield HelpLines(self.state)
        yield KeyBar((BACK, LANGUAGE), self.state.word)

    def on_mount(self) -> None:
        """Scrolls with the arrows."""
        self.query_one(HelpLines).focus()

    def action_language(self) -> None:
        """The other language, in place."""
        self.state.turn_language()
        self.query_one(HelpLines).changed()
        self.query_one(KeyBar).refresh()

    def action_press_key(self, key: str) -> None:
        """A key clicked in the footer."""
        self.app.simulate_key(key)
