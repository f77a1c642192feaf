"""Why a segment has a mark: the packets that show it, the times between them, and whether that is certain.

A mark is a conclusion. What decides between two that fit is used first: SACK and D-SACK say what arrived,
timestamps and IP identifications tell a packet sent anew from one that was late or captured twice.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dissect.streams.analysis import Analysis
from dissect.streams.marks import Mark
from dissect.streams.repeats import fast, late, sent_again, spurious
from dissect.streams.story import HALF, WRAP, Reason, Story, behind, reason, shown

NEAR = 4096
"""Segments on either side of one that are at hand for its reasons, where it is asked for alone."""


def reasons(analysis: Analysis, rows: np.ndarray[Any, Any] | None = None) -> list[Reason]:
    """The reasons for all marks of one stream; `rows` are its segments in order, all of the analysis where None."""
    wanted = analysis.order if rows is None else rows
    story = Story(analysis, wanted)
    found: list[Reason] = []
    for at, marks in enumerate(story.marks):
        found.extend(_TOLD[mark](story, at) for mark in Mark if marks & mark.value)
    return found


def reasons_of(analysis: Analysis, row: int) -> list[Reason]:
    """The reasons for the marks of one segment, which is in that row, from the `NEAR` segments on either side."""
    segments = analysis.segments
    rows = np.flatnonzero(segments.stream == segments.stream[row])
    at = int(np.searchsorted(rows, row))
    first = max(0, at - NEAR)
    story = Story(analysis, rows[first : at + NEAR])
    return [_TOLD[mark](story, at - first) for mark in Mark if story.marks[at - first] & mark.value]


def _gap(story: Story, at: int) -> Reason:
    before = list(story.back(at, same=True))
    ends = [(story.seq[other] + story.length[other] + bool(story.flags[other] & 3)) % WRAP for other in before]
    expected = ends[0] if ends else story.seq[at]
    for end in ends[1:]:
        expected = end if behind(end, expected) else expected
    missing = (story.seq[at] - expected) % WRAP
    for other in story.ahead(at, same=True):
        if behind(story.seq[at], story.seq[other]) and not behind(expected, story.seq[other]):
            return reason(
                story, at, Mark.LOST_SEGMENT, "lost_segment.later", bytes=f"{missing:,}", packet=story.number[other]
            )
    for other in story.ahead(at, same=False):
        if behind(story.ack[other], expected):
            return reason(
                story, at, Mark.LOST_SEGMENT, "lost_segment.acked", bytes=f"{missing:,}", packet=story.number[other]
            )
    return reason(story, at, Mark.LOST_SEGMENT, sure=False, bytes=f"{missing:,}")


def _unseen(story: Story, at: int) -> Reason:
    ends = [(story.seq[other] + story.length[other] + bool(story.flags[other] & 3)) % WRAP
            for other in story.back(at, same=False)]  # fmt: skip
    seen = ends[0] if ends else story.ack[at]
    for end in ends[1:]:
        seen = end if behind(end, seen) else seen
    beyond = (story.ack[at] - seen) % WRAP
    if 0 < beyond < HALF:
        return reason(story, at, Mark.ACK_LOST_SEGMENT, bytes=f"{beyond:,}")
    return reason(story, at, Mark.ACK_LOST_SEGMENT, "ack_lost_segment.gap")


def _again_acked(story: Story, at: int) -> Reason:
    count, original = story.count[at], story.original[at]
    blocks = story.sack.get(at)
    blanks: dict[str, Any] = {"count": count, "packet": original or "?"}
    key = "duplicate_ack.third" if count == 3 else "duplicate_ack"
    if blocks:
        base = _base(story, at)
        if not behind(blocks[0][1], story.ack[at]):
            key = "duplicate_ack.dsack"
        blanks["blocks"] = ", ".join(f"{(left - base) % WRAP}–{(right - base - 1) % WRAP}" for left, right in blocks)
        key += ".sack" if key != "duplicate_ack.dsack" else ""
    return reason(story, at, Mark.DUPLICATE_ACK, key, **blanks)


def _base(story: Story, at: int) -> int:
    """What relative numbers of the other direction count from, so that the acknowledged byte is the relative one."""
    rel_ack = int(story.analysis.rel_ack[story.rows[at]])
    return (story.ack[at] - rel_ack) % WRAP


def _alive(story: Story, at: int) -> Reason:
    wait = shown(story.since(at, at - 1)) if at else "?"
    answer = next(story.back(at, same=False), None)
    if answer is not None and story.window[answer] == 0:
        return reason(story, at, Mark.KEEP_ALIVE, "keep_alive.probe", wait=wait, packet=story.number[answer])
    return reason(story, at, Mark.KEEP_ALIVE, wait=wait)


def _answer(mark: Mark) -> Any:
    def told(story: Story, at: int) -> Reason:
        asked = next(story.back(at, same=False), None)
        return reason(story, at, mark, packet=story.number[asked] if asked is not None else "?")

    return told


def _closed(story: Story, at: int) -> Reason:
    earlier = next(story.back(at, same=True), None)
    if earlier is None or story.window[earlier] == 0:
        return reason(story, at, Mark.ZERO_WINDOW, "zero_window.still")
    return reason(story, at, Mark.ZERO_WINDOW, window=f"{story.window[earlier] << story.scale[earlier]:,}",
                   packet=story.number[earlier])  # fmt: skip


def _probe(story: Story, at: int) -> Reason:
    closed = next(story.back(at, same=False), None)
    probes = [other for other in story.back(at, same=True) if story.marks[other] & Mark.ZERO_WINDOW_PROBE
              and story.seq[other] == story.seq[at]]  # fmt: skip
    return reason(story, at, Mark.ZERO_WINDOW_PROBE, packet=story.number[closed] if closed is not None else "?",
                   count=len(probes) + 1, wait=shown(story.since(at, probes[0] if probes else max(at - 1, 0))))  # fmt: skip


def _update(story: Story, at: int) -> Reason:
    earlier = next(story.back(at, same=True), at)
    old, new = (story.window[each] << story.scale[each] for each in (earlier, at))
    key = "window_update.opened" if not old else "window_update"
    return reason(story, at, Mark.WINDOW_UPDATE, key, old=f"{old:,}", new=f"{new:,}")


def _full(story: Story, at: int) -> Reason:
    limit = next(story.back(at, same=False), None)
    if limit is None:
        return reason(story, at, Mark.WINDOW_FULL, packet="?", window="?")
    shift = story.scale[limit]
    return reason(story, at, Mark.WINDOW_FULL, packet=story.number[limit], window=f"{story.window[limit] << shift:,}")


def _reused(story: Story, at: int) -> Reason:
    segments = story.analysis.segments
    stream = int(segments.stream[story.rows[at]])
    own = sorted(segments.ends[stream].tolist())
    same = np.flatnonzero((np.sort(segments.ends[:stream], 1) == np.array(own, np.uint64)).all(1))
    return reason(story, at, Mark.REUSED_PORTS, stream=int(same[-1]) if len(same) else "?")


_TOLD: dict[Mark, Any] = {
    Mark.RETRANSMISSION: sent_again, Mark.FAST_RETRANSMISSION: fast, Mark.SPURIOUS_RETRANSMISSION: spurious,
    Mark.OUT_OF_ORDER: late, Mark.LOST_SEGMENT: _gap, Mark.ACK_LOST_SEGMENT: _unseen, Mark.DUPLICATE_ACK: _again_acked,
    Mark.KEEP_ALIVE: _alive, Mark.KEEP_ALIVE_ACK: _answer(Mark.KEEP_ALIVE_ACK), Mark.ZERO_WINDOW: _closed,
    Mark.ZERO_WINDOW_PROBE: _probe, Mark.ZERO_WINDOW_PROBE_ACK: _answer(Mark.ZERO_WINDOW_PROBE_ACK),
    Mark.WINDOW_UPDATE: _update, Mark.WINDOW_FULL: _full, Mark.REUSED_PORTS: _reused,
}  # fmt: skip

__all__ = ["Reason", "Story", "reasons", "reasons_of"]
