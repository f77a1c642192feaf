"""The TCP connections of a capture, traced behind the screen: for filters, columns, links, and the screens of streams."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from threading import Event, Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

from dissect.tui.background import Job

if TYPE_CHECKING:
    from dissect.capture.frames import Frames
    from dissect.streams.analysis import Analysis
    from dissect.streams.columns import Beside
    from dissect.streams.course import Course
    from dissect.streams.times import Times
    from dissect.tui.packets import Packets

PASSES = ("marks", "acks_row", "rel_seq", "scale")
"""What is worked out of all segments once they are read; all else is made of it quickly."""
READ = 0.5  # of the work, the share of reading
LIGHT = frozenset({"tcp.stream"})  # known as soon as the segments are read
KEPT = 20_000  # cells of the list
PATIENCE = 4  # a capture that grows is traced anew after so many times what tracing it took


class EndedError(Exception):
    """Nobody wants to know any more."""


class Tracing(Job):
    """Traces packets 1 to `upto`; `analysis` may be asked for little once `read` is set, for everything once `done`."""

    def __init__(self, packets: Packets) -> None:
        super().__init__()
        self.packets = packets
        self.read = Event()
        self.upto = 0
        self.share = 0.0
        self.analysis: Analysis | None = None
        self.times: Times | None = None
        self._lock = Lock()
        self._beside: Beside | None = None
        self._told: dict[tuple[int, str], str] = {}
        self._begun = self._ended = monotonic()

    @property
    def stale(self) -> bool:
        """Whether it is time to trace the capture anew."""
        if self.stopped or self.fault:
            return True
        rested = monotonic() - self._ended > PATIENCE * (self._ended - self._begun)
        return self.done and self.upto < self.packets.count and rested

    def work(self) -> None:
        """Reads all segments, then works out what they are."""
        try:
            with suppress(EndedError):
                self._trace()
        finally:
            self._ended = monotonic()
            self.read.set()

    def _trace(self) -> None:
        from dissect.streams.segments import gather

        with self.packets.reader() as frames:
            segments = gather(self._parts(frames))
        self.analysis = analysis = _patient(segments, self)
        self.share = READ
        self.read.set()
        for name in PASSES:
            with self._lock:
                getattr(analysis, name)
        self.share = 1.0

    def _parts(self, frames: Frames) -> Iterator[dict[str, Any]]:
        from dissect.bulk.block import blocks
        from dissect.streams.reading import part_of
        from dissect.streams.times import Times

        self.times = Times()
        for block in self.times.passing(blocks(frames)):
            self.step(0.0)
            if len(block):
                yield part_of(block, evidence=True)
                self.upto = int(block.index.number[-1])
                self.share = READ * min(1.0, self.upto / max(1, self.packets.count))

    def step(self, share: float) -> None:
        """One step further; gives way, and up where nobody waits."""
        self.share = min(1.0, self.share + share)
        self.give_way()
        if self.stopped:
            raise EndedError

    def wait(self, job: Job) -> bool:
        """Waits for what was read, on behalf of a job; whether it is there."""
        while not self.read.wait(0.05):
            if job.stopped:
                return False
        return self.analysis is not None

    def row(self, number: int) -> int | None:
        """The row of a packet among the segments."""
        if self.analysis is None:
            return None
        numbers = self.analysis.segments.number
        at = int(numbers.searchsorted(number))
        return at if at < len(numbers) and numbers[at] == number else None

    def stream(self, number: int) -> int | None:
        """The connection that a packet belongs to."""
        row = self.row(number)
        return int(self.analysis.segments.stream[row]) if row is not None and self.analysis is not None else None

    def told(self, number: int, name: str) -> str:
        """What streams tell of a packet under a field's name, as text; empty for nothing."""
        if not self.done or self.analysis is None:
            return ""
        if (number, name) not in self._told:
            import numpy as np

            from dissect.bulk.text import readable
            from dissect.streams.columns import Beside

            if len(self._told) > KEPT:
                self._told.clear()
            self._beside = self._beside or Beside(self.analysis, self.times)
            (value,) = readable(self._beside(name, np.array([number])).to_frame()).row(0)
            self._told[number, name] = "" if value is None else str(value)
        return self._told[number, name]

    def beside(self, names: Sequence[str]) -> Beside:
        """The columns that come from connections, for blocks; to be asked for in a job, for it may take long."""
        from dissect.streams.columns import Beside

        assert self.analysis is not None
        told = Beside(self.analysis, self.times)
        if LIGHT.issuperset(names):
            return told.prepare(names)
        with self._lock:
            return told.prepare(names)


def _patient(segments: Any, job: Tracing) -> Analysis:
    """An analysis that gives way between the streams that it looks at."""
    from dissect.streams.analysis import Analysis

    whole = max(1, len(segments)) * len(PASSES)

    class Patient(Analysis):
        def courses(self) -> Iterator[Course]:
            for course in super().courses():
                if not job.done:
                    job.step((1 - READ) * len(course.rows) / whole)
                yield course

    return Patient(segments)
