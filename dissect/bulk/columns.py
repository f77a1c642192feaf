"""Fields as columns: what one name stands for in every packet of a walk."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np

from dissect.bulk import derived
from dissect.bulk.asked import holds, keys_of
from dissect.bulk.checksums import Sums
from dissect.bulk.group import merge
from dissect.bulk.octets import Array, Octets, distinct, slots_by_name
from dissect.bulk.options import Items, items
from dissect.bulk.options import walk as walk_options
from dissect.bulk.rows import Place, Reading, numbers
from dissect.bulk.runs import bounds
from dissect.bulk.walk import Visit, Walk
from dissect.wire.field import BYTE_KINDS, Field, Header, Kind, OptionSet, Raw
from dissect.wire.ipv4 import IPV4
from dissect.wire.runs import Part, runs


class Values(NamedTuple):
    """Values of one field: of the packet `rows`, and of its layer `ranks`.

    They are ordered as they stand in the batch, unless they are `single`: then no packet has more than one.
    Byte strings of one length, and words, may be an array of them.
    """

    rows: Array
    ranks: Array
    values: Array | list[Raw]
    single: bool = False

    def take(self, which: Array) -> Values:
        """Some of them."""
        values = self.values
        chosen = [values[one] for one in which.tolist()] if isinstance(values, list) else values[which]
        return Values(self.rows[which], self.ranks[which], chosen, self.single)


class Piece(NamedTuple):
    """Values from one visit: their packets as indices of the visit, where each stands (in bits), and what it is."""

    packets: Array
    where: Array
    values: Array | list[Raw]


def values_of(walk: Walk, name: str, sums: Sums | None = None) -> Values:
    """Every value of a field in every packet, in order."""
    keys = frozenset(keys_of(name))
    if keys not in walk.ranked:
        visits = [visit for visit in walk.visits if visit.header.key in keys]
        walk.ranked[keys] = list(zip(visits, _ranks(visits), strict=True))
        walk.together[keys] = _together(walk.ranked[keys])
    ranked, together = walk.ranked[keys], walk.together[keys]
    if len(ranked) == 1 and name in slots_by_name(ranked[0][0].header):
        return _single(walk.octets, ranked[0][0], name)
    if together is not None and _stands_alone(together[0].header, name):
        return _at_once(walk, *together, name, sums)
    found: list[tuple[Array, Array, Array, Array | list[Raw]]] = []
    for visit, ranks in ranked:
        for piece in _pieces(walk, visit, name, sums):
            found.append((visit.group.rows[piece.packets], ranks[piece.packets], piece.where, piece.values))
    if not found:
        return Values(np.zeros(0, np.int64), np.zeros(0, np.int64), [])
    rows, ranks, where = (np.concatenate([each[part] for each in found]) for part in range(3))
    values = _joined([each[3] for each in found])
    result = Values(rows, ranks, values)
    return result if _ordered(where) else result.take(np.argsort(where, kind="stable"))


def _together(ranked: list[tuple[Visit, Array]]) -> tuple[Visit, Array] | None:
    """Visits of one header as one, in the order of the batch, for what stands in the header itself; and their ranks."""
    visits = [visit for visit, _ in ranked]
    if len(visits) < 2 or any(visit.only_first or visit.header is not visits[0].header for visit in visits):
        return None
    group = merge([visit.group for visit in visits])
    order = np.argsort(group.start, kind="stable")
    have, stop, broken, ranks = (
        np.concatenate(each)[order]
        for each in zip(*((visit.have, visit.stop, visit.broken, ranks) for visit, ranks in ranked), strict=True)
    )
    return Visit(visits[0].header, group.take(order), have, stop, broken), ranks


def _stands_alone(header: Header, name: str) -> bool:
    """Whether a field needs nothing but the header: its fixed rows, and the verdict on IPv4's own checksum."""
    return name in slots_by_name(header) or (header is IPV4 and derived.is_derived(header, name))


def _at_once(walk: Walk, visit: Visit, ranks: Array, name: str, sums: Sums | None) -> Values:
    """A field that stands in the header itself, or is told of it alone."""
    index: Array | None
    values: Array | list[Raw]
    if name in slots_by_name(visit.header):
        index, values = _slot_values(walk.octets, visit, name)
    else:
        index, values = derived.values(walk, visit, name, sums)
    rows = visit.group.rows
    return Values(rows, ranks, values) if index is None else Values(rows[index], ranks[index], values)


