"""Columns as tsv, csv and ndjson: numbers plain, addresses as people write them, times as seconds, verdicts as words."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from dissect.bulk.block import Block
from dissect.bulk.table import block_table
from dissect.bulk.text import readable
from dissect.render.plain import plain


def columns(block: Block, fields: Sequence[str]) -> pl.DataFrame:
    """The columns that are written, each once: the one place that knows where fields come from."""
    return readable(block_table(block, tuple(dict.fromkeys(fields))))


def delimited(table: pl.DataFrame, fields: Sequence[str], separator: str) -> bytes:
    """A line for each row: csv where the separator is a comma, else nothing is quoted. Several values have commas between them."""
    made = {series.name: _joined(_safe(series)) for series in table.get_columns()}
    lines = pl.DataFrame([made[name].alias(str(place)) for place, name in enumerate(fields)])
    quotes = "necessary" if separator == "," else "never"
    return lines.write_csv(separator=separator, include_header=False, quote_style=quotes).encode()  # type: ignore[arg-type]


def json_lines(table: pl.DataFrame) -> bytes:
    """An object for each row: `null` for what is not there, times as text, which keeps all their decimals."""
    return table.with_columns([_safe(series) for series in table.get_columns()]).write_ndjson().encode()


def _joined(series: pl.Series) -> pl.Series:
    if not isinstance(series.dtype, pl.List):
        return series
    return series.cast(pl.List(pl.String)).list.join(",")


def _safe(series: pl.Series) -> pl.Series:
    """Text without anything that could move a cursor; only few differ."""
    if series.dtype != pl.String or not series.str.contains(r"[^ -~]").any():
        return series
    texts = series.unique().drop_nulls()
    return series.replace_strict(texts, pl.Series(map(plain, texts.to_list()), dtype=pl.String), return_dtype=pl.String)
