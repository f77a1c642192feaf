"""The columns of the packet list: what stands in them, how wide they are, what they are sorted by."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size

from dissect.explain.language import Language
from dissect.packet import Packet
from dissect.render import listing, palette, words
from dissect.render.document import epoch
from dissect.render.plain import plain
from dissect.wire.findings import Kind
from dissect.wire.registry import aliases, fields
from dissect.wire.stream import STREAM_FIELDS

TIMES = ("relative", "delta", "utc", "local", "epoch")
USUAL = ("number", "time", "source", "destination", "protocol", "length", "info")
WIDTHS = {"number": 6, "source": 15, "destination": 15, "protocol": 8, "length": 6, "info": 24}
TIME_WIDTHS = {"relative": 12, "delta": 11, "utc": 15, "local": 15, "epoch": 20}
RIGHT = frozenset({"number", "time", "length"})
SORTED_BY: dict[str, tuple[str, ...]] = {
    "number": ("frame.number",), "time": ("frame.time_epoch",), "source": ("ip.src", "ipv6.src", "eth.src"),
    "destination": ("ip.dst", "ipv6.dst", "eth.dst"), "protocol": ("frame.protocols",), "length": ("frame.len",),
}  # fmt: skip
PROTOCOLS = {
    "tcp": "cyan", "udp": "green", "icmp": "magenta", "icmpv6": "magenta", "arp": "yellow", "ip": "bright_cyan",
    "ipv6": "bright_green",
}  # fmt: skip
FLAGS = {"RST": "red", "SYN": "green", "FIN": "yellow"}
ORDER = (Kind.MALFORMED, Kind.TRUNCATED, Kind.UNUSUAL)


Run = tuple[str, str]  # text and style
Told = Callable[[int, str], str]  # what connections tell of a packet
STREAM = frozenset(row.name for row in STREAM_FIELDS)


class Moment(NamedTuple):
    """What a packet's time is told against: the format, the first packet's time, and the one before's."""

    format: str
    first: int | None
    before: int | None


def known(name: str) -> bool:
    """Whether there is a column of that name."""
    return name in USUAL or name in fields() or name in aliases()


def width(name: str, moment: str) -> int:
    """Columns on the screen; the last column takes what is left."""
    if name == "time":
        return TIME_WIDTHS[moment]
    return WIDTHS.get(name, max(8, min(len(name), 18)))


def traced(names: Iterable[str]) -> bool:
    """Whether any of the columns comes from whole connections."""
    return not STREAM.isdisjoint(names)


def cell(name: str, packet: Packet, moment: Moment, language: Language, told: Told) -> list[Run]:
    """What stands in a column for a packet; whatever came out of the packet is made plain."""
    if name in STREAM:
        return [(told(packet.frame.number, name), "")]
    frame = packet.frame
    if name == "number":
        return [(str(frame.number), "")]
    if name == "time":
        return [(when(frame.time, moment), palette.QUIET)]
    if name in ("source", "destination"):
        return [(plain(words.ends(packet)[name == "destination"]), "")]
    if name == "protocol":
        last = next((layer for layer in reversed(packet.layers) if not layer.quoted), None)
        return [(last.header.name, PROTOCOLS.get(last.key, ""))] if last is not None else [("?", "")]
    if name == "length":
        return [(str(frame.wire_length), "")]
    if name == "info":
        return summary(packet)
    value = packet.get(aliases().get(name, name))
    return [(plain(words.shown(value, language.term)), "")] if value is not None else []


def summary(packet: Packet) -> list[Run]:
    """The packet in a line, its flags set off."""
    said = plain(words.summary(packet))
    layer = packet.layer("tcp")
    start, stop = said.find("["), said.find("]") + 1
    if layer is None or not 0 <= start < stop:
        return [(said, "")]
    flags = said[start:stop]
    style = next((style for caption, style in FLAGS.items() if caption in flags), "")
    return [(said[:start], ""), (flags, style), (said[stop:], "")]


def when(time: int | None, moment: Moment) -> str:
    """A time in one of the formats; a dash where the file holds none."""
    if time is None:
        return "-"
    if moment.format == "relative":
        return listing.relative(time, moment.first)
    if moment.format == "delta":
        return listing.relative(time, moment.before if moment.before is not None else time)
    if moment.format == "epoch":
        return epoch(time)
    seconds, rest = divmod(time, 10**9)
    try:
        found = datetime.fromtimestamp(seconds, UTC if moment.format == "utc" else None)
    except (OverflowError, OSError, ValueError):
        return epoch(time)
    return f"{found:%H:%M:%S}.{rest // 1000:06d}"


def sign(packet: Packet) -> Run:
    """The sign of the gravest finding, or a blank."""
    kinds = {finding.rule.kind for _, finding in packet.every_finding() if listing.sign(finding.rule)}
    gravest = next((kind for kind in ORDER if kind in kinds), None)
    return (" ", "") if gravest is None else (palette.SIGNS[gravest][0], palette.SEVERITY[gravest])


def fitted(runs: list[Run], width: int, *, right: bool) -> list[Run]:
    """Exactly so wide; what is too long loses its end, of a number its beginning."""
    size = sum(cell_len(text) for text, _ in runs)
    if size <= width:
        room = (" " * (width - size), "")
        return [room, *runs] if right else [*runs, room]
    if right:
        text = "".join(text for text, _ in runs)
        return [(text[len(text) - width :], runs[0][1])]
    found: list[Run] = []
    left = width - 1
    for text, style in runs:
        own = cell_len(text)
        if own > left:
            found.append((set_cell_size(text, left) + "…", style))
            break
        found.append((text, style))
        left -= own
    return found
