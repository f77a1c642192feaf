"""Several captures as one, in order of time."""

from __future__ import annotations

import heapq
from itertools import count

import polars as pl
import pytest
from capture.building import enhanced, in_memory, interface, option, pcap_header, record, section
from hypothesis import given
from hypothesis import strategies as st

from dissect.bulk import block as blocks
from dissect.bulk.merge import merged
from dissect.bulk.table import block_table
from dissect.capture import Frames


def capture(times: list[int], name: str) -> Frames:
    packets = b"".join(enhanced(f"{name}{number}".encode(), time) for number, time in enumerate(times))
    return in_memory(section() + interface(options=option(2, name.encode())) + packets)


def rows(captures: list[Frames]) -> list[tuple[int, int, str, bytes]]:
    found = []
    for block in merged(captures):
        table = block_table(block, ["frame.number", "frame.time_epoch", "frame.interface_name"])
        where = block.index
        data = [block.octets.data[at : at + size] for at, size in zip(where.start, where.captured, strict=True)]
        kept = [batch.frame(batch.mark.number + row).data for batch, chosen in block.runs() for row in chosen]
        assert kept == data
        found += [(*row, each) for row, each in zip(table.rows(), data, strict=True)]
    return found


def by_head(captures: dict[str, list[int]]) -> list[tuple[int, int, str, bytes]]:
    """What taking the earliest next packet gives, one by one, as mergecap does."""
    heads = [(times[0], place, 0) for place, times in enumerate(captures.values()) if times]
    heapq.heapify(heads)
    names, number, found = list(captures), count(1), []
    while heads:
        time, place, at = heapq.heappop(heads)
        name = names[place]
        found.append((next(number), time * 1000, name, f"{name}{at}".encode()))
        if at + 1 < len(captures[name]):
            heapq.heappush(heads, (captures[name][at + 1], place, at + 1))
    return found


@given(st.lists(st.lists(st.integers(0, 8), max_size=30), min_size=1, max_size=4), st.sampled_from([1, 200, 1 << 20]))
def test_the_earliest_next_packet_comes_first(times: list[list[int]], size: int) -> None:
    named = {"abcd"[place]: each for place, each in enumerate(times)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "BYTES", size)
        assert rows([capture(each, name) for name, each in named.items()]) == by_head(named)


def test_files_of_both_formats_and_link_types() -> None:
    pcap = in_memory(pcap_header(link=101) + record(b"\x45" + bytes(19), 5) + record(b"\x60" + bytes(39), 7))
    pcapng = in_memory(section(">") + interface(1, order=">") + enhanced(bytes(12) + b"\x08\x00", 6_000_000, order=">"))
    fields = ["frame.number", "frame.time_epoch", "ip.version", "eth.type", "ipv6.version"]
    table = pl.concat([block_table(block, fields) for block in merged([pcap, pcapng])])
    second = 1_000_000_000
    assert table.rows() == [
        (1, 5 * second, 4, None, None), (2, 6 * second, None, 0x0800, None), (3, 7 * second, None, None, 6),
    ]  # fmt: skip


def test_packets_without_a_time_stay_where_they_are() -> None:
    from capture.building import simple

    first = in_memory(section() + interface() + enhanced(b"a", 5) + simple(b"b") + enhanced(b"c", 9))
    second = in_memory(section() + interface() + simple(b"d") + enhanced(b"e", 6))
    data = [
        bytes(block.octets.data[at : at + 1]) for block in merged([first, second]) for at in block.index.start.tolist()
    ]
    assert b"".join(data) == b"dabec"
