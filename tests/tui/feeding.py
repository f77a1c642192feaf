"""A source of packets that a test feeds, captured from in a process of its own like any other."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress

from tui.test_troubles import DATA

from dissect.apart import Apart
from dissect.bulk.live import of_blocks
from dissect.bulk.records import Records
from dissect.capture.blocks import Counts, packet_block
from dissect.capture.section import SECOND, Interface, Section

BLOCK = len(packet_block(0, 0, DATA))


class Fed:
    """What comes through a pipe: blocks of packets; the pipe's end is the interface's. Every fifth is dropped."""

    kind = "fed"

    def __init__(self, reading: int) -> None:
        self.section = Section("little", 1, [Interface(1, 262_144, "eth9", SECOND)])
        self.gone: list[str] = []
        self._reading = reading
        self._count = 0

    def start(self) -> None:
        """It has."""

    def descriptors(self) -> list[int]:
        return [] if self.gone else [self._reading]

    def runs(self) -> Iterator[Records]:
        with suppress(BlockingIOError):
            while not self.gone:
                data = os.read(self._reading, BLOCK * 1000)
                if data:
                    self._count += len(data) // BLOCK
                    yield of_blocks(data, range(0, len(data), BLOCK))
                else:
                    self.gone.append("eth9 went away")

    def counts(self) -> list[Counts]:
        return [Counts(self._count, self._count // 5)]

    def stop(self) -> None:
        """Nothing waits elsewhere."""

    def close(self) -> None:
        os.close(self._reading)


class Feed:
    """Sends packets to a capture, a second apart, until closed."""

    def __init__(self, prepare: Callable[[], None] = lambda: None) -> None:
        reading, self._writing = os.pipe()
        os.set_blocking(reading, False)
        writing, self._sent = self._writing, 0

        def opening() -> Fed:
            os.close(writing)
            prepare()
            return Fed(reading)

        self.capture = Apart("eth9", opening, "udp")
        os.close(reading)
        self.capture.begun()

    def send(self, count: int) -> None:
        """So many more."""
        blocks = [packet_block(0, (self._sent + number) * SECOND, DATA) for number in range(count)]
        os.write(self._writing, b"".join(blocks))
        self._sent += count

    def end(self) -> None:
        """The interface goes."""
        os.close(self._writing)
