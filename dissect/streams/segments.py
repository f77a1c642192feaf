"""Every TCP segment of a capture as a few numbers, in numpy arrays, without those that the analysis does not need."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dissect.streams.identity import identify

if TYPE_CHECKING:
    from dissect.bulk.block import Block
    from dissect.capture import Frames

Array = np.ndarray[Any, Any]
Part = dict[str, Any]
"""The segments of one block, array by name; `v6` and `total` beside them."""

FIN, SYN, RESET, PUSH, ACK = 1, 2, 4, 8, 16
"""Control bits as `flags` has them (RFC 9293 §3.1)."""

IPV6 = 1 << 32
"""Addresses from here on are IPv6: the place in `Segments.v6`, counted from here; below are IPv4's own numbers."""


class Sparse(NamedTuple):
    """What few segments have: `rows` of the segments, in order, and a value for each."""

    rows: Array
    values: Array


class Sack(NamedTuple):
    """The blocks of selective acknowledgments: one entry a block, by rows of the segments."""

    rows: Array
    left: Array
    right: Array


@dataclass(frozen=True)
class Evidence:
    """What tells a copy from the original: timestamps (0 where `stamped` is false), ip.id (-1 for none), MSS of SYNs."""

    value: Array
    echo: Array
    stamped: Array
    identification: Array
    mss: Sparse


@dataclass(frozen=True)
class Segments:
    """The TCP segments of a capture, in its order; see the package for the arrays.

    `key` is the connection by its two ends alone, whose `ends` are two columns (address << 16 | port, the smaller
    first); `larger` says that the larger end sent. `v6` lists the IPv6 addresses, `total` counts all packets.
    """

    number: Array
    time: Array
    stream: Array
    second: Array
    seq: Array
    ack: Array
    length: Array
    flags: Array
    window: Array
    known: Array
    scale: Sparse
    sack: Sack
    ends: Array
    v6: list[bytes]
    total: int
    evidence: Evidence | None = None

    def __len__(self) -> int:
        return len(self.number)

    def take(self, rows: Array) -> Segments:
        """Those segments alone, in that order, which has to be rising; streams keep their numbers."""
        dense = {name: getattr(self, name)[rows] for name in _DENSE}
        sack = _picked(self.sack.rows, rows)
        return replace(
            self, **dense, scale=_sparse(self.scale, rows), evidence=_evidence(self.evidence, rows),
            sack=Sack(sack[0], self.sack.left[sack[1]], self.sack.right[sack[1]]),
        )  # fmt: skip

    def of(self, stream: int) -> Segments:
        """The segments of one stream."""
        return self.take(np.flatnonzero(self.stream == stream))

    @property
    def streams(self) -> int:
        """How many streams the capture has."""
        return len(self.ends)

    def address(self, end: int) -> str:
        """The address of an end, written out."""
        from dissect.wire.field import Kind, bytes_text

        number = end >> 16
        if number < IPV6:
            return f"{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        return bytes_text(Kind.IPV6, self.v6[number - IPV6])


_DENSE = ("number", "time", "stream", "second", "seq", "ack", "length", "flags", "window", "known")


def _picked(having: Array, rows: Array) -> tuple[Array, Array]:
    """Of the entries that belong to the rows wanted: the new rows, and which entries."""
    at = np.searchsorted(rows, having)
    kept = np.flatnonzero(rows[np.minimum(at, len(rows) - 1)] == having) if len(rows) else np.zeros(0, np.int64)
    return at[kept].astype(np.uint32), kept


def _sparse(sparse: Sparse, rows: Array) -> Sparse:
    new, kept = _picked(sparse.rows, rows)
    return Sparse(new, sparse.values[kept])


def _evidence(evidence: Evidence | None, rows: Array) -> Evidence | None:
    if evidence is None:
        return None
    dense = {each.name: getattr(evidence, each.name)[rows] for each in fields(evidence) if each.name != "mss"}
    return Evidence(**dense, mss=_sparse(evidence.mss, rows))


def read_segments(frames: Frames, evidence: bool = False) -> Segments:
    """The segments of a capture; with `evidence` what is needed to tell copies apart too."""
    from dissect.bulk.workers import ordered

    return gather(ordered(frames, lambda: _reading(evidence)))


def _reading(evidence: bool) -> Callable[[Block], Part]:
    from dissect.streams.reading import Reading

    return Reading(evidence)


def with_evidence(frames: Frames, own: Segments) -> Segments:
    """Segments of a capture with what tells copies apart, for which only their packets are read again."""
    if own.evidence is not None or not len(own):
        return own
    again = gather(_parts_of(frames, own.number))
    return replace(own, evidence=again.evidence)


