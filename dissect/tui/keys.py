"""Every key, once: what it does, and the word that names it. The footer, `?`, the palette and the bindings read this."""

from __future__ import annotations

from typing import NamedTuple


class Key(NamedTuple):
    """A key as textual calls it, as people read it, its action, and the key of its words.

    `rank` orders the footer, the smallest first; what does not fit there is under `?`.
    """

    key: str
    shown: str
    action: str
    word: str
    group: str
    rank: int = 50

    @property
    def verb(self) -> str:
        """The action without what it is done with."""
        return self.action.partition("(")[0]


KEYS: tuple[Key, ...] = (
    Key("slash", "/", "filter", "filter", "find", 1),
    Key("n", "n", "match(1)", "next", "find", 4),
    Key("N", "N", "match(-1)", "previous", "find", 20),
    Key("v", "v", "only", "only", "find", 21),
    Key("escape", "Esc", "back_out", "clear", "find", 22),
    Key("g", "g", "go_to", "go", "find", 5),
    Key("m", "m", "mark", "mark", "find", 12),
    Key("apostrophe", "'", "next_mark", "next_mark", "find", 30),
    Key("a", "a", "as_filter", "as_filter", "find", 9),
    Key("A", "A", "and_filter", "and_filter", "find", 31),
    Key("j", "j", "jump", "jump", "find", 13),
    Key("b", "b", "backward", "backward", "find", 23),
    Key("e", "e", "findings", "findings", "look", 2),
    Key("o", "o", "conversations", "conversations", "look", 7),
    Key("f", "f", "stream", "stream", "look", 3),
    Key("d", "d", "datagram", "datagram", "look", 14),
    Key("c", "c", "compare", "compare", "look", 15),
    Key("1", "1", "pane('list')", "pane.list", "panes", 40),
    Key("2", "2", "pane('headers')", "pane.headers", "panes", 41),
    Key("3", "3", "pane('bytes')", "pane.bytes", "panes", 42),
    Key("4", "4", "pane('diagram')", "pane.diagram", "panes", 43),
    Key("5", "5", "pane('explain')", "pane.explain", "panes", 44),
    Key("tab", "Tab", "next_pane(1)", "next_pane", "panes", 6),
    Key("shift+tab", "⇧Tab", "next_pane(-1)", "last_pane", "panes", 45),
    Key("z", "z", "zoom", "zoom", "panes", 11),
    Key("t", "t", "times", "times", "show", 24),
    Key("C", "C", "columns", "columns", "show", 25),
    Key("s", "s", "sort", "sort", "show", 26),
    Key("F", "F", "follow", "follow", "show", 27),
    Key("l", "l", "language", "language", "show", 8),
    Key("T", "T", "theme", "theme", "show", 28),
    Key("y", "y", "copy", "copy", "take", 10),
    Key("w", "w", "save", "save", "take", 29),
    Key("p", "p", "picture", "picture", "take", 32),
    Key("P", "P", "pause", "pause", "live", 4),
    Key("W", "W", "record", "record", "live", 8),
    Key("ctrl+p", "^p", "app.command_palette", "palette", "program", 33),
    Key("question_mark", "?", "help", "help", "program", 0),
    Key("q", "q", "app.quit", "quit", "program", 0),
)
ASKING = frozenset({"filter", "go_to", "columns", "save", "picture", "record"})
"""Actions after which keys are letters: they are done at once, so that none of what is typed quickly is lost."""
GROUPS = ("find", "look", "panes", "show", "take", "live", "program")


def shown_keys(*, plain: bool) -> tuple[Key, ...]:
    """The keys for the footer; a plain file needs none for what comes live."""
    return tuple(key for key in KEYS if not plain or key.group != "live")
