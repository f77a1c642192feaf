"""`dissect fragments`: datagrams that came in pieces."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from dissect.cli.output import Exit, Language, console, say

if TYPE_CHECKING:
    from dissect.cli.progress import Progress
    from dissect.fragments.datagram import Datagram


def fragments(
    file: Annotated[str, typer.Argument(metavar="FILE", help='A capture; "-" or "sample:NAME" too.')],
    only: Annotated[
        str | None,
        typer.Option("-Y", metavar="FILTER", help="Only datagrams of which a piece fits the display filter."),
    ] = None,
    form: Annotated[
        Literal["text", "ndjson"], typer.Option("-T", help="A picture, or a JSON line, a datagram.")
    ] = "text",
    lang: Language = None,
) -> None:
    """Draw how the pieces of each fragmented datagram fit: what is missing, what overlaps, what the whole says."""
    import dissect
    from dissect.cli.progress import Progress

    with dissect.open(file) as capture:
        with Progress([capture.frames]) as progress, progress.reading():
            found = _shown(capture.datagrams(only), progress)
            if form == "ndjson":
                _print_lines(found)
            else:
                _print_pictures(found, lang)
        if capture.warning:
            sys.stdout.flush()
            say(capture.warning)
            raise typer.Exit(Exit.UNREADABLE)


def _shown(found: Iterator[Datagram], progress: Progress) -> Iterator[Datagram]:
    """The datagrams, each to be written where the line of the progress stood."""
    for datagram in found:
        progress.clear()
        yield datagram


def _print_lines(found: Iterator[Datagram]) -> None:
    import json

    from dissect.render.datagrams import datagram_document

    for datagram in found:
        print(json.dumps(datagram_document(datagram), ensure_ascii=True))


def _print_pictures(found: Iterator[Datagram], lang: str | None) -> None:
    from dissect.explain.language import language
    from dissect.render.tiling import DatagramPicture

    spoken, screen = language(lang), console()
    number = 0
    for number, datagram in enumerate(found, 1):
        if number > 1:
            screen.print()
        screen.print(DatagramPicture(datagram, spoken, number))
    if not number:
        say(spoken.word("fragments.none"))
