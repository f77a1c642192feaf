"""Bytes → `Packet`, one at a time: every field with its place, options as trees, findings.

Never raises on data, never loops, never repairs a value that was on the wire.
"""

from __future__ import annotations

from functools import partial

from dissect.decoding import control, ipv4, ipv6, link, transport, tunnel
from dissect.decoding.judge import judge
from dissect.decoding.walk import Handler, Limit, Next, Walk
from dissect.packet import Frame, Packet
from dissect.wire import upper
from dissect.wire.registry import LINK_HEADERS

LOOPBACK = 772  # ARPHRD_LOOPBACK
NETWORKS = frozenset({"ppp", "pppoe", "mpls"})  # first headers that only a network has
DEEPEST = 100  # layers; every one of them takes at least a byte, so this bounds work, not truth


def _extension(key: str, walk: Walk, start: int, limit: Limit) -> Next | None:
    return ipv6.extension(walk, key, start, limit)


HANDLERS: dict[str, Handler] = {
    "eth": link.ethernet, "vlan": link.vlan, "llc": link.llc, "sll": link.cooked, "sll2": link.cooked_2,
    "null": link.loopback, "raw": link.raw, "ppp": link.ppp, "pppoe": link.pppoe, "mpls": link.mpls,
    "ip": ipv4.ipv4, "ipv6": ipv6.ipv6, "tcp": transport.tcp, "udp": transport.udp, "icmp": control.icmp,
    "icmpv6": control.icmpv6, "arp": control.arp, "gre": tunnel.gre, "vxlan": tunnel.vxlan, "esp": tunnel.esp,
    **{key: partial(_extension, key) for key in ipv6.EXTENSIONS},
}  # fmt: skip


def decode_frame(frame: Frame, first: str = "") -> Packet:
    """Decodes one frame, from the header `first` on or from the one that its link type announces."""
    data = bytes(frame.data)
    sent = max(frame.wire_length, len(data)) - frame.fcs
    end = min(len(data), max(sent, 0))
    limit = Limit(end, "capture" if len(data) < sent else "frame", sent)
    walk = Walk(frame, data)
    at = Next(first or LINK_HEADERS.get(frame.link, ""), 0, limit)
    rest = _follow(walk, at)
    layers = tuple(draft.layer() for draft in walk.layers)
    return Packet(frame, layers, rest, (rest[1], len(data)), _upper_name(walk))


def _surround(walk: Walk) -> None:
    """The fact about every IP header whether the packet was captured on a network: `lo` of Linux has Ethernet
    headers of zeros, and cooked captures name the hardware.
    """
    first = walk.layers[0] if walk.layers else None
    if first is None:
        return
    raws, key = first.reading.raws, first.header.key
    wire = key in NETWORKS
    if key == "eth":
        wire = any(raws.get("eth.src", b"") + raws.get("eth.dst", b""))  # type: ignore[arg-type, operator]
    elif key == "sll":
        wire = raws.get("sll.hatype") != LOOPBACK
    for draft in walk.layers:
        draft.facts["link.wire"] = int(wire)


def _upper_name(walk: Walk) -> str:
    """What scapy calls the payload, if the last header has ports."""
    if not walk.layers or walk.quoted:
        return ""
    last = walk.layers[-1]
    key = last.header.key
    return upper.name(key, last.reading.number(f"{key}.srcport"), last.reading.number(f"{key}.dstport"))


def _follow(walk: Walk, at: Next) -> tuple[int, int]:
    """Reads header after header; returns the range of bytes that none of them explains."""
    step: Next | None = at
    while step is not None and step.key in HANDLERS and len(walk.layers) < DEEPEST:
        if step.start >= step.limit.end and step.limit.complete:
            break
        step = HANDLERS[step.key](walk, step.start, step.limit)
    _surround(walk)
    for draft in walk.layers:
        judge(draft)
    if not walk.layers:
        return 0, at.limit.end
    last = walk.layers[-1]
    more = step is not None and (step.start < step.limit.end or not step.limit.complete)
    if more and step is not None and step.key in HANDLERS and len(walk.layers) >= DEEPEST:
        last.note("layers.deep", limit=DEEPEST)
    return min(last.stop, last.limit.end), max(last.limit.end, last.stop)
