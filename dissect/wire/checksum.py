"""The Internet checksum (RFC 1071) and the pseudo-headers that it covers."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """What can be said of a checksum.

    `partial`: it holds the pseudo-header's sum only, the rest was left to the network card.
    `unverified`: not all bytes it covers are here. `absent`: the sender made none.
    """

    GOOD = "good"
    BAD = "bad"
    PARTIAL = "partial"
    UNVERIFIED = "unverified"
    ABSENT = "absent"


CODES = {verdict: code for code, verdict in enumerate(Verdict)}
"""Verdicts as small numbers, for columns and conditions."""


def ones_sum(data: bytes) -> int:
    """The one's complement sum of the 16-bit words of `data`, an odd last byte padded with zero (RFC 1071 §1).

    A number modulo 65535 is the folded sum of its 16-bit digits; only an all-zero `data` sums to 0.
    """
    number = int.from_bytes(data, "big") << 8 * (len(data) % 2)
    return (number % 0xFFFF or 0xFFFF) if number else 0


def add(*sums: int) -> int:
    """The one's complement sum of sums."""
    total = sum(sums)
    while total > 0xFFFF:
        total = (total >> 16) + (total & 0xFFFF)
    return total


def pseudo_header(source: bytes, destination: bytes, protocol: int, length: int) -> bytes:
    """The bytes that TCP, UDP and ICMPv6 checksums cover besides their own (RFC 9293 §3.1, RFC 8200 §8.1).

    IPv4 has a length of 16 bits, IPv6 one of 32; a length past 65,535 over IPv4 (segmentation
    offload) is written with 32 bits, which sums to what the kernel computes.
    """
    if len(source) == 4 and length <= 0xFFFF:
        return source + destination + bytes((0, protocol)) + length.to_bytes(2, "big")
    return source + destination + length.to_bytes(4, "big") + bytes((0, 0, 0, protocol))


def expected(covered: bytes, at: int, pseudo: bytes = b"") -> int:
    """The checksum that `covered` should carry at offset `at`, whose two bytes count as zero."""
    without = covered[:at] + b"\0\0" + covered[at + 2 :]
    return add(ones_sum(pseudo), ones_sum(without)) ^ 0xFFFF


def verify(covered: bytes, at: int, pseudo: bytes = b"") -> tuple[Verdict, int]:
    """The verdict on the checksum at offset `at` of `covered`, and what it should be."""
    stored = int.from_bytes(covered[at : at + 2], "big")
    want = expected(covered, at, pseudo)
    if add(ones_sum(pseudo), ones_sum(covered)) == 0xFFFF:
        return Verdict.GOOD, want
    if pseudo and stored == ones_sum(pseudo):
        return Verdict.PARTIAL, want
    return Verdict.BAD, want
