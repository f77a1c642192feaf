"""`dissect check`: everything wrong or odd in a capture."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from dissect.cli.output import Exit, Language, colourful, console, say

if TYPE_CHECKING:
    from dissect.bulk.block import Beside
    from dissect.capture import Frames
    from dissect.check.tally import Tally
    from dissect.check.work import Job, Report
    from dissect.cli.progress import Progress
    from dissect.explain.language import Language as Spoken
    from dissect.wire.findings import Severity

LISTED = 1000
"""Findings that are listed as text."""


def check(
    file: Annotated[str, typer.Argument(metavar="FILE", help='The capture; "-" or "sample:NAME" too.')],
    filter: Annotated[  # noqa: A002 - the option's name
        str, typer.Option("-Y", metavar="FILTER", help="Only packets that match this display filter.")
    ] = "",
    severity: Annotated[
        Literal["error", "warning", "note"], typer.Option(help="The least severity that is reported.")
    ] = "note",
    format: Annotated[  # noqa: A002
        Literal["text", "ndjson"], typer.Option("-T", help="Lines to read, or a JSON object for each finding.")
    ] = "text",
    lang: Language = None,
) -> None:
    """Report everything wrong or odd in a capture, by rule, with packet numbers.

    Ends with exit code 1 if an error was found. "dissect explain RULE" says what a rule means.
    """
    from dissect.capture import open_frames
    from dissect.cli.progress import Progress
    from dissect.explain.language import language
    from dissect.wire.findings import Severity

    listed = LISTED if format == "text" else None
    spoken = language(lang)
    silent = format == "ndjson" and sys.stdout.isatty()
    with open_frames(file) as frames, Progress([frames], silent=silent) as progress:
        tally = _checked(frames, filter, Severity(severity), listed, progress, spoken)
    if format == "text":
        _show(tally, spoken)
    sys.stdout.flush()
    _end(frames, tally, progress, spoken, text=format == "text")


def _checked(
    frames: Frames, filter: str, least: Severity, listed: int | None, progress: Progress, spoken: Spoken  # noqa: A002
) -> Tally:  # fmt: skip
    """Reads the capture; where nothing is `listed` in the end, the findings are written as they come."""
    from dissect.bulk.workers import ordered
    from dissect.cli.reading import beside_packets

    told = beside_packets([frames], filter)
    with closing(ordered(frames, lambda: _job(filter, least, listed, told))) as reports:
        return _tally(reports, frames, least, listed, progress, spoken)


def _tally(
    reports: Iterator[Report], frames: Frames, least: Severity, listed: int | None, progress: Progress, spoken: Spoken
) -> Tally:  # fmt: skip
    from dissect.check.tally import Tally
    from dissect.cli.findings import document

    tally = Tally(least, listed)
    try:
        for report in reports:
            lines = tally.add(report)
            if listed is None:
                sys.stdout.write("".join(document(line, spoken) + "\n" for line in lines))
                if not frames.patient:
                    sys.stdout.flush()
            progress.forward(report.packets)
    except KeyboardInterrupt:
        progress.interrupted = True
    return tally


def _job(filter: str, least: Severity, listed: int | None, told: Beside | None) -> Job:  # noqa: A002
    from dissect.check.work import Job

    return Job(filter, least, listed, told)


def _show(tally: Tally, spoken: Spoken) -> None:
    """Counts by rule, the remark on offload, then the findings."""
    from dissect.check.telling import remark
    from dissect.cli.findings import Style, lines, summary

    style = Style(spoken, colourful(sys.stdout), _width())
    for line in summary(tally, style):
        print(line)
    if tally.offload is not None:
        print()
        _paragraph(("" if spoken.code == "zh" else " ").join(remark(tally.offload, spoken)), style.width)
    shown = tally.lines
    if shown:
        print()
    for line in lines(shown, style):
        print(line)
    left = int(tally.counts.sum()) - len(shown)
    if left:
        print()
        print(spoken.word("check.more" if left > 1 else "check.one_more", count=left))


def _paragraph(text: str, width: int) -> None:
    """Prints a paragraph, broken where the terminal ends."""
    if not width:
        print(text)
        return
    from rich.text import Text

    from dissect.render.flow import flowing

    console().print(flowing(Text(text)))


def _width() -> int:
    """Columns of the terminal; 0 where lines go elsewhere."""
    import os
    from shutil import get_terminal_size

    return get_terminal_size().columns if sys.stdout.isatty() or os.environ.get("COLUMNS") else 0


def _end(frames: Frames, tally: Tally, progress: Progress, spoken: Spoken, *, text: bool) -> None:
    """Remarks and the exit code."""
    from dissect.wire.findings import Severity

    if tally.offload is not None and not text:
        from dissect.check.telling import remark

        say(" ".join(remark(tally.offload, spoken)))
    if frames.warning:
        say(frames.warning)
    if progress.interrupted:
        say(f"interrupted after {tally.packets:,} packets")
        raise typer.Exit(Exit.INTERRUPTED)
    if frames.warning:
        raise typer.Exit(Exit.UNREADABLE)
    if tally.of(Severity.ERROR):
        raise typer.Exit(Exit.FOUND_ERRORS)
