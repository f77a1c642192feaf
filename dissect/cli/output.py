"""Where results go: the console, exit codes, pictures; text that the terminal cannot show is spelled otherwise."""

from __future__ import annotations

import codecs
import os
import stat
import sys
from enum import IntEnum
from typing import TYPE_CHECKING, Annotated, Literal, TextIO

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rich.console import Console, RenderableType

    from dissect.explain.language import Language as Spoken
    from dissect.explain.readings import Around
    from dissect.fragments.datagram import Datagram
    from dissect.packet import Packet

PICTURE_WIDTH = 100

Language = Annotated[Literal["en", "zh"] | None, typer.Option("--lang", help="Language of the explanations.")]
Brief = Annotated[bool, typer.Option("--brief", help="One line a header instead of diagrams and tables.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document a packet.")]
Svg = Annotated[str | None, typer.Option("--svg", metavar="OUT", help="Write the page as a picture.")]
Html = Annotated[str | None, typer.Option("--html", metavar="OUT", help="Write the page as HTML.")]


class Exit(IntEnum):
    """What the exit code says."""

    DONE = 0
    FOUND_ERRORS = 1
    USAGE = 2
    UNREADABLE = 3
    NOT_PERMITTED = 4
    INTERRUPTED = 130


class Refusal(Exception):
    """A request that cannot be met: one clear sentence and an exit code; `more` are lines to show below it."""

    def __init__(self, sentence: str, code: Exit = Exit.USAGE, more: str = "") -> None:
        super().__init__(sentence)
        self.code = code
        self.more = more


SPELLED = {
    "→": "->", "←": "<-", "·": "-", "–": "-", "—": "-", "×": "x", "…": "...", "§": "section ", "✗": "x", "✂": "%", "»": ">", "«": "<",
    "›": ">", "▸": "+", "▾": "-", "•": "o", "≠": "!", "▲": "^", "▼": "v", **dict.fromkeys("─━", "-"), **dict.fromkeys("│┃╵╷", "|"),
    **dict.fromkeys("┌┐└┘├┤┬┴┼┏┓┗┛", "+"),
}  # fmt: skip


def spell(error: UnicodeError) -> tuple[str, int]:
    """What stands for characters that an ASCII terminal does not have."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(SPELLED.get(char, "?") for char in error.object[error.start : error.end]), error.end


def prepare() -> None:
    """Lets a terminal that is not UTF-8 show what it can, and a closed pipe end the program quietly."""
    codecs.register_error("spelled", spell)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="spelled")
    import signal

    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)


def listened() -> None:
    """Ends the program as a write would, where nobody reads standard output any more."""
    import select
    import signal

    if not hasattr(select, "poll") or not hasattr(signal, "SIGPIPE"):
        return
    poll = select.poll()
    poll.register(1, 0)
    if any(event & select.POLLERR for _, event in poll.poll(0)):
        os.kill(os.getpid(), signal.SIGPIPE)


def read_as_written() -> bool:
    """Whether somebody may read standard output while it is written: at a terminal, or behind a pipe."""
    mode = os.fstat(1).st_mode
    return os.isatty(1) or stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def let_go(stream: TextIO) -> None:
    """Forgets what could not be written, which would fail once more at the end of the program."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def say(sentence: str, more: str = "") -> None:
    """A remark for the person at the terminal, not data; `more` are lines to show below it."""
    from dissect.render.plain import plain

    print(f"dissect: {plain(sentence)}", *map(plain, more.splitlines()), sep="\n", file=sys.stderr)


def colourful(stream: TextIO) -> bool:
    """Whether colours are wanted there: on a terminal that has them, unless NO_COLOR or FORCE_COLOR say otherwise."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (
        stream.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")
    )


def console() -> Console:
    """The console that results are printed on."""
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False, soft_wrap=False)


def write_text(path: str, text: str) -> None:
    """Writes a file, whole or not at all; a path that cannot be written raises OutputError, one sentence."""
    from dissect.capture.atomic import Output

    with Output(path) as output:
        output.write(text.encode())


def present(
    packets: Iterable[Packet], title: str, *, brief: bool, as_json: bool, svg: str | None, html: str | None,
    language: str | None, around: Callable[[Packet], Around | None] = lambda _: None,
    together: Callable[[Packet], Datagram | None] = lambda _: None,
) -> None:  # fmt: skip
    """Packets as pages on the console, as JSON lines, or as a picture.

    `around` looks at what surrounds a packet; `together` finds the datagram to be shown in place of a piece.
    """
    if as_json:
        _print_json(_wholes(packets, together))
        return
    from dissect.explain.language import language as in_language
    from dissect.render.page import PacketPage

    spoken = in_language(language)
    pages = (
        _whole_page(datagram, packet, spoken, title, brief=brief)
        if (datagram := together(packet)) is not None
        else PacketPage(packet, spoken, title, around=around(packet), brief=brief)
        for packet in packets
    )
    if svg or html:
        picture(pages, f"dissect show {title}", svg, html)
        return
    screen = console()
    for number, page in enumerate(pages):
        if number:
            screen.print()
        screen.print(page)


def _wholes(packets: Iterable[Packet], together: Callable[[Packet], Datagram | None]) -> Iterator[Packet]:
    """In place of each piece the datagram, where there is one."""
    for packet in packets:
        datagram = together(packet)
        yield (datagram.packet() if datagram is not None else None) or packet


def _whole_page(datagram: Datagram, packet: Packet, language: Spoken, title: str, *, brief: bool) -> RenderableType:
    """A datagram above its pieces; the piece itself where they make none."""
    from dissect.explain.readings import Around, Tiling
    from dissect.render.page import PacketPage
    from dissect.render.tiling import DatagramPicture, origin

    whole = datagram.packet()
    picture = DatagramPicture(datagram, language)
    if whole is None:
        return PacketPage(packet, language, title, brief=brief, above=picture)
    around = Around(tiling=Tiling(0, tuple(datagram.packets))) if whole.layer("tcp") is None else None
    sources = origin(datagram, language)
    return PacketPage(whole, language, title, around=around, brief=brief, above=picture, origin=sources)


def _print_json(packets: Iterable[Packet]) -> None:
    import json

    from dissect.render.document import document

    indent = 2 if sys.stdout.isatty() else None
    for packet in packets:
        print(json.dumps(document(packet), indent=indent, ensure_ascii=True))


def picture(pages: Iterable[RenderableType], title: str, svg: str | None, html: str | None) -> None:
    """What the console would show, as an SVG or HTML file with that title."""
    import io

    from rich.console import Console

    from dissect.render.picture import html as as_html
    from dissect.render.picture import svg as as_svg

    recorder = Console(
        file=io.StringIO(), record=True, width=PICTURE_WIDTH, force_terminal=True, color_system="truecolor", no_color=False,
        highlight=False, markup=False, emoji=False,
    )  # fmt: skip
    for page in pages:
        recorder.print(page)
    if svg:
        write_text(svg, as_svg(recorder, title))
    if html:
        write_text(html, as_html(recorder))
