"""Large captures on all cores: processes that take stretches of the file in turn.

Each finds where the records of its stretch begin, tells the next process where it ended, and decodes. A process
must not have used polars before it is forked, which does not copy the threads that polars has: that is why
nothing is imported here that imports it.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Generator, Iterator
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from dissect.capture.batch import Batch, Mark
from dissect.capture.errors import CaptureError
from dissect.capture.frames import Frames

if TYPE_CHECKING:
    from dissect.bulk.block import Block

Result = TypeVar("Result")
Job = Callable[["Block"], Result]

WORTH = 16 << 20
"""Bytes of a capture from which on a second process is worth its start."""
STRETCH = 16 << 20
"""Bytes that are decoded at a time: some work is the same for few packets and many."""
EACH = 4
"""Stretches for each process, so that all end at about the same time."""
MOST = 1 << 16
"""Packets in a stretch: those without bytes must not fill the memory."""


class Answer(NamedTuple):
    """What a process says of its stretch: the result of its packets or what went wrong, and the bytes and packets so far.

    At the end of the capture `over`, with the warning that reading ended with.
    """

    results: tuple[Any, ...] = ()
    fault: Exception | None = None
    position: int = 0
    packets: int = 0
    over: bool = False
    warning: str | None = None


def ordered(frames: Frames, make: Callable[[], Job[Result]]) -> Generator[Result, None, None]:
    """What a job gives for each block of a capture, in file order; `make` prepares the job where it will run.

    Other processes, where they are worth it, start at once, not with the first result.
    """
    count = _cores()
    if count < 2 or "polars" in sys.modules or not frames.plain or frames.size < WORTH:
        return _here(frames, make)
    return Workers(frames, make, count, min(STRETCH, frames.size // (count * EACH))).results()


def _here(frames: Frames, make: Callable[[], Job[Result]]) -> Generator[Result, None, None]:
    from dissect.bulk.block import blocks

    job = make()
    yield from map(job, blocks(frames))


def _cores() -> int:
    if not hasattr(os, "fork"):
        return 1
    return min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 8)


def marks(frames: Frames, size: int) -> Iterator[Mark]:
    """Where stretches of about `size` bytes begin: any process that opens the file may decode one (`block_from`)."""
    mark: Mark | None = frames.start
    while mark is not None:
        batch = stretch(frames, mark, size)
        if batch is None:
            return
        yield mark
        mark = batch.behind


def stretch(frames: Frames, mark: Mark, size: int) -> Batch | None:
    """Whole records from a mark on, about `size` bytes of them; None at the end of the capture."""
    return next(frames.batches_from(mark, size), None)


def block_from(frames: Frames, mark: Mark, size: int) -> Block:
    """The packets of the stretch at a mark, of which there must be some."""
    batch = stretch(frames, mark, size)
    assert batch is not None
    return _block(batch)


def _block(batch: Batch) -> Block:
    from dissect.bulk.block import block_of, joined
    from dissect.bulk.octets import PAD

    padded = batch.behind is not None and batch.behind.offset - batch.offset + PAD <= len(batch.data)
    return block_of(batch if padded else joined([batch]))


class Workers:
    """Processes that take stretches in turn. They end with their pipes, whatever becomes of this process."""

    def __init__(self, frames: Frames, make: Callable[[], Job[Result]], count: int, size: int) -> None:
        from multiprocessing import get_context

        context = get_context("fork")
        batons = [context.Pipe(duplex=False) for _ in range(count)]
        answers = [context.Pipe(duplex=False) for _ in range(count)]
        every = [end for pair in (*batons, *answers) for end in pair]
        sys.stdout.flush()
        for number in range(count):
            own = batons[number][0], batons[(number + 1) % count][1], answers[number][1]
            others = [end for end in every if end not in own]
            work = _Work(frames, make, size, *own)
            context.Process(target=work.live, args=(others,), daemon=True).start()
        batons[0][1].send(frames.start)
        self._frames = frames
        self._answers = [receive for receive, _ in answers]
        for end in every:
            if end not in self._answers:
                end.close()

    def results(self) -> Generator[Result, None, None]:
        """The job's results in the order of the stretches; its exceptions are raised here."""
        turn = 0
        try:
            while True:
                answer = _received(self._answers[turn % len(self._answers)])
                if answer.fault is not None:
                    raise answer.fault
                self._frames.reached(answer.position, answer.packets)
                yield from answer.results
                if answer.over:
                    self._frames.warning = answer.warning
                    return
                turn += 1
        finally:
            for end in self._answers:
                end.close()


def _received(answers: Connection) -> Answer:
    try:
        answer: Answer = answers.recv()
    except EOFError:
        raise CaptureError("a process that decodes packets ended unexpectedly: perhaps memory ran out") from None
    return answer


class _Work:
    """The life of one process: from baton to baton, until the capture ends."""

    def __init__(
        self, frames: Frames, make: Callable[[], Job[Result]], size: int, before: Connection, behind: Connection, answers: Connection
    ) -> None:  # fmt: skip
        self._frames, self._make, self._size = frames, make, size
        self._before, self._behind, self._answers = before, behind, answers

    def live(self, others: list[Connection]) -> None:
        """The process; `others` are the ends of pipes that are not its own."""
        for end in others:
            end.close()
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process ends all
        if hasattr(signal, "SIGPIPE"):
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.environ["POLARS_MAX_THREADS"] = "1"
        try:
            job = self._make()
            while self._stretch(job):
                pass
        except EOFError:
            pass
        except Exception as fault:
            self._answers.send(Answer(fault=fault))
        os._exit(0)

    def _stretch(self, job: Job[Result]) -> bool:
        mark = self._before.recv()
        if mark is None:
            self._behind.send(None)
            return False
        batch = stretch(self._frames, mark, self._size)
        if batch is not None and len(batch) > MOST:
            self._size = self._size * MOST // len(batch)
            batch = stretch(self._frames, mark, self._size)
        if batch is None:
            self._behind.send(None)
            self._answers.send(Answer(over=True, warning=self._frames.warning))
            return False
        self._behind.send(batch.behind)
        self._answers.send(Answer((job(_block(batch)),), None, self._frames.position, batch.stop - 1))
        return True
