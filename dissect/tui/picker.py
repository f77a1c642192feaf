"""Where no file is named: those opened lately and the samples, to choose from."""

from __future__ import annotations

import os
from typing import ClassVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from dissect.capture.samples import sample_names
from dissect.library import SAMPLE
from dissect.render import palette
from dissect.render.plain import plain
from dissect.tui.settings import Settings, load
from dissect.tui.state import State


def choices(settings: Settings) -> list[tuple[str, str]]:
    """Files and what is said of them: those opened lately that are still there, then the samples."""
    samples = sample_names()
    lately = [name for name in settings.files if not name.startswith(SAMPLE) and os.path.exists(name)]
    return [*((name, "") for name in lately), *((SAMPLE + name, sample.title) for name, sample in samples.items())]


class Picker(App[str]):
    """Gives the file chosen, or nothing."""

    CSS = "#ask { height: 1; text-style: bold; } OptionList { height: 1fr; border: none; }"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("q,escape,ctrl+c", "quit", show=False, priority=True)]
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, state: State) -> None:
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        self.state = state
        self.theme = state.settings.theme if state.settings.theme in self.available_themes else "textual-dark"

    def compose(self) -> ComposeResult:
        """The question and the files."""
        yield Static(f" {self.state.word('ask.file')}", id="ask", markup=False)
        rows = choices(self.state.settings)
        width = max((len(name) for name, _ in rows), default=0)
        yield OptionList(
            *(Option(Text(plain(name).ljust(width)).append(f"  {said}", palette.QUIET), id=name) for name, said in rows)
        )

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """The choice."""
        self.exit(event.option.id)


def pick(code: str | None = None) -> str | None:
    """Asks for a file."""
    return Picker(State(load(), code)).run()
