"""`read`: filters, columns, formats, several captures, packets kept, outputs that fail, interruption."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from capture import building
from cli.running import PROGRAM, capture, environment, program, run

import dissect

HANDSHAKE = capture("handshake.pcap")
DATA = bytes.fromhex("020000000002020000000001080045000026000100004011f6c0c0000201c00002029c4023280012000000") + b"text"


def packets(path: str) -> list[tuple[bytes, int | None, int]]:
    with dissect.open(path) as found:
        return [(packet.frame.data, packet.frame.time, packet.frame.wire_length) for packet in found]


def numbers(*words: str) -> list[int]:
    """The packet numbers of a list."""
    result = run("read", *words)
    assert result.code == 0, result.err
    return [int(line.split()[0]) for line in result.out.splitlines()]


def test_a_filter_chooses_packets() -> None:
    assert numbers(HANDSHAKE, "-Y", "tcp.flags.syn == 1") == [1, 2]
    assert numbers(HANDSHAKE, "-Y", "tcp.len > 0") == [4, 5]
    assert numbers(HANDSHAKE, "-Y", "tcp.flags.syn == 1", "-c", "1") == [1]
    assert numbers(HANDSHAKE, "-Y", "udp") == []


def test_a_wrong_filter_is_underlined() -> None:
    result = run("read", HANDSHAKE, "-Y", "tcp.flags.sin == 1 && ip")
    assert (result.code, result.out) == (2, "")
    assert result.err.splitlines()[0].startswith("dissect: there is no field tcp.flags.sin; did you mean tcp.flags.syn")
    assert result.err.splitlines()[1:] == ["  tcp.flags.sin == 1 && ip", "  ^^^^^^^^^^^^^"]


def test_columns_of_text() -> None:
    fields = ("-e", "frame.number", "-e", "ip.src", "-e", "tcp.flags", "-e", "ipv6.src")
    lines = run("read", HANDSHAKE, *fields, "-c", "2").out.splitlines()
    assert lines == ["frame.number\tip.src\ttcp.flags\tipv6.src", "1\t192.0.2.1\t2\t", "2\t192.0.2.2\t18\t"]
    assert run("read", HANDSHAKE, *fields, "-c", "2", "-T", "csv").out.splitlines() == [
        line.replace("\t", ",") for line in lines
    ]


def test_columns_as_json_lines() -> None:
    lines = run("read", HANDSHAKE, "-T", "ndjson", "-e", "ip.ttl", "-e", "tcp.options.mss_val", "-c", "2").out
    first, second = map(json.loads, lines.splitlines())
    assert first == {"ip.ttl": 64, "tcp.options.mss_val": 1460}
    assert second["ip.ttl"] == 64


def test_an_unknown_field_is_refused_with_the_nearest() -> None:
    result = run("read", HANDSHAKE, "-e", "ip.tll")
    assert (result.code, result.out) == (2, "")
    assert result.err == "dissect: ip.tll: no such field; did you mean ip.ttl?\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-T", "text", "-e", "ip.ttl"], "-e goes with -T tsv, csv, ndjson or parquet"),
        (["-T", "parquet"], "name it with -o OUT.parquet"),
        (["-T", "tsv", "-w", "-"], "cannot both go to standard output"),
        (["-o", "none/here.tsv"], "there is no folder"),
        (["-w", "none/here.pcap"], "there is no folder"),
        (["-o", HANDSHAKE], "it is being read"),
        (["-w", HANDSHAKE], "it is being read"),
    ],
)
def test_requests_that_contradict_themselves(words: list[str], said: str) -> None:
    before = Path(HANDSHAKE).read_bytes()
    result = run("read", HANDSHAKE, *words)
    assert result.code == 2
    assert said in result.err
    assert result.err.count("\n") == 1
    assert Path(HANDSHAKE).read_bytes() == before


@pytest.mark.parametrize("ending", ["tsv", "csv", "ndjson", "jsonl", "parquet", "txt"])
def test_the_name_of_the_output_tells_the_format(ending: str, tmp_path: Path) -> None:
    out = tmp_path / f"out.{ending}"
    fields = [] if ending == "txt" else ["-e", "frame.number", "-e", "ip.src"]
    assert run("read", HANDSHAKE, *fields, "-o", str(out)) == (0, "", "")
    expected = {
        "frame.number": list(range(1, 11)),
        "ip.src": [packet["ip.src"].text for packet in dissect.open(HANDSHAKE)],
    }
    read = {
        "tsv": lambda: pl.read_csv(out, separator="\t"), "csv": lambda: pl.read_csv(out), "parquet": lambda: pl.read_parquet(out),
        "ndjson": lambda: pl.read_ndjson(out), "jsonl": lambda: pl.read_ndjson(out),
    }  # fmt: skip
    if ending == "txt":
        assert out.read_text() == run("read", HANDSHAKE).out
    else:
        assert read[ending]().to_dict(as_series=False) == expected
    assert os.listdir(tmp_path) == [out.name]


def test_several_captures_come_in_order_of_time(tmp_path: Path) -> None:
    first = building.write(
        tmp_path, building.pcap_header() + b"".join(building.record(DATA, s) for s in (1, 3, 5)), "a.pcap"
    )
    second = building.write(
        tmp_path, building.pcap_header() + b"".join(building.record(DATA, s) for s in (2, 3, 9)), "b.pcap"
    )
    lines = run("read", first, second).out.splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["1", "0.000000"], ["2", "1.000000"], ["3", "2.000000"], ["4", "2.000000"], ["5", "4.000000"], ["6", "8.000000"],
    ]  # fmt: skip
    assert numbers(first, second, "-Y", "frame.number in {2, 5}") == [2, 5]


@pytest.mark.parametrize("name", ["out.pcap", "out.pcapng"])
def test_packets_are_kept_as_they_are(name: str, tmp_path: Path) -> None:
    out = tmp_path / name
    result = run("read", HANDSHAKE, "-Y", "tcp.flags.syn == 1", "-w", str(out))
    assert result == (0, "", f"dissect: 2 packets kept in {out}\n")
    assert packets(str(out)) == packets(HANDSHAKE)[:2]
    assert run("read", HANDSHAKE, "-w", str(out), "-c", "3").code == 0
    assert packets(str(out)) == packets(HANDSHAKE)[:3]
    if name == "out.pcap":
        run("read", HANDSHAKE, "-w", str(out))
        assert out.read_bytes() == Path(HANDSHAKE).read_bytes()


def test_packets_of_several_captures_are_kept_in_order_of_time(tmp_path: Path) -> None:
    out = tmp_path / "both.pcapng"
    other = capture("handshake-v6.pcap")
    assert run("read", HANDSHAKE, other, "-w", str(out)).code == 0
    assert sorted(packets(str(out)), key=str) == sorted(packets(HANDSHAKE) + packets(other), key=str)
    times = [time for _, time, _ in packets(str(out))]
    assert times == sorted(times)


def test_columns_and_packets_in_one_go(tmp_path: Path) -> None:
    out = tmp_path / "out.pcap"
    result = run("read", HANDSHAKE, "-Y", "tcp.len > 0", "-e", "frame.number", "-w", str(out))
    assert result.out == "frame.number\n4\n5\n"
    assert packets(str(out)) == packets(HANDSHAKE)[3:5]


@pytest.mark.parametrize("times", ["relative", "delta", "epoch", "utc", "local"])
def test_times_of_lines_do_not_depend_on_how_many_are_made_at_once(times: str) -> None:
    alone = run("read", HANDSHAKE, "-t", times, TZ="Asia/Shanghai").out
    together = run("read", HANDSHAKE, "-t", times, "-Y", "frame", TZ="Asia/Shanghai").out
    assert alone == together
    column = {"relative": 1, "delta": 1, "epoch": 1, "utc": 2, "local": 2}[times]
    assert len({line.split()[column] for line in alone.splitlines()}) > 5


def test_a_full_disk_is_one_sentence() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with open("/dev/full", "wb") as full:
        for words in (["-T", "tsv"], []):
            done = subprocess.run(
                [*PROGRAM, "read", HANDSHAKE, *words],
                stdout=full,
                stderr=subprocess.PIPE,
                env=environment(),
                check=False,
                timeout=30,
            )
            assert done.returncode == 2, done.stderr
            assert done.stderr.decode().count("\n") == 1
            assert b"standard output: cannot be written: the disk is full" in done.stderr


def test_a_closed_pipe_ends_it(tmp_path: Path) -> None:
    path = building.write(tmp_path, building.pcap_header() + building.record(DATA, 1) * 400_000)
    with subprocess.Popen(
        [*PROGRAM, "read", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().split()[0] == b"1"
        process.stdout.close()
        assert process.wait(20) in (-signal.SIGPIPE, 0)
        assert process.stderr.read() == b""


@pytest.mark.parametrize("words", [[], ["-T", "tsv"], ["-w", "out.pcapng"], ["-o", "out.csv"]])
def test_an_interruption_leaves_what_was_done(words: list[str], tmp_path: Path) -> None:
    """The capture comes through a pipe that stays open: the reader waits when it is interrupted."""
    with subprocess.Popen(
        [*PROGRAM, "read", "-", *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(),
        cwd=tmp_path,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        process.stdin.write(building.pcap_header() + building.record(DATA, 1) * 3)
        process.stdin.flush()
        time.sleep(2)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 130, err
    assert b"Traceback" not in err
    lines = out.decode().splitlines()
    if words[:1] == ["-w"]:
        assert len(packets(str(tmp_path / "out.pcapng"))) == 3
    elif words[:1] == ["-o"]:
        assert len((tmp_path / "out.csv").read_text().splitlines()) == 4
    else:
        assert len(lines) == 3 + bool(words)


def test_packets_of_a_pipe_are_listed_as_they_come() -> None:
    with subprocess.Popen(
        [*PROGRAM, "read", "-", "-T", "tsv", "-e", "frame.number"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment()
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(building.pcap_header())
        for number in range(1, 4):
            process.stdin.write(building.record(DATA, number))
            process.stdin.flush()
            if number == 1:
                assert process.stdout.readline() == b"frame.number\n"
            assert process.stdout.readline() == b"%d\n" % number
        process.stdin.close()
        assert process.wait(20) == 0


def test_large_captures_are_listed_alike(tmp_path: Path) -> None:
    """More than one process works on this one; the first lines are made packet by packet."""
    count = 250_000
    body = b"".join(building.record(DATA + bytes(number % 7), number // 1000, number % 1000) for number in range(count))
    path = building.write(tmp_path, building.pcap_header() + body)
    lines = program("read", path).stdout.decode().splitlines()
    assert len(lines) == count
    assert [int(line.split()[0]) for line in lines] == list(range(1, count + 1))
    assert lines[70].split(maxsplit=2)[1:] == ["0.000070", lines[0].split(maxsplit=2)[2]]
    fewer = program("read", path, "-c", "100000", "-T", "tsv", "-e", "frame.number").stdout.decode().splitlines()
    assert fewer == ["frame.number", *map(str, range(1, 100_001))]


def test_a_connection_beside_tunnels() -> None:
    """A packet belongs to one connection, however many IP headers it has."""
    lines = run("read", capture("ip-in-ip.pcap"), "-T", "tsv", "-e", "tcp.stream", "-e", "ip.proto").out.splitlines()
    assert any("," in line.split("\t")[1] for line in lines[1:])
    assert not any("," in line.split("\t")[0] for line in lines[1:])


LONG = 20 << 20
"""Bytes of a capture that several processes read."""


def long_capture(folder: Path) -> str:
    return building.write(
        folder, building.pcap_header() + building.record(DATA * 9, 1) * (LONG // (9 * len(DATA) + 16))
    )


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A file system with room for 256 KiB."""
    folder = tmp_path_factory.mktemp("full")
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("name", ["o.txt", "o.tsv", "o.csv", "o.ndjson", "o.parquet", "k.pcap", "k.pcapng"])
def test_a_full_disk_leaves_nothing_under_the_name(name: str, full: Path, tmp_path: Path) -> None:
    path, out = long_capture(tmp_path), full / name
    addresses = tmp_path / "many.pcap"
    if name == "o.parquet":  # compressed, only different values fill a disk
        body = (building.record(DATA[:30] + os.urandom(8) + DATA[38:], 1) for _ in range(60_000))
        addresses.write_bytes(building.pcap_header() + b"".join(body))
        path = str(addresses)
    done = program("read", path, "-w" if name.startswith("k") else "-o", str(out))
    assert done.returncode == 2
    assert done.stderr.decode() == f"dissect: {out}: cannot be written: the disk is full\n"
    assert os.listdir(full) == []


