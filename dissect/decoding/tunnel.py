"""Decodes GRE, VXLAN and ESP: the headers around another packet."""

from __future__ import annotations

from dissect.decoding.walk import Limit, Next, Walk
from dissect.wire.ipv6 import ESP
from dissect.wire.registry import ETHERTYPE_HEADERS
from dissect.wire.tunnel import GRE, VXLAN


def gre(walk: Walk, start: int, limit: Limit) -> Next | None:
    """GRE; with RFC 1701's source routes nothing behind the header is read."""
    draft = walk.read(GRE, start, limit)
    if draft.broken or draft.reading.number("gre.flags.routing"):
        return None
    key = ETHERTYPE_HEADERS.get(draft.reading.number("gre.proto"))
    return Next(key, draft.stop, limit) if key and draft.stop < limit.end else None


def vxlan(walk: Walk, start: int, limit: Limit) -> Next | None:
    """VXLAN; behind its port, what lacks the I flag is something else (RFC 7348 §5)."""
    valid = limit.end - start < 1 or bool(walk.data[start] & 0x08)
    if walk.layers and not valid:
        return None
    draft = walk.read(VXLAN, start, limit)
    return Next("eth", draft.stop, limit) if valid and not draft.broken else None


def esp(walk: Walk, start: int, limit: Limit) -> Next | None:
    """ESP: what follows is encrypted."""
    walk.read(ESP, start, limit)
    return None
