"""Bytes of whole headers and frames, which only filters ask for: where they begin and end, as Wireshark has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dissect.bulk.block import Block
from dissect.bulk.octets import Array
from dissect.bulk.walk import Visit
from dissect.wire.runs import FRAME, Part, runs

if TYPE_CHECKING:
    import polars as pl

WHOLE = frozenset(name for name, run in runs().items() if run.key == FRAME)
MESSAGES = frozenset({"icmp", "icmpv6"})
"""A message is all header, up to the end of what IP carries."""


def frame_bytes(block: Block, number: int) -> pl.Series:
    """All captured bytes of each packet; nothing of a second frame."""
    import polars as pl

    if number > 1:
        return pl.Series([None] * len(block), dtype=pl.Binary)
    start, data = block.index.start, block.octets.data
    stop = start + block.index.captured
    return pl.Series([data[a:b] for a, b in zip(start.tolist(), stop.tolist(), strict=True)], dtype=pl.Binary)


def bounds(visit: Visit, part: Part) -> tuple[Array, Array]:
    """First byte, and the one behind the last, of a part of each header; nothing where both are one."""
    start, stop, end = visit.group.start, visit.stop, _ends(visit)
    if part is Part.HEADER:
        return start, end if visit.header.key in MESSAGES else np.minimum(stop, end)
    if part is Part.ONWARD:
        return start, end
    if part is Part.PAYLOAD:
        return stop, np.where(visit.broken, stop, end)
    begin = stop.copy()
    begin[visit.options] = visit.options_at
    return begin, stop


def _ends(visit: Visit) -> Array:
    """Where what each header begins ends here: by its own length, where that fits."""
    end = visit.group.end.copy()
    if visit.inner is not None and visit.bounded is not None:
        whole = np.flatnonzero(~visit.broken)[visit.bounded]
        end[whole] = visit.inner.end[visit.bounded]
    return end
