"""Work on arrays divided among processes: forked ones see what this one has, and write into what is `shared`.

As in `workers`, a process must not have used polars before, nor have begun threads.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Generator, Sequence
from typing import Any, TypeVar

import numpy as np

from dissect.bulk import workers
from dissect.bulk.octets import Array
from dissect.bulk.passage import Passage
from dissect.capture.errors import CaptureError

Part = TypeVar("Part")
Result = TypeVar("Result")


def processes() -> int:
    """How many there can be, this one included."""
    return 1 if "polars" in sys.modules or threading.active_count() > 1 else workers.cores()


def shared(count: int, kind: type[np.generic]) -> Array:
    """Zeros in memory that processes forked from now on share."""
    from mmap import mmap

    return np.frombuffer(mmap(-1, max(1, count * np.dtype(kind).itemsize)), kind, count)


def divided(work: Callable[[Part], Result], parts: Sequence[Part]) -> Generator[Result, None, None]:
    """What the work gives for each part, in their order; its exceptions are raised here.

    Other processes, where there are any, begin with the first result, and run ahead only as far as a `Passage` holds.
    """
    count = min(processes(), len(parts))
    others: list[Passage] = []
    try:
        for which in range(1, count):
            _begin(work, parts[which::count], others)
        for number, part in enumerate(parts):
            yield _heard(others[number % count - 1]) if number % count else work(part)
    finally:
        for each in others:
            each.receive.close()


def _begin(work: Callable[[Part], Result], parts: Sequence[Part], others: list[Passage]) -> None:
    """Begins a process that does some of the work, whose answers can then be heard with those of the others."""
    from multiprocessing import get_context

    answers = Passage()
    others.append(answers)
    sys.stdout.flush()
    get_context("fork").Process(target=_live, args=(work, parts, answers, others), daemon=True).start()
    answers.send.close()


def _live(work: Callable[[Part], Result], parts: Sequence[Part], answers: Passage, others: list[Passage]) -> None:
    """The process; the ends of pipes that `others` receive with are not its own, and only the first one may keep them open."""
    workers.settle([each.receive for each in others])
    try:
        for part in parts:
            answers.put((None, work(part)))
    except Exception as fault:
        answers.put((fault, None))
    os._exit(0)


def _heard(answers: Passage) -> Any:
    try:
        fault, found = answers.take()
    except EOFError:
        raise CaptureError("a process that works on packets ended unexpectedly: perhaps memory ran out") from None
    if fault is not None:
        raise fault
    return found
