"""Where live packets come from, as runs of records: the kernel's rings, scapy's sockets, dumpcap's pipe."""

from __future__ import annotations

import select
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from dissect.bulk.octets import Array
from dissect.bulk.records import Records, sizes_of
from dissect.bulk.sealing import Sealer
from dissect.capture.blocks import Counts
from dissect.capture.live.errors import InterfaceGone
from dissect.capture.section import SECOND, Interface, Section

LAST = 0.06  # seconds in which the kernel hands over what it has, at the end

if TYPE_CHECKING:
    from dissect.capture.live.dumpcap import Dumpcap
    from dissect.capture.live.ring import Ring
    from dissect.capture.live.sockets import Sockets


class Source(Protocol):
    """Packets as they come. `kind` is its name on the command line, `gone` says which interfaces ended, and how."""

    kind: str
    section: Section
    gone: list[str]

    def start(self) -> None:
        """Begin to capture."""

    def descriptors(self) -> list[int]:
        """What to wait on; none when all has ended."""

    def runs(self) -> Iterator[Records]:
        """The packets that are there. Each run is good until the next is asked for."""

    def counts(self) -> list[Counts]:
        """What each interface gave up to now, and what was dropped for want of room."""

    def stop(self) -> None:
        """Packets that come from now on are not wanted."""

    def close(self) -> None:
        """The end."""


class RingSource:
    """The kernel's rings: one an interface."""

    kind = "ring"

    def __init__(self, rings: Sequence[Ring]) -> None:
        self.section = Section("little", 1, [Interface(each.link, each.snaplen, each.name, SECOND) for each in rings])
        self.gone: list[str] = []
        self._all = list(rings)
        self._rings = {ring: Sealer(ring, number) for number, ring in enumerate(rings)}

    def start(self) -> None:
        """Begin to capture."""
        for ring in self._rings:
            ring.start()

    def descriptors(self) -> list[int]:
        """The sockets whose interfaces are there."""
        return [ring.fileno() for ring in self._rings]

    def runs(self) -> Iterator[Records]:
        """A block each; of several interfaces the blocks that are ready at a time as one, in the order of time."""
        yield from self._blocks(self._rings)
        for ring in list(self._rings):
            try:
                ring.check()
            except InterfaceGone as gone:
                self.gone.append(str(gone))
                select.select([ring.fileno()], [], [], LAST)
                yield from self._blocks({ring: self._rings.pop(ring)})

    def _blocks(self, rings: dict[Ring, Sealer]) -> Iterator[Records]:
        ready = True
        while ready:
            ready = False
            taken = [(ring, sealer, ring.block()) for ring, sealer in rings.items()]
            blocks = [(ring, sealer.seal(block)) for ring, sealer, block in taken if block is not None]
            if blocks:
                ready = True
                runs = [run for _, run in blocks if len(run)]
                try:
                    if runs:
                        yield runs[0] if len(runs) == 1 else merged(runs)
                finally:  # a sealed block must not be seen again
                    for ring, _ in blocks:
                        ring.release()

    def counts(self) -> list[Counts]:
        """From PACKET_STATISTICS."""
        for ring in self._all:
            ring.count()
        return [Counts(ring.passed, ring.dropped) for ring in self._all]

    def stop(self) -> None:
        """What is in the rings still counts."""
        for ring in self._rings:
            ring.refuse()

    def close(self) -> None:
        """Closes the sockets."""
        self.counts()
        for ring in self._all:
            ring.close()


class SocketSource:
    """scapy's sockets: one an interface."""

    kind = "scapy"

    def __init__(self, sockets: Sequence[Sockets]) -> None:
        self.section = Section("little", 1, [Interface(each.link, each.snaplen, each.name, SECOND) for each in sockets])
        self.gone: list[str] = []
        self._all = list(sockets)
        self._open = list(sockets)

    def start(self) -> None:
        """They have begun when they were opened."""

    def descriptors(self) -> list[int]:
        """The sockets whose interfaces are there."""
        return [each.fileno() for each in self._open]

    def runs(self) -> Iterator[Records]:
        """What each socket has."""
        for each in list(self._open):
            data, starts = each.receive()
            if starts:
                yield of_blocks(data, starts)
            if each.gone:
                self.gone.append(each.gone)
                self._open.remove(each)

    def counts(self) -> list[Counts]:
        """As far as the system tells."""
        for each in self._all:
            each.count()
        return [Counts(each.delivered, each.dropped) for each in self._all]

    def stop(self) -> None:
        """Nothing waits elsewhere."""

    def close(self) -> None:
        """Closes the sockets."""
        for each in self._all:
            each.close()


class PipeSource:
    """dumpcap's pipe."""

    kind = "dumpcap"

    def __init__(self, helper: Dumpcap) -> None:
        self.section = helper.section
        self.gone: list[str] = []
        self._helper = helper
        self._delivered = 0
        self._stopped = self._ended = False

    def start(self) -> None:
        """There is nothing to do: dumpcap has begun already."""

    def descriptors(self) -> list[int]:
        """The pipe, as long as dumpcap lives."""
        return [] if self._ended else [self._helper.fileno()]

    def runs(self) -> Iterator[Records]:
        """What dumpcap has written; it would wait for an interface that went down, we do not."""
        if not self.gone and not self._stopped and (said := self._helper.down()):
            self.gone.append(said)
            self.stop()
        while not self._ended and select.select(self.descriptors(), [], [], 0)[0]:
            try:
                data, starts = self._helper.receive()
            except InterfaceGone as gone:
                self._ended = True
                if not self._stopped:
                    self.gone.append(self._helper.down(at_once=True) or str(gone))
                return
            if starts:
                self._delivered += len(starts)
                yield of_blocks(data, starts)

    def counts(self) -> list[Counts]:
        """As dumpcap tells them at its end."""
        told = self._helper.counts
        return [
            Counts(self._delivered if not number else 0, told.get(name, (0, 0))[1])
            for number, name in enumerate(self._helper.names)
        ]

    def stop(self) -> None:
        """Lets dumpcap give what it has, and end."""
        self._stopped = True
        self._helper.stop()

    def close(self) -> None:
        """Ends dumpcap."""
        self._helper.close()


def of_blocks(data: bytes, starts: Sequence[int]) -> Records:
    """Records of enhanced packet blocks that lie in `data`."""
    memory: Array = np.frombuffer(bytearray(data), np.uint8)
    where = np.array(starts, np.int64)
    return Records(memory, where, sizes_of(memory, where))


def merged(runs: Sequence[Records]) -> Records:
    """A copy of several runs as one, in the order of time."""
    parts, starts, offset = [], [], 0
    for run in runs:
        begin, end = run.span()
        parts.append(run.memory[begin:end])
        starts.append(run.starts - begin + offset)
        offset += end - begin
    memory, where = np.concatenate(parts), np.concatenate(starts)
    joined = Records(memory, where, np.concatenate([run.sizes for run in runs]))
    order = np.argsort(joined.times(), kind="stable")
    return Records(memory, where[order], joined.sizes[order])
