"""A capture that may still grow, for several readers at once: a file, a pipe, whatever a live capture gives."""

from __future__ import annotations

import os
from collections.abc import Callable
from tempfile import TemporaryFile
from typing import IO

from dissect.capture.detect import format_of
from dissect.capture.errors import CaptureError
from dissect.capture.frames import Frames
from dissect.capture.source import CHUNK, FileSource, Source, open_path


class Growing:
    """The bytes of a capture, of which there may be more later.

    A plain file is read where it lies. What comes only once, or is compressed, is copied to a nameless
    temporary file by `fill`, which blocks and so belongs in a thread of its own; `readers` see what was copied
    so far. Opening a file raises `CaptureError` at once; of a pipe nothing is known before `fill` has read its
    first bytes. `fault` says in one sentence why nothing can be read, or why it ended early.
    """

    def __init__(self, source: Source) -> None:
        self.name = source.name
        self.fault = ""
        self.finished = False
        self._source: Source | None = source
        self._file: IO[bytes] | None = None
        self._descriptor = -1
        self._start = 0
        if isinstance(source, FileSource):
            self._source = format_of(source).source
            if self._source is source:
                self._descriptor, self._start = source.place
                self.finished = True

    @property
    def ready(self) -> bool:
        """Whether the first bytes are there, so that readers can be made."""
        return self._descriptor >= 0

    @property
    def plain(self) -> bool:
        """Whether the file is read where it lies."""
        return self.ready and self._file is None

    @property
    def size(self) -> int:
        """Bytes that are there now."""
        return max(0, os.fstat(self._descriptor).st_size - self._start) if self.ready else 0

    @property
    def deleted(self) -> bool:
        """Whether the file has no name any more; what is open can still be read."""
        return self.plain and os.fstat(self._descriptor).st_nlink == 0

    def reader(self) -> Frames:
        """A reading of its own; CaptureError if the first bytes are no capture."""
        return Frames(FileSource(self.name, os.dup(self._descriptor), self._start))

    def fill(self, stopped: Callable[[], bool] = lambda: False) -> None:
        """Copies what comes until it ends; never raises, but leaves a sentence in `fault`."""
        if self.plain or self._source is None:
            return
        try:
            self._copy(self._source, stopped)
        except CaptureError as error:
            self.fault = str(error)
        except OSError as error:
            self.fault = f"{self.name}: no room for a temporary copy: {error.strerror}"
        self.finished = True

    def _copy(self, raw: Source, stopped: Callable[[], bool]) -> None:
        source = format_of(raw).source
        self._file = TemporaryFile(prefix="dissect-", buffering=0)  # noqa: SIM115 - closed with this
        size = 0
        while not stopped():
            data = source.read(size, CHUNK)
            if not data:
                break
            self._file.write(data)
            size += len(data)
            self._descriptor = self._file.fileno()
        if source.fault:
            self.fault = f"{self.name}: {source.fault}"

    def close(self) -> None:
        """Gives the file back; readers that were made close their own."""
        self._descriptor = -1
        if self._file is not None:
            self._file.close()
        if self._source is not None:
            self._source.close()


def open_growing(path: str) -> Growing:
    """The capture at `path`, "-" being standard input, "sample:NAME" a sample; CaptureError says in one sentence why there is none."""
    source = open_path(path)
    try:
        return Growing(source)
    except BaseException:
        source.close()
        raise
