"""TCP, UDP, ICMP, ICMPv6 and tunnels for all packets at once: `dissect.decoding.transport`, `…control`, `…tunnel`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from dissect.bulk import extension, internet, link
from dissect.bulk.block import Block
from dissect.bulk.group import Group
from dissect.bulk.octets import Array
from dissect.bulk.walk import CAPTURE, QUOTE, Handler, Network, Visit, Walk, values
from dissect.decoding.ipv6 import EXTENSIONS
from dissect.wire.arp import ARP
from dissect.wire.field import Header
from dissect.wire.icmp import ICMP, ICMPV6, QUOTING, QUOTING_V6
from dissect.wire.ipv6 import ESP
from dissect.wire.registry import LINK_HEADERS, TUNNEL_PORTS
from dissect.wire.tcp import TCP
from dissect.wire.tunnel import GRE, VXLAN
from dissect.wire.udp import UDP

PORTS = link.Announcement(TUNNEL_PORTS, 1 << 16)


def _remember(visit: Visit, body: Group, network: Network) -> None:
    """Keeps what a verdict on the checksum needs."""
    visit.body, visit.network = body, network


def tcp(walk: Walk, group: Group) -> None:
    """One TCP header; what it carries is payload."""
    _remember(walk.read(TCP, group), group, walk.network.of(group.rows))


def udp(walk: Walk, group: Group) -> None:
    """One UDP header; a length of 0 stands for a jumbogram's or an offloaded one's."""
    visit = walk.read(UDP, group)
    visit.whole = np.zeros(len(group), bool)
    after, some = walk.leave(visit)
    if some is None:
        return
    network = walk.network.of(after.rows)
    start = group.start[~visit.broken]
    length = values(walk, visit, "udp.length")
    presumed = (after.claim - start > 65535) | network.presumed
    open_ended = (length == 0) & presumed
    inner = walk.narrow(after, start + length, ~open_ended & ~network.fragment)
    good = open_ended | (length >= 8)
    visit.inner, visit.presumed, visit.bounded = inner, presumed, good
    _remember_some(walk, visit, group, inner, good)
    PORTS.push(walk, values(walk, visit, "udp.dstport"), inner, good & ~network.fragment)


def _remember_some(walk: Walk, visit: Visit, group: Group, inner: Group, good: Array) -> None:
    """Only a datagram whose length can be true has a verdict: elsewhere there is no network to sum."""
    unbroken = np.flatnonzero(~visit.broken)
    body = group
    if len(unbroken) == len(group):
        body = inner.at(group.start)
    else:
        body = replace(group, end=group.end.copy(), claim=group.claim.copy(), lie=group.lie.copy())
        body.end[unbroken], body.claim[unbroken], body.lie[unbroken] = inner.end, inner.claim, inner.lie
    _remember(visit, body, walk.network.of(group.rows))
    verdict = np.zeros(len(group), bool)
    verdict[unbroken] = good
    visit.whole = verdict


def icmp(walk: Walk, group: Group) -> None:
    """One ICMP message, and the packet that an error is about."""
    _control(walk, group, ICMP, QUOTING, "ip", 4)


def icmpv6(walk: Walk, group: Group) -> None:
    """One ICMPv6 message, and the packet that an error is about."""
    _control(walk, group, ICMPV6, QUOTING_V6, "ipv6", 8)


def _control(walk: Walk, group: Group, header: Header, quoting: frozenset[int], key: str, unit: int) -> None:
    visit = walk.read(header, group)
    _remember(visit, group, walk.network.of(group.rows))
    after, some = walk.leave(visit)
    if some is None:
        return
    quotes = np.isin(values(walk, visit, f"{header.key}.type"), sorted(quoting)) & (after.start < after.end)
    quotes &= ~walk.quoted[after.rows]
    length = values(walk, visit, f"{header.key}.length") * unit
    rows = after.rows[quotes]
    walk.quoted[rows], walk.network.source_size[rows], walk.extensions[rows] = True, 0, 0
    walk.network.fragment[rows], walk.network.presumed[rows] = False, False
    walk.quote_start[rows] = after.start[quotes]
    inner = after.narrow_where(length > 0, after.start + length)
    walk.bound[rows] = np.where(inner.end < inner.claim, CAPTURE, QUOTE)[quotes]
    quote = replace(inner, lie=np.zeros(len(inner), bool), partial=np.ones(len(inner), bool))
    walk.push(key, quote, quotes)


def arp(walk: Walk, group: Group) -> None:
    """ARP or RARP."""
    walk.read(ARP, group)


def esp(walk: Walk, group: Group) -> None:
    """ESP: what follows is encrypted."""
    walk.read(ESP, group)


def gre(walk: Walk, group: Group) -> None:
    """GRE; with source routes nothing behind the header is read."""
    after, visit = walk.leave(walk.read(GRE, group))
    if visit is not None:
        goes = (values(walk, visit, "gre.flags.routing") == 0) & (after.start < after.end)
        link.ETHERTYPES.push(walk, values(walk, visit, "gre.proto"), after, goes)


def vxlan(walk: Walk, group: Group) -> None:
    """VXLAN; without the I flag it carries nothing that we know."""
    valid = (group.end - group.start < 1) | (walk.octets.word(group.start, 1) & 0x08 > 0)
    group = group.take(valid)
    if len(group):
        after, visit = walk.leave(walk.read(VXLAN, group))
        if visit is not None:
            walk.push("eth", after)


HANDLERS: dict[str, Handler] = {
    "sll": link.cooked, "sll2": link.cooked_2, "null": link.loopback, "raw": link.raw, "eth": link.ethernet,
    "vlan": link.vlan, "llc": link.llc, "pppoe": link.pppoe, "ppp": link.ppp, "mpls": link.mpls,
    "ip": internet.ipv4, "ipv6": internet.ipv6, **{key: extension.extension(key) for key in EXTENSIONS},
    "gre": gre, "udp": udp, "vxlan": vxlan, "icmp": icmp, "icmpv6": icmpv6, "tcp": tcp, "arp": arp, "esp": esp,
}  # fmt: skip
"""In an order that lets most packets reach a header together."""
LEAVES = frozenset({"tcp", "arp", "esp"})
"""Headers behind which no other is read: they can be left out where nobody asks for them."""


def _links(links: Array) -> Iterator[tuple[int, Array | None]]:
    """The link types, and which packets have each; None for all, which is usual."""
    rest = links
    while len(rest):
        number = int(rest[0])
        same = links == number
        yield number, None if same.all() else same
        rest = rest[rest != number]


def walked(
    block: Block, skip: frozenset[str] = frozenset(), enter: Callable[[Walk, Group], Group] | None = None
) -> Walk:
    """All headers of all packets of a block, but for some of the `LEAVES`; of those alone that `enter` gives back."""
    where = block.index
    walk = Walk(block.octets, where, skip, block.aside)
    sent = np.maximum(where.length, where.captured) - where.fcs
    end = np.minimum(where.captured, np.maximum(sent, 0))
    count = len(where)
    nowhere = np.zeros(count, bool)
    group = Group(np.arange(count), where.start, where.start + end, where.start + sent, nowhere, nowhere)
    if enter is not None:
        group = enter(walk, group)
    for number, which in _links(where.link[group.rows]):
        if number in LINK_HEADERS:
            walk.push(LINK_HEADERS[number], group, which)
    walk.run(HANDLERS)
    return walk
