"""Packets whose headers few others of their block have: decoded later, with those of other blocks, all at once.

A header costs the same for one packet and for a thousand; a capture in which every thousandth packet is strange would
be read for those alone.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dissect.bulk.block import Block
from dissect.bulk.index import Index
from dissect.bulk.octets import PAD, Array, Octets, distinct
from dissect.capture.batch import Batch, Mark

PORTION = 100
"""A header is rare that fewer than one packet in so many has."""
SHARE = 8
"""Of a block's bytes at most one in so many is put off."""


class Aside:
    """The packets that the walks over a block have left at a rare header: what is said of them has to be said anew."""

    def __init__(self, index: Index) -> None:
        self._sizes, self._least = index.size, len(index) // PORTION
        self._room = int(index.size.sum()) // SHARE
        self._rows: list[Array] = []

    def takes(self, rows: Array) -> bool:
        """Whether so few packets are left, and remembers them."""
        size = int(self._sizes[rows].sum()) if len(rows) < self._least else self._room + 1
        if size > self._room:
            return False
        self._room -= size
        self._rows.append(rows)
        return True

    def rows(self) -> Array:
        """The packets left so far, in order."""
        return distinct(np.concatenate(self._rows)) if self._rows else np.zeros(0, np.int64)


def put_off(block: Block) -> Block | None:
    """The packets of a block that were set aside, if any."""
    rows = block.aside.rows() if block.aside is not None else np.zeros(0, np.int64)
    return apart(block, rows) if len(rows) else None


def apart(block: Block, rows: Array) -> Block:
    """Some packets of a block that came as one batch, with a copy of their bytes alone."""
    (batch,), index, data = block.batches, block.index.take(rows), block.octets.data
    spans = zip(index.record.tolist(), (index.record + index.size).tolist(), strict=True)
    copy = b"".join([*(data[begin:end] for begin, end in spans), bytes(PAD)])
    record = np.cumsum(index.size) - index.size
    start = index.start - index.record + record
    index = replace(index, record=record, start=start, row=np.arange(len(rows)))
    alone = Batch(copy, record.tolist(), batch.shape, Mark(0))
    return Block(Octets(copy), index, (alone,), block.beside)
