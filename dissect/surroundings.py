"""What the packets before one tell of its TCP connection: the handshake, and what it acknowledges."""

from __future__ import annotations

from dissect.capture import Frames
from dissect.decoding import decode_frame
from dissect.explain.readings import Around
from dissect.packet import Layer, Packet

FARTHEST = 20_000  # packets looked back; a handshake farther away counts as not captured
WRAP = 1 << 32


def look_back(frames: Frames, packet: Packet) -> Around | None:
    """What precedes a TCP segment in its own connection, at most `FARTHEST` packets back; None for other packets."""
    pair = _ends(packet)
    if pair is None:
        return None
    source, destination, layer = pair
    acknowledged = _number(layer, "tcp.ack_raw") if _number(layer, "tcp.flags.ack") else None
    shifts: dict[bytes, int | None] = {}
    acked: int | None = None
    number = packet.frame.number
    for frame in frames.iterate(max(1, number - FARTHEST), number - 1) if number > 1 else ():
        if source not in frame.data or destination not in frame.data:
            continue
        other = _ends(decode_frame(frame))
        if (
            other is None
            or {other[0], other[1]} != {source, destination}
            or _ports(other[2]) not in (_ports(layer), _ports(layer)[::-1])
        ):
            continue
        own = _key(other)
        if _number(other[2], "tcp.flags.syn"):
            shift = other[2].get("tcp.options.wscale.shift")
            shifts[own] = shift.raw if shift is not None and isinstance(shift.raw, int) else None
        if own != _key(pair) and _end(other[2]) == acknowledged and _takes(other[2]):
            acked = frame.number if acked is None else acked
    both = len(shifts) == 2
    agreed = both and None not in shifts.values()
    return Around(both, shifts.get(_key(pair)) if agreed else None, acked)


def _addresses(packet: Packet, layer: Layer) -> tuple[bytes, bytes]:
    """Source and destination of the IP header that carries a layer."""
    below = [each for each in packet.layers if each.start < layer.start and each.key in ("ip", "ipv6")]
    if not below:
        return b"", b""
    key = below[-1].key
    found = [below[-1].get(f"{key}.{name}") for name in ("src", "dst")]
    source, destination = (value.raw if value is not None and isinstance(value.raw, bytes) else b"" for value in found)
    return source, destination


def _ends(packet: Packet) -> tuple[bytes, bytes, Layer] | None:
    layer = next((each for each in packet.layers if each.key == "tcp" and not each.quoted), None)
    if layer is None or layer.get("tcp.window_size_value") is None:
        return None
    source, destination = _addresses(packet, layer)
    return (source, destination, layer) if source else None


def _ports(layer: Layer) -> tuple[int, int]:
    return _number(layer, "tcp.srcport"), _number(layer, "tcp.dstport")


def _key(pair: tuple[bytes, bytes, Layer]) -> bytes:
    return pair[0] + _number(pair[2], "tcp.srcport").to_bytes(2, "big")


def _number(layer: Layer, name: str) -> int:
    value = layer.get(name)
    return value.raw if value is not None and isinstance(value.raw, int) else 0


def _takes(layer: Layer) -> int:
    return _number(layer, "tcp.len") + _number(layer, "tcp.flags.syn") + _number(layer, "tcp.flags.fin")


def _end(layer: Layer) -> int:
    return (_number(layer, "tcp.seq_raw") + _takes(layer)) % WRAP