def _single(octets: Octets, visit: Visit, name: str) -> Values:
    """A field at a fixed place in a header that every packet has at most once."""
    rows, index = visit.having(visit.least(name))
    values = _slot(octets, visit, name)
    return Values(
        rows, np.broadcast_to(np.int64(1), (len(rows),)), values if index is None else values[index], single=True
    )


def _ordered(where: Array) -> bool:
    return bool((where[1:] >= where[:-1]).all())


def _joined(parts: list[Array | list[Raw]]) -> Array | list[Raw]:
    if len(parts) == 1:
        return parts[0]
    arrays = [part for part in parts if not isinstance(part, list)]
    if len(arrays) == len(parts):
        return np.concatenate(arrays)
    return [value for part in parts for value in (part if isinstance(part, list) else part.tolist())]


def _ranks(visits: list[Visit]) -> list[Array]:
    """For each packet of each visit, the number of that layer among those of its kind, from 1."""
    if len(visits) == 1:
        return [np.ones(len(visits[0]), np.int64)]
    if not visits:
        return []
    rows = np.concatenate([visit.group.rows for visit in visits])
    order = np.argsort(rows, kind="stable")  # a packet's layers are visited in their order
    ordered = rows[order]
    first = np.r_[0, np.flatnonzero(ordered[1:] != ordered[:-1]) + 1]
    ranks = np.empty(len(rows), np.int64)
    ranks[order] = np.arange(len(rows)) - np.repeat(first, np.diff(np.r_[first, len(rows)])) + 1
    return np.split(ranks, np.cumsum([len(visit) for visit in visits])[:-1])


def _pieces(walk: Walk, visit: Visit, name: str, sums: Sums | None) -> Iterator[Piece]:
    header = visit.header
    if name in runs():
        yield _run(walk, visit, runs()[name].part)
        return
    if derived.is_derived(header, name):
        index, values = derived.values(walk, visit, name, sums)
        yield Piece(index, visit.group.start[index] * 8, values)
        return
    if name in slots_by_name(header):
        yield _fixed(walk.octets, visit, name)
        return
    if visit.reading is not None and name in visit.reading.places:
        for place in visit.reading.places[name]:
            yield _placed(walk.octets, visit.reading.start[place.packets], place, place.packets)
    if header.options is not None and len(visit.options):
        yield from _optional(walk.octets, visit, header.options, name)


def _run(walk: Walk, visit: Visit, part: Part) -> Piece:
    start, stop = bounds(visit, part)
    index = np.flatnonzero(start < stop)
    start, data = start[index], walk.octets.data
    strings: list[Raw] = [data[a:b] for a, b in zip(start.tolist(), stop[index].tolist(), strict=True)]
    return Piece(index, start * 8, strings)


def _fixed(octets: Octets, visit: Visit, name: str) -> Piece:
    """A field whose place is the same in every packet."""
    index, values = _slot_values(octets, visit, name)
    if index is None:
        index = np.arange(len(visit))
    return Piece(index, visit.group.start[index] * 8 + slots_by_name(visit.header)[name].bit, values)


def _slot_values(octets: Octets, visit: Visit, name: str) -> tuple[Array | None, Array]:
    """The values of a slot, and which of the visit's packets have it: None for all."""
    index, values = visit.with_bytes(visit.least(name)), _slot(octets, visit, name)
    return index, values if index is None else values[index]


