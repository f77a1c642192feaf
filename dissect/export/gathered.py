"""What the list says of each packet, as columns: ends, the innermost header, ports, flags, numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import numpy as np

from dissect.bulk.block import Block
from dissect.bulk.columns import Options
from dissect.bulk.derived import values as derived_values
from dissect.bulk.octets import Array, distinct, slots_by_name
from dissect.bulk.options import walk as walk_options
from dissect.bulk.transport import walked
from dissect.bulk.walk import Visit, Walk
from dissect.export.addresses import IPV4, IPV6, MAC, NONE
from dissect.render.words import SYN_ONLY, TCP_VALUES
from dissect.wire.field import Field, Header, every_field

ENDS = (
    (IPV4, "ip", "ip.src", "ip.dst"), (IPV6, "ipv6", "ipv6.src", "ipv6.dst"),
    (IPV4, "arp", "arp.src.proto_ipv4", "arp.dst.proto_ipv4"), (MAC, "eth", "eth.src", "eth.dst"),
)  # fmt: skip
"""Source and destination, by preference."""
NOBODY = -1


@dataclass(slots=True)
class Numbers:
    """A number of some packets: meaningless where it is not `there`."""

    values: Array
    there: Array

    @classmethod
    def none(cls, count: int, kind: type[np.generic] = np.uint32) -> Numbers:
        """That of no packet."""
        return cls(np.zeros(count, kind), np.zeros(count, bool))


@dataclass(slots=True)
class Told:
    """Column by column what a line says; a row a packet."""

    count: int
    innermost: Array
    """The number of the visit that read the innermost header that no ICMP error quotes; `NOBODY` for none."""
    end_kinds: Array
    sources: Array
    destinations: Array
    numbers: dict[str, Numbers] = field(default_factory=dict)
    flags: Array = field(default_factory=lambda: np.zeros(0, np.int64))
    about: list[str] = field(default_factory=list)
    about_code: Array = field(default_factory=lambda: np.zeros(0, np.int64))

    def number(self, name: str) -> Numbers:
        """The column of a caption, made where there is none yet."""
        if name not in self.numbers:
            self.numbers[name] = Numbers.none(self.count)
        return self.numbers[name]


def tell(block: Block) -> tuple[Walk, Told]:
    """All that the lines of a block need."""
    walk = walked(block)
    count = len(block)
    told = Told(count, np.full(count, NOBODY), *_ends(walk, count))
    _innermost(walk, told)
    for number, visit in enumerate(walk.visits):
        key = visit.header.key
        if key in ("tcp", "udp"):
            which = np.flatnonzero(told.innermost[visit.group.rows] == number)
            if len(which):
                _transport(walk, told, visit, which)
    return walk, told


def places(visit: Visit, name: str) -> tuple[Array, Array]:
    """Where a field stands that no option holds: packets as indices of the visit, and bytes of the batch."""
    slot = slots_by_name(visit.header).get(name)
    if slot is not None:
        index = np.flatnonzero(visit.have >= visit.least(name))
        return index, visit.group.start[index] + slot.lo
    found = visit.reading.places.get(name) if visit.reading is not None else None
    if not found:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    return found[0].packets, visit.group.start[found[0].packets] + (found[0].bit >> 3)


def number(walk: Walk, visit: Visit, name: str, which: Array) -> tuple[Array, Array]:
    """Raw numbers of a field for `which` packets of a visit, and whether they are there."""
    slot = slots_by_name(visit.header).get(name)
    if slot is None:
        if visit.reading is None:
            return np.zeros(len(which), np.int64), np.zeros(len(which), bool)
        return visit.reading.number(name)[which].astype(np.int64), visit.reading.known(name)[which]
    found, have = visit.heads(walk.octets).slot(slot), visit.have
    if len(which) < len(visit):
        found, have = found[which], have[which]
    return found.astype(np.int64), have >= visit.least(name)


def _ends(walk: Walk, count: int) -> tuple[Array, Array, Array]:
    kinds, sources, destinations = np.full(count, NONE, np.uint8), np.zeros(count, np.int64), np.zeros(count, np.int64)
    for kind, key, *names in ENDS:
        visits = [visit for visit in walk.visits if visit.header.key == key]
        if not visits or (kind == MAC and kinds.all()):
            continue
        found = []
        for name in names:
            column = np.full(count, NOBODY, np.int64)
            for visit in reversed(visits):  # of several in a packet the first, which is written last
                index, where = places(visit, name)
                rows = visit.group.rows
                column[rows if len(index) == len(rows) else rows[index]] = where
            found.append(column)
        here = (kinds == NONE) & (found[0] >= 0) & (found[1] >= 0)
        kinds[here] = kind
        np.copyto(sources, found[0], where=here)
        np.copyto(destinations, found[1], where=here)
    return kinds, sources, destinations


def _innermost(walk: Walk, told: Told) -> None:
    """Which visit is each packet's last before any that an ICMP error quotes, and the names of the quoted ones."""
    told.about_code, told.about = np.zeros(told.count, np.int64), [""]
    quoted = np.zeros(told.count, bool)
    any_quoted = bool(walk.quoted.any())
    known: dict[tuple[int, str], int] = {}
    for turn, visit in enumerate(walk.visits):
        rows = visit.group.rows
        if not any_quoted:
            told.innermost[rows] = turn
            continue
        inside = quoted[rows]
        told.innermost[rows[~inside]] = turn
        if inside.any():
            _longer(told, rows[inside], visit.header.name, known)
        if visit.header.key in ("icmp", "icmpv6"):
            quoted[rows] |= walk.quoted[rows]


