"""What holds for every decoded packet, whatever its bytes: used by the laws here and by fuzzing."""

from __future__ import annotations

from collections.abc import Iterator

from dissect.packet import Frame, Layer, Option, Packet, Value
from dissect.wire.field import Field, Raw, Slot, encode
from dissect.wire.findings import RULES, Kind

Fact = tuple[str, int, int, Raw | str]


def check(packet: Packet) -> None:
    """All invariants of one packet."""
    size = len(packet.frame.data)
    start, stop = packet.payload
    assert 0 <= start <= stop == packet.trailer[0] <= packet.trailer[1] == size, (packet.payload, packet.trailer)
    behind = 0
    for layer in packet.layers:
        assert behind <= layer.start <= layer.stop <= layer.end <= size, (
            layer.key,
            behind,
            layer.start,
            layer.stop,
            layer.end,
        )
        behind = layer.stop
        check_places(layer)
        check_leaves(packet.frame.data, layer)
    for _, finding in packet.every_finding():
        assert RULES[finding.rule.id] is finding.rule
        assert finding.field, finding
        assert "{" not in finding.text, finding
        if finding.rule.kind is Kind.TRUNCATED:
            assert finding.need is not None, finding
            assert finding.have is not None, finding
            assert 0 <= finding.have < finding.need, finding
            assert finding.bound, finding


def check_places(layer: Layer) -> None:
    """Every value stands inside its layer and its option, parts inside their word; derived ones nowhere."""
    for value in layer.values:
        inside(value, layer.start, layer.stop)
    behind = layer.start
    for option in layer.options:
        assert behind <= option.start < option.stop <= layer.stop, (layer.key, option)
        behind = option.stop
        check_option(option)
    for value in layer.derived:
        assert (value.bit, value.bits) == (layer.start * 8, 0), value
        assert not value.parts, value
        readable(value)


def check_option(option: Option) -> None:
    for value in option.values:
        inside(value, option.start, option.stop)
    behind = option.start
    for inner in option.options:
        assert behind <= inner.start < inner.stop <= option.stop, (option, inner)
        behind = inner.stop
        check_option(inner)


def inside(value: Value, start: int, stop: int) -> None:
    assert value.bits > 0, value
    assert start * 8 <= value.bit, (value, start)
    assert value.bit + value.bits <= stop * 8, (value, stop)
    readable(value)
    bit = value.bit
    for part in value.parts:
        assert part.bit == bit, (value.name, part.name)
        bit += part.bits
        inside(part, start, stop)
    assert not value.parts or bit == value.bit + value.bits, value.name
    for other in value.also:
        assert value.bit <= other.bit, other
        assert other.bit + other.bits <= value.bit + value.bits, other
        inside(other, start, stop)


def readable(value: Value) -> None:
    assert isinstance(value.text, str)
    assert value.text or value.raw == b""
    assert isinstance(value.number, int | bytes | str)
    assert isinstance(value.meaning, str)


def check_leaves(data: bytes, layer: Layer) -> None:
    """No bit is read twice, and writing the leaves gives back the bits that they cover."""
    slots: list[tuple[Slot, Raw]] = []
    size, mask, bit = layer.stop - layer.start, 0, 0
    for leaf in sorted(leaves(layer), key=lambda value: value.bit):
        at = leaf.bit - layer.start * 8
        assert at >= bit, (layer.key, leaf.name, at, bit)
        bit = at + leaf.bits
        assert not isinstance(leaf.raw, str)
        slots.append((Slot(leaf.field, at, leaf.bits), leaf.raw))
        mask |= ((1 << leaf.bits) - 1) << (size * 8 - bit)
    wire = int.from_bytes(data[layer.start : layer.stop], "big")
    assert int.from_bytes(encode(slots, size), "big") == wire & mask, layer.key


def leaves(layer: Layer) -> Iterator[Value]:
    """The undivided values of a layer, its options' included."""
    for value in layer.values:
        yield from value.leaves()
    for option in layer.options:
        yield from option_leaves(option)


def option_leaves(option: Option) -> Iterator[Value]:
    for value in option.values:
        yield from value.leaves()
    for inner in option.options:
        yield from option_leaves(inner)


def covered(layer: Layer) -> bool:
    """Whether the leaves cover the header's bytes without a gap."""
    bit = layer.start * 8
    for leaf in sorted(leaves(layer), key=lambda value: value.bit):
        if leaf.bit != bit:
            return False
        bit += leaf.bits
    return bit == layer.stop * 8


def facts(packet: Packet) -> set[Fact]:
    """Everything that decoding says about the packet's bytes, verdicts aside."""
    return {
        (value.name, value.bit, value.bits, value.raw)
        for layer in packet.layers
        for value in layer.walk()
        if not value.name.endswith(".status")
    }


def cut_frame(frame: Frame, cut: int) -> Frame:
    """The frame as a capture with a snap length of `cut` has it."""
    length = max(frame.wire_length, len(frame.data))
    return Frame(frame.data[:cut], frame.link, frame.number, frame.time, length, frame.fcs, frame.order)


def check_prefix(whole: set[Fact], part: Packet) -> None:
    """A capture that ends early knows less than the whole one, never anything else."""
    invented = facts(part) - whole
    assert not invented, (len(part.frame.data), sorted(invented, key=lambda fact: fact[1])[:3])


def parts_of(field: Field) -> Iterator[Field]:
    """A row and the rows that split it."""
    yield field
    for part in field.parts:
        yield from parts_of(part)
