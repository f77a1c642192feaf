"""Numbers and addresses as words of four bytes."""

from __future__ import annotations

import socket

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dissect.export.addresses import IPV4, IPV6, MAC, NONE, Addresses
from dissect.export.cells import CHUNK, Cells, Constant, Numbers, Over, Phrases, Texts, Where, fixed, written

EDGES = [0, 9, 10, 9_999, 10_000, 10_001, 99_999_999, 10**8, 10**8 + 1, 2**32 - 1]
GROUPS = st.sampled_from([0, 0, 0, 1, 0xFF, 0x100, 0xFFFF, 0xABC])


def rows(*cells: Cells, count: int) -> list[str]:
    return written([*cells, Constant("\n")], count).decode().split("\n")[:-1]


@given(st.lists(st.sampled_from(EDGES) | st.integers(0, 2**32 - 1), min_size=1), st.randoms())
@example(EDGES, None)
def test_numbers_of_32_bits(values: list[int], chance: object) -> None:
    there = np.arange(len(values)) % 3 > 0
    found = rows(
        Numbers(np.array(values, np.uint32), there),
        Constant("|"),
        Numbers(np.array(values, np.uint32)),
        count=len(values),
    )
    assert found == [f"{value if known else ''}|{value}" for value, known in zip(values, there, strict=True)]


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1))
@example([0, 10**4, 10**8, 10**12, 10**16, 2**64 - 1])
def test_numbers_of_64_bits(values: list[int]) -> None:
    assert rows(Numbers(np.array(values, np.uint64)), count=len(values)) == [str(value) for value in values]


@pytest.mark.parametrize("digits", [2, 3, 4, 6, 9])
def test_leading_zeros(digits: int) -> None:
    values = np.array([0, 1, 10 ** (digits - 1), 10**digits - 1], np.uint32)
    words = fixed(values, digits)
    texts = [b"".join(int(word[row]).to_bytes(4, "little") for word in words) for row in range(4)]
    assert [text.replace(b"\0", b"").decode() for text in texts] == [f"{value:0{digits}d}" for value in values]


@given(st.lists(st.lists(GROUPS, min_size=8, max_size=8), min_size=1))
@example(
    [
        [0] * 8,
        [0] * 7 + [1],
        [0] * 6 + [1, 2],
        [0] * 5 + [0xFFFF, 0, 0],
        [0] * 5 + [0xFFFF, 1, 0],
        [1, 0, 0, 2, 0, 0, 3, 4],
    ]
)
@example([[1, 0, 2, 3, 4, 5, 6, 7], [0, 1, 2, 3, 4, 5, 6, 0], [1, 2, 3, 4, 5, 6, 0, 0], [0, 0, 1, 0, 0, 0, 0, 1]])
def test_ipv6_addresses_are_those_of_inet_ntop(groups: list[list[int]]) -> None:
    data = b"".join(group.to_bytes(2, "big") for address in groups for group in address)
    where = np.arange(len(groups)) * 16
    found = rows(Addresses(np.frombuffer(data, np.uint8), where, np.full(len(groups), IPV6)), count=len(groups))
    assert found == [socket.inet_ntop(socket.AF_INET6, data[at : at + 16]) for at in where.tolist()]


def test_addresses_of_all_kinds_in_one_column() -> None:
    data = bytes(range(240, 256)) + bytes(16)
    where, kinds = np.array([0, 0, 3, 5, 16]), np.array([IPV4, IPV6, NONE, MAC, IPV6])
    found = rows(Addresses(np.frombuffer(data, np.uint8), where, kinds), count=5)
    assert found == ["240.241.242.243", "f0f1:f2f3:f4f5:f6f7:f8f9:fafb:fcfd:feff", "", "f5:f6:f7:f8:f9:fa", "::"]


def test_texts_of_any_length() -> None:
    """One long text among many short ones neither moves the others nor takes their room."""
    count = 3 * CHUNK
    texts = [b"x" * (70_000 if number == 5000 else number % 7) for number in range(count)]
    found = rows(Constant("<"), Texts(np.arange(count), texts), Constant(">"), count=count)
    assert found == [f"<{text.decode()}>" for text in texts]


def test_phrases_long_and_short() -> None:
    texts = ["", "a", "bcdef", "x" * 40, "y" * 300]
    codes = np.arange(10_000) % 5
    assert rows(Phrases(codes, texts), count=10_000) == [texts[code] for code in codes.tolist()]


def test_cells_of_different_rows_share_their_place() -> None:
    even = np.arange(6) % 2 == 0
    one, other = [Where(even, "even "), Numbers(np.arange(6, dtype=np.uint32), even)], [Where(~even, "odd")]
    assert rows(Over(one, other), count=6) == ["even 0", "odd", "even 2", "odd", "even 4", "odd"]
