"""How live capture keeps up, between two namespaces of its own; needs root, tcpreplay and tcpdump.

Without options `dissect live -w` and `tcpdump -w` record the same packets in turn, sent by `tcpreplay --topspeed`:
packets lost, and processor time of the whole process, start-up included. With `--minutes` a steady load
runs for so long past a list that also records and a `--stats` that also records: memory, minute by minute.
"""

from __future__ import annotations

import argparse
import os
import pty
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from capture.building import pcap_header, record
from live.wires import PROGRAM, Pair, environment, pair, permitted

RUNS = 3
SIZES = (66, 66, 66, 74, 120, 300, 590, 1514, 1514)  # of a busy host: acknowledgments, requests, data
ONCE = 100_000  # packets of the file that is sent again and again
RATE = 3000  # packets a second of the steady load
WATCHED = {"list": ("-T", "text"), "stats": ("--stats",)}


def main(arguments: list[str]) -> int:
    """One of the two measurements."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench live", description=__doc__)
    parser.add_argument("--packets", type=int, default=800_000, help="how many are sent at top speed")
    parser.add_argument("--minutes", type=float, default=0, help="measure memory under a steady load for so long")
    chosen = parser.parse_args(arguments)
    missing = [name for name in ("ip", "tcpreplay", "tcpdump") if shutil.which(name) is None]
    if missing or not permitted():
        print(f"bench: not installed: {', '.join(missing)}" if missing else "bench: this takes root", file=sys.stderr)
        return 2
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None) as folder, pair() as wires:
        if chosen.minutes:
            steady(wires, Path(folder), chosen.minutes)
        else:
            top_speed(wires, Path(folder), chosen.packets)
    return 0


def build(path: Path, count: int) -> int:
    """A capture of UDP packets of these sizes, to many addresses and ports; returns their average."""
    head = bytes.fromhex("020000000002020000000001080045000000000100004011" + "0000" + "0a4d0001")
    with path.open("wb") as file:
        file.write(pcap_header())
        for number in range(count):
            size = SIZES[number % len(SIZES)]
            to = (0x0A4E0000 + number).to_bytes(4, "big") + (number % 50_000).to_bytes(2, "big")
            data = head[:16] + (size - 14).to_bytes(2, "big") + head[18:] + to + (9).to_bytes(2, "big")
            data += (size - 34).to_bytes(2, "big")
            file.write(record(data + bytes(size - len(data)), 1_700_000_000 + number // 1_000_000, number % 1_000_000))
    return sum(SIZES) // len(SIZES)


def top_speed(wires: Pair, folder: Path, count: int) -> None:
    """`dissect live -w` and `tcpdump -w` by turns."""
    sent = folder / "sent.pcap"
    once = min(count, ONCE)
    print(f"{count:,} packets of {build(sent, once)} bytes on average")
    started = measured(wires, "dissect", folder / "none.pcapng", sent, 0)[1]  # and compiles what is not yet
    totals = dict.fromkeys(("dissect", "tcpdump"), 0.0)
    for run in range(RUNS):
        for name in totals:
            out = folder / f"{name}.out"
            said, used, rate = measured(wires, name, out, sent, count // once)
            totals[name] += used
            print(f"run {run + 1}: {name:8} {used:.2f} s of processor at {rate:,.0f} packets/s; {said}", flush=True)
            out.unlink()
    started = min(started, measured(wires, "dissect", folder / "none.pcapng", sent, 0)[1])
    print(
        f"{totals['dissect'] / totals['tcpdump']:.2f} times tcpdump's processor time; start-up is {started:.2f} s of it"
    )


def measured(wires: Pair, name: str, out: Path, sent: Path, loops: int) -> tuple[str, float, float]:
    """What the program said of its counts, its seconds of processor time, and packets a second sent."""
    # A buffer of 48 MiB as ours: with its usual 2 MiB tcpdump loses packets.
    ours = [*PROGRAM, wires.device, "--force", "-w", str(out)]
    command = (
        ours
        if name == "dissect"
        else ["tcpdump", "-q", "-B", "49152", "-i", wires.device, "-Z", "root", "-w", str(out)]
    )
    before = children()
    process = subprocess.Popen(["ip", "netns", "exec", wires.b, *command], stderr=subprocess.PIPE, env=compiled())
    assert process.stderr is not None
    process.stderr.readline()
    time.sleep(0.3)
    rate, spent = 0.0, 0.0
    if loops:
        at = children()
        text = wires.run(
            wires.a, "tcpreplay", "-q", "-K", "--topspeed", f"--loop={loops}", "-i", wires.device, str(sent)
        )
        spent = children() - at
        rate = float(text.split(" pps")[0].split()[-1])
    time.sleep(0.7)
    process.terminate()
    said = " · ".join(process.communicate()[1].decode().replace("dissect: ", "").split("\n")).strip(" ·")
    return said, children() - before - spent, rate


def children() -> float:
    """Processor seconds of all programs that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def compiled() -> dict[str, str]:
    """The environment of people who installed it: modules are compiled once, not at every start."""
    return {name: value for name, value in environment().items() if name != "PYTHONDONTWRITEBYTECODE"}