def _slot(octets: Octets, visit: Visit, name: str) -> Array:
    """A slot in all packets of a visit, also where its bytes are those of others."""
    slot, heads = slots_by_name(visit.header)[name], visit.heads(octets)
    row = slot.field
    if row.kind in BYTE_KINDS and row.kind is not Kind.IPV4:
        return heads.block(slot.lo, slot.bits // 8)
    return _scaled(row, heads.slot(slot))


def _cut(block: Array) -> list[Raw]:
    """The rows of a block as byte strings."""
    if not len(block):
        return []
    strings: list[Raw] = np.ascontiguousarray(block).view(f"V{block.shape[1]}")[:, 0].tolist()
    return strings


def _scaled(row: Field, raw: Array) -> Array:
    return raw if row.scale == 1 else raw.astype(np.uint64) * np.uint64(row.scale)


def _placed(octets: Octets, start: Array, place: Place, index: Array) -> Piece:
    """A field whose place differs from packet to packet; only byte strings of any length are cut one by one."""
    where = start * 8 + place.bit
    row = place.field
    if row.kind not in BYTE_KINDS or row.kind is Kind.IPV4:
        return Piece(index, where, _scaled(row, numbers(octets, start, place)))
    begin = where >> 3
    if isinstance(place.bits, int):
        return Piece(index, where, _cut(octets.block(begin, place.bits // 8)))
    ends = begin + (place.bits + 7 >> 3)
    return Piece(index, where, [octets.data[a:b] for a, b in zip(begin.tolist(), ends.tolist(), strict=True)])


def _optional(octets: Octets, visit: Visit, options: OptionSet, name: str) -> Iterator[Piece]:
    if visit.read_options is None:
        visit.read_options = Options(octets, items(octets, visit), options)
    if options.padding is not None and options.padding.name == name:
        yield _padding(octets, visit, visit.read_options.found)
        return
    yield from visit.read_options.pieces(name)


def _padding(octets: Octets, visit: Visit, found: Items) -> Piece:
    """What lies behind the end of the options."""
    at, whole = np.full(len(visit), -1, np.int64), np.zeros(len(visit), bool)
    whole[visit.options] = visit.whole
    np.maximum.at(at, found.owner, found.stop)
    index = np.flatnonzero(whole & (at >= 0) & (at < visit.stop))
    begin, ends = at[index], visit.stop[index]
    cut: list[Raw] = [octets.data[a:b] for a, b in zip(begin.tolist(), ends.tolist(), strict=True)]
    return Piece(index, begin * 8, cut)


class Options:
    """The options `found` in many packets; each kind is read once, when a field of it is first asked for."""

    def __init__(self, octets: Octets, found: Items, options: OptionSet) -> None:
        self.octets, self.found, self.options = octets, found, options
        self._tables = {id(table): table for table in map(options.header, distinct(found.kind).tolist())}
        self._read: dict[int, tuple[list[tuple[Reading, Items]], Options | None]] = {}

    def pieces(self, name: str) -> Iterator[Piece]:
        """The values of one field, by table; the kind, which all begin with, at once."""
        if name == _kind(self.options):
            found = self.found
            yield Piece(found.owner, found.start * 8, found.kind)
            return
        for key, table in self._tables.items():
            inner = table.options is not None and any(holds(each, name) for each in _tables(table.options))
            if not holds(table, name) and not inner:
                continue
            if key not in self._read:
                self._read[key] = self._reading(table)
            readings, within = self._read[key]
            for reading, some in readings:
                for place in reading.places.get(name, []):
                    yield _placed(self.octets, some.start[place.packets], place, some.owner[place.packets])
            if within is not None:
                yield from within.pieces(name)

    def _reading(self, table: Header) -> tuple[list[tuple[Reading, Items]], Options | None]:
        """The options of one table, those with faults up to their length; and the options inside them."""
        some = self.found.take(np.flatnonzero(kinds_of(self.options, table)[self.found.kind]))
        faulty, sound = some.take(np.flatnonzero(some.faulty)), some.take(np.flatnonzero(~some.faulty))
        short = Reading(self.octets, faulty.start, faulty.stop)
        short.read(table.fields[:2])
        reading = Reading(self.octets, sound.start, sound.stop)
        reading.read(table.fields)
        if table.repeat:
            reading.repeat(table, np.ones(len(sound.owner), bool))
        found = [(short, faulty), (reading, sound)]
        if table.options is None:
            return found, None
        go = np.flatnonzero(~reading.missing)
        inner = walk_options(self.octets, sound.owner[go], reading.at[go], sound.stop[go], table.options)
        return found, Options(self.octets, inner, table.options)


@cache
def _kind(options: OptionSet) -> str | None:
    """The field that every option begins with, if it is one and stands nowhere else."""
    tables = _tables(options)
    name = tables[0].fields[0].name
    inner = (each for table in tables if table.options for each in _tables(table.options))
    rest = [row.name for table in tables for row in table.fields[1:]] + [
        row.name for each in inner for row in each.fields
    ]
    alike = all(table.fields[0].name == name and table.fields[0].bits == 8 for table in tables)
    return name if alike and name not in rest else None


@cache
def kinds_of(options: OptionSet, table: Header) -> Array:
    """Which kinds are read by that table."""
    return np.array([options.header(kind) is table for kind in range(256)])


def _tables(options: OptionSet) -> tuple[Header, ...]:
    return (*options.table.values(), options.unknown)
