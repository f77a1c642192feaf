"""Writing what is captured: pcapng or pcap files, begun anew by size, time or count, whole after every write.

Records come as runs that know how to write themselves; here are the blocks around them. Nothing is
held back: what was given is with the system when `write` returns.
"""

from __future__ import annotations

import os
import select
import stat
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol, Self

from dissect.capture.atomic import reason
from dissect.capture.blocks import Counts, description, pcap_header, section, statistics
from dissect.capture.errors import OutputError
from dissect.capture.section import Interface
from dissect.capture.writing.keeper import format_by_name

KB = 1000


class RecordingError(OutputError):
    """The file cannot be written, or not on; the text says why in one sentence."""


class Reader(Exception):
    """Nobody reads the pipe any more."""


class Records(Protocol):
    """A run of packets that can be written: a record each, as the kind of file has it."""

    def __len__(self) -> int: ...

    @property
    def size(self) -> int:
        """Bytes of all records."""

    def split(self, count: int) -> tuple[Self, Self]:
        """The first `count`, and the others."""

    def fitting(self, room: int) -> int:
        """How many of the first fit into `room` bytes."""

    def write(self, descriptor: int, patient: Callable[[], bool]) -> None:
        """Writes all; OSError where that fails, TimeoutError where it would wait and is not `patient` any more."""

    def pcap(self, resolution: int) -> Records:
        """The same as records of a pcap file in nanoseconds; times so far are `resolution` units a second."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """When a new file begins: after so many seconds, bytes or packets; only the last `files` are kept. 0: never, all."""

    seconds: float = 0
    size: int = 0
    packets: int = 0
    files: int = 0

    def __bool__(self) -> bool:
        return bool(self.seconds or self.size or self.packets)


class Recorder:
    """Writes to `path`, "-" being standard output; a name that ends in ".pcap" or ".cap" makes a pcap file, any other pcapng.

    With a rotation, `path` is the stem: `out.pcapng` becomes `out_00001_20260131120000.pcapng` and so on.
    `most_bytes` of a file or `most_files` make it `full`; then it takes no more. `patient` says whether to wait
    for the reader of a pipe. RecordingError where the file is there already and not to be replaced, or
    cannot be written.
    """

    def __init__(
        self, path: str, interfaces: Sequence[Interface], capture_filter: str = "", rotation: Rotation | None = None,
        replace: bool = False, most_bytes: int = 0, most_files: int = 0, application: str = "dissect", comment: str = "",
    ) -> None:  # fmt: skip
        self.path = path
        self.full = False
        self.patient: Callable[[], bool] = lambda: True
        self._most_bytes = most_bytes
        self._most_files = most_files
        self._application = application
        self._comment = comment
        self.rotation = rotation or Rotation()
        kind, compressed = format_by_name(path)
        if compressed:
            raise RecordingError(f"{path}: a capture is not compressed while it is recorded; leave out the last ending")
        self.is_pcap = kind == "pcap"
        self.files = self.packets = self.size = 0
        if self.is_pcap and comment:
            raise RecordingError(f"{path}: a pcap file has no room for a comment; record to a .pcapng file")
        self._interfaces = list(interfaces)
        self._filter = capture_filter
        self._replace = replace
        self._kept: deque[str] = deque()
        self._began = time.time_ns()
        if self.is_pcap and len({each.link for each in interfaces}) > 1:
            raise RecordingError(f"{path}: a pcap file holds one link type only; record to a .pcapng file")
        self._begin()

    def write(self, records: Records) -> None:
        """Writes the records; their memory may be changed by it."""
        if self.is_pcap:
            records = records.pcap(self._interfaces[0].resolution)
        while len(records) and not self.full:
            now, records = records.split(self._room(records))
            self._write(now)
            if len(records):
                self._next()
        self.tick()

    def tick(self) -> None:
        """Begins a new file where it is time for one, though no packet came."""
        if self.rotation.seconds and time.monotonic() >= self._until:
            self._next()

    @property
    def where(self) -> str:
        """The file, or how many there were and the last of them, in words."""
        return f"{self.files} files, the last {self._name}" if self.files > 1 else self._name

    def flush(self) -> None:
        """Waits until the disk has it."""
        with suppress(OSError):  # a pipe has no disk
            os.fsync(self._descriptor)

    def close(self, counts: Sequence[Counts] = ()) -> None:
        """Ends the file, with the counts of each interface."""
        if self._descriptor < 0:
            return
        try:
            if not self.is_pcap and counts:
                blocks = (statistics(number, self._began, each) for number, each in enumerate(counts))
                self._bytes(b"".join(blocks))
        finally:
            self._close()

    def _room(self, records: Records) -> int:
        """How many of the records go into the file that is open; a file has at least one packet."""
        room = len(records)
        if self.rotation.packets:
            room = min(room, self.rotation.packets - self._in_file)
        for most in (self.rotation.size, self._most_bytes):
            if most:
                room = min(room, max(records.fitting(most - self.size), not self._in_file))
        return room

    def _write(self, records: Records) -> None:
        if not len(records):
            return
        try:
            records.write(self._descriptor, self.patient)
        except (BrokenPipeError, TimeoutError):
            raise Reader from None
        except OSError as error:
            whole = records.fitting(self._position() - self.size)
            self._wrote(records.split(whole)[0])
            self._cut()
            raise RecordingError(f"{self._name}: cannot be written on: {reason(error)}") from error
        self._wrote(records)

    def _wrote(self, records: Records) -> None:
        self.size += records.size
        self.packets += len(records)
        self._in_file += len(records)

    def _position(self) -> int:
        """How far the file was written; of a pipe nothing is known."""
        try:
            return os.lseek(self._descriptor, 0, os.SEEK_CUR)
        except OSError:
            return self.size

    def _cut(self) -> None:
        """Takes back what was written of a record that did not fit."""
        with suppress(OSError):  # a pipe
            os.ftruncate(self._descriptor, self.size)
            os.lseek(self._descriptor, self.size, os.SEEK_SET)

    def _next(self) -> None:
        if not self.rotation or self.files == self._most_files:
            self.full = True
        if not self.full:
            self.close()
            self._begin()

    def _begin(self) -> None:
        self.files += 1
        self.size = self._in_file = 0
        self._until = time.monotonic() + self.rotation.seconds
        self._name = "standard output" if self.path == "-" else self._file_name()
        if self.path == "-":
            self._descriptor = os.dup(1)
            self._blocking = os.get_blocking(self._descriptor)
            os.set_blocking(self._descriptor, stat.S_ISREG(os.fstat(self._descriptor).st_mode))
        else:
            self._descriptor = self._open(self._name)
            if _is_device(self._name):  # a pipe whose reader sleeps must not keep us from ending
                os.set_blocking(self._descriptor, False)
            self._keep(self._name)
        self._bytes(pcap_header(self._interfaces[0]) if self.is_pcap else self._head())

    def _file_name(self) -> str:
        if not self.rotation:
            return self.path
        stem, ending = os.path.splitext(self.path)
        return f"{stem}_{self.files:05d}_{time.strftime('%Y%m%d%H%M%S')}{ending}"

    def _open(self, name: str) -> int:
        how = os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
        how |= os.O_TRUNC if self._replace or _is_device(name) else os.O_EXCL
        try:
            if os.path.isdir(name):
                raise RecordingError(f"{name} is a directory; name a file in it")
            return os.open(name, how, 0o644)
        except FileExistsError:
            raise RecordingError(f"{name} is there already; give another name, or --force to replace it") from None
        except OSError as error:
            raise RecordingError(f"{name}: cannot be written: {reason(error)}{_surprise(error)}") from error

    def _keep(self, name: str) -> None:
        self._kept.append(name)
        if self.rotation.files and len(self._kept) > self.rotation.files:
            with suppress(OSError):  # somebody else was quicker
                os.unlink(self._kept.popleft())

    def _head(self) -> bytes:
        return section(self._application, self._comment) + b"".join(
            description(each, self._filter) for each in self._interfaces
        )

    def _bytes(self, data: bytes) -> None:
        """Writes a block of ours, or nothing of it."""
        at = 0
        try:
            while at < len(data):
                try:
                    at += os.write(self._descriptor, data[at:])
                except BlockingIOError:
                    if not self.patient():
                        raise Reader from None
                    select.select([], [self._descriptor], [], 0.1)
        except BrokenPipeError:
            raise Reader from None
        except OSError as error:
            self._cut()
            if not self.size and os.path.isfile(self._name):  # not even its head found room
                os.unlink(self._name)
            raise RecordingError(f"{self._name}: cannot be written on: {reason(error)}") from error
        self.size += len(data)

    def _close(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        try:
            if self.path == "-":
                os.set_blocking(descriptor, self._blocking)
            os.close(descriptor)
        except OSError as error:
            raise RecordingError(f"{self._name}: cannot be written on: {reason(error)}") from error


def _is_device(name: str) -> bool:
    """Whether the name is a pipe or a device, which are there already and cannot be replaced."""
    return os.path.exists(name) and not os.path.isfile(name) and not os.path.isdir(name)


def _surprise(error: OSError) -> str:
    """Root's files without root's privileges: what surprises people."""
    if isinstance(error, PermissionError) and getattr(os, "geteuid", lambda: 1)() == 0:
        return "; dissect has given up root's power over other people's files, so write into a directory of root's"
    return ""
