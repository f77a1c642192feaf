"""Batches as polars frames: `batch_table` is a pure function of a batch's bytes and the fields asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl

from dissect.bulk.checksums import WORDS, Sums
from dissect.bulk.columns import Values, values_of
from dissect.bulk.group import Group
from dissect.bulk.index import Index, index
from dissect.bulk.names import ALL, FIRST, FRAME, VERDICT, Column, column, is_list, keys_of, supported, type_of
from dissect.bulk.octets import PAD, Array, Octets
from dissect.bulk.transport import HANDLERS, LEAVES
from dissect.bulk.walk import Walk
from dissect.capture.batch import Batch
from dissect.capture.frames import Frames
from dissect.wire.registry import LINK_HEADERS

BYTES = 4 << 20
"""Bytes of records that are decoded at a time, at least as long as the file is not at its end."""


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


def batch_table(batch: Batch, fields: Sequence[str]) -> pl.DataFrame:
    """The fields of all packets of a batch as columns, null where a packet has none."""
    return _table(batch, Octets(batch.data + bytes(PAD)), fields)


def _table(batch: Batch, octets: Octets, fields: Sequence[str]) -> pl.DataFrame:
    wanted = [column(name) for name in fields]
    where = index(batch, octets)
    headers = [each.field for each in wanted if each.field not in FRAME]
    walk = walk_batch(octets, where, headers) if headers or any(c.field == "frame.protocols" for c in wanted) else None
    sums = Sums(octets) if any(".checksum" in name and name not in _stored() for name in headers) else None
    made: list[pl.Series] = []
    found: dict[str, Values] = {}
    masks = Masks(len(where))
    for each in wanted:
        if each.field in FRAME:
            made.append(_frame_column(each, where, walk).alias(each.asked))
            continue
        assert walk is not None
        if each.field not in found:
            found[each.field] = values_of(walk, each.field, sums)
        made.append(_column(each, found[each.field], masks))
    return pl.DataFrame(made)


def _stored() -> frozenset[str]:
    return frozenset({"ip.checksum", "tcp.checksum", "udp.checksum", "icmp.checksum", "icmpv6.checksum"})


def walk_batch(octets: Octets, where: Index, fields: Iterable[str]) -> Walk:
    """All headers of all packets, as far as the fields need them."""
    keys = frozenset(key for name in fields for key in keys_of(name))
    walk = Walk(octets, where, LEAVES - keys if keys else frozenset())
    sent = np.maximum(where.length, where.captured) - where.fcs
    end = np.minimum(where.captured, np.maximum(sent, 0))
    count = len(where)
    nowhere = np.zeros(count, bool)
    group = Group(np.arange(count), where.start, where.start + end, where.start + sent, nowhere, nowhere)
    links = where.link
    for link in set(links.tolist()):
        if link in LINK_HEADERS:
            walk.push(LINK_HEADERS[link], group, links == link)
    walk.run(HANDLERS)
    return walk


def _column(wanted: Column, values: Values, masks: Masks) -> pl.Series:
    count = masks.count
    if wanted.number > 0:
        values = values.take(np.flatnonzero(values.ranks == wanted.number))
    kind = supported()[wanted.field]
    if wanted.number == ALL or is_list(wanted.field):
        return _lists(wanted.asked, values, kind, count)
    if not values.single:
        again = values.rows[1:] == values.rows[:-1]
        if again.any():
            values = values.take(np.flatnonzero(np.r_[True, ~again]))
    if isinstance(values.values, list):
        return _scatter(wanted.asked, values.rows, pl.Series(values.values, dtype=kind), count)
    return _dense(wanted.asked, values, kind, masks)


def _dense(name: str, values: Values, kind: pl.DataType, masks: Masks) -> pl.Series:
    """Numbers as a column."""
    count = masks.count
    number = np.asarray(values.values)
    if len(number) == count:
        return _numbers(name, number, kind)
    dense = np.zeros(count, number.dtype)
    dense[values.rows] = number
    return _numbers(name, dense, kind).zip_with(masks.of(values.rows), pl.Series([None], dtype=kind))


def _numbers(name: str, number: Array, kind: pl.DataType) -> pl.Series:
    if kind == VERDICT:
        return pl.Series(name, WORDS, dtype=VERDICT).gather(pl.Series(number))
    return pl.Series(name, number.astype(_NUMPY[type(kind)], copy=False))


_NUMPY: dict[type[pl.DataType], type[np.generic]] = {
    pl.UInt8: np.uint8,
    pl.UInt16: np.uint16,
    pl.UInt32: np.uint32,
    pl.UInt64: np.uint64,
}


def _scatter(name: str, rows: Array, values: pl.Series, count: int) -> pl.Series:
    """A column of `count` packets, with the values at `rows`."""
    if len(rows) == count:
        return values.alias(name)
    at = np.full(count, -1, np.int64)
    at[rows] = np.arange(len(rows))
    places = pl.Series(at, dtype=pl.Int64)
    places = places.set(places < 0, None)
    return values.gather(places).alias(name)


def _lists(name: str, values: Values, kind: pl.DataType, count: int) -> pl.Series:
    if not len(values.rows):
        return pl.Series(name, [None] * count, dtype=pl.List(kind))
    flat = values.values
    series = pl.Series(flat, dtype=kind) if isinstance(flat, list) else _numbers("", flat, kind)
    frame = pl.DataFrame({"row": values.rows, "value": series})
    lists = frame.group_by("row", maintain_order=True).agg("value")
    return _scatter(name, lists["row"].to_numpy(), lists["value"], count)


def _frame_column(wanted: Column, where: Index, walk: Walk | None) -> pl.Series:
    name = wanted.field
    if name == "frame.time_epoch":
        series = pl.Series(where.time, dtype=pl.Int64)
        series = series if where.timed.all() else series.set(pl.Series(~where.timed), None)
    elif name == "frame.interface_name":
        series = pl.Series([name or None for name in where.interfaces], dtype=pl.String).gather(where.interface)
    elif name == "frame.protocols":
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


def tables(
    frames: Frames, fields: Sequence[str], where: pl.Expr | None = None, first: int = 1
) -> Iterator[pl.DataFrame]:
    """Frame after frame, in file order and with flat memory; from a pipe each as soon as its packets have come.

    `where` is a condition on any columns, asked for or not; KeyError for a name that is none. The batch that
    holds packet `first` is the first one, from its own beginning on.
    """
    needed = () if where is None else tuple(where.meta.root_names())
    schema((*fields, *needed))
    columns = tuple(dict.fromkeys((*fields, *needed)))
    for batch in gathered(frames.batches(first), frames.patient):
        table = _table(batch, Octets(batch.data), columns)
        yield (table if where is None else table.filter(where)).select(fields)


def gathered(batches: Iterable[Batch], patient: bool = True) -> Iterator[Batch]:
    """Batches of one shape put together until they are worth decoding at once; as they come where not `patient`.

    `PAD` zero bytes stand behind the last record of each.
    """
    held: list[Batch] = []
    size = 0
    for batch in batches:
        if held and (batch.shape is not held[0].shape or size >= BYTES or not patient):
            yield _joined(held)
            held, size = [], 0
        held.append(batch)
        size += len(batch.data)
        if not patient or size >= BYTES:
            yield _joined(held)
            held, size = [], 0
    if held:
        yield _joined(held)


def _joined(held: list[Batch]) -> Batch:
    starts, offset = [], 0
    for batch in held:
        starts.append(np.asarray(batch.starts, np.int64) + offset)
        offset += len(batch.data)
    joined: Any = np.concatenate(starts)
    return Batch(b"".join([*(batch.data for batch in held), bytes(PAD)]), joined, held[0].shape, held[0].mark)


__all__ = ["FIRST", "batch_table", "gathered", "schema", "tables", "walk_batch"]
