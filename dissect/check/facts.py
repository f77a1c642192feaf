"""What the checks know of one header in many packets: its fields and the facts beside them, each read once."""

from __future__ import annotations

from functools import cache

import numpy as np

from dissect.bulk import derived
from dissect.bulk.checksums import Sums, mobility_verdicts
from dissect.bulk.group import Group
from dissect.bulk.octets import Array, Octets, needs, slots_by_name
from dissect.bulk.walk import NOBODY, Visit, Walk
from dissect.decoding import LOOPBACK, NETWORKS
from dissect.decoding.ipv4 import LEAST_FRAME, PADDED
from dissect.wire.field import Header, Slot

Known = tuple[Array, Array | None]
"""Values for all packets of a visit, and where they are there: None for everywhere."""
SMALL, MIDDLE = 16, 32


class Surroundings:
    """What is known of the packets of a batch as wholes, worked out when first asked for."""

    def __init__(self, walk: Walk, sums: Sums) -> None:
        self.walk, self.sums = walk, sums
        self._wire: Array | None = None
        self._first: Array | None = None

    def wire(self) -> Array:
        """Which packets were captured on a network (`dissect.decoding._surround`)."""
        if self._wire is None:
            walk, octets = self.walk, self.walk.octets
            self._wire = np.zeros(len(walk.index), bool)
            for visit in walk.visits:
                rows, start, key = visit.group.rows, visit.group.start, visit.header.key
                if key not in FIRST:
                    continue
                outer = np.flatnonzero(start == walk.index.start[rows])
                if not len(outer):
                    continue
                here = np.ones(len(outer), bool)
                if key == "eth":
                    heads = visit.heads(octets)
                    here = (heads.word(0, 8) | heads.word(4, 8) != 0)[outer]
                elif key == "sll":
                    here = visit.number(octets, "sll.hatype")[outer] != LOOPBACK
                self._wire[rows[outer]] = here
        return self._wire

    def first_network(self) -> Array:
        """Where in the batch the first IP header of each packet is."""
        if self._first is None:
            self._first = np.full(len(self.walk.index), NOBODY, np.int64)
            for visit in reversed([each for each in self.walk.visits if each.header.key in ("ip", "ipv6")]):
                self._first[visit.group.rows] = visit.group.start
        return self._first


FIRST = frozenset({"eth", "sll", *NETWORKS})


