"""`Capture.table`, batches put together, file formats, text."""

from __future__ import annotations

import pickle
import random
from ipaddress import IPv4Address
from pathlib import Path

import polars as pl
import pytest
from bulk.comparing import NAMES, batch_of, compare
from bulk.test_agreement import corpus
from capture.building import both_formats, enhanced, in_memory, interface, old, option, piped, section, simple, write

import dissect
from dissect.bulk import stretches
from dissect.bulk.block import Block, block_of, gathered
from dissect.bulk.condition import condition
from dissect.bulk.table import block_table, chosen, tables
from dissect.bulk.text import readable
from dissect.bulk.walk import Walk
from dissect.capture import open_frames, window
from dissect.decoding import decode_frame
from dissect.render.document import epoch

FRAME = ("frame.number", "frame.time_epoch", "frame.len", "frame.cap_len", "frame.interface_id", "frame.interface_name")


def test_a_table_of_a_capture() -> None:
    with dissect.open("sample:handshake") as capture:
        table = capture.table(["frame.number", "ip.src", "tcp.flags.syn", "tcp.checksum.status"])
        assert table.columns == ["frame.number", "ip.src", "tcp.flags.syn", "tcp.checksum.status"]
        assert table["frame.number"].to_list() == list(range(1, len(capture) + 1))
        assert table["tcp.flags.syn"].to_list()[:3] == [1, 1, 0]


def test_a_condition_may_use_other_columns() -> None:
    with dissect.open("sample:handshake") as capture:
        table = capture.table(["frame.number"], pl.col("tcp.flags.syn") == 1)
        assert table.to_dict(as_series=False) == {"frame.number": [1, 2]}


def test_a_query_decodes_what_it_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def noting(block: Block, fields: list[str], walk: Walk | None = None) -> pl.DataFrame:
        asked.append([*fields])
        return block_table(block, fields, walk)

    monkeypatch.setattr("dissect.bulk.lazy.block_table", noting)
    with dissect.open("sample:handshake") as capture:
        lazy = capture.scan()
        for _ in range(2):
            found = lazy.filter(pl.col("tcp.flags.syn") == 1).select("frame.number", "ip.ttl").collect()
            assert found.rows() == [(1, 64), (2, 64)]
        assert asked == [["frame.number", "ip.ttl", "tcp.flags.syn"]] * 2
        assert lazy.select("ip.len").head(3).collect()["ip.len"].to_list() == [60, 60, 52]
        counts = lazy.group_by("ip.src").agg(pl.len()).sort("ip.src").collect()
        assert counts["len"].to_list() == [6, 4]
        assert "eth:ip:tcp" in capture._repr_html_()


def test_the_inner_packet_of_a_tunnel() -> None:
    with dissect.open("sample:ip-in-ip") as capture:
        row = readable(capture.table(["ip.src", "ip.src#2", "ip.src#*", "ip.src#3"])).row(0, named=True)
        first, second = [value.text for value in capture[0].all("ip.src")]
        assert row == {"ip.src": first, "ip.src#2": second, "ip.src#*": [first, second], "ip.src#3": None}


@pytest.mark.parametrize(
    ("name", "near"), [("tcp.flag.sin", "tcp.flags.syn"), ("ip.sorce", ""), ("ip.src#x", "ip.src"), ("ip.src#0", "")]
)
def test_an_unknown_field_names_the_nearest(name: str, near: str) -> None:
    with dissect.open("sample:handshake") as capture, pytest.raises(KeyError, match=f"no such field.*{near}"):
        capture.table(["ip.dst", name])


def test_an_older_name_is_kept() -> None:
    with dissect.open("sample:handshake") as capture:
        table = capture.table(["tcp.flags.ns", "ip.flags.sf"])
        assert table.columns == ["tcp.flags.ns", "ip.flags.sf"]


def test_an_empty_capture_has_columns_with_types() -> None:
    with dissect.open("sample:pcap-empty") as capture:
        table = capture.table(["ip.ttl", "tcp.checksum.status", "tcp.options.sack_le"])
        assert len(table) == 0
        assert table.dtypes[0] == pl.UInt8()
        assert isinstance(table.dtypes[2], pl.List)


def test_types_do_not_depend_on_the_packets() -> None:
    names = [
        "ip.src",
        "ipv6.src",
        "tcp.options.sack_le",
        "tcp.flags.str",
        "ip.checksum.status",
        "eth.src",
        "mpls.label",
    ]
    types = {
        str(dissect.open(f"sample:{name}").table(names).schema)
        for name in ("pcap-empty", "handshake", "handshake-v6", "tcp-options", "mpls", "udp", "arp", "duplicate-sack")
    }
    assert len(types) == 1


@pytest.mark.parametrize("which", [0, 1])
def test_batches_put_together_are_the_same_packets(which: int) -> None:
    with in_memory(both_formats(3000)[which]) as frames:
        whole = pl.concat(tables(frames, FRAME))
        apart = list(gathered(frames.batches(), patient=False))
        joined = list(gathered(frames.batches()))
        assert len(joined) < len(apart)
        for batch in joined:
            compare(batch, FRAME)
        expected = [
            (f.number, f.time, f.wire_length, len(f.data), f.interface, f.interface_name or None) for f in frames
        ]
        assert whole.rows() == expected


