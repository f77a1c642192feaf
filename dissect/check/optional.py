"""Findings about options: those that do not fit their header, and what the checks say of the others."""

from __future__ import annotations

from functools import cache

import numpy as np

from dissect.bulk import columns
from dissect.bulk.octets import Array, distinct, needs, slots_by_name
from dissect.bulk.options import Items
from dissect.bulk.options import walk as walk_options
from dissect.bulk.rows import Reading
from dissect.bulk.walk import Visit
from dissect.check.facts import Facts, Known, can_lack, filled, integers
from dissect.check.found import Gathered
from dissect.check.structure import CUT
from dissect.decoding.judge import NO_OPERATION, REPEATED
from dissect.wire.checks import Check, checks_of
from dissect.wire.checks import needs as needed
from dissect.wire.field import Header, OptionSet, fixed_size

QUICK = 0x0101080A  # two no-operations and timestamps: nearly all options there are
QUICK_SIZE, TIMESTAMPS = 12, 8


class Options:
    """The options of one visit; rules that are `unasked` need not be looked at."""

    def __init__(
        self, facts: Facts, number: int, quoted: Array | None, gathered: Gathered, unasked: frozenset[str] = frozenset()
    ) -> None:
        self._unasked = unasked
        self.facts, self.visit, self.number, self.quoted = facts, facts.visit, number, quoted
        self.octets = facts.around.walk.octets
        self._gathered = gathered
        assert self.visit.header.options is not None
        self.options: OptionSet = self.visit.header.options
        self.whole = np.ones(len(self.visit), bool)
        self.whole[self.visit.options] = self.visit.whole

    def look(self) -> None:
        """All findings about them."""
        owner, at, stop = self.visit.options, self.visit.options_at, self.visit.stop[self.visit.options]
        stamps = None
        if self.options.key == "tcp.options":
            quick = (stop - at == QUICK_SIZE) & (self._begin() == QUICK) & self.visit.whole
            if quick.any():
                stamps = _stamps(owner[quick], at[quick], stop[quick])
                owner, at, stop = owner[~quick], at[~quick], stop[~quick]
        found = walk_options(self.octets, owner, at, stop, self.options)
        if found.faulty.any():
            self._faults(found, self.visit.stop, self.whole, self.options)
        self._behind_end(found)
        judged = found if self.quoted is None else found.take(~self.quoted[found.owner])
        if len(judged.owner):
            self._repeated(judged)
            self._run(judged)
        self._tables(found, stamps, self.options)

    def _begin(self) -> Array:
        """The first four bytes of the options, which stand right behind the header."""
        heads, owner = self.visit.heads(self.octets), self.visit.options
        begin = heads.word(fixed_size(self.visit.header), 4)
        return begin if len(owner) == len(begin) else begin[owner]

    def _faults(self, found: Items, ends: Array, whole: Array, options: OptionSet) -> None:
        """Options that stopped the walk, or whose length their kind does not have."""
        bad = found.take(np.flatnonzero(found.faulty))
        end = ends[bad.owner]
        said = np.where(bad.start + 1 < end, self.octets.bytes[bad.start + 1].astype(np.int64) + options.plus, 0)
        alone = bad.start + 1 >= end
        short = ~alone & (said < 2)
        over = ~alone & ~short & (bad.start + said > end)
        cut = (alone | over) & ~whole[bad.owner]
        name = options.unknown.fields[0].name
        for rule, which in (
            ("option.alone", alone & ~cut), ("option.length", short), ("option.overrun", over & ~cut),
            ("option.size", ~alone & ~short & ~over),
        ):  # fmt: skip
            self._gathered.add(self.number, bad.owner[which], rule, name)
        if cut.any() and self.visit.bound is not None:
            bound = self.visit.bound[bad.owner[cut]]
            for code in distinct(bound).tolist():
                self._gathered.add(self.number, bad.owner[cut][bound == code], CUT[code], name)

    def _behind_end(self, found: Items) -> None:
        """Bytes behind the end of the options that are not zero."""
        if self.options.padding is None:
            return
        stop = self.visit.stop[found.owner]
        index = np.flatnonzero((found.kind == self.options.end) & (found.stop < stop) & self.whole[found.owner])
        index = index[filled(self.octets, found.stop[index], stop[index])]
        self._gathered.add(self.number, found.owner[index], "option.after_end", self.options.padding.name)

    def _repeated(self, found: Items) -> None:
        """Options of which a header may have one."""
        places = _once(self.options)
        if not places.any():
            return
        place = places[found.kind]
        some = np.flatnonzero(place)
        each = np.sort(found.owner[some] * 32 + place[some])
        owners = each[1:][each[1:] == each[:-1]] >> 5
        self._gathered.add(self.number, owners, REPEATED[self.options.key], self.options.unknown.fields[0].name)

    def _run(self, found: Items) -> None:
        """The longest run of no-operations, as a fact."""
        if self.options.key != "tcp.options":
            return
        nops = found.take(np.flatnonzero(found.kind == NO_OPERATION))
        order = np.argsort(nops.start)
        start, owner = nops.start[order], nops.owner[order]
        new = np.r_[True, (start[1:] != start[:-1] + 1) | (owner[1:] != owner[:-1])][: len(start)]
        first = np.flatnonzero(new)
        longest = np.zeros(len(self.visit), np.int64)
        np.maximum.at(longest, owner[first], np.diff(np.r_[first, len(start)]))
        self.facts.learn("options.nops", (longest, None))

    def _tables(self, found: Items, stamps: Items | None, options: OptionSet) -> None:
        """Each kind of option: rows that it should have, options inside it, its checks."""
        present = np.flatnonzero(np.bincount(found.kind, minlength=256))
        kinds = {*present.tolist(), *([TIMESTAMPS] if stamps is not None else [])}
        for table in {id(options.header(kind)): options.header(kind) for kind in sorted(kinds)}.values():
            checked = bool(self._asked(table))
            if not (checked or can_lack(table) or table.options):
                continue
            known = columns.kinds_of(options, table)
            some = found.take(np.flatnonzero(known[found.kind] & ~found.faulty))
            if self._left(some):
                continue
            if stamps is not None and known[TIMESTAMPS]:
                some = _joined(some, stamps)
            if can_lack(table) or table.options is not None:
                some = self._rows(some, table)
            if checked and len(some.owner):
                self._checks(some, table)

    def _left(self, some: Items) -> bool:
        """Whether so few packets have such an option that they are put off."""
        aside = self.facts.around.walk.aside
        return aside is not None and len(some.owner) > 0 and aside.takes(self.visit.group.rows[some.owner])

    def _asked(self, table: Header) -> list[Check]:
        return [check for check in checks_of(table.key) if check.rule not in self._unasked]

    def _rows(self, some: Items, table: Header) -> Items:
        """Options that end before a row of their table; gives the others."""
        reading = Reading(self.octets, some.start, some.stop)
        reading.read(table.fields)
        if table.repeat:
            reading.repeat(table, np.ones(len(some.owner), bool))
        for name, which in reading.missed:
            self._gathered.add(self.number, some.owner[which], "cut.length", name)
        good = np.flatnonzero(~reading.missing)
        if table.options is not None and len(good):
            items = np.arange(len(some.owner))[good]
            inner = walk_options(self.octets, items, reading.at[good], some.stop[good], table.options)
            if inner.faulty.any():
                self._inner_faults(inner, some, table.options)
        return some.take(good)

    def _inner_faults(self, inner: Items, some: Items, options: OptionSet) -> None:
        outer, self._gathered = self._gathered, _Renamed(self._gathered, some.owner)  # type: ignore[assignment]
        self._faults(inner, some.stop, np.ones(len(some.owner), bool), options)
        self._gathered = outer

    def _checks(self, some: Items, table: Header) -> None:
        if self.quoted is not None:
            some = some.take(~self.quoted[some.owner])
        for check in self._asked(table):
            known = {name: self._known(name, some, table) for name in needed(check.broken)}
            values = {name: each[0] for name, each in known.items() if each is not None}
            if len(values) < len(known) or not len(some.owner):
                continue
            broken = check.broken(values.__getitem__)
            for each in known.values():
                if each is not None and each[1] is not None:
                    broken = broken & each[1]
            self._gathered.add(self.number, some.owner[broken], check.rule, check.field)

    def _known(self, name: str, some: Items, table: Header) -> Known | None:
        slot = slots_by_name(table).get(name)
        if slot is not None:
            have = some.stop - some.start >= needs(table)[name]
            return integers(self.octets.slot(slot, some.start), slot), have
        if name == "option.stuffed":
            return filled(self.octets, some.start + 2, some.stop), None
        around = self.facts.known(name)
        if around is None:
            return None
        values, there = around
        return values[some.owner], None if there is None else there[some.owner]


