"""Blocks as polars frames: `block_table` is a pure function of a block's bytes and the fields asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache

import numpy as np
import polars as pl

from dissect.bulk.block import Beside, Block, blocks
from dissect.bulk.checksums import WORDS, Sums
from dissect.bulk.columns import Values, values_of
from dissect.bulk.condition import Condition
from dissect.bulk.names import ALL, FIRST, FRAME, STREAM, VERDICT, Column, column, is_list, keys_of, type_of, value_type
from dissect.bulk.octets import Array, Octets
from dissect.bulk.runs import WHOLE, frame_bytes
from dissect.bulk.straight import shortcut
from dissect.bulk.transport import LEAVES, walked
from dissect.bulk.walk import Walk
from dissect.capture.frames import Frames
from dissect.wire.field import Raw
from dissect.wire.runs import runs

OUTSIDE = frozenset((*FRAME, *STREAM, *WHOLE))
"""What stands in no header."""
PROTOCOLS = "frame.protocols"
"""What every header has a part in."""


class Masks:
    """Which of `count` packets have a value, as polars has it; the fields of one header share theirs."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._made: dict[int, tuple[Array, pl.Series]] = {}

    def of(self, rows: Array) -> pl.Series:
        """True for the packets `rows`."""
        if id(rows) not in self._made:
            there = np.zeros(self.count, bool)
            there[rows] = True
            self._made[id(rows)] = rows, pl.Series(there)
        return self._made[id(rows)][1]


def schema(fields: Sequence[str]) -> pl.Schema:
    """The types of the columns; KeyError for a name that is none, with the nearest."""
    return pl.Schema({name: type_of(column(name)) for name in fields})


def block_table(
    block: Block, fields: Sequence[str], walk: Walk | None = None, found: dict[str, Values] | None = None
) -> pl.DataFrame:
    """The fields of all packets of a block as columns, null where a packet has none.

    `walk` is one made with these fields before, if there is one; `found` is given what it met.
    """
    octets, where = block.octets, block.index
    wanted = [column(name, filtering=True) for name in fields]
    headers = [each.field for each in wanted if each.field not in OUTSIDE]
    walk = walk or walk_block(block, [each.field for each in wanted])
    sums = sums_for(octets, headers)
    made: list[pl.Series] = []
    found = {} if found is None else found
    masks = Masks(len(where))
    for each in wanted:
        if each.field in WHOLE:
            made.append(frame_bytes(block, each.number).alias(each.asked))
            continue
        if each.field in FRAME:
            made.append(_frame_column(each, block, walk).alias(each.asked))
            continue
        if each.field in STREAM:
            made.append(_beside(block, each))
            continue
        assert walk is not None
        if each.field not in found:
            found[each.field] = values_of(walk, each.field, sums)
        made.append(_column(each, found[each.field], masks))
    return pl.DataFrame(made)


def _beside(block: Block, wanted: Column) -> pl.Series:
    if block.beside is None:
        raise KeyError(f"{wanted.asked}: comes from other packets of the capture, which are not at hand here")
    found: pl.Series = block.beside(wanted.field, block.index.number)
    return found.alias(wanted.asked)


def sums_for(octets: Octets, headers: Iterable[str]) -> Sums | None:
    """What verdicts need, if fields ask for one."""
    return Sums(octets) if any(".checksum" in name and name not in _stored() for name in headers) else None


def _stored() -> frozenset[str]:
    return frozenset({"ip.checksum", "tcp.checksum", "udp.checksum", "icmp.checksum", "icmpv6.checksum"})


def walk_block(block: Block, fields: Iterable[str]) -> Walk | None:
    """The headers of all packets, as far as the fields need them; None where they need none."""
    names = frozenset(fields)
    keys = frozenset(key for name in names - OUTSIDE for key in keys_of(name))
    if PROTOCOLS in names:
        return walked(block)
    return walked(block, LEAVES - keys, None if names & runs().keys() else shortcut(keys)) if keys else None


def _column(wanted: Column, values: Values, masks: Masks) -> pl.Series:
    count, kind = masks.count, value_type(wanted.field)
    values = meant(wanted, values)
    if in_lists(wanted):
        return _lists(wanted.asked, values, kind, count)
    if _is_listed(values.values):
        return _scatter(wanted.asked, values.rows, alone(values.values, kind), count)
    return dense(wanted.asked, values.rows, np.asarray(values.values), masks)


