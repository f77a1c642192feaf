"""The colours of the screen, readable on dark and on light; none of them is ever the only sign."""

from __future__ import annotations

from dissect.packet import Layer, Option, Packet
from dissect.wire.findings import Kind, Severity

FIELDS = ("cyan", "green", "yellow", "magenta", "bright_cyan", "bright_green", "bright_yellow", "bright_magenta")
SEVERITY: dict[Kind, str] = {
    Kind.MALFORMED: "bold red",
    Kind.TRUNCATED: "yellow",
    Kind.UNUSUAL: "magenta",
}
SIGNS: dict[Kind, tuple[str, str]] = {
    Kind.MALFORMED: ("✗", "x"),
    Kind.TRUNCATED: ("✂", "%"),
    Kind.UNUSUAL: ("!", "!"),
}
MATTERS: dict[Severity, tuple[str, str]] = {
    Severity.ERROR: ("✗", "bold red"),
    Severity.WARNING: ("!", "yellow"),
    Severity.NOTE: ("·", "dim"),
}
"""How much a finding matters: its sign, and the style of it."""
VERDICTS = {"good": "green", "bad": "bold red", "partial": "yellow", "unverified": "yellow", "absent": "yellow"}
PROTOCOLS = {
    "tcp": "cyan", "udp": "green", "icmp": "magenta", "icmpv6": "magenta", "arp": "yellow",
}  # fmt: skip
"""The innermost header of a packet → its colour in the list; the others have none."""
FAULT = "bold red"
QUIET = "dim"
TITLE = "bold"
NAME = "bold"


def by_key(layer: Layer) -> dict[str, str]:
    """Field name → colour: neighbours differ, and a word's parts have the word's colour."""
    colours: dict[str, str] = {}
    for turn, value in enumerate(layer.values):
        colour = FIELDS[turn % len(FIELDS)]
        for inner in value.walk():
            colours[inner.name] = colour
    return colours


def option_colour(index: int, layer: Layer) -> str:
    """The colour of a layer's option number `index`, going on where its fields end."""
    return FIELDS[(len(layer.values) + index) % len(FIELDS)]


def by_byte(packet: Packet) -> list[str]:
    """One colour a byte of the packet: its field's, its option's, or none."""
    colours = [""] * len(packet.frame.data)
    for layer in packet.layers:
        keys = by_key(layer)
        for value in layer.values:
            _paint(colours, value.start, value.stop, keys[value.name])
        for index, option in enumerate(layer.options):
            _paint(colours, option.start, option.stop, option_colour(index, layer))
    return colours


def _paint(colours: list[str], start: int, stop: int, colour: str) -> None:
    for at in range(start, min(stop, len(colours))):
        colours[at] = colours[at] or colour


def option_keys(option: Option, colour: str) -> dict[str, str]:
    """The colour of an option for each of its values."""
    return {value.name: colour for value in option.values}
