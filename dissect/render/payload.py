"""What a connection carried, as text or as hex: a program's words, safe to print, each part with its sender."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.text import Text

from dissect.explain.language import Language
from dissect.render import palette
from dissect.render.plain import plain, printable
from dissect.streams.contents import Part

MOST = 64 << 10  # bytes shown of each part


def payload(parts: Iterable[Part], names: tuple[str, str], language: Language, *, as_hex: bool) -> Iterator[Text]:
    """The parts one below the other, with an arrow for the direction."""
    for part in parts:
        if part.hole:
            yield Text(language.word("payload.hole", count=part.hole), palette.FAULT)
        arrow = "←" if part.second else "→"
        span = str(part.first) if part.first == part.last else f"{part.first}–{part.last}"
        head = language.word("payload.part", packets=span, count=len(part.data), name=names[part.second])
        style = "magenta" if part.second else "green"
        yield Text(f"{arrow} {head}", f"bold {style}")
        shown = part.data[:MOST]
        yield from _hex(shown, part.at - 1, style) if as_hex else _lines(shown, style)
        if len(part.data) > MOST:
            yield Text(language.word("dump.more", count=len(part.data) - MOST), palette.QUIET)


def _lines(data: bytes, style: str) -> Iterator[Text]:
    """Text by its lines; what is no UTF-8 and no plain character is written as an escape."""
    text = data.decode("utf-8", "backslashreplace")
    for line in text.replace("\r\n", "\n").removesuffix("\n").split("\n"):
        yield Text("  " + plain(line.replace("\t", "    ")), style)


def _hex(data: bytes, first: int, style: str) -> Iterator[Text]:
    for at in range(0, len(data), 16):
        row = data[at : at + 16]
        halves = row[:8].hex(" "), row[8:].hex(" ")
        yield Text(f"  {first + at:08x}  ", palette.QUIET).append(
            f"{halves[0]:<23}  {halves[1]:<23}  {printable(row)}", style
        )
