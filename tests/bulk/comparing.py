"""Both readers over the same records: the columns of a batch, and what the one-packet reader says of each packet."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from capture.building import enhanced

from dissect.bulk.block import block_of, gathered
from dissect.bulk.names import FRAME, STREAM, Column, column, is_list, keys_of, supported
from dissect.bulk.table import block_table
from dissect.capture.batch import Batch, Mark
from dissect.capture.section import Interface, Section
from dissect.decoding import decode_frame
from dissect.packet import Frame, Layer, Packet, Value
from dissect.wire.field import Kind

NAMES = tuple(name for name in supported() if name not in STREAM)
COLUMNS = (
    *NAMES,
    *(f"{name}#2" for name in NAMES if name not in FRAME),
    *(f"{name}#*" for name in NAMES if name not in FRAME),
)


def batch_of(frames: Sequence[Frame]) -> Batch:
    """The frames as pcapng blocks of one section, an interface for each kind of them."""
    kinds = list(dict.fromkeys((frame.link, frame.fcs) for frame in frames))
    section = Section("little", 1, [Interface(link, 0, fcs=fcs) for link, fcs in kinds])
    starts, data = [], b""
    for number, frame in enumerate(frames):
        starts.append(len(data))
        which = kinds.index((frame.link, frame.fcs))
        data += enhanced(frame.data, number, which, length=frame.wire_length)
    return Batch(data, starts, section, Mark(0))


def columns_of(batch: Batch, columns: Sequence[str]) -> pl.DataFrame:
    """The columns of a batch's packets."""
    return block_table(block_of(next(gathered([batch]))), columns)


def compare(batch: Batch, columns: Sequence[str] = COLUMNS) -> None:
    """Fails at the first packet and column where the readers differ."""
    whole = columns_of(batch, columns)
    for keys in (("tcp.",), ("ip.", "tcp."), ("ipv6.",)):  # there is a shorter way to these alone
        alone = [name for name in columns if name.startswith(keys)]
        assert not alone or columns_of(batch, alone).equals(whole.select(alone)), keys
    table = whole.to_dict(as_series=False)
    wanted = [column(name) for name in columns]
    for row, number in enumerate(range(batch.mark.number, batch.stop)):
        packet = decode_frame(batch.frame(number))
        facts = by_name(packet)
        for each in wanted:
            ours = table[each.asked][row]
            theirs = expected(packet, facts, each)
            assert ours == theirs, (each.asked, number, ours, theirs, packet.frame, [x.key for x in packet.layers])


def by_name(packet: Packet) -> dict[str, list[tuple[Layer, object]]]:
    """Every value with its layer, by field."""
    found: dict[str, list[tuple[Layer, object]]] = {}
    for layer in packet.layers:
        for value in layer.walk():
            found.setdefault(value.name, []).append((layer, number(value)))
    return found


def number(value: Value) -> object:
    """A value as a column holds it: an IPv4 address is a number."""
    if value.field.kind is Kind.IPV4 and isinstance(value.raw, bytes):
        return int.from_bytes(value.raw, "big")
    return str(value.number) if isinstance(value.number, str) else value.number


def expected(packet: Packet, facts: dict[str, list[tuple[Layer, object]]], wanted: Column) -> object:
    if wanted.field in FRAME:
        return of_frame(packet, wanted.field)
    found = facts.get(wanted.field, [])
    if wanted.number > 0:
        layers = [layer for layer in packet.layers if layer.key in keys_of(wanted.field)]
        layer = layers[wanted.number - 1] if len(layers) >= wanted.number else None
        found = [pair for pair in found if pair[0] is layer]
    values = [value for _, value in found]
    if wanted.number < 0 or is_list(wanted.field):
        return values or None
    return values[0] if values else None


def of_frame(packet: Packet, name: str) -> object:
    frame = packet.frame
    return {
        "frame.number": frame.number,
        "frame.time_epoch": frame.time,
        "frame.len": frame.wire_length,
        "frame.cap_len": len(frame.data),
        "frame.interface_id": frame.interface,
        "frame.interface_name": frame.interface_name or None,
        "frame.comment": [*frame.comments] or None,
        "frame.protocols": ":".join(layer.key for layer in packet.layers) or None,
    }[name]
