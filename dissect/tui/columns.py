"""The columns of the packet list: what stands in them, how wide they are, what they are sorted by."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from rich.text import Text

from dissect.explain.language import Language
from dissect.packet import Packet
from dissect.render import palette, words
from dissect.render.document import epoch
from dissect.render.listing import relative
from dissect.render.plain import plain
from dissect.wire.findings import Severity
from dissect.wire.registry import aliases, fields

TIMES = ("relative", "delta", "utc", "local", "epoch")
USUAL = ("number", "time", "source", "destination", "protocol", "length", "info")
WIDTHS = {"number": 6, "source": 15, "destination": 15, "protocol": 8, "length": 6}
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
ORDER = (Severity.MALFORMED, Severity.TRUNCATED, Severity.UNUSUAL)


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


def heading(name: str, language_words: dict[str, str]) -> str:
    """What stands above it: a word for the usual ones, else the field's name."""
    return language_words.get(f"column.{name}", name)


def cell(name: str, packet: Packet, moment: Moment, language: Language) -> Text:
    """What stands in a column for a packet; whatever came out of the packet is made plain."""
    frame = packet.frame
    if name == "number":
        return Text(str(frame.number))
    if name == "time":
        return Text(when(frame.time, moment), palette.QUIET)
    if name in ("source", "destination"):
        return Text(plain(words.ends(packet)[name == "destination"]))
    if name == "protocol":
        keys = [layer for layer in packet.layers if not layer.quoted]
        return Text(keys[-1].header.name if keys else "?", PROTOCOLS.get(keys[-1].key, "") if keys else "")
    if name == "length":
        return Text(str(frame.wire_length))
    if name == "info":
        return summary(packet)
    value = packet.get(aliases().get(name, name))
    return Text(plain(words.shown(value, language.term))) if value is not None else Text()


def summary(packet: Packet) -> Text:
    """The packet in a line, its flags set off."""
    said = plain(words.summary(packet))
    text = Text(said)
    flags = packet.get("tcp.flags")
    if flags is not None and packet.get("tcp.flags.reset") is not None:
        style = next((style for name, style in FLAGS.items() if (found := packet.get(name)) and found.raw), "")
        start, stop = said.find("["), said.find("]")
        if style and 0 <= start < stop:
            text.stylize(style, start, stop + 1)
    return text


FLAGS = {"tcp.flags.reset": "red", "tcp.flags.syn": "green", "tcp.flags.fin": "yellow"}


def when(time: int | None, moment: Moment) -> str:
    """A time in one of the formats; a dash where the file holds none."""
    if time is None:
        return "-"
    if moment.format == "relative":
        return relative(time, moment.first)
    if moment.format == "delta":
        return relative(time, moment.before if moment.before is not None else time)
    if moment.format == "epoch":
        return epoch(time)
    seconds, rest = divmod(time, 10**9)
    try:
        found = datetime.fromtimestamp(seconds, UTC if moment.format == "utc" else None)
    except (OverflowError, OSError, ValueError):
        return epoch(time)
    return f"{found:%H:%M:%S}.{rest // 1000:06d}"


def sign(packet: Packet, *, ascii_only: bool = False) -> Text:
    """The sign of the gravest finding, or a blank."""
    kinds = {finding.rule.kind for _, finding in packet.every_finding()}
    gravest = next((kind for kind in ORDER if kind in kinds), None)
    if gravest is None:
        return Text(" ")
    return Text(palette.SIGNS[gravest][ascii_only], palette.SEVERITY[gravest])
