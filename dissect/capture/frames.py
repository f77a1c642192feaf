"""The packets of one capture: in order as they arrive, or by number."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

from dissect.capture.batch import Batch, Format, Mark
from dissect.capture.detect import format_of
from dissect.capture.errors import DamageError
from dissect.capture.source import CHUNK, FileSource, PipeSource, Source, SpooledSource, open_path
from dissect.packet import Frame


class Frames:
    """The packets of a capture, numbered from 1. A context manager; iterating gives all frames in file order.

    Reading in order holds one batch of records in memory and, on a pipe, gives each packet as soon
    as its bytes have arrived. Access by number keeps a mark every 128 KiB or more, not one a packet;
    a pipe or a compressed file is copied to a nameless temporary file for it. `warning` holds one
    sentence once the end was reached, if the file is cut or broken from some point on; `empty` is true until a
    packet is met. Not for use from two threads at once: open the file twice. `watch`, where it is set, hears of
    each batch how far it goes.
    """

    def __init__(self, source: Source) -> None:
        self.name = source.name
        self.warning: str | None = None
        self.watch: Callable[[int], None] | None = None
        self._format: Format = format_of(source)
        self._source = self._format.source
        self._marks: list[Mark] = [self._format.start()]
        self._marking = True
        self._total: int | None = None
        self._batch: Batch | None = None
        self.empty = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def __iter__(self) -> Iterator[Frame]:
        return self.iterate()

    @property
    def patient(self) -> bool:
        """Whether nobody waits for the next packet: all of them are there already."""
        return not isinstance(self._source, PipeSource)

    @property
    def again(self) -> bool:
        """Whether the capture can be read more than once, as nothing can be that comes through a pipe."""
        return self._source.again

    @property
    def plain(self) -> bool:
        """Whether the capture is a regular file of its own, which any process can read anywhere."""
        return isinstance(self._source, FileSource)

    @property
    def size(self) -> int:
        """Bytes of the file, packed as it may be; 0 where nobody knows."""
        return self._source.size

    @property
    def position(self) -> int:
        """How many of them were read."""
        return self._source.position

    @property
    def start(self) -> Mark:
        """Where the first packet is."""
        return self._marks[0]

    def reached(self, position: int, packets: int) -> None:
        """Somebody else has read the plain file up to there."""
        if isinstance(self._source, FileSource):
            self._source.position = position
        self.empty = self.empty and not packets
        if self.watch is not None and packets:
            self.watch(packets)

    def close(self) -> None:
        """Close the file; frames that were given stay whole."""
        self._source.close()

    def follow(self, other: Frames) -> None:
        """Use the marks that another reading of the same file leaves, which may still go on in another thread."""
        self._marks, self._marking = other._marks, False

    def iterate(self, first: int = 1, last: int | None = None) -> Iterator[Frame]:
        """Packets `first` to `last`, both included, in file order; fewer if the file has fewer."""
        if last is not None and last < first:
            return
        for batch in self.batches(first):
            for number in range(max(first, batch.mark.number), batch.stop):
                yield batch.frame(number)
                if number == last:
                    return

    def batches(self, first: int = 1) -> Iterator[Batch]:
        """Runs of whole records, from the one that holds packet `first` on, as large as one read gave them."""
        for batch in self._from(first):
            if self.watch is not None:
                self.watch(batch.stop - 1)
            yield batch

    def _from(self, first: int) -> Iterator[Batch]:
        return (batch for batch in self.batches_from(self._mark_before(first)) if batch.stop > first)

    def batches_from(self, mark: Mark, read: int = 0) -> Iterator[Batch]:
        """Runs of whole records from a place on that another reading of the same file may have found."""
        try:
            for batch in self._format.batches(mark, read):
                self._remember(batch.mark)
                self.empty = False
                yield batch
            self.warning = None
        except DamageError as damage:
            self.warning = str(damage)

    def at(self, number: int) -> Frame:
        """Packet `number`, counted from 1; IndexError if there are fewer."""
        if number < 1 or (self._total is not None and number > self._total):
            raise IndexError(f"{self.name}: no packet {number}")
        self._make_seekable()
        batch = self._batch
        if batch is None or not batch.mark.number <= number < batch.stop:
            batch = self._batch = next(self._from(number), None)
        if batch is None:
            raise IndexError(f"{self.name}: no packet {number}")
        return batch.frame(number)

    def count(self) -> int:
        """How many whole packets there are; reads to the end the first time."""
        if self._total is None:
            if not self._source.again:
                self._make_seekable()
            total = 0
            for batch in self.batches(self._marks[-1].number):
                total = batch.stop - 1
            self._total = total
        return self._total

    def _make_seekable(self) -> None:
        if not self._source.seekable:
            self._source = self._format.source = SpooledSource(self._source)

    def _mark_before(self, number: int) -> Mark:
        if not self._source.seekable:
            return self._marks[0]
        return self._marks[bisect_right(self._marks, number, key=lambda mark: mark.number) - 1]

    def _remember(self, mark: Mark) -> None:
        if self._marking and self._source.seekable and mark.offset >= self._marks[-1].offset + CHUNK // 2:
            self._marks.append(mark)


def open_frames(path: str) -> Frames:
    """The packets of the capture file at `path`; "-" is standard input, "sample:NAME" a sample.

    Reads pcap and pcapng, plain, gzip or, where a library is there, zstd. CaptureError says in one
    sentence why nothing can be read.
    """
    source = open_path(path)
    try:
        return Frames(source)
    except BaseException:
        source.close()
        raise
