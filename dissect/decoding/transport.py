"""Decodes TCP and UDP: offsets, lengths, flags as letters, checksums."""

from __future__ import annotations

from dissect.decoding.verdicts import transport_verdict
from dissect.decoding.walk import Draft, Limit, Next, Walk
from dissect.wire.registry import TUNNEL_PORTS
from dissect.wire.tcp import FLAGS, TCP
from dissect.wire.udp import UDP

TCP_NUMBER, UDP_NUMBER = 6, 17
LETTERS = {
    "tcp.flags.ae": "a", "tcp.flags.cwr": "C", "tcp.flags.ece": "E", "tcp.flags.urg": "U", "tcp.flags.ack": "A",
    "tcp.flags.push": "P", "tcp.flags.reset": "R", "tcp.flags.syn": "S", "tcp.flags.fin": "F",
}  # fmt: skip


def tcp(walk: Walk, start: int, limit: Limit) -> Next | None:
    """One TCP header; what it carries is left as payload."""
    draft = walk.read(TCP, start, limit)
    reading = draft.reading
    if "tcp.flags" in reading.raws:
        draft.derive("tcp.flags.str", _letters(draft))
    length = limit.claim - start - reading.number("tcp.hdr_len") * 4
    fragment = bool(walk.network and walk.network.fragment)
    if reading.number("tcp.hdr_len") >= 5 and length >= 0 and not fragment:  # a fragment is not the whole segment
        draft.derive("tcp.len", length)
    if walk.network is not None:
        draft.facts["network.ecn"] = walk.network.ecn
    transport_verdict(walk, draft, TCP_NUMBER)
    return None


def _letters(draft: Draft) -> str:
    """The flags that are set, as letters; "none" where none is."""
    letters = "".join(LETTERS[row.name] for row in FLAGS if row.name in LETTERS and draft.reading.number(row.name))
    return letters or "none"


def udp(walk: Walk, start: int, limit: Limit) -> Next | None:
    """One UDP header; a length of 0 stands for a jumbogram's (RFC 2675 §4) or an offloaded one's."""
    draft = walk.read(UDP, start, limit)
    if draft.broken:
        return None
    length = draft.reading.number("udp.length")
    fragment = bool(walk.network and walk.network.fragment)
    presumed = limit.claim - start > 65535 or bool(walk.network and walk.network.presumed)
    draft.facts["body.presumed"] = int(presumed)
    draft.facts["network.bytes"] = len(walk.network.source) if walk.network else 0
    if length == 0 and presumed:
        inner = limit
    elif length < 8:
        draft.broken = True
        return None
    else:
        inner = limit if fragment else limit.narrow(start + length, "udp.length")
        draft.facts.update({"body.lies": int(inner.lie and not limit.lie), "body.left": limit.claim - inner.claim})
    draft.limit = inner
    key = TUNNEL_PORTS.get(draft.reading.number("udp.dstport"))
    transport_verdict(walk, draft, UDP_NUMBER)
    return Next(key, draft.stop, inner) if key and not fragment else None
