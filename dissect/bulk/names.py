"""Which columns there are: their names, the headers that hold them, their types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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


def is_list(name: str) -> bool:
    """Whether one header may well have several: rows that repeat, and what every option has."""
    return name in SEVERAL or name in _repeated()


@cache
def _repeated() -> frozenset[str]:
    """The names of such rows."""
    found: set[str] = set()
    for header in HEADERS:
        found.update(_names(header.repeat))
        for table in _tables(header.options):
            found.update(_names((*table.fields[:2], *table.repeat)))
            for inner in option_headers(table.options) if table.options else ():
                found.update(_names((*inner.fields, *inner.repeat)))
    return frozenset(found)


def _tables(options: OptionSet | None) -> tuple[Header, ...]:
    return (*options.table.values(), options.unknown) if options else ()


def _names(rows: tuple[Field, ...]) -> Iterator[str]:
    for row in rows:
        yield row.name
        yield from _names((*row.parts, *row.also))


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
