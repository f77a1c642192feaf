"""The Internet checksum, against the examples of RFC 1071 and RFC 1624 and against plain adding."""

from __future__ import annotations

import struct

import pytest
from decoding.crafting import internet_sum
from hypothesis import given
from hypothesis import strategies as st

from dissect.wire.checksum import Verdict, add, expected, ones_sum, pseudo_header, verify

A, B = bytes((192, 0, 2, 1)), bytes((192, 0, 2, 2))
A6, B6 = bytes(15) + b"\x01", bytes(15) + b"\x02"


def test_rfc_1071_example() -> None:
    """RFC 1071 §3: the bytes 00 01 f2 03 f4 f5 f6 f7 sum to ddf2."""
    data = bytes.fromhex("0001 f203 f4f5 f6f7")
    assert ones_sum(data) == 0xDDF2
    assert expected(b"\0\0" + data, 0) == 0xDDF2 ^ 0xFFFF == 0x220D


def test_rfc_1624_example() -> None:
    """RFC 1624 §4: with checksum dd2f, a word that goes from 5555 to 3285 leaves 0000, not ffff."""
    rest = add(0xDD2F ^ 0xFFFF, 0x5555 ^ 0xFFFF)
    before, after = (struct.pack("!HHH", 0, word, rest) for word in (0x5555, 0x3285))
    assert expected(before, 0) == 0xDD2F
    assert expected(after, 0) == 0x0000
    for stored in (b"\0\0", b"\xff\xff"):  # both are zero in one's complement (RFC 1624 §3)
        assert verify(stored + after[2:], 0) == (Verdict.GOOD, 0)


@pytest.mark.parametrize(
    ("data", "total"),
    [
        ("", 0), ("00", 0), ("0000 0000", 0), ("01", 0x0100), ("0001 02", 0x0201), ("ffff", 0xFFFF),
        ("ffff ffff", 0xFFFF), ("ffff 0001", 1), ("8000 8000", 1), ("ff ff ff", 0xFF00),
    ],
)  # fmt: skip
def test_sums(data: str, total: int) -> None:
    """Odd lengths are padded with a zero byte; only all zeros sum to zero."""
    assert ones_sum(bytes.fromhex(data)) == total


@given(st.binary(max_size=200))
def test_sum_is_the_same_as_adding_word_by_word(data: bytes) -> None:
    assert ones_sum(data) == internet_sum(data)


@given(st.lists(st.integers(0, 0xFFFF), max_size=8))
def test_add_is_the_sum_of_the_words(words: list[int]) -> None:
    assert add(*words) == ones_sum(struct.pack(f"!{len(words)}H", *words))


@given(st.binary(min_size=2, max_size=60), st.integers(0, 28), st.binary(max_size=12).filter(lambda b: len(b) % 2 == 0))
def test_what_is_expected_is_good(data: bytes, at: int, pseudo: bytes) -> None:
    at = 2 * min(at, len(data) // 2 - 1)
    want = expected(data, at, pseudo)
    right = data[:at] + struct.pack("!H", want) + data[at + 2 :]
    assert verify(right, at, pseudo) == (Verdict.GOOD, want)
    wrong = data[:at] + struct.pack("!H", want ^ 0x0100) + data[at + 2 :]
    assert verify(wrong, at, pseudo)[0] is not Verdict.GOOD


def test_pseudo_headers() -> None:
    """RFC 9293 §3.1 and RFC 8200 §8.1; a length that 16 bits cannot hold has 32 over IPv4 too."""
    assert pseudo_header(A, B, 6, 20) == A + B + bytes.fromhex("00 06 0014")
    assert pseudo_header(A6, B6, 6, 20) == A6 + B6 + bytes.fromhex("00000014 000000 06")
    assert ones_sum(pseudo_header(A, B, 6, 0x11170)) == add(ones_sum(A + B), 6, 1, 0x1170)


def test_partial_is_the_pseudo_headers_sum_and_needs_one() -> None:
    pseudo = pseudo_header(A, B, 6, 8)
    stored = struct.pack("!H", ones_sum(pseudo))
    assert verify(stored + b"abcdef", 0, pseudo)[0] is Verdict.PARTIAL
    assert verify(b"\0\0abcdef", 0)[0] is Verdict.BAD
