"""`dissect stream`: one TCP connection as ladder, states, account, graphs and data."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from dissect.cli.output import Exit, Language, Refusal, console, picture, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.text import Text

    from dissect.explain.language import Language as Spoken
    from dissect.library import Capture
    from dissect.streams.connection import Connection
    from dissect.streams.graphs import Graph


def stream(
    file: Annotated[str, typer.Argument(metavar="FILE", help='A capture; "-" or "sample:NAME" too.')],
    number: Annotated[
        int, typer.Argument(metavar="K", help='The connection, as "tcp.stream" counts them from 0.', min=0)
    ],
    payload: Annotated[
        Literal["text", "hex"] | None, typer.Option("--payload", help="Only the data that it carried, by turns.")
    ] = None,
    graph: Annotated[
        Literal["sequence", "flight", "rtt", "throughput"] | None,
        typer.Option("--graph", help="Only this graph of what was sent."),
    ] = None,
    svg: Annotated[
        str | None,
        typer.Option("--svg", metavar="OUT", help="Write the page as a picture; the graphs alone as SVG, PNG or PDF."),
    ] = None,
    lang: Language = None,
) -> None:
    """Show one TCP connection: who said what when, both ends' states, what happened and why."""
    import dissect
    from dissect.cli.progress import Progress
    from dissect.explain.language import language
    from dissect.streams.graphs import Graph

    spoken = language(lang)
    graphs = [Graph(graph)] if graph else []
    with dissect.open(file) as capture:
        with Progress([capture.frames]) as progress, progress.reading():
            found = _connection(capture, number)
        if graphs and svg and payload is None:
            _draw(found, graphs, spoken, svg)
        else:
            _show(capture, found, graphs, payload, spoken, svg)
        if capture.warning:
            sys.stdout.flush()
            say(capture.warning)
            raise typer.Exit(Exit.UNREADABLE)


def _connection(capture: Capture, number: int) -> Connection:
    """The connection, or a refusal that says how many there are."""
    from dissect.streams.connection import NoSuchStreamError
    from dissect.streams.extraction import connection

    try:
        return connection(capture.frames, number)
    except NoSuchStreamError as error:
        count = error.count
        held = (
            "holds no TCP connection"
            if not count
            else f"has {count:,}, numbered from 0"
            if count > 1
            else "has one, number 0"
        )
        tail = f"; {capture.warning}" if capture.warning else ""
        code = Exit.UNREADABLE if tail else Exit.USAGE
        raise Refusal(f"there is no stream {number:,}: {capture.path} {held}{tail}", code) from None


def _show(
    capture: Capture, found: Connection, graphs: list[Graph], payload: str | None, spoken: Spoken, svg: str | None
) -> None:
    """The page on the console, or as a picture of the console."""
    from dissect.render.streampage import StreamPage

    title = "standard input" if capture.path == "-" else capture.path
    data = None if payload is None else _data(capture, found, payload, spoken)
    page = StreamPage(found, spoken, title, graphs=graphs, data=data)
    if svg:
        picture([page], f"dissect stream {title} {found.number}", svg, None)
    else:
        console().print(page)


def _data(capture: Capture, found: Connection, payload: str, spoken: Spoken) -> Iterator[Text]:
    from dissect.render.payload import payload as lines
    from dissect.streams.contents import contents

    yield from lines(contents(capture.frames, found.steps), found.names, spoken, as_hex=payload == "hex")


def _draw(found: Connection, graphs: list[Graph], spoken: Spoken, path: str) -> None:
    """The graphs as a picture of their own."""
    from dissect.render.figure import draw
    from dissect.render.streampage import drawn
    from dissect.streams.graphs import plotted

    wanted = [
        (plotted(found, graph, second=second), found.names[second]) for graph in graphs for second in drawn(found)
    ]
    try:
        if draw(wanted, spoken, path) is not spoken:
            say(spoken.word("graph.english"))
    except ImportError as error:
        raise Refusal("graphs as pictures need matplotlib: pip install 'dissect-headers[plot]'") from error
    except ValueError as error:
        raise Refusal(f"{path}: {str(error).partition(chr(10))[0]}") from error
    except OSError as error:
        raise Refusal(f"{path}: cannot be written: {error.strerror}") from error
