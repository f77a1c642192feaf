"""The segments of packets that were read at different times, put together in the order of the capture.

They are arrays by name: those of all segments, and those of few (`scale.`, `sack.`, `mss.`), whose `.rows` say of which.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dissect.streams.identity import pairs
from dissect.streams.segments import Part, typed

Array = np.ndarray[Any, Any]
Arrays = dict[str, Array]


def joined(parts: list[Arrays]) -> Arrays:
    """Segments of several readings, one after the other."""
    parts = [part for part in parts if part]
    if len(parts) < 2:
        return parts[0] if parts else {}
    counts = [len(part["number"]) for part in parts]
    found = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    for rows in _rows(found):
        bases = np.repeat(np.cumsum(counts) - counts, [len(part[rows]) for part in parts])
        found[rows] = found[rows].astype(np.int64) + bases
    return found


def ordered(found: Arrays) -> Arrays:
    """Segments in the order of their packets."""
    number = found.get("number", np.zeros(0, np.uint32))
    return found if (number[1:] > number[:-1]).all() else _taken(found, np.argsort(number, kind="stable"))


def between(found: Arrays, first: int, last: int) -> Arrays:
    """The segments of packets `first` to `last`, of those in order."""
    begin, stop = np.searchsorted(found["number"], (first, last + 1)).tolist()
    return _taken(found, np.arange(begin, stop))


def _taken(found: Arrays, order: Array) -> Arrays:
    """Some segments, in this order."""
    place = np.full(len(found["number"]), -1, np.int64)
    place[order] = np.arange(len(order))
    taken = {name: array[order] for name, array in found.items() if "." not in name}
    for rows in _rows(found):
        here = place[found[rows]]
        kept = np.argsort(here, kind="stable")[np.count_nonzero(here < 0) :]
        group = rows.removesuffix("rows")
        taken |= {name: array[kept] for name, array in found.items() if name.startswith(group)} | {rows: here[kept]}
    return taken


def _rows(found: Arrays) -> list[str]:
    return [name for name in found if name.endswith(".rows")]


def finished(found: Arrays, addresses: dict[bytes, int], total: int) -> Part:
    """The part of a block of `total` packets: its segments in order, and between which ends they go."""
    dense = dict(ordered(found)) if found else {"number": np.zeros(0, np.uint32)}
    low, high = (dense.pop(name, np.zeros(0, np.uint64)) for name in ("low", "high"))
    first, dense["pair"] = pairs(low, high)
    ends = {"pair.low": low[first], "pair.high": high[first]}
    return {**typed({**dense, **ends}), "v6": list(addresses), "total": total}
