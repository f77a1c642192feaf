"""The sum behind a checksum, laid out word by word (RFC 1071 §1)."""

from __future__ import annotations

from typing import NamedTuple

from dissect.packet import Layer, Packet, Value
from dissect.wire.checksum import ones_sum

SUMMED = frozenset({"ip.checksum", "tcp.checksum", "udp.checksum", "icmp.checksum", "icmpv6.checksum"})


class Sum(NamedTuple):
    """Words by part ("pseudo", "header", "data"), their plain sum, its folding, the checksum; hints where it is wrong.

    `skipped` is the place (part, index) of the checksum itself, which counts as 0.
    """

    parts: tuple[tuple[str, tuple[int, ...]], ...]
    skipped: tuple[str, int]
    total: int
    folds: tuple[tuple[int, int], ...]
    want: int
    stored: int
    hints: tuple[tuple[str, dict[str, object]], ...]

    @property
    def length(self) -> int:
        """How many words were added."""
        return sum(len(words) for _, words in self.parts)


def words(data: bytes) -> tuple[int, ...]:
    """16-bit words, an odd last byte padded with 0."""
    padded = data + b"\0" * (len(data) % 2)
    return tuple(int.from_bytes(padded[at : at + 2], "big") for at in range(0, len(padded), 2))


def lay_out(packet: Packet, layer: Layer, value: Value) -> Sum | None:
    """The sum of a checksum field; None where not all that it covers is here."""
    status = layer.get(f"{value.name}.status")
    if (
        value.name not in SUMMED
        or status is None
        or status.text in ("unverified", "absent")
        or not isinstance(value.raw, int)
    ):
        return None
    data = packet.frame.data
    header, body = data[layer.start : layer.stop], b"" if value.name == "ip.checksum" else data[layer.stop : layer.end]
    pseudo = layer.pseudo
    at = (value.start - layer.start) // 2
    blank = tuple(0 if index == at else word for index, word in enumerate(words(header)))
    parts = tuple(
        (name, found) for name, found in (("pseudo", words(pseudo)), ("header", blank), ("data", words(body))) if found
    )
    total = sum(word for _, found in parts for word in found)
    folds, folded = [], total
    while folded > 0xFFFF:
        folds.append((folded >> 16, folded & 0xFFFF))
        folded = sum(folds[-1])
    want = folded ^ 0xFFFF
    if value.name == "udp.checksum":
        want = want or 0xFFFF
    hints = () if status.text == "good" else tuple(_hints(layer, value.raw, want, folded, ones_sum(pseudo)))
    return Sum(parts, ("header", at), total, tuple(folds), want, value.raw, hints)


def _hints(layer: Layer, stored: int, want: int, folded: int, pseudo: int) -> list[tuple[str, dict[str, object]]]:
    """Where a wrong checksum would have been right."""
    if stored == 0:
        return [("zero", {})]
    if pseudo and stored == pseudo:
        return [("partial", {})]
    if stored == folded:
        return [("complement", {})]
    if stored == (want >> 8 | (want & 0xFF) << 8):
        return [("swapped", {})]
    ttl = layer.get("ip.ttl")
    if ttl is not None and isinstance(ttl.raw, int):
        for other in range(ttl.raw + 1, 256):  # routers only take off
            shifted = (folded + (other - ttl.raw) * 0x100) % 0xFFFF
            if shifted == (stored ^ 0xFFFF) % 0xFFFF:
                return [("ttl", {"ttl": other, "now": ttl.raw})]
    return []
