"""Where nothing is named: files opened lately and the samples, or the interfaces, to choose from."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from dissect.capture.live import interfaces, rights
from dissect.capture.samples import SAMPLE, sample_names
from dissect.render import palette
from dissect.render.plain import plain
from dissect.tui.settings import Settings, load
from dissect.tui.state import State

Choice = tuple[str, str]  # what is chosen, and what is said of it


def choices(settings: Settings) -> list[Choice]:
    """Files and what is said of them: those opened lately that are still there, then the samples."""
    samples = sample_names()
    lately = [name for name in settings.files if not name.startswith(SAMPLE) and os.path.exists(name)]
    return [*((name, "") for name in lately), *((SAMPLE + name, sample.title) for name, sample in samples.items())]


def interface_choices(state: State) -> list[Choice]:
    """Interfaces with state, link type and addresses; the one that most want comes first."""
    usual = interfaces.usual()
    found = sorted(interfaces.interfaces(), key=lambda each: each.name != usual)
    states = [state.word(f"interface.{each.state}") for each in found]
    wide, kind = max(map(cell_len, states)), max(len(each.link_name) for each in found)
    return [
        (each.name, f"{said}{' ' * (wide - cell_len(said))}  {each.link_name.ljust(kind)}  {'  '.join(each.addresses)}")
        for each, said in zip(found, states, strict=True)
    ]


class Picker(App[str]):
    """Asks a question; gives what was chosen of `rows`, or nothing. `remark` stands below them."""

    CSS = """
    #ask { height: 1; text-style: bold; }
    OptionList { height: 1fr; border: none; }
    #remark { height: auto; padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("q,escape,ctrl+c", "quit", show=False, priority=True)]
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, state: State, question: str, rows: Sequence[Choice], remark: str = "") -> None:
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        self.state = state
        self.question = question
        self.rows = rows
        self.remark = remark
        self.theme = state.settings.theme if state.settings.theme in self.available_themes else "textual-dark"

    def compose(self) -> ComposeResult:
        """The question, the rows, the remark."""
        yield Static(f" {self.question}", id="ask", markup=False)
        width = max((len(name) for name, _ in self.rows), default=0)
        yield OptionList(
            *(
                Option(Text(plain(name).ljust(width), no_wrap=True).append(f"  {said}", palette.QUIET), id=name)
                for name, said in self.rows
            )
        )
        yield Static(self.remark, id="remark", markup=False)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """The choice."""
        self.exit(event.option.id)


def pick(code: str | None = None) -> str | None:
    """Asks for a file."""
    state = State(load(), code)
    return Picker(state, state.word("ask.file"), choices(state.settings)).run()


def pick_interface(code: str | None = None) -> str | None:
    """Asks for an interface, and says whether one may capture."""
    state = State(load(), code)
    remark = state.word(f"interface.may.{rights.may()}")
    return Picker(state, state.word("ask.interface"), interface_choices(state), remark).run()
