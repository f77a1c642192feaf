"""What is seen of a live capture: the list, columns, filters, tables; and every refusal in one sentence."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest
from live.wires import PROGRAM, Pair, environment

ONLY = ("-f", "udp dst port 9 and len < 100")


def shown(wires: Pair, *words: str, kinds: tuple[str, ...] = ("udp",)) -> tuple[list[str], str]:
    with wires.live(*words) as capture:
        wires.traffic(*kinds)
        time.sleep(0.3)
        capture.stop()
    return capture.out.decode().splitlines(), capture.said


def test_the_list(wires: Pair) -> None:
    lines, said = shown(wires, *ONLY)
    assert len(lines) == 3
    assert all("10.77.0.1 → 10.77.0.2 UDP 62 " in line and line.endswith("→ 9 len=28") for line in lines)
    assert lines[0].split()[:2] == ["1", "0.000000"]
    assert "3 packets captured, 3 shown, 0 dropped by the kernel" in said


@pytest.mark.parametrize("source", ["ring", "scapy", "dumpcap"])
def test_a_packet_is_seen_while_the_capture_goes_on(wires: Pair, source: str) -> None:
    """How soon is measured elsewhere: here the machine has other things to do."""
    with wires.live(*ONLY, "--source", source) as capture:
        assert capture.process.stdout is not None
        wires.traffic("udp")
        poll = select.poll()
        poll.register(capture.process.stdout, select.POLLIN)
        assert poll.poll(10_000)
        capture.stop()


@pytest.mark.parametrize(("form", "reading"), [("tsv", "\t"), ("csv", ",")])
def test_columns(wires: Pair, form: str, reading: str) -> None:
    lines, _ = shown(wires, *ONLY, "-T", form, "-e", "frame.number", "-e", "ip.src", "-e", "udp.length")
    assert [line.split(reading) for line in lines] == [
        ["frame.number", "ip.src", "udp.length"], *([str(number), "10.77.0.1", "28"] for number in (1, 2, 3)),
    ]  # fmt: skip


def test_json_lines(wires: Pair) -> None:
    lines, _ = shown(wires, *ONLY, "-T", "ndjson", "-e", "udp.dstport", "-e", "tcp.dstport")
    assert [json.loads(line)["udp.dstport"] for line in lines] == [9, 9, 9]


def test_a_display_filter_chooses_what_is_shown_not_what_is_recorded(wires: Pair, tmp_path: Path) -> None:
    out = tmp_path / "all.pcapng"
    lines, said = shown(
        wires, "-f", "udp dst port 9 or icmp", "-Y", "icmp.type == 8", "-w", str(out), kinds=("udp", "echo")
    )
    assert len(lines) == 3
    assert "ICMP" in lines[0]
    assert ", 3 shown," in said
    captured = int(said.split(" packets captured")[0].split()[-1])
    assert captured >= 9
    assert f"{captured} recorded" in said


@pytest.mark.parametrize("source", ["ring", "scapy", "dumpcap"])
def test_so_many_that_match(wires: Pair, source: str) -> None:
    with wires.live("-Y", "icmp.type == 8", "-c", "2", "--source", source) as capture:
        wires.traffic("udp", "echo")
        assert capture.wait() == 0
    assert len(capture.out.splitlines()) == 2


def test_tables(wires: Pair) -> None:
    lines, _ = shown(wires, *ONLY, "--stats")
    text = "\n".join(lines)
    assert "3 packets" in text
    for title in ("protocols", "top talkers", "TCP flags", "checksums", "findings"):
        assert title in text
    assert "10.77.0.1 → 10.77.0.2         3   186 bytes" in text
    assert "udp partial   3" in text


def test_recording_alone_shows_a_live_line(wires: Pair, tmp_path: Path) -> None:
    controller, terminal = pty.openpty()
    command = [
        "ip",
        "netns",
        "exec",
        wires.b,
        *PROGRAM,
        wires.device,
        "-w",
        str(tmp_path / "x.pcapng"),
        "-a",
        "duration:1.5",
        *ONLY,
    ]
    process = subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal, env=environment())
    os.close(terminal)
    said = b""
    while b"capturing" not in said:
        said += os.read(controller, 4096)
    wires.traffic("udp")
    with contextlib.suppress(OSError):  # what reading a terminal gives that nobody has open any more
        while more := os.read(controller, 4096):
            said += more
    process.wait(timeout=20)
    os.close(controller)
    text = said.decode()
    assert "\r3 packets · " in text
    for word in ("/s · 3 kept · 0 dropped by kernel · ", "bytes"):
        assert word in text
    assert text.rstrip().endswith("3 recorded in " + str(tmp_path / "x.pcapng"))


REFUSED = [
    (["nosuch"], "there is no interface 'nosuch'; `dissect interfaces` lists those that there are"),
    (["@", "-f", "tcp prot 80"], "the capture filter 'tcp prot 80' is refused by libpcap: can't parse filter expression: syntax error"),
    (["@", "--source", "scapy", "-f", "tcp prot 80"], "the capture filter 'tcp prot 80' is refused by libpcap: "),
    (["@", "--source", "dumpcap", "-f", "tcp prot 80"], "the capture filter 'tcp prot 80' is refused by libpcap: "),
    (["@", "-Y", "tcp.flag.syn == 1"], "there is no field tcp.flag.syn; did you mean tcp.flags.syn"),
    (["@", "-T", "csv", "-e", "ip.srcc"], "ip.srcc: no such field; did you mean ip.src?"),
    (["@", "-a", "foo:3"], "-a 'foo:3': give one of duration:N, filesize:N, files:N, packets:N, N being more than 0"),
    (["@", "-b", "packets:3"], "-b begins new files: name them with -w"),
    (["@", "-w", "-", "-T", "text"], "-w - puts the packets on standard output, where nothing else can be"),
    (["@", "-w", "/nowhere/x.pcapng"], "/nowhere/x.pcapng: cannot be written: No such file or directory"),
    (["@", "any", "-w", "x.pcap"], "x.pcap: a pcap file holds one link type only; record to a .pcapng file"),
    (["@", "--segments"], "--segments makes notes in a pcapng file: name one with -w"),
    (["@", "--segments", "-w", "x.pcap"], "--segments makes notes in a pcapng file: name one with -w"),
    (["any", "--segments", "-w", "x.pcapng"], "the kernel does not tell sizes of segments for any: leave out --segments"),
    (["@", "--segments", "-w", "x.pcapng", "--source", "scapy"], "--segments is for the kernel's ring: scapy does not tell how long segments are"),
    (["@", "-w", "/dev/full"], "/dev/full: cannot be written on: the disk is full"),
    (["@", "-w", "/"], "/ is a directory; name a file in it"),
    (["any", "--source", "scapy"], "scapy captures on one interface each: name them, or take --source ring for all"),
    (["nosuch", "--source", "dumpcap"], "dumpcap says: There is no device named \"nosuch\"."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "sentence"), REFUSED, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_refusals(wires: Pair, words: list[str], sentence: str) -> None:
    words = [wires.device if word == "@" else word for word in words]
    process = wires.start(wires.b, *PROGRAM, *words)
    out, said = process.communicate(timeout=30)
    assert process.returncode == 2
    assert sentence in said.decode()
    assert "Traceback" not in said.decode()
    assert not out


def test_an_interface_that_is_down(wires: Pair) -> None:
    wires.run(wires.b, "ip", "link", "set", wires.device, "down")
    process = wires.start(wires.b, *PROGRAM, wires.device)
    said = process.communicate(timeout=30)[1].decode()
    assert process.returncode == 2
    assert said == f"dissect: {wires.device} is down; `sudo ip link set {wires.device} up` brings it up\n"


def test_a_file_that_is_there_is_not_replaced_unasked(wires: Pair, tmp_path: Path) -> None:
    out = tmp_path / "there.pcapng"
    out.write_text("precious")
    process = wires.start(wires.b, *PROGRAM, wires.device, "-w", str(out))
    said = process.communicate(timeout=30)[1].decode()
    assert process.returncode == 2
    assert said == f"dissect: {out} is there already; give another name, or --force to replace it\n"
    assert out.read_text() == "precious"
    with wires.live("-w", str(out), "--force") as capture:
        capture.stop()
    assert out.read_bytes().startswith(b"\x0a\x0d\x0d\x0a")


def test_without_libpcap(wires: Pair) -> None:
    code = (
        "import ctypes.util, sys; ctypes.util.find_library = lambda name: None; "
        f"sys.argv = ['dissect', 'live', '{wires.device}', '-f', 'udp']; from dissect.__main__ import main; main()"
    )
    process = wires.start(wires.b, sys.executable, "-c", code)
    said = process.communicate(timeout=30)[1].decode()
    assert process.returncode == 2
    assert said.startswith(
        "dissect: capture filters are compiled by libpcap, which is not installed: `sudo apt install libpcap0.8`"
    )
    assert said.count("\n") == 1


def test_interfaces(wires: Pair) -> None:
    lines = wires.run(wires.b, sys.executable, "-m", "dissect", "interfaces").splitlines()
    assert lines[0].split() == ["interface", "state", "link", "type", "may", "you?", "addresses"]
    row = next(line for line in lines if line.startswith(wires.device))
    assert row.split() == [wires.device, "up", "Ethernet", "yes", "10.77.0.2/24"]
    assert "fd77::2/64" in lines[lines.index(row) + 1]
    assert lines[-1].split() == ["any", "up", "cooked", "yes"]
