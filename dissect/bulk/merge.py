"""Several captures as one, in order of time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from dissect.bulk.block import Block, blocks, united
from dissect.bulk.index import Index
from dissect.bulk.octets import Array
from dissect.capture.frames import Frames

EARLIEST = np.iinfo(np.int64).min


@dataclass(slots=True)
class Ahead:
    """What was read of one capture and not given yet: the packets of `block` from row `at` on.

    A packet's key is the latest time up to it in its capture, so that the order within a capture stays.
    """

    rest: Iterator[Block]
    block: Block
    keys: Array
    at: int = 0

    def forward(self) -> bool:
        """Goes on to the next block if this one was given; False at the end."""
        while self.at == len(self.keys):
            following = next(self.rest, None)
            if following is None:
                return False
            latest = self.keys[-1] if len(self.keys) else EARLIEST
            self.block, self.keys, self.at = following, _keys(following.index, latest), 0
        return True


def _keys(index: Index, latest: int) -> Array:
    return np.maximum.accumulate(np.r_[latest, np.where(index.timed, index.time, EARLIEST)])[1:]


def merged(captures: Sequence[Frames]) -> Iterator[Block]:
    """The packets of all captures, the earliest first and numbered anew, at equal times those of the first capture first.

    As `mergecap` does it, a packet never overtakes one before it in the same file. Memory holds two blocks of each.
    """
    ahead = [
        Ahead(rest, block, _keys(block.index, EARLIEST)) for rest in map(blocks, captures) for block in _first(rest)
    ]
    number = 1
    while ahead := [each for each in ahead if each.forward()]:
        last = [int(each.keys[-1]) for each in ahead]
        horizon = min(last)
        holder = last.index(horizon)
        taken: list[tuple[Block, Array]] = []
        for place, each in enumerate(ahead):
            stop = int(np.searchsorted(each.keys, horizon, "right" if place <= holder else "left"))
            if stop > each.at:
                taken.append((each.block.take(np.arange(each.at, stop)), each.keys[each.at : stop]))
                each.at = stop
        yield _together(taken, number)
        number += sum(len(keys) for _, keys in taken)


def _first(rest: Iterator[Block]) -> Iterator[Block]:
    first = next(rest, None)
    if first is not None:
        yield first


def _together(taken: list[tuple[Block, Array]], number: int) -> Block:
    """Blocks as one, whose packets stand in the order of their keys."""
    order = np.argsort(np.concatenate([keys for _, keys in taken]), kind="stable")
    block = united([block for block, _ in taken]).take(order)
    block.index.number = np.arange(number, number + len(order))
    return block
