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
BACK = Key("escape", "Esc", "dismiss(None)", "back", "over", 0)
ENTER = Key("enter", "⏎", "", "enter", "over", 1)
LANGUAGE = Key("l", "l", "language", "language", "over", 8)
OVER_KEYS: tuple[Key, ...] = (
    LANGUAGE,
    Key("p", "p", "picture", "picture", "over", 30),
    Key("question_mark", "?", "help", "help", "over", 0),
)
"""Of every screen over the main one."""
STREAM_KEYS: tuple[Key, ...] = (
    BACK,
    Key("enter", "⏎", "", "to_packet", "stream", 1),
    Key("1", "1", "section('ladder')", "section.ladder", "stream", 10),
    Key("2", "2", "section('chart')", "section.chart", "stream", 10),
    Key("3", "3", "section('account')", "section.account", "stream", 10),
    Key("4", "4", "section('graph')", "section.graph", "stream", 10),
    Key("5", "5", "section('payload')", "section.payload", "stream", 10),
    Key("tab", "Tab", "next_section(1)", "next_section", "stream", 3),
    Key("shift+tab", "⇧Tab", "next_section(-1)", "last_section", "stream", 11),
    Key("slash", "/", "filter", "stream_filter", "stream", 2),
    Key("x", "x", "as_hex", "as_hex", "stream", 4),
    Key("n", "n", "other(1)", "next_stream", "stream", 5),
    Key("N", "N", "other(-1)", "last_stream", "stream", 6),
    *OVER_KEYS,
)
CONVERSATION_KEYS: tuple[Key, ...] = (
    BACK,
    Key("enter", "⏎", "", "to_stream", "conversations", 1),
    Key("slash", "/", "filter", "stream_filter", "conversations", 2),
    Key("s", "s", "sort", "sort", "conversations", 3),
    *OVER_KEYS,
)
DATAGRAM_KEYS: tuple[Key, ...] = (
    BACK,
    Key("enter", "⏎", "", "to_piece", "datagram", 1),
    Key("tab", "Tab", "next_part(1)", "next_pane", "datagram", 3),
    Key("shift+tab", "⇧Tab", "next_part(-1)", "last_pane", "datagram", 11),
    Key("slash", "/", "filter", "pieces", "datagram", 2),
    *OVER_KEYS,
)
DIFFERING = Key("space", "␣", "turn", "differing", "over", 1)
OVER_GROUPS: dict[str, tuple[Key, ...]] = {
    "over": (BACK, ENTER, DIFFERING, *OVER_KEYS),
    "conversations": CONVERSATION_KEYS,
    "stream": STREAM_KEYS,
    "datagram": DATAGRAM_KEYS,
}
"""Keys of other screens than the main one, by the word that heads them under `?`."""
GROUPS = ("find", "look", "panes", "show", "take", "live", "program")


def shown_keys(*, plain: bool) -> tuple[Key, ...]:
    """The keys for the footer; a plain file needs none for what comes live."""
    return tuple(key for key in KEYS if not plain or key.group != "live")
