"""What a stream's screen waits for: the connection of a packet, and its data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dissect.tui.background import Job

if TYPE_CHECKING:
    from dissect.streams.connection import Connection
    from dissect.streams.contents import Part
    from dissect.tui.packets import Packets
    from dissect.tui.tracing import Tracing


class Opening(Job):
    """Finds the connection of packet `number`, or connection `stream`.

    `doing` is what it does now, as one of the browser's words; `streams` is how many there are.
    """

    def __init__(self, packets: Packets, number: int = 0, stream: int | None = None) -> None:
        super().__init__()
        self.packets, self.number, self.stream = packets, number, stream
        self.connection: Connection | None = None
        self.doing = "stream.tracing"
        self.streams = 0
        self._tracing: Tracing | None = None

    @property
    def share(self) -> float:
        """How much of the capture was read."""
        from dissect.tui.tracing import READ

        return min(1.0, self._tracing.share / READ) if self._tracing is not None else 0.0

    def work(self) -> None:
        """Waits for the segments, then looks at those of the connection."""
        from dissect.streams.extraction import connection_of

        while True:
            self._tracing = tracing = self.packets.trace(self.number)
            if not tracing.wait(self) or self.stopped:
                self.fault = tracing.fault
                return
            if tracing.upto >= self.number or not self.rest():
                break
        assert tracing.analysis is not None
        if self.stream is None:
            self.stream = tracing.stream(self.number)
        if self.stream is None:
            return
        self.doing = "stream.opening"
        segments = tracing.analysis.segments
        self.streams = segments.streams
        with self.packets.reader() as frames:
            self.connection = connection_of(frames, segments, self.stream)

    def fits(self, number: int) -> bool:
        """Whether the connection that was found holds a packet, and no more can have come since."""
        tracing = self._tracing
        fresh = tracing is not None and tracing.upto >= self.packets.count
        return self.connection is not None and fresh and tracing is not None and tracing.stream(number) == self.stream


class Reading(Job):
    """Reads what a connection carried."""

    def __init__(self, packets: Packets, connection: Connection) -> None:
        super().__init__()
        self.packets, self.connection = packets, connection
        self.parts: list[Part] = []

    def work(self) -> None:
        """Part by part."""
        from dissect.streams.contents import contents

        with self.packets.reader() as frames:
            parts = []
            for part in contents(frames, self.connection.steps):
                parts.append(part)
                self.give_way()
                if self.stopped:
                    return
            self.parts = parts
