"""Work on arrays divided among processes: forked ones see what this one has, and write into what is `shared`.

As in `workers`, a process must not have used polars before, nor have begun threads.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Generator, Sequence
from multiprocessing.connection import Connection
from typing import Any, TypeVar

import numpy as np

from dissect.bulk import workers
from dissect.bulk.octets import Array
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

    Other processes, where there are any, begin with the first result, and run ahead only as far as a pipe holds.
    """
    count = min(processes(), len(parts))
    others: list[Connection] = []
    try:
        for which in range(1, count):
            _begin(work, parts[which::count], others)
        for number, part in enumerate(parts):
            yield _heard(others[number % count - 1]) if number % count else work(part)
    finally:
        for each in others:
            each.close()


def _begin(work: Callable[[Part], Result], parts: Sequence[Part], others: list[Connection]) -> None:
    """Begins a process that does some of the work, whose answers can then be heard with those of the others."""
    from multiprocessing import get_context

    context = get_context("fork")
    receive, send = context.Pipe(duplex=False)
    others.append(receive)
    sys.stdout.flush()
    context.Process(target=_live, args=(work, parts, send, others), daemon=True).start()
    send.close()


def _live(work: Callable[[Part], Result], parts: Sequence[Part], send: Connection, others: list[Connection]) -> None:
    """The process; `others` are the ends of pipes that are not its own, and that only the first one may keep open."""
    workers.settle(others)
    try:
        for part in parts:
            send.send((None, work(part)))
    except Exception as fault:
        send.send((fault, None))
    os._exit(0)


def _heard(answers: Connection) -> Any:
    try:
        fault, found = answers.recv()
    except EOFError:
        raise CaptureError("a process that works on packets ended unexpectedly: perhaps memory ran out") from None
    if fault is not None:
        raise fault
    return found
