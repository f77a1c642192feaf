"""Values in a few words: what stands in the boxes of a diagram and in the column of meanings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from dissect.packet import Layer, Packet, Value
from dissect.wire.field import Kind
from dissect.wire.tcp import FLAGS

TCP_VALUES = (
    ("seq", "tcp.seq_raw"), ("ack", "tcp.ack_raw"), ("win", "tcp.window_size_value"), ("len", "tcp.len"),
    ("mss", "tcp.options.mss_val"), ("wscale", "tcp.options.wscale.shift"),
)  # fmt: skip
SYN_ONLY = frozenset({"tcp.options.mss_val", "tcp.options.wscale.shift"})
ECHO_VALUES = {
    "icmp": (("id", "icmp.ident"), ("seq", "icmp.seq")),
    "icmpv6": (("id", "icmpv6.echo.identifier"), ("seq", "icmpv6.echo.sequence_number")),
}
"""What a line says of a segment and of an echo, by their captions."""


def boxed(value: Value) -> str:
    """A value as short as a box needs it: bits for a word of flags, parts by name where they fit, else the text."""
    if value.parts and not value.field.split:
        if all(part.bits == 1 for part in value.parts):
            return " ".join(part.text for part in value.parts)
        named = " ".join(f"{part.field.caption} {part.text}" for part in value.parts)
        return named if len(named) < 2 * value.bits else value.text
    return f"{value.raw} ({value.text})" if isinstance(value.raw, int) and value.field.scale != 1 else value.text


def shown(value: Value, term: Callable[[str], str] = str) -> str:
    """A value in the column of values, with its unit, in the words of `term`, where that is short."""
    unit = value.field.unit
    return f"{value.text} {term(unit)}" if unit in ("bytes", "hops", "ms", "bits", "seconds") else value.text


def meaning(value: Value) -> str:
    """What the value stands for: its registered name, or what follows from its unit."""
    field = value.field
    if value.meaning:
        return value.meaning
    if value.name in ("ip.frag_offset", "ipv6.fraghdr.offset") and isinstance(value.raw, int) and value.raw:
        return f"× 8 = byte {value.raw * 8:,}"
    if field.scale != 1 and isinstance(value.raw, int):
        return f"{value.raw} × {field.scale} = {value.raw * field.scale} bytes"
    if field.also and field.kind is Kind.HEX and value.parts:
        return ""
    if field.unit and shown(value) == value.text:
        return field.unit
    return ""


def older(value: Value, caption: Callable[[str], str]) -> str:
    """The same bits as an older standard read them, in one line; `caption` names fields in another language."""
    said = []
    for part in value.parts:
        name = caption(part.name) or part.field.label.lower()
        if part.bits > 1:
            said.append(f"{name} {part.text}" + (f" ({part.meaning})" if part.meaning else ""))
        elif part.raw:
            said.append(name)
    colon, comma = ("：", "，") if caption(value.name) else (": ", ", ")
    return colon.join(each for each in (caption(value.name) or value.field.label, comma.join(said)) if each)


def when(nanoseconds: int | None) -> str:
    """A time in UTC with nine decimals; an empty text where the file holds none."""
    if nanoseconds is None:
        return ""
    seconds, rest = divmod(nanoseconds, 10**9)
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return f"{seconds}.{rest:09d}"
    return f"{moment:%Y-%m-%d %H:%M:%S}.{rest:09d} UTC"


def protocols(packet: Packet) -> str:
    """The layers by name, outermost first."""
    return " / ".join(layer.header.name for layer in packet.layers if not layer.quoted)


def ends(packet: Packet) -> tuple[str, str]:
    """Source and destination of the outermost IP header, else of the link."""
    for source, destination in (("ip.src", "ip.dst"), ("ipv6.src", "ipv6.dst"), ("arp.src.proto_ipv4", "arp.dst.proto_ipv4"),
                                ("eth.src", "eth.dst")):  # fmt: skip
        first, second = packet.get(source), packet.get(destination)
        if first is not None and second is not None:
            return first.text, second.text
    return "", ""


def flags(layer: Layer) -> str:
    """The TCP flags that are set, by name; "no flags" where none is."""
    values = {value.name: value.raw for value in layer.walk()}
    return flag_names(name for name, raw in values.items() if raw)


def flag_names(on: Iterable[str]) -> str:
    """TCP flags by the names of their fields: SYN first and the others from the right; "no flags" where none is set."""
    names = set(on)
    bits = sorted((row for row in reversed(FLAGS) if row.bits == 1), key=lambda row: row.caption != "SYN")
    return ", ".join(row.caption for row in bits if row.name in names) or "no flags"


def summary(packet: Packet) -> str:
    """What the packet is, in one line: the innermost layer that is not quoted, and its telling values."""
    layers = [layer for layer in packet.layers if not layer.quoted]
    if not layers:
        return f"{len(packet.frame.data)} bytes of link type {packet.frame.link}"
    layer = layers[-1]
    if layer.key == "icmp" or layer.key == "icmpv6":
        return _icmp(packet, layer)
    maker = {"tcp": _tcp, "udp": _udp, "arp": _arp}.get(layer.key, _other)
    return maker(layer)


def _text(layer: Layer, name: str) -> str:
    value = layer.get(name)
    return value.text if value is not None else "?"


def _meaning(layer: Layer, name: str) -> str:
    value = layer.get(name)
    return value.meaning or value.text if value is not None else "?"


def _tcp(layer: Layer) -> str:
    said = [f"{_text(layer, 'tcp.srcport')} → {_text(layer, 'tcp.dstport')} [{flags(layer)}]"]
    syn = layer.get("tcp.flags.syn")
    for caption, name in TCP_VALUES:
        value = layer.get(name)
        if value is None or (name == "tcp.ack_raw" and not value.raw) or (name in SYN_ONLY and not (syn and syn.raw)):
            continue
        said.append(f"{caption}={value.text}")
    return " ".join(said)


def _udp(layer: Layer) -> str:
    return f"{_text(layer, 'udp.srcport')} → {_text(layer, 'udp.dstport')} len={_text(layer, 'udp.length')}"


def _icmp(packet: Packet, layer: Layer) -> str:
    code = layer.get(f"{layer.key}.code")
    said = _meaning(layer, f"{layer.key}.type") + (f": {code.meaning}" if code is not None and code.meaning else "")
    echo = ((caption, layer.get(name)) for caption, name in ECHO_VALUES[layer.key])
    said += "".join(
        f" {caption}={value.raw:d}" for caption, value in echo if value is not None and isinstance(value.raw, int)
    )
    quoted = [inner for inner in packet.layers if inner.quoted]
    return said + (f" (about {' / '.join(inner.header.name for inner in quoted)})" if quoted else "")


def _arp(layer: Layer) -> str:
    return (
        f"{_meaning(layer, 'arp.opcode')}: {_text(layer, 'arp.src.proto_ipv4')} → {_text(layer, 'arp.dst.proto_ipv4')}"
    )


def _other(layer: Layer) -> str:
    following = layer.get(layer.header.next) if layer.header.next else None
    return layer.header.name + (f", then {following.meaning or following.text}" if following is not None else "")
