"""Columns as people write them: addresses as text, times as seconds."""

from __future__ import annotations

import polars as pl

from dissect.bulk.names import column, rows_of
from dissect.wire.field import Kind, bytes_text
from dissect.wire.registry import fields


def readable(table: pl.DataFrame) -> pl.DataFrame:
    """The table with addresses and byte strings as text, and times as seconds with nine decimals."""
    return table.with_columns([_text(series) for series in table.get_columns()])


def _text(series: pl.Series) -> pl.Series:
    name = column(series.name).field
    if name == "frame.time_epoch" or fields()[name][0].kind is Kind.DURATION:
        return _seconds(series) if series.dtype == pl.Int64 else series
    rows = rows_of(name)
    kind = rows[0].kind if rows else Kind.NUMBER
    if kind not in (Kind.IPV4, Kind.IPV6, Kind.MAC, Kind.BYTES):
        return series
    if isinstance(series.dtype, pl.List):
        inner = _written(series.explode(), kind)
        sizes = pl.DataFrame({"row": series.list.len().fill_null(1)}).with_row_index("at")
        at = sizes.select(pl.col("at").repeat_by("row").explode()).to_series()
        lists = pl.DataFrame({"at": at, "value": inner}).group_by("at", maintain_order=True).agg("value")["value"]
        return pl.select(pl.when(series.is_not_null()).then(lists)).to_series().alias(series.name)
    return _written(series, kind)


def _written(series: pl.Series, kind: Kind) -> pl.Series:
    """Each value is written once, however often it occurs."""
    values = series.unique().drop_nulls()
    raw = (value.to_bytes(4, "big") if isinstance(value, int) else value for value in values.to_list())
    texts = pl.Series([bytes_text(kind, each) for each in raw], dtype=pl.String)
    return series.replace_strict(values, texts, return_dtype=pl.String)


def _seconds(series: pl.Series) -> pl.Series:
    """Nanoseconds as seconds, exact."""
    value = pl.col(series.name)
    size = value.abs()
    sign = pl.when(value < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    fraction = (size % 10**9).cast(pl.String).str.zfill(9)
    return series.to_frame().select(pl.format("{}{}.{}", sign, size // 10**9, fraction).alias(series.name)).to_series()
