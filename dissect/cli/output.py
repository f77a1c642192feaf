"""Where results go: the console, exit codes, pictures; text that the terminal cannot show is spelled otherwise."""

from __future__ import annotations

import codecs
import sys
from enum import IntEnum
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rich.console import Console, RenderableType

    from dissect.explain.readings import Around
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
    """A request that cannot be met: one clear sentence and an exit code."""

    def __init__(self, sentence: str, code: Exit = Exit.USAGE) -> None:
        super().__init__(sentence)
        self.code = code


SPELLED = {
    "→": "->", "·": "-", "–": "-", "—": "-", "×": "x", "…": "...", "§": "section ", "✗": "x", "✂": "%", "»": ">", "«": "<",
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


def say(sentence: str) -> None:
    """A remark for the person at the terminal, not data."""
    from dissect.render.plain import plain

    print(f"dissect: {plain(sentence)}", file=sys.stderr)


def console() -> Console:
    """The console that results are printed on."""
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False, soft_wrap=False)


def write_text(path: str, text: str) -> None:
    """Writes a file; a path that cannot be written is refused with one sentence."""
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise Refusal(f"{path}: cannot be written: {error.strerror}") from error


def present(
    packets: Iterable[Packet], title: str, *, brief: bool, as_json: bool, svg: str | None, html: str | None,
    language: str | None, around: Callable[[Packet], Around | None] = lambda _: None,
) -> None:  # fmt: skip
    """Packets as pages on the console, as JSON lines, or as a picture; `around` looks at what precedes a packet."""
    if as_json:
        _print_json(packets)
        return
    from dissect.explain.language import language as in_language
    from dissect.render.page import PacketPage

    spoken = in_language(language)
    pages = (PacketPage(packet, spoken, title, around=around(packet), brief=brief) for packet in packets)
    if svg or html:
        _picture(pages, title, svg, html)
        return
    screen = console()
    for number, page in enumerate(pages):
        if number:
            screen.print()
        screen.print(page)


def _print_json(packets: Iterable[Packet]) -> None:
    import json

    from dissect.render.document import document

    indent = 2 if sys.stdout.isatty() else None
    for packet in packets:
        print(json.dumps(document(packet), indent=indent, ensure_ascii=True))


def _picture(pages: Iterable[RenderableType], title: str, svg: str | None, html: str | None) -> None:
    import io

    from rich.console import Console

    from dissect.render import picture

    recorder = Console(
        file=io.StringIO(), record=True, width=PICTURE_WIDTH, force_terminal=True, color_system="truecolor", no_color=False,
        highlight=False, markup=False, emoji=False,
    )  # fmt: skip
    for page in pages:
        recorder.print(page)
    if svg:
        write_text(svg, picture.svg(recorder, f"dissect show {title}"))
    if html:
        write_text(html, picture.html(recorder))
