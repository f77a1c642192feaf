"""From a process to the one that forked it: what is large lies in memory that both see, the rest goes through a pipe.

A pipe holds 64 KiB: megabytes of text would pass it piece by piece, with a change of process for each.
"""

from __future__ import annotations

import pickle
from typing import Any

ROOM = 4 << 20
"""Bytes that may lie there before they are taken; what finds no room goes through the pipe, where it has to wait."""
COUNTER = 64
"""Bytes in front of them: how many were taken so far."""


class Passage:
    """Made before the fork; from then on the new process puts and the other one takes, `receive` being a pipe's end."""

    def __init__(self) -> None:
        from mmap import mmap
        from multiprocessing import Pipe

        self.receive, self.send = Pipe(duplex=False)
        memory = memoryview(mmap(-1, COUNTER + ROOM))
        self._memory, self._taken = memory[COUNTER:], memory[:8].cast("q")
        self._given = self._end = 0

    def put(self, what: Any) -> None:
        """Sends what can be pickled; the bytes of its buffers (PEP 574) where there is room for them."""
        places: list[tuple[int, int, bool]] = []
        if self._taken[0] == self._given:
            self._end = 0

        def through_the_pipe(buffer: pickle.PickleBuffer) -> bool:
            raw = buffer.raw()
            begin, end = self._end, self._end + len(raw)
            if end > ROOM:
                return True
            self._memory[begin:end] = raw
            places.append((begin, end, raw.readonly))
            self._end, self._given = end, self._given + len(raw)
            return False

        self.send.send((pickle.dumps(what, 5, buffer_callback=through_the_pipe), places))

    def take(self) -> Any:
        """What was put next; EOFError where there is no more."""
        pickled, places = self.receive.recv()
        buffers = [(bytes if fixed else bytearray)(self._memory[begin:end]) for begin, end, fixed in places]
        self._taken[0] += sum(map(len, buffers))
        return pickle.loads(pickled, buffers=buffers)
