"""Stream columns in tables, filters and commands."""

from __future__ import annotations

import json

import pytest
from cli.running import CAPTURES, program, run

import dissect
from dissect.filter import FilterError
from dissect.streams.columns import NAMES, conversation
from dissect.wire.registry import fields


def numbers(sample: str, filter: str) -> list[int]:  # noqa: A002
    with dissect.open(f"sample:{sample}") as capture:
        return capture.table(["frame.number"], filter)["frame.number"].to_list()


FILTERS = {
    "tcp.stream == 0 && tcp.seq == 513": [5, 14],
    "tcp.analysis.duplicate_ack_num == 3": [13],
    "tcp.analysis.duplicate_ack": [11, 12, 13, 15],
    "tcp.analysis.retransmission && !tcp.analysis.fast_retransmission": [],
    "tcp.analysis.flags": [11, 12, 13, 14, 15],
    "tcp.window_size > 60000 && tcp.flags.syn == 0": [3, 4, 5, 6, 7, 8, 9, 14, 17, 19],
    "tcp.time_delta >= 0.02": [2, 10, 16, 17, 18],
    "tcp.analysis.ack_rtt > 0.04 || tcp.analysis.bytes_in_flight == 3072": [9, 16],
    "tcp.ack == 3073 || tcp.nxtseq == 3074": [16, 17, 19],
    "tcp.completeness == 31 && frame.number < 2": [1],
    "tcp.analysis.duplicate_ack_frame == 10 && ip.ttl > 1": [11, 12, 13, 15],
}


@pytest.mark.parametrize("filter", FILTERS)
def test_filters(filter: str) -> None:  # noqa: A002
    assert numbers("fast-retransmit", filter) == FILTERS[filter]


@pytest.mark.parametrize(
    "filter", ["tcp.time_delta == soon", "tcp.seq == 4294967296", "tcp.time_delta == 1e3", "tcp.seq#2 == 1x"]
)
def test_wrong_values_are_refused(filter: str) -> None:  # noqa: A002
    with pytest.raises(FilterError):
        numbers("fast-retransmit", filter)


def test_negative_factors_and_spans() -> None:
    assert numbers("capture-midway", "tcp.window_size_scalefactor == -1") == [1, 2, 3, 4, 5]
    assert numbers("offload", "tcp.time_delta > -0.5") == numbers("offload", "tcp")


def test_all_names_are_fields_with_columns() -> None:
    assert set(NAMES) <= set(fields())
    with dissect.open("sample:lossy-sender") as capture:
        table = capture.table(["frame.number", *NAMES])
    assert len(table) == 70
    assert [name for name in NAMES if table[name].null_count() == len(table)] == [
        f"tcp.analysis.{name}"
        for name in (
            "retransmission", "spurious_retransmission", "lost_segment", "ack_lost_segment", "keep_alive",
            "keep_alive_ack", "zero_window", "zero_window_probe", "zero_window_probe_ack", "window_update", "window_full",
            "reused_ports", "rto", "rto_frame",
        )
        if name != "retransmission"
    ]  # fmt: skip


def test_other_layers_of_a_stream_are_refused() -> None:
    with dissect.open("sample:handshake") as capture, pytest.raises(KeyError, match="tcp.seq#2: no such field"):
        capture.table(["tcp.seq#2"])


def test_packets_of_other_protocols_are_null() -> None:
    with dissect.open("sample:udp") as capture:
        assert capture.table(["tcp.stream", "tcp.time_delta"]).null_count().row(0) == (2, 2)


def test_a_conversation_has_everything_of_one_stream() -> None:
    with dissect.open("sample:port-reuse") as capture:
        table = conversation(capture.frames, 1)
    assert table["frame.number"].to_list() == list(range(10, 19))
    assert table["tcp.seq"].to_list()[:3] == [0, 0, 1]
    assert table["second"].to_list()[:3] == [False, True, False]


def test_read_writes_them() -> None:
    result = run("read", "sample:fast-retransmit", "-e", "frame.number", "-e", "tcp.seq", "-e", "tcp.analysis.flags",
                 "-e", "tcp.time_delta", "-Y", "tcp.analysis.duplicate_ack_num >= 3")  # fmt: skip
    assert result.out.splitlines()[1:] == ["13\t1\t1\t0.000005000", "15\t1\t1\t0.000004000"]


def test_read_knows_them_on_a_pipe_and_in_several_captures() -> None:
    data = (CAPTURES / "fast-retransmit.pcap").read_bytes()
    piped = program("read", "-", "-e", "frame.number", "-Y", "tcp.analysis.fast_retransmission", stdin=data)
    assert (piped.returncode, piped.stdout.split()[1:]) == (0, [b"14"])
    two = run("read", "sample:fast-retransmit", "sample:handshake", "-e", "tcp.stream", "-Y", "tcp.seq == 0")
    assert sorted(two.out.split()[1:]) == ["0", "0", "1", "1"]


class TestStreams:
    """`dissect streams`."""

    def test_machine_formats_say_the_same(self) -> None:
        rows = [json.loads(line) for line in run("streams", "sample:port-reuse", "-T", "ndjson").out.splitlines()]
        assert [row["tcp.stream"] for row in rows] == [0, 1]
        assert rows[0]["state"] == "closed"
        assert rows[1]["noted"] == 1
        for separator, kind in (("\t", "tsv"), (",", "csv")):
            lines = run("streams", "sample:port-reuse", "-T", kind).out.splitlines()
            assert lines[0].split(separator) == list(rows[0])
            assert lines[2].split(separator) == ["" if cell is None else str(cell) for cell in rows[1].values()]

    def test_filters_choose_whole_connections(self) -> None:
        lines = run("streams", "sample:port-reuse", "-Y", "tcp.analysis.reused_ports", "-T", "csv").out.splitlines()
        assert len(lines) == 2
        assert lines[1].startswith("1,192.0.2.1,40000,192.0.2.2,8080,5,4,")

    def test_order(self) -> None:
        lines = run("streams", "sample:port-reuse", "-T", "tsv", "--sort", "data").out.splitlines()
        assert [line.split("\t")[0] for line in lines[1:]] == ["1", "0"]

    def test_wrong_usage(self) -> None:
        assert (
            run("streams", "sample:udp", "--sort", "size").code,
            run("streams", "sample:udp", "-Y", "tcp.sq").code,
        ) == (2, 2)

    def test_no_connections(self) -> None:
        result = run("streams", "sample:udp")
        assert (result.code, result.out) == (0, "")
        assert "holds no TCP connections" in result.err

    def test_a_damaged_capture_is_listed_as_far_as_it_goes(self) -> None:
        cut = (CAPTURES / "handshake.pcap").read_bytes()[:-5]
        result = program("streams", "-", stdin=cut)
        assert result.returncode == 3
        assert len(result.stdout.splitlines()) == 2
        assert b"the 9 packets before it are whole" in result.stderr
