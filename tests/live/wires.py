"""Two network namespaces joined by a veth pair, traffic on it, and `dissect live` beside other programs."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = [sys.executable, "-m", "dissect", "live"]
TRAFFIC = Path(__file__).with_name("traffic.py")
NUMBERS = count(1)
V4, V6 = ("10.77.0.1", "10.77.0.2"), ("fd77::1", "fd77::2")


def permitted() -> bool:
    """Whether namespaces and packet sockets can be had here."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("ip") is None:
        return False
    name = f"live-try-{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False).returncode == 0
    if made:
        subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)
    return made


def environment(**more: str) -> dict[str, str]:
    """For a dissect in a namespace."""
    kept = {name: value for name, value in os.environ.items() if name not in ("SUDO_UID", "SUDO_GID", "COLUMNS")}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **more}


@dataclass
class Capture:
    """A capturing program; `stop` ends it as Ctrl-C does."""

    process: subprocess.Popen[bytes]
    said: str = ""
    out: bytes = b""
    took: float = 0

    def stop(self, number: int = signal.SIGINT) -> int:
        """The exit code; `said` is what it wrote on standard error, `took` the seconds until it was gone."""
        before = time.monotonic()
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)
        return self.wait(before)

    def wait(self, before: float = 0, patience: float = 30) -> int:
        """Waits for its own end."""
        out, error = self.process.communicate(timeout=patience)
        self.took = time.monotonic() - before
        self.out += out or b""
        self.said += error.decode()
        return self.process.returncode

    @property
    def counts(self) -> tuple[int, int, int]:
        """Packets captured, shown, dropped, as it said at its end."""
        import re

        found = re.search(r"([\d,]+) packets? captured, ([\d,]+) shown, ([\d,]+) dropped", self.said)
        assert found is not None, self.said
        first, second, third = (int(number.replace(",", "")) for number in found.groups())
        return first, second, third


@dataclass
class Pair:
    """The namespaces; `a` sends and `b` captures, each on its device of the same name."""

    a: str
    b: str
    device: str = "veth0"

    def run(self, where: str, *command: str, check: bool = True) -> str:
        done = subprocess.run(
            ["ip", "netns", "exec", where, *command], capture_output=True, text=True, check=False, timeout=60
        )
        assert not check or done.returncode == 0, done.stderr
        return done.stdout

    def start(self, where: str, *command: str, **more: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            ["ip", "netns", "exec", where, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
            env=environment(**more),
        )  # fmt: skip

    def traffic(self, *kinds: str) -> None:
        """Sends from `a` to `b`."""
        self.run(self.a, sys.executable, str(TRAFFIC), self.device, *kinds)

    @contextlib.contextmanager
    def live(
        self, *words: str, where: str = "", interface: Sequence[str] | None = None, **more: str
    ) -> Iterator[Capture]:
        """`dissect live` that has begun to capture."""
        names = [self.device] if interface is None else interface
        process = self.start(where or self.b, *PROGRAM, *names, *words, **more)
        capture = Capture(process)
        assert process.stderr is not None
        capture.said = process.stderr.readline().decode()
        try:
            assert "capturing on" in capture.said
            time.sleep(0.05)
            yield capture
        finally:
            if process.poll() is None:
                process.kill()
                process.communicate()

    @contextlib.contextmanager
    def beside(self, path: Path, *words: str) -> Iterator[Capture]:
        """A capture by tshark at the same time."""
        process = self.start(self.b, "tshark", "-q", "-i", self.device, "-w", str(path), *words)
        capture = Capture(process)
        assert process.stderr is not None
        while "Capturing on" not in capture.said:
            line = process.stderr.readline().decode()
            assert line, capture.said
            capture.said += line
        time.sleep(1)
        try:
            yield capture
        finally:
            time.sleep(0.5)
            if process.poll() is None:
                capture.stop()


@contextlib.contextmanager
def pair() -> Iterator[Pair]:
    """Two namespaces of our own, gone afterwards."""
    number = f"{os.getpid()}-{next(NUMBERS)}"
    both = Pair(f"live-{number}-a", f"live-{number}-b")
    names = (both.a, both.b)
    try:
        for name in names:
            _ip("netns", "add", name)
        _ip("link", "add", both.device, "netns", both.a, "type", "veth", "peer", "name", both.device, "netns", both.b)
        for name, v4, v6 in zip(names, V4, V6, strict=True):
            for setting in (
                "accept_ra=0",
                "dad_transmits=0",
                "router_solicitations=0",
                "addr_gen_mode=1",
                "accept_dad=0",
            ):
                both.run(name, "sysctl", "-qw", f"net.ipv6.conf.{both.device}.{setting}")
            _ip("-n", name, "link", "set", "lo", "up")
            _ip("-n", name, "link", "set", both.device, "up")
            _ip("-n", name, "addr", "add", f"{v4}/24", "dev", both.device)
            _ip("-n", name, "-6", "addr", "add", f"{v6}/64", "dev", both.device, "nodad")
        yield both
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"ip {' '.join(words)}: {done.stderr}"
