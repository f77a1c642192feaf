"""What the processes that decode a capture hand to one another: where the next stretch begins."""

from __future__ import annotations

import os
import pickle
from typing import NamedTuple

from dissect.capture.batch import Mark


class Turn(NamedTuple):
    """The next stretch: its number, and where it begins; None behind the last."""

    number: int
    mark: Mark | None


class Baton:
    """What the processes hand to one another: a file that one of them holds at a time, and that a dead one lets go."""

    def __init__(self, first: Turn) -> None:
        self._file = _nameless()
        self._write(first)

    def take(self) -> Turn:
        """Waits until nobody else holds it."""
        import fcntl

        fcntl.lockf(self._file, fcntl.LOCK_EX)
        turn: Turn = pickle.loads(os.pread(self._file, os.fstat(self._file).st_size, 0))
        return turn

    def give(self, turn: Turn) -> None:
        """Lets the next one have it."""
        import fcntl

        self._write(turn)
        fcntl.lockf(self._file, fcntl.LOCK_UN)

    def _write(self, turn: Turn) -> None:
        os.pwrite(self._file, pickle.dumps(turn), 0)  # what is left of a longer one is not read


def _nameless() -> int:
    """A file that only processes forked from here can use, in memory where that is to be had."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("turn")
    from tempfile import TemporaryFile

    with TemporaryFile() as file:
        return os.dup(file.fileno())
