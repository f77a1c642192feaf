"""Columns as tsv, csv and ndjson: numbers plain, addresses as people write them, times as seconds, verdicts as words."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Literal

import polars as pl

from dissect.bulk.block import Block
from dissect.bulk.columns import Values
from dissect.bulk.names import FIRST, FRAME, STREAM, column, is_list, rows_of
from dissect.bulk.table import block_table, several, walk_block
from dissect.bulk.text import readable, text
from dissect.render.plain import plain
from dissect.wire.field import Kind

Quotes = Literal["necessary", "never"]
UNSAFE = r"[^ -~]"
"""What may have to be written as an escape."""
ADDRESSES = frozenset({Kind.IPV4, Kind.IPV6, Kind.MAC})


def columns(block: Block, fields: Sequence[str]) -> pl.DataFrame:
    """The columns that are written, each once: the one place that knows where fields come from."""
    return readable(block_table(block, tuple(dict.fromkeys(fields))))


def delimited(block: Block, fields: Sequence[str], separator: str) -> bytes:
    """A line for each packet: csv where the separator is a comma, else nothing is quoted.

    Where a packet has several values of a field, those of the headers inside a tunnel among them, all stand there with
    commas between them, outermost first.
    """
    names = tuple(dict.fromkeys(fields))
    walk = walk_block(block, [column(name).field for name in names])
    found: dict[str, Values] = {}
    table = readable(block_table(block, names, walk, found))
    made = {series.name: _joined(_safe(series)) for series in table.get_columns()}
    for name in filter(_single, names):
        rows, values = several(name, found[column(name).field])
        if len(rows):
            each = pl.DataFrame({"row": rows, "text": _safe(text(values)).cast(pl.String)})
            more = each.group_by("row", maintain_order=True).agg(pl.col("text").str.join(","))
            made[name] = made[name].cast(pl.String).scatter(more["row"], more["text"])
    lines = pl.DataFrame([made[name].alias(str(place)) for place, name in enumerate(fields)])
    quotes: Quotes = "necessary" if separator == "," else "never"
    written = BytesIO()
    lines.write_csv(written, separator=separator, include_header=False, quote_style=quotes)
    return written.getvalue()


def json_lines(table: pl.DataFrame) -> bytes:
    """An object for each row: `null` for what is not there, times as text, which keeps all their decimals."""
    return table.with_columns([_safe(series) for series in table.get_columns()]).write_ndjson().encode()


def _single(name: str) -> bool:
    """Whether a column holds the first value of several."""
    asked = column(name)
    alone = asked.field in FRAME or asked.field in STREAM
    return asked.number == FIRST and not alone and not is_list(asked.field)


def _joined(series: pl.Series) -> pl.Series:
    if not isinstance(series.dtype, pl.List):
        return series
    return series.cast(pl.List(pl.String)).list.join(",")


def _safe(series: pl.Series) -> pl.Series:
    """Text without anything that could move a cursor; only few differ, and no address."""
    rows = rows_of(column(series.name).field)
    if rows and rows[0].kind in ADDRESSES:
        return series
    if isinstance(series.dtype, pl.List) and series.dtype.inner == pl.String:
        some = series.drop_nulls().explode()
        if not some.str.contains(UNSAFE).any():
            return series
        made = [None if texts is None else [plain(text) for text in texts] for texts in series.to_list()]
        return pl.Series(series.name, made, dtype=series.dtype)
    if series.dtype != pl.String or not series.str.contains(UNSAFE).any():
        return series
    texts = series.unique().drop_nulls()
    return series.replace_strict(texts, pl.Series(map(plain, texts.to_list()), dtype=pl.String), return_dtype=pl.String)
