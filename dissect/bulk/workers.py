"""Large captures on all cores: processes that each decode every so many-th stretch of the file.

This process finds where the records begin, the others read and decode them. It must not have used polars
before, whose threads a fork does not copy: that is why nothing is imported here that imports it.
"""

from __future__ import annotations

import os
import signal
import sys
from array import array
from collections import deque
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from dissect.capture.batch import Batch, Mark, Shape
from dissect.capture.errors import CaptureError
from dissect.capture.frames import Frames

if TYPE_CHECKING:
    from dissect.bulk.block import Block

Result = TypeVar("Result")
Job = Callable[["Block"], Result]

WORTH = 16 << 20
"""Bytes of a capture from which on a second process is worth its start."""
STRETCH = 32 << 20
"""Bytes that are decoded at a time: some work is the same for few packets and many."""
EACH = 4
"""Stretches for each process, so that all end at about the same time."""
MOST = 1 << 16
"""Packets in a stretch: what is said of two stretches must fit into a pipe, so that nobody waits for the other."""
AHEAD = 2
PIPE = 1 << 20


class Stretch(NamedTuple):
    """Records from byte `offset` of the capture on: where they begin, in runs from a byte each; the first one's number."""

    offset: int
    size: int
    runs: list[tuple[int, array[int]]]
    shape: Shape
    number: int


def stretches(frames: Frames, size: int) -> Iterator[Stretch]:
    """The whole capture, cut between records after about so many bytes."""
    now: Stretch | None = None
    packets = 0
    for batch in frames.batches():
        first, count = batch.starts[0], len(batch)
        end = batch.offset + len(batch.data)
        if now is not None and (batch.shape is not now.shape or now.size >= size or packets + count > MOST):
            yield now
            now = None
        if now is None:
            now, packets = Stretch(batch.offset + first, 0, [], batch.shape, batch.mark.number), 0
        now.runs.append((batch.offset - now.offset, array("I", batch.starts)))
        now, packets = now._replace(size=end - now.offset), packets + count
    if now is not None:
        yield now


def ordered(frames: Frames, make: Callable[[], Job[Result]]) -> Iterator[Result]:
    """What a job gives for each block of a capture, in file order; `make` prepares the job where it will run.

    Other processes, where they are worth it, start at once, not with the first result.
    """
    count = _cores()
    if count < 2 or "polars" in sys.modules or not frames.plain or frames.size < WORTH:
        return _here(frames, make)
    return Workers(frames, make, count).results(stretches(frames, min(STRETCH, frames.size // (count * EACH))))


def _here(frames: Frames, make: Callable[[], Job[Result]]) -> Iterator[Result]:
    from dissect.bulk.block import blocks

    job = make()
    yield from map(job, blocks(frames))


def _cores() -> int:
    if not hasattr(os, "fork"):
        return 1
    return min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 8)


class Workers:
    """Processes that take stretches in turn. They end with their pipes, whatever becomes of this process."""

    def __init__(self, frames: Frames, make: Callable[[], Job[Result]], count: int) -> None:
        from multiprocessing import get_context

        context = get_context("fork")
        self._tasks: list[Connection] = []
        self._results: list[Connection] = []
        sys.stdout.flush()
        for _ in range(count):
            take, give = context.Pipe(duplex=False)
            receive, answer = context.Pipe(duplex=False)
            _widen(give)
            others = (*self._tasks, *self._results, give, receive)
            worker = context.Process(target=_work, args=(frames, make, take, answer, others), daemon=True)
            worker.start()
            take.close()
            answer.close()
            self._tasks.append(give)
            self._results.append(receive)

    def results(self, stretches: Iterator[Stretch]) -> Iterator[Result]:
        """The job's results in the order of the stretches; its exceptions are raised here."""
        pending: deque[Connection] = deque()
        try:
            for number, stretch in enumerate(stretches):
                turn = number % len(self._tasks)
                self._tasks[turn].send(stretch)
                pending.append(self._results[turn])
                if len(pending) == AHEAD * len(self._tasks):
                    yield _received(pending.popleft())
            while pending:
                yield _received(pending.popleft())
        finally:
            for end in (*self._tasks, *self._results):
                end.close()


def _widen(pipe: Connection) -> None:
    """Room for what is said of two stretches."""
    import fcntl

    if hasattr(fcntl, "F_SETPIPE_SZ"):
        fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, PIPE)


def _received(results: Connection) -> Any:
    try:
        done, result = results.recv()
    except EOFError:
        raise CaptureError("a process that decodes packets ended unexpectedly: perhaps memory ran out") from None
    if not done:
        raise result
    return result


def _work(
    frames: Frames, make: Callable[[], Job[Result]], tasks: Connection, answers: Connection, others: tuple[Connection, ...]
) -> None:  # fmt: skip
    """The life of one process: an answer for every stretch, until there are no more."""
    for end in others:
        end.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process ends all
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.environ["POLARS_MAX_THREADS"] = "1"
    job: Job[Result] | None = None
    fault: Exception | None = None
    try:
        job = make()
    except Exception as error:
        fault = error
    while True:
        try:
            stretch = tasks.recv()
        except EOFError:
            os._exit(0)
        if job is not None:
            try:
                answers.send((True, job(block_at(frames, stretch))))
                continue
            except Exception as error:
                fault = error
        answers.send((False, fault))


def block_at(frames: Frames, stretch: Stretch) -> Block:
    """The packets of a stretch of a capture, read here: any process may, from its own opening of the file."""
    import numpy as np

    from dissect.bulk.block import block_of
    from dissect.bulk.octets import PAD

    data = frames.bytes_at(stretch.offset, stretch.size + PAD)
    if len(data) < stretch.size:
        raise CaptureError(f"{frames.name}: became shorter while it was read")
    starts = np.concatenate([np.frombuffer(run, np.uint32).astype(np.int64) + base for base, run in stretch.runs])
    if len(data) < stretch.size + PAD:
        data += bytes(stretch.size + PAD - len(data))
    return block_of(Batch(data, starts, stretch.shape, Mark(stretch.offset, stretch.number)))  # type: ignore[arg-type]
