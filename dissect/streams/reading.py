"""The TCP segments of one block of a capture, taken from the walk over its headers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dissect.bulk.block import Block, united
from dissect.bulk.derived import values as derived_values
from dissect.bulk.octets import Array, Octets, needs, slots_by_name
from dissect.bulk.options import Items, walk
from dissect.bulk.rare import Aside, put_off
from dissect.bulk.straight import straight
from dissect.bulk.transport import LEAVES, walked
from dissect.bulk.walk import Visit, Walk
from dissect.streams.handshake import CUT
from dissect.streams.identity import pairs
from dissect.streams.parts import between, finished, joined, ordered
from dissect.streams.segments import IPV6, SYN, Part
from dissect.wire import ipv4
from dissect.wire.field import fixed_size, place
from dissect.wire.tcp import OPTIONS, TCP

_WIRE = {"seq": "tcp.seq_raw", "ack": "tcp.ack_raw", "flags": "tcp.flags", "window": "tcp.window_size_value"}
_LAST = "tcp.window_size_value"
"""The field up to which a header has to be there for its segment to belong to a stream."""
_MSS, _SCALE, _SACK, _STAMPS = (
    next(kind for kind, option in OPTIONS.table.items() if option.key == f"tcp.options.{key}")
    for key in ("mss", "wscale", "sack", "timestamp")
)
_BODIES = {
    slot.field.name: slot for kind in (_MSS, _SCALE, _STAMPS) for slot in slots_by_name(OPTIONS.table[kind]).values()
}
_LEFT, _RIGHT = place(OPTIONS.table[_SACK].repeat)
_BEFORE = fixed_size(OPTIONS.table[_SACK])
_SHORTEST_SACK = fixed_size(TCP) + -(-min(OPTIONS.table[_SACK].sizes) // 4) * 4
"""Bytes of a header with one SACK block, padded to whole words."""
_NOTHING = next(kind for kind in OPTIONS.single if kind != OPTIONS.end)
_ALIGNED = bytes([_NOTHING, _NOTHING, _STAMPS, *OPTIONS.table[_STAMPS].sizes])
"""How nearly all systems write the timestamps option: behind two no-operations (RFC 7323, appendix A)."""
_ALONE = 2 + min(OPTIONS.table[_STAMPS].sizes)
"""Bytes of options of which that is all."""
_IPV4 = slots_by_name(ipv4.HEADERS[0])
_SHORT = _IPV4["ip.src"].hi - _IPV4["ip.src"].lo
"""Bytes of an IPv4 address."""


class _Found(NamedTuple):
    """A visit's segments: which of its headers, and in which packets of the block."""

    visit: Visit
    places: Array
    rows: Array


def part_of(block: Block, evidence: bool) -> Part:
    """The segments of a block."""
    addresses: dict[bytes, int] = {}
    return finished(segments_of(block, evidence, addresses), addresses, len(block))


def segments_of(block: Block, evidence: bool, addresses: dict[bytes, int]) -> dict[str, Array]:
    """The segments of a block in any order, without their connections; IPv6 addresses are numbered in `addresses`."""
    walk = walked(block, LEAVES - {TCP.key}, straight)
    found = [each for each in map(_whole, walk.visits) if each is not None]
    return joined([_visited(walk, each, addresses, evidence) for each in found])


class Reading:
    """The work on one block, wherever it is done; packets with rare headers can be left to be read with others."""

    awaited = False

    def __init__(self, evidence: bool) -> None:
        self.evidence = evidence
        self._addresses: dict[bytes, int] = {}

    def __call__(self, block: Block) -> Part:
        """The segments of a block."""
        return part_of(block, self.evidence)

    def draft(self, block: Block) -> Draft:
        """Those of packets without rare headers."""
        block.aside = Aside(block.index)
        segments = segments_of(block, self.evidence, self._addresses)
        return Draft(segments, put_off(block), len(block))

    def completed(self, drafts: list[Draft]) -> list[Part]:
        """All segments of some blocks."""
        rare = [each.rare for each in drafts if each.rare is not None]
        more = ordered(segments_of(united(rare), self.evidence, self._addresses)) if rare else {}
        parts = []
        for each in drafts:
            segments = each.segments
            if each.rare is not None and more:
                numbers = each.rare.index.number
                segments = joined([segments, between(more, int(numbers[0]), int(numbers[-1]))])
            parts.append(finished(segments, self._addresses, each.total))
        self._addresses = {}
        return parts


