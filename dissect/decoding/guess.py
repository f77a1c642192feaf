"""Guesses the first header of bytes that came without a link type, and says why."""

from __future__ import annotations

from typing import NamedTuple

from dissect.wire.checksum import ones_sum
from dissect.wire.numbers import ETHERTYPES
from dissect.wire.registry import ETHERTYPE_HEADERS


class Guess(NamedTuple):
    """The key of the first header, and the reason in words."""

    key: str
    why: str


def guess(data: bytes) -> Guess:
    """The likeliest first header: an IP header that adds up, a known EtherType, a TCP header, in this order."""
    for candidate in (
        _ipv4(data, sure=True),
        _ethernet(data),
        _ipv6(data),
        _cooked(data),
        _ipv4(data, sure=False),
        _tcp(data),
    ):
        if candidate is not None:
            return candidate
    return Guess("eth", "nothing else fits")


def _ipv4(data: bytes, *, sure: bool) -> Guess | None:
    if len(data) < 1 or data[0] >> 4 != 4 or data[0] & 0xF < 5:
        return None
    said = (data[0] & 0xF) * 4
    header = data[:said]
    if not sure:
        return Guess("ip", f"it begins with {data[0]:#04x}: version 4, a header of {said} bytes")
    whole = len(header) == said
    if whole and ones_sum(header) == 0xFFFF:
        return Guess("ip", "it begins with version 4 and the header checksum is right")
    if whole and int.from_bytes(data[2:4], "big") == len(data):
        return Guess("ip", "it begins with version 4 and the total length is that of the bytes")
    return None


def _ipv6(data: bytes) -> Guess | None:
    if len(data) < 1 or data[0] >> 4 != 6:
        return None
    if len(data) >= 40 and int.from_bytes(data[4:6], "big") == len(data) - 40:
        return Guess("ipv6", "it begins with version 6 and the payload length is that of the bytes")
    return Guess("ipv6", f"it begins with {data[0]:#04x}: version 6")


def _ethernet(data: bytes) -> Guess | None:
    number = int.from_bytes(data[12:14], "big")
    if len(data) < 14 or number not in ETHERTYPES:
        return None
    key = ETHERTYPE_HEADERS.get(number)
    version = {"ip": 4, "ipv6": 6}.get(key or "")
    if version is not None and len(data) > 14 and data[14] >> 4 != version:
        return None
    return Guess("eth", f"bytes 12 and 13 are the EtherType {number:#06x}, {ETHERTYPES[number]}")


def _cooked(data: bytes) -> Guess | None:
    number = int.from_bytes(data[14:16], "big")
    if len(data) > 16 and data[0] == 0 and data[1] <= 4 and ETHERTYPE_HEADERS.get(number) in ("ip", "ipv6", "arp"):
        return Guess("sll", "it looks like Linux cooked capture: a packet type, then a protocol type at byte 14")
    return None


def _tcp(data: bytes) -> Guess | None:
    if len(data) < 20:
        return None
    header, flags = (data[12] >> 4) * 4, data[13]
    if 20 <= header <= len(data) and not data[12] & 0x0E and flags:
        return Guess("tcp", f"byte 12 is a data offset of {header} bytes that fits")
    return None
