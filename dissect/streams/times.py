"""How long after other packets of the capture each packet came: `frame.time_relative` and `frame.time_delta`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import polars as pl

    from dissect.bulk.block import Block

Array = np.ndarray[Any, Any]
NAMES = ("frame.time_relative", "frame.time_delta")
NEVER = np.iinfo(np.int64).min
"""Stands for a time that the file does not hold."""


class Times:
    """The times of all packets of a capture, in their order: 8 bytes for each."""

    def __init__(self) -> None:
        self._held: list[Array] = []
        self._times: Array | None = None

    def passing(self, blocks: Iterable[Block]) -> Iterator[Block]:
        """The blocks, which all have to pass here before anything is asked."""
        for block in blocks:
            self._held.append(np.where(block.index.timed, block.index.time, NEVER))
            yield block

    def column(self, name: str, numbers: Array) -> pl.Series:
        """Nanoseconds since the capture's first packet with a time, or since the packet before; null without a time."""
        import polars as pl

        times = self._all()
        if not len(numbers):
            return pl.Series(name, [], dtype=pl.Int64)
        at = numbers - 1
        here = times[at]
        if name == "frame.time_relative":
            before = np.broadcast_to(times[int((times != NEVER).argmax())], here.shape)
        else:
            before = times[np.maximum(at - 1, 0)]
        there = (here != NEVER) & (before != NEVER)
        found = pl.Series(name, np.where(there, here - np.where(there, before, 0), 0))
        return found if there.all() else found.set(pl.Series(~there), None)

    def _all(self) -> Array:
        if self._times is None:
            self._times = np.concatenate([*self._held, np.zeros(0, np.int64)])
            self._held = []
        return self._times