class Draft(NamedTuple):
    """The segments of a block but for its `rare` packets, of `total`."""

    segments: dict[str, Array]
    rare: Block | None
    total: int

    @property
    def size(self) -> int:
        """Bytes that are kept of it."""
        own = sum(array.nbytes for array in self.segments.values())
        return own + (len(self.rare.octets.data) if self.rare is not None else 0)


def _whole(visit: Visit) -> _Found | None:
    """The segments of a visit that belong to streams: addresses known, the header there up to the window."""
    if visit.header is not TCP or visit.network is None:
        return None
    index = np.flatnonzero((visit.have >= needs(TCP)[_LAST]) & (visit.network.source_size > 0))
    return _Found(visit, index, visit.group.rows[index]) if len(index) else None


def _visited(walk: Walk, found: _Found, addresses: dict[bytes, int], evidence: bool) -> dict[str, Array]:
    """The arrays of one visit; rows of sparse ones are places among its segments."""
    visit, index, rows = found
    octets, packets = walk.octets, walk.index
    sources, destinations = _ends(walk, found, addresses)
    larger = sources > destinations
    part: dict[str, Array] = {
        "low": np.where(larger, destinations, sources), "high": np.where(larger, sources, destinations),
        "second": larger, "number": packets.number[rows], "time": np.where(packets.timed[rows], packets.time[rows], 0),
    }  # fmt: skip
    heads = visit.heads(octets)
    for name, field in _WIRE.items():
        part[name] = heads.slot(slots_by_name(TCP)[field])[index]
    lengths, known = np.zeros(len(visit), np.int64), np.zeros(len(visit), bool)
    at, values = derived_values(walk, visit, "tcp.len", None)
    lengths[at], known[at] = np.asarray(values), True
    part["length"], part["known"] = lengths[index], known[index] & ~walk.quoted[rows]
    part |= _few(octets, found, part["flags"])
    return part | _evidence(walk, found, part["flags"]) if evidence else part


def _ends(walk: Walk, found: _Found, addresses: dict[bytes, int]) -> tuple[Array, Array]:
    """Source and destination of the IP header that TCP follows, each as address << 16 | port."""
    network = found.visit.network
    assert network is not None
    both = (network.source, network.destination), (network.source_size, network.destination_size)
    places, sizes = (np.concatenate([each[found.places] for each in pair]) for pair in both)
    number = np.zeros(len(places), np.uint64)
    plain = (sizes == _SHORT) & (places >= 0)
    short, long = np.flatnonzero(plain), np.flatnonzero(~plain)
    number[short] = walk.octets.word(places[short], _SHORT)
    if len(long):
        number[long] = _numbered(walk, places[long], sizes[long], addresses)
    heads, slots = found.visit.heads(walk.octets), slots_by_name(TCP)
    ports = [heads.slot(slots[name])[found.places] for name in ("tcp.srcport", "tcp.dstport")]
    ends = number << np.uint64(16) | np.concatenate(ports).astype(np.uint64)
    return ends[: len(found.places)], ends[len(found.places) :]


def _numbered(walk: Walk, places: Array, sizes: Array, addresses: dict[bytes, int]) -> Array:
    """IPv6 addresses by their number among those of the block."""
    halves = np.zeros((len(places), 2), np.uint64)
    there = places >= 0
    for half in (0, 1):
        halves[there, half] = walk.octets.word(places[there] + half * 8, 8)
    for at in np.flatnonzero(~there).tolist():
        text = walk.address(int(places[at]), int(sizes[at])).ljust(16, b"\0")
        halves[at] = int.from_bytes(text[:8], "big"), int.from_bytes(text[8:], "big")
    first, which = pairs(halves[:, 0], halves[:, 1])
    own = halves[first].astype(">u8").tobytes()
    texts = (own[at : at + 16] for at in range(0, len(own), 16))
    codes = [IPV6 + addresses.setdefault(text, len(addresses)) for text in texts]
    return np.array(codes, np.uint64)[which]


