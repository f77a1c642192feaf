"""Standard output that never holds up a capture: a thread writes, and tells when nobody reads."""

from __future__ import annotations

import os
import queue
import threading
import time

WAITING = 1 << 18  # bytes that may wait for the reader


class Output:
    """Bytes on their way to a descriptor. `closed` when nobody takes them any more."""

    def __init__(self, descriptor: int = 1) -> None:
        self.closed = False
        self.waiting = 0
        self._descriptor = descriptor
        self._queue: queue.SimpleQueue[tuple[bytes, int]] = queue.SimpleQueue()
        self._packets = 0
        self._thread: threading.Thread | None = None

    @property
    def full(self) -> bool:
        """Whether the reader is behind."""
        return self.waiting > WAITING

    def write(self, data: bytes, packets: int = 0) -> None:
        """Leaves the bytes to the thread; they show so many packets."""
        if data and not self.closed:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
            self.waiting += len(data)
            self._packets += packets
            self._queue.put((data, packets))

    def finish(self, until: float) -> int:
        """Waits for the reader to take what there is, up to a time of `time.monotonic`; how many packets it did not take."""
        while self.waiting > 0 and not self.closed and time.monotonic() < until:
            time.sleep(0.002)
        return self._packets

    def _run(self) -> None:
        try:
            while True:
                text, packets = self._queue.get()
                data = memoryview(text)
                while data:
                    done = os.write(self._descriptor, data)
                    data = data[done:]
                    self.waiting -= done
                self._packets -= packets
        except OSError:  # the pipe was closed, or the terminal
            self.closed = True
