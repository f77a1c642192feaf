"""A packet as rows: its layers, fields, options and findings in the order of the bytes, each with its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Literal, NamedTuple

from dissect.packet import Finding, Layer, Option, Packet, Value

Kind = Literal["layer", "field", "options", "option", "finding", "payload", "trailer"]
CLOSED_LAYERS = frozenset({"eth", "vlan", "llc", "sll", "sll2", "null", "raw", "ppp", "pppoe", "mpls"})
"""Headers that few come for; closed unless something is wrong in them."""


class Entry(NamedTuple):
    """A row: what it shows, how deep it stands, the bytes `start` to `stop` it covers.

    `path` is the same for the same field of the next packet, so that a place is kept from packet to packet;
    `inner` says whether rows stand below it.
    """

    kind: Kind
    depth: int
    path: str
    start: int
    stop: int
    layer: Layer | None = None
    value: Value | None = None
    option: Option | None = None
    finding: Finding | None = None
    inner: bool = False
    older: bool = False

    @property
    def name(self) -> str:
        """What `explain` calls it, or an empty text."""
        if self.finding is not None:
            return self.finding.rule.id
        if self.value is not None:
            return self.value.name
        if self.option is not None:
            return self.option.header.key
        if self.kind == "options" and self.layer is not None and self.layer.header.options is not None:
            return self.layer.header.options.key
        return self.layer.key if self.kind == "layer" and self.layer is not None else ""

    @property
    def bits(self) -> tuple[int, int]:
        """The first bit and the one after the last, counted from the packet's first."""
        if self.value is not None and self.value.bits:
            return self.value.bit, self.value.bit + self.value.bits
        return self.start * 8, self.stop * 8


def outline(packet: Packet) -> list[Entry]:
    """Every row of a packet, whether open or not."""
    rows: list[Entry] = []
    for finding in packet.findings:
        rows.append(_finding(finding, None, "frame", 0))
    seen: Counter[str] = Counter()
    for layer in packet.layers:
        seen[layer.key] += 1
        path = f"{layer.key}#{seen[layer.key]}"
        rows.append(Entry("layer", 0, path, layer.start, layer.stop, layer, inner=True))
        rows.extend(_rows_of(layer, path))
    for kind, (start, stop) in (("payload", packet.payload), ("trailer", packet.trailer)):
        if stop > start:
            rows.append(Entry(kind, 0, kind, start, stop))  # type: ignore[arg-type]
    return rows


def _rows_of(layer: Layer, path: str) -> Iterator[Entry]:
    """The rows of a layer: what is wrong comes first, options where they stand, derived values last."""
    about: dict[str, list[Finding]] = {}
    for finding in layer.findings:
        about.setdefault(finding.field, []).append(finding)
    behind = layer.options[0].start * 8 if layer.options else None
    for value in layer.values:
        if behind is None or value.bit < behind:
            yield from _value(layer, value, path, 1, about)
    if layer.options:
        yield from _options(layer, path)
    for value in layer.values:
        if behind is not None and value.bit >= behind:
            yield from _value(layer, value, path, 1, about)
    for value in layer.derived:
        yield from _value(layer, value, path, 1, about)
    for left in about.values():  # about fields that are not there, such as one that was cut off
        yield from (_finding(finding, layer, path, 1) for finding in left)


def _value(
    layer: Layer, value: Value, path: str, depth: int, about: dict[str, list[Finding]], *, older: bool = False
) -> Iterator[Entry]:
    here = f"{path}/{value.name}"
    inner = bool(value.parts or value.also)
    start, stop = (value.start, value.stop) if value.bits else (layer.start, layer.start)
    yield Entry("field", depth, here, start, stop, layer, value, inner=inner, older=older)
    for finding in about.pop(value.name, ()):
        yield _finding(finding, layer, path, depth + 1)
    for part in value.parts:
        yield from _value(layer, part, here, depth + 1, about)
    for other in value.also:
        yield from _value(layer, other, here, depth + 1, about, older=True)


def _finding(finding: Finding, layer: Layer | None, path: str, depth: int) -> Entry:
    value = layer.get(finding.field) if layer is not None else None
    start, stop = (layer.start, layer.stop) if layer is not None else (0, 0)
    if value is not None and value.bits:
        start, stop = value.start, value.stop
    return Entry("finding", depth, f"{path}/!{finding.rule.id}", start, stop, layer, finding=finding)


def _options(layer: Layer, path: str) -> Iterator[Entry]:
    here = f"{path}/options"
    start, stop = layer.options[0].start, layer.options[-1].stop
    yield Entry("options", 1, here, start, stop, layer, inner=True)
    seen: Counter[str] = Counter()
    for option in layer.options:
        yield from _option(layer, option, here, 2, seen)


def _option(layer: Layer, option: Option, path: str, depth: int, seen: Counter[str]) -> Iterator[Entry]:
    seen[option.header.key] += 1
    here = f"{path}/{option.header.key}#{seen[option.header.key]}"
    yield Entry("option", depth, here, option.start, option.stop, layer, option=option, inner=True)
    for finding in option.findings:
        yield _finding(finding, layer, here, depth + 1)._replace(start=option.start, stop=option.stop)
    for value in option.values:
        yield from _value(layer, value, here, depth + 1, {})
    inner: Counter[str] = Counter()
    for each in option.options:
        yield from _option(layer, each, here, depth + 1, inner)


def open_at_first(entry: Entry) -> bool:
    """Whether the rows below it are shown before anybody asked."""
    if entry.kind == "layer" and entry.layer is not None:
        return entry.layer.key not in CLOSED_LAYERS or bool(entry.layer.findings)
    return entry.kind == "option"


def narrowest(rows: list[Entry], byte: int) -> int | None:
    """The row whose field covers a byte most closely; of several equal ones the widest, such as the word of flags."""
    found = [
        (entry.stop - entry.start, -(entry.bits[1] - entry.bits[0]), at)
        for at, entry in enumerate(rows)
        if entry.start <= byte < entry.stop and entry.kind != "finding" and not entry.older
    ]
    fields = [each for each in found if rows[each[2]].kind not in ("layer", "options")]
    return min(fields or found, default=(0, 0, None))[2]
