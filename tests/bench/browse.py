"""How long the browser lets one wait: opening, paging from end to end, filters over everything; and its memory.

The program runs in a pseudo-terminal of 120 × 40 as a person would run it. A key's wait ends with the last byte that
the screen got for it; what is found out about the packet later and added then does not count. Processor time a key
stands beside it, because machines are shared: a wait longer than that was waiting for others. Beside it termshark,
where that is installed, up to its first screen.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import statistics
import struct
import sys
import tempfile
import termios
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import NamedTuple

from dissect.capture import open_frames

from . import mixed

ROOT = Path(__file__).resolve().parents[2]
COLUMNS, ROWS = 120, 40
QUIET = 0.03  # seconds without output after which a screen counts as drawn
SILENCE = 5.0  # seconds after which a key has changed nothing
REST = 0.25  # seconds without output after which nothing more is to come
PATIENCE = 120.0
TICKS = os.sysconf("SC_CLK_TCK")


class Screen:
    """A program in a pseudo-terminal: what it wrote, and when."""

    def __init__(self, command: list[str]) -> None:
        self.begun = time.perf_counter()
        self.pid, self.terminal = pty.fork()
        if not self.pid:
            settings = {
                "TERM": "xterm-256color",
                "COLORTERM": "truecolor",
                "PYTHONPATH": str(ROOT),
                "XDG_CONFIG_HOME": "/nonexistent",
            }
            os.execvpe(command[0], command, {**os.environ, **settings})
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.written = b""
        self.last = self.begun

    def take(self, seconds: float) -> bool:
        """Reads what comes within so many seconds; whether there was anything."""
        if not select.select([self.terminal], [], [], seconds)[0]:
            return False
        self.written += os.read(self.terminal, 1 << 16)
        self.last = time.perf_counter()
        return True

    def until(self, pattern: bytes) -> float:
        """When a pattern was first written."""
        end = time.perf_counter() + PATIENCE
        while not re.search(pattern, self.written):
            if time.perf_counter() > end:
                raise TimeoutError(f"{pattern!r} was not shown within {PATIENCE:.0f} s")
            self.take(0.5)
        return self.last

    def settle(self) -> None:
        """Waits until it has no work left behind the screen."""
        before = -1.0
        while self.processor() - before > 0.05:
            before = self.processor()
            end = time.perf_counter() + 1
            while (rest := end - time.perf_counter()) > 0:
                self.take(rest)

    def processor(self) -> float:
        """Seconds of processor time up to now."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def press(self, keys: bytes) -> float:
        """Seconds from a key to the end of what is drawn for it."""
        while self.take(REST):
            pass
        begun = time.perf_counter()
        os.write(self.terminal, keys)
        if not self.take(SILENCE):
            return 0.0  # there was nothing to draw
        while self.take(QUIET):
            pass
        return self.last - begun

    def memory(self) -> float:
        """The most memory it has taken so far, in MiB."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+)", status)
        return int(found[1]) / 1024 if found else 0.0

    def close(self) -> None:
        """Ends it."""
        os.kill(self.pid, signal.SIGTERM)
        with suppress(OSError):
            while self.take(1):
                pass
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


PAGE_DOWN, PAGE_UP, HOME, END, ESCAPE = b"\x1b[6~", b"\x1b[5~", b"\x1b[H", b"\x1b[F", b"\x1b"


class Found(NamedTuple):
    """What was measured of one thing: the worst and the usual value, the goal for the worst."""

    what: str
    worst: float
    usual: float
    goal: float
    processor: float = 0.0
    unit: str = "s"


def walk(screen: Screen, count: int) -> list[Found]:
    """Pages from end to end: at the beginning, at every tenth of the file, and back from the end."""
    tenths = [b"g%d\r" % (count * tenth // 10) for tenth in range(1, 10)]
    keys = {
        "a page down": [PAGE_DOWN] * 30,
        "a page, far in": [key for jump in tenths for key in (jump, PAGE_DOWN, PAGE_DOWN, PAGE_UP)],
        "to the end, to the beginning": [END, HOME] * 5,
        "a page up from the end": [END, *[PAGE_UP] * 30],
    }
    found = []
    for name, pressed in keys.items():
        waits, before = [], screen.processor()
        for key in pressed:
            waited = screen.press(key)
            if not key.startswith(b"g"):  # the prompt is drawn too, several times
                waits.append(waited)
        used = (screen.processor() - before) / len(pressed)
        found.append(Found(name, max(waits), statistics.median(waits), 0.1, used))
    return found


def search(screen: Screen, condition: str) -> list[Found]:
    """A filter over everything: its first matches, pages meanwhile, its end."""
    for key in (ESCAPE, ESCAPE, HOME):
        os.write(screen.terminal, key)
        while screen.take(2 * REST):
            pass
    screen.written = b""
    begun = time.perf_counter()
    os.write(screen.terminal, b"/" + condition.encode() + b"\r")
    first = screen.until(rb"[1-9][0-9,]* match") - begun
    waits = [screen.press(PAGE_DOWN) for _ in range(5)]
    given_up = screen.press(ESCAPE)
    return [
        Found(f"first matches of {condition}", first, first, 1.0),
        Found("  a page meanwhile", max(waits), statistics.median(waits), 0.1),
        Found("  Escape", given_up, given_up, 0.5),
    ]


FILTERS = ("tcp.flags.syn == 1 && tcp.flags.ack == 0", "ip.frag_offset > 0", "icmp && ip.ttl < 64")


def measure(path: Path, count: int) -> list[Found]:
    """One run of the browser on a capture of so many packets."""
    screen = Screen([sys.executable, "-P", "-m", "dissect", "browse", str(path)])
    try:
        first = screen.until("›".encode()) - screen.begun
        found = [Found("first screen", first, first, 1.5)]
        waited = screen.press(PAGE_DOWN)
        found.append(Found("a page while it counts", waited, waited, 0.1))
        screen.settle()
        found += walk(screen, count)
        for condition in FILTERS:
            found += search(screen, condition)
        found.append(Found("memory", screen.memory(), screen.memory(), 500, unit="MiB"))
    finally:
        screen.close()
    return found


def report(rounds: Sequence[Sequence[Found]]) -> None:
    """The table: the best and the median round's worst value, the median of what is usual."""
    print(f"{'':52} {'worst of a round':>18} {'':>8} {'':>9} {'processor':>9}")
    print(f"{'':52} {'best':>9} {'median':>8} {'usually':>8} {'goal':>9} {'a key':>9}")
    for several in zip(*rounds, strict=True):
        worst = [one.worst for one in several]
        one = several[0]
        digits = 3 if one.unit == "s" else 0
        sign = "✓" if statistics.median(worst) <= one.goal else "(✓)" if min(worst) <= one.goal else "✗"
        cells = (min(worst), statistics.median(worst), statistics.median(each.usual for each in several))
        said = " ".join(f"{cell:8.{digits}f}" for cell in cells)
        used = statistics.median(each.processor for each in several)
        print(f"{one.what:52}  {said} {f'≤ {one.goal:g}':>9} {f'{used:9.3f}' if used else '':9} {one.unit:3} {sign}")