@pytest.mark.parametrize("order", ["<", ">"])
def test_every_block_of_pcapng(order: str) -> None:
    endian = "little" if order == "<" else "big"
    flags = option(2, (4 << 5).to_bytes(4, endian), order)
    other = option(13, b"\x02", order) + option(9, b"\x8a", order) + option(14, (7).to_bytes(8, endian), order)
    none = option(2, bytes(4), order)
    blocks = [
        section(order), interface(1, 60, option(2, b"eth0", order) + option(9, b"\x09", order), order),
        interface(101, 0, other, order),
        enhanced(bytes(70), 2**40 + 1, 0, order, options=flags), enhanced(bytes(64), 2**40, 1, order, options=none),
        simple(bytes(40), order=order), simple(bytes(60), 100, order), old(bytes(50), 2**33, 1, order, options=flags),
        enhanced(bytes(64), 5, 1, order, options=b"".join(option(1, b"%d" % n, order) for n in range(40)) + flags),
        enhanced(bytes(64), 2**64 - 1, 0, order),
    ]  # fmt: skip
    with in_memory(b"".join(blocks)) as frames:
        batches = list(frames.batches())
        assert frames.warning is None
        for batch in batches:
            kept = [number for number in range(1, batch.stop) if (batch.frame(number).time or 0) < 2**63]
            assert len(kept) == 6
            batch.starts = [batch.starts[number - 1] for number in kept]
            compare(batch)


def test_a_time_that_64_bits_cannot_hold_is_absent() -> None:
    with in_memory(section() + interface() + enhanced(bytes(60), 2**64 - 1) + enhanced(bytes(60), 7)) as frames:
        assert next(tables(frames, ["frame.time_epoch"]))["frame.time_epoch"].to_list() == [None, 7000]


def test_packets_of_a_pipe_come_as_they_arrive(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    writer = piped(monkeypatch)
    data = both_formats(2)[0]
    os.write(writer, data)
    with dissect.open("-") as capture:
        assert len(next(tables(capture.frames, ["frame.number"]))) == 2
        os.close(writer)


def test_readable_text_is_that_of_one_packet() -> None:
    names = ["ip.src", "ipv6.dst", "eth.dst", "frame.time_epoch", "ip.rec_rt", "tcp.options.md5.digest"]
    for path in sorted((Path(__file__).resolve().parents[2] / "captures").glob("*v[46]*.pcap")):
        with dissect.open(str(path)) as capture:
            table = readable(capture.table(names))
            for row, frame in zip(table.rows(named=True), capture.frames, strict=True):
                packet = decode_frame(frame)
                assert str(row["frame.time_epoch"]) == epoch(frame.time or 0)
                for name in ("ip.src", "ipv6.dst", "eth.dst", "tcp.options.md5.digest"):
                    assert row[name] == (packet[name].text if name in packet else None)
                assert row["ip.rec_rt"] == ([value.text for value in packet.all("ip.rec_rt")] or None)


@pytest.mark.parametrize("which", [0, 1])
def test_stretches_can_be_decoded_anywhere(which: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Path, mark and fields are all that another machine needs."""
    monkeypatch.setattr(window, "CHUNK", 5000)
    path = write(tmp_path, both_formats(3000)[which])
    with open_frames(path) as frames:
        sent = [pickle.dumps(mark) for mark in stretches.marks(frames, 5000)]
    assert len(sent) > 3
    parts = []
    for each in reversed(sent):
        with open_frames(path) as frames:
            parts.append(block_table(stretches.block_from(frames, pickle.loads(each), 5000), FRAME))
    with dissect.open(path) as capture:
        assert pl.concat(reversed(parts)).equals(capture.table(FRAME))


@pytest.mark.parametrize("text", ["tcp", "udp", "ip", "ipv6", "tcp or udp"])
def test_packets_of_which_each_has_a_header_keep_their_columns(text: str) -> None:
    """Whether everybody has a value or only some, it stands in the row of its packet."""
    whole = block_of(next(gathered([batch_of(corpus())])))
    some = chosen(whole, condition(text))
    rows = some.index.number - 1
    assert 10 < len(rows) < len(whole)
    names = [name for name in NAMES if name != "frame.protocols"]
    assert block_table(some, names).equals(block_table(whole, names)[rows])


@pytest.mark.parametrize("name", ["tcp.srcport", "ip.src", "udp.length", "frame.len"])
def test_other_fields_take_no_layer_from_the_protocols(name: str) -> None:
    whole = block_of(next(gathered([batch_of(corpus())])))
    expected = block_table(whole, ["frame.protocols"])["frame.protocols"]
    assert "eth:arp" in expected.to_list()
    assert block_table(whole, [name, "frame.protocols"])["frame.protocols"].equals(expected)
    found = chosen(whole, condition(f'frame.protocols contains "arp" and ({name} or not {name})'))
    arps = [number for number, text in enumerate(expected.to_list(), 1) if text is not None and "arp" in text]
    assert found.index.number.tolist() == arps


@pytest.mark.parametrize("count", [1, 4095, 4096, 9000])
def test_many_addresses_are_written_as_few(count: int) -> None:
    chance = random.Random(count)
    values = [chance.choice([None, 0, 0xFFFFFFFF, chance.getrandbits(32)]) for _ in range(count)]
    found = readable(pl.DataFrame([pl.Series("ip.src", values, dtype=pl.UInt32)]))["ip.src"]
    assert found.to_list() == [None if value is None else str(IPv4Address(value)) for value in values]
