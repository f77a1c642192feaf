"""Standard output that never holds up a capture: a thread writes, and tells when nobody reads."""

from __future__ import annotations

import os
import queue
import threading
import time

WAITING = 1 << 20  # bytes that may wait for the reader


class Output:
    """Bytes on their way to a descriptor. `closed` when nobody takes them any more."""

    def __init__(self, descriptor: int = 1) -> None:
        self.closed = False
        self.waiting = 0
        self._descriptor = descriptor
        self._queue: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    @property
    def full(self) -> bool:
        """Whether the reader is behind."""
        return self.waiting > WAITING

    def write(self, data: bytes) -> None:
        """Leaves the bytes to the thread."""
        if data and not self.closed:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
            self.waiting += len(data)
            self._queue.put(data)

    def finish(self, until: float) -> None:
        """Waits for the reader to take what there is, up to a time of `time.monotonic`."""
        while self.waiting > 0 and not self.closed and time.monotonic() < until:
            time.sleep(0.002)

    def _run(self) -> None:
        try:
            while True:
                data = memoryview(self._queue.get())
                while data:
                    done = os.write(self._descriptor, data)
                    data = data[done:]
                    self.waiting -= done
        except OSError:  # the pipe was closed, or the terminal
            self.closed = True
