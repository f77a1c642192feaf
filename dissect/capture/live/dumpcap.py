"""dumpcap as a helper for people who may run it but may not capture themselves: its pcapng comes through a pipe."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress

from dissect.capture.live.errors import InterfaceGone, LiveError, WrongFilter
from dissect.capture.live.ring import fate, possible
from dissect.capture.pcapng import SMALLEST, check_end, read_section, walk
from dissect.capture.section import SECTION, Section

CHUNK = 1 << 20
COUNTS = re.compile(r"Packets received/dropped on interface '(.+?)': (\d+)/(\d+)")
LOOK = 0.2  # seconds between looks at the interfaces
PATIENCE = 5.0  # seconds that dumpcap has to begin


class Dumpcap:
    """A dumpcap that captures on these interfaces; `section` describes them as it does.

    LiveError with dumpcap's words where it cannot. It does not see our Ctrl-C; `stop` ends it.
    """

    def __init__(
        self, program: str, names: Sequence[str], snaplen: int = 0, promiscuous: bool = True, capture_filter: str = ""
    ) -> None:  # fmt: skip
        self.names = list(names)
        self.counts: dict[str, tuple[int, int]] = {}
        words = [program, "-q", "-n", *(["-f", capture_filter] if capture_filter else [])]
        words += [] if promiscuous else ["-p"]
        words += ["-s", str(snaplen)] if snaplen else []
        for name in names:
            words += ["-i", name]
        self._process = subprocess.Popen(
            [*words, "-w", "-"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, start_new_session=True
        )  # fmt: skip
        assert self._process.stdout is not None
        self._pipe = self._process.stdout.fileno()
        self._data = b""
        self._look = 0.0
        self.section = self._begin()

    def fileno(self) -> int:
        """Ready to read when dumpcap wrote."""
        return self._pipe

    def receive(self) -> tuple[bytes, list[int]]:
        """The packets that are there as dumpcap's blocks, and where each begins; InterfaceGone at dumpcap's end."""
        more = os.read(self._pipe, CHUNK)
        if not more:
            raise InterfaceGone(self._last_words() or "dumpcap ended")
        self._data += more
        step = walk(self._data, 0, self.section)
        if step.fault:
            raise LiveError(f"what dumpcap writes cannot be read: {step.fault}")
        taken, self._data = self._data[: step.at], self._data[step.at :]
        return taken, step.starts

    def down(self, at_once: bool = False) -> str:
        """What to say when all the interfaces are down or away, as far as this system tells; "" before.

        It looks again only after a while, if not `at_once`.
        """
        if not possible() or (time.monotonic() < self._look and not at_once):
            return ""
        self._look = time.monotonic() + LOOK
        fates = [fate(name) for name in self.names]
        return "; ".join(fates) if all(fates) else ""

    def stop(self) -> None:
        """Asks dumpcap to end; what it still has comes through the pipe before that ends."""
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGINT)

    def close(self) -> None:
        """Ends dumpcap and takes its counts."""
        self.stop()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(0.3)
        if self._process.poll() is None:
            self._process.kill()
        self._last_words()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _begin(self) -> Section:
        """Reads up to the interfaces, which dumpcap describes before the first packet."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if not select.select([self._pipe], [], [], PATIENCE)[0]:
                break
            more = os.read(self._pipe, CHUNK)
            if not more:
                raise self._refusal()
            self._data += more
            if len(self._data) < SMALLEST[SECTION]:
                continue
            length, order = read_section(self._data, 0, 1)
            if len(self._data) < length:
                continue
            check_end(self._data, 0, length, order)
            section = Section(order, 1)
            step = walk(self._data, length, section)
            if len(section.interfaces) >= len(self.names):
                # The packets behind the descriptions are read again with what comes next.
                first = step.starts[0] if step.starts else step.at
                self._data = self._data[first:]
                return section
        self.close()
        raise LiveError("dumpcap does not begin to capture")

    def _refusal(self) -> LiveError:
        said = self._last_words()
        if "filter" in said.lower():
            return WrongFilter(f"the capture filter is refused by libpcap: {said}")
        return LiveError(f"dumpcap says: {said}" if said else "dumpcap ended at once")

    def _last_words(self) -> str:
        """What dumpcap said on standard error, without its greeting and its counts."""
        assert self._process.stderr is not None
        if self._process.stderr.closed:
            return ""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        if self._process.poll() is None:
            return ""
        text = self._process.stderr.read().decode(errors="replace")
        self._process.stderr.close()
        self.counts.update({name: (int(got), int(lost)) for name, got, lost in COUNTS.findall(text)})
        lines = (line.strip() for line in text.splitlines())
        skip = ("Capturing on", "Packets ", "File:", "Packets:")
        return " ".join(line.removeprefix("dumpcap: ") for line in lines if line and not line.startswith(skip))