def steady(wires: Pair, folder: Path, minutes: float) -> None:
    """Anonymous memory of both programs, once a minute, and how it grows from the second minute on."""
    sent = folder / "sent.pcap"
    print(f"{RATE:,} packets/s of {build(sent, ONCE)} bytes for {minutes:g} minutes", flush=True)
    seconds = int(minutes * 60)
    with watched(wires, folder) as programs:
        sending = subprocess.Popen(
            ["ip", "netns", "exec", wires.a, "tcpreplay", "-q", "-K", f"--pps={RATE}", "--loop=0", f"--duration={seconds}",
             "-i", wires.device, str(sent)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        sizes: dict[str, list[int]] = {name: [] for name in programs}
        began = time.monotonic()
        for minute in range(1, int(minutes) + 1):
            time.sleep(max(0.0, began + minute * 60 - 1 - time.monotonic()))
            for name, process in programs.items():
                sizes[name].append(anonymous(process.pid))
            said = ", ".join(f"{name} {found[-1] / 1024:.1f} MiB" for name, found in sizes.items())
            print(f"minute {minute:2}: {said}", flush=True)
        sending.wait(timeout=60)
    for name, found in sizes.items():
        if len(found) > 2:
            print(f"{name}: {slope(found[1:]):+.1f} KiB a minute from minute 2 on", flush=True)


@contextmanager
def watched(wires: Pair, folder: Path) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """The list and the tables, each on a terminal and recording in turn into three files."""
    programs, errors = {}, {}
    for name, words in WATCHED.items():
        controller, terminal = pty.openpty()
        command = [*PROGRAM, wires.device, *words, "-w", str(folder / f"{name}.pcapng"), "-b", "filesize:20000"]
        error = (folder / f"{name}.said").open("w+")
        programs[name] = subprocess.Popen(
            ["ip", "netns", "exec", wires.b, *command, "-b", "files:3"], stdin=terminal, stdout=terminal, stderr=error,
            env=compiled(),
        )  # fmt: skip
        errors[name] = error
        os.close(terminal)
        threading.Thread(target=swallow, args=(controller,), daemon=True).start()
    time.sleep(3)
    try:
        yield programs
    finally:
        time.sleep(1)
        for name, process in programs.items():
            process.send_signal(signal.SIGINT)
            process.wait(timeout=30)
            errors[name].seek(0)
            print(f"{name}: {errors[name].read().splitlines()[-1]}", flush=True)


def swallow(terminal: int) -> None:
    """Reads what a terminal would show."""
    with suppress(OSError):
        while os.read(terminal, 65536):
            pass


def anonymous(process: int) -> int:
    """KiB of memory that belongs to a process alone; the ring is the kernel's."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("RssAnon")).split()[1])


def slope(sizes: list[int]) -> float:
    """Of the line that fits best, a step."""
    middle = (len(sizes) - 1) / 2
    average = sum(sizes) / len(sizes)
    over = sum((at - middle) * (size - average) for at, size in enumerate(sizes))
    return over / sum((at - middle) ** 2 for at in range(len(sizes)))
