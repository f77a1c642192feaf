"""Why data counts as sent again, needlessly or not, or only as late: what tells a copy from an original."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from dissect.streams.marks import Mark
from dissect.streams.story import WRAP, Reason, Story, behind, reason, shown

TWICE = 1_000_000
"""Nanoseconds within which two equal packets are one that was captured twice."""


def _captured_twice(story: Story, at: int, other: int) -> bool:
    """Whether two segments are one packet: the same identification (other than 0) or, without one, the same stamp."""
    if abs(story.time[at] - story.time[other]) > TWICE or story.seq[at] != story.seq[other]:
        return False
    if story.identification[at] > 0:
        return story.identification[at] == story.identification[other]
    return False


def sent_again(story: Story, at: int) -> Reason:
    """Sent again, with the tries before it and what shows that the copy was sent anew."""
    before = story.copies(at)
    if not before.total:
        return reason(story, at, Mark.RETRANSMISSION, "retransmission.unseen", sure=False)
    last = before.recent[-1]
    waits = tuple(story.since(later, earlier) for earlier, later in pairwise([*before.recent, at]))
    if _captured_twice(story, at, last):
        return reason(story, at, Mark.RETRANSMISSION, "retransmission.twice", packet=story.number[last],
                       wait=shown(waits[-1]), id=story.identification[at])  # fmt: skip
    reported = _reported_twice(story, at)
    newer = bool(story.stamped[at] and story.stamped[last] and story.stamp[at] != story.stamp[last])
    blanks = {
        "packet": story.number[last],
        "wait": shown(waits[-1]),
        "first": story.number[before.first],
        "count": before.total + 1,
    }
    key = "retransmission"
    if len(waits) > 1:
        doubled = all(1.6 < later / earlier < 2.6 for earlier, later in pairwise(waits) if earlier)
        key = "retransmission.doubled" if doubled else "retransmission.repeated"
        left_out = ["…"] if before.total > len(before.recent) else []
        blanks["waits"] = ", ".join([*left_out, *(f"{wait:.3g}" for wait in waits)])
    if reported is not None:
        key, blanks["dsack"] = "retransmission.dsack", story.number[reported]
    anew = newer or reported is not None or story.identification[at] not in (story.identification[last], 0, -1)
    return Reason(story.number[at], Mark.RETRANSMISSION, key, blanks, anew or waits[-1] >= 0.2, waits)


def _reported_twice(story: Story, at: int) -> int | None:
    """Where the other end reports by D-SACK that it has this data twice (RFC 2883 §4)."""
    end = (story.seq[at] + story.length[at]) % WRAP
    for other in story.reports(at):
        left, right = story.sack[other][0]
        if not behind(right, story.ack[other]) and not behind(left, story.seq[at]) and (
            not behind(end, right)
        ):  # fmt: skip
            return other
    return None


def fast(story: Story, at: int) -> Reason:
    """Sent again because of duplicate ACKs."""
    asking = [other for other in story.back(at, same=False) if story.marks[other] & Mark.DUPLICATE_ACK
              and story.ack[other] == story.seq[at]][::-1]  # fmt: skip
    before = story.copies(at).recent
    blanks: dict[str, Any] = {
        "acks": ", ".join(str(story.number[other]) for other in asking[:3]), "count": len(asking),
        "packet": story.number[before[-1]] if before else "?", "wait": shown(story.since(at, asking[-1])) if asking else "?",
    }  # fmt: skip
    sacked = any(other in story.sack for other in asking)
    key = "fast_retransmission.sack" if sacked else "fast_retransmission"
    return reason(story, at, Mark.FAST_RETRANSMISSION, key, sure=sacked or len(asking) >= 3, **blanks)


def spurious(story: Story, at: int) -> Reason:
    """Sent again though it had been acknowledged."""
    end = (story.seq[at] + story.length[at]) % WRAP
    acked = [other for other in story.back(at, same=False) if not behind(end, story.ack[other])]
    before = story.copies(at).recent
    blanks: dict[str, Any] = {
        "ack": story.number[acked[-1]] if acked else "?", "packet": story.number[before[-1]] if before else "?",
    }  # fmt: skip
    if before and _captured_twice(story, at, before[-1]):
        return reason(story, at, Mark.SPURIOUS_RETRANSMISSION, "retransmission.twice", packet=story.number[before[-1]],
                       wait=shown(story.since(at, before[-1])), id=story.identification[at])  # fmt: skip
    reported = _reported_twice(story, at)
    if before and reported is not None:
        return reason(story, at, Mark.SPURIOUS_RETRANSMISSION, "spurious_retransmission.dsack",
                       dsack=story.number[reported], **blanks)  # fmt: skip
    key = "spurious_retransmission" if before else "spurious_retransmission.unseen"
    return reason(story, at, Mark.SPURIOUS_RETRANSMISSION, key, **blanks)


def late(story: Story, at: int) -> Reason:
    """Behind data that was sent after it, or so it seems."""
    ahead = [other for other in story.back(at, same=True) if behind(story.seq[other], story.seq[at])]
    if not ahead:
        return reason(story, at, Mark.OUT_OF_ORDER, "out_of_order.alone", sure=False)
    over = ahead[-1]
    blanks: dict[str, Any] = {"packet": story.number[over], "wait": shown(story.since(at, over))}
    if copies := story.copies(at).recent:
        return reason(story, at, Mark.OUT_OF_ORDER, "out_of_order.copy", sure=False,
                       copy=story.number[copies[-1]], **blanks)  # fmt: skip
    if story.stamped[at] and story.stamped[over] and story.stamp[at] != story.stamp[over]:
        older = behind(story.stamp[over], story.stamp[at])
        return reason(story, at, Mark.OUT_OF_ORDER, "out_of_order.older" if older else "out_of_order.newer", **blanks)
    mine, other = story.identification[at], story.identification[over]
    if mine > 0 and other > 0 and mine != other:
        key = "out_of_order.id" if 0 < (other - mine) % 65536 < 32768 else "out_of_order.id_newer"
        return reason(story, at, Mark.OUT_OF_ORDER, key, id=mine, other=other, **blanks)
    return reason(story, at, Mark.OUT_OF_ORDER, sure=False, **blanks)