def _options(octets: Octets, found: _Found, wanted: Array) -> Items:
    """The options of some headers of a visit, given by a mask over the visit; owners are places among its segments."""
    visit = found.visit
    which = np.flatnonzero(wanted[visit.options])
    owner = visit.options[which]
    listed = walk(octets, owner, visit.options_at[which], visit.stop[owner], OPTIONS)
    place = np.full(len(visit), -1, np.int64)
    place[found.places] = np.arange(len(found.places))
    listed.owner = place[listed.owner]
    return listed.take((listed.owner >= 0) & ~listed.faulty)


def _few(octets: Octets, found: _Found, flags: Array) -> dict[str, Array]:
    """Window scale and SACK blocks: only SYNs and headers with more than timestamps are looked through."""
    visit = found.visit
    wanted = visit.stop - visit.group.start >= _SHORTEST_SACK
    first = visit.heads(octets).behind(fixed_size(TCP)).word(0, len(_ALIGNED))[visit.options]
    plain = first == int.from_bytes(_ALIGNED, "big")
    plain &= visit.stop[visit.options] - visit.options_at == _ALONE
    wanted[visit.options[plain]] = False
    opening = (flags & SYN) > 0
    wanted[found.places[opening]] = True
    listed = _options(octets, found, wanted)
    return _scales(octets, found, opening, listed) | _blocks(octets, listed.take(listed.kind == _SACK))


def _scales(octets: Octets, found: _Found, opening: Array, listed: Items) -> dict[str, Array]:
    """The window scale of each SYN; `CUT` where its options are not all there."""
    scales = listed.take((listed.kind == _SCALE) & opening[listed.owner])
    cut = np.flatnonzero(opening & found.visit.broken[found.places])
    rows = np.concatenate([scales.owner, cut])
    shifts = _body(octets, scales.start, "tcp.options.wscale.shift")
    values = np.concatenate([shifts, np.full(len(cut), CUT, np.uint8)])
    order = np.argsort(rows, kind="stable")
    rows, values = rows[order], values[order]
    last = np.append(rows[1:] != rows[:-1], True)[: len(rows)]
    return {"scale.rows": rows[last], "scale.values": values[last]}


def _blocks(octets: Octets, listed: Items) -> dict[str, Array]:
    """The blocks of SACK options."""
    count = (listed.stop - listed.start - _BEFORE) // _RIGHT.hi
    owner = np.repeat(listed.owner, count)
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    at = np.repeat(listed.start + _BEFORE, count) + within * _RIGHT.hi
    order = np.argsort(owner, kind="stable")
    left, right = (octets.word(at + edge.lo, edge.hi - edge.lo)[order] for edge in (_LEFT, _RIGHT))
    return {"sack.rows": owner[order], "sack.left": left, "sack.right": right}


def _body(octets: Octets, starts: Array, name: str) -> Array:
    """A field of whole bytes in the bodies of options that begin at `starts`."""
    slot = _BODIES[name]
    return octets.word(starts + slot.lo, slot.hi - slot.lo)


def _evidence(walk: Walk, found: _Found, flags: Array) -> dict[str, Array]:
    """Timestamps, identification, and the MSS of SYNs."""
    visit, octets = found.visit, walk.octets
    listed = _options(octets, found, np.ones(len(visit), bool))
    stamps = listed.take(listed.kind == _STAMPS)
    count = len(found.places)
    part = {name: np.zeros(count, np.uint32) for name in ("value", "echo")} | {"stamped": np.zeros(count, bool)}
    part["value"][stamps.owner] = _body(octets, stamps.start, "tcp.options.timestamp.tsval")
    part["echo"][stamps.owner] = _body(octets, stamps.start, "tcp.options.timestamp.tsecr")
    part["stamped"][stamps.owner] = True
    sizes = listed.take((listed.kind == _MSS) & ((flags[listed.owner] & SYN) > 0))
    order = np.argsort(sizes.owner, kind="stable")
    part["mss.rows"], part["mss.values"] = sizes.owner[order], _body(octets, sizes.start, "tcp.options.mss_val")[order]
    assert visit.network is not None
    part["identification"] = np.full(count, -1, np.int32)
    short = np.flatnonzero(visit.network.source_size[found.places] == _SHORT)
    back = _IPV4["ip.src"].lo - _IPV4["ip.id"].lo
    part["identification"][short] = octets.word(
        visit.network.source[found.places[short]] - back, _IPV4["ip.id"].hi - _IPV4["ip.id"].lo
    )
    return part
