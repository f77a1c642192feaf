"""Every packet of every capture, and one packet of each shape among them."""

from __future__ import annotations

from functools import cache

import dissect
from dissect.capture.samples import sample_names
from dissect.packet import Option, Packet


@cache
def packets() -> list[tuple[str, Packet]]:
    """All packets with the names of their samples."""
    found = []
    for name in sample_names():
        with dissect.open(f"sample:{name}") as capture:
            found.extend((name, packet) for packet in capture)
    return found


@cache
def shapes() -> list[tuple[str, Packet]]:
    """The first packet of every shape: the same headers, options, sizes of fields and findings look alike."""
    found = {}
    for name, packet in packets():
        found.setdefault(shape(packet), (name, packet))
    return list(found.values())


def shape(packet: Packet) -> tuple[object, ...]:
    layers = tuple(
        (layer.key, tuple(len(value.text) for value in layer.values), *map(option_shape, layer.options), layer.quoted)
        for layer in packet.layers
    )
    findings = tuple((finding.rule.id, finding.field) for _, finding in packet.every_finding())
    few = len(packet.frame.data) if len(packet.frame.data) < 64 else 64
    return layers, findings, few, packet.frame.comments, packet.payload_name, packet.trailer[0] < packet.trailer[1]


def option_shape(option: Option) -> tuple[object, ...]:
    return option.kind, tuple(len(value.text) for value in option.values), *map(option_shape, option.options)