def _parts_of(frames: Frames, numbers: Array) -> Iterator[Part]:
    """The parts of the blocks that hold these packets, of which there is at least one."""
    from dissect.bulk.block import blocks
    from dissect.streams.reading import part_of

    for block in blocks(frames, int(numbers[0])):
        here = block.index.number
        first, stop = np.searchsorted(numbers, (here[0], here[-1] + 1))
        if first < stop:
            yield part_of(block.take(np.flatnonzero(np.isin(here, numbers[first:stop]))), evidence=True)
        if stop == len(numbers):
            return


def gather(parts: Iterable[Part]) -> Segments:
    """The segments of blocks in the order of the capture, all together, and the streams found."""
    held: dict[str, _Growing] = {}
    addresses: dict[bytes, int] = {}
    rows = total = seen = 0
    for part in parts:
        total += part["total"]
        codes = [addresses.setdefault(address, len(addresses)) for address in part["v6"]]
        oriented = _oriented(part, codes) if codes else part
        for name in _TYPES:
            array = oriented.get(name)
            if array is None:
                continue
            base = rows if name.endswith(".rows") else seen if name == "pair" else 0
            held.setdefault(name, _Growing(array.dtype)).append(array + np.uint32(base) if base else array)
        rows += len(part["number"])
        seen += len(part[_ENDS[0]])
    return _segments(held, list(addresses), total)


def _oriented(part: Part, codes: list[int]) -> Part:
    """A part with the IPv6 addresses numbered as in the whole capture, on which it depends which of two ends is larger."""
    low, high = (_recoded(part[name], codes) for name in _ENDS)
    turned = low > high
    ends = {_ENDS[0]: np.minimum(low, high), _ENDS[1]: np.maximum(low, high)}
    return {**part, **ends, "second": part["second"] ^ turned[part["pair"]]}


def _recoded(ends: Array, codes: list[int]) -> Array:
    """Ends with other numbers of IPv6 addresses."""
    there = ends >= IPV6 << 16
    table = np.array(codes, np.uint64) + np.uint64(IPV6)
    local = (ends[there] >> np.uint64(16)) - np.uint64(IPV6)
    found = ends.copy()
    found[there] = table[local.astype(np.int64)] << np.uint64(16) | ends[there] & np.uint64(0xFFFF)
    return found


class _Growing:
    """An array that parts are added to where it lies, so that memory never holds both."""

    def __init__(self, kind: np.dtype[Any]) -> None:
        self.array, self.count = np.empty(0, kind), 0

    def append(self, part: Array) -> None:
        """Adds a part at the end."""
        if self.count + len(part) > len(self.array):
            self.array.resize((self.count + len(part)) * 5 // 4, refcheck=False)
        self.array[self.count : self.count + len(part)] = part
        self.count += len(part)

    def whole(self) -> Array:
        """All parts."""
        self.array.resize(self.count, refcheck=False)
        return self.array


def _segments(held: dict[str, _Growing], v6: list[bytes], total: int) -> Segments:
    joined: dict[str, Array] = {}
    for name, kind in _TYPES.items():
        grown = held.pop(name, None)
        if grown is not None or name not in _EVIDENCE:
            joined[name] = grown.whole() if grown is not None else np.zeros(0, kind)
    low, high = (joined.pop(name) for name in _ENDS)
    identity = identify(low, high, joined.pop("pair"), joined["second"], joined)
    joined["second"] = identity.second
    return Segments(
        **{name: joined[name] for name in _DENSE if name != "stream"}, stream=identity.stream, ends=identity.ends,
        scale=Sparse(joined["scale.rows"], joined["scale.values"]),
        sack=Sack(joined["sack.rows"], joined["sack.left"], joined["sack.right"]),
        v6=v6, total=total, evidence=_told(joined) if "value" in joined else None,
    )  # fmt: skip


def _told(joined: dict[str, Array]) -> Evidence:
    mss = Sparse(joined["mss.rows"], joined["mss.values"])
    return Evidence(joined["value"], joined["echo"], joined["stamped"], joined["identification"], mss)


_ENDS = ("pair.low", "pair.high")
_EVIDENCE = ("value", "echo", "stamped", "identification", "mss.rows", "mss.values")
_TYPES: dict[str, type[np.generic]] = {
    "pair.low": np.uint64, "pair.high": np.uint64, "pair": np.uint32, "second": np.bool_, "number": np.uint32, "time": np.int64, "known": np.bool_,
    "seq": np.uint32, "ack": np.uint32, "length": np.uint32, "flags": np.uint16, "window": np.uint16,
    "scale.rows": np.uint32, "scale.values": np.uint8, "sack.rows": np.uint32, "sack.left": np.uint32,
    "sack.right": np.uint32, "value": np.uint32, "echo": np.uint32, "stamped": np.bool_,
    "identification": np.int32, "mss.rows": np.uint32, "mss.values": np.uint16,
}  # fmt: skip


def typed(part: dict[str, Array]) -> Part:
    """The arrays of a part in the types that they are kept in."""
    return {name: array.astype(_TYPES[name], copy=False) for name, array in part.items()}