def test_as_many_packets_are_kept_as_are_shown(tmp_path: Path) -> None:
    out = str(tmp_path / "out.pcapng")
    assert run("read", HANDSHAKE, "-c", "2", "-T", "tsv", "-e", "frame.number", "-w", out).out == "frame.number\n1\n2\n"
    assert packets(out) == packets(HANDSHAKE)[:2]
    other = capture("handshake-v6.pcap")
    assert (
        len(run("read", HANDSHAKE, other, "-Y", "tcp.len > 0", "-c", "1", "-T", "text", "-w", out).out.splitlines())
        == 1
    )
    assert len(packets(out)) == 1


def test_relative_times_count_from_the_first_packet_of_all(tmp_path: Path) -> None:
    alone = run("read", HANDSHAKE, "-Y", "tcp.len > 0").out
    assert alone == run("read", HANDSHAKE, "-Y", "tcp.len > 0", "-T", "text", "-w", str(tmp_path / "out.pcap")).out
    assert alone.split()[1] != "0.000000"


@pytest.mark.parametrize("option", ["-o", "-w"])
def test_an_output_needs_a_name(option: str) -> None:
    result = run("read", HANDSHAKE, option, "")
    assert (result.code, result.out) == (2, "")
    assert "its name is empty" in result.err


@pytest.mark.parametrize("format_", ["tsv", "csv", "ndjson"])
def test_older_names_are_columns(format_: str) -> None:
    out = run("read", HANDSHAKE, "-T", format_, "-e", "tcp.flags.ns", "-e", "ip.ttl", "-c", "1").out
    assert (
        out.splitlines()
        == {
            "tsv": ["tcp.flags.ns\tip.ttl", "0\t64"],
            "csv": ["tcp.flags.ns,ip.ttl", "0,64"],
            "ndjson": ['{"tcp.flags.ns":0,"ip.ttl":64}'],
        }[format_]
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ip.addr", "it stands for ip.src and ip.dst"),
        ("tcp.payload", "filters know it"),
        ("tcp", "filters know it"),
        ("IP.SRC", "ip.src?"),
    ],
)
def test_what_only_filters_know(name: str, said: str) -> None:
    result = run("read", HANDSHAKE, "-e", name)
    assert (result.code, result.out) == (2, "")
    assert said in result.err


@pytest.mark.parametrize(("where", "read"), [("pipe", True), ("file", False), ("nowhere", False)])
def test_only_what_goes_through_a_pipe_is_read_as_it_is_written(where: str, read: bool, tmp_path: Path) -> None:
    said = "import sys; from dissect.cli.output import read_as_written; print(read_as_written(), file=sys.stderr)"
    with (tmp_path / "out" if where == "file" else Path(os.devnull)).open("w") as file:
        out = subprocess.PIPE if where == "pipe" else file
        done = subprocess.run(
            [sys.executable, "-c", said], stdout=out, stderr=subprocess.PIPE, text=True, check=True, env=environment()
        )
    assert done.stderr == f"{read}\n"