class Facts:
    """Fields and facts of one visit by name."""

    def __init__(self, around: Surroundings, visit: Visit) -> None:
        self.around, self.visit = around, visit
        self._known: dict[str, Known | None] = {}
        self._broken = visit.broken if visit.broken.any() else None
        self._least = int(visit.have.min()) if len(visit) else 0
        self._limits: tuple[Group, Group] | None = None

    def of(self, name: str) -> Array:
        """The values of a field."""
        known = self.known(name)
        assert known is not None
        return known[0]

    def known(self, name: str) -> Known | None:
        """The values of a field and where they are there; None where no packet has it."""
        if name not in self._known:
            self._known[name] = self._load(name)
        return self._known[name]

    def learn(self, name: str, known: Known) -> None:
        """Adds a fact that somebody else has worked out."""
        self._known[name] = known

    def _load(self, name: str) -> Known | None:
        visit, octets = self.visit, self.around.walk.octets
        slot = slots_by_name(visit.header).get(name)
        if slot is not None:
            return integers(visit.heads(octets).slot(slot), slot), self._there(needs(visit.header)[name])
        if name in visit.facts:
            fact = visit.facts[name]
            return fact, fact >= 0
        if name in FACTS:
            return FACTS[name](self)
        if name.endswith((".high", ".low")):
            return self._half(*name.rsplit(".", 1))
        if visit.reading is not None and name in visit.reading.places:
            return visit.reading.number(name).astype(np.int64), visit.reading.known(name)
        return self._derived(name) if derived.is_derived(visit.header, name) else None

    def _there(self, least: int) -> Array | None:
        return None if self._least >= least else self.visit.have >= least

    def _half(self, name: str, half: str) -> Known | None:
        slot = slots_by_name(self.visit.header)[name]
        heads = self.visit.heads(self.around.walk.octets)
        return heads.word(slot.lo + (8 if half == "low" else 0), 8), self._there(slot.hi)

    def _derived(self, name: str) -> Known:
        index, found = derived.values(self.around.walk, self.visit, name, self.around.sums)
        return self._spread(index, np.asarray(found))

    def _spread(self, index: Array, found: Array) -> Known:
        count = len(self.visit)
        if len(index) == count:
            return found, None
        values, there = np.zeros(count, np.int64), np.zeros(count, bool)
        values[index], there[index] = found, True
        return values, there

    def _whole(self, values: Array, which: Array | None = None) -> Known:
        """Values of the packets whose header is whole, of those again `which`."""
        if self._broken is None:
            return values, which
        index = np.flatnonzero(~self._broken)
        return self._spread(index, values) if which is None else self._spread(index[which], values[which])

    def _inner(self) -> tuple[Group, Group] | None:
        """The limits of the packets with a whole header: as given and as they say themselves."""
        visit = self.visit
        if visit.inner is not None and self._limits is None:
            outer = visit.group if self._broken is None else visit.group.take(~self._broken)
            self._limits = outer, visit.inner
        return self._limits

    def header(self) -> Known | None:
        """Bytes of the header."""
        size = self.visit.stop - self.visit.group.start
        return size, None if self._broken is None else ~self._broken

    def given(self) -> Known | None:
        """Bytes that the layer below gives."""
        return self.visit.group.claim - self.visit.group.start, None

    def body(self) -> Known | None:
        """Bytes behind the header up to the layer's own end."""
        limits = self._inner()
        if limits is None:
            return None
        return self._whole(limits[1].claim - self.visit.stop[~self.visit.broken], self.visit.bounded)

    def left(self) -> Known | None:
        """Bytes behind the layer's own end."""
        limits = self._inner()
        return None if limits is None else self._whole(limits[0].claim - limits[1].claim, self.visit.bounded)

    def presumed(self) -> Known | None:
        """Where the length was left to offload."""
        return None if self.visit.presumed is None else self._whole(self.visit.presumed)

    def lies(self) -> Known | None:
        """Where the layer is the first to promise more than was sent."""
        limits = self._inner()
        return None if limits is None else self._whole(limits[1].lie & ~limits[0].lie, self.visit.bounded)

    def cut(self) -> Known | None:
        """Where the capture cut what the layer promises."""
        limits = self._inner()
        if limits is None or self.visit.presumed is None:
            return None
        outer, inner = limits
        cut = (inner.claim > inner.end) & ~outer.partial & ~self.visit.presumed & ~(inner.lie & ~outer.lie)
        return self._whole(cut, self.visit.bounded)

    def tcp(self) -> Known | None:
        """Bytes of the TCP header that a first fragment begins with."""
        limits = self._inner()
        if limits is None:
            return None
        at = self.visit.stop[~self.visit.broken] + 12
        said = self.around.walk.octets.word(at, 1) >> 4
        there = (limits[1].claim > at) & (limits[1].end > at)
        return self._whole(np.maximum(np.where(there, said, 0).astype(np.int64) * 4, 20), self.visit.bounded)

    def padding(self) -> Known | None:
        """Where what fills a short Ethernet frame behind the first IP packet is not all zero."""
        limits = self._inner()
        if limits is None or self.visit.presumed is None or self.visit.bounded is None:
            return None
        walk, inner = self.around.walk, limits[1]
        size = np.maximum(walk.index.length, walk.index.captured) - walk.index.fcs
        short = ((size == PADDED[0]) | (size == PADDED[1])) & walk.ethernet
        if not short.any():
            return None
        rows, start = inner.rows, walk.index.start[inner.rows]
        stop = start + np.minimum(walk.index.captured[rows], LEAST_FRAME)
        some = short[rows] & self.visit.bounded & ~self.visit.presumed & inner.complete & (inner.end < stop)
        index = np.flatnonzero(some)
        first = self.around.first_network()[rows[index]]
        index = index[first == self.visit.group.start[~self.visit.broken][index]]
        found = np.zeros(len(rows), bool)
        found[index] = filled(walk.octets, inner.end[index], stop[index])
        return self._whole(found)

    def wire(self) -> Known | None:
        """Which packets were captured on a network."""
        return self.around.wire()[self.visit.group.rows], None

    def nops(self) -> Known | None:
        """The longest run of no-operations; set by whoever walks the options."""
        return None

    def address(self) -> Known | None:
        """Bytes of an address of the IP header below."""
        return None if self.visit.network is None else (self.visit.network.source_size, None)

    def ecn(self) -> Known | None:
        """ECN bits of the IP header below."""
        return self._below(1, 1, 3)

    def hops(self) -> Known | None:
        """TTL or hop limit of the IP header below."""
        return self._below(8, 7, 0xFF)

    def _below(self, v4: int, v6: int, mask: int) -> Known | None:
        network = self.visit.network
        if network is None:
            return None
        six = network.source_size == 16
        byte = self.around.walk.octets.word(network.at + np.where(six, v6, v4), 1)
        if mask == 3:
            byte = byte >> (six * np.uint8(4))
        return (byte & mask).astype(np.int32), network.source_size > 0

    def mobility(self) -> Known | None:
        """The verdict on a mobility message's checksum."""
        if self.visit.network is None:
            return None
        return self._spread(*mobility_verdicts(self.around.walk, self.around.sums, self.visit))


FACTS = {
    "layer.header": Facts.header, "layer.given": Facts.given, "body.bytes": Facts.body, "body.left": Facts.left,
    "body.presumed": Facts.presumed, "body.lies": Facts.lies, "body.cut": Facts.cut, "body.tcp": Facts.tcp,
    "body.padding": Facts.padding, "link.wire": Facts.wire, "network.bytes": Facts.address,
    "network.ecn": Facts.ecn, "network.hops": Facts.hops, "options.nops": Facts.nops, "sum.status": Facts.mobility,
}  # fmt: skip


def integers(found: Array, slot: Slot) -> Array:
    """A slot's numbers in a type with room for sums and multiples."""
    return found.astype(np.int32) if slot.bits <= SMALL else found.astype(np.int64) if slot.bits != MIDDLE else found


def filled(octets: Octets, start: Array, stop: Array) -> Array:
    """Whether any byte between `start` and `stop` is not zero."""
    found = np.zeros(len(start), bool)
    going = np.flatnonzero(start < stop)
    at = start.copy()
    while len(going):
        left = stop[going] - at[going]
        word = octets.word(at[going], 8)
        word >>= (np.maximum(8 - left, 0) * 8).astype(np.uint64)
        found[going] |= word != 0
        at[going] += 8
        going = going[(left > 8) & (word == 0)]
    return found


@cache
def can_lack(table: Header) -> bool:
    """Whether an option of that kind may end before a row that it should have."""
    rows = (*table.fields[2:], *table.repeat)
    return not table.sizes and any(row.bits is not None and not row.optional for row in rows)
