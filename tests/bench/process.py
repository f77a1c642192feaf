"""One run of a command: how long it takes, what it costs in processor time, and how much memory at its peak."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

TICKS = os.sysconf("SC_CLK_TCK")
PAUSE = 0.03  # seconds from one look at the memory to the next, at least
SELDOM, OFTEN = 0.02, 0.5  # how much of the time is spent on looking, at most: it holds up what is looked at


class Run(NamedTuple):
    """Seconds of wall time; of processor time (user and system, all processes); peak resident bytes; exit status; what it said on stderr."""

    wall: float
    processor: float
    memory: int
    status: int
    said: str


def run(command: list[str], environment: Mapping[str, str], folder: Path, looking: float = SELDOM) -> Run:
    """Run `command` in `folder`, its output thrown away.

    Memory is the sum over the process and its descendants of what is resident; a page that several of them share counts
    once (its proportional set size, proc(5)). A look during which a process ends does not count. Peaks between two looks
    are seen only where a single process has them; looking `OFTEN` finds most, but makes several processes slower. (The
    resource usage of wait4 would not do: its peak holds what this program itself had before exec.) Processor time is that
    of wait4, or what was seen of all processes, if that is more: wait4 leaves out descendants that nobody waited for.
    """
    with tempfile.TemporaryFile() as errors:
        begin = time.perf_counter()
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors, env=environment, cwd=folder
        )
        watch = _Watch(child.pid, looking)
        watch.start()
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - begin
        watch.done.set()
        watch.join()
        child.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        said = errors.read().decode(errors="replace")
    processor = max(used.ru_utime + used.ru_stime, watch.processor())
    return Run(wall, processor, watch.peak, child.returncode, said)


class _Watch(threading.Thread):
    """Looks at the memory and the processor time of a process and its descendants until `done`."""

    def __init__(self, root: int, looking: float) -> None:
        super().__init__(daemon=True)
        self._looking = looking
        self.done = threading.Event()
        self.peak = 0
        self._family = {root}
        self._strangers: set[int] = set()
        self._worked: dict[int, float] = {}  # seconds, when last seen

    def processor(self) -> float:
        """Seconds of processor time that were seen, of all processes."""
        return sum(self._worked.values())

    def run(self) -> None:
        took = 0.0
        while not self.done.wait(max(PAUSE, took / self._looking)):
            begin = time.perf_counter()
            self._meet()
            living = set(filter(_lives, self._family))
            now, highest = zip(*map(_resident, self._family), strict=True)
            ended = living - set(filter(_lives, self._family))  # what it shared is counted for the others now
            self.peak = max(self.peak, 0 if ended else sum(now), *highest)
            for number in self._family:
                if found := _status(number):
                    self._worked[number] = (int(found[11]) + int(found[12])) / TICKS
            took = time.perf_counter() - begin

    def _meet(self) -> None:
        """Sort the processes that are new into family and strangers, parents before children."""
        running = sorted(int(name) for name in os.listdir("/proc") if name.isdigit())
        for number in running:
            if number not in self._family and number not in self._strangers:
                known = self._family if _parent(number) in self._family else self._strangers
                known.add(number)


def _status(number: int) -> list[str]:
    """What /proc/N/stat says behind the name, from the state on (proc(5)); empty where the process has ended."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _lives(number: int) -> bool:
    found = _status(number)
    return bool(found) and found[0] not in "ZX"


def _parent(number: int) -> int:
    found = _status(number)
    return int(found[1]) if found else 0


def _resident(number: int) -> tuple[int, int]:
    """Bytes that a process has in memory now, its part of what it shares, and has had at most."""
    return _kilobytes(number, "smaps_rollup", "Pss"), _kilobytes(number, "status", "VmHWM")


def _kilobytes(number: int, file: str, name: str) -> int:
    try:
        lines = Path(f"/proc/{number}/{file}").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:")), 0)
