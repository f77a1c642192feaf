"""`dissect streams`: the TCP connections of a capture, a line each."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from dissect.cli.output import Exit, Language, Refusal, say

if TYPE_CHECKING:
    from dissect.capture import Frames
    from dissect.render.connections import Connection
    from dissect.streams.summary import Summary

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
    from dissect.library import SAMPLE, resolve

    with open_frames(resolve(file), file if file.startswith(SAMPLE) else "") as frames:
        if filter:
            from dissect.filter import compile_filter

            compile_filter(filter)
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

    from dissect.explain.language import language as in_language
    from dissect.render.connections import lines

    spoken = in_language(language)
    width = get_terminal_size().columns if sys.stdout.isatty() else None
    rows = [each._replace(state=spoken.word(f"streams.state.{each.state}")) for each in _rows(found, chosen)]
    for line in lines(rows, spoken, width) if rows else ():
        print(line)


def _rows(found: Summary, chosen: Sequence[int]) -> Iterator[Connection]:
    from dissect.render.connections import Connection
    from dissect.streams.summary import STATES

    begin = int(found.start.min()) if len(found) else 0
    columns = [
        array.tolist()
        for array in (*found.packets, *found.data, found.start, found.duration, found.state, found.round_trip, found.again, found.noted)
    ]  # fmt: skip
    for stream in chosen:
        sent, came, data, back, start, duration, state, trip, again, noted = (column[stream] for column in columns)
        first, second = (_end(*end) for end in found.ends(stream))
        yield Connection(
            stream, first, second, (sent, came), (data, back), start - begin, duration, STATES[state], trip, again, noted,
        )  # fmt: skip


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
    for stream in chosen:
        first, second = found.ends(stream)
        trip = int(found.round_trip[stream])
        row = (
            stream, *first, *second, *(int(each[stream]) for each in (*found.packets, *found.data)),
            _seconds(int(found.start[stream])), _seconds(int(found.duration[stream])), STATES[found.state[stream]],
            _seconds(trip) if trip else None, int(found.again[stream]), int(found.noted[stream]),
        )  # fmt: skip
        if separator:
            print(*("" if cell is None else cell for cell in row), sep=separator)
        else:
            import json

            print(json.dumps(dict(zip(names, row, strict=True))))


def _seconds(nanoseconds: int) -> str:
    sign = "-" if nanoseconds < 0 else ""
    whole, rest = divmod(abs(nanoseconds), 1_000_000_000)
    return f"{sign}{whole}.{rest:09}"
