"""`dissect read`: packets as lines, as columns, or into another capture."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from dissect.cli.output import Exit, Refusal, say

if TYPE_CHECKING:
    from dissect.capture import Frames
    from dissect.cli.progress import Progress

Filter = Annotated[str, typer.Option("-Y", metavar="FILTER", help="Only packets that match this display filter.")]
Count = Annotated[int | None, typer.Option("-c", metavar="N", min=1, help="Stop after N packets.")]
Fields = Annotated[
    list[str] | None,
    typer.Option("-e", metavar="FIELD", help="A column of tsv, csv, ndjson or parquet; may be repeated."),
]
Format = Annotated[
    Literal["text", "tsv", "csv", "ndjson", "parquet"] | None,
    typer.Option(
        "-T", help="What is written: lines to read, or columns.  [default: text; tsv with -e; as OUT is named]"
    ),
]
Out = Annotated[str | None, typer.Option("-o", metavar="OUT", help="Write to this file.")]
Times = Annotated[Literal["relative", "delta", "epoch", "utc", "local"], typer.Option("-t", help="Times in the lines.")]


def read(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help='Captures; "-" or "sample:NAME" too.')],
    filter: Filter = "",  # noqa: A002 - the option's name
    count: Count = None,
    fields: Fields = None,
    format: Format = None,  # noqa: A002
    out: Out = None,
    keep: Annotated[
        str | None,
        typer.Option("-w", metavar="OUT.pcap", help="Keep the packets in a pcap or pcapng file, by its name."),
    ] = None,
    times: Times = "relative",
) -> None:
    """List packets, one line each; several files in order of time; from a pipe they appear as they arrive.

    With -e or -T the fields of the packets are columns, as text or for other programs. With -w the packets
    are kept as they are, byte for byte.
    """
    from dissect.capture import open_frames
    from dissect.cli.progress import Progress
    from dissect.cli.reading import answer
    from dissect.cli.request import request

    wanted = request(files, filter, count, fields or [], format, out, keep, times)
    with ExitStack() as stack:
        captures = [stack.enter_context(open_frames(file)) for file in files]
        progress = stack.enter_context(Progress(captures, silent=sys.stdout.isatty() and not (out or keep)))
        try:
            answer(wanted, captures, progress)
        except KeyError as error:
            raise Refusal(error.args[0]) from None
        _remark(captures, progress)


def _remark(captures: list[Frames], progress: Progress) -> None:
    """What is to be said at the end, and the exit code."""
    sys.stdout.flush()
    warnings = [frames.warning for frames in captures if frames.warning]
    for warning in warnings:
        say(warning)
    if progress.interrupted:
        raise typer.Exit(Exit.INTERRUPTED)
    if warnings:
        raise typer.Exit(Exit.UNREADABLE)
    for frames in captures:
        if frames.empty:
            say(f"{frames.name} holds no packets")