def in_lists(wanted: Column) -> bool:
    """Whether a column holds a list for each packet."""
    return wanted.number == ALL or is_list(wanted.field)


def meant(wanted: Column, values: Values) -> Values:
    """Those of a field's values that a column holds."""
    if wanted.number > 0:
        values = values.take(np.flatnonzero(values.ranks == wanted.number))
    if in_lists(wanted) or values.single:
        return values
    again = values.rows[1:] == values.rows[:-1]
    return values.take(np.flatnonzero(np.r_[True, ~again])) if again.any() else values


def dense(name: str, rows: Array, number: Array, masks: Masks) -> pl.Series:
    """Numbers of the packets `rows` as a column."""
    count, kind = masks.count, value_type(column(name).field)
    if len(number) == count and _in_order(rows):
        return _numbers(name, number, kind)
    whole = np.zeros(count, number.dtype)
    whole[rows] = number
    series = _numbers(name, whole, kind)
    return series if len(number) == count else series.zip_with(masks.of(rows), _nothing(kind))


@cache
def _nothing(kind: pl.DataType) -> pl.Series:
    return pl.Series([None], dtype=kind)


def alone(values: Array | list[Raw], kind: pl.DataType) -> pl.Series:
    """The values as a series."""
    if not _is_listed(values):
        return _numbers("", np.asarray(values), kind)
    return pl.Series(values if isinstance(values, list) else values.tolist(), dtype=kind)


def _is_listed(values: Array | list[Raw]) -> bool:
    """Whether values are no numbers."""
    return isinstance(values, list) or values.dtype.kind in "VO"


def _numbers(name: str, number: Array, kind: pl.DataType) -> pl.Series:
    if kind == VERDICT:
        return _VERDICTS.gather(pl.Series(number)).alias(name)
    return pl.Series(name, number.astype(NUMPY[type(kind)], copy=False))


_VERDICTS = pl.Series(WORDS, dtype=VERDICT)
NUMPY: dict[type[pl.DataType], type[np.generic]] = {
    pl.UInt8: np.uint8,
    pl.UInt16: np.uint16,
    pl.UInt32: np.uint32,
    pl.UInt64: np.uint64,
}


def _in_order(rows: Array) -> bool:
    return bool((rows[1:] > rows[:-1]).all())


def _scatter(name: str, rows: Array, values: pl.Series, count: int) -> pl.Series:
    """A column of `count` packets, with the values at `rows`."""
    if len(rows) == count and _in_order(rows):
        return values.alias(name)
    at = np.full(count, -1, np.int64)
    at[rows] = np.arange(len(rows))
    places = pl.Series(at, dtype=pl.Int64)
    places = places.set(places < 0, None)
    return values.gather(places).alias(name)


def _lists(name: str, values: Values, kind: pl.DataType, count: int) -> pl.Series:
    if not len(values.rows):
        return pl.Series(name, [None] * count, dtype=pl.List(kind))
    frame = pl.DataFrame({"row": values.rows, "value": alone(values.values, kind)})
    lists = frame.group_by("row", maintain_order=True).agg("value")
    return _scatter(name, lists["row"].to_numpy(), lists["value"], count)


def _frame_column(wanted: Column, block: Block, walk: Walk | None) -> pl.Series:
    name, where = wanted.field, block.index
    if name == "frame.comment":
        return pl.Series([None] * len(where) if wanted.number > 1 else _comments(block), dtype=pl.List(pl.String))
    if name == "frame.time_epoch":
        series = pl.Series(where.time, dtype=pl.Int64)
        series = series if where.timed.all() else series.set(pl.Series(~where.timed), None)
    elif name == "frame.interface_name":
        series = pl.Series([name or None for name in where.interfaces], dtype=pl.String).gather(where.named)
    elif name == PROTOCOLS:
        assert walk is not None
        series = _protocols(walk, len(where))
    else:
        numbers = {
            "frame.number": where.number, "frame.len": where.length, "frame.cap_len": where.captured,
            "frame.interface_id": where.interface,
        }  # fmt: skip
        series = pl.Series(numbers[name], dtype=FRAME[name])
    if wanted.number > 1:
        series = series.clear(len(series))
    return series.reshape((-1, 1)).cast(pl.List(FRAME[name])) if wanted.number == ALL else series


