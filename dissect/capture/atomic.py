"""Output files that appear under their name only once they are whole."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterable
from types import TracebackType
from typing import IO, Self

from dissect.capture.errors import OutputError

REASONS = {
    errno.EACCES: "no permission",
    errno.EPERM: "no permission",
    errno.EISDIR: "it is a directory",
    errno.ENOSPC: "the disk is full",
}
STREAMS = ("/dev/stdout", "/dev/stderr", "/dev/fd/", "/proc/")  # names of what is open already
BUFFER = 1 << 18


class Output:
    """The file at `path`, written in full or not at all. A context manager: an error inside it leaves nothing behind.

    The bytes go to a file beside it that has no name (where the system can do that, so that not even
    a killed program leaves one) or a hidden one. `close` gives it the name, and the permissions of a
    file that it replaces; `discard` drops it. What is no regular file (a FIFO, a device, "-" for
    standard output) is written straight: `direct`. None of `inputs` is written over. OutputError says
    in one sentence why it cannot be written. Libraries that write to a file take the Output itself, or
    its `file` if they want to go back in it.
    """

    def __init__(self, path: str, inputs: Iterable[str] = ()) -> None:
        self.path = path
        self.name = "standard output" if path == "-" else path
        self.direct = False
        self._target = self._part = ""
        self._mode: int | None = None
        self._fault: OutputError | None = None
        try:
            self.file: IO[bytes] = self._open(inputs)
        except (OSError, ValueError) as error:
            raise self._error(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if error is None:
            self.close()
            return
        self.discard()
        if error is self._fault:
            return
        if self._fault is not None and isinstance(error, Exception):  # whatever a library made of it
            raise self._fault from error
        if isinstance(error, OSError) and error.filename is None:  # writing names no file, opening does
            raise self._error(error) from error

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Append bytes."""
        try:
            return self.file.write(data)
        except OSError as error:
            self._fault = self._error(error)
            raise self._fault from error

    def flush(self) -> None:
        """Hand on what was written, to whoever reads the other end of a pipe."""
        try:
            self.file.flush()
        except OSError as error:
            self._fault = self._error(error)
            raise self._fault from error

    def close(self) -> None:
        """The file is whole: let it have its name."""
        if self.file.closed:
            return
        try:
            self.file.flush()
            if self._target:
                self._name()
            self.file.close()
            if self._target:
                os.replace(self._part, self._target)
                self._part = ""
        except OSError as error:
            raise self._error(error) from error
        finally:
            self.discard()

    def discard(self) -> None:
        """Leave nothing of it, unless it is closed already."""
        with contextlib.suppress(OSError):
            self.file.close()
        if self._part:
            with contextlib.suppress(OSError):
                os.unlink(self._part)
            self._part = ""

    def _open(self, inputs: Iterable[str]) -> IO[bytes]:
        if self.path == "-":
            self.direct = True
            return os.fdopen(os.dup(1), "wb", BUFFER)
        if not self.path:
            raise ValueError("its name is empty")
        try:
            there: os.stat_result | None = os.stat(self.path)
        except FileNotFoundError:
            there = None
        if there and (not stat.S_ISREG(there.st_mode) or self.path.startswith(STREAMS)):
            self.direct = True
            return open(self.path, "wb", BUFFER)
        if there:
            self._refuse(there, inputs)
            self._mode = stat.S_IMODE(there.st_mode)
        self._target = os.path.realpath(self.path)  # what a link leads to is replaced, not the link
        return os.fdopen(self._beside(), "w+b", BUFFER)

    def _refuse(self, there: os.stat_result, inputs: Iterable[str]) -> None:
        for path in inputs:
            with contextlib.suppress(OSError, ValueError):
                if os.path.samestat(there, os.fstat(0) if path == "-" else os.stat(path)):
                    raise OutputError(f"{self.name}: cannot be written: it is being read; give the output another name")
        if not os.access(self.path, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    def _beside(self) -> int:
        """A new file in the folder of the target, nameless if possible, else under a name of its own."""
        folder = os.path.dirname(self._target)
        if hasattr(os, "O_TMPFILE"):
            with contextlib.suppress(OSError):
                descriptor = os.open(folder, os.O_TMPFILE | os.O_RDWR, 0o666)
                if os.path.exists(f"/proc/self/fd/{descriptor}"):
                    return descriptor
                os.close(descriptor)
        flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_BINARY", 0)
        for part in self._names():
            with contextlib.suppress(FileExistsError):
                descriptor = os.open(part, flags, 0o666)
                self._part = part
                return descriptor
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))

    def _name(self) -> None:
        """Give a nameless file a name beside the target, and either the permissions of the file it replaces."""
        if self._mode is not None and hasattr(os, "fchmod"):
            with contextlib.suppress(OSError):
                os.fchmod(self.file.fileno(), self._mode)
        if self._part:
            return
        folder = os.open(os.path.dirname(self._target), os.O_RDONLY)  # makes link follow /proc's link
        try:
            for part in self._names():
                with contextlib.suppress(FileExistsError):
                    os.link(f"/proc/self/fd/{self.file.fileno()}", part, src_dir_fd=folder, follow_symlinks=True)
                    self._part = part
                    return
        finally:
            os.close(folder)
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))

    def _names(self) -> Iterable[str]:
        folder = os.path.dirname(self._target)
        return (os.path.join(folder, f".dissect-{os.getpid()}-{number}.part") for number in range(1000))

    def _error(self, error: Exception) -> OutputError:
        if isinstance(error, FileNotFoundError):
            why = f"there is no folder {os.path.dirname(self._target) or self.path}"
        else:
            why = reason(error)
        return OutputError(f"{self.name}: cannot be written: {why}")


def reason(error: Exception) -> str:
    """Why a file cannot be written, in a few words."""
    return REASONS.get(getattr(error, "errno", None) or 0) or getattr(error, "strerror", None) or str(error)
