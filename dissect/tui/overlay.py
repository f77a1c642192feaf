"""Screens over the main one: a title, a list, a line of help; Escape or `q` leads back."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Static

from dissect.render.flow import flowing
from dissect.tui.keybar import KeyBar
from dissect.tui.keys import BACK, ENTER, OVER_KEYS, Key
from dissect.tui.rows import Rows
from dissect.tui.state import State


class Said(Static):
    """Text, and what it was said last."""

    said: Text | None = None

    def __init__(self, name: str) -> None:
        super().__init__(id=name, markup=False)


class Over(Screen[str | None]):
    """What all of them do. The result is what to do next, in words of the screen that opened it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss(None)", show=False),
        *(Binding(key.key, key.action, show=False) for key in OVER_KEYS),
    ]
    KEYS: ClassVar[tuple[Key, ...]] = (BACK, *OVER_KEYS)
    state: State

    def on_mount(self) -> None:
        """Hears of another language."""
        self.state.retold.append(self._retold)

    def on_unmount(self) -> None:
        """Nothing more is to be said here."""
        self.state.retold.remove(self._retold)

    def _retold(self) -> None:
        self.query_one(KeyBar).refresh()
        self.retell()

    def retell(self) -> None:
        """All words anew."""

    def say(self, name: str, text: Text) -> None:
        """Lines of text in one of the parts, drawn anew only where they say something else."""
        told = self.query_one(f"#{name}", Said)
        if told.said is None or (told.said, told.said.spans) != (text, text.spans):
            told.said = text
            told.update(flowing(text))

    def action_language(self) -> None:
        """The other language, in place."""
        self.state.turn_language()

    def action_help(self) -> None:
        """All keys."""
        from dissect.tui.help import HelpScreen

        self.app.push_screen(HelpScreen(self.state))

    def action_picture(self) -> None:
        """Writes the screen as SVG, under a name that is free."""
        from dissect.tui.saving import SaveError, free_name, picture, save_text

        path = free_name(f"dissect-{type(self).__name__.removesuffix('Screen').lower()}", ".svg")
        try:
            save_text(path, picture(self.app, "dissect"))
        except SaveError as error:
            self.app.notify(str(error), severity="error", markup=False)
        else:
            self.app.notify(self.state.word("pictured", path=path), markup=False)

    def action_press_key(self, key: str) -> None:
        """A key clicked in the footer."""
        self.app.simulate_key(key)


class Overlay(Over):
    """One list over the whole screen."""

    DEFAULT_CSS = """
    Overlay > #heading { height: 1; background: $panel; text-style: bold; }
    Overlay > Rows { height: 1fr; border-top: heavy $accent; }
    Overlay > #remark { height: auto; max-height: 8; padding: 0 1; }
    """
    KEYS: ClassVar[tuple[Key, ...]] = (BACK, ENTER, *OVER_KEYS)

    def __init__(self, state: State, rows: Rows) -> None:
        super().__init__()
        self.state = state
        self.rows = rows

    def compose(self) -> ComposeResult:
        """Heading, list, remark, keys."""
        yield Said("heading")
        yield self.rows
        yield Said("remark")
        yield KeyBar(self.KEYS, self.state.word)

    def heading(self) -> str:
        """The line at the top."""
        return ""

    def remark(self) -> Text:
        """What is said of the row with the cursor."""
        return Text()

    def on_mount(self) -> None:
        """Looks at what goes on behind the screen."""
        self.rows.focus()
        self.tick()
        self.set_interval(0.1, self.tick)

    def tick(self) -> None:
        """Shows what was found since."""
        self.rows.recount()
        self.show_remark()

    def show_remark(self) -> None:
        """The lines around the list."""
        self.say("heading", Text(f" {self.heading()}"))
        self.say("remark", self.remark())

    def on_rows_chosen(self, _: Rows.Chosen) -> None:
        """Another row."""
        self.show_remark()

    def retell(self) -> None:
        """All words anew."""
        self.rows.refresh()
        self.show_remark()
