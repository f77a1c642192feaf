"""IPv4 and IPv6 for all packets at once: `dissect.decoding.ipv4` and the fixed header of `…ipv6` as columns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dissect.bulk.group import Group
from dissect.bulk.link import Announcement
from dissect.bulk.octets import Array, Heads
from dissect.bulk.options import Items, items
from dissect.bulk.walk import Visit, Walk, values
from dissect.decoding.ipv4 import TCP, UDP
from dissect.decoding.ipv6 import HOP_BY_HOP_NUMBER, OFFLOADED
from dissect.wire.field import Header, fixed_size
from dissect.wire.ipv4 import IPV4
from dissect.wire.ipv6 import IPV6
from dissect.wire.registry import PROTOCOL_HEADERS

PROTOCOLS = Announcement(PROTOCOL_HEADERS, 256)
ROUTES = (131, 137)  # loose and strict source routes
PADDED = 60  # the least bytes of an Ethernet frame


def _versions(walk: Walk, group: Group, header: Header, own: int, other: int, other_key: str) -> tuple[Group, Heads]:
    """The packets that have the right version; once in a packet the other one is believed too."""
    heads = walk.octets.heads(group.start, fixed_size(header))
    version = heads.word(0, 1) >> 4
    here = group.start < group.end
    right = ~here | (version == own)
    if right.all():
        return group, heads
    redirect = here & (version == other) & (walk.mistaken[group.rows] < 0)
    walk.mistaken[group.rows[redirect]] = group.start[redirect]
    walk.push(other_key, group, redirect)
    walk.first_row(header, group.take(~right & ~redirect))
    return group.take(right), heads.take(right)


def ipv4(walk: Walk, group: Group) -> None:
    """One IPv4 header and what it announces."""
    group, heads = _versions(walk, group, IPV4, 4, 6, "ipv6")
    if not len(group):
        return
    visit = walk.read(IPV4, group, heads)
    after, some = walk.leave(visit)
    if some is None:
        return
    start = group.start[~visit.broken]
    length, protocol = (values(walk, visit, name) for name in ("ip.len", "ip.proto"))
    header = after.start - start
    offset, more = (values(walk, visit, name) for name in ("ip.frag_offset", "ip.flags.mf"))
    offloaded = (protocol == TCP) | (protocol == UDP)
    zero = (length == 0) & offloaded
    padded = np.where(walk.ethernet[after.rows], PADDED, 0) + walk.index.start[after.rows]
    only = (length == header) & offloaded & (after.claim - after.start >= 8) & (after.claim > padded)
    presumed = zero | only
    inner = walk.narrow(after, start + length, ~presumed)
    visit.inner, visit.presumed, visit.bounded = inner, presumed, presumed | (length >= header)
    rows, network = after.rows, walk.network
    network.at[rows] = start
    network.source[rows], network.source_size[rows] = start + 12, 4
    network.destination[rows], network.destination_size[rows] = start + 16, 4
    network.fragment[rows] = (offset > 0) | (more == 1)
    network.presumed[rows] = presumed
    _new_chain(walk, rows)
    if len(visit.options):
        _source_routes(walk, visit)
    if more.any():
        walk.fragments(rows[more == 1])
        inner = replace(inner, partial=inner.partial | (more == 1))
    PROTOCOLS.push(walk, protocol, inner, (presumed | (length >= header)) & (offset == 0))


def _new_chain(walk: Walk, rows: Array, jumbo: Array | None = None) -> None:
    """Behind an IP header a chain of extension headers begins."""
    if walk.chained:
        walk.chain[rows], walk.jumbo[rows] = 0, False
    if jumbo is not None and jumbo.any():
        walk.jumbo[rows] = jumbo


def _source_routes(walk: Walk, visit: Visit) -> None:
    """Under a source route that has not ended the checksums above cover its last address."""
    found: Items = items(walk.octets, visit)
    route = np.isin(found.kind, ROUTES) & ~found.faulty & (found.stop - found.start >= 7)
    route &= ~visit.broken[found.owner]
    start, size = found.start[route], (found.stop - found.start)[route]
    open_ = walk.octets.word(start + 2, 1) <= size
    owner, start, size = found.owner[route][open_], start[open_], size[open_]
    last = start + 3 + ((size - 3) // 4 - 1) * 4
    rows = visit.group.rows[owner]
    walk.network.destination[rows[::-1]] = last[::-1]  # of several the first, which is written last


def ipv6(walk: Walk, group: Group) -> None:
    """The fixed header and what it announces."""
    group, heads = _versions(walk, group, IPV6, 6, 4, "ip")
    if not len(group):
        return
    visit = walk.read(IPV6, group, heads)
    after, some = walk.leave(visit)
    if some is None:
        return
    length, number = (values(walk, visit, name) for name in ("ipv6.plen", "ipv6.nxt"))
    rows, network = after.rows, walk.network
    walk.fixed_length[rows], walk.fixed_stop[rows], network.at[rows] = length, after.start, after.start - 40
    network.source[rows], network.source_size[rows] = after.start - 32, 16
    network.destination[rows], network.destination_size[rows] = after.start - 16, 16
    network.fragment[rows] = False
    zero = length == 0
    jumbo = zero & (number == HOP_BY_HOP_NUMBER)
    presumed = zero & (after.claim - after.start >= _offloaded(number))
    network.presumed[rows] = presumed
    _new_chain(walk, rows, jumbo)
    inner = walk.narrow(after, after.start + length, ~presumed & ~jumbo)
    visit.inner, visit.presumed, visit.bounded = inner, presumed, ~jumbo
    PROTOCOLS.push(walk, number, inner)


def _offloaded(number: Array) -> Array:
    """The least bytes of the header, where hardware splits that protocol."""
    least = np.full(256, np.iinfo(np.int64).max)
    for protocol, size in OFFLOADED.items():
        least[protocol] = size
    return least[number]
