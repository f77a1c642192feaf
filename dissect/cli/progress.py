"""How far a long reading is, for somebody who waits at a terminal for more than a second."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

    from dissect.capture import Frames

PATIENCE = 1.0
EVERY = 0.2


class Progress:
    """Counts packets; on a terminal a line on stderr says how many, how fast, and how long it will take.

    It stays silent where the results themselves go to the terminal, but for what is read before the first of them.
    """

    def __init__(self, captures: Sequence[Frames], *, silent: bool = False) -> None:
        self.shown = 0
        self.interrupted = False
        self._captures = captures
        self._begun = self._since = self._last = time.monotonic()
        self._terminal = sys.stderr.isatty()
        self._silent = silent
        self._reached = 0
        self._drawn = 0

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.clear()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """While captures are read without any result yet; whoever writes to the terminal meanwhile calls `clear` before."""
        for frames in self._captures:
            frames.watch = self._read
        try:
            yield
        finally:
            for frames in self._captures:
                frames.watch = None
            self.clear()
            self._since = time.monotonic()

    def _read(self, number: int) -> None:
        if number < self._reached:  # the same once more
            self._since = time.monotonic()
        self._reached = number
        self._draw(number)

    def forward(self, packets: int) -> None:
        """So many more packets were given."""
        self.shown += packets
        if not self._silent:
            self._draw(self.shown)

    def clear(self) -> None:
        """Takes the line away, for what is written to the terminal now."""
        if self._drawn:
            sys.stderr.write("\r" + " " * self._drawn + "\r")
            sys.stderr.flush()
            self._drawn = 0

    def _draw(self, packets: int) -> None:
        now = time.monotonic()
        if not self._terminal or now - self._begun < PATIENCE or now - self._last < EVERY:
            return
        self._last = now
        said = self._said(packets, now - self._since)
        sys.stderr.write("\r" + said.ljust(self._drawn))
        sys.stderr.flush()
        self._drawn = len(said)

    def _said(self, packets: int, passed: float) -> str:
        size, position = (sum(getattr(frames, name) for frames in self._captures) for name in ("size", "position"))
        said = f"{packets:,} packets"
        if 0 < position <= size and passed > 0:
            left = passed * (size - position) / position
            said += f"  {position / size:4.0%}  {position / passed / 1e6:,.0f} MB/s  {_span(left)} left"
        return said


def _span(seconds: float) -> str:
    """Seconds as people say them."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"
