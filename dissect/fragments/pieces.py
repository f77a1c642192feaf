"""The piece of a datagram that a packet carries, with the headers that belong in front of the whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from dissect.packet import Finding, Layer, Packet, Value
from dissect.wire.checksum import expected

UNIT = 8
"""Bytes that the offset counts in (RFC 791 §3.1, RFC 8200 §4.5)."""


class Identity(NamedTuple):
    """What the pieces of one datagram share.

    `protocol` is -1 for IPv6, where the pieces need not agree on what follows (RFC 8200 §4.5).
    """

    source: bytes
    destination: bytes
    ident: int
    protocol: int = -1

    @property
    def version(self) -> int:
        """4 or 6."""
        return 4 if len(self.source) == 4 else 6


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes `offset` to `stop` of a datagram's data, `data` as many of them as were captured.

    `packet` is the decoded packet for the first piece, whose headers the whole datagram has. `header`
    is how many bytes stand in front of the data in the whole.
    """

    number: int
    time: int | None
    identity: Identity
    offset: int
    length: int
    more: bool
    data: bytes
    header: int
    protocol: int
    findings: tuple[Finding, ...] = ()
    packet: Packet | None = None

    @property
    def stop(self) -> int:
        """One past the last byte, as it was sent."""
        return self.offset + self.length


def piece_of(packet: Packet) -> Piece | None:
    """The outermost piece of a datagram in the packet, if it is one and its header is whole."""
    fixed: Layer | None = None
    for layer in packet.layers:
        if layer.quoted:
            return None
        if layer.key == "ip" and (found := _ipv4(packet, layer)) is not None:
            return found
        if layer.key in ("ip", "ipv6"):
            fixed = layer
        if layer.key == "ipv6.fraghdr" and fixed is not None and fixed.key == "ipv6":
            found = _ipv6(packet, fixed, layer)
            if found is not None:
                return found
    return None


def _number(layer: Layer, name: str) -> int | None:
    value = layer.get(name)
    return value.raw if value is not None and isinstance(value.raw, int) else None


def _ends(layer: Layer) -> tuple[bytes, bytes] | None:
    source, destination = layer.get(f"{layer.key}.src"), layer.get(f"{layer.key}.dst")
    if source is None or destination is None:
        return None
    if not isinstance(source.raw, bytes) or not isinstance(destination.raw, bytes):
        return None
    return source.raw, destination.raw


def _ipv4(packet: Packet, layer: Layer) -> Piece | None:
    names = ("ip.frag_offset", "ip.flags.mf", "ip.id", "ip.proto", "ip.len", "ip.hdr_len")
    offset, more, ident, protocol, total, words = (_number(layer, name) for name in names)
    ends = _ends(layer)
    if offset is None or more is None or ident is None or protocol is None or total is None or ends is None:
        return None
    size = (words or 0) * 4
    if not (offset or more) or layer.stop - layer.start != size or layer.end < layer.stop:
        return None
    sent = total - size if total else layer.end - layer.stop
    return _piece(packet, Identity(*ends, ident, protocol), offset, more, sent, layer, size, protocol)


def _ipv6(packet: Packet, fixed: Layer, layer: Layer) -> Piece | None:
    names = ("ipv6.fraghdr.offset", "ipv6.fraghdr.more", "ipv6.fraghdr.ident", "ipv6.fraghdr.nxt")
    offset, more, ident, protocol = (_number(layer, name) for name in names)
    length, ends = _number(fixed, "ipv6.plen"), _ends(fixed)
    if offset is None or more is None or ident is None or protocol is None or length is None or ends is None:
        return None
    if not (offset or more):  # an atomic fragment is a whole packet (RFC 6946 §4)
        return None
    sent = length - (layer.stop - fixed.stop) if length else layer.end - layer.stop
    return _piece(packet, Identity(*ends, ident), offset, more, sent, layer, layer.start - fixed.start, protocol)


def _piece(
    packet: Packet, identity: Identity, offset: int, more: int, sent: int, layer: Layer, header: int, protocol: int
) -> Piece | None:
    if sent < 0:
        return None
    data = bytes(packet.frame.data[layer.stop : min(layer.end, layer.stop + sent)])
    frame = packet.frame
    remarks = tuple(each for _, each in packet.every_finding() if ".fragment." in each.rule.id)
    return Piece(
        frame.number, frame.time, identity, offset * UNIT, sent, bool(more), data, header, protocol, remarks,
        packet if offset == 0 else None,
    )  # fmt: skip


def whole_header(first: Piece, length: int) -> bytes:
    """The headers of a datagram of `length` bytes of data: the first piece's, without what made it a piece.

    IPv4: total length and checksum anew, offset and MF zero (RFC 791 §3.2). IPv6: without the
    fragment header, next header and payload length as RFC 8200 §4.5 says.
    """
    assert first.packet is not None
    packet = first.packet
    if first.identity.version == 4:
        return _whole_ipv4(packet, length)
    return _whole_ipv6(packet, first, length)


def _whole_ipv4(packet: Packet, length: int) -> bytes:
    layer = next(each for each in packet.layers if each.key == "ip" and _number(each, "ip.flags.mf"))
    header = bytearray(packet.frame.data[layer.start : layer.stop])
    for name, number in (("ip.len", len(header) + length), ("ip.flags.mf", 0), ("ip.frag_offset", 0)):
        _put(header, layer, layer.get(name), number)
    place = layer.get("ip.checksum")
    assert place is not None
    _put(header, layer, place, expected(bytes(header), place.start - layer.start))
    return bytes(header)


def _whole_ipv6(packet: Packet, first: Piece, length: int) -> bytes:
    at = next(index for index, each in enumerate(packet.layers) if each.key == "ipv6.fraghdr")
    fixed = next(each for each in packet.layers[at::-1] if each.key == "ipv6")
    fragment, before = packet.layers[at], packet.layers[at - 1]
    header = bytearray(packet.frame.data[fixed.start : fragment.start])
    _put(header, fixed, before.get(before.header.next), first.protocol)
    _put(header, fixed, fixed.get("ipv6.plen"), len(header) - (fixed.stop - fixed.start) + length)
    return bytes(header)


def _put(header: bytearray, layer: Layer, value: Value | None, number: int) -> None:
    """Writes a number where the value stands; the header begins where the layer does."""
    if value is None:
        return
    start, stop = value.start - layer.start, value.stop - layer.start
    shift = value.stop * 8 - value.bit - value.bits
    mask = ((1 << value.bits) - 1) << shift
    word = int.from_bytes(header[start:stop], "big") & ~mask | number << shift & mask
    header[start:stop] = word.to_bytes(stop - start, "big")
