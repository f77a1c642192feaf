"""Columns before they are written: only what is there, so that what no packet has costs nothing."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import polars as pl

from dissect.bulk.block import Block
from dissect.bulk.columns import Values, values_of
from dissect.bulk.names import FRAME, STREAM, column, value_type
from dissect.bulk.octets import Array
from dissect.bulk.table import NUMPY, Masks, alone, block_table, dense, in_lists, meant, sums_for, walk_block
from dissect.bulk.text import is_plain, text
from dissect.wire.field import Raw

SHORT = 64
"""Values up to which lists are put together sooner one by one."""


class Cells(NamedTuple):
    """The `values` of one column, in the rows `rows`, which never fall; a row that has several values holds a list."""

    rows: Array
    values: Array | list[Raw]


class Sheet:
    """`count` rows of columns: cells as they stand in headers, series of what comes from elsewhere."""

    def __init__(self, count: int, columns: dict[str, Cells | pl.Series]) -> None:
        self.count = count
        self.columns = columns

    @property
    def size(self) -> int:
        """Bytes that the values take, about."""
        values = [each.values for each in self.columns.values() if isinstance(each, Cells)]
        return sum(each.nbytes if isinstance(each, np.ndarray) else 64 * len(each) for each in values)

    def within(self, low: int, high: int) -> Sheet:
        """The rows from `low` up to `high`."""
        cut: dict[int, tuple[Array, slice, Array]] = {}

        def some(cells: Cells) -> Cells:
            if id(cells.rows) not in cut:
                first, stop = np.searchsorted(cells.rows, (low, high)).tolist()
                cut[id(cells.rows)] = cells.rows, slice(first, stop), cells.rows[first:stop] - low
            _, part, rows = cut[id(cells.rows)]
            return Cells(rows, cells.values[part])

        columns = {
            name: some(each) if isinstance(each, Cells) else each[low:high] for name, each in self.columns.items()
        }
        return Sheet(high - low, columns)

    def frame(self) -> pl.DataFrame:
        """The columns in which anything is, readable."""
        found: list[pl.Series | pl.Expr] = []
        places, masks = _Places(self.count), Masks(self.count)
        for name, each in self.columns.items():
            if isinstance(each, pl.Series):
                found.append(text(each))
            elif not len(each.rows):
                continue
            elif is_plain(name):
                found.append(dense(name, each.rows, np.asarray(each.values), masks))
            else:
                rows, series = _written(name, each)
                found.append(series if len(rows) == self.count else pl.lit(series).gather(places.of(rows)).alias(name))
        return pl.select(found)

    def packed(self) -> bytes:
        """The same in polars' IPC form."""
        out = io.BytesIO()
        self.frame().write_ipc_stream(out, compression="lz4")
        return out.getvalue()

    def woven(self, kept: Array, more: Sheet, order: Array) -> Sheet:
        """The rows `kept` (a mask) and then those of `more`, put in an order."""
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        stay = int(kept.sum())
        mine = np.full(self.count, -1, np.int64)
        mine[kept] = place[:stay]
        weave = _weaving(mine, place[stay:])
        columns: dict[str, Cells | pl.Series] = {}
        for name, here in self.columns.items():
            there = more.columns[name]
            if isinstance(here, Cells) and isinstance(there, Cells):
                columns[name] = weave(here, there)
            else:
                columns[name] = as_series(here).filter(kept).append(as_series(there))[order]
        return Sheet(len(order), columns)


def _written(name: str, cells: Cells) -> tuple[Array, pl.Series]:
    """A column's readable values, and their rows; those of one row in a list where the column has lists."""
    wanted = column(name)
    series = text(alone(cells.values, value_type(wanted.field)).alias(name))
    if not in_lists(wanted):
        return cells.rows, series
    first = np.flatnonzero(np.r_[True, cells.rows[1:] != cells.rows[:-1]])
    rows = cells.rows[first]
    if len(series) > SHORT:
        grouped = pl.DataFrame({"row": cells.rows, name: series}).group_by("row", maintain_order=True).agg(name)
        return rows, grouped[name]
    values, bounds = series.to_list(), [*first.tolist(), len(series)]
    return rows, pl.Series(name, [values[low:high] for low, high in pairwise(bounds)], dtype=pl.List(series.dtype))


