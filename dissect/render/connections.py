"""The list of connections: a line each, as wide as the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len

from dissect.explain.language import Language

SECOND = 1_000_000_000
LEAST_ADDRESS = 15
"""Columns that an end keeps when others need room."""


class Connection(NamedTuple):
    """One line: ends as text, and of each end packets and bytes of data; times in nanoseconds, 0 where not known."""

    number: int
    first: str
    second: str
    packets: tuple[int, int]
    data: tuple[int, int]
    start: int
    duration: int
    state: str
    round_trip: int
    again: int
    noted: int


class Column(NamedTuple):
    """`drop` says in which order columns are left out where the terminal is narrow; 0 stays."""

    key: str
    text: Callable[[Connection], str]
    right: bool = True
    drop: int = 0


def spent(nanoseconds: int) -> str:
    """A span of time in seconds, as exact as it can be read at a glance."""
    seconds = nanoseconds / SECOND
    return f"{seconds:.0f}" if seconds >= 1000 else f"{seconds:.3f}"


def _milliseconds(nanoseconds: int) -> str:
    return f"{nanoseconds / 1_000_000:.1f}" if nanoseconds else "-"


COLUMNS: tuple[Column, ...] = (
    Column("number", lambda each: str(each.number)),
    Column("first", lambda each: each.first, right=False),
    Column("second", lambda each: each.second, right=False),
    Column("packets", lambda each: f"{each.packets[0]:,}"),
    Column("packets.back", lambda each: f"{each.packets[1]:,}"),
    Column("data", lambda each: f"{each.data[0]:,}"),
    Column("data.back", lambda each: f"{each.data[1]:,}"),
    Column("start", lambda each: spent(each.start), drop=1),
    Column("duration", lambda each: spent(each.duration), drop=4),
    Column("rtt", lambda each: _milliseconds(each.round_trip), drop=3),
    Column("again", lambda each: str(each.again), drop=5),
    Column("noted", lambda each: str(each.noted), drop=2),
    Column("state", lambda each: each.state, right=False),
)


def lines(connections: Sequence[Connection], language: Language, width: int | None) -> Iterator[str]:
    """A heading and a line each; `width` None: as wide as they are."""
    columns = list(COLUMNS)
    cells = [[each.text(connection) for connection in connections] for each in columns]
    heads = [language.word(f"streams.{each.key}") for each in columns]
    widths = [max(map(cell_len, (head, *column))) for head, column in zip(heads, cells, strict=True)]
    while width is not None and sum(widths) + 2 * (len(columns) - 1) > width:
        at = min((i for i, each in enumerate(columns) if each.drop), key=lambda i: columns[i].drop, default=None)
        if at is None:
            _narrow(columns, cells, widths, width)
            break
        for each in (columns, cells, heads, widths):
            del each[at]
    for row in (heads, *zip(*cells, strict=True)):
        yield "  ".join(_padded(columns, row, widths)).rstrip()


def _narrow(columns: list[Column], cells: list[list[str]], widths: list[int], width: int) -> None:
    """Cuts long addresses from their front, where those of one network are alike."""
    over = sum(widths) + 2 * (len(columns) - 1) - width
    for at in (i for i, each in enumerate(columns) if each.key in ("first", "second")):
        widths[at] = max(LEAST_ADDRESS, widths[at] - -(-over // 2))
        cells[at] = [
            text if len(text) <= widths[at] else "…" + text[len(text) - widths[at] + 1 :] for text in cells[at]
        ]


def _padded(columns: list[Column], row: Iterable[str], widths: list[int]) -> Iterator[str]:
    for each, text, wide in zip(columns, row, widths, strict=True):
        space = " " * (wide - cell_len(text))
        yield space + text if each.right else text + space
