"""The packets as they come: a line each, or chosen fields as a table of text or JSON."""

from __future__ import annotations

import sys
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from dissect.cli.live.output import Output
from dissect.export import Job, first_time, header, joined, limited

if TYPE_CHECKING:
    from dissect.bulk.block import Block
    from dissect.bulk.records import Records
    from dissect.capture.section import Section

HELD = 32 << 20  # bytes of packets that may wait to be shown on a terminal, where late is too late
KEPT = 256 << 20  # the same for a file or a pipe, where late is better than never
AT_ONCE = 2000  # packets that are decoded in one go: some hundredths of a second
REHEARSED = (
    "0200000000020200000000010800"
    + "4500002800000000400600000a0000010a000002"
    + "0001000200000000000000005000000000000000"
)


class Listing:
    """Shows packets as a job writes them, at most `most` where that is not 0; what it has no time for is shed."""

    def __init__(self, job: Job, most: int = 0) -> None:
        self.shown = self.shed = 0
        self._job = job
        self._most = most
        self._started: int | None = None
        self._previous: int | None = None
        self._out = Output()
        self._queue: deque[Block] = deque()
        self._size = 0
        self._room = HELD if sys.stdout.isatty() else KEPT
        job.check()
        job(rehearsal(), 0)
        self._out.write(header(job.format, job.fields))

    @property
    def closed(self) -> bool:
        """Whether nobody reads any more."""
        return self._out.closed

    @property
    def waiting(self) -> bool:
        """Whether packets wait, and the reader could take them."""
        return bool(self._queue) and not self._out.full and not self._done

    def offer(self, records: Records, section: Section, number: int) -> None:
        """Keeps a copy, or sheds."""
        if self._size > self._room:
            self.shed += len(records)
            return
        block = block_from(records, section, number)
        self._size += len(block.octets.data)
        if self._started is None:
            self._started = first_time(block)
        self._queue.append(block)

    def step(self, until: float) -> None:
        """Shows packets, in order, as long as there is time."""
        while self.waiting:
            self._some()
            if time.monotonic() >= until:
                return

    def finish(self, until: float) -> None:
        """Shows what waits, and sheds what there is no time for."""
        while self._queue and not self.closed and not self._done and time.monotonic() < until:
            self._some()
        if not self._done:
            self.shed += sum(len(block) for block in self._queue)
        self._queue.clear()
        missed = self._out.finish(until + 0.1)
        self.shown -= missed
        self.shed += missed

    @property
    def _done(self) -> bool:
        return bool(self._most) and self.shown >= self._most

    def _some(self) -> None:
        """Shows the next packets of the first block."""
        block, rest = parted(self._queue[0], AT_ONCE)
        part = self._job(block, self._started)
        if self._most:
            part = limited(part, self._most - self.shown)
        self._out.write(joined(part, self._previous), part.count)
        self._previous = self._previous if part.last is None else part.last
        self.shown += part.count
        if rest is not None:
            self._queue[0] = rest
        else:
            self._queue.popleft()
            self._size -= len(block.octets.data)


def block_from(records: Records, section: Section, number: int) -> Block:
    """A copy of the records, to be decoded."""
    from dissect.bulk.block import block_of

    return block_of(records.batch(section, number))


def parted(block: Block, count: int) -> tuple[Block, Block | None]:
    """The first packets of a block, and the others if there are any."""
    import numpy as np

    if len(block) <= count:
        return block, None
    return block.first(count), block.take(np.arange(count, len(block)))


def rehearsal() -> Block:
    """A packet that never was, to go through everything once before the first that is: modules, tables, threads."""
    from dissect.bulk.live import of_blocks
    from dissect.capture.blocks import packet_block
    from dissect.capture.section import SECOND, Interface, Section

    start: Any = [0]
    section = Section("little", 1, [Interface(1, 0, "", SECOND)])
    return block_from(of_blocks(packet_block(0, 0, bytes.fromhex(REHEARSED)), start), section, 1)
