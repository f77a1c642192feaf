"""The program: one capture on the screen until it is closed."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from contextlib import suppress
from signal import SIG_DFL, SIGTERM, raise_signal, signal
from typing import ClassVar

from textual import events
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from dissect.capture.growing import Growing
from dissect.tui.background import Presence
from dissect.tui.keys import KEYS
from dissect.tui.layout import LAYOUT
from dissect.tui.overlay import Over
from dissect.tui.packets import Packets
from dissect.tui.screen import BrowseScreen
from dissect.tui.settings import Settings, load
from dissect.tui.state import State


class Browser(App[None]):
    """`growing` on the screen; settings are those remembered unless given, `code` is the language, `wanted` a filter to begin with."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "quit", show=False),
        Binding("ctrl+c", "quit", show=False, priority=True),
    ]
    CSS = LAYOUT
    TITLE = "dissect"

    def __init__(
        self, growing: Growing, code: str | None = None, settings: Settings | None = None, wanted: str = ""
    ) -> None:
        plain = "NO_COLOR" in os.environ
        super().__init__(ansi_color=True if plain else None)
        self.settings = settings if settings is not None else load()
        self.packets = Packets(growing)
        self.state = State(self.settings, code, wanted)
        self.terminated = False
        few = self.console.color_system in ("standard", "windows")
        remembered = self.settings.theme if self.settings.theme in self.available_themes else ""
        self.theme = "ansi-dark" if plain or (few and not remembered) else remembered or "textual-dark"

    def get_default_screen(self) -> Screen[None]:
        """The main screen is the only one that stays."""
        return BrowseScreen(self.packets, self.state)

    def on_load(self) -> None:
        """Reading begins while the screen is being made."""
        with suppress(NotImplementedError, ValueError):  # not on every system, only in the main thread
            asyncio.get_running_loop().add_signal_handler(SIGTERM, self._terminate)
        self.packets.start()

    def _terminate(self) -> None:
        """The terminal is left as it was before the process ends."""
        self.terminated = True
        self.exit()

    async def on_event(self, event: events.Event) -> None:
        """Keys and the mouse come before whatever goes on behind the screen."""
        if isinstance(event, events.InputEvent):
            Presence.touch()
        await super().on_event(event)

    def watch_theme(self, theme: str) -> None:
        """A theme chosen is remembered."""
        if self.is_running and not self.no_color:
            self.settings.theme = theme

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette holds every key, and the themes."""
        word = self.state.word
        if isinstance(screen, BrowseScreen | Over):
            for key in screen.KEYS if isinstance(screen, Over) else KEYS:
                if key.action and key.word not in ("palette", "quit"):
                    yield SystemCommand(
                        f"{word(f'key.{key.word}')}  ({key.shown})", word(f"help.{key.word}"), _doing(screen, key.key)
                    )
        yield SystemCommand(word("palette.themes"), word("palette.themes.help"), self.action_change_theme)
        yield SystemCommand(f"{word('key.quit')}  (q)", word("help.quit"), self.action_quit)

    def close(self) -> None:
        """Ends all reading and writes the settings down."""
        self.packets.stop()
        name = self.packets.growing.name
        if self.packets.growing.plain:
            self.settings.remember_file(name if name.startswith("sample:") else os.path.abspath(name))
        self.settings.columns = [] if self.state.columns == [] else self.settings.columns
        self.settings.save()
        self.packets.growing.close()


def _doing(screen: BrowseScreen | Over, key: str):  # type: ignore[no-untyped-def]
    return lambda: screen.action_press_key(key)


def browse(growing: Growing, code: str | None = None, wanted: str = "") -> str:
    """Runs until the person at the screen quits; gives the sentence that remains to be said, or an empty text.

    `wanted` is the filter to begin with.
    """
    app = Browser(growing, code, wanted=wanted)
    try:
        app.run()
    finally:
        app.close()
    if app.terminated:
        signal(SIGTERM, SIG_DFL)
        raise_signal(SIGTERM)
    return app.packets.trouble
