"""Rare packets of several blocks, decoded together, are written as each block alone would have them."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from bulk.comparing import COLUMNS, NAMES, batch_of
from bulk.test_agreement import OURS, PUBLIC, corpus, frame_strategy, opened
from export.forms import block
from hypothesis import given, settings
from hypothesis import strategies as st

from dissect.bulk import rare
from dissect.bulk.block import Block, block_of, gathered, united
from dissect.bulk.octets import Array
from dissect.bulk.rare import Aside, apart
from dissect.bulk.table import block_table
from dissect.bulk.transport import walked
from dissect.bulk.walk import Walk
from dissect.export import Format, Job, first_time, job
from dissect.export.columns import columns
from dissect.export.sheet import sheet
from dissect.packet import Frame

FILTERS = ("", "tcp", "not ip", "tcp.flags.syn == 1", "ip.src#2 or gre or vlan", "frame.len > 100", "ip.ttl == 250")
FORMATS: tuple[Format, ...] = ("text", "tsv", "csv", "ndjson", "parquet")
FIELDS = ("frame.number", "frame.protocols", "ip.src", "ipv6.dst", "tcp.flags.str", "udp.length", "ip.checksum.status")


def cut(whole: Block, most: int) -> list[Block]:
    """A block of one batch in several."""
    return [whole.take(np.arange(at, min(at + most, len(whole)))) for at in range(0, len(whole), most)]


def compare(work: Job, blocks: list[Block]) -> int:
    """Fails where the parts differ; gives how many packets were set aside."""
    started = first_time(blocks[0])
    drafts = [work.draft(each.first(len(each)), started) for each in blocks]
    counts = sum(len(draft.rare) for draft in drafts if draft.rare is not None)
    found = list(work.completed(drafts, started))
    for each, ours in zip(blocks, found, strict=True):
        each.aside = None
        expected = work(each, started)
        assert ours.count == expected.count
        if work.format != "parquet" or not ours.count:
            assert ours.data == expected.data or not ours.count
        else:
            assert _frame(ours.data).equals(_frame(expected.data))
    return counts


def _frame(data: bytes) -> pl.DataFrame:
    return pl.read_ipc_stream(io.BytesIO(data))


@pytest.fixture(autouse=True)
def _one_in_four(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rare, "PORTION", 4)
    monkeypatch.setattr(rare, "SHARE", 1)


@pytest.mark.parametrize("which", FORMATS)
@pytest.mark.parametrize("filter_", FILTERS)
def test_each_format_with_and_without_a_filter(which: Format, filter_: str) -> None:
    blocks = cut(block(batch_of(corpus())), 97)
    fields = NAMES if which == "parquet" and not filter_ else FIELDS
    count = compare(job(which, fields, filter_), blocks)
    assert count > 10 if filter_ != "frame.len > 100" else not count  # which no header is looked at for


@pytest.mark.parametrize("path", [*OURS, *PUBLIC], ids=lambda path: path.name)
def test_captures(path: Path) -> None:
    """Their lines and their columns, comments of packets and names of interfaces among them."""
    frames = opened(path)
    if frames is None:
        return
    fields = (
        "frame.number",
        "frame.comment",
        "frame.interface_name",
        "frame.protocols",
        "tcp.options.mss_val",
        "ip.dst",
    )
    with frames:
        for batch in gathered(frames.batches()):
            blocks = cut(block_of(batch).first(2000), 400)
            compare(job(), blocks)
            compare(job("ndjson", fields), blocks)


@settings(max_examples=60, deadline=None)
@given(st.lists(frame_strategy, min_size=1, max_size=30), st.integers(1, 30), st.sampled_from(["text", "csv"]))
def test_any_bytes_on_every_link(frames: list[Frame], most: int, which: Format) -> None:
    compare(job(which, FIELDS), cut(block(batch_of(frames)), most))


def test_what_is_taken_apart_is_the_same_packets() -> None:
    whole = block(batch_of(corpus()))
    rows = np.arange(0, len(whole), 3)
    pieces = [apart(each, np.flatnonzero(np.isin(each.index.number, rows + 1))) for each in cut(whole, 50)]
    again = united(pieces)
    assert len(again.octets.data) < len(whole.octets.data)
    names = [name for name in NAMES if name != "frame.protocols"]
    assert block_table(again, names).equals(block_table(whole.take(rows), names))


def test_no_more_is_put_off_than_memory_has_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = block(batch_of(corpus()))
    sizes = []
    for share in (1, 8, 64):
        monkeypatch.setattr(rare, "SHARE", share)
        whole.aside = Aside(whole.index)
        walked(whole)
        sizes.append(int(whole.index.size[whole.aside.rows()].sum()))
        assert sizes[-1] <= whole.index.size.sum() // share
    assert sizes[0] > sizes[1] > sizes[2] > 0


def test_only_rare_headers_are_left() -> None:
    """Nothing is said of a packet that was not left which the whole walk does not say."""
    whole = block(batch_of(corpus()))
    whole.aside = Aside(whole.index)
    some, aside = walked(whole), whole.aside.rows()
    whole.aside = None
    every = walked(whole)
    assert 0 < len(aside) < len(whole)
    kept = np.setdiff1d(np.arange(len(whole)), aside)

    assert _layers(some, kept) == _layers(every, kept)


def _layers(walk: Walk, rows: Array) -> list[tuple[str, int, int]]:
    """Header, packet and end of each layer of some packets."""
    found = []
    for visit in walk.visits:
        here = np.isin(visit.group.rows, rows)
        ends = zip(visit.group.rows[here].tolist(), visit.stop[here].tolist(), strict=True)
        found += [(visit.header.key, row, stop) for row, stop in ends]
    return sorted(found)


@pytest.mark.parametrize("most", [1, 2, 97, 5000])
def test_a_sheet_holds_what_the_columns_hold(most: int) -> None:
    """Of one packet, of a few, of all; a column without any value is left out."""
    fields = tuple(name for name in COLUMNS if name != "frame.comment#2")
    for each in cut(block(batch_of(corpus())), most)[:20]:
        expected = columns(each, fields)
        found = sheet(each, fields).frame()
        assert found.equals(expected.select(found.columns))
        missing = expected.drop(found.columns)
        assert missing.null_count().row(0) == (len(each),) * missing.width
