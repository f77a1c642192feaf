"""Files that are recorded: whole after every write, begun anew in time, refused in one sentence."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

import dissect
from dissect.bulk.live import of_blocks
from dissect.bulk.records import Records
from dissect.capture import open_frames
from dissect.capture.blocks import Counts, packet_block
from dissect.capture.recording import Reader, Recorder, RecordingError, Rotation
from dissect.capture.section import SECOND, Interface

VETH = Interface(1, 262_144, "veth0", SECOND)
HEAD = bytes.fromhex("0200000000020200000000010800")


def run(count: int, first: int = 0, interface: int = 0) -> Records:
    """Packets that carry their number, a second apart."""
    blocks = [packet_block(interface, (first + n) * SECOND + 7, HEAD + bytes([first + n])) for n in range(count)]
    return of_blocks(b"".join(blocks), [len(blocks[0]) * n for n in range(count)])


def numbers(path: Path) -> list[int]:
    with open_frames(str(path)) as frames:
        found = [frame.data[-1] for frame in frames]
        assert frames.warning is None
    return found


@pytest.mark.parametrize("name", ["x.pcapng", "x.pcap", "x"])
def test_whole_after_every_write(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    recorder = Recorder(str(path), [VETH], "udp")
    assert numbers(path) == []
    recorder.write(run(3))
    assert numbers(path) == [0, 1, 2]
    recorder.write(run(2, 3))
    recorder.flush()
    assert numbers(path) == [0, 1, 2, 3, 4]
    assert recorder.size == path.stat().st_size
    recorder.close([Counts(5, 2)])
    with dissect.open(str(path)) as capture:
        assert [packet.frame.time for packet in capture] == [n * SECOND + 7 for n in range(5)]
        assert {packet.frame.interface_name for packet in capture} == {"" if name.endswith(".pcap") else "veth0"}
        assert capture.warning is None


def test_a_new_file_after_so_many_packets(tmp_path: Path) -> None:
    recorder = Recorder(str(tmp_path / "x.pcapng"), [VETH], rotation=Rotation(packets=4))
    for first in (0, 3, 6):
        recorder.write(run(3, first))
    recorder.close([Counts(9, 0)])
    assert [numbers(path) for path in sorted(tmp_path.iterdir())] == [[0, 1, 2, 3], [4, 5, 6, 7], [8]]


def test_a_new_file_after_so_many_bytes_and_the_last_ones_kept(tmp_path: Path) -> None:
    recorder = Recorder(str(tmp_path / "x.pcap"), [VETH], rotation=Rotation(size=100, files=2))
    recorder.write(run(9))
    recorder.close()
    files = sorted(tmp_path.iterdir())
    assert [numbers(path) for path in files] == [[6, 7], [8]]
    assert all(path.stat().st_size <= 100 for path in files)


def test_a_packet_larger_than_a_file_may_be_has_one_of_its_own(tmp_path: Path) -> None:
    recorder = Recorder(str(tmp_path / "x.pcap"), [VETH], rotation=Rotation(size=10))
    recorder.write(run(3))
    recorder.close()
    assert [numbers(path) for path in sorted(tmp_path.iterdir())] == [[0], [1], [2]]


def test_enough(tmp_path: Path) -> None:
    """So many files, or so many bytes: nothing is written behind."""
    recorder = Recorder(str(tmp_path / "x.pcapng"), [VETH], rotation=Rotation(packets=2), most_files=2)
    recorder.write(run(9))
    assert recorder.full
    assert recorder.packets == 4
    recorder.close()
    assert [numbers(path) for path in sorted(tmp_path.iterdir())] == [[0, 1], [2, 3]]
    small = Recorder(str(tmp_path / "small.pcap"), [VETH], most_bytes=100)
    small.write(run(9))
    assert small.full
    small.close()
    assert numbers(tmp_path / "small.pcap") == [0, 1]


def test_after_so_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    recorder = Recorder(str(tmp_path / "x.pcapng"), [VETH], rotation=Rotation(seconds=5))
    recorder.write(run(1))
    now[0] = 105.0
    recorder.tick()
    recorder.write(run(2, 1))
    recorder.close()
    assert [numbers(path) for path in sorted(tmp_path.iterdir())] == [[0], [1, 2]]


@pytest.mark.parametrize(
    ("name", "more", "sentence"),
    [
        ("there.pcapng", {}, "there.pcapng is there already; give another name, or --force to replace it"),
        (".", {}, "is a directory; name a file in it"),
        ("nowhere/x.pcapng", {}, "cannot be written: No such file or directory"),
        ("x.pcap.gz", {}, "a capture is not compressed while it is recorded; leave out the last ending"),
        ("x.pcap", {"comment": "on a Monday"}, "a pcap file has no room for a comment; record to a .pcapng file"),
        ("x.pcap", {"interfaces": [VETH, Interface(276, 0, "any", SECOND)]}, "a pcap file holds one link type only"),
    ],
)
def test_refusals(tmp_path: Path, name: str, more: dict[str, Any], sentence: str) -> None:
    (tmp_path / "there.pcapng").write_text("precious")
    interfaces = more.pop("interfaces", [VETH])
    with pytest.raises(RecordingError) as refused:
        Recorder(str(tmp_path / name), interfaces, **more)
    assert sentence in str(refused.value)
    assert (tmp_path / "there.pcapng").read_text() == "precious"


def test_a_pipe_that_nobody_reads(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reading = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    recorder = Recorder(str(tmp_path / "pipe"), [VETH])
    recorder.write(run(1))
    os.close(reading)
    import signal

    before = signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    with pytest.raises(Reader):
        recorder.write(run(1))
    signal.signal(signal.SIGPIPE, before)
