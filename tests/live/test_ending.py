"""How a capture ends: within half a second, with its counts, and with a file that can be read."""

from __future__ import annotations

import os
import pty
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from live.wires import PROGRAM, Pair, environment

import dissect

SOON = 5.0  # half a second for people; room for a machine that has other things to do


def count(path: Path) -> int:
    with dissect.open(str(path)) as capture:
        found = len(list(capture.frames))
        assert capture.warning is None
    return found


@pytest.mark.parametrize("source", ["ring", "scapy", "dumpcap"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_signals_without_a_packet(wires: Pair, tmp_path: Path, source: str, number: signal.Signals) -> None:
    if source == "dumpcap" and shutil.which("dumpcap") is None:
        pytest.skip("dumpcap is not installed")
    out = tmp_path / "none.pcapng"
    with wires.live("--source", source, "-w", str(out), "-f", "tcp port 1") as capture:
        assert capture.stop(number) == 130
    assert capture.took < SOON
    assert capture.counts == (0, 0, 0)
    assert count(out) == 0


@pytest.mark.parametrize("source", ["ring", "scapy", "dumpcap"])
def test_after_so_many_packets(wires: Pair, tmp_path: Path, source: str) -> None:
    if source == "dumpcap" and shutil.which("dumpcap") is None:
        pytest.skip("dumpcap is not installed")
    out = tmp_path / "five.pcapng"
    with wires.live("--source", source, "-w", str(out), "-c", "5") as capture:
        wires.traffic(*["udp"] * 5)
        assert capture.wait() == 0
    assert capture.counts[0] == count(out) == 5


def test_after_so_long(wires: Pair, tmp_path: Path) -> None:
    before = time.monotonic()
    with wires.live("-w", str(tmp_path / "x.pcapng"), "-a", "duration:0.5") as capture:
        assert capture.wait() == 0
    assert time.monotonic() - before > 0.5


@pytest.mark.parametrize("source", ["ring", "scapy", "dumpcap"])
@pytest.mark.parametrize("end", ["down", "away"])
def test_the_interface_ends(wires: Pair, tmp_path: Path, source: str, end: str) -> None:
    """What came right before is not lost."""
    if source == "dumpcap" and shutil.which("dumpcap") is None:
        pytest.skip("dumpcap is not installed")
    out = tmp_path / "ended.pcapng"
    with wires.live("--source", source, "-w", str(out), "-f", "udp dst port 9") as capture:
        wires.traffic("udp")
        time.sleep(0.5 if source == "dumpcap" else 0)  # that keeps its last packets for itself
        wires.run(
            wires.b, "ip", "link", *(["set", wires.device, "down"] if end == "down" else ["delete", wires.device])
        )
        before = time.monotonic()
        assert capture.wait(before) == 3
    assert capture.took < SOON
    assert f"{wires.device} went {end}" in capture.said
    assert capture.counts[0] == count(out) == 3


def test_whole_at_any_moment_but_the_last(wires: Pair, tmp_path: Path) -> None:
    """What has come is in the file within a moment; a signal asks for it to be on the disk too."""
    out = tmp_path / "flushed.pcapng"
    with wires.live("-w", str(out), "-f", "udp dst port 9") as capture:
        wires.traffic("udp")
        time.sleep(0.3)
        assert count(out) == 3
        capture.process.send_signal(signal.SIGUSR1)
        wires.traffic("udp")
        time.sleep(0.3)
        assert count(out) == 6
        capture.stop(signal.SIGKILL)
    assert count(out) == 6


def test_a_stream_that_tshark_reads(wires: Pair, tmp_path: Path) -> None:
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    reading, writing = os.pipe()
    command = ["ip", "netns", "exec", wires.b, *PROGRAM, wires.device, "-w", "-", "-c", "6", "-f", "udp dst port 9"]
    writer = subprocess.Popen(command, stdout=writing, stderr=subprocess.PIPE, env=environment())
    os.close(writing)
    reader = subprocess.Popen(
        ["tshark", "-r", "-", "-T", "fields", "-e", "udp.length"], stdin=reading, stdout=subprocess.PIPE
    )
    os.close(reading)
    assert writer.stderr is not None
    assert b"capturing" in writer.stderr.readline()
    wires.traffic("udp", "udp")
    assert reader.communicate(timeout=30)[0].split() == [b"28"] * 6
    writer.communicate(timeout=5)


@pytest.mark.parametrize("words", [["-w", "-"], [], ["-e", "ip.src", "-T", "csv"]])
def test_a_reader_who_goes(wires: Pair, tmp_path: Path, words: list[str]) -> None:
    """As with `| head`: no traceback, no capture that goes on for nobody."""
    reading, writing = os.pipe()
    command = ["ip", "netns", "exec", wires.b, *PROGRAM, wires.device, *words]
    process = subprocess.Popen(command, stdout=writing, stderr=subprocess.PIPE, env=environment())
    os.close(writing)
    assert process.stderr is not None
    assert b"capturing" in process.stderr.readline()
    os.close(reading)
    wires.traffic("udp", "udp")
    time.sleep(0.3)
    wires.traffic("udp")
    _, said = process.communicate(timeout=10)
    assert process.returncode == 0
    assert b" captured, " in said
    assert b"Traceback" not in said


@pytest.mark.parametrize("words", [["-w", "-"], []])
def test_a_reader_who_sleeps(wires: Pair, words: list[str]) -> None:
    """A pipe that is full does not keep Ctrl-C from ending the capture."""
    reading, writing = os.pipe()
    command = ["ip", "netns", "exec", wires.b, *PROGRAM, wires.device, *words]
    process = subprocess.Popen(command, stdout=writing, stderr=subprocess.PIPE, env=environment())
    os.close(writing)
    assert process.stderr is not None
    assert b"capturing" in process.stderr.readline()
    wires.traffic("many")
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    before = time.monotonic()
    _, said = process.communicate(timeout=10)
    assert time.monotonic() - before < SOON
    assert process.returncode == 130
    assert b" captured, " in said
    os.close(reading)


def test_recording_goes_on_when_nobody_reads_the_list(wires: Pair, tmp_path: Path) -> None:
    """A terminal that was stopped: everything is recorded, what was not shown is counted."""
    out = tmp_path / "all.pcapng"
    reading, writing = os.pipe()
    command = [
        "ip",
        "netns",
        "exec",
        wires.b,
        *PROGRAM,
        wires.device,
        "-w",
        str(out),
        "-T",
        "text",
        "-f",
        "udp dst port 9",
    ]
    process = subprocess.Popen(command, stdout=writing, stderr=subprocess.PIPE, env=environment())
    os.close(writing)
    assert process.stderr is not None
    assert b"capturing" in process.stderr.readline()
    wires.traffic("many")
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=10)[1].decode()
    os.close(reading)
    assert "20,000 packets captured" in said
    assert "0 dropped by the kernel; 20,000 recorded" in said
    assert "not looked at, because the display could not keep up" in said
    assert count(out) == 20_000


def test_the_terminal_closes(wires: Pair, tmp_path: Path) -> None:
    """The kernel hangs up; what was recorded is whole."""
    out = tmp_path / "closed.pcapng"
    controller, terminal = pty.openpty()
    command = ["ip", "netns", "exec", wires.b, *PROGRAM, wires.device, "-w", str(out), "-f", "udp dst port 9"]
    process = subprocess.Popen(
        command, stdin=terminal, stdout=terminal, stderr=terminal, env=environment(), start_new_session=True,
        preexec_fn=lambda: __import__("fcntl").ioctl(0, __import__("termios").TIOCSCTTY, 0),
    )  # fmt: skip
    os.close(terminal)
    said = b""
    while b"capturing" not in said:
        said += os.read(controller, 4096)
    wires.traffic("udp")
    time.sleep(0.6)
    assert b"3 packets" in os.read(controller, 4096)  # the live line
    os.close(controller)
    before = time.monotonic()
    process.wait(timeout=10)
    assert time.monotonic() - before < SOON
    assert count(out) == 3


def test_a_full_disk(wires: Pair, tmp_path: Path) -> None:
    """One sentence, and a file that ends with a whole packet."""
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(small)], check=True)
    try:
        out = small / "full.pcapng"
        with wires.live("-w", str(out)) as capture:
            wires.traffic("many")
            assert capture.wait() == 2
        assert "the disk is full" in capture.said
        assert capture.said.count("\n") == 3
        assert count(out) > 100
        (small / "filler").write_bytes(bytes(65536 - out.stat().st_size & ~4095))
        process = wires.start(wires.b, *PROGRAM, wires.device, "-w", str(small / "none.pcapng"))
        assert b"none.pcapng: cannot be written on: the disk is full" in process.communicate(timeout=20)[1]
        assert not (small / "none.pcapng").exists()
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_memory_is_flat(wires: Pair, tmp_path: Path) -> None:
    """A minute stands for an hour elsewhere; here a few seconds tell whether packets are kept that should not be."""
    with wires.live("-w", str(tmp_path / "x.pcapng"), "-Y", "udp", "-T", "text") as capture:
        sizes = []
        for _ in range(4):
            wires.traffic("many")
            status = Path(f"/proc/{capture.process.pid}/status").read_text()
            sizes.append(int(next(line for line in status.splitlines() if line.startswith("RssAnon")).split()[1]))
        capture.process.kill()
    assert sizes[-1] < sizes[1] * 1.5 + 20_000
