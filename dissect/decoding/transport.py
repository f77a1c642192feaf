"""Decodes TCP and UDP: offsets, lengths, flags that contradict each other, options out of place."""

from __future__ import annotations

from dissect.decoding.verdicts import transport_verdict
from dissect.decoding.walk import Draft, Limit, Next, Walk
from dissect.wire.registry import TUNNEL_PORTS
from dissect.wire.tcp import FLAGS, TCP
from dissect.wire.udp import UDP

TCP_NUMBER, UDP_NUMBER = 6, 17
LARGEST_SHIFT = 14  # RFC 7323 §2.3
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
        if not walk.quoted:
            _flags(draft)
    length = limit.claim - start - reading.number("tcp.hdr_len") * 4
    fragment = bool(walk.network and walk.network.fragment)
    if reading.number("tcp.hdr_len") >= 5 and length >= 0 and not fragment:  # a fragment is not the whole segment
        draft.derive("tcp.len", length)
        if not walk.quoted:
            _data(draft, length)
    for option in draft.options:
        for value in option.values:
            if value.name == "tcp.options.wscale.shift" and isinstance(value.raw, int) and value.raw > LARGEST_SHIFT:
                draft.note("tcp.wscale.large", value.name, value=value.raw)
        if option.header.only == "syn" and not reading.number("tcp.flags.syn") and not option.findings:
            draft.note("option.place", "tcp.option_kind", section=option.header.cite, where="segments with SYN")
    transport_verdict(walk, draft, TCP_NUMBER)
    return None


def _letters(draft: Draft) -> str:
    """The flags that are set, as letters; "none" where none is."""
    letters = "".join(LETTERS[row.name] for row in FLAGS if row.name in LETTERS and draft.reading.number(row.name))
    return letters or "none"


def _flags(draft: Draft) -> None:
    on = {name.rsplit(".", 1)[1] for name in LETTERS if draft.reading.number(name)}
    pointer, acknowledged = draft.reading.number("tcp.urgent_pointer"), draft.reading.number("tcp.ack_raw")
    if not on:
        draft.note("tcp.flags.none", "tcp.flags")
    if {"syn", "fin"} <= on:
        draft.note("tcp.flags.syn_fin", "tcp.flags.syn")
    if {"syn", "reset"} <= on:
        draft.note("tcp.flags.syn_rst", "tcp.flags.syn")
    if on == {"fin", "push", "urg"}:
        draft.note("tcp.flags.xmas", "tcp.flags")
    elif "fin" in on and not on & {"ack", "reset", "syn"}:
        draft.note("tcp.flags.fin_alone", "tcp.flags.fin")
    if acknowledged and "ack" not in on:
        draft.note("tcp.ack.nonzero", "tcp.ack_raw", value=acknowledged)
    if pointer and "urg" not in on:
        draft.note("tcp.urgent.unset", "tcp.urgent_pointer", value=pointer)
    if "urg" in on and not pointer and "tcp.urgent_pointer" in draft.reading.raws:
        draft.note("tcp.urgent.zero", "tcp.urgent_pointer")


def _data(draft: Draft, length: int) -> None:
    """Data where there is none as a rule: on a SYN (Fast Open aside) and on a RST."""
    fast_open = any(value.name == "tcp.options.tfo.cookie" for option in draft.options for value in option.values)
    if length > 0 and draft.reading.number("tcp.flags.syn") and not fast_open:
        draft.note("tcp.syn.data", "tcp.flags.syn", length=length)
    if length > 0 and draft.reading.number("tcp.flags.reset"):
        draft.note("tcp.rst.data", "tcp.flags.reset", length=length)


def udp(walk: Walk, start: int, limit: Limit) -> Next | None:
    """One UDP header; a length of 0 stands for a jumbogram's (RFC 2675 §4) or an offloaded one's."""
    draft = walk.read(UDP, start, limit)
    if draft.broken:
        return None
    length = draft.reading.number("udp.length")
    fragment = bool(walk.network and walk.network.fragment)
    presumed = limit.claim - start > 65535 or bool(walk.network and walk.network.presumed)
    if length == 0 and presumed:
        inner = limit
    elif length < 8:
        draft.note("udp.length.short", "udp.length", length=length)
        draft.broken = True
        return None
    else:
        inner = limit if fragment else limit.narrow(start + length, "udp.length")
        _lengths(draft, inner, limit, length)
    draft.limit = inner
    key = TUNNEL_PORTS.get(draft.reading.number("udp.dstport"))
    transport_verdict(walk, draft, UDP_NUMBER, tunnel=key is not None)
    return Next(key, draft.stop, inner) if key and not fragment else None


def _lengths(draft: Draft, inner: Limit, limit: Limit, length: int) -> None:
    if inner.lie and not limit.lie:
        have = limit.claim - draft.start
        draft.note("cut.length", "udp.length", bound="the IP length", what="the datagram", need=length, have=have)
    elif inner.claim < limit.claim:
        draft.note("trailer.length", "udp.length", bound="udp.length", have=limit.claim - inner.claim)
