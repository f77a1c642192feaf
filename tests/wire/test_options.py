"""The walker over kinds, lengths and values: it always advances and never leaves its bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dissect.wire import ipv4, ipv6, tcp
from dissect.wire.options import Item, walk

SETS = {"tcp": tcp.OPTIONS, "ip": ipv4.OPTIONS, "ipv6": ipv6.OPTIONS, "tlv": ipv6.SRH_TLVS, "tags": ipv4.CIPSO_TAGS}


def items(key: str, data: str) -> list[Item]:
    octets = bytes.fromhex(data)
    return list(walk(octets, 0, len(octets), SETS[key]))


@pytest.mark.parametrize(
    ("key", "data", "expected"),
    [
        ("tcp", "", []),
        ("tcp", "01 01", [(1, 0, 1, 1, ""), (1, 1, 2, 1, "")]),
        ("tcp", "02 04 05b4 01", [(2, 0, 4, 4, ""), (1, 4, 5, 1, "")]),
        ("tcp", "00 02 04", [(0, 0, 1, 1, "")]),  # the end: nothing behind it is an option
        ("tcp", "01 02", [(1, 0, 1, 1, ""), (2, 1, 2, 0, "option.alone")]),
        ("tcp", "02 00 01", [(2, 0, 3, 0, "option.length")]),
        ("tcp", "02 01 01", [(2, 0, 3, 1, "option.length")]),
        ("tcp", "04 02", [(4, 0, 2, 2, "")]),
        ("tcp", "02 05 05b4", [(2, 0, 4, 5, "option.overrun")]),
        ("tcp", "02 ff 05b4", [(2, 0, 4, 255, "option.overrun")]),
        ("ip", "07 03 04 00", [(7, 0, 3, 3, ""), (0, 3, 4, 1, "")]),
        ("ipv6", "00 01 00", [(0, 0, 1, 1, ""), (1, 1, 3, 2, "")]),  # Pad1 is no end; lengths leave out two octets
        ("ipv6", "01 01", [(1, 0, 2, 3, "option.overrun")]),
        ("ipv6", "05 02 0000 c2", [(5, 0, 4, 4, ""), (194, 4, 5, 0, "option.alone")]),
        ("tags", "00 02", [(0, 0, 2, 2, "")]),  # no kind of one octet here
    ],
)
def test_walks(key: str, data: str, expected: list[tuple[int, int, int, int, str]]) -> None:
    assert items(key, data) == [Item(*each) for each in expected]


@given(st.sampled_from(sorted(SETS)), st.binary(max_size=64), st.integers(0, 8), st.integers(0, 8))
def test_items_follow_each_other_within_the_bounds(key: str, data: bytes, start: int, less: int) -> None:
    options, stop = SETS[key], max(start, len(data) - less)
    at = start
    stop = min(stop, len(data))
    found = list(walk(data, start, stop, options))
    for number, item in enumerate(found):
        assert item.start == at < item.stop <= stop
        assert item.kind == data[item.start]
        assert not item.fault or (number == len(found) - 1 and item.stop == stop)
        at = item.stop
    assert at >= stop or (found and found[-1].kind == options.end)
