"""Which columns there are: their names, the headers that hold them, their types."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import polars as pl

from dissect.bulk.asked import ALL, FIRST, Column, column, holds, keys_of, rows_of
from dissect.bulk.checksums import WORDS
from dissect.wire.field import BYTE_KINDS, Field, Header, Kind, OptionSet
from dissect.wire.registry import HEADERS, fields, option_headers
from dissect.wire.runs import runs
from dissect.wire.stream import STREAM_FIELDS, TIME_FIELDS

FRAME = {
    "frame.number": pl.UInt32(), "frame.time_epoch": pl.Int64(), "frame.len": pl.UInt32(), "frame.cap_len": pl.UInt32(),
    "frame.interface_id": pl.UInt32(), "frame.interface_name": pl.String(), "frame.comment": pl.String(), "frame.protocols": pl.String(),
}  # fmt: skip
SEVERAL = frozenset({"frame.comment", "ipv6.routing.rpl.full_address"})
"""What one packet or header may have several times, though no row of a table repeats."""
VERDICT = pl.Enum(WORDS)
_STREAM_TYPES: Mapping[Kind, pl.DataType] = {Kind.FLAG: pl.UInt8(), Kind.DURATION: pl.Int64()}
STREAM: Mapping[str, pl.DataType] = {
    **{row.name: _STREAM_TYPES.get(row.kind, pl.UInt32()) for row in (*TIME_FIELDS, *STREAM_FIELDS)},
    "tcp.window_size_scalefactor": pl.Int32(), "tcp.completeness": pl.UInt8(),
}  # fmt: skip
"""What a packet is among those of its connection or of the capture: columns that a block alone cannot give (`dissect.streams`)."""


@cache
def supported() -> Mapping[str, pl.DataType]:
    """Every field that can be a column → the type of one value."""
    found: dict[str, pl.DataType] = dict(FRAME)
    for name in fields():
        if name not in FRAME and name not in STREAM:
            found[name] = _type(name)
    return {**found, **STREAM}


def _type(name: str) -> pl.DataType:
    rows = rows_of(name)
    if rows[0].kind is Kind.WORD:
        return VERDICT if name.endswith(".checksum.status") else pl.String()
    if rows[0].kind is Kind.IPV4:
        return pl.UInt32()
    if rows[0].kind in BYTE_KINDS:
        return pl.Binary()
    largest = max(((1 << row.bits) - 1) * row.scale if row.bits else 0 for row in rows)
    if not largest:  # derived ones
        return pl.UInt16() if name.endswith(("_calculated", ".len_oct")) else pl.UInt32()
    return next(kind for bits, kind in _UNSIGNED if largest < 1 << bits)


_UNSIGNED: tuple[tuple[int, pl.DataType], ...] = (
    (8, pl.UInt8()), (16, pl.UInt16()), (32, pl.UInt32()), (64, pl.UInt64()),
)  # fmt: skip


@cache
def is_list(name: str) -> bool:
    """Whether one header may well have several: rows that repeat, and what every option has."""
    return name in SEVERAL or any(_repeats(header, name) for header in HEADERS)


def _repeats(header: Header, name: str) -> bool:
    if _among(header.repeat, name):
        return True
    return header.options is not None and _listed(header.options, name)


def _listed(options: OptionSet, name: str) -> bool:
    """Kind and length of any option, repeated rows, and everything in options inside options."""
    for table in (*options.table.values(), options.unknown):
        if _among((*table.fields[:2], *table.repeat) if table.sizes or len(table.fields) > 1 else table.fields, name):
            return True
        inner = option_headers(table.options) if table.options else ()
        if any(_among((*each.fields, *each.repeat), name) for each in inner):
            return True
    return False


def _among(rows: tuple[Field, ...], name: str) -> bool:
    return any(row.name == name or _among((*row.parts, *row.also), name) for row in rows)


def value_type(name: str) -> pl.DataType:
    """The type of one value."""
    return pl.Binary() if name in runs() else supported()[name]


def type_of(wanted: Column) -> pl.DataType:
    """The type of a column."""
    kind = value_type(wanted.field)
    return pl.List(kind) if wanted.number == ALL or is_list(wanted.field) else kind


__all__ = [
    "ALL", "FIRST", "FRAME", "SEVERAL", "STREAM", "VERDICT", "Column", "column", "holds", "is_list", "keys_of", "rows_of",
    "supported", "type_of", "value_type",
]  # fmt: skip