def _longer(told: Told, rows: Array, name: str, known: dict[tuple[int, str], int]) -> None:
    """Adds a name to the lists of quoted headers of some packets; equal lists have one code."""
    codes = told.about_code[rows]
    after = np.zeros(len(told.about), np.int64)
    for code in distinct(codes).tolist():
        if (code, name) not in known:
            known[code, name] = len(told.about)
            told.about.append(f"{told.about[code]} / {name}" if code else name)
        after[code] = known[code, name]
    told.about_code[rows] = after[codes]


def _transport(walk: Walk, told: Told, visit: Visit, which: Array) -> None:
    rows = visit.group.rows[which]
    key = visit.header.key
    names = (("sport", f"{key}.srcport"), ("dport", f"{key}.dstport"))
    fixed = TCP_VALUES if key == "tcp" else (("len", "udp.length"),)
    for caption, name in (*names, *((caption, name) for caption, name in fixed if name not in SYN_ONLY)):
        column = told.number(caption)
        if name == "tcp.len":
            index, values = derived_values(walk, visit, name, None)
            dense, known = np.zeros(len(visit), np.uint32), np.zeros(len(visit), bool)
            dense[index], known[index] = values, True
            column.values[rows], column.there[rows] = dense[which], known[which]
            continue
        values, there = number(walk, visit, name, which)
        if name == "tcp.ack_raw":
            there = there & (values > 0)
        column.values[rows], column.there[rows] = values, there
    if key == "tcp":
        _flags(walk, told, visit, which)


def _flags(walk: Walk, told: Told, visit: Visit, which: Array) -> None:
    """The flags as one number, those that are not there as 0; what only a SYN has."""
    rows = visit.group.rows[which]
    if not len(told.flags):
        told.flags = np.full(told.count, NOBODY, np.int64)
    word, there = number(walk, visit, "tcp.flags", which)
    if not there.all():
        word = word * there
        early, known = number(walk, visit, "tcp.flags.ae", which)
        slot, whole = (slots_by_name(visit.header)[name] for name in ("tcp.flags.ae", "tcp.flags"))
        word += (early * (known & ~there)) << (whole.bit + whole.bits - slot.bit - slot.bits)
    told.flags[rows] = word
    syn = slots_by_name(visit.header)["tcp.flags.syn"]
    whole = slots_by_name(visit.header)["tcp.flags"]
    opening = np.zeros(len(visit), bool)
    opening[which] = word >> (whole.bit + whole.bits - syn.bit - syn.bits) & 1
    some = np.flatnonzero(opening[visit.options])
    if len(some) and visit.header.options is not None:
        owner = visit.options[some]
        found = walk_options(walk.octets, owner, visit.options_at[some], visit.stop[owner], visit.header.options)
        options = Options(walk.octets, found, visit.header.options)
        for caption, name in TCP_VALUES:
            if name not in SYN_ONLY:
                continue
            column = told.number(caption)
            for piece in options.pieces(name):
                order = np.argsort(-piece.where, kind="stable")  # of several the first, which is written last
                at = visit.group.rows[piece.packets[order]]
                column.values[at], column.there[at] = np.asarray(piece.values)[order], True


@cache
def row_of(header: Header, name: str) -> Field:
    """A row of a header's table."""
    return next(row for row in every_field(header) if row.name == name)


def meaning(row: Field, raw: int, by: int = 0) -> str:
    """The registered name of a number, or the number."""
    return row.name_of(raw, by) or row.text(raw)


def ipv4_at(visit: Visit, name: str, which: Array, count: int) -> tuple[Array, Array]:
    """Positions of an address in the batch by row of `count`, and where there is one."""
    index, where = places(visit, name)
    dense, there = np.zeros(count, np.int64), np.zeros(count, bool)
    keep = np.isin(index, which)
    rows = visit.group.rows[index[keep]]
    dense[rows], there[rows] = where[keep], True
    return dense, there