class _Places:
    """Where the value of each of `count` rows is among those of some rows, which rise; columns share them."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._made: dict[int, tuple[Array, pl.Expr]] = {}

    def of(self, rows: Array) -> pl.Expr:
        """Null where there is none."""
        if id(rows) not in self._made:
            at = np.full(self._count, -1, np.int32)
            at[rows] = np.arange(len(rows), dtype=np.int32)
            places = pl.lit(pl.Series(at))
            self._made[id(rows)] = rows, pl.when(places >= 0).then(places)
        return self._made[id(rows)][1]


def as_series(column: Cells | pl.Series) -> pl.Series:
    """A column that stands in no header."""
    assert isinstance(column, pl.Series)
    return column


def _weaving(mine: Array, others: Array) -> Callable[[Cells, Cells], Cells]:
    """Puts the cells of two sheets together, whose rows go where these arrays say, or nowhere for -1; columns share much of it."""
    seen: dict[tuple[int, int], tuple[Array, Array, Array, Array | None, Array]] = {}

    def weave(here: Cells, there: Cells) -> Cells:
        if not len(here.rows):
            return Cells(others[there.rows], there.values) if len(there.rows) else here
        key = id(here.rows), id(there.rows) if len(there.rows) else 0
        if key not in seen:
            to = mine[here.rows]
            stays = None if (to >= 0).all() else np.flatnonzero(to >= 0)
            to = np.concatenate([to if stays is None else to[stays], others[there.rows]])
            order = np.argsort(to, kind="stable")
            seen[key] = here.rows, there.rows, order, stays, to[order]
        _, _, order, stays, rows = seen[key]
        return Cells(rows, _taken(here.values, there.values, stays, order))

    return weave


def _taken(here: Array | list[Raw], there: Array | list[Raw], stays: Array | None, order: Array) -> Array | list[Raw]:
    """The values `stays` (None: all) of the first and those of the second, in an order."""
    if not len(there):
        return (
            here if stays is None else [here[one] for one in stays.tolist()] if isinstance(here, list) else here[stays]
        )
    if not len(here):
        return there
    if isinstance(here, list) or isinstance(there, list):
        first, second = (each if isinstance(each, list) else each.tolist() for each in (here, there))
        first = first if stays is None else [first[one] for one in stays.tolist()]
        both = first + second
        return [both[one] for one in order.tolist()]
    if stays is not None:
        here = here[stays]
    return np.concatenate([here, there])[order]


def sheet(block: Block, fields: Sequence[str]) -> Sheet:
    """The fields of all packets of a block, each once."""
    names = tuple(dict.fromkeys(fields))
    wanted = [column(name) for name in names]
    headers = [each.field for each in wanted if each.field not in FRAME and each.field not in STREAM]
    beside = [each.asked for each in wanted if each.field in FRAME or each.field in STREAM]
    walk = walk_block(block, [each.field for each in wanted])
    sums = sums_for(block.octets, headers)
    found: dict[str, Values] = {}
    columns: dict[str, Cells | pl.Series] = dict.fromkeys(names, Cells(np.zeros(0, np.int64), []))
    orders = Orders()
    for each in sorted(wanted, key=lambda each: not each.field.endswith("_calculated")):  # verdicts come with these
        if each.asked not in beside and walk is not None:
            if each.field not in found:
                found[each.field] = values_of(walk, each.field, sums)
            values = meant(each, found[each.field])
            columns[each.asked] = orders.cells(values, each.field)
    if beside:
        columns |= {series.name: series for series in block_table(block, beside, walk).get_columns()}
    return Sheet(len(block), columns)


class Orders:
    """Puts values that no packet has twice in the order of the packets; those of the same packets share it."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[Array, Array, Array | None]] = {}
        self._alike: dict[tuple[int, ...], list[Array]] = {}

    def cells(self, values: Values, field: str) -> Cells:
        """The cells of a column."""
        small = _small(values.values, field)
        if id(values.rows) not in self._made:
            self._made[id(values.rows)] = values.rows, *self._order(values)
        _, rows, order = self._made[id(values.rows)]
        return Cells(rows, small if order is None else np.asarray(small)[order])

    def _order(self, values: Values) -> tuple[Array, Array | None]:
        rows = values.rows
        order = np.argsort(rows, kind="stable") if values.single and (rows[1:] < rows[:-1]).any() else None
        rows = rows if order is None else rows[order]
        alike = self._alike.setdefault((len(rows), *rows[:1].tolist(), *rows[-1:].tolist()), [])
        for known in alike:
            if np.array_equal(known, rows):
                return known, order
        alike.append(rows)
        return rows, order


def _small(values: Array | list[Raw], field: str) -> Array | list[Raw]:
    """Numbers in no more bytes than their column needs."""
    kind = NUMPY.get(type(value_type(field)))
    return values if kind is None or isinstance(values, list) else values.astype(kind, copy=False)
