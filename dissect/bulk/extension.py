"""IPv6 extension headers for all packets at once: `dissect.decoding.ipv6` as columns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dissect.bulk.group import Group
from dissect.bulk.internet import PROTOCOLS
from dissect.bulk.octets import Array
from dissect.bulk.options import items
from dissect.bulk.walk import NOBODY, Handler, Visit, Walk, values
from dissect.decoding.ipv6 import EXTENSIONS
from dissect.wire.checks.internet import LONGEST_CHAIN
from dissect.wire.ipv6 import TABLE

JUMBO = next(kind for kind, option in TABLE.items() if option.key == "ipv6.opt.jumbo_payload")
HOME = next(kind for kind, option in TABLE.items() if option.key == "ipv6.opt.home_address")
ROUTES = {0: "ipv6.routing.src.addr", 2: "ipv6.routing.mipv6.home_address", 4: "ipv6.routing.srh.addr"}
KEYS = tuple(EXTENSIONS)
COMPRESSED = 3  # the routing type whose addresses share a prefix with the destination (RFC 6554)


def extension(key: str) -> Handler:
    """The handler of one kind of extension header."""

    def handle(walk: Walk, group: Group) -> None:
        visit = walk.read(EXTENSIONS[key], group)
        rows = group.rows
        short = walk.extensions[rows] < LONGEST_CHAIN
        _place(walk, visit, rows)
        visit.facts["network.fragment"] = walk.network.fragment[rows] & (walk.network.source_size[rows] == 16)
        walk.extensions[rows] += 1
        after, some = walk.leave(visit)
        if some is None:
            return
        goes = short[~visit.broken]
        if key == "ipv6.hopopts":
            after = _jumbo(walk, visit, after, short)
        elif key == "ipv6.routing":
            _routing(walk, visit, goes)
        elif key == "ipv6.dstopts":
            _home_address(walk, visit)
        elif key == "ipv6.fraghdr":
            after, goes = _fragment(walk, visit, after, goes)
        elif key == "mip6":
            visit.body, visit.network = group, walk.network.of(rows)
        visit.inner, visit.bounded = after, short[~visit.broken]
        PROTOCOLS.push(walk, values(walk, visit, visit.header.next), after, goes)

    return handle


def _place(walk: Walk, visit: Visit, rows: Array) -> None:
    """How many extension headers stand before this one, and how many of its kind (up to 3, in 2 bits each)."""
    shift = 2 * KEYS.index(visit.header.key)
    before, same = walk.chain[rows] >> 2 * len(KEYS), walk.chain[rows] >> shift & 3
    visit.facts.update({"chain.all": walk.extensions[rows], "chain.before": before, "chain.same": same})
    walk.chain[rows] += ((same < 3) << shift) + ((before < 63) << 2 * len(KEYS))
    walk.chained = True


def _jumbo(walk: Walk, visit: Visit, after: Group, short: Array) -> Group:
    """The limit that a jumbo payload option sets; it counts from behind the fixed header."""
    said = np.full(len(visit), -1, np.int64)
    found = items(walk.octets, visit)
    found = found.take(np.flatnonzero((found.kind == JUMBO) & ~found.faulty))
    said[found.owner[::-1]] = walk.octets.word(found.start + 2, 4)[::-1]  # of several the first
    rows = visit.group.rows
    based = short & (walk.fixed_stop[rows] >= 0) & (walk.network.source_size[rows] > 0)
    fixed = np.where(based, walk.fixed_length[rows], NOBODY)
    count = np.bincount(found.owner, minlength=len(visit))
    visit.facts.update({"fixed.plen": fixed, "jumbo.count": count, "jumbo.length": said})
    said, alone, rows = said[~visit.broken], fixed[~visit.broken] == 0, after.rows
    walk.network.presumed[rows[alone & (said < 0)]] = True
    ends = walk.fixed_stop[rows] + said
    which = alone & (said >= 65536)
    inner = walk.narrow(after, ends, which)
    lies = which & inner.lie & ~after.lie
    cut = which & ~lies & (inner.claim > inner.end) & ~after.partial
    for rule, some in (("cut.frame", lies), ("cut.capture", cut)):
        walk.lying.append((rule, rows[some], walk.fixed_stop[rows[some]] - 40))
    return inner


def _home_address(walk: Walk, visit: Visit) -> None:
    """A home address option replaces the source in the pseudo-header."""
    found = items(walk.octets, visit)
    found = found.take(np.flatnonzero((found.kind == HOME) & ~found.faulty & ~visit.broken[found.owner]))
    rows = visit.group.rows[found.owner]
    walk.network.source[rows], walk.network.source_size[rows] = found.start + 2, 16


def _fragment(walk: Walk, visit: Visit, after: Group, goes: Array) -> tuple[Group, Array]:
    offset, more = (values(walk, visit, f"ipv6.fraghdr.{name}") for name in ("offset", "more"))
    rows = visit.group.rows
    jumbo = walk.jumbo[rows] & ~walk.network.presumed[rows]
    there = ~visit.broken & (walk.network.source_size[rows] > 0)
    there[~visit.broken] &= goes
    visit.facts["network.at"] = walk.network.at[rows]
    visit.facts["network.jumbo"] = np.where(there, jumbo, NOBODY)
    walk.fragments(after.rows[(offset == 0) & (more == 1)])
    walk.network.fragment[after.rows[(offset > 0) | (more == 1)]] = True
    return replace(after, partial=after.partial | (more == 1)), goes & (offset == 0)


def _routing(walk: Walk, visit: Visit, goes: Array) -> None:
    """The final destination, which the checksums above cover while segments are left."""
    reading = visit.reading
    assert reading is not None
    kind, left = (visit.number(walk.octets, f"ipv6.routing.{name}") for name in ("type", "segleft"))
    goes_all = np.zeros(len(visit), bool)
    goes_all[~visit.broken] = goes
    visit.facts["route.count"] = np.where(goes_all & (walk.network.source_size[visit.group.rows] > 0), 0, NOBODY)
    _compressed_count(visit, kind)
    for number, name in ROUTES.items():
        count, address = np.zeros(len(visit), np.int64), np.zeros(len(visit), np.int64)
        for place in reading.places.get(name, []):
            at = reading.start[place.packets] + (place.bit >> 3)
            address[place.packets] = np.where((count[place.packets] == 0) | (number != 4), at, address[place.packets])
            count[place.packets] += 1
        there = (kind == number) & (visit.facts["route.count"] >= 0)
        visit.facts["route.count"][there] = count[there]
        which = goes_all & (kind == number) & (left > 0) & (left <= count)
        rows = visit.group.rows[which]
        walk.network.destination[rows], walk.network.destination_size[rows] = address[which], 16
    for one in np.flatnonzero(goes_all & (kind == COMPRESSED)).tolist():
        _compressed(walk, visit, one, int(left[one]))


def _compressed_count(visit: Visit, kind: Array) -> None:
    """How many addresses the RPL source routes list."""
    reading, count = visit.reading, visit.facts["route.count"]
    assert reading is not None
    index = np.flatnonzero((kind == COMPRESSED) & (count >= 0))
    if not len(index):
        return
    size = np.zeros(len(visit), np.int64)
    for place in reading.places.get("ipv6.routing.rpl.address", []):
        size[place.packets] = place.bits >> 3
    inner, last, pad = (
        reading.number(f"ipv6.routing.rpl.{name}").astype(np.int64)[index] for name in ("cmprI", "cmprE", "pad")
    )
    rest = np.maximum(size[index] - pad, 0) - (16 - last)
    count[index] = np.where((rest >= 0) & (rest % (16 - inner) == 0), rest // (16 - inner) + 1, 0)


def _compressed(walk: Walk, visit: Visit, one: int, left: int) -> None:
    """The addresses of an RPL source route, their elided prefixes taken from the destination (RFC 6554 §3)."""
    reading, row = visit.reading, int(visit.group.rows[one])
    assert reading is not None
    size = int(walk.network.destination_size[row])
    inner, last, pad = (int(reading.number(f"ipv6.routing.rpl.{name}")[one]) for name in ("cmprI", "cmprE", "pad"))
    body = _body(walk, visit, one)
    body = body[: max(0, len(body) - pad)]
    count, rest = divmod(len(body) - (16 - last), 16 - inner)
    if not size or count < 0 or rest:
        return
    before = walk.address(int(walk.network.destination[row]), size)
    route = [before[:inner] + body[at * (16 - inner) : (at + 1) * (16 - inner)] for at in range(count)]
    visit.routes[one] = [*route, before[:last] + body[len(body) - (16 - last) :]]
    if 0 < left <= len(visit.routes[one]):
        walk.network.destination[row] = walk.compose(visit.routes[one][-1])
        walk.network.destination_size[row] = 16


def _body(walk: Walk, visit: Visit, one: int) -> bytes:
    """The compressed addresses of one packet of a visit."""
    assert visit.reading is not None
    for place in visit.reading.places.get("ipv6.routing.rpl.address", []):
        for which in np.flatnonzero(place.packets == one):
            at = int(visit.group.start[one] + (place.bit[which] >> 3))
            return walk.octets.data[at : at + int(np.broadcast_to(place.bits, len(place.packets))[which]) // 8]
    return b""