def peer(path: Path) -> None:
    """The first screen of termshark on the same file, and the memory of its own process."""
    termshark = shutil.which("termshark")
    if termshark is None:
        print("termshark is not installed")
        return
    other = Screen([termshark, "-r", str(path)])
    try:
        first = other.until(rb"TCP|UDP|ARP|ICMP") - other.begun
        print(f"{'termshark, first screen':52}  {first:8.3f} s; {other.memory():.0f} MiB without its tshark")
    finally:
        other.close()


def main(arguments: list[str]) -> int:
    """Build, measure, print."""
    parser = argparse.ArgumentParser("python -m tests.bench browse", description=__doc__.splitlines()[0])
    parser.add_argument("--packets", type=int, default=3_000_000, help="of the capture that is built (3,000,000)")
    parser.add_argument("--rounds", type=int, default=3, help="runs (3)")
    parser.add_argument("--capture", type=Path, metavar="FILE", help="measure on this capture instead")
    parser.add_argument(
        "--folder", type=Path, help="where the capture is kept ($DISSECT_BENCH; else a temporary folder)"
    )
    options = parser.parse_args(arguments)
    with ExitStack() as stack:
        path = options.capture
        if path is None:
            given = options.folder or os.environ.get("DISSECT_BENCH")
            folder = Path(given or stack.enter_context(tempfile.TemporaryDirectory())).resolve()
            path, _ = mixed.build(folder, options.packets)
        with open_frames(str(path)) as frames:
            count = frames.count()
        rounds = []
        for number in range(options.rounds):
            print(f"round {number + 1}: load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors", file=sys.stderr)
            rounds.append(measure(path, count))
        print(f"{count:,} packets, {path.stat().st_size / 1e9:.2f} GB")
        report(rounds)
        peer(path)
    return 0
