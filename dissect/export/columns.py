"""Columns of a table as text: numbers plain, addresses as people write them, times in seconds, verdicts as words.

A value that is not there is an empty text, or `null` where that can be told from one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import polars as pl

from dissect.bulk.block import Block
from dissect.bulk.names import column, rows_of
from dissect.bulk.octets import Array
from dissect.bulk.table import block_table
from dissect.export.addresses import IPV6, MAC, Addresses, ipv4_numbers
from dissect.export.cells import Cells, Constant, Numbers, Phrases, Texts, Where, Words, spread, written
from dissect.export.clock import seconds
from dissect.render.plain import plain
from dissect.wire.field import Kind, bytes_text

SIZES = {Kind.IPV6: (16, IPV6), Kind.MAC: (6, MAC)}
QUOTED = ('"', ",", "\n", "\r")


def table_of(block: Block, fields: Sequence[str]) -> pl.DataFrame:
    """The columns that are written: the one place that knows where fields come from."""
    return block_table(block, fields)


def delimited(table: pl.DataFrame, separator: str) -> bytes:
    """A line for each row: tsv, or csv where the separator is a comma. Several values of a field have commas between them."""
    cells: list[Cells] = []
    quote = separator == ","
    for series in table.get_columns():
        cells += [_cells(series, quote=quote), Constant(separator)]
    return written([*cells[:-1], Constant("\n")], table.height)


def json_lines(table: pl.DataFrame) -> bytes:
    """A JSON object for each row, with `null` for what is not there."""
    cells: list[Cells] = []
    for series in table.get_columns():
        key = f"{',' if cells else '{'}{json.dumps(series.name)}:"
        there = series.is_not_null().to_numpy()
        if isinstance(series.dtype, pl.List) or _is_text(series):
            cells += [Constant(key), _json_texts(series), Where(~there, "null")]
            continue
        mark = '"' if _is_word(series) else ""
        cells += [Constant(key), Where(there, mark), _cells(series), Where(there, mark), Where(~there, "null")]
    return written([*cells, Constant("}\n")], table.height)


class Quads:
    """IPv4 addresses that are numbers, where they are `there`."""

    def __init__(self, values: Array, there: Array) -> None:
        self._values = values
        self._there = there

    def words(self, first: int, stop: int) -> Words:
        """See `Cells`."""
        there = self._there[first:stop]
        if there.all():
            return ipv4_numbers(self._values[first:stop])
        rows = np.flatnonzero(there)
        return spread(ipv4_numbers(self._values[first:stop][rows]), rows, stop - first) if len(rows) else []

    def widest(self, first: int, stop: int) -> int:  # noqa: ARG002
        """See `Cells`."""
        return 0


class Epochs:
    """Seconds since 1970 with nine decimals."""

    def __init__(self, values: Array, there: Array) -> None:
        self._values = values
        self._there = there

    def words(self, first: int, stop: int) -> Words:
        """See `Cells`."""
        rows = np.flatnonzero(self._there[first:stop])
        values = self._values[first:stop][rows]
        if not len(rows):
            return []
        return spread(seconds(np.abs(values).astype(np.uint64), values < 0), rows, stop - first)

    def widest(self, first: int, stop: int) -> int:  # noqa: ARG002
        """See `Cells`."""
        return 0


def _kind(series: pl.Series) -> Kind:
    rows = rows_of(column(series.name).field)
    return rows[0].kind if rows else Kind.NUMBER


def _is_text(series: pl.Series) -> bool:
    return series.dtype == pl.String


def _is_word(series: pl.Series) -> bool:
    """Whether values are text that needs no escapes."""
    return isinstance(series.dtype, pl.Enum) or series.dtype == pl.Binary or _kind(series) is Kind.IPV4


def _cells(series: pl.Series, *, quote: bool = False) -> Cells:
    """A column of single values; lists with commas between theirs."""
    there = series.is_not_null().to_numpy()
    kind = series.dtype
    if isinstance(kind, pl.List) or kind == pl.String:
        return _texts(series, quote=quote)
    if kind == pl.Binary:
        return _octets(series, there)
    if isinstance(kind, pl.Enum):
        codes = series.to_physical().fill_null(len(kind.categories)).to_numpy()
        return Phrases(codes, [*kind.categories.to_list(), ""])
    values = series.fill_null(0).to_numpy()
    if column(series.name).field == "frame.time_epoch":
        return Epochs(values, there)
    if _kind(series) is Kind.IPV4:
        return Quads(values, there)
    return Numbers(values, None if there.all() else there)


def _octets(series: pl.Series, there: Array) -> Cells:
    """Addresses and byte strings."""
    kind = _kind(series)
    rows = np.flatnonzero(there)
    values: list[bytes] = series.drop_nulls().to_list()
    size, address = SIZES.get(kind, (0, 0))
    data = b"".join(values)
    if not size or len(data) != size * len(values) or any(len(value) != size for value in values):
        return Texts(rows, [bytes_text(kind, value).encode() for value in values])
    where, kinds = np.zeros(len(series), np.int64), np.zeros(len(series), np.uint8)
    where[rows], kinds[rows] = np.arange(len(rows)) * size, address
    return Addresses(np.frombuffer(data, np.uint8), where, kinds)


def _texts(series: pl.Series, *, quote: bool) -> Cells:
    """Texts from packets, made safe, and lists."""
    rows = np.flatnonzero(series.is_not_null().to_numpy())
    values = series.drop_nulls()
    if isinstance(values.dtype, pl.List):
        inner = _as_text(values.explode(), values.name)
        sizes = values.list.len().to_numpy()
        flat, at, found = inner.to_list(), 0, []
        for size in sizes.tolist():
            found.append(",".join(flat[at : at + size]))
            at += size
    else:
        known = {text: plain(text) for text in values.unique().to_list()}
        found = [known[text] for text in values.to_list()]
    if quote:
        found = ['"' + text.replace('"', '""') + '"' if any(mark in text for mark in QUOTED) else text for text in found]
    return Texts(rows, [text.encode() for text in found])


def _as_text(series: pl.Series, name: str) -> pl.Series:
    """Single values as text, one by one."""
    named = series.alias(name)
    if series.dtype == pl.String:
        return pl.Series([plain(text) for text in series.to_list()], dtype=pl.String)
    lines = written([_cells(named), Constant("\n")], len(series)).decode()
    return pl.Series(lines.split("\n")[:-1], dtype=pl.String)


def _json_texts(series: pl.Series) -> Cells:
    """Strings with JSON's escapes, and arrays."""
    rows = np.flatnonzero(series.is_not_null().to_numpy())
    values = series.drop_nulls()
    if not isinstance(values.dtype, pl.List):
        known = {text: json.dumps(text).encode() for text in values.unique().to_list()}
        return Texts(rows, [known[text] for text in values.to_list()])
    flat: Sequence[object] = values.explode().to_list()
    if values.explode().dtype == pl.Binary or _kind(values) is Kind.IPV4:
        flat = _as_text(values.explode(), values.name).to_list()
    at, found = 0, []
    for size in values.list.len().to_list():
        found.append(json.dumps(flat[at : at + size], separators=(",", ":")).encode())
        at += size
    return Texts(rows, found)
