"""The list of conversations: TCP's lead to their streams, the others to their packets."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from rich.cells import cell_len
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType

from dissect.render import palette
from dissect.render.plain import plain
from dissect.tui.keys import CONVERSATION_KEYS
from dissect.tui.overlay import Overlay
from dissect.tui.rows import HERE, Rows
from dissect.tui.state import State
from dissect.tui.talking import Adding, Conversation, conversation

if TYPE_CHECKING:
    import polars as pl

LEAST_END = 15  # columns for an end that is shown


class Column(NamedTuple):
    """What stands in a column, how wide it is (0: what is left), what it is sorted by; the first to be left out is 1."""

    key: str
    width: int
    text: Callable[[Conversation], str]
    by: tuple[str, ...]
    right: bool = True
    drop: int = 0


COLUMNS: tuple[Column, ...] = (
    Column("kind", 4, lambda each: each.kind, ("kind",), right=False),
    Column("from", 0, lambda each: each.ends[0], ("a", "pa"), right=False),
    Column("to", 0, lambda each: each.ends[1], ("b", "pb"), right=False),
    Column("packets", 13, lambda each: f"{each.sent:,}→ {each.answered:,}←", ("packets",)),
    Column("bytes", 13, lambda each: f"{each.size:,}", ("size",)),
    Column("seconds", 11, lambda each: f"{each.seconds:.6f}", ("seconds",), drop=4),
    Column("rtt", 9, lambda each: f"{each.trip / 1e6:.3f}" if each.trip else "-", ("trip",), drop=3),
    Column("again", 7, lambda each: str(each.again) if each.stream is not None else "-", ("again",), drop=5),
    Column("stream", 6, lambda each: str(each.stream) if each.stream is not None else "-", ("stream",), drop=1),
    Column("first", 7, lambda each: str(each.first), ("first",), drop=2),
    Column("state", 11, lambda each: each.state, ("state",), right=False, drop=6),
)


def ordered(whole: pl.DataFrame, column: Column, *, descending: bool) -> pl.DataFrame:
    """The table in the order of a column; what has no value comes last."""
    import polars as pl

    made = {
        "packets": pl.col("sent") + pl.col("answered"), "seconds": pl.col("end") - pl.col("begin"),
        "a": pl.col("a").str.zfill(33), "b": pl.col("b").str.zfill(33), "trip": pl.col("trip").replace(0, None),
    }  # fmt: skip
    keys = [made.get(name, pl.col(name)) for name in column.by]
    return whole.sort([*keys, "first"], descending=[*[descending] * len(keys), False], nulls_last=True)


class ConversationRows(Rows):
    """A conversation a row."""

    HEAD: ClassVar[int] = 1

    def __init__(self, job: Adding, state: State) -> None:
        super().__init__(id="conversations")
        self.job = job
        self.state = state
        self.sorted_by = ""
        self.descending = False
        self._shown: pl.DataFrame | None = None
        self._made: tuple[object, ...] = ()

    @property
    def count(self) -> int:
        """Conversations found."""
        return len(self._shown) if self._shown is not None else 0

    def recount(self) -> None:
        """More may be known of them, and the order may be another."""
        made = id(self.job.whole), self.sorted_by, self.descending
        if made != self._made and self.job.whole is not None:
            self._made = made
            column = next((each for each in COLUMNS if each.key == self.sorted_by), None)
            whole = self.job.whole
            self._shown = ordered(whole, column, descending=self.descending) if column is not None else whole
        super().recount()

    def at(self, row: int) -> Conversation:
        """The conversation of a row."""
        assert self._shown is not None
        return conversation(self._shown.row(row, named=True))

    def sort_by(self, key: str) -> None:
        """By a column; again, the other way round; a third time, as they began."""
        if self.sorted_by != key:
            self.sorted_by, self.descending = key, False
        elif not self.descending:
            self.descending = True
        else:
            self.sorted_by = ""
        self.recount()
        self.move_to(0)

    def columns(self, width: int) -> list[tuple[Column, int]]:
        """The columns that there is room for, with their widths."""
        chosen = list(COLUMNS)

        def left() -> int:
            return width - len(HERE[0]) - sum(each.width for each in chosen) - len(chosen) + 1

        while left() < 2 * LEAST_END and any(each.drop for each in chosen):
            chosen.remove(min((each for each in chosen if each.drop), key=lambda each: each.drop))
        wide = max(4, min(45, left() // 2))
        return [(each, each.width or wide) for each in chosen]

    def head(self, width: int) -> Text:
        """The names of the columns, and which one it is sorted by."""
        cells = []
        for column, wide in self.columns(width):
            said = self.state.word(f"conversation.{column.key}")
            said += ("▼" if self.descending else "▲") if column.key == self.sorted_by else ""
            cells.append(_padded(said, wide, right=column.right))
        return Text("  " + " ".join(cells))

    def line(self, row: int, width: int) -> Text:
        """One of them."""
        each = self.at(row)
        state = self.state.language.word(f"streams.state.{each.state}") if each.state else ""
        cells = [
            _padded(column.text(each) if column.key != "state" else state, wide, right=column.right)
            for column, wide in self.columns(width)
        ]
        return Text((HERE[0] if row == self.cursor else "  ") + " ".join(cells))

    def on_click(self, event: events.Click) -> None:
        """A click on a column's name sorts by it."""
        at = event.get_content_offset(self)
        if at is None or at.y != 0:
            return
        event.prevent_default()
        left = len(HERE[0])
        for column, wide in self.columns(self.scrollable_content_region.width):
            if left <= at.x <= left + wide:
                self.sort_by(column.key)
            left += wide + 1


