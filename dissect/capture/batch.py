"""Runs of whole records, which is how both file formats are walked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from dissect.capture.source import Source
from dissect.packet import Frame

LARGEST = 256 << 20
"""Bytes of a packet or block beyond which a length is taken for damage."""


class Shape(Protocol):
    """How to read the records of a batch: byte order, units of time, interfaces."""

    def frame(self, data: bytes, at: int, number: int) -> Frame:
        """The packet whose record begins at byte `at` of `data`."""


@dataclass(slots=True)
class Mark:
    """A place where a walk can begin: the position in bytes, the number of the next packet, and the section there.

    `interfaces` is how many of the section's interfaces had been described by then.
    """

    offset: int
    number: int = 1
    section: object = None
    interfaces: int = 0


@dataclass(slots=True)
class Batch:
    """Whole records in file order: they begin at the bytes `starts` of `data`; the first is packet `mark.number`.

    `offset` is where `data` begins in the capture, `behind` the place behind the last record, where the walk can go on.
    """

    data: bytes
    starts: list[int]
    shape: Shape
    mark: Mark
    offset: int = 0
    behind: Mark | None = None

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def stop(self) -> int:
        """One past the number of the last packet."""
        return self.mark.number + len(self.starts)

    def frame(self, number: int) -> Frame:
        """Packet `number`, which must be one of this batch."""
        return self.shape.frame(self.data, self.starts[number - self.mark.number], number)


class Format(Protocol):
    """A file format: walks `source`, the bytes after any decompression, from a mark."""

    source: Source

    def start(self) -> Mark:
        """The mark before the first packet; CaptureError if the file's header is no good."""

    def batches(self, mark: Mark, read: int = 0) -> Iterator[Batch]:
        """All records from `mark` on, `read` bytes at a time or as many as suit the format; DamageError, after the last whole one, if the file is cut or broken."""
