"""One stream as it is looked at for reasons: its segments in order with their marks, what stands before and after each."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from dissect.streams.analysis import Analysis
from dissect.streams.marks import Mark
from dissect.streams.segments import SYN, Segments

WRAP, HALF = 1 << 32, 1 << 31
SECOND = 1_000_000_000
LOOK = 512
"""Segments that are looked through before and after one; what is farther away counts as not found."""
STEPS = 4_000_000
"""Segments that are looked through for a whole connection: where very many are marked, they look less far."""
TRIES = 16
"""Of the tries at sending the same data so many are kept, the latest."""


@dataclass(frozen=True)
class Reason:
    """One mark of one packet: `key` of its sentence (`reason.…`), what stands in its blanks, whether it is certain.

    `waits` are the spans between the tries at sending the same data, the latest last, in seconds.
    """

    number: int
    mark: Mark
    key: str
    blanks: dict[str, object] = field(default_factory=dict)
    sure: bool = True
    waits: tuple[float, ...] = ()


def behind(one: int, other: int) -> bool:
    """Whether a number comes after another, modulo 2**32."""
    return 0 < (one - other) % WRAP < HALF


class Copies(NamedTuple):
    """The places where the same data was sent: the first, the `recent` ones, the latest last, and how many in all."""

    first: int
    recent: list[int]
    total: int


class Story:
    """The segments of one stream, in order, with their marks; rows are those of the analysis."""

    def __init__(self, analysis: Analysis, rows: np.ndarray[Any, Any]) -> None:
        segments: Segments = analysis.segments
        self.analysis, self.rows = analysis, rows.tolist()

        def listed(array: np.ndarray[Any, Any]) -> list[int]:
            return array[rows].tolist()  # type: ignore[no-any-return]

        self.number, self.time, self.second = (
            listed(each) for each in (segments.number, segments.time, segments.second)
        )
        self.seq, self.ack, self.length = (listed(each) for each in (segments.seq, segments.ack, segments.length))
        self.flags, self.window = listed(segments.flags), listed(segments.window)
        self.marks, self.known = listed(analysis.marks), listed(segments.known)
        self.look = max(TRIES, min(LOOK, STEPS // max(1, sum(map(bool, self.marks)))))
        self.relative, self.count, self.original = (
            listed(each) for each in (analysis.rel_seq, analysis.duplicate_number, analysis.duplicate_of)
        )
        evidence = segments.evidence
        self.stamped = listed(evidence.stamped) if evidence else [0] * len(rows)
        self.stamp = listed(evidence.value) if evidence else [0] * len(rows)
        self.identification = listed(evidence.identification) if evidence else [-1] * len(rows)

    @cached_property
    def sack(self) -> dict[int, list[tuple[int, int]]]:
        """The SACK blocks by place."""
        blocks = self.analysis.segments.sack
        found: dict[int, list[tuple[int, int]]] = {}
        for row, left, right in zip(blocks.rows.tolist(), blocks.left.tolist(), blocks.right.tolist(), strict=True):
            at = bisect_left(self.rows, row)
            if at < len(self.rows) and self.rows[at] == row:
                found.setdefault(at, []).append((left, right))
        return found

    @cached_property
    def scale(self) -> list[int]:
        """The shift of each window, 0 where nothing is multiplied."""
        shifts = np.maximum(self.analysis.scale[self.rows], 0).tolist()
        return [0 if flags & SYN else shift for flags, shift in zip(self.flags, shifts, strict=True)]

    def back(self, at: int, same: bool) -> Iterator[int]:
        """The places before one, the nearest first, of its own or of the other direction."""
        for other in range(at - 1, max(-1, at - self.look), -1):
            if self.known[other] and (self.second[other] == self.second[at]) == same:
                yield other

    def ahead(self, at: int, same: bool) -> Iterator[int]:
        """The places after one."""
        for other in range(at + 1, min(len(self.rows), at + self.look)):
            if self.known[other] and (self.second[other] == self.second[at]) == same:
                yield other

    def covers(self, at: int, seq: int) -> bool:
        """Whether a segment carries the byte (or SYN, or FIN) of that number."""
        taken = self.length[at] + bool(self.flags[at] & 3)
        return (seq - self.seq[at]) % WRAP < taken

    def since(self, at: int, other: int) -> float:
        """Seconds from one place to another."""
        return (self.time[at] - self.time[other]) / SECOND

    @cached_property
    def _begun(self) -> dict[tuple[int, int], list[int]]:
        """Where data begins at a number, by direction."""
        found: dict[tuple[int, int], list[int]] = {}
        for at, (side, seq, length, flags) in enumerate(
            zip(self.second, self.seq, self.length, self.flags, strict=True)
        ):
            if length or flags & 3:
                found.setdefault((side, seq), []).append(at)
        return found

    def copies(self, at: int) -> Copies:
        """Where the same data was sent before."""
        same = self._begun.get((self.second[at], self.seq[at]), [])
        count = bisect_left(same, at)
        if count:
            return Copies(same[0], same[max(0, count - TRIES) : count], count)
        found = [other for other in self.back(at, same=True) if self.covers(other, self.seq[at])][::-1]
        return Copies(found[0] if found else -1, found[-TRIES:], len(found))

    @cached_property
    def _reports(self) -> list[int]:
        """Where SACK blocks are."""
        return sorted(self.sack)

    def reports(self, at: int) -> Iterator[int]:
        """The next places with SACK blocks from the other direction."""
        begin = bisect_left(self._reports, at)
        return (other for other in self._reports[begin : begin + self.look] if self.second[other] != self.second[at])


def reason(story: Story, at: int, mark: Mark, key: str = "", sure: bool = True, **blanks: Any) -> Reason:
    """The reason for a mark of the segment at a place; its sentence is called as the mark where no `key` is given."""
    name = mark.name or ""
    return Reason(story.number[at], mark, key or name.lower(), blanks, sure)


def shown(seconds: float) -> str:
    """A span as one reads it."""
    return f"{seconds:.3g} s" if abs(seconds) >= 1 else f"{seconds * 1000:.3g} ms"
