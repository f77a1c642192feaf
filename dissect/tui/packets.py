"""The packets of a capture as the screen needs them: counted behind it, decoded when they are looked at."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from importlib import import_module
from threading import Lock
from typing import TYPE_CHECKING

from dissect.capture.errors import CaptureError
from dissect.capture.frames import Frames
from dissect.capture.growing import Growing
from dissect.decoding import decode_frame
from dissect.packet import Frame, Packet
from dissect.tui.background import Job

if TYPE_CHECKING:
    from dissect.tui.tracing import Tracing

OFTEN = 50  # packets after which somebody may have something more urgent
MANY = 100_000  # packets
KEPT = 600  # decoded packets: several screens


class Filling(Job):
    """Copies what a pipe gives."""

    def __init__(self, growing: Growing) -> None:
        super().__init__()
        self.growing = growing

    def work(self) -> None:
        """Until the pipe ends."""
        self.growing.fill(lambda: self.stopped)


class Counting(Job):
    """Counts the packets from the first on, and goes on where the capture grows."""

    def __init__(self, growing: Growing) -> None:
        super().__init__()
        self.growing = growing
        self.count = 0
        self.position = 0
        self.complete = False
        self.warning = ""
        self.frames: Frames | None = None
        self._prepared = False

    @property
    def share(self) -> float:
        """How much of what is there has been counted, from 0 to 1."""
        return 1.0 if self.complete else min(1.0, self.position / max(1, self.growing.size))

    def work(self) -> None:
        """Counts, and looks now and then whether there is more."""
        while not self.growing.ready:
            if self.growing.finished or not self.rest():
                return
        self.frames = self.growing.reader()
        while not self.stopped:
            size, finished = self.growing.size, self.growing.finished
            self._on()
            self.complete = finished
            self._prepare()
            if finished:
                self.warning = self.growing.fault or self.frames.warning or ""
            while self.growing.size == size and self.growing.finished == finished:
                if not self.rest():
                    return

    def _prepare(self) -> None:
        """Of a large capture nobody finds anything by looking: what a filter needs is loaded before it is asked for."""
        if self.count > MANY and not self._prepared:
            self._prepared = True
            for name in ("numpy", "polars", "lark", "dissect.bulk.condition", "dissect.bulk.table"):
                self.give_way()
                import_module(name)

    def _on(self) -> None:
        assert self.frames is not None
        for batch in self.frames.batches(self.count + 1):
            if self.stopped:
                return
            self.count = max(self.count, batch.stop - 1)
            self.position = batch.mark.offset + len(batch.data)
            self.give_way()


class Nearby(Job):
    """Looks at the packets around one, until nobody wants to know any more."""

    def __init__(self, frames: Frames) -> None:
        super().__init__()
        self.frames = frames

    def iterate(self, first: int, last: int) -> Iterator[Frame]:
        """Those packets, as `Frames` gives them."""
        for frame in self.frames.iterate(first, last):
            if frame.number % OFTEN == 0:
                self.give_way()
                if self.stopped:
                    return
            yield frame


class Packets:
    """The packets of a capture by number, from 1; `count` of them are known so far."""

    def __init__(self, growing: Growing) -> None:
        self.growing = growing
        self.counting = Counting(growing)
        self.filling = Filling(growing)
        self._frames: Frames | None = None
        self._kept: OrderedDict[int, Packet] = OrderedDict()
        self.started: int | None = None
        self._tracing: Tracing | None = None
        self._traced: Tracing | None = None
        self._lock = Lock()

    @property
    def count(self) -> int:
        """How many packets are known."""
        return self.counting.count

    @property
    def complete(self) -> bool:
        """Whether all that are there have been counted and no more can come."""
        return self.counting.complete

    @property
    def trouble(self) -> str:
        """What is wrong with the capture, in one sentence, or an empty text."""
        return self.growing.fault or self.counting.fault or self.counting.warning

    def start(self) -> None:
        """Begins to read."""
        if not self.growing.plain:
            self.filling.start()
        self.counting.start()

    def stop(self) -> None:
        """Ends all reading."""
        self.filling.stop()
        self.counting.stop()
        if self._tracing is not None:
            self._tracing.stop()
        self.counting.join(1)
        for frames in (self._frames, self.counting.frames):
            if frames is not None:
                frames.close()

    def reader(self) -> Frames:
        """A reading of its own for a thread, which finds packets as quickly as this does."""
        frames = self.growing.reader()
        if self.counting.frames is not None:
            frames.follow(self.counting.frames)
        return frames

    def trace(self, reach: int = 0) -> Tracing:
        """The connections of the packets known so far: being traced, or traced before and still fresh enough.

        Where packet `reach` came later than those traced before, they are traced anew.
        """
        from dissect.tui.tracing import Tracing

        with self._lock:
            current = self._tracing
            if current is None or current.stale or (current.done and current.upto < min(reach, self.count)):
                self._traced = self.traced
                self._tracing = current = Tracing(self)
                current.start()
            return current

    @property
    def tracing(self) -> Tracing | None:
        """What traces the connections now, or did so last."""
        return self._tracing

    @property
    def traced(self) -> Tracing | None:
        """The connections as they were traced last, if they were."""
        current = self._tracing
        return current if current is not None and current.done and not current.fault else self._traced

    def told(self, number: int, name: str) -> str:
        """What connections tell of a packet; dots while that is being found out."""
        traced = self.traced
        if traced is None or number > traced.upto:
            return "…" if self._tracing is not None and not self._tracing.fault else ""
        return traced.told(number, name)

    def packet(self, number: int) -> Packet | None:
        """Packet `number`; None where it cannot be read (any more)."""
        kept = self._kept.get(number)
        if kept is not None:
            self._kept.move_to_end(number)
            return kept
        try:
            if self._frames is None:
                self._frames = self.reader()
            packet = decode_frame(self._frames.at(number))
        except (IndexError, CaptureError, OSError):
            return None
        self._kept[number] = packet
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return packet

    def time(self, number: int) -> int | None:
        """When packet `number` was captured, in nanoseconds since 1970, if the file says so."""
        packet = self._kept.get(number) or self.packet(number)
        return packet.frame.time if packet is not None else None

    def first_time(self) -> int | None:
        """The time of the first packet."""
        if self.started is None and self.count:
            self.started = self.time(1)
        return self.started
