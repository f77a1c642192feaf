"""Decodes ICMP, ICMPv6 and ARP; an ICMP error's quoted packet is decoded as further layers."""

from __future__ import annotations

from dissect.decoding.verdicts import transport_verdict
from dissect.decoding.walk import Limit, Next, Walk
from dissect.wire.arp import ARP
from dissect.wire.icmp import ICMP, ICMPV6, QUOTING, QUOTING_V6

ICMP_NUMBER, ICMPV6_NUMBER = 1, 58


def icmp(walk: Walk, start: int, limit: Limit) -> Next | None:
    """One ICMP message."""
    draft = walk.read(ICMP, start, limit)
    transport_verdict(walk, draft, ICMP_NUMBER, pseudo=False)
    if draft.broken or draft.reading.number("icmp.type") not in QUOTING:
        return None
    return _quote(walk, "ip", draft.stop, limit, draft.reading.number("icmp.length") * 4)


def icmpv6(walk: Walk, start: int, limit: Limit) -> Next | None:
    """One ICMPv6 message."""
    draft = walk.read(ICMPV6, start, limit)
    if walk.network is not None:
        draft.facts.update({"network.hops": walk.network.hops, "network.bytes": len(walk.network.source)})
    transport_verdict(walk, draft, ICMPV6_NUMBER)
    if draft.broken or draft.reading.number("icmpv6.type") not in QUOTING_V6:
        return None
    return _quote(walk, "ipv6", draft.stop, limit, draft.reading.number("icmpv6.length") * 8)


def _quote(walk: Walk, key: str, start: int, limit: Limit, length: int) -> Next | None:
    """The packet that the error is about; `length` is its padded size where extensions follow (RFC 4884 §3)."""
    if start >= limit.end or walk.quoted:
        return None
    walk.quoted, walk.network = True, None
    inner = limit.narrow(start + length, "quote") if length else limit
    bound = "capture" if inner.end < inner.claim else "quote"
    return Next(key, start, Limit(inner.end, bound, inner.claim, partial=True))


def arp(walk: Walk, start: int, limit: Limit) -> Next | None:
    """ARP or RARP."""
    walk.read(ARP, start, limit)
    return None
