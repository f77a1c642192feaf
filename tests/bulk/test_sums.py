"""Sums of many ranges at once are those of each range alone (RFC 1071 §1), wherever pieces and ranges end."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dissect.bulk import checksums
from dissect.bulk.checksums import PIECE, Sums
from dissect.bulk.octets import PAD, Octets
from dissect.wire.checksum import ones_sum

PAIR = 8


def sums_of(data: bytes, ranges: list[tuple[int, int]]) -> list[int]:
    start, stop = np.array(ranges, np.int64).reshape(-1, 2).T
    return Sums(Octets(data + bytes(PAD))).between(start, stop).tolist()


def expected(data: bytes, ranges: list[tuple[int, int]]) -> list[int]:
    return [ones_sum(data[start:stop]) for start, stop in ranges]


@pytest.mark.parametrize("before", [0, PAIR, 48])
@pytest.mark.parametrize(
    "size", [PIECE * PAIR - PAIR, PIECE * PAIR - 3, PIECE * PAIR, PIECE * PAIR + 1, 2 * PIECE * PAIR]
)
def test_the_last_range_ends_where_a_piece_ends(before: int, size: int) -> None:
    data = bytes(range(1, 252)) * (size // 251 + 2)
    ranges = [(before, before + 1000), (before + 2000, before + size)]
    assert sums_of(data, ranges) == expected(data, ranges)


@settings(max_examples=400)
@given(
    data=st.binary(min_size=1, max_size=900),
    marks=st.lists(st.integers(0, 900), min_size=2, max_size=24),
    piece=st.integers(1, 9),
    backwards=st.booleans(),
)
@example(data=b"\1" * 64, marks=[0, 8, 32, 64], piece=8, backwards=False)
def test_ranges(data: bytes, marks: list[int], piece: int, backwards: bool) -> None:
    bounds = sorted(min(mark, len(data)) for mark in marks)
    ranges = [(start, stop) for start, stop in list(pairwise(bounds))[::2]]
    apart = [ranges[0]] + [after for before, after in pairwise(ranges) if after[0] - before[1] >= PAIR]
    if backwards:
        apart.reverse()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checksums, "PIECE", piece)
        assert sums_of(data, apart) == expected(data, apart)
