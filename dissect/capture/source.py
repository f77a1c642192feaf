"""Where the bytes of a capture come from: regular files, pipes, and a disk copy of what a pipe gave.

A source is read at a position, counted in bytes from the start of the capture. A read may give
less than was asked for, as a pipe does; only an empty answer means the end.
"""

from __future__ import annotations

import os
import stat
import sys
from typing import IO, Protocol

from dissect.capture.errors import CaptureError
from dissect.capture.samples import resolve

CHUNK = 1 << 18
"""Bytes that one read asks for. Every record larger than this is looked at twice before it is believed."""
KEPT = 64
"""Bytes at the start of a pipe that can be read again: more than the header of either file format."""


class Source(Protocol):
    """Bytes that can be read in order, and from anywhere if `seekable`.

    `again` means that reading may at least start over from byte 0.
    `size` is how many bytes the file on disk has, 0 where that is not known, `position` how many of them were read.
    `fault` says why the bytes ended early (half a gzip file, a failing disk), or is empty.
    """

    name: str
    seekable: bool
    again: bool

    @property
    def fault(self) -> str:
        """Why the bytes ended early, or an empty text."""

    @property
    def size(self) -> int:
        """Bytes on disk; 0 where that is not known."""

    @property
    def position(self) -> int:
        """How many of them were read."""

    def read(self, offset: int, size: int) -> bytes:
        """At most `size` bytes from position `offset`; empty only at the end."""

    def close(self) -> None:
        """Give the file back to the system."""


class FileSource:
    """A regular file, from byte `start` of it on."""

    seekable = True
    again = True

    def __init__(self, name: str, descriptor: int, start: int = 0) -> None:
        self.name = name
        self.fault = ""
        self.position = 0
        self._descriptor = descriptor
        self._start = start

    @property
    def size(self) -> int:
        """Bytes there are now; the file may grow."""
        return os.fstat(self._descriptor).st_size - self._start

    @property
    def place(self) -> tuple[int, int]:
        """The file descriptor, and where in the file the capture begins."""
        return self._descriptor, self._start

    def read(self, offset: int, size: int) -> bytes:
        """At most `size` bytes from position `offset`."""
        self.position = offset + size
        try:
            data = self._read(self._start + offset, size)
            if not data and offset > self.size:
                self.fault = f"the file became shorter while it was read, it ends before byte {offset} now"
            return data
        except OSError as error:
            self.fault = f"reading stops at byte {offset}: {error.strerror}"
            return b""

    def _read(self, place: int, size: int) -> bytes:
        if hasattr(os, "pread"):
            return os.pread(self._descriptor, size, place)
        os.lseek(self._descriptor, place, os.SEEK_SET)
        return os.read(self._descriptor, size)

    def close(self) -> None:
        """Close the file."""
        self._descriptor = _close(self._descriptor)


class OnceSource:
    """Bytes that come once, in order. What the first reads gave is kept, to tell the kind of file before reading it."""

    seekable = False
    again = False
    size = 0

    def __init__(self, name: str) -> None:
        self.name = name
        self.fault = ""
        self._first = b""
        self._position = 0

    @property
    def position(self) -> int:
        """How many bytes came."""
        return self._position

    def read(self, offset: int, size: int) -> bytes:
        """The next bytes, at most `size`; CaptureError if `offset` has gone by."""
        if offset < len(self._first):
            return self._first[offset : offset + size]
        if offset < self._position:
            self._rewind()
        while self._position < offset:
            passed = self._next(min(CHUNK, offset - self._position))
            if not passed:
                return b""
            self._position += len(passed)
        data = self._next(size)
        if self._position == len(self._first) < KEPT:
            self._first += data
        self._position += len(data)
        return data

    def close(self) -> None:
        """Give the file back to the system."""

    def _next(self, size: int) -> bytes:
        raise NotImplementedError

    def _rewind(self) -> None:
        """Begin again at position 0; CaptureError if there is no way back."""
        raise CaptureError(f"{self.name}: what comes through a pipe can be read only once; save it to a file first")


class PipeSource(OnceSource):
    """A pipe, a FIFO or a terminal: each read takes only what is there already."""

    def __init__(self, name: str, descriptor: int) -> None:
        super().__init__(name)
        self._descriptor = descriptor

    def close(self) -> None:
        """Close the pipe."""
        self._descriptor = _close(self._descriptor)

    def _next(self, size: int) -> bytes:
        try:
            return os.read(self._descriptor, size)
        except OSError as error:
            self.fault = f"reading stops at byte {self._position}: {error.strerror}"
            return b""


class SpooledSource:
    """Another source with a copy on disk of all that was read from it, so that one can go back."""

    seekable = True
    again = True

    def __init__(self, inner: Source) -> None:
        self.name = inner.name
        self._inner = inner
        self._copy = _nameless_file(inner.name)
        self._size = 0

    @property
    def fault(self) -> str:
        """Why the bytes ended early, or an empty text."""
        return self._inner.fault

    @property
    def size(self) -> int:
        """Bytes on disk of the inner source."""
        return self._inner.size

    @property
    def position(self) -> int:
        """How many of them were read."""
        return self._inner.position

    def read(self, offset: int, size: int) -> bytes:
        """At most `size` bytes from position `offset`, read from the inner source where they are new."""
        while offset >= self._size:
            data = self._inner.read(self._size, CHUNK)
            if not data:
                return b""
            self._keep(data)
        self._copy.seek(offset)
        return self._copy.read(min(size, self._size - offset))

    def close(self) -> None:
        """Close both; the copy vanishes."""
        self._copy.close()
        self._inner.close()

    def _keep(self, data: bytes) -> None:
        try:
            self._copy.seek(self._size)
            self._copy.write(data)
        except OSError as error:
            raise CaptureError(f"{self.name}: no room for a temporary copy: {error.strerror}") from error
        self._size += len(data)


def open_path(path: str) -> Source:
    """The bytes of the file at `path`, of standard input for "-", or of a sample; CaptureError if there are none."""
    name = "standard input" if path == "-" else path
    path = resolve(path)
    try:
        descriptor = os.dup(0) if path == "-" else os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except FileNotFoundError:
        raise CaptureError(f"{name}: no such file") from None
    except IsADirectoryError:
        raise CaptureError(f"{name}: is a directory, not a capture file") from None
    except PermissionError:
        raise CaptureError(f"{name}: no permission to read it") from None
    except (OSError, ValueError) as error:
        raise CaptureError(f"{name}: cannot be opened: {getattr(error, 'strerror', None) or error}") from None
    if path == "-" and sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(descriptor, os.O_BINARY)
    return _source(name, descriptor)


def _source(name: str, descriptor: int) -> Source:
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISDIR(mode):
        os.close(descriptor)
        raise CaptureError(f"{name}: is a directory, not a capture file")
    if stat.S_ISREG(mode):
        return FileSource(name, descriptor, os.lseek(descriptor, 0, os.SEEK_CUR))
    return PipeSource(name, descriptor)


def _nameless_file(name: str) -> IO[bytes]:
    from tempfile import TemporaryFile

    try:
        return TemporaryFile(prefix="dissect-")
    except OSError as error:
        raise CaptureError(f"{name}: no room for a temporary copy: {error.strerror}") from error


def _close(descriptor: int) -> int:
    if descriptor >= 0:
        os.close(descriptor)
    return -1
