"""`dissect show`: packets header by header."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from dissect.cli.output import Brief, Exit, Html, Json, Language, Refusal, Svg, present, say

if TYPE_CHECKING:
    from dissect.fragments.datagram import Datagram
    from dissect.library import Capture
    from dissect.packet import Packet


def show(
    file: Annotated[str, typer.Argument(metavar="FILE", help='The capture; "-" or "sample:NAME" too.')],
    packets: Annotated[list[str], typer.Argument(metavar="N...", help="Packet numbers from 1, or ranges such as 3-7.")],
    lang: Language = None,
    brief: Brief = False,
    json: Json = False,
    svg: Svg = None,
    html: Html = None,
    reassembled: Annotated[
        bool, typer.Option("--reassembled", help="In place of a fragment, the datagram that it is a piece of.")
    ] = False,
) -> None:
    """Show packets field by field: diagram, bytes, bits, value, meaning, what is wrong."""
    from functools import partial

    import dissect
    from dissect.surroundings import look_back

    ranges = [numbers(text) for text in packets]
    with dissect.open(file) as capture:
        present(
            chosen(capture, ranges), "standard input" if file == "-" else file, brief=brief, as_json=json, svg=svg, html=html, language=lang,
            around=partial(look_back, capture.frames),
            together=partial(_together, capture) if reassembled else lambda _: None,
        )  # fmt: skip
        if capture.warning:
            say(capture.warning)
            raise typer.Exit(Exit.UNREADABLE)


def _together(capture: Capture, packet: Packet) -> Datagram | None:
    """The datagram that the packet carries a piece of."""
    from dissect.fragments.pieces import piece_of
    from dissect.fragments.search import datagram_of

    piece = piece_of(packet)
    if piece is None:
        say(f"packet {packet.frame.number} is no piece of a datagram: shown as it is")
    return None if piece is None else datagram_of(capture.frames, packet.frame.number, piece)


def numbers(text: str) -> tuple[int, int]:
    """The first and the last packet of "7" or "3-7"."""
    first, dash, last = text.partition("-")
    if not (first.isdecimal() and (last.isdecimal() if dash else True)) or not int(first):
        raise Refusal(f"{text!r} is no packet number: give a number from 1, or a range such as 3-7")
    stop = int(last) if dash else int(first)
    if stop < int(first):
        raise Refusal(f"{text!r} is no range: its end lies before its beginning")
    return int(first), stop


def chosen(capture: Capture, ranges: list[tuple[int, int]]) -> Iterator[Packet]:
    """The packets asked for, in the order asked for; a number that the file does not have is refused."""
    for first, last in ranges:
        yield packet_at(capture, first)
        for number in range(first + 1, last + 1):
            if number > len(capture):
                raise _missing(capture, number)
            yield packet_at(capture, number)


def packet_at(capture: Capture, number: int) -> Packet:
    """Packet `number`, from 1."""
    try:
        return capture[number - 1]
    except IndexError:
        raise _missing(capture, number) from None


def _missing(capture: Capture, number: int) -> Refusal:
    count = len(capture)
    if not count:
        return Refusal(f"{capture.path} holds no packets", Exit.USAGE)
    held = f"{capture.path} has {count:,} packet{'s' * (count != 1)}"
    tail = f"; {capture.warning}" if capture.warning else ""
    return Refusal(f"there is no packet {number:,}: {held}{tail}", Exit.UNREADABLE if tail else Exit.USAGE)
