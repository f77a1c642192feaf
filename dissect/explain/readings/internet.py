"""Readings of the IPv4 and IPv6 headers."""

from __future__ import annotations

from collections.abc import Iterator

from dissect.explain.readings import Context, Said, said
from dissect.packet import Value
from dissect.wire.numbers import PROTOCOLS
from dissect.wire.registry import HEADERS, PROTOCOL_HEADERS

ETHERNET_MTU = 1500
RECORD_ROUTE, TIMESTAMPS = 7, 68
MOST_NAMED = 12  # pieces of a datagram named one by one
UNASSIGNED = 148  # the first protocol number without an owner
EXTENSIONS = frozenset({0, 43, 44, 51, 60, 135, 139, 140})


def total_length(value: Value, context: Context) -> Iterator[Said]:
    """Header plus data; 0 and more than Ethernet carries come from offload."""
    raw, header = value.raw, context.number("ip.hdr_len") * 4
    if raw == 0:
        yield said("length.offload")
    elif isinstance(raw, int) and raw >= header:
        yield said("length.split", header=header, data=raw - header, total=raw)
        if raw > ETHERNET_MTU:
            yield said("length.large", total=raw)


def identification(value: Value, context: Context) -> Iterator[Said]:
    """Only fragments need it (RFC 6864 §4)."""
    if context.number("ip.flags.mf") or context.number("ip.frag_offset"):
        yield said("id.fragment", id=value.text)
        if context.around is not None and context.around.tiling is not None:
            tiling = context.around.tiling
            shown = ", ".join(map(str, tiling.packets[:MOST_NAMED])) + (
                " …" if len(tiling.packets) > MOST_NAMED else ""
            )
            yield said("id.pieces", at=tiling.at, count=len(tiling.packets), packets=shown)
    elif context.number("ip.flags.df"):
        yield said("id.zero" if value.raw == 0 else "id.atomic", id=value.text)
    else:
        yield said("id.whole", id=value.text)


def _place(more: int, offset: int) -> str:
    if not offset:
        return "first" if more else "whole"
    return "middle" if more else "last"


def flags(_: Value, context: Context) -> Iterator[Said]:
    """Whole or which part of a datagram, and whether routers may cut it."""
    place = _place(context.number("ip.flags.mf"), context.number("ip.frag_offset"))
    df = "_df" if context.number("ip.flags.df") else ""
    yield said(f"fragment.{place}{df if place == 'whole' else ''}")


def reserved_bit(value: Value, _: Context) -> Iterator[Said]:
    """The bit that must be zero."""
    if value.raw:
        yield said("flag.rb")


def dont_fragment(value: Value, _: Context) -> Iterator[Said]:
    """What a router does with a datagram that is too long."""
    yield said("flag.df" if value.raw else "flag.df_clear")


def more_fragments(value: Value, context: Context) -> Iterator[Said]:
    """More to come, the last, or no fragment at all."""
    offset = context.number("ip.frag_offset") or context.number("ipv6.fraghdr.offset")
    yield said("flag.mf" if value.raw else "flag.mf_last" if offset else "flag.mf_clear")


def offset(value: Value, context: Context) -> Iterator[Said]:
    """The offset in bytes."""
    raw = value.raw
    more = context.number("ip.flags.mf") or context.number("ipv6.fraghdr.more")
    if raw:
        yield said("offset.at", raw=raw, byte=int(raw) * 8)
    else:
        yield said("offset.first" if more else "offset.none")


def protocol(value: Value, context: Context) -> Iterator[Said]:
    """What follows, and where."""
    raw = value.raw
    if not isinstance(raw, int):
        return
    name = PROTOCOLS.get(raw, str(raw))
    if raw == 59:
        yield said("next.none")
    elif context.number("ip.frag_offset") or context.number("ipv6.fraghdr.offset"):
        yield said("next.elsewhere", name=name)
    elif raw not in PROTOCOLS:
        yield said("next.unassigned" if raw >= UNASSIGNED else "next.rare", number=raw)
    elif raw in EXTENSIONS and value.name != "ip.proto":
        yield said("next.extension", name=name, byte=context.layer.stop)
    else:
        label = next((header.name for header in HEADERS if header.key == PROTOCOL_HEADERS.get(raw)), name)
        yield said("next.upper", name=label, byte=context.layer.stop)


def flow(value: Value, _: Context) -> Iterator[Said]:
    """Zero means that the sender names no flow (RFC 6437 §2)."""
    yield said("flow.set" if value.raw else "flow.zero", flow=value.text)


def payload_length(value: Value, context: Context) -> Iterator[Said]:
    """Everything behind the fixed header; 0 for a jumbogram or offload."""
    raw, rules = value.raw, {finding.rule.id for finding in context.layer.findings}
    jumbo = context.packet.get("ipv6.opt.jumbo")
    if raw == 0 and jumbo is not None:
        yield said("payload.jumbo", total=jumbo.text)
    elif "ipv6.plen.big" in rules:
        yield said("payload.offload")
    elif isinstance(raw, int):
        yield said("payload.total", raw=raw, total=raw + 40)


def segments_left(value: Value, _: Context) -> Iterator[Said]:
    """How many stops are still to come."""
    yield said("segments.left" if value.raw else "segments.done", left=value.raw)


def extension_length(value: Value, _: Context) -> Iterator[Said]:
    """Units of eight bytes, the first not counted."""
    if isinstance(value.raw, int):
        yield said("extension.length", raw=value.raw, bytes=value.raw * 8 + 8)


def route_pointer(value: Value, context: Context) -> Iterator[Said]:
    """Where the next address or time goes, or is taken from; the pointer counts from 1 (RFC 791 §3.1)."""
    option = next((o for o in context.layer.options if any(value is each for each in o.values)), None)
    if option is None or not isinstance(value.raw, int):
        return
    if value.raw > option.stop - option.start:
        yield said("pointer.full", pointer=value.raw)
    else:
        key = {TIMESTAMPS: "stamp", RECORD_ROUTE: "next"}.get(option.kind, "route")
        yield said(f"pointer.{key}", pointer=value.raw, byte=option.start + value.raw - 1)


def clock(value: Value, _: Context) -> Iterator[Said]:
    """Milliseconds since midnight as a time; the highest bit marks another clock (RFC 791 §3.1)."""
    raw = value.raw
    if not isinstance(raw, int):
        return
    if raw >> 31 or raw >= 86_400_000:
        yield said("clock.other")
        return
    seconds, rest = divmod(raw, 1000)
    yield said("clock.time", time=f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{rest:03d}")
