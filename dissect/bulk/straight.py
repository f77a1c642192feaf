"""The short way to IP and TCP for those who ask for nothing else: most packets have them right behind Ethernet.

Such headers are looked at all at once, side by side; the walk goes through the packets that are not as plain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from functools import partial
from typing import NamedTuple

import numpy as np

from dissect.bulk.group import Group
from dissect.bulk.octets import Array, Heads, slots_by_name
from dissect.bulk.walk import LENGTH, Visit, Walk
from dissect.wire.field import Header, Slot, fixed_size
from dissect.wire.icmp import ICMP, ICMPV6, QUOTING, QUOTING_V6
from dissect.wire.ipv4 import IPV4
from dissect.wire.ipv6 import IPV6
from dissect.wire.link import ETHERNET, VLAN
from dissect.wire.registry import ETHERTYPE_HEADERS, LINK_HEADERS, PROTOCOL_HEADERS, TUNNEL_PORTS
from dissect.wire.tcp import TCP
from dissect.wire.udp import UDP

KEYS = frozenset({IPV4.key, IPV6.key, TCP.key})
_TYPE = slots_by_name(ETHERNET)["eth.type"]
_PORT = slots_by_name(UDP)["udp.dstport"]


def _table(numbers: Iterable[int], bits: int) -> Array:
    """By number, whether it is one of these."""
    return np.isin(np.arange(1 << bits), list(numbers))


def _number(registry: dict[int, str], header: Header) -> int:
    """The number that announces a header."""
    return next(number for number, key in registry.items() if key == header.key)


_TUNNELS = _table(TUNNEL_PORTS, 16)
_TAGS = _table((number for number, key in ETHERTYPE_HEADERS.items() if key == VLAN.key), 16)


class _Version(NamedTuple):
    """An IP header: values of one that is plain, `uncounted` bytes of it, and ICMP with a table of its types that quote a packet."""

    header: Header
    plain: dict[str, int]
    whole: dict[str, int]
    protocol: str
    length: str
    uncounted: int
    icmp: Header
    quoting: Array

    def slot(self, name: str) -> Slot:
        """A field of the header."""
        return slots_by_name(self.header)[name]


_WORDS = fixed_size(IPV4) // slots_by_name(IPV4)["ip.hdr_len"].field.scale
_VERSIONS = (
    _Version(IPV4, {"ip.version": 4, "ip.hdr_len": _WORDS}, {"ip.frag_offset": 0, "ip.flags.mf": 0},
             "ip.proto", "ip.len", 0, ICMP, _table(QUOTING, 8)),
    _Version(IPV6, {"ipv6.version": 6}, {}, "ipv6.nxt", "ipv6.plen", fixed_size(IPV6),
             ICMPV6, _table(QUOTING_V6, 8)),
)  # fmt: skip


def shortcut(keys: Set[str]) -> Callable[[Walk, Group], Group] | None:
    """The short way to these headers; None where there is none."""
    return partial(straight, keys=keys) if keys and keys <= KEYS else None


def straight(walk: Walk, group: Group, keys: Set[str] = frozenset({TCP.key})) -> Group:
    """Reads plain IP headers if asked for, and sends packets to TCP that have it right there.

    Gives those that have to be walked, which may lead to headers of these `keys`.
    """
    ethernet = walk.index.link[group.rows] == _number(LINK_HEADERS, ETHERNET)
    if not ethernet.any():
        return group
    start = group.start + fixed_size(ETHERNET)
    size = _TYPE.hi - _TYPE.lo
    kinds = walk.octets.word(start - size, size)
    tagged = np.flatnonzero(_TAGS[kinds])
    start[tagged] += fixed_size(VLAN)
    kinds[tagged] = walk.octets.word(start[tagged] - size, size)
    rest = np.ones(len(group), bool)
    for version in _VERSIONS:
        which = np.flatnonzero(ethernet & (kinds == _number(ETHERTYPE_HEADERS, version.header)))
        if len(which):
            done = _sent(walk, version, group.rows[which], start[which], group.end[which], keys)
            rest[which[done]] = False
    return group.take(rest)


def _sent(walk: Walk, version: _Version, rows: Array, start: Array, end: Array, keys: Set[str]) -> Array:
    """Sends on what has plain TCP behind the IP header at `start`; which packets need no walk, these and others."""
    size = fixed_size(version.header)
    ip = walk.octets.heads(start, size + _PORT.hi)
    behind = ip.behind(size)
    protocol, length = ip.slot(version.slot(version.protocol)), ip.slot(version.slot(version.length))
    plain = _holds(version, ip, version.plain)
    kind = slots_by_name(version.icmp)[f"{version.icmp.key}.type"]
    idle = (protocol == _number(PROTOCOL_HEADERS, UDP)) & ~_TUNNELS[behind.slot(_PORT)]
    idle |= (protocol == _number(PROTOCOL_HEADERS, version.icmp)) & ~version.quoting[behind.slot(kind)]
    stop = start + version.uncounted + length
    right = plain & (protocol == _number(PROTOCOL_HEADERS, TCP)) & (stop <= end)
    right &= (stop - start >= size + fixed_size(TCP)) & _holds(version, ip, version.whole)
    at = np.flatnonzero(right)
    if TCP.key in keys:
        _send(walk, version, rows[at], start[at], stop[at])
    done: Array = right | (plain & idle)
    if version.header.key in keys:
        done &= start + size <= end
        _read(walk, version.header, ip, np.flatnonzero(done), rows, start, end)
    return done


def _read(walk: Walk, header: Header, ip: Heads, which: Array, rows: Array, start: Array, end: Array) -> None:
    """The visit of those IP headers that are whole and without options."""
    rows, start, end = rows[which], start[which], end[which]
    nowhere = np.zeros(len(which), bool)
    group = Group(rows, start, end, end, nowhere, nowhere)
    visit = Visit(header, group, end - start, start + fixed_size(header), nowhere, whole=nowhere[:0])
    walk.visits.append(visit.known(ip.take(which)))


def _holds(version: _Version, head: Heads, values: dict[str, int]) -> Array | bool:
    """Which headers have these values."""
    found: Array | bool = True
    for name, value in values.items():
        found &= head.slot(version.slot(name)) == value
    return found


def _send(walk: Walk, version: _Version, rows: Array, start: Array, stop: Array) -> None:
    """TCP up to `stop` behind the IP headers at `start`, and what the walk would have kept of those."""
    source, destination = (version.slot(f"{version.header.key}.{name}") for name in ("src", "dst"))
    network, nowhere = walk.network, np.zeros(len(rows), bool)
    network.at[rows] = start
    network.source[rows], network.source_size[rows] = start + source.lo, source.hi - source.lo
    network.destination[rows], network.destination_size[rows] = start + destination.lo, destination.hi - destination.lo
    walk.bound[rows] = LENGTH
    walk.push(TCP.key, Group(rows, start + fixed_size(version.header), stop, stop, nowhere, nowhere))
