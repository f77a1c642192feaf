"""Decodes the IPv4 header: version, header length, total length, fragments."""

from __future__ import annotations

from dissect.decoding.verdicts import header_verdict
from dissect.decoding.walk import CUT, Draft, Limit, Network, Next, Walk
from dissect.wire.ipv4 import IPV4
from dissect.wire.registry import PROTOCOL_HEADERS

TCP, UDP = 6, 17
LEAST_FRAME = 60  # Ethernet pads shorter frames (IEEE 802.3 §3.2.8)
PADDED = (LEAST_FRAME, LEAST_FRAME + 4)  # without and with a frame check sequence that nobody announced


def ipv4(walk: Walk, start: int, limit: Limit) -> Next | None:
    """One IPv4 header and what it announces."""
    if start < limit.end and walk.data[start] >> 4 == 6 and walk.mistaken < 0:
        walk.mistaken = start
        return Next("ipv6", start, limit)
    draft = walk.read(
        IPV4, start, limit if _is_version(walk, start, limit, 4) else limit._replace(end=start + 1, bound="version")
    )
    if not _is_version(walk, start, limit, 4):
        wrong_version(walk, draft, "ip.version", 4, limit)
        return None
    if walk.mistaken == start:
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
    draft.facts["body.bytes"] = inner.claim - draft.stop
    if not presumed:
        padding(walk, draft, inner)
    offset, more = reading.number("ip.frag_offset") * 8, reading.number("ip.flags.mf")
    fragment = bool(offset or more)
    protocol = reading.number("ip.proto")
    destination = _final_destination(draft) or reading.octets("ip.dst")
    walk.network = Network(
        reading.octets("ip.src"), destination, protocol, fragment, presumed,
        ecn=reading.number("ip.dsfield.ecn"), hops=reading.number("ip.ttl"),
    )  # fmt: skip
    if offset:
        return None
    key = PROTOCOL_HEADERS.get(protocol)
    if more:
        inner = inner._replace(bound=inner.bound if inner.bound in CUT else "fragment", partial=True)
        draft.facts["body.tcp"] = _tcp_header(walk, draft, inner)
    return Next(key, draft.stop, inner) if key else None


def _is_version(walk: Walk, start: int, limit: Limit, version: int) -> bool:
    return start >= limit.end or walk.data[start] >> 4 == version


def wrong_version(walk: Walk, draft: Draft, name: str, expected: int, limit: Limit) -> None:
    """Only the version can be told: the rest is some other header's (RFC 791 §3.1)."""
    draft.limit, draft.findings, draft.broken = limit, [], True
    del draft.reading.values[1:]
    draft.reading.raws.clear()  # nothing else of it can be checked
    draft.note("ip.version.mismatch", name, version=walk.data[draft.start] >> 4, expected=expected)


def _body(walk: Walk, draft: Draft, length: int, header: int, limit: Limit) -> tuple[Limit | None, bool]:
    """The limit that total length sets, and whether it is presumed: hardware fills it in (TSO) or it is too
    big for 16 bits (BIG TCP).
    """
    start, stop, reading = draft.start, draft.stop, draft.reading
    offloaded = reading.number("ip.proto") in (TCP, UDP)
    if length == 0 and offloaded:
        draft.facts["body.presumed"] = 1
        return limit, True
    if length < header:
        draft.broken = True
        return None, False
    if length == header and offloaded and limit.claim - stop >= 8 and limit.claim > _padded(walk):
        draft.facts["body.presumed"] = 1
        return limit, True
    inner = limit.narrow(start + length, "ip.len")
    measured(draft, inner, limit, start + length)
    return inner, False


def measured(draft: Draft, inner: Limit, limit: Limit, end: int) -> None:
    """The facts about a layer's own length, which ends at `end`: whether it lies, or the capture cut it."""
    lies = inner.lie and not limit.lie
    cut = end > limit.end and limit.bound == "capture" and not limit.partial
    draft.facts.update({"body.presumed": 0, "body.lies": int(lies), "body.cut": int(cut and not lies)})


def padding(walk: Walk, draft: Draft, inner: Limit) -> None:
    """The fact whether what fills a short Ethernet frame behind the first IP packet is not all zero."""
    first, size = walk.layers[0], max(walk.frame.wire_length, len(walk.data)) - walk.frame.fcs
    alone = sum(each.header.key in ("ip", "ipv6") for each in walk.layers) == 1
    if first.header.key == "eth" and alone and size in PADDED and inner.complete:
        draft.facts["body.padding"] = int(any(walk.data[inner.end : LEAST_FRAME]))


def _padded(walk: Walk) -> int:
    """The least bytes of a frame, which padding looks like data behind the end."""
    return LEAST_FRAME if walk.layers[0].header.key == "eth" else 0


def _tcp_header(walk: Walk, draft: Draft, limit: Limit) -> int:
    """The bytes of the TCP header with which a first fragment begins, as far as it says (RFC 1858 §3)."""
    at = draft.stop + 12
    said = walk.data[at] >> 4 if limit.claim > at and limit.end > at else 0
    return max(20, said * 4)


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