class _Renamed:
    """Gathers findings about options inside options under the packets that own the outer ones."""

    def __init__(self, gathered: Gathered, owner: Array) -> None:
        self._gathered, self._owner = gathered, owner

    def add(self, number: int, index: Array, rule: str, field: str) -> None:
        self._gathered.add(number, self._owner[index], rule, field)


def _stamps(owner: Array, at: Array, stop: Array) -> Items:
    """Timestamps behind two no-operations, without walking to them."""
    return Items(owner, np.full(len(owner), TIMESTAMPS, np.uint8), at + 2, stop, np.zeros(len(owner), bool))


def _joined(one: Items, other: Items) -> Items:
    if not len(one.owner):
        return other
    pairs = ((getattr(one, name), getattr(other, name)) for name in ("owner", "kind", "start", "stop", "faulty"))
    return Items(*(np.concatenate(pair) for pair in pairs))


@cache
def _once(options: OptionSet) -> Array:
    """Kind → its place among those of which there may be one, from 1; 0 for the others."""
    places = np.zeros(256, np.int64)
    for place, kind in enumerate(sorted(options.once)):
        places[kind] = place + 1
    return places


def has_options(visit: Visit) -> bool:
    """Whether any packet has options to look at."""
    return visit.header.options is not None and len(visit.options) > 0


def without(facts: Facts, index: Array, name: str) -> Array:
    """Those of the packets none of whose options has a field."""
    visit, octets, options = facts.visit, facts.around.walk.octets, facts.visit.header.options
    if options is None:
        return index
    some = np.flatnonzero(np.isin(visit.options, index))
    owner = visit.options[some]
    found = walk_options(octets, owner, visit.options_at[some], visit.stop[owner], options)
    having = [piece.packets for piece in columns.Options(octets, found, options).pieces(name)]
    return index[np.isin(index, np.concatenate(having), invert=True)] if having else index
