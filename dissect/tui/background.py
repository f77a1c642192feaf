"""Work that goes on behind the screen, each piece in a thread that never keeps the program from ending."""

from __future__ import annotations

from threading import Event, Thread
from time import monotonic

AFTER = 0.15  # seconds after a key in which work stands back
LONGEST = 0.1  # seconds that it stands back at a time
REST = 0.2  # seconds between looks at a capture that may have grown


class Presence:
    """When the person at the screen last did something: whatever goes on behind it stands back then."""

    touched = 0.0

    @classmethod
    def touch(cls) -> None:
        """A key, or the mouse."""
        cls.touched = monotonic()


class Job:
    """One piece of work: `work` runs in its own thread, looks at `stopped`, and leaves what it found in attributes.

    Whoever started it reads these now and then; nothing is sent, so nothing can arrive too late.
    `fault` is one sentence if it had to give up.
    """

    def __init__(self) -> None:
        self.fault = ""
        self.done = False
        self._stop = Event()
        self._thread = Thread(target=self._run, daemon=True)

    @property
    def stopped(self) -> bool:
        """Whether nobody wants the result any more."""
        return self._stop.is_set()

    @property
    def running(self) -> bool:
        """Whether it was started and goes on."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def stop(self) -> None:
        """Asks it to end soon."""
        self._stop.set()

    def join(self, seconds: float) -> None:
        """Waits for its end, at most so long."""
        if self._thread.ident is not None:
            self._thread.join(seconds)

    def give_way(self) -> None:
        """Called between two steps: waits while the screen has more urgent things to do."""
        begun = now = monotonic()
        while now - Presence.touched < AFTER and now - begun < LONGEST and not self._stop.wait(0.02):
            now = monotonic()

    def rest(self) -> bool:
        """Waits a little; whether to go on."""
        return not self._stop.wait(REST)

    def work(self) -> None:
        """What it does."""
        raise NotImplementedError

    def _run(self) -> None:
        try:
            self.work()
        except Exception as error:  # a thread has nobody above it: whatever went wrong becomes a sentence
            self.fault = self.fault or str(error) or type(error).__name__
        self.done = True