def _padded(said: str, width: int, *, right: bool) -> str:
    text = Text(said)
    text.truncate(width, overflow="ellipsis")
    gap = " " * (width - cell_len(text.plain))
    return gap + text.plain if right else text.plain + gap


class ConversationScreen(Overlay):
    """The list of conversations; the result is "stream K" or "filter …"."""

    KEYS = CONVERSATION_KEYS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key.key, key.action, show=False) for key in CONVERSATION_KEYS if key.action
    ]
    rows: ConversationRows

    def __init__(self, job: Adding, state: State) -> None:
        super().__init__(state, ConversationRows(job, state))
        self.job = job

    def heading(self) -> str:
        """How many, or how far."""
        if self.job.done or self.rows.count:
            said = self.state.word("conversations.heading", count=f"{self.rows.count:,}")
            return (
                said if self.job.done else said + self.state.word("conversations.more", share=f"{self.job.share:.0%}")
            )
        return self.state.word("conversations.searching", share=f"{self.job.share:.0%}")

    def remark(self) -> Text:
        """Its filter, and what Enter does."""
        if self.job.fault:
            return Text(plain(self.job.fault), palette.FAULT)
        if not self.rows.count:
            return Text(self.state.word("conversations.none") if self.job.done else "", palette.QUIET)
        each = self.rows.at(self.rows.cursor)
        said = self.state.word("conversations.open" if each.stream is not None else "conversations.filter")
        return Text(f"{each.filter}  ", palette.NAME).append(said, "not bold dim")

    def action_sort(self) -> None:
        """Asks for a column."""
        from dissect.tui.menu import Menu

        word = self.state.word
        rows = [(column.key, word(f"conversation.{column.key}")) for column in COLUMNS]
        self.app.push_screen(Menu(word("ask.sort"), rows), lambda key: self.rows.sort_by(key) if key else None)

    def action_filter(self) -> None:
        """Only its packets in the list."""
        if self.rows.count:
            self.dismiss(f"filter {self.rows.at(self.rows.cursor).filter}")

    def on_rows_opened(self, event: Rows.Opened) -> None:
        """Its stream; without one, its packets."""
        if self.rows.count:
            each = self.rows.at(event.row)
            self.dismiss(f"stream {each.stream}" if each.stream is not None else f"filter {each.filter}")
