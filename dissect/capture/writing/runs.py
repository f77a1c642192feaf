"""Where the records of chosen packets lie, those that touch taken as one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import cast

from dissect.capture.batch import Batch
from dissect.capture.pcap import Pcap
from dissect.capture.section import Section

Write = Callable[[bytes | bytearray | memoryview], object]


def positions(batch: Batch) -> list[int]:
    """Where the records of a batch begin, as plain numbers even where it keeps them in an array."""
    starts = batch.starts
    return starts if isinstance(starts, list) else cast("list[int]", starts.tolist())


def runs(batch: Batch, rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Beginning and end, in the batch's bytes, of stretches of whole records with nothing between."""
    shape = batch.shape
    assert isinstance(shape, Pcap | Section)
    place, more = (8, shape.head) if isinstance(shape, Pcap) else (4, 0)  # of the length, and what it leaves out
    data, word, begin, stop = batch.data, shape.word.unpack_from, 0, -1
    for at in chosen(positions(batch), rows):
        if at != stop:
            if stop >= 0:
                yield begin, stop
            begin = at
        stop = at + more + word(data, at + place)[0]
    if stop >= 0:
        yield begin, stop


def chosen(starts: list[int], rows: Sequence[int]) -> Iterable[int]:
    """The starts in these rows, all of them as they are."""
    if isinstance(rows, range) and rows == range(len(starts)):
        return starts
    return map(starts.__getitem__, rows)


def copy(batch: Batch, rows: Sequence[int], write: Write) -> None:
    """Write the records as they stand."""
    with memoryview(batch.data) as data:
        for begin, stop in runs(batch, rows):
            write(data[begin:stop])
