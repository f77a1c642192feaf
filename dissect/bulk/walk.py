"""The walk over all packets of a batch in step: whoever stands at the same header is read at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from dissect.bulk.group import Group, merge
from dissect.bulk.index import Index
from dissect.bulk.octets import Array, Heads, Octets, is_fixed, needs, slots_by_name
from dissect.bulk.rows import Reading
from dissect.decoding import DEEPEST
from dissect.wire.field import Header, Raw, fixed_size

if TYPE_CHECKING:
    from dissect.bulk.checksums import Verdicts
    from dissect.bulk.columns import Options
    from dissect.bulk.rare import Aside

NOBODY = -1
FRAME, CAPTURE, QUOTE, FRAGMENT, LENGTH = range(5)
"""Who set a limit: `bound` of the one-packet reader's `Limit`, all length fields being one."""


@dataclass(slots=True)
class Network:
    """What the layers above IP need to know of it, by packet: `dissect.decoding.walk.Network` as columns.

    Addresses are positions in the batch, `at` is that of the header; a `size` of 0 bytes means that there is no
    network layer.
    """

    source: Array
    destination: Array
    source_size: Array
    destination_size: Array
    fragment: Array
    presumed: Array
    at: Array

    @classmethod
    def none(cls, count: int) -> Network:
        """No network layer in any of `count` packets."""
        return cls(*(np.zeros(count, kind) for kind in (np.int64, np.int64, np.int8, np.int8, bool, bool, np.int64)))

    def of(self, rows: Array) -> Network:
        """That of some packets, given as indices."""
        return Network(
            self.source[rows], self.destination[rows], self.source_size[rows], self.destination_size[rows],
            self.fragment[rows], self.presumed[rows], self.at[rows],
        )  # fmt: skip


@dataclass(slots=True)
class Visit:
    """One header in many packets.

    `have` is how many bytes of it are there for its fixed slots, of the first row alone where
    `only_first`; `stop` its end. `options` are the packets (as indices of this visit) with options,
    which stand between `options_at` and `stop`; where not `whole`, the header itself is cut. `bound` says who
    set the limit of the broken ones. `inner` is how far the packets with a whole header reach by their own
    length, where `bounded`; `presumed` where that was left to offload. `routes` are the addresses that a
    compressed source route stands for, `facts` what checks ask for besides.
    """

    header: Header
    group: Group
    have: Array
    stop: Array
    broken: Array
    reading: Reading | None = None
    options: Array = field(default_factory=lambda: np.zeros(0, np.int64))
    options_at: Array = field(default_factory=lambda: np.zeros(0, np.int64))
    whole: Array = field(default_factory=lambda: np.zeros(0, bool))
    only_first: bool = False
    network: Network | None = None
    body: Group | None = None
    routes: dict[int, list[bytes]] = field(default_factory=dict)
    bound: Array | None = None
    inner: Group | None = None
    bounded: Array | None = None
    presumed: Array | None = None
    facts: dict[str, Array] = field(default_factory=dict)
    read_options: Options | None = None
    verdicts: Verdicts | None = None
    _heads: Heads | None = None
    _least: int | None = None
    _having: dict[int, tuple[Array, Array | None]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.group)

    def heads(self, octets: Octets) -> Heads:
        """The fixed parts of all these headers; bytes behind `have` belong to others."""
        if self._heads is None:
            self._heads = octets.heads(self.group.start, fixed_size(self.header))
        return self._heads

    def known(self, heads: Heads) -> Visit:
        """The same, with its fixed parts, at which somebody has looked before."""
        self._heads = heads
        return self

    def number(self, octets: Octets, name: str) -> Array:
        """The raw values of a field, as int64; meaningless where it was not read."""
        slot = slots_by_name(self.header).get(name)
        if slot is not None:
            return self.heads(octets).slot(slot).astype(np.int64)
        assert self.reading is not None
        return self.reading.number(name).astype(np.int64)

    def least(self, name: str) -> int:
        """How many bytes of the header must be there for a slot."""
        unread = self.only_first and name != self.header.fields[0].name
        return 1 << 62 if unread else needs(self.header)[name]

    def with_bytes(self, least: int) -> Array | None:
        """The packets where `least` bytes of the header are there, as indices; None for all of them."""
        if self._least is None:
            self._least = int(self.have.min(initial=1 << 62))
        return None if self._least >= least else np.flatnonzero(self.have >= least)

    def having(self, least: int) -> tuple[Array, Array | None]:
        """The packets where `least` bytes of the header are there; and their indices, None for all.

        Fields whose bytes the same packets have share what is given.
        """
        index = self.with_bytes(least)
        count = len(self) if index is None else len(index)  # the packets that have more are among those that have less
        if count not in self._having:
            self._having[count] = self.group.rows if index is None else self.group.rows[index], index
        return self._having[count]


