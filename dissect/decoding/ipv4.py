"""Decodes the IPv4 header: version, header length, total length, fragments."""

from __future__ import annotations

from dissect.decoding.verdicts import header_verdict
from dissect.decoding.walk import Draft, Limit, Network, Next, Walk
from dissect.wire.ipv4 import IPV4
from dissect.wire.registry import PROTOCOL_HEADERS

TCP, UDP = 6, 17
LONGEST = 65535
ONCE = frozenset({7, 68, 130, 131, 136, 137})  # options that may stand once only (RFC 791 §3.1, RFC 1108 §2)


def ipv4(walk: Walk, start: int, limit: Limit) -> Next | None:
    """One IPv4 header and what it announces."""
    if start < limit.end and walk.data[start] >> 4 == 6 and not walk.mistaken:
        walk.mistaken = True
        return Next("ipv6", start, limit)
    draft = walk.read(IPV4, start, limit if _is_version(walk, start, limit, 4) else limit._replace(end=start + 1))
    if not _is_version(walk, start, limit, 4):
        wrong_version(walk, draft, "ip.version", 4, limit)
        return None
    if walk.mistaken:
        draft.note("ip.version.mismatch", "ip.version", version=4, expected=6)
    reading = draft.reading
    header_verdict(walk, draft)
    if draft.broken:
        return None
    length, header = reading.number("ip.len"), draft.stop - start
    inner, presumed = _body(walk, draft, length, header, limit)
    if inner is None:
        return None
    draft.limit = inner
    _remarks(draft)
    offset, more = reading.number("ip.frag_offset") * 8, reading.number("ip.flags.mf")
    fragment = bool(offset or more)
    if fragment:
        _fragment(draft, offset, more, inner.claim - draft.stop)
    protocol = reading.number("ip.proto")
    destination = _final_destination(draft) or reading.octets("ip.dst")
    walk.network = Network(reading.octets("ip.src"), destination, protocol, fragment, presumed)
    if offset:
        return None
    key = PROTOCOL_HEADERS.get(protocol)
    if more:
        inner = inner._replace(bound="fragment" if inner.bound == "ip.len" else inner.bound, partial=True)
        _tiny(walk, draft, protocol, inner)
    return Next(key, draft.stop, inner) if key else None


def _is_version(walk: Walk, start: int, limit: Limit, version: int) -> bool:
    return start >= limit.end or walk.data[start] >> 4 == version


def wrong_version(walk: Walk, draft: Draft, name: str, expected: int, limit: Limit) -> None:
    """Only the version can be told: the rest is some other header's (RFC 791 §3.1)."""
    draft.limit, draft.findings, draft.broken = limit, [], True
    del draft.reading.values[1:]
    draft.note("ip.version.mismatch", name, version=walk.data[draft.start] >> 4, expected=expected)


def _body(walk: Walk, draft: Draft, length: int, header: int, limit: Limit) -> tuple[Limit | None, bool]:
    """The limit that total length sets, and whether it is presumed: hardware fills it in (TSO) or it is too
    big for 16 bits (BIG TCP).
    """
    start, stop, reading = draft.start, draft.stop, draft.reading
    offloaded = reading.number("ip.proto") in (TCP, UDP)
    if length == 0 and offloaded:
        draft.note("ip.len.offload", "ip.len")
        if reading.number("ip.frag_offset") or reading.number("ip.flags.mf"):
            draft.note("ip.len.zero_fragment", "ip.len")
        return limit, True
    if length < header:
        draft.note("ip.len.short", "ip.len", length=length, header=header)
        draft.broken = True
        return None, False
    if length == header and offloaded and limit.claim - stop >= 8 and limit.claim > _padded(walk):
        draft.note("ip.len.header_only", "ip.len", have=limit.claim - stop)
        return limit, True
    inner = limit.narrow(start + length, "ip.len")
    if inner.lie and not limit.lie:
        draft.note("cut.frame", "ip.len", bound="frame", what="the datagram", need=length, have=limit.claim - start)
    elif start + length > limit.end and limit.bound == "capture" and not limit.partial:
        draft.note("cut.capture", "ip.len", bound="capture", what="the datagram", need=length, have=limit.end - start)
    return inner, False


def _padded(walk: Walk) -> int:
    """The least bytes of a frame: Ethernet pads to 60 (IEEE 802.3 §3.2.8), which looks like data behind the end."""
    return 60 if walk.layers[0].header.key == "eth" else 0


def _remarks(draft: Draft) -> None:
    reading = draft.reading
    if reading.number("ip.ttl") == 0:
        draft.note("ip.ttl.zero", "ip.ttl")
    if reading.octets("ip.src") == reading.octets("ip.dst") and reading.octets("ip.src")[:1] != b"\x7f":
        draft.note("ip.same_address", "ip.src")
    seen: set[int] = set()
    for option in draft.options:
        if option.kind in ONCE and option.kind in seen:
            draft.note("ip.option.repeated", "ip.opt.type")
        seen.add(option.kind)


def _fragment(draft: Draft, offset: int, more: int, length: int) -> None:
    if draft.reading.number("ip.flags.df"):
        draft.note("ip.fragment.df", "ip.flags.df")
    if offset + length > LONGEST - (draft.stop - draft.start):
        draft.note("ip.fragment.long", "ip.frag_offset", offset=offset, length=length)
    if more and length % 8:
        draft.note("ip.fragment.multiple", "ip.len", length=length)


def _tiny(walk: Walk, draft: Draft, protocol: int, limit: Limit) -> None:
    """A first fragment too small for the TCP header hides flags from filters (RFC 1858 §3)."""
    have = limit.claim - draft.stop
    need = 20
    if have > 12 and draft.stop + 12 < limit.end:
        need = max(20, (walk.data[draft.stop + 12] >> 4) * 4)
    if protocol == TCP and have < need:
        draft.note("ip.fragment.tiny", "ip.len", need=need, have=have)


def _final_destination(draft: Draft) -> bytes:
    """Under a source route that has not ended the checksums above cover its last address (RFC 1122 §3.2.1.8)."""
    for option in draft.options:
        values = {value.name: value for value in option.values}
        if option.kind in (131, 137) and "ip.src_rt" in values:
            pointer, length = values["ip.opt.ptr"].raw, values["ip.opt.len"].raw
            if isinstance(pointer, int) and isinstance(length, int) and pointer <= length:
                last = option.values[-1].raw
                return last if isinstance(last, bytes) else b""
    return b""
