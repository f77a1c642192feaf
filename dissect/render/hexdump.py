"""The packet's bytes, sixteen a line where there is room, each in the colour of the field it belongs to."""

from __future__ import annotations

from collections.abc import Callable

from rich.text import Text

from dissect.packet import Packet
from dissect.render.palette import QUIET, by_byte
from dissect.render.plain import printable

LINES = {72: 16, 40: 8, 23: 4}  # columns that a line takes → bytes in it
MOST = 4096  # bytes shown; a jumbogram's payload is said, not shown


Origin = Callable[[int, int], str]


def hexdump(packet: Packet, width: int = 80, *, wide: bool = False, origin: Origin | None = None) -> Text:
    """Offset, bytes in hex, bytes as text, in `width` columns; with `wide`, which header begins in each line.

    `origin` names where the bytes from one position to another came from, if that changes there.
    """
    data = packet.frame.data
    colours = by_byte(packet)
    text = Text(no_wrap=True)
    size = next((size for needed, size in LINES.items() if needed <= width), 2)
    for at in range(0, min(len(data), MOST), size):
        row = data[at : at + size]
        text.append(f"{at:04x}  ", QUIET)
        for column, byte in enumerate(row):
            text.append(f"{byte:02x}", colours[at + column] or None)
            text.append("  " if column == 7 else " ")
        text.append(" " * (3 * (size - len(row)) + (1 if len(row) <= 7 < size else 0) + 1))
        for column, char in enumerate(printable(row)):
            text.append(char, colours[at + column] or None)
        if wide:
            said = [_begins(packet, at, size, width - 74), origin(at, at + size) if origin is not None else ""]
            text.append(" " * (size - len(row) + 2) + " · ".join(each for each in said if each), QUIET)
        text.append("\n")
    if len(data) > MOST:
        text.append(f"… {len(data) - MOST:,} more bytes\n", QUIET)
    text.rstrip()
    return text


def _begins(packet: Packet, at: int, size: int, room: int) -> str:
    names = [layer.header.name for layer in packet.layers if at <= layer.start < at + size]
    start = packet.payload[0]
    if packet.payload[1] > start and at <= start < at + size:
        names.append("payload")
    said = " · ".join(names)
    return said if len(said) <= room else said[: room - 1] + "…"
