"""Stretches of a capture file, which can be decoded anywhere: each begins at a mark, and says where the next one does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dissect.capture.batch import Batch, Mark
from dissect.capture.frames import Frames
from dissect.capture.pcap import Pcap

if TYPE_CHECKING:
    from dissect.bulk.block import Block


def marks(frames: Frames, size: int) -> Iterator[Mark]:
    """Where stretches of about `size` bytes begin: any process that opens the file may decode one (`block_from`)."""
    mark: Mark | None = frames.start
    while mark is not None:
        batch = stretch(frames, mark, size)
        if batch is None:
            return
        yield mark
        mark = batch.behind


def stretch(frames: Frames, mark: Mark, size: int) -> Batch | None:
    """Whole records from a mark on, about `size` bytes of them; None at the end of the capture."""
    batch = next(frames.batches_from(mark, size), None)
    if batch is not None and isinstance(batch.shape, Pcap):
        _leave_room(batch, frames.size)
    return batch


def _leave_room(batch: Batch, size: int) -> None:
    """Leaves the last records to the next stretch where too few bytes are behind them: all would have to be copied."""
    from dissect.bulk.octets import PAD

    while len(batch) > 1 and batch.behind is not None and batch.behind.offset < size:
        if batch.behind.offset - batch.offset + PAD <= len(batch.data):
            return
        last = batch.starts.pop()
        batch.behind = Mark(batch.offset + last, batch.stop)


def block_from(frames: Frames, mark: Mark, size: int) -> Block:
    """The packets of the stretch at a mark, of which there must be some."""
    batch = stretch(frames, mark, size)
    assert batch is not None
    return block_of_stretch(batch)


def block_of_stretch(batch: Batch) -> Block:
    """Its packets, copied only where too few bytes are behind them."""
    from dissect.bulk.block import block_of, joined
    from dissect.bulk.octets import PAD

    padded = batch.behind is not None and batch.behind.offset - batch.offset + PAD <= len(batch.data)
    return block_of(batch if padded else joined([batch]))
