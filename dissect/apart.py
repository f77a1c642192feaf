"""A live capture in a process of its own, so that nothing on the screen costs it packets; it records into a nameless file."""

from __future__ import annotations

import os
import pickle
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from mmap import PAGESIZE, mmap
from tempfile import TemporaryFile, gettempdir
from typing import IO, TYPE_CHECKING, NoReturn

from dissect import __version__
from dissect.capture.errors import CaptureError
from dissect.capture.growing import Growing
from dissect.capture.recording import Recorder, Records
from dissect.capture.section import Interface

if TYPE_CHECKING:
    from dissect.bulk.live import Source
    from dissect.session import Session

PAUSED, DROPPED, PASSED, ENDED = range(4)  # numbers of 64 bits that both processes see
PATIENCE = 3.0  # seconds that the other process has to end
BROKEN = "the process that captured has ended unexpectedly"


class Apart(Growing):
    """What another process captures, as a capture that grows; `fill` hears of it until that process has ended.

    `opening` gives the source: it is called in that process alone. `begun` waits until the source is open, or raises
    what kept it from that. To be made before other threads are started, since the other process is a fork of this one.
    """

    def __init__(self, name: str, opening: Callable[[], Source], capture_filter: str = "") -> None:
        self.name = name
        self.fault = ""
        self.finished = False
        self._source = None
        self._descriptor = -1
        self._start = 0
        self._file = TemporaryFile(prefix="dissect-", buffering=0)  # noqa: SIM115 - closed with this
        self._board = memoryview(mmap(-1, PAGESIZE)).cast("Q")
        parent = os.getpid()
        reading, writing = os.pipe()
        self._process = os.fork()
        if not self._process:
            os.close(reading)
            _capture(opening, self._file, capture_filter, Telling(self._board, os.fdopen(writing, "wb", 0), parent))
        os.close(writing)
        self._words = os.fdopen(reading, "rb")

    def begun(self) -> None:
        """Waits until packets are being captured."""
        word = self._hear()
        if isinstance(word, BaseException):
            raise word
        if self._file is not None:
            self._descriptor = self._file.fileno()

    @property
    def paused(self) -> bool:
        """Whether packets pass by without being recorded."""
        return bool(self._board[PAUSED])

    @paused.setter
    def paused(self, paused: bool) -> None:
        self._board[PAUSED] = paused

    @property
    def dropped(self) -> int:
        """Packets that the kernel had no room for."""
        return self._board[DROPPED]

    @property
    def passed(self) -> int:
        """Packets that came while it was paused."""
        return self._board[PASSED]

    @property
    def broken(self) -> bool:
        """Whether it ended though nobody asked it to."""
        return bool(self._board[ENDED])

    def fill(self, stopped: Callable[[], bool] = lambda: False) -> None:
        """Waits for the end; whatever goes wrong before it becomes a sentence in `fault`."""
        while isinstance(word := self._hear(), str) and not stopped():
            self.fault = f"{self.fault}; {word}" if self.fault else word
        if word is not None and not stopped():
            self.fault, self._board[ENDED] = BROKEN, 1
        self.finished = True

    def close(self) -> None:
        """Ends the capture, and gives the file back."""
        self._descriptor = -1
        until = time.monotonic() + PATIENCE
        with suppress(ProcessLookupError, ChildProcessError):
            while os.waitpid(self._process, os.WNOHANG) == (0, 0):
                late = time.monotonic() - until
                if late > 1:
                    break
                with suppress(PermissionError):  # it may still be root when this process is not any more
                    os.kill(self._process, signal.SIGKILL if late > 0 else signal.SIGTERM)
                time.sleep(0.01)
        self._words.close()
        if self._file is not None:
            self._file.close()

    def _hear(self) -> str | BaseException | None:
        """The other process' next word: a sentence, or what kept it from beginning, or None: it has begun, or ended."""
        try:
            word: str | BaseException | None = pickle.load(self._words)
        except (EOFError, OSError, ValueError, pickle.UnpicklingError):
            word = CaptureError(BROKEN)
        return word


class Telling:
    """The other process' words for this one, and the numbers that both see."""

    def __init__(self, board: memoryview, words: IO[bytes], parent: int) -> None:
        self.board = board
        self._words = words
        self._parent = parent
        self._gone = 0

    def tell(self, word: str | BaseException | None) -> None:
        """A word for `Apart`."""
        try:
            data = pickle.dumps(word)
        except Exception:  # an error that cannot be sent as it is
            data = pickle.dumps(CaptureError(str(word)))
        with suppress(BrokenPipeError):
            self._words.write(data)

    def tick(self, session: Session) -> None:
        """What happened since the last time; the capture ends where nobody looks at it any more."""
        self.board[DROPPED] = session.dropped
        for sentence in session.source.gone[self._gone :]:
            self.tell(sentence)
        self._gone = len(session.source.gone)
        if os.getppid() != self._parent:
            session.reason = session.reason or "nobody looks any more"

    def end(self) -> None:
        """The last look comes after it."""


class Recording(Recorder):
    """Records into a file that is open already and has no name, except while paused."""

    def __init__(
        self, file: IO[bytes], board: memoryview, interfaces: Sequence[Interface], capture_filter: str
    ) -> None:
        self._file = file
        self._board = board
        super().__init__(gettempdir(), interfaces, capture_filter, application=f"dissect {__version__}")

    def write(self, records: Records) -> None:
        """Writes the records, or counts them."""
        if self._board[PAUSED]:
            self._board[PASSED] += len(records)
        else:
            super().write(records)

    def _open(self, name: str) -> int:  # noqa: ARG002 - it has none; sentences call it by its folder
        return os.dup(self._file.fileno())


def _capture(opening: Callable[[], Source], file: IO[bytes], capture_filter: str, telling: Telling) -> NoReturn:
    """The other process, from beginning to end: it says nothing on the terminal and reads no keys."""
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for standard in range(3):
            os.dup2(nowhere, standard)
        signal.signal(signal.SIGTSTP, signal.SIG_IGN)  # the screen may be stopped, the capture goes on
        try:
            source = opening()
            recorder = Recording(file, telling.board, source.section.interfaces, capture_filter)
        except BaseException as error:
            telling.tell(error)
        else:
            telling.tell(None)
            _run(source, recorder, telling)
    finally:
        os._exit(0)


def _run(source: Source, recorder: Recorder, telling: Telling) -> None:
    from dissect.session import Session

    session = Session(source, recorder, progress=telling)
    session.run()
    telling.tick(session)
    if session.trouble is not None:
        telling.tell(str(session.trouble))
    telling.board[ENDED] = not session.interrupted
    telling.tell(None)
