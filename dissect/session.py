"""A live capture from start to end: what comes is recorded first, shown as far as there is time, and counted.

One thread does it all, turn by turn: all that the kernel has is recorded, then the display may work
for a few hundredths of a second, and so on. So a display that is slow, or a terminal that nobody
reads, costs packets on the screen, which is counted, and none in the file.
"""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Protocol

from dissect.bulk.live import LAST, Source
from dissect.bulk.records import Records
from dissect.capture.recording import Reader, Recorder, RecordingError
from dissect.capture.section import Section

TURN = 0.03  # seconds that the display may work at a time
TICK = 0.25  # seconds between looks at clocks and counts
FINISH = 0.3  # seconds that the display has for what waits, at the end
ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
FLUSH = getattr(signal, "SIGUSR1", None)


class Display(Protocol):
    """What is seen of the packets. `shown` were, `shed` could not be in time."""

    shown: int
    shed: int

    @property
    def closed(self) -> bool:
        """Whether nobody looks any more."""

    @property
    def waiting(self) -> bool:
        """Whether there is work for `step`."""

    def offer(self, records: Records, section: Section, number: int) -> None:
        """The next packets, the first being packet `number`; to be copied, or counted as shed."""

    def step(self, until: float) -> None:
        """Works on what was offered, not much longer than `until`, a time of `time.monotonic`."""

    def finish(self, until: float) -> None:
        """The last work; what is left then counts as shed."""


class Progress(Protocol):
    """Hears how it goes, several times a second."""

    def tick(self, session: Session) -> None:
        """Another look."""

    def end(self) -> None:
        """The last."""


@dataclass(frozen=True, slots=True)
class Limits:
    """When to end by itself: packets captured, packets shown, seconds. 0: not."""

    packets: int = 0
    shown: int = 0
    seconds: float = 0


@dataclass
class Session:
    """One capture. After `run`, `captured` and `dropped` are the counts, `reason` says why it ended."""

    source: Source
    recorder: Recorder | None = None
    display: Display | None = None
    limits: Limits = field(default_factory=Limits)
    progress: Progress | None = None
    captured: int = 0
    bytes: int = 0
    dropped: int = 0
    reason: str = ""
    interrupted: int = 0
    trouble: RecordingError | None = None
    began: float = 0
    _hurry: float = 0

    def run(self, begun: Callable[[], None] = lambda: None) -> None:
        """Captures until told to end, by a signal, a limit, the interface, the reader of a pipe or a full disk.

        `begun` is called once packets come in, and signals end the capture as they should.
        """
        self.began = time.monotonic()
        if self.recorder is not None:
            self.recorder.patient = self._patient
        with self._signals() as awake:
            self.source.start()
            begun()
            try:
                self._until_end(awake)
                self._last()
            finally:
                self.source.close()
                self._count()
                self._close()
            if self.display is not None:
                self.display.finish(time.monotonic() + FINISH)
            if self.progress is not None:
                self.progress.end()

    def _until_end(self, awake: int) -> None:
        poll = select.poll()
        poll.register(awake, select.POLLIN)
        known: list[int] = []
        tick = 0.0
        while not self.reason:
            if known != self.source.descriptors():
                for each in known:
                    with suppress(KeyError):
                        poll.unregister(each)
                known = self.source.descriptors()
                for each in known:
                    poll.register(each, select.POLLIN)
            busy = self.display is not None and self.display.waiting
            ready = poll.poll(0 if busy else max(0, tick - time.monotonic()) * 1000)
            if any(descriptor == awake for descriptor, _ in ready):
                self._hear(awake)
            self._take_all()
            now = time.monotonic()
            if self.display is not None:
                if self.display.waiting:
                    self.display.step(now + TURN)
                self._look_at(self.display)
            if now >= tick:
                tick = now + TICK
                self._tick(now)

    def _take_all(self) -> None:
        for records in self.source.runs():
            self._take(records)
            if self.reason:
                return
        if self.source.gone and not self.source.descriptors():
            self.reason = "; ".join(self.source.gone)

    def _take(self, records: Records) -> None:
        """One run: to the display a copy, then to the file, which may change it."""
        if self.limits.packets and self.captured + len(records) >= self.limits.packets:
            records, _ = records.split(self.limits.packets - self.captured)
            self.reason = "enough packets"
        number = self.captured + 1
        self.captured += len(records)
        if self.progress is not None:
            self.bytes += records.lengths()
        if self.display is not None:
            self.display.offer(records, self.source.section, number)
        if self.recorder is not None:
            try:
                self.recorder.write(records)
            except Reader:
                self.reason = self.reason or "nobody reads the pipe any more"
            except RecordingError as error:
                self.trouble, self.reason = error, "the recording failed"
            if self.recorder.full:
                self.reason = self.reason or "the file is large enough"

    def _look_at(self, display: Display) -> None:
        if display.closed:
            self.reason = self.reason or "nobody reads the output any more"
        elif self.limits.shown and display.shown >= self.limits.shown:
            self.reason = self.reason or "enough packets"

    def _hear(self, awake: int) -> None:
        """Signals that came; those that end the capture have said so already."""
        if FLUSH is not None and FLUSH in os.read(awake, 64) and self.recorder is not None:
            self.recorder.flush()

    def _tick(self, now: float) -> None:
        self._count()
        if self.limits.seconds and now - self.began >= self.limits.seconds:
            self.reason = self.reason or "time is up"
        if self.recorder is not None and not self.reason:
            self.recorder.tick()
        if self.progress is not None:
            self.progress.tick(self)

    def _last(self) -> None:
        """What came before the end was asked for, and is still with the kernel."""
        if self.limits.packets and self.captured >= self.limits.packets:
            return
        if self.trouble is not None or (self.recorder is not None and self.recorder.full):
            return
        self.source.stop()
        until = time.monotonic() + LAST
        while self.source.descriptors() and (rest := until - time.monotonic()) > 0:
            select.select(self.source.descriptors(), [], [], rest)
            for records in self.source.runs():
                self._take(records)
                if self.trouble is not None or (self.limits.packets and self.captured >= self.limits.packets):
                    return

    def _count(self) -> None:
        self.dropped = sum(each.dropped for each in self.source.counts())

    def _close(self) -> None:
        if self.recorder is None:
            return
        try:
            self.recorder.close(self.source.counts())
        except Reader:
            pass
        except RecordingError as error:
            self.trouble = self.trouble or error

    @contextmanager
    def _signals(self) -> Iterator[int]:
        """The end of a pipe that wakes the loop at a signal. A closed pipe is an error of the write, not a signal."""
        reading, writing = os.pipe()
        for end in (reading, writing):
            os.set_blocking(end, False)
        before = {number: signal.signal(number, self._end) for number in ENDING}
        if FLUSH is not None:
            before[FLUSH] = signal.signal(FLUSH, lambda *_: None)
        if hasattr(signal, "SIGPIPE"):
            before[signal.SIGPIPE] = signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        woken = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        try:
            yield reading
        finally:
            signal.set_wakeup_fd(woken)
            for number, handler in before.items():
                signal.signal(number, handler)
            os.close(reading)
            os.close(writing)

    def _patient(self) -> bool:
        """Whether to wait for the reader of a pipe: to the end, and a little longer."""
        if not self.reason:
            return True
        self._hurry = self._hurry or time.monotonic() + FINISH
        return time.monotonic() < self._hurry

    def _end(self, number: int, _: object) -> None:
        self.interrupted = self.interrupted or number
        self.reason = self.reason or "asked to end"
