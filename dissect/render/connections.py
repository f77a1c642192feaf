"""The list of connections: a line each, as wide as the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len

from dissect.explain.language import Language

SECOND = 1_000_000_000
LEAST_ADDRESS = 15
"""Columns that an end keeps when others need room."""


class Connections(NamedTuple):
    """Some lines, column by column: ends as text, packets and bytes of data of each; times in ns, 0 where not known."""

    number: Sequence[int]
    first: Sequence[str]
    second: Sequence[str]
    packets: Sequence[int]
    packets_back: Sequence[int]
    data: Sequence[int]
    data_back: Sequence[int]
    start: Sequence[int]
    duration: Sequence[int]
    state: Sequence[str]
    round_trip: Sequence[int]
    again: Sequence[int]
    noted: Sequence[int]


class Column(NamedTuple):
    """`drop` says in which order columns are left out where the terminal is narrow; 0 stays."""

    key: str
    text: Callable[[Connections], Sequence[str]]
    right: bool = True
    drop: int = 0


def spent(nanoseconds: int) -> str:
    """A span of time in seconds, as exact as it can be read at a glance."""
    seconds = nanoseconds / SECOND
    return f"{seconds:.0f}" if seconds >= 1000 else f"{seconds:.3f}"


def _milliseconds(nanoseconds: int) -> str:
    return f"{nanoseconds / 1_000_000:.1f}" if nanoseconds else "-"


def _counts(counts: Sequence[int]) -> list[str]:
    return [str(each) if each < 1000 else f"{each:,}" for each in counts]


COLUMNS: tuple[Column, ...] = (
    Column("number", lambda part: list(map(str, part.number))),
    Column("first", lambda part: part.first, right=False),
    Column("second", lambda part: part.second, right=False),
    Column("packets", lambda part: _counts(part.packets)),
    Column("packets.back", lambda part: _counts(part.packets_back)),
    Column("data", lambda part: _counts(part.data)),
    Column("data.back", lambda part: _counts(part.data_back)),
    Column("start", lambda part: list(map(spent, part.start)), drop=1),
    Column("duration", lambda part: list(map(spent, part.duration)), drop=4),
    Column("rtt", lambda part: list(map(_milliseconds, part.round_trip)), drop=3),
    Column("again", lambda part: list(map(str, part.again)), drop=5),
    Column("noted", lambda part: list(map(str, part.noted)), drop=2),
    Column("state", lambda part: part.state, right=False),
)
ENDS = ("first", "second")


class Listing:
    """The lines of connections; `width` None: as wide as they are. The first of them tell how wide the columns have to be."""

    def __init__(self, first: Connections, language: Language, width: int | None) -> None:
        columns, cells = list(COLUMNS), [each.text(first) for each in COLUMNS]
        heads = [language.word(f"streams.{each.key}") for each in columns]
        widths = [max(map(_width, (head, *texts))) for head, texts in zip(heads, cells, strict=True)]
        narrow = False
        while width is not None and sum(widths) + 2 * (len(columns) - 1) > width and not narrow:
            at = min((i for i, each in enumerate(columns) if each.drop), key=lambda i: columns[i].drop, default=None)
            if at is None:
                _narrow(columns, widths, width)
                narrow = True
            else:
                del columns[at], heads[at], widths[at], cells[at]
        self.heading = "  ".join(_padded(columns, heads, widths)).rstrip()
        self._columns, self._widths, self._narrow, self._first = columns, widths, narrow, cells
        self._form = "  ".join(f"%{wide if each.right else -wide}s" for each, wide in zip(columns, widths, strict=True))

    def beginning(self, begin: int, stop: int) -> str:
        """Some of the first lines."""
        return self._lines([texts[begin:stop] for texts in self._first])

    def text(self, part: Connections) -> str:
        """A line each."""
        return self._lines([each.text(part) for each in self._columns])

    def _lines(self, cells: list[Sequence[str]]) -> str:
        if self._narrow:
            for at, each in enumerate(self._columns):
                cells[at] = _cut(cells[at], self._widths[at]) if each.key in ENDS else cells[at]
        form = self._form
        return "\n".join([(form % row).rstrip() for row in zip(*cells, strict=True)])


def _width(text: str) -> int:
    return len(text) if text.isascii() else cell_len(text)


def _narrow(columns: list[Column], widths: list[int], width: int) -> None:
    """Makes the ends narrower, so that all fits if that is possible."""
    over = sum(widths) + 2 * (len(columns) - 1) - width
    for at in (i for i, each in enumerate(columns) if each.key in ENDS):
        widths[at] = max(LEAST_ADDRESS, widths[at] - -(-over // 2))


def _cut(texts: Sequence[str], width: int) -> list[str]:
    """Long addresses without their front, where those of one network are alike."""
    return [text if len(text) <= width else "…" + text[len(text) - width + 1 :] for text in texts]


def _padded(columns: list[Column], row: Iterable[str], widths: list[int]) -> Iterator[str]:
    for each, text, wide in zip(columns, row, widths, strict=True):
        space = " " * (wide - cell_len(text))
        yield space + text if each.right else text + space
