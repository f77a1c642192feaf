"""Readings of the TCP header and its options."""

from __future__ import annotations

from collections.abc import Iterator

from dissect.explain.readings import Context, Said, said
from dissect.packet import Option, Value
from dissect.wire.numbers import MPTCP_SUBTYPES
from dissect.wire.tcp import FLAGS, WRAP

LINKS = {
    1500: "ethernet",
    1492: "pppoe",
    9000: "jumbo",
    65535: "loopback",
    65536: "loopback",
    1280: "least6",
    576: "least4",
}


def _on(context: Context, *names: str) -> bool:
    return all(context.number(f"tcp.flags.{name}") for name in names)


def _length(context: Context) -> int | None:
    """How many bytes the segment carries; None where it is not all there: a fragment, a header that is cut."""
    return context.number("tcp.len") if context.has("tcp.len") else None


def sequence(_: Value, context: Context) -> Iterator[Said]:
    """The numbers that this segment takes (RFC 9293 §3.4)."""
    start, length = context.number("tcp.seq_raw"), _length(context)
    after = (start + (length or 0) + _on(context, "syn") + _on(context, "fin")) % WRAP
    if _on(context, "syn"):
        yield said("seq.initial", seq=start, next=(start + 1) % WRAP)
    elif length is None:
        return
    elif length and _on(context, "fin"):
        yield said("seq.data_fin", seq=start, length=length, fin=(start + length) % WRAP, next=after)
    elif length:
        yield said("seq.data", seq=start, length=length, last=(start + length - 1) % WRAP, next=after)
    elif _on(context, "fin"):
        yield said("seq.fin", seq=start, next=after)
    else:
        yield said("seq.empty", seq=start)
    yield from _tries(context)


def _tries(context: Context) -> Iterator[Said]:
    """Whether it was sent before, and by which packet it is acknowledged."""
    around = context.around
    if around is None:
        return
    if around.copy_of is not None and around.since is not None:
        yield said("seq.again", packet=around.copy_of, time=_duration(around.since))
    if around.answer is not None and around.answered is not None:
        yield said("seq.answered", packet=around.answer, time=_duration(around.answered))


def _duration(nanoseconds: int) -> str:
    """Milliseconds below a second, else seconds."""
    return f"{nanoseconds / 1e6:.3f} ms" if nanoseconds < 1_000_000_000 else f"{nanoseconds / 1e9:.2f} s"


def acknowledgment(_: Value, context: Context) -> Iterator[Said]:
    """What is acknowledged, and by which packet it was sent."""
    number, around = context.number("tcp.ack_raw"), context.around
    if not context.has("tcp.flags"):
        return
    if not _on(context, "ack"):
        yield said("ack.ignored" if number else "ack.none", ack=number)
        return
    data = around.data if around is not None else 0
    if _on(context, "syn"):
        yield said("ack.syn_data" if data else "ack.syn", ack=number, isn=(number - 1 - data) % WRAP, data=data)
    else:
        yield said("ack.before", ack=number)
    if around is not None and around.acked is not None:
        yield said("ack.packet", packet=around.acked)
        if around.takes and not _on(context, "syn"):
            yield said("ack.sum", seq=(number - around.takes) % WRAP, length=around.takes, ack=number)
    if around is not None and around.duplicate:
        yield said("ack.duplicate", count=around.duplicate, packet=around.duplicate_of, ack=number)
        if around.resent is not None:
            yield said("ack.resent" if around.duplicate == DUPLICATES else "ack.resent_later", packet=around.resent)


DUPLICATES = 3
"""After so many the sender takes a segment for lost (RFC 5681 §3.2)."""

