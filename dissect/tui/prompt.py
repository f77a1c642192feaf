"""The line that asks: a filter with its fault underlined as one types, a packet number, columns, a file name."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input, Label, Static

WORD = re.compile(r"[A-Za-z][\w.#]*$")


class Remark(NamedTuple):
    """What is said of a text while it is typed: characters `start` to `stop` are meant, if `stop` is not 0."""

    text: str
    start: int = 0
    stop: int = 0
    fault: bool = False


Check = Callable[[str], Remark]
Names = Callable[[str], list[str]]


class Question(NamedTuple):
    """What is asked for: its `kind`, the words before it, what stands there already, who looks at it.

    `names` gives the names that begin with a word; `recent` are earlier answers, the last one first.
    """

    kind: str
    title: str
    value: str = ""
    check: Check = lambda _: Remark("")
    names: Names = lambda _: []
    recent: tuple[str, ...] = ()


class NameSuggester(Suggester):
    """Completes the last word."""

    def __init__(self, names: Names) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self.names = names

    async def get_suggestion(self, value: str) -> str | None:
        """The text with its last word completed."""
        word = WORD.search(value)
        found = self.names(word.group()) if word else []
        return value[: word.start()] + found[0] if word and found else None


class Line(Input):
    """The input; Tab completes, up and down bring earlier answers."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", show=False, priority=True),
        Binding("up", "earlier(1)", show=False),
        Binding("down", "earlier(-1)", show=False),
    ]

    def __init__(self) -> None:
        super().__init__(compact=True, select_on_focus=False)
        self.recent: tuple[str, ...] = ()
        self.at = -1

    def action_complete(self) -> None:
        """Takes the name that is offered."""
        self.action_end()
        self.action_cursor_right()

    def action_earlier(self, step: int) -> None:
        """An earlier answer, or a later one."""
        self.at = max(-1, min(self.at + step, len(self.recent) - 1))
        self.value = self.recent[self.at] if self.at >= 0 else ""
        self.action_end()


class Prompt(Vertical):
    """Hidden until something is asked."""

    DEFAULT_CSS = """
    Prompt { height: auto; display: none; background: $surface; }
    Prompt.-asking { display: block; }
    Prompt Horizontal { height: 1; }
    Prompt Label { width: auto; text-style: bold; color: $accent; }
    Prompt Line { width: 1fr; }
    Prompt #remark { height: auto; min-height: 2; max-height: 4; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "give_up", show=False, priority=True)]

    class Answered(Message):
        """Enter on a text without fault."""

        def __init__(self, kind: str, text: str) -> None:
            super().__init__()
            self.kind = kind
            self.text = text

    class GivenUp(Message):
        """Escape."""

    def __init__(self) -> None:
        super().__init__(id="prompt")
        self.question = Question("", "")

    def compose(self) -> ComposeResult:
        """The words, the input, what is said of it."""
        from textual.containers import Horizontal

        with Horizontal():
            yield Label("", id="title", markup=False)
            yield Line()
        yield Static("", id="remark", markup=False)

    def ask(self, question: Question) -> None:
        """Asks; the answer comes as a message."""
        self.question = question
        self.add_class("-asking")
        self.query_one("#title", Label).update(f" {question.title} ")
        line = self.query_one(Line)
        line.recent, line.at = question.recent, -1
        line.suggester = NameSuggester(question.names)
        line.value = question.value
        line.action_end()
        self.screen.set_focus(line, scroll_visible=False)
        self._look(question.value)

    @property
    def asking(self) -> bool:
        """Whether it is open."""
        return self.has_class("-asking")

    def close(self) -> None:
        """Hides it."""
        self.remove_class("-asking")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Looks at every text that is typed."""
        event.stop()
        if self.asking:
            self._look(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """An answer, unless something is wrong with it."""
        event.stop()
        if not self.question.check(event.value).fault:
            self.close()
            self.post_message(self.Answered(self.question.kind, event.value.strip()))

    def action_give_up(self) -> None:
        """No answer."""
        self.close()
        self.post_message(self.GivenUp())

    def on_click(self, event: events.Click) -> None:
        """Clicks stay here."""
        event.stop()

    def _look(self, value: str) -> None:
        remark = self.question.check(value)
        line = self.query_one(Line)
        left = 2 + cell_len(self.question.title) - int(line.scroll_offset.x)
        text = Text(no_wrap=True)
        if remark.stop:
            cells = Text(value[: remark.start]).cell_len
            size = max(1, Text(value[remark.start : remark.stop]).cell_len)
            text.append(" " * max(0, left + cells)).append("^" * size, "bold red")
        names = self._names(value)
        if names:
            text.append("\n   ").append("  ".join(names), "cyan")
        if remark.text or not names:
            text.append("\n").append(" ✗ " if remark.fault else "   ", "bold red")
            text.append(remark.text, "" if remark.fault else "dim")
        self.query_one("#remark", Static).update(text)

    def _names(self, value: str) -> list[str]:
        word = WORD.search(value)
        return [name for name in self.question.names(word.group()) if name != word.group()][:8] if word else []
