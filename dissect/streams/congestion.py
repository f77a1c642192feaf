"""How a sender used the path, as far as a capture shows it: bytes in flight, and the phases of RFC 5681 behind them.

No header carries the congestion window. What is in flight is at most the window, so its peak in each round
trip is a lower bound, and only how the peaks go on tells the phase: twice as much a round is slow start, a
segment more is avoidance. Where the program or the receiver held the sender back, the window does not show.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from dissect.streams.exchange import SYN, Step
from dissect.streams.rounds import Flight, Kind, Round, Watch

CITES = {
    Kind.SLOW_START: "RFC 5681 §3.1", Kind.AVOIDANCE: "RFC 5681 §3.1", Kind.FASTER: "RFC 9438 §4",
    Kind.RECOVERY: "RFC 5681 §3.2", Kind.TIMEOUT: "RFC 6298 §5", Kind.PROGRAM: "RFC 7661 §4", Kind.RECEIVER: "RFC 9293 §3.8.6",
}  # fmt: skip
DOUBLING = 1.35
"""Growth a round from which it is slow start: 2 where every segment is acknowledged, 1.5 where every second is."""


class Phase(NamedTuple):
    """Packets `first` to `last` from one time to another; peaks of the bytes in flight in its first and last round.

    `pauses` are those before each try of a segment after a timeout, in nanoseconds.
    """

    kind: Kind
    first: int
    last: int
    begins: int
    ends: int
    low: int
    high: int
    rounds: int = 1
    pauses: tuple[int, ...] = ()


@dataclass(slots=True)
class Congestion:
    """One direction: `second` is whether the second end sends. `initial` is what it sent before the first answer came.

    `more` is whether it had more to send then, so that `initial` is its window; `near` whether the capture was taken
    nearer to the sender (None: not known), where alone what is in flight is seen right.
    """

    second: bool
    flights: list[Flight] = field(default_factory=list)
    phases: list[Phase] = field(default_factory=list)
    initial: int = 0
    segments: int = 0
    largest: int = 0
    more: bool = False
    near: bool | None = None

    @property
    def peak(self) -> int:
        """The most bytes that were in flight at a time."""
        return max((each.flight for each in self.flights), default=0)


def congestion(steps: Sequence[Step], *, second: bool, overtaken: Container[int] = ()) -> Congestion:
    """What one end's sending shows, from the segments of a connection in the order of the capture.

    Packets that were `overtaken` come late, but are no copies.
    """
    found = Congestion(second, near=_near(steps, second))
    watch = Watch(second, overtaken)
    for step in steps:
        watch.take(step)
    watch.close()
    found.flights = watch.flights
    found.largest = watch.largest
    found.initial, found.segments, found.more = watch.initial, watch.first_segments, watch.more
    found.phases = _phases(watch.rounds, max(watch.largest, 1))
    return found


def _near(steps: Sequence[Step], second: bool) -> bool | None:
    """Whether the capture is nearer to the sender: the way to the other end and back is the longer one."""
    syn = next((step for step in steps if step.has(SYN)), None)
    if syn is None:
        return None
    answer = next((step for step in steps if step.second != syn.second and step.flags & SYN), None)
    if answer is None:
        return None
    third = next((step for step in steps if step.second == syn.second and step.number > answer.number), None)
    if third is None:
        return None
    far, close = answer.time - syn.time, third.time - answer.time
    if max(far, close) < 2 * min(far, close):
        return None
    return (far > close) == (second == syn.second)


def _phases(rounds: Sequence[Round], largest: int) -> list[Phase]:
    """Rounds of one kind after another put together."""
    found: list[Phase] = []
    before: Round | None = None
    doubled = False
    for at, each in enumerate(rounds):
        last = found[-1] if found else None
        kind = each.kind or _kind(each, before, rounds[at + 1 :], largest)
        if each.cut and last is not None and before is not None:  # it tells nothing: the loss ended it
            kind = last.kind
        if kind is Kind.FASTER and doubled:  # the round in which slow start comes to its threshold
            kind = Kind.SLOW_START
            doubled = False
        else:
            doubled = kind is Kind.SLOW_START
        if last is not None and last.kind is kind and each.kind is None:
            found[-1] = last._replace(last=each.last, ends=each.ends, high=each.peak, rounds=last.rounds + 1)
        else:
            found.append(
                Phase(kind, each.first, each.last, each.begins, each.ends, each.peak, each.peak, 1, each.pauses)
            )
        before = None if each.kind is not None else each
    return found


def _kind(each: Round, before: Round | None, rest: Sequence[Round], largest: int) -> Kind:
    """What a round without a loss tells, beside the one before; the first beside the one that follows."""
    if each.full:
        return Kind.RECEIVER
    if before is None:
        following = (
            next((other for other in rest if other.kind is None), None) if rest and rest[0].kind is None else None
        )
        return Kind.PROGRAM if following is None else _kind(following, each, (), largest)
    growth = each.peak - before.peak
    if growth <= 0 or each.peak <= 2 * largest:
        return Kind.PROGRAM
    if each.peak >= DOUBLING * before.peak:
        return Kind.SLOW_START
    return Kind.AVOIDANCE if growth <= 2 * largest else Kind.FASTER


__all__ = ["CITES", "Congestion", "Flight", "Kind", "Phase", "congestion"]
