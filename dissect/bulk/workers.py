"""Large captures on all cores: processes that take stretches of the file in turn.

Each finds where the records of its stretch begin, tells the next process where it ended, and decodes. A process
must not have used polars before it is forked, which does not copy the threads that polars has: that is why
nothing is imported here that imports it.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar, runtime_checkable

from dissect.bulk.baton import Baton, Turn
from dissect.bulk.passage import Passage
from dissect.bulk.stretches import block_of_stretch, stretch
from dissect.capture.batch import Batch, Mark
from dissect.capture.errors import CaptureError
from dissect.capture.frames import Frames

if TYPE_CHECKING:
    from dissect.bulk.block import Block

Result = TypeVar("Result")
Job = Callable[["Block"], Result]


@runtime_checkable
class Drafting(Protocol):
    """A job that may leave the rare packets of a block for later, to decode those of several blocks together.

    `awaited`: somebody waits for the first result, which comes before there are several.
    """

    awaited: bool

    def draft(self, block: Block) -> Any:
        """All but those; its `size` is what it keeps, in bytes, if it has one."""

    def completed(self, drafts: list[Any]) -> Iterable[Any]:
        """The results, with those; may empty the list."""


WORTH = 16 << 20
"""Bytes of a capture from which on a second process is worth its start."""
STRETCH = 16 << 20
"""Bytes that are decoded at a time, a fifth of it where results are wide: some work is the same for few packets and many."""
EACH = 4
"""Stretches for each process at least, and the same number for all, so that they end at about the same time."""
ENDED = -1
"""Instead of a turn: a process that has no more to say."""
TOGETHER = 8
"""Stretches of a process whose rare packets are decoded together,"""
WIDE = 3
"""of jobs whose results are wide,"""
HELD = 12 << 20
"""unless so many bytes of their drafts wait already: texts are long."""
AHEAD = 4
"""Answers for each process that may wait for a slower one's."""
PAUSE = 0.05
TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
MOST = 1 << 16
"""Packets in a stretch: those without bytes must not fill the memory."""


class Answer(NamedTuple):
    """What a process says of stretch `turn`: the result of its packets or what went wrong, and how far the file was read.

    At the end of the capture `over`, with the warning that reading ended with.
    """

    turn: int
    results: tuple[Any, ...] = ()
    fault: Exception | None = None
    position: int = 0
    packets: int = 0
    over: bool = False
    warning: str | None = None


