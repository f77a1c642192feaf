"""The segments of a capture's connections, read packet by packet: what the columns of the bulk reader are not needed for."""

from __future__ import annotations

import dissect
from dissect.packet import Layer, Packet
from dissect.streams.exchange import BITS, Step, Wire, steps
from dissect.wire.field import Raw

End = tuple[Raw | str, Raw | str]


def connections(path: str) -> dict[frozenset[End], list[Wire]]:
    """Each connection's segments; one per pair of ends, which is enough for captures that use no port twice."""
    found: dict[frozenset[End], list[Wire]] = {}
    first: dict[frozenset[End], End] = {}
    with dissect.open(path) as capture:
        for packet in capture:
            layer = packet.layer("tcp")
            if layer is None or layer.quoted or "tcp.len" not in packet:
                continue
            source, target = _ends(packet, layer)
            key = frozenset((source, target))
            first.setdefault(key, source)
            found.setdefault(key, []).append(_wire(packet, layer, source != first[key]))
    return found


def _ends(packet: Packet, layer: Layer) -> tuple[End, End]:
    network = packet.layer("ip") or packet.layer("ipv6")
    assert network is not None
    source, target = (packet[f"{network.key}.{end}"].text for end in ("src", "dst"))
    return (source, _number(layer, "srcport")), (target, _number(layer, "dstport"))


def _number(layer: Layer, name: str) -> int:
    value = layer.get(f"tcp.{name}")
    assert value is not None
    assert isinstance(value.raw, int)
    return value.raw


def _wire(packet: Packet, layer: Layer, second: bool) -> Wire:
    names = ("seq_raw", "ack_raw", "len", "flags", "window_size_value", "urgent_pointer")
    numbers = [_number(layer, name) for name in names]
    return Wire(packet.frame.number, packet.frame.time, second, *numbers)


def one(path: str) -> list[Step]:
    """The steps of the first connection."""
    return steps(next(iter(connections(path).values())))


def wire(number: int, who: str, flags: str, seq: int, ack: int = 0, length: int = 0, time: float | None = None) -> Wire:
    """A segment by hand: `who` is "a" or "b", flags are letters."""
    letters = {"S": "syn", "A": "ack", "F": "fin", "R": "reset", "P": "push", "U": "urg"}
    bits = sum(BITS[letters[letter]] for letter in flags)
    moment = round((number * 0.01 if time is None else time) * 1e9)
    return Wire(number, moment, who == "b", seq % 2**32, ack % 2**32, length, bits, 1000)


def exchange(*rows: tuple[str, str, int, int] | tuple[str, str, int, int, int]) -> list[Step]:
    """Steps from rows of who, flags, seq, ack and length."""
    return steps(wire(number, *row) for number, row in enumerate(rows, 1))
