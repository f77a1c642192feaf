"""From the link's first byte to IP, for all packets of a kind: `dissect.decoding.link` as columns."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dissect.bulk.group import Group
from dissect.bulk.octets import Array
from dissect.bulk.walk import Visit, Walk, values
from dissect.decoding.link import IPV6_FAMILIES, LEAST_TYPE
from dissect.wire import link
from dissect.wire.field import Header, fixed_size
from dissect.wire.registry import ETHERTYPE_HEADERS, PPP_HEADERS


class Announcement:
    """A registry of following headers as a table: number → key, by its place in `names`, 0 for none."""

    def __init__(self, registry: Mapping[int, str], size: int) -> None:
        self.names = tuple(dict.fromkeys(registry.values()))
        self._table = np.zeros(size, np.int8)
        for number, key in registry.items():
            self._table[number] = self.names.index(key) + 1

    def push(self, walk: Walk, numbers: Array, group: Group, which: Array | None = None) -> None:
        """Sends packets to the headers that `numbers` announce."""
        walk.push_by(self._table[numbers], self.names, group, which)


ETHERTYPES = Announcement(ETHERTYPE_HEADERS, 1 << 16)
PPP_PROTOCOLS = Announcement(PPP_HEADERS, 1 << 16)
VERSIONS = Announcement({4: "ip", 6: "ipv6"}, 16)


def _typed(walk: Walk, group: Group, by_type: Header, by_length: Header) -> None:
    """A header whose last two bytes are a type or, below 0x0600, a length that LLC follows."""
    size = fixed_size(by_type)
    heads = walk.octets.heads(group.start, size)
    number = heads.word(size - 2, 2)
    is_length = (group.start + size <= group.end) & (number < LEAST_TYPE)
    if is_length.any():
        after, visit = walk.leave(walk.read(by_length, group.take(is_length)))
        if visit is not None:
            walk.push("llc", walk.narrow(after, after.start + values(walk, visit, by_length.fields[-1].name)))
        group, heads = group.take(~is_length), heads.take(~is_length)
    if len(group):
        after, visit = walk.leave(walk.read(by_type, group, heads))
        if visit is not None:
            ETHERTYPES.push(walk, values(walk, visit, by_type.fields[-1].name), after)


def ethernet(walk: Walk, group: Group) -> None:
    """Ethernet II or 802.3."""
    walk.ethernet[group.rows] |= group.start == walk.index.start[group.rows]
    _typed(walk, group, link.ETHERNET, link.ETHERNET_8023)


def vlan(walk: Walk, group: Group) -> None:
    """One 802.1Q or 802.1ad tag."""
    _typed(walk, group, link.VLAN, link.VLAN_8023)


def llc(walk: Walk, group: Group) -> None:
    """LLC with or without SNAP."""
    after, visit = walk.leave(walk.read(link.LLC, group))
    if visit is None or visit.reading is None:
        return
    typed = visit.reading.known("llc.type")[~visit.broken]
    plain = values(walk, visit, "llc.control") == 3
    ETHERTYPES.push(walk, values(walk, visit, "llc.type"), after, plain & typed)
    walk.push("ip", after, plain & ~typed & (values(walk, visit, "llc.dsap") == 0x06))


def cooked(walk: Walk, group: Group) -> None:
    """Linux cooked v1."""
    _cooked(walk, walk.read(link.COOKED, group))


def cooked_2(walk: Walk, group: Group) -> None:
    """Linux cooked v2."""
    _cooked(walk, walk.read(link.COOKED_2, group))


def _cooked(walk: Walk, visit: Visit) -> None:
    after, some = walk.leave(visit)
    if some is not None:
        number = values(walk, visit, "sll.etype")
        walk.push("llc", after, number == 4)
        ETHERTYPES.push(walk, number, after, number != 4)


def loopback(walk: Walk, group: Group) -> None:
    """BSD loopback in either byte order."""
    word = walk.octets.word(group.start, 4)
    little = (group.start + 4 <= group.end) & (word.byteswap() < word)
    for header, which in ((link.LOOPBACK_LITTLE, little), (link.LOOPBACK, ~little)):
        some = group.take(which)
        if not len(some):
            continue
        after, visit = walk.leave(walk.read(header, some))
        if visit is None:
            continue
        family = values(walk, visit, "null.family")
        is_ip, is_ipv6 = family == 2, np.isin(family, sorted(IPV6_FAMILIES))
        walk.push("ip", after, is_ip)
        walk.push("ipv6", after, is_ipv6)
        raw(walk, after.take(~is_ip & ~is_ipv6))


def raw(walk: Walk, group: Group) -> None:
    """No link header: the version nibble says which IP it is."""
    group = group.take(group.start < group.end)
    version = walk.octets.word(group.start, 1) >> 4
    first = group.start == walk.index.start[group.rows]
    walk.push("ipv6", group, version == 6)
    walk.push("ip", group, (version == 4) | (first & (version != 6)))


def ppp(walk: Walk, group: Group) -> None:
    """PPP, with or without HDLC's address and control, the protocol in one byte or two."""
    framed = (group.start < group.end) & (walk.octets.word(group.start, 1) == 0xFF)
    first = group.start + np.where(framed, 2, 0)
    compressed = (first < group.end) & (walk.octets.word(first, 1) & 1 == 1)
    for header, which in (
        (link.PPP_HDLC_SHORT, framed & compressed), (link.PPP_HDLC, framed & ~compressed),
        (link.PPP_SHORT, ~framed & compressed), (link.PPP, ~framed & ~compressed),
    ):  # fmt: skip
        some = group.take(which)
        if len(some):
            after, visit = walk.leave(walk.read(header, some))
            if visit is not None:
                PPP_PROTOCOLS.push(walk, values(walk, visit, "ppp.protocol"), after)


def pppoe(walk: Walk, group: Group) -> None:
    """PPPoE: session data is PPP."""
    after, visit = walk.leave(walk.read(link.PPPOE, group))
    if visit is not None:
        after_length = walk.narrow(after, after.start + values(walk, visit, "pppoe.payload_length"))
        walk.push("ppp", after_length, values(walk, visit, "pppoe.code") == 0)


def mpls(walk: Walk, group: Group) -> None:
    """One label; below the last the version nibble decides."""
    after, visit = walk.leave(walk.read(link.MPLS, group))
    if visit is None:
        return
    last = values(walk, visit, "mpls.bottom") == 1
    walk.push("mpls", after, ~last)
    VERSIONS.push(walk, walk.octets.word(after.start, 1) >> 4, after, last & (after.start < after.end))