def ordered(
    frames: Frames, make: Callable[[], Job[Result]], heard: Callable[[], None] | None = None, wide: bool = False
) -> Generator[Result, None, None]:
    """What a job gives for each block of a capture, in file order; `make` prepares the job where it will run.

    Other processes, where they are worth it, start at once, not with the first result. `heard` is called now and then
    while they are waited for: it may raise where nobody listens any more. Jobs whose results are `wide` get less at a time.
    """
    count = cores()
    if count < 2 or "polars" in sys.modules or not frames.plain or frames.size < WORTH:
        return _here(frames, make)
    rounds = max(EACH, -(-frames.size // (count * (STRETCH // 5 if wide else STRETCH))))
    size = frames.size // (count * rounds)
    size += size // 64  # so that cut records do not add up to another one
    return Workers(frames, make, count, size, wide=wide).results(heard)


def _here(frames: Frames, make: Callable[[], Job[Result]]) -> Generator[Result, None, None]:
    from dissect.bulk.block import blocks

    job = make()
    yield from map(job, blocks(frames))


def cores() -> int:
    """How many processes are worth it."""
    if not hasattr(os, "fork"):
        return 1
    return min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 8)


class Workers:
    """Processes that take the stretches of a capture, whoever is free the next. They end with their pipes, whatever
    becomes of this process.
    """

    def __init__(
        self, frames: Frames, make: Callable[[], Job[Result]], count: int, size: int, *, wide: bool = False
    ) -> None:
        from multiprocessing import get_context

        context = get_context("fork")
        passages = [Passage() for _ in range(count)]
        baton = Baton(Turn(0, frames.start))
        patience = Patience(WIDE, 0) if wide else Patience(TOGETHER, count * size * 3 // 2)  # not all take equally many
        sys.stdout.flush()
        for number, answers in enumerate(passages):
            others = [end for each in passages for end in (each.receive, each.send) if end is not answers.send]
            work = _Work(frames, make, size, baton, answers, patience, early=number > 0)
            context.Process(target=work.live, args=(others,), daemon=True).start()
        for answers in passages:
            answers.send.close()
        self._frames = frames
        self._last = dict.fromkeys(passages, -1)
        self._waiting: dict[int, Answer] = {}

    def results(self, heard: Callable[[], None] | None = None) -> Generator[Result, None, None]:
        """The job's results in the order of the stretches; its exceptions are raised here."""
        turn = 0
        try:
            while True:
                while turn not in self._waiting:
                    if heard is not None:
                        heard()
                    self._receive(turn)
                answer = self._waiting.pop(turn)
                if answer.fault is not None:
                    raise answer.fault
                self._frames.reached(answer.position, answer.packets)
                yield from answer.results
                if answer.over:
                    self._frames.warning = answer.warning
                    return
                turn += 1
        finally:
            for passage in self._last:
                passage.receive.close()

    def _receive(self, turn: int) -> None:
        """Takes the answers that are there; where many wait already, none of those who are ahead.

        Each process answers in the order of its turns, so that whoever has this one is not ahead.
        """
        from multiprocessing.connection import wait

        text = "a process that decodes packets ended unexpectedly: perhaps memory ran out"
        if not self._last:
            raise CaptureError(text)
        many = len(self._waiting) >= AHEAD * len(self._last)
        ends = {each.receive: each for each, last in self._last.items() if not many or last < turn}
        for ready in wait(list(ends), PAUSE):
            assert isinstance(ready, Connection)
            passage = ends[ready]
            try:
                answer: Answer = passage.take()
            except EOFError:
                raise CaptureError(text) from None
            if answer.turn == ENDED:
                del self._last[passage]
                ready.close()
                continue
            self._waiting[answer.turn] = answer
            self._last[passage] = answer.turn


def settle(others: list[Connection]) -> None:
    """What a forked process does first; `others` are the ends of pipes that are not its own."""
    for end in others:
        end.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process ends all
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)


def _keep_memory() -> None:
    """Memory once had from the system is used again, not given back and had anew for every stretch (mallopt(3))."""
    from ctypes import CDLL

    with suppress(OSError, AttributeError, TypeError):
        for what in (TRIM_THRESHOLD, MMAP_THRESHOLD):
            CDLL(None).mallopt(what, 1 << 30)


class Patience(NamedTuple):
    """How many drafts may wait for their rare packets; one more where so many bytes are left, so that it is not alone."""

    drafts: int
    bytes_left: int


class _Work:
    """The life of one process: from baton to baton, until the capture ends."""

    def __init__(
        self,
        frames: Frames,
        make: Callable[[], Job[Result]],
        size: int,
        baton: Baton,
        answers: Passage,
        patience: Patience,
        *,
        early: bool = False,
    ) -> None:
        self._frames, self._make, self._size, self._early = frames, make, size, early
        self._baton, self._answers, self._patience = baton, answers, patience
        self._drafts: list[list[Any]] = []  # turn, position, packets, draft
        self._held = 0

    def live(self, others: list[Connection]) -> None:
        """The process; `others` are the ends of pipes that are not its own."""
        settle(others)
        os.environ["POLARS_MAX_THREADS"] = "1"
        _keep_memory()
        self._work()
        self._answers.put(Answer(ENDED))
        os._exit(0)

    def _work(self) -> None:
        import dissect.bulk.block  # noqa: F401 - loads numpy, while no other process waits

        job: Job[Any] | None = None
        if self._early:  # while the first process reads, which loads what it needs while this one does
            with suppress(Exception):  # raised again with a stretch
                job = self._make()
        most = 0
        while True:
            batch, last = self._next()
            if batch is None:
                self._complete(job)
                if last.turn != ENDED:
                    self._answers.put(last)
                return
            try:
                job = job or self._make()
                if isinstance(job, Drafting):
                    hurry = 1 if last.turn == 0 else 4  # the first result comes alone, the next ones soon
                    most = most or (hurry if job.awaited else self._patience.drafts)
                    draft = job.draft(block_of_stretch(batch))
                    self._drafts.append([last.turn, self._frames.position, batch.stop - 1, draft])
                    self._held += getattr(draft, "size", 0)
                    del draft
                else:
                    result = job(block_of_stretch(batch))
                    self._answers.put(Answer(last.turn, (result,), None, self._frames.position, batch.stop - 1))
            except Exception as fault:
                self._complete(job)
                self._answers.put(Answer(last.turn, fault=fault))
            last_round = len(self._drafts) > 1 and self._left(batch) <= self._patience.bytes_left
            del batch  # before the next is read
            if (len(self._drafts) >= most or self._held >= HELD) and not last_round:
                self._complete(job)
                most = min(4 * most, self._patience.drafts)

    def _left(self, batch: Batch) -> int:
        """Bytes of the capture behind a stretch."""
        return self._frames.size - batch.behind.offset if batch.behind is not None else 0

    def _complete(self, job: Job[Any] | None) -> None:
        """Answers with the drafts so far."""
        held, self._drafts, self._held = self._drafts, [], 0
        if not held or not isinstance(job, Drafting):
            return
        drafts = [each.pop() for each in held]
        try:
            for result in job.completed(drafts):
                self._answers.put(Answer(held[0][0], (result,), None, *held[0][1:]))
                del held[0], result
        except Exception as fault:
            self._answers.put(Answer(held[0][0], fault=fault))

    def _next(self) -> tuple[Batch | None, Answer]:
        """The next stretch and an answer with its number; where no more are to be had, what is to be said at last.

        That is said when nobody waits for the baton any more, and behind all that came before: the first process reads
        no further than it needs to, from each of the others.
        """
        turn, mark = self._baton.take()
        batch: Batch | None = None
        answer = Answer(ENDED)
        try:
            if mark is not None:
                batch = self._stretch(mark)
                answer = Answer(turn, over=batch is None, warning=self._frames.warning)
        except Exception as fault:
            answer = Answer(turn, fault=fault)
        finally:
            self._baton.give(Turn(turn + 1, batch.behind if batch is not None else None))
        return batch, answer

    def _stretch(self, mark: Mark) -> Batch | None:
        batch = stretch(self._frames, mark, self._size)
        if batch is not None and len(batch) > MOST:
            self._size = self._size * MOST // len(batch)
            batch = stretch(self._frames, mark, self._size)
        return batch
