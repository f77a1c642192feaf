"""Why a segment has a mark: the packets that show it, the times between them, and whether that is certain.

A mark is a conclusion. What decides between two that fit is used first: SACK and D-SACK say what arrived,
timestamps and IP identifications tell a packet sent anew from one that was late or captured twice.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from dissect.streams.analysis import Analysis
from dissect.streams.marks import Mark
from dissect.streams.segments import SYN, Segments

_WRAP, _HALF = 1 << 32, 1 << 31
SECOND = 1_000_000_000
TWICE = 1_000_000
"""Nanoseconds within which two equal packets are one that was captured twice."""
LOOK = 512
"""Segments that are looked through before and after one; what is farther away counts as not found."""

NEAR = 4096
"""Segments on either side of one that are at hand for its reasons, where it is asked for alone."""


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


def _behind(one: int, other: int) -> bool:
    """Whether a number comes after another, modulo 2**32."""
    return 0 < (one - other) % _WRAP < _HALF


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
        for other in range(at - 1, max(-1, at - LOOK), -1):
            if self.known[other] and (self.second[other] == self.second[at]) == same:
                yield other

    def ahead(self, at: int, same: bool) -> Iterator[int]:
        """The places after one."""
        for other in range(at + 1, min(len(self.rows), at + LOOK)):
            if self.known[other] and (self.second[other] == self.second[at]) == same:
                yield other

    def covers(self, at: int, seq: int) -> bool:
        """Whether a segment carries the byte (or SYN, or FIN) of that number."""
        taken = self.length[at] + bool(self.flags[at] & 3)
        return (seq - self.seq[at]) % _WRAP < taken

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

    def copies(self, at: int) -> list[int]:
        """Where the same data was sent before, the first try first."""
        same = self._begun.get((self.second[at], self.seq[at]), [])
        before = same[: bisect_left(same, at)]
        if before:
            return before
        return [other for other in self.back(at, same=True) if self.covers(other, self.seq[at])][::-1]

    @cached_property
    def _reports(self) -> list[int]:
        """Where SACK blocks are."""
        return sorted(self.sack)

    def reports(self, at: int) -> Iterator[int]:
        """The next places with SACK blocks from the other direction."""
        begin = bisect_left(self._reports, at)
        return (other for other in self._reports[begin : begin + LOOK] if self.second[other] != self.second[at])


def reasons(analysis: Analysis, rows: np.ndarray[Any, Any] | None = None) -> list[Reason]:
    """The reasons for all marks of one stream; `rows` are its segments in order, all of the analysis where None."""
    wanted = analysis.order if rows is None else rows
    story = Story(analysis, wanted)
    found: list[Reason] = []
    for at, marks in enumerate(story.marks):
        found.extend(_TOLD[mark](story, at) for mark in Mark if marks & mark)
    return found


def reasons_of(analysis: Analysis, row: int) -> list[Reason]:
    """The reasons for the marks of one segment, which is in that row, from the `NEAR` segments on either side."""
    segments = analysis.segments
    rows = np.flatnonzero(segments.stream == segments.stream[row])
    at = int(np.searchsorted(rows, row))
    first = max(0, at - NEAR)
    story = Story(analysis, rows[first : at + NEAR])
    return [_TOLD[mark](story, at - first) for mark in Mark if story.marks[at - first] & mark]


def _reason(story: Story, at: int, mark: Mark, key: str = "", sure: bool = True, **blanks: Any) -> Reason:
    name = mark.name or ""
    return Reason(story.number[at], mark, key or name.lower(), blanks, sure)


def _shown(seconds: float) -> str:
    """A span as one reads it."""
    return f"{seconds:.3g} s" if abs(seconds) >= 1 else f"{seconds * 1000:.3g} ms"


def _captured_twice(story: Story, at: int, other: int) -> bool:
    """Whether two segments are one packet: the same identification (other than 0) or, without one, the same stamp."""
    if abs(story.time[at] - story.time[other]) > TWICE or story.seq[at] != story.seq[other]:
        return False
    if story.identification[at] > 0:
        return story.identification[at] == story.identification[other]
    return False


def _sent_again(story: Story, at: int) -> Reason:
    before = story.copies(at)
    if not before:
        return _reason(story, at, Mark.RETRANSMISSION, "retransmission.unseen", sure=False)
    first, last = before[0], before[-1]
    waits = tuple(story.since(later, earlier) for earlier, later in zip(before, [*before[1:], at], strict=True))
    if _captured_twice(story, at, last):
        return _reason(story, at, Mark.RETRANSMISSION, "retransmission.twice", packet=story.number[last],
                       wait=_shown(waits[-1]), id=story.identification[at])  # fmt: skip
    reported = _reported_twice(story, at)
    newer = bool(story.stamped[at] and story.stamped[last] and story.stamp[at] != story.stamp[last])
    blanks = {
        "packet": story.number[last],
        "wait": _shown(waits[-1]),
        "first": story.number[first],
        "count": len(before) + 1,
    }
    key = "retransmission"
    if len(waits) > 1:
        doubled = all(1.6 < later / earlier < 2.6 for earlier, later in pairwise(waits) if earlier)
        key = "retransmission.doubled" if doubled else "retransmission.repeated"
        blanks["waits"] = ", ".join(f"{wait:.3g}" for wait in waits)
    if reported is not None:
        key, blanks["dsack"] = "retransmission.dsack", story.number[reported]
    anew = newer or reported is not None or story.identification[at] not in (story.identification[last], 0, -1)
    return Reason(story.number[at], Mark.RETRANSMISSION, key, blanks, anew or waits[-1] >= 0.2, waits)


def _reported_twice(story: Story, at: int) -> int | None:
    """Where the other end reports by D-SACK that it has this data twice (RFC 2883 §4)."""
    end = (story.seq[at] + story.length[at]) % _WRAP
    for other in story.reports(at):
        left, right = story.sack[other][0]
        if not _behind(right, story.ack[other]) and not _behind(left, story.seq[at]) and (
            not _behind(end, right)
        ):  # fmt: skip
            return other
    return None


def _fast(story: Story, at: int) -> Reason:
    asking = [other for other in story.back(at, same=False) if story.marks[other] & Mark.DUPLICATE_ACK
              and story.ack[other] == story.seq[at]][::-1]  # fmt: skip
    before = story.copies(at)
    blanks: dict[str, Any] = {
        "acks": ", ".join(str(story.number[other]) for other in asking[:3]), "count": len(asking),
        "packet": story.number[before[-1]] if before else "?", "wait": _shown(story.since(at, asking[-1])) if asking else "?",
    }  # fmt: skip
    sacked = any(other in story.sack for other in asking)
    key = "fast_retransmission.sack" if sacked else "fast_retransmission"
    return _reason(story, at, Mark.FAST_RETRANSMISSION, key, sure=sacked or len(asking) >= 3, **blanks)


def _spurious(story: Story, at: int) -> Reason:
    end = (story.seq[at] + story.length[at]) % _WRAP
    acked = [other for other in story.back(at, same=False) if not _behind(end, story.ack[other])]
    before = story.copies(at)
    blanks: dict[str, Any] = {
        "ack": story.number[acked[-1]] if acked else "?", "packet": story.number[before[-1]] if before else "?",
    }  # fmt: skip
    if before and _captured_twice(story, at, before[-1]):
        return _reason(story, at, Mark.SPURIOUS_RETRANSMISSION, "retransmission.twice", packet=story.number[before[-1]],
                       wait=_shown(story.since(at, before[-1])), id=story.identification[at])  # fmt: skip
    reported = _reported_twice(story, at)
    if before and reported is not None:
        return _reason(story, at, Mark.SPURIOUS_RETRANSMISSION, "spurious_retransmission.dsack",
                       dsack=story.number[reported], **blanks)  # fmt: skip
    key = "spurious_retransmission" if before else "spurious_retransmission.unseen"
    return _reason(story, at, Mark.SPURIOUS_RETRANSMISSION, key, **blanks)


def _late(story: Story, at: int) -> Reason:
    ahead = [other for other in story.back(at, same=True) if _behind(story.seq[other], story.seq[at])]
    if not ahead:
        return _reason(story, at, Mark.OUT_OF_ORDER, "out_of_order.alone", sure=False)
    over = ahead[-1]
    blanks: dict[str, Any] = {"packet": story.number[over], "wait": _shown(story.since(at, over))}
    if story.copies(at):
        return _reason(story, at, Mark.OUT_OF_ORDER, "out_of_order.copy", sure=False,
                       copy=story.number[story.copies(at)[-1]], **blanks)  # fmt: skip
    if story.stamped[at] and story.stamped[over] and story.stamp[at] != story.stamp[over]:
        older = _behind(story.stamp[over], story.stamp[at])
        return _reason(story, at, Mark.OUT_OF_ORDER, "out_of_order.older" if older else "out_of_order.newer", **blanks)
    mine, other = story.identification[at], story.identification[over]
    if mine > 0 and other > 0 and mine != other:
        key = "out_of_order.id" if 0 < (other - mine) % 65536 < 32768 else "out_of_order.id_newer"
        return _reason(story, at, Mark.OUT_OF_ORDER, key, id=mine, other=other, **blanks)
    return _reason(story, at, Mark.OUT_OF_ORDER, sure=False, **blanks)


def _gap(story: Story, at: int) -> Reason:
    before = list(story.back(at, same=True))
    ends = [(story.seq[other] + story.length[other] + bool(story.flags[other] & 3)) % _WRAP for other in before]
    expected = ends[0] if ends else story.seq[at]
    for end in ends[1:]:
        expected = end if _behind(end, expected) else expected
    missing = (story.seq[at] - expected) % _WRAP
    for other in story.ahead(at, same=True):
        if _behind(story.seq[at], story.seq[other]) and not _behind(expected, story.seq[other]):
            return _reason(
                story, at, Mark.LOST_SEGMENT, "lost_segment.later", bytes=f"{missing:,}", packet=story.number[other]
            )
    for other in story.ahead(at, same=False):
        if _behind(story.ack[other], expected):
            return _reason(
                story, at, Mark.LOST_SEGMENT, "lost_segment.acked", bytes=f"{missing:,}", packet=story.number[other]
            )
    return _reason(story, at, Mark.LOST_SEGMENT, sure=False, bytes=f"{missing:,}")


def _unseen(story: Story, at: int) -> Reason:
    ends = [(story.seq[other] + story.length[other] + bool(story.flags[other] & 3)) % _WRAP
            for other in story.back(at, same=False)]  # fmt: skip
    seen = ends[0] if ends else story.ack[at]
    for end in ends[1:]:
        seen = end if _behind(end, seen) else seen
    beyond = (story.ack[at] - seen) % _WRAP
    if 0 < beyond < _HALF:
        return _reason(story, at, Mark.ACK_LOST_SEGMENT, bytes=f"{beyond:,}")
    return _reason(story, at, Mark.ACK_LOST_SEGMENT, "ack_lost_segment.gap")


def _again_acked(story: Story, at: int) -> Reason:
    count, original = story.count[at], story.original[at]
    blocks = story.sack.get(at)
    blanks: dict[str, Any] = {"count": count, "packet": original or "?"}
    key = "duplicate_ack.third" if count == 3 else "duplicate_ack"
    if blocks:
        base = _base(story, at)
        if not _behind(blocks[0][1], story.ack[at]):
            key = "duplicate_ack.dsack"
        blanks["blocks"] = ", ".join(f"{(left - base) % _WRAP}–{(right - base - 1) % _WRAP}" for left, right in blocks)
        key += ".sack" if key != "duplicate_ack.dsack" else ""
    return _reason(story, at, Mark.DUPLICATE_ACK, key, **blanks)


def _base(story: Story, at: int) -> int:
    """What relative numbers of the other direction count from, so that the acknowledged byte is the relative one."""
    rel_ack = int(story.analysis.rel_ack[story.rows[at]])
    return (story.ack[at] - rel_ack) % _WRAP


def _alive(story: Story, at: int) -> Reason:
    wait = _shown(story.since(at, at - 1)) if at else "?"
    answer = next(story.back(at, same=False), None)
    if answer is not None and story.window[answer] == 0:
        return _reason(story, at, Mark.KEEP_ALIVE, "keep_alive.probe", wait=wait, packet=story.number[answer])
    return _reason(story, at, Mark.KEEP_ALIVE, wait=wait)


def _answer(mark: Mark) -> Any:
    def told(story: Story, at: int) -> Reason:
        asked = next(story.back(at, same=False), None)
        return _reason(story, at, mark, packet=story.number[asked] if asked is not None else "?")

    return told


def _closed(story: Story, at: int) -> Reason:
    earlier = next(story.back(at, same=True), None)
    if earlier is None or story.window[earlier] == 0:
        return _reason(story, at, Mark.ZERO_WINDOW, "zero_window.still")
    return _reason(story, at, Mark.ZERO_WINDOW, window=f"{story.window[earlier] << story.scale[earlier]:,}",
                   packet=story.number[earlier])  # fmt: skip


def _probe(story: Story, at: int) -> Reason:
    closed = next(story.back(at, same=False), None)
    probes = [other for other in story.back(at, same=True) if story.marks[other] & Mark.ZERO_WINDOW_PROBE
              and story.seq[other] == story.seq[at]]  # fmt: skip
    return _reason(story, at, Mark.ZERO_WINDOW_PROBE, packet=story.number[closed] if closed is not None else "?",
                   count=len(probes) + 1, wait=_shown(story.since(at, probes[0] if probes else max(at - 1, 0))))  # fmt: skip


def _update(story: Story, at: int) -> Reason:
    earlier = next(story.back(at, same=True), at)
    old, new = (story.window[each] << story.scale[each] for each in (earlier, at))
    key = "window_update.opened" if not old else "window_update"
    return _reason(story, at, Mark.WINDOW_UPDATE, key, old=f"{old:,}", new=f"{new:,}")


def _full(story: Story, at: int) -> Reason:
    limit = next(story.back(at, same=False), None)
    if limit is None:
        return _reason(story, at, Mark.WINDOW_FULL, packet="?", window="?")
    shift = story.scale[limit]
    return _reason(story, at, Mark.WINDOW_FULL, packet=story.number[limit], window=f"{story.window[limit] << shift:,}")


def _reused(story: Story, at: int) -> Reason:
    segments = story.analysis.segments
    stream = int(segments.stream[story.rows[at]])
    own = sorted(segments.ends[stream].tolist())
    same = np.flatnonzero((np.sort(segments.ends[:stream], 1) == np.array(own, np.uint64)).all(1))
    return _reason(story, at, Mark.REUSED_PORTS, stream=int(same[-1]) if len(same) else "?")


_TOLD: dict[Mark, Any] = {
    Mark.RETRANSMISSION: _sent_again, Mark.FAST_RETRANSMISSION: _fast, Mark.SPURIOUS_RETRANSMISSION: _spurious,
    Mark.OUT_OF_ORDER: _late, Mark.LOST_SEGMENT: _gap, Mark.ACK_LOST_SEGMENT: _unseen, Mark.DUPLICATE_ACK: _again_acked,
    Mark.KEEP_ALIVE: _alive, Mark.KEEP_ALIVE_ACK: _answer(Mark.KEEP_ALIVE_ACK), Mark.ZERO_WINDOW: _closed,
    Mark.ZERO_WINDOW_PROBE: _probe, Mark.ZERO_WINDOW_PROBE_ACK: _answer(Mark.ZERO_WINDOW_PROBE_ACK),
    Mark.WINDOW_UPDATE: _update, Mark.WINDOW_FULL: _full, Mark.REUSED_PORTS: _reused,
}  # fmt: skip
