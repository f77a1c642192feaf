"""Columns as people write them: addresses as text, times as seconds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import polars as pl

from dissect.bulk.names import VERDICT, column, rows_of, value_type
from dissect.bulk.table import NUMPY, in_lists, schema
from dissect.wire.field import Kind, bytes_text
from dissect.wire.registry import fields

SECONDS = pl.Decimal(38, 9)
"""Times, exact to the nanosecond."""
FEW = 256
"""Values up to which one after the other is quicker than all at once."""
WRITTEN = (Kind.IPV4, Kind.IPV6, Kind.MAC, Kind.BYTES)
"""What is written as text."""


def readable(table: pl.DataFrame) -> pl.DataFrame:
    """The table with addresses and byte strings as text, and times as seconds with nine decimals."""
    return pl.DataFrame([text(series) for series in table.get_columns()])


def readable_schema(fields: Sequence[str]) -> pl.Schema:
    """The types of readable columns."""
    return readable(pl.DataFrame(schema=schema(fields))).schema


def text(series: pl.Series) -> pl.Series:
    """One column of such a table, of any packets."""
    kind = _kind(column(series.name).field)
    if kind is Kind.DURATION:
        return _seconds(series) if series.dtype == pl.Int64 else series
    if kind not in WRITTEN:
        return series
    if series.null_count() == len(series):
        return series.cast(pl.List(pl.String) if isinstance(series.dtype, pl.List) else pl.String)
    return _lists(series, kind) if isinstance(series.dtype, pl.List) else _written(series, kind)


@cache
def is_plain(name: str) -> bool:
    """Whether a column holds one number for each packet, which is readable as it is."""
    wanted = column(name)
    kind = value_type(wanted.field)
    return not in_lists(wanted) and _kind(wanted.field) not in WRITTEN and (type(kind) in NUMPY or kind == VERDICT)


def _kind(name: str) -> Kind:
    """What a field is; all times are durations."""
    if name == "frame.time_epoch" or fields()[name][0].kind is Kind.DURATION:
        return Kind.DURATION
    rows = rows_of(name)
    return rows[0].kind if rows else Kind.NUMBER


def _lists(series: pl.Series, kind: Kind) -> pl.Series:
    """Lists of such values; few packets have one."""
    some = series.drop_nulls()
    owner = (
        pl.Series(range(len(some)), dtype=pl.UInt32)
        .to_frame("at")
        .select(pl.col("at").repeat_by(some.list.len()).explode())
    )
    lists = (
        owner.with_columns(value=_written(some.explode(), kind))
        .group_by("at", maintain_order=True)
        .agg("value")["value"]
    )
    there = series.is_not_null()
    return lists.gather(pl.select(pl.when(there).then(there.cum_sum() - 1)).to_series()).alias(series.name)


def _written(series: pl.Series, kind: Kind) -> pl.Series:
    """Each value is written once, however often it occurs; IPv4 addresses are put together from their halves."""
    if len(series) <= FEW:
        few = [None if value is None else _one(kind, value) for value in series.to_list()]
        return pl.Series(series.name, few, dtype=pl.String)
    if kind is Kind.IPV4:
        numbers, (first, second) = pl.lit(series), _halves()
        halves = pl.lit(first).gather(numbers // (1 << 16)), pl.lit(second).gather(numbers % (1 << 16))
        return pl.select(pl.concat_str(halves)).to_series().alias(series.name)
    values = series.unique().drop_nulls()
    texts = [bytes_text(kind, each) for each in values.to_list()]
    return series.replace_strict(values, pl.Series(texts, dtype=pl.String), return_dtype=pl.String)


def _one(kind: Kind, value: int | bytes) -> str:
    return bytes_text(kind, value.to_bytes(4, "big") if isinstance(value, int) else value)


@cache
def _halves() -> tuple[pl.Series, pl.Series]:
    """The first two octets of each address with a dot behind them, and the last two."""
    numbers = pl.Series(range(1 << 16), dtype=pl.UInt32)
    two = pl.concat_str([_OCTETS.gather(numbers // 256), _OCTETS.gather(numbers % 256)], separator=".")
    table = pl.select(first=pl.concat_str([two, pl.lit(".")]), second=two)
    return table["first"], table["second"]


_OCTETS = pl.Series([str(octet) for octet in range(256)])


def _seconds(series: pl.Series) -> pl.Series:
    """Nanoseconds as seconds, exact."""
    return series.cast(SECONDS) / 10**9