COMBINATIONS: tuple[tuple[frozenset[str], frozenset[str], str], ...] = (
    (frozenset({"reset", "syn"}), frozenset(), "syn_reset"),
    (frozenset({"syn", "fin"}), frozenset(), "syn_fin"),
    (frozenset({"syn", "ack"}), frozenset(), "syn_ack"),
    (frozenset({"syn"}), frozenset({"ack"}), "syn"),
    (frozenset({"reset", "ack"}), frozenset(), "reset_ack"),
    (frozenset({"reset"}), frozenset({"ack"}), "reset"),
    (frozenset({"fin", "ack"}), frozenset(), "fin_ack"),
    (frozenset({"fin"}), frozenset({"ack"}), "fin"),
)
AGREED = frozenset(  # AE, CWR and ECE of a SYN+ACK that agrees to Accurate ECN (RFC 9768 §3.1.1)
    {(False, True, False), (False, True, True), (True, False, False), (True, True, False)}
)
NAMES = tuple(row.name.removeprefix("tcp.flags.") for row in FLAGS if row.bits == 1)
ACE = NAMES[:3]  # the bits that Accurate ECN makes one counter of (RFC 9768 §3.1)


def flags(_: Value, context: Context) -> Iterator[Said]:
    """What the segment does to the connection: the state that it leads to and the call behind it."""
    for wanted, unwanted, name in COMBINATIONS:
        if _on(context, *wanted) and not any(_on(context, other) for other in unwanted):
            yield from _opening(name, context)
            return
    if not any(_on(context, name) for name in NAMES):
        yield said("flags.none")
    elif not _on(context, "ack"):
        yield said("flags.no_ack")
    elif (length := _length(context)) is None:
        return
    elif length:
        yield said("flags.data_push" if _on(context, "push") else "flags.data", length=length)
    else:
        yield said("flags.pure")


def _opening(name: str, context: Context) -> Iterator[Said]:
    """What a SYN, a FIN or a RST does; on a SYN also what it offers (RFC 3168 §6.1.1, RFC 9768 §3.1)."""
    around = context.around
    if name == "syn" and _on(context, "ece", "cwr"):
        yield said("flags.syn_accurate" if _on(context, "ae") else "flags.syn_ecn")
    if name == "syn_ack" and around is not None and around.opened:
        yield said("flags.both_open")
    elif name == "reset_ack" and not context.number("tcp.seq_raw"):
        yield said("flags.refused")
    else:
        yield said(f"flags.{name}")


def reserved(value: Value, _: Context) -> Iterator[Said]:
    """Bits that must be zero."""
    if value.raw:
        yield said("flag.res")


def one_flag(value: Value, context: Context) -> Iterator[Said]:
    """A flag that is set; the three of ECN are a counter where Accurate ECN is agreed (RFC 9768 §3.2)."""
    name = value.name.rsplit(".", 1)[1]
    if not value.raw:
        return
    if name in ACE and _accurate(context):
        yield said("flag.answer" if _on(context, "syn") else "flag.counter")
    else:
        yield said(f"flag.{name}")


def _accurate(context: Context) -> bool:
    """Whether the three bits are Accurate ECN's: agreed before, agreed here, or AE set outside a SYN."""
    bits = tuple(bool(context.number(f"tcp.flags.{name}")) for name in ACE)
    if _on(context, "syn"):
        return _on(context, "ack") and bits in AGREED
    return bits[0] or (context.around is not None and context.around.accurate)


def window(value: Value, context: Context) -> Iterator[Said]:
    """The window in bytes, as far as the scale is known (RFC 7323 §2.2)."""
    raw = value.raw
    if not isinstance(raw, int):
        return
    if _on(context, "reset"):
        yield said("window.reset")
    elif _on(context, "syn"):
        yield said("window.syn", window=raw)
    elif raw == 0:
        yield said("window.zero")
    elif context.around is None or not context.around.handshake:
        yield said("window.unknown" if context.around is not None else "window.unscaled", window=raw)
    elif context.around.shift is None:
        yield said("window.plain", window=raw)
    else:
        shift = min(context.around.shift, 14)
        yield said("window.scaled", window=raw, shift=shift, bytes=raw << shift)


def urgent(value: Value, context: Context) -> Iterator[Said]:
    """Where urgent data ends (RFC 6093 §2)."""
    raw = value.raw
    if not isinstance(raw, int):
        return
    if _on(context, "urg") and not raw:
        yield said("urgent.zero")
    elif _on(context, "urg"):
        end = (context.number("tcp.seq_raw") + raw) % WRAP
        yield said("urgent.set", pointer=raw, end=end, last=(end - 1) % WRAP)
    elif raw:
        yield said("urgent.ignored", pointer=raw)
    else:
        yield said("urgent.none")