class Walk:
    """The walk over one batch. What each packet has met so far is kept in columns, a row a packet."""

    def __init__(
        self, octets: Octets, index: Index, skip: frozenset[str] = frozenset(), aside: Aside | None = None
    ) -> None:
        count = len(index)
        self.octets = octets
        self.index = index
        self.skip = skip
        self.aside = aside
        self.visits: list[Visit] = []
        self.network = Network.none(count)
        self.quoted = np.zeros(count, bool)
        self.quote_start = np.full(count, np.iinfo(np.int64).max)
        self.mistaken = np.full(count, NOBODY, np.int64)
        self.bound = np.where(index.captured < np.maximum(index.length, index.captured) - index.fcs, CAPTURE, FRAME)
        self.ethernet = np.zeros(count, bool)
        self.extensions = np.zeros(count, np.int32)
        self.fixed_length = np.zeros(count, np.int64)
        self.fixed_stop = np.full(count, NOBODY, np.int64)
        self.jumbo = np.zeros(count, bool)
        self.chain = np.zeros(count, np.int32)
        self.chained = False
        self.composed: list[bytes] = []
        self.deep: list[Array] = []
        self.lying: list[tuple[str, Array, Array]] = []
        self._pending: dict[str, list[Group]] = {}
        self._layers = np.zeros(count, np.int32)
        self._counted = 0
        self.ranked: dict[frozenset[str], list[tuple[Visit, Array]]] = {}
        self.together: dict[frozenset[str], tuple[Visit, Array] | None] = {}

    def run(self, handlers: dict[str, Callable[[Walk, Group], None]]) -> None:
        """Handles group after group until no packet has a header left; a header is taken once all before it were.

        Where rare packets may be left, they stay where they are.
        """
        while self._pending:
            key = next(key for key in handlers if key in self._pending)
            group = merge(self._pending.pop(key))
            if self.aside is None or not self.aside.takes(group.rows):
                handlers[key](self, group)

    def push(self, key: str, group: Group, which: Array | None = None) -> None:
        """Sends packets to the header `key`, if anything of it may be there."""
        if key in self.skip:
            return
        if which is not None:
            group = group.take(which)
        group = group.take((group.start < group.end) | (group.end < group.claim) | group.lie)
        if len(self.visits) >= DEEPEST:
            shallow = self._depth()[group.rows] < DEEPEST
            self.deep.append(group.rows[~shallow])
            group = group.take(shallow)
        if len(group):
            self._pending.setdefault(key, []).append(group)

    def push_by(self, keys: Array, names: tuple[str, ...], group: Group, which: Array | None = None) -> None:
        """Sends each packet to the header `names[key - 1]`; a key of 0 leads nowhere."""
        if which is not None:
            keys = np.where(which, keys, 0)
        count = np.bincount(keys, minlength=1)
        for number in count.nonzero()[0].tolist():
            if number:
                self.push(names[number - 1], group, None if count[number] == len(keys) else keys == number)

    def _depth(self) -> Array:
        for visit in self.visits[self._counted :]:
            self._layers[visit.group.rows] += 1
        self._counted = len(self.visits)
        return self._layers

    def first_row(self, header: Header, group: Group) -> None:
        """A layer of which only the first row can be told."""
        if len(group):
            have = np.minimum(group.end - group.start, 1)
            broken = np.ones(len(group), bool)
            self.visits.append(Visit(header, group, have, group.start, broken, only_first=True))

    def narrow(self, group: Group, ends: Array, which: Array | None = None) -> Group:
        """The limits within a length field, which has set the limit from now on wherever it fits."""
        fits = ends <= group.end if which is None else which & (ends <= group.end)
        self.bound[group.rows[fits]] = LENGTH
        return group.narrow(ends) if which is None else group.narrow_where(which, ends)

    def fragments(self, rows: Array) -> None:
        """The limit of these packets, if a length field has set it, is where their fragment ends."""
        self.bound[rows[self.bound[rows] == LENGTH]] = FRAGMENT

    def read(self, header: Header, group: Group, heads: Heads | None = None) -> Visit:
        """Reads one header of every packet: what is there, how long it is, where its options are.

        `heads` are the fixed parts of all of them, where somebody has looked at these before.
        """
        visit = self._read(header, group, heads)
        visit._heads = heads if visit._heads is None else visit._heads
        if visit.broken.any():
            visit.bound = self.bound[group.rows]
        self.visits.append(visit)
        return visit

    def _read(self, header: Header, group: Group, heads: Heads | None) -> Visit:
        start, end = group.start, group.end
        if header.length is None:
            return self._read_rows(header, group, end)
        slot = slots_by_name(header)[header.length.field]
        heads = heads or self.octets.heads(start, fixed_size(header))
        said = heads.slot(slot).astype(np.int64)
        said = said * (slot.field.scale * header.length.times) + header.length.plus
        proper = (end - start >= slot.hi) & (said >= fixed_size(header))
        inner_end = np.where(proper, np.minimum(start + said, end), end)
        visit = self._read_rows(header, group, inner_end)
        visit._heads = heads
        good = proper & ~visit.broken
        visit.stop = np.where(good, inner_end, visit.stop)
        over = start + said > end
        rest = good & ~(over & (start + said > group.claim) & ~group.partial)
        visit.broken = ~good | over
        self._read_rest(visit, rest, ~over)
        return visit

    def _read_rows(self, header: Header, group: Group, end: Array) -> Visit:
        size = fixed_size(header)
        have = end - group.start
        if is_fixed(header):
            return Visit(header, group, have, np.minimum(group.start + size, group.end), have < size)
        reading = Reading(self.octets, group.start, end)
        reading.read(header.fields)
        return Visit(header, group, have, np.minimum(reading.at, group.end), reading.missing, reading)

    def _read_rest(self, visit: Visit, rest: Array, whole: Array) -> None:
        header, reading, start = visit.header, visit.reading, visit.group.start
        if reading is not None and header.repeat:
            reading.room = (visit.stop - start) * 8
            reading.repeat(header, rest, whole)
            visit.broken |= reading.missing
            rest = rest & ~reading.missing
        if header.options is None:
            return
        if reading is not None and header.options.when is not None:
            rest = rest & reading.holds(header.options.when)
        at = start + fixed_size(header) if reading is None else reading.at
        visit.options = np.flatnonzero(rest & (at < visit.stop))
        visit.options_at = at[visit.options]
        visit.whole = whole[visit.options]

    def leave(self, visit: Visit) -> tuple[Group, Visit | None]:
        """The packets whose header is whole, behind it; and their visit, None where there are none."""
        group = visit.group.at(visit.stop).take(~visit.broken)
        return group, visit if len(group) else None

    def compose(self, address: bytes) -> int:
        """A position for an address that stands nowhere in the batch."""
        self.composed.append(address)
        return -len(self.composed)

    def address(self, where: int, size: int) -> bytes:
        """The address at a position, composed or in the batch."""
        return self.composed[-where - 1] if where < 0 else self.octets.data[where : where + size]


def values(walk: Walk, visit: Visit, name: str) -> Array:
    """The raw values of a field in the packets whose header is whole, in their order."""
    found = visit.number(walk.octets, name)
    return found[~visit.broken] if visit.broken.any() else found


Handler = Callable[[Walk, Group], None]
__all__ = ["Handler", "Network", "Raw", "Visit", "Walk", "values"]