def _comments(block: Block) -> list[list[str] | None]:
    """The comments of each packet; only blocks with options are looked at, one by one."""
    found: list[list[str] | None] = [None] * len(block)
    for row in np.flatnonzero(block.index.optional).tolist():
        batch = block.batches[block.index.batch[row]]
        frame = batch.frame(batch.mark.number + int(block.index.row[row]))
        found[row] = [*frame.comments] or None
    return found


def _protocols(walk: Walk, count: int) -> pl.Series:
    """The keys of each packet's layers, outermost first."""
    if not walk.visits:
        return pl.Series([None] * count, dtype=pl.String)
    rows = np.concatenate([visit.group.rows for visit in walk.visits])
    keys = pl.Series([visit.header.key for visit in walk.visits])
    numbers = np.repeat(np.arange(len(keys)), [len(visit) for visit in walk.visits])
    frame = pl.DataFrame({"row": rows, "key": keys.gather(numbers)}).sort("row", maintain_order=True)
    joined = frame.group_by("row", maintain_order=True).agg(pl.col("key").str.join(":"))
    return _scatter("frame.protocols", joined["row"].to_numpy(), joined["key"], count)


def chosen(block: Block, where: pl.Expr | Condition) -> Block:
    """The packets of a block that fulfil a condition on any columns; of those set aside none."""
    fulfilled = _fulfilled(block, where) if isinstance(where, Condition) else _tested(block, where)
    if block.aside is not None:
        fulfilled = fulfilled.scatter(block.aside.rows(), values=False)
    return block if fulfilled.all() else block.take(fulfilled.arg_true().to_numpy())


def _fulfilled(block: Block, where: Condition) -> pl.Series:
    """Further layers are looked at only in the packets that have some, but then all of them."""
    walk = walk_block(block, where.fields)
    found: dict[str, Values] = {}
    fulfilled = _tested(block, where.outer, walk, found)
    if walk is None:
        return fulfilled
    rows, depth = met_again(walk, [name for name in where.fields if name not in OUTSIDE])
    if not len(rows):
        return fulfilled
    return fulfilled.scatter(rows, _tested(block, where.whole(depth), walk, found, rows))


def _tested(
    block: Block,
    where: pl.Expr,
    walk: Walk | None = None,
    found: dict[str, Values] | None = None,
    rows: Array | None = None,
) -> pl.Series:
    """Whether each packet, or each of `rows`, fulfils a condition; one that reads no column is true or false of all."""
    needed = tuple(dict.fromkeys(where.meta.root_names()))
    table = block_table(block, needed, walk, found)
    if needed and rows is not None:
        table = table[rows]
    fulfilled = table.select(where.fill_null(value=False)).to_series()
    return fulfilled if needed else fulfilled.new_from_index(0, len(block) if rows is None else len(rows))


def several(name: str, values: Values) -> tuple[Array, pl.Series]:
    """Those values of a field that are not alone in their packet, with the packet of each."""
    again = values.rows[1:] == values.rows[:-1]
    if values.single or not again.any():
        values = values.take(np.zeros(0, np.int64))
    else:
        values = values.take(np.flatnonzero(np.r_[again, False] | np.r_[False, again]))
    return values.rows, alone(values.values, value_type(column(name).field)).alias(name)


def met_again(walk: Walk, fields: Iterable[str]) -> tuple[Array, int]:
    """The packets that have a header of these fields more than once, and how often the most."""
    count = np.zeros(len(walk.index), np.int64)
    for key in frozenset(key for name in fields for key in keys_of(name)):
        rows = [visit.group.rows for visit in walk.visits if visit.header.key == key]
        if len(rows) > 1:
            count = np.maximum(count, np.bincount(np.concatenate(rows), minlength=len(count)))
    return np.flatnonzero(count > 1), int(count.max(initial=0))


def tables(
    frames: Frames,
    fields: Sequence[str],
    where: pl.Expr | Condition | None = None,
    beside: Beside | None = None,
    first: int = 1,
) -> Iterator[pl.DataFrame]:
    """Frame after frame, in file order and with flat memory; from a pipe each as soon as its packets have come.

    `where` is a condition on any columns, asked for or not; KeyError for a name that is none. `beside` gives the columns
    that come from whole connections. The batch that holds packet `first` comes first, from its own beginning on.
    """
    schema((*fields, *(where.meta.root_names() if isinstance(where, pl.Expr) else ())))
    for block in blocks(frames, first):
        block.beside = beside
        yield block_table(block if where is None else chosen(block, where), fields)


__all__ = ["FIRST", "block_table", "chosen", "met_again", "schema", "tables", "walk_block"]
