"""The unit of work on many packets: a stretch of records in memory, and where its packets are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from dissect.bulk.index import Index, index
from dissect.bulk.octets import PAD, Array, Octets
from dissect.capture.batch import Batch
from dissect.capture.frames import Frames

if TYPE_CHECKING:
    from dissect.bulk.rare import Aside

BYTES = 4 << 20
"""Bytes of records that are decoded at a time, at least as long as the file is not at its end."""


Beside = Callable[[str, Array], Any]
"""Gives the column of a name for packets by their numbers, where the bytes of a block cannot tell it."""


@dataclass(slots=True)
class Block:
    """Packets to be decoded at once: their bytes, and a row of `index` for each; `beside` knows what others tell of them.

    Everything made of a block is a pure function of it, so that blocks can be worked on anywhere. Where somebody will
    decode rare packets later, `aside` is told of them.
    """

    octets: Octets
    index: Index
    batches: tuple[Batch, ...] = ()
    beside: Beside | None = None
    aside: Aside | None = None

    def __len__(self) -> int:
        return len(self.index)

    def take(self, rows: Array) -> Block:
        """Some of the packets, given as indices; they keep their numbers."""
        return Block(self.octets, self.index.take(rows), self.batches, self.beside)

    def first(self, count: int) -> Block:
        """At most so many of the packets, from the first."""
        return self if count >= len(self) else self.take(np.arange(count))

    def runs(self) -> Iterator[tuple[Batch, list[int]]]:
        """The packets as rows of the batches that they came in, in order; without packets, no row of the first."""
        if not len(self):
            yield from ((batch, []) for batch in self.batches[:1])
        batch = self.index.batch
        bounds = [0, *(np.flatnonzero(batch[1:] != batch[:-1]) + 1).tolist(), len(self)]
        for first, stop in pairwise(bounds):
            if first < stop:
                yield self.batches[batch[first]], self.index.row[first:stop].tolist()


def block_of(batch: Batch) -> Block:
    """The block of a batch with `PAD` bytes behind its last record, whatever they hold."""
    octets = Octets(batch.data)
    return Block(octets, index(batch, octets), (batch,))


def gathered(batches: Iterable[Batch], patient: bool = True) -> Iterator[Batch]:
    """Batches of one shape put together until they are worth decoding at once; as they come where not `patient`.

    `PAD` zero bytes stand behind the last record of each.
    """
    held: list[Batch] = []
    size = 0
    for batch in batches:
        if held and batch.shape is not held[0].shape:
            yield joined(held)
            held, size = [], 0
        held.append(batch)
        size += len(batch.data)
        if not patient or size >= BYTES:
            yield joined(held)
            held, size = [], 0
    if held:
        yield joined(held)


def united(parts: Sequence[Block]) -> Block:
    """Blocks of any captures as one, one after the other; of the first's `beside`."""
    found: dict[str, list[Array]] = {each.name: [] for each in fields(Index) if each.name != "interfaces"}
    data: list[bytes] = []
    names: list[str] = []
    batches: list[Batch] = []
    offset = 0
    for block in parts:
        shifts = {"record": offset, "start": offset, "named": len(names), "batch": len(batches)}
        for name, arrays in found.items():
            array = getattr(block.index, name)
            arrays.append(array + shifts[name] if name in shifts else array)
        data.append(block.octets.data)
        offset += len(block.octets.data)
        names += block.index.interfaces
        batches += block.batches
    whole = Index(**{name: np.concatenate(arrays) for name, arrays in found.items()}, interfaces=names)
    return Block(Octets(b"".join([*data, bytes(PAD)])), whole, tuple(batches), parts[0].beside)


def joined(held: list[Batch]) -> Batch:
    """One batch of several that follow one another, with `PAD` zero bytes behind its last record."""
    starts, offset = [], 0
    for batch in held:
        starts.append(np.asarray(batch.starts, np.int64) + offset)
        offset += len(batch.data)
    together: Any = np.concatenate(starts)
    return Batch(b"".join([*(batch.data for batch in held), bytes(PAD)]), together, held[0].shape, held[0].mark)


def blocks(frames: Frames, first: int = 1) -> Iterator[Block]:
    """The packets of a capture in file order, block after block; from a pipe as soon as they have come.

    The batch that holds packet `first` is the first one, from its own beginning on.
    """
    return map(block_of, gathered(frames.batches(first), frames.patient))
