"""How long the browser lets one wait: opening, paging from end to end, a filter over everything; and its memory.

The program runs in a pseudo-terminal of 120 × 40 as a person would run it. A key's wait ends with the last byte
that the screen got for it; what is found out about the packet later and added then does not count. Beside it termshark, where that is installed, up to its first screen.
"""

from __future__ import annotations

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
import termios
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COLUMNS, ROWS = 120, 40
QUIET = 0.03  # seconds without output after which a screen counts as drawn
REST = 0.25  # seconds without output after which nothing more is to come
PATIENCE = 120.0


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
                raise TimeoutError(pattern)
            self.take(0.5)
        return self.last

    def press(self, keys: bytes) -> float:
        """Seconds from a key to the end of what is drawn for it."""
        while self.take(REST):
            pass
        begun = time.perf_counter()
        os.write(self.terminal, keys)
        self.take(PATIENCE)
        while self.take(QUIET):
            pass
        return self.last - begun

    def memory(self) -> float:
        """The most memory it has taken so far, in MiB."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+)", status)
        return int(found[1]) / 1024 if found else 0.0

    def close(self) -> float:
        """Ends it; gives the seconds of processor time that it took."""
        os.kill(self.pid, signal.SIGTERM)
        while True:
            try:
                if not self.take(5):
                    break
            except OSError:
                break
        _, _, used = os.wait4(self.pid, 0)
        os.close(self.terminal)
        return used.ru_utime + used.ru_stime


PAGE_DOWN, PAGE_UP, HOME, END, ESCAPE = b"\x1b[6~", b"\x1b[5~", b"\x1b[H", b"\x1b[F", b"\x1b"
WALK = {"page down": [PAGE_DOWN] * 30, "end, home": [END, HOME] * 5, "page up from the end": [END, *[PAGE_UP] * 30]}


def main(path: Path) -> None:
    """Prints what was measured."""
    screen = Screen([sys.executable, "-P", "-m", "dissect", "browse", str(path)])
    first = screen.until("›".encode()) - screen.begun
    print(f"first screen          {first:7.2f} s")
    while_counting = screen.press(PAGE_DOWN)
    print(f"page while counting   {while_counting:7.3f} s")
    time.sleep(3)
    for name, keys in WALK.items():
        waits = [screen.press(key) for key in keys]
        print(f"{name:21} {max(waits):7.3f} s at worst, {statistics.median(waits):.3f} s usually")
    screen.written = b""
    os.write(screen.terminal, b"/tcp.flags.syn == 1 && tcp.flags.ack == 0\r")
    begun = time.perf_counter()
    print(f"first matches         {screen.until(rb'[1-9][0-9,]* match') - begun:7.2f} s")
    searching = max(screen.press(PAGE_DOWN) for _ in range(10))
    print(f"page while searching  {searching:7.3f} s at worst")
    print(f"escape from the search {screen.press(ESCAPE):6.3f} s")
    print(f"memory                {screen.memory():7.0f} MiB")
    print(f"processor time        {screen.close():7.2f} s")
    if termshark := shutil.which("termshark"):
        other = Screen([termshark, "-r", str(path)])
        print(f"termshark, first screen {other.until(rb'TCP|UDP|ARP') - other.begun:5.2f} s, {other.memory():.0f} MiB")
        other.close()
    else:
        print("termshark is not installed")
