"""Columns for filters without the bulk reader: made from decoded packets, one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import polars as pl

from dissect.filter.names import TIME_FIELD, repeatable, type_of
from dissect.filter.typed import Type
from dissect.packet import Packet
from dissect.wire.registry import fields

Columns = dict[str, list[str]]
Cells = dict[str, list[object]]
DTYPES: dict[Type, pl.DataType] = {
    Type.NUMBER: pl.UInt64(), Type.FLAG: pl.Boolean(), Type.IPV4: pl.UInt32(), Type.IPV6: pl.Binary(),
    Type.MAC: pl.Binary(), Type.BYTES: pl.Binary(), Type.TEXT: pl.String(), Type.TIME: pl.Int64(), Type.DURATION: pl.Int64(),
    Type.VERDICT: pl.Enum(["good", "bad", "partial", "unverified", "absent"]),
}  # fmt: skip


def table(packets: Iterable[Packet]) -> tuple[pl.DataFrame, Columns]:
    """A frame with every field, and the columns of each."""
    rows = [cells(packet) for packet in packets]
    series, columns = [], {}
    for name, (row, _) in fields().items():
        count = max((len(one.get(name, ())) for one in rows), default=0)
        columns[name] = [name if at == 0 else f"{name}#{at + 1}" for at in range(count)]
        dtype = DTYPES[type_of(row)]
        for at, column in enumerate(columns[name]):
            held = [one[name][at] if at < len(one.get(name, ())) else None for one in rows]
            series.append(pl.Series(column, held, dtype=pl.List(dtype) if name in repeatable() else dtype))
    return pl.DataFrame(series), columns


def cells(packet: Packet) -> Cells:
    """Field → its value in each header of one kind, outermost first; lists where a header can repeat the field."""
    frame = packet.frame
    found: Cells = {
        "frame.number": [frame.number], "frame.len": [frame.wire_length], "frame.cap_len": [len(frame.data)],
        "frame.protocols": [":".join(layer.key for layer in packet.layers)],
        "frame.interface_id": [frame.interface],
    }  # fmt: skip
    if frame.time is not None:
        found[TIME_FIELD] = [frame.time]
    depth: dict[str, int] = {}
    for layer in packet.layers:
        at = depth[layer.key] = depth.get(layer.key, -1) + 1
        for name, values in layer_cells(layer.walk()):
            held = found.setdefault(name, [])
            held += [None] * (at - len(held))
            held.append(values if name in repeatable() else values[0])
    return found


def layer_cells(values: Iterable[object]) -> Iterator[tuple[str, list[object]]]:
    found: dict[str, list[object]] = {}
    for value in values:
        if value.name:  # type: ignore[attr-defined]
            found.setdefault(value.name, []).append(cell(value))  # type: ignore[attr-defined]
    yield from found.items()


def cell(value: object) -> object:
    """A value as the columns hold it."""
    number = value.number  # type: ignore[attr-defined]
    kind = type_of(value.field)  # type: ignore[attr-defined]
    if kind is Type.IPV4:
        return int.from_bytes(number, "big")
    return bool(number) if kind is Type.FLAG else number