def segment_size(value: Value, context: Context) -> Iterator[Said]:
    """The MTU behind an MSS: headers without options are subtracted (RFC 9293 §3.7.1, RFC 6691)."""
    raw = value.raw
    if not isinstance(raw, int):
        return
    below = [layer.key for layer in context.packet.layers if layer.start < context.layer.start]
    headers = 60 if [key for key in below if key in ("ip", "ipv6")][-1:] == ["ipv6"] else 40
    link = LINKS.get(raw + headers, "other")
    yield said(f"mss.{link}", mss=raw, headers=headers, mtu=raw + headers)


def shift(value: Value, _: Context) -> Iterator[Said]:
    """The factor of a window scale, and the largest window that it allows."""
    raw = value.raw
    if isinstance(raw, int):
        used = min(raw, 14)
        yield said("scale.large" if raw > 14 else "scale.factor", shift=raw, factor=1 << used, most=65535 << used)


def sack_edge(value: Value, context: Context) -> Iterator[Said]:
    """The block that an edge belongs to; below the acknowledgment or inside the next: a duplicate (RFC 2883 §4)."""
    option = _option_of(value, context)
    if option is None:
        return
    edges = [each for each in option.values if each.name.startswith("tcp.options.sack_")]
    at = next(index for index, each in enumerate(edges) if each is value)
    if at % 2 == 0 and at + 1 < len(edges):
        left, right = edges[at].raw, edges[at + 1].raw
        if not isinstance(left, int) or not isinstance(right, int):
            return
        acknowledged = context.number("tcp.ack_raw")
        duplicate = at == 0 and (_before(right, acknowledged) or _inside(edges))
        size = (right - left) % WRAP
        yield said(
            "sack.duplicate" if duplicate else "sack.block",
            left=left,
            last=(right - 1) % WRAP,
            size=size,
            ack=acknowledged,
        )
    elif at % 2:
        yield said("sack.right", right=value.raw)


def _before(first: int, second: int) -> bool:
    return (second - first) % WRAP < WRAP // 2


def _inside(edges: list[Value]) -> bool:
    """Whether the first block lies in the second."""
    found = [value.raw for value in edges[:4] if isinstance(value.raw, int)]
    return len(found) == 4 and _before(found[2], found[0]) and _before(found[1], found[3])


def _option_of(value: Value, context: Context) -> Option | None:
    return next((option for option in context.layer.options if any(value is each for each in option.values)), None)


def timestamp(_: Value, __: Context) -> Iterator[Said]:
    """The sender's clock."""
    yield said("timestamp.value")


def timestamp_echo(value: Value, context: Context) -> Iterator[Said]:
    """The peer's clock, sent back (RFC 7323 §3.2)."""
    if value.raw and not _on(context, "ack"):
        yield said("timestamp.ignored", echo=value.raw)
    elif not value.raw:
        yield said("timestamp.none" if not _on(context, "ack") else "timestamp.zero")
    else:
        yield said("timestamp.echo", echo=value.raw)


def user_timeout(value: Value, context: Context) -> Iterator[Said]:
    """In seconds, or in minutes where the granularity bit is set (RFC 5482 §3)."""
    minutes = context.number("tcp.options.user_to_granularity")
    yield said("timeout.minutes" if minutes else "timeout.seconds", time=value.raw)


def cookie(value: Value, context: Context) -> Iterator[Said]:
    """A Fast Open cookie, given by the server on SYN+ACK, shown by the client on SYN (RFC 7413 §4.1)."""
    yield said("cookie.given" if _on(context, "ack") else "cookie.shown", size=value.bits // 8)


def subtype(value: Value, _: Context) -> Iterator[Said]:
    """What a Multipath TCP option does (RFC 8684 §3)."""
    if isinstance(value.raw, int) and value.raw in MPTCP_SUBTYPES and value.raw <= 8:
        yield said(f"mptcp.{value.raw}")


def length(value: Value, _: Context) -> Iterator[Said]:
    """How much of the stream the segment carries."""
    yield said("segment.data" if value.raw else "segment.empty", length=value.raw)
