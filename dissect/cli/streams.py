"""`dissect streams`: the TCP connections of a capture, a line each."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from dissect.cli.output import Exit, Language, Refusal, say

if TYPE_CHECKING:
    from dissect.capture import Frames
    from dissect.render.connections import Connections
    from dissect.streams.summary import Summary

AT_ONCE, PORTION = 10_000, 2_500
KEYS: dict[str, Callable[[Summary], Any]] = {
    "number": lambda found: None,  # noqa: ARG005 - the order that they are in
    "packets": lambda found: -found.packets[0] - found.packets[1],
    "data": lambda found: -found.data[0] - found.data[1],
    "start": lambda found: found.start,
    "duration": lambda found: -found.duration,
    "rtt": lambda found: -found.round_trip,
    "again": lambda found: -found.again,
    "noted": lambda found: -found.noted,
    "state": lambda found: found.state,
}
"""What can be sorted by: quantities from the largest, `number` and `start` from the first."""


def streams(
    file: Annotated[str, typer.Argument(metavar="FILE", help='A capture; "-" or "sample:NAME" too.')],
    filter: Annotated[  # noqa: A002 - the option's name
        str,
        typer.Option("-Y", metavar="FILTER", help="Only connections with a packet that matches this display filter."),
    ] = "",
    sort: Annotated[
        str, typer.Option("--sort", metavar="COLUMN", help=f"Order of the lines: {', '.join(KEYS)}.")
    ] = "number",
    format: Annotated[  # noqa: A002
        Literal["text", "tsv", "csv", "ndjson"],
        typer.Option("-T", help="Lines to read, or columns for other programs."),
    ] = "text",
    language: Language = None,
) -> None:
    """List the TCP connections: ends, packets, data, times, round trip, what was sent again, how they ended.

    A connection is named by the number that Wireshark gives it, tcp.stream; its first end sent the first packet.
    """
    if sort not in KEYS:
        raise Refusal(f"there is no column {sort!r} to sort by; there are {', '.join(KEYS)}")
    from dissect.capture import open_frames
    from dissect.cli.progress import Progress

    with open_frames(file) as frames:
        if filter:
            from dissect.filter import compile_filter

            compile_filter(filter)
        with Progress([frames]) as progress, progress.reading():
            found, chosen = _found(frames, filter, sort)
        if format == "text":
            _list(found, chosen, language)
        else:
            _write(found, chosen, format)
        sys.stdout.flush()
        if not len(found):
            say(f"{frames.name} holds no TCP connections")
        if frames.warning:
            say(frames.warning)
            raise typer.Exit(Exit.UNREADABLE)


def _found(frames: Frames, filter: str, sort: str) -> tuple[Summary, list[int]]:  # noqa: A002
    """The summary of all connections, and the numbers of those wanted, in order."""
    from dissect.streams.analysis import analyse
    from dissect.streams.columns import Beside, keep
    from dissect.streams.segments import read_segments
    from dissect.streams.summary import summary

    if filter:
        keep(frames)
    analysis = analyse(read_segments(frames))
    found = summary(analysis)
    import numpy as np

    key = KEYS[sort](found)
    order = np.arange(len(found)) if key is None else np.argsort(key, kind="stable")
    if filter:
        from dissect.bulk.condition import condition
        from dissect.bulk.table import tables

        wanted = np.zeros(len(found), bool)
        for table in tables(frames, ["tcp.stream"], condition(filter), Beside(analysis)):
            wanted[table["tcp.stream"].drop_nulls().to_numpy()] = True
        order = order[wanted[order]]
    return found, order.tolist()


def _list(found: Summary, chosen: Sequence[int], language: str | None) -> None:
    from shutil import get_terminal_size

    from dissect.bulk.divided import divided
    from dissect.explain.language import language as in_language
    from dissect.render.connections import Listing
    from dissect.streams.summary import STATES

    if not chosen:
        return
    spoken = in_language(language)
    width = get_terminal_size().columns if sys.stdout.isatty() else None
    states = [spoken.word(f"streams.state.{state}") for state in STATES]
    listing = Listing(_cells(found, chosen[:AT_ONCE], states), spoken, width)

    def text(begin: int) -> str:
        stop = begin + PORTION
        return (
            listing.beginning(begin, stop)
            if stop <= AT_ONCE
            else listing.text(_cells(found, chosen[begin:stop], states))
        )

    print(listing.heading)
    for lines in divided(text, range(0, len(chosen), PORTION)):
        print(lines)


def _cells(found: Summary, some: Sequence[int], states: Sequence[str]) -> Connections:
    """The cells of some lines, column by column."""
    import numpy as np

    from dissect.render.connections import Connections

    at = np.array(some)
    (sent, came), (data, back), start = found.packets, found.data, found.start - int(found.start.min())
    firsts, seconds = ([_end(*each) for each in ends] for ends in found.ends_of(some))
    counts = (array[at].tolist() for array in (sent, came, data, back, start, found.duration))
    state = [states[state] for state in found.state[at].tolist()]
    rest = (array[at].tolist() for array in (found.round_trip, found.again, found.noted))
    return Connections._make((some, firsts, seconds, *counts, state, *rest))


def _end(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _write(found: Summary, chosen: Sequence[int], format: str) -> None:  # noqa: A002
    """Columns for other programs: whole numbers, seconds with nine decimals, nothing where not known."""
    from dissect.streams.summary import STATES

    names = (
        "tcp.stream", "first.address", "first.port", "second.address", "second.port", "first.packets", "second.packets",
        "first.data", "second.data", "start", "duration", "state", "tcp.analysis.initial_rtt", "again", "noted",
    )  # fmt: skip
    separator = {"tsv": "\t", "csv": ","}.get(format)
    if separator:
        print(*names, sep=separator)
    counts, spans = (*found.packets, *found.data), (found.start, found.duration)
    for part in range(0, len(chosen), AT_ONCE):
        some = chosen[part : part + AT_ONCE]
        (firsts, seconds), trips = found.ends_of(some), found.round_trip[some].tolist()
        rows = zip(
            some, *zip(*firsts, strict=True), *zip(*seconds, strict=True), *(each[some].tolist() for each in counts),
            *(map(_seconds, each[some].tolist()) for each in spans), [STATES[each] for each in found.state[some].tolist()],
            [_seconds(trip) if trip else None for trip in trips], found.again[some].tolist(), found.noted[some].tolist(),
            strict=True,
        )  # fmt: skip
        for row in rows:
            if separator:
                print(*("" if cell is None else cell for cell in row), sep=separator)
            else:
                print(json.dumps(dict(zip(names, row, strict=True))))


def _seconds(nanoseconds: int) -> str:
    sign = "-" if nanoseconds < 0 else ""
    whole, rest = divmod(abs(nanoseconds), 1_000_000_000)
    return f"{sign}{whole}.{rest:09}"
