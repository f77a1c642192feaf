"""A short list to choose from, over the screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option


class Menu(ModalScreen[str | None]):
    """Asks for one of `rows`, each a name and its words; gives the name, or None after Escape."""

    DEFAULT_CSS = """
    Menu { align: center middle; background: $background 50%; }
    Menu > Vertical { width: auto; min-width: 24; max-width: 90%; height: auto; max-height: 80%; border: round $accent; background: $surface; }
    Menu OptionList { width: auto; min-width: 22; max-width: 100%; height: auto; max-height: 20; border: none; background: $surface; }
    Menu OptionList:focus { border: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "dismiss(None)", show=False)]

    def __init__(self, title: str, rows: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.heading = title
        self.rows = rows

    def compose(self) -> ComposeResult:
        """The rows in a box."""
        with Vertical() as box:
            box.border_title = self.heading
            yield OptionList(*(Option(words, id=name) for name, words in self.rows), markup=False)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """The choice."""
        self.dismiss(event.option.id)
