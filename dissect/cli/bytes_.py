"""`dissect bytes`: pasted hex."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from dissect.cli.output import Brief, Html, Json, Language, Refusal, Svg, present, say
from dissect.wire.linknames import LINK_NAMES, first_header

if TYPE_CHECKING:
    from dissect.packet import Packet


def bytes_(
    hex_text: Annotated[
        list[str] | None, typer.Argument(metavar="[HEX|-]", help='The bytes; none or "-" reads standard input.')
    ] = None,
    link: Annotated[
        str | None, typer.Option("--link", metavar="NAME", help=f"First header: {', '.join(LINK_NAMES)}.")
    ] = None,
    lang: Language = None,
    brief: Brief = False,
    json: Json = False,
    svg: Svg = None,
    html: Html = None,
) -> None:
    """Show pasted hex like "show": plain, with colons, or as xxd, hexdump, tcpdump, tshark or Wireshark print it."""
    first = None if link is None else _link(link)
    text = sys.stdin.read() if not hex_text or hex_text == ["-"] else " ".join(hex_text)
    from dissect.capture.hextext import HexError, parse_hex

    try:
        found = parse_hex(text)
    except HexError as error:
        raise Refusal(str(error)) from error
    if not any(found):
        raise Refusal("there are no hex digits to decode")
    present(
        [_decode(data, number, first) for number, data in enumerate(found, 1)],
        "pasted bytes", brief=brief, as_json=json, svg=svg, html=html, language=lang,
    )  # fmt: skip


def _link(name: str) -> str:
    try:
        return first_header(name)
    except ValueError as error:
        raise Refusal(str(error)) from error


def _decode(data: bytes, number: int, first: str | None) -> Packet:
    from dissect.decoding import decode_frame
    from dissect.decoding.guess import guess
    from dissect.packet import Frame
    from dissect.wire.registry import header

    if first is None:
        guessed = guess(data)
        first = guessed.key
        name = "Linux cooked" if first == "sll" else header(first).name
        say(f"taken for {name}: {guessed.why}; --link says otherwise")
    return decode_frame(Frame(data, number=number), first)
