"""How a sender used the path, as far as a capture shows it: bytes in flight, and the phases of RFC 5681 behind them.

No header carries the congestion window. What is in flight is at most the window, so its peak in each round
trip is a lower bound, and only how the peaks go on tells the phase: twice as much a round is slow start, a
segment more is avoidance. Where the program or the receiver held the sender back, the window does not show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from dissect.streams.exchange import SYN, Step


class Kind(StrEnum):
    """What a sender does in a phase, or why that cannot be told."""

    SLOW_START = "slow-start"
    AVOIDANCE = "avoidance"
    FASTER = "faster"
    RECOVERY = "recovery"
    TIMEOUT = "timeout"
    PROGRAM = "program"
    RECEIVER = "receiver"


CITES = {
    Kind.SLOW_START: "RFC 5681 §3.1", Kind.AVOIDANCE: "RFC 5681 §3.1", Kind.FASTER: "RFC 9438 §4",
    Kind.RECOVERY: "RFC 5681 §3.2", Kind.TIMEOUT: "RFC 6298 §5", Kind.PROGRAM: "RFC 7661 §4", Kind.RECEIVER: "RFC 9293 §3.8.6",
}  # fmt: skip
DUPLICATES = 3
"""Duplicate ACKs after which a segment is taken for lost (RFC 5681 §3.2)."""
DOUBLING = 1.35
"""Growth a round from which it is slow start: 2 where every segment is acknowledged, 1.5 where every second is."""


class Flight(NamedTuple):
    """After packet `number` so many bytes were on their way; the receiver's window was `window`."""

    number: int
    time: int
    flight: int
    window: int


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


class _Round(NamedTuple):
    """A round trip: peak of the bytes in flight, what was sent and acknowledged, whether the window was full."""

    kind: Kind | None
    first: int
    last: int
    begins: int
    ends: int
    peak: int
    sent: int
    acked: int
    full: bool
    cut: bool
    pauses: tuple[int, ...] = ()


def congestion(steps: Sequence[Step], *, second: bool) -> Congestion:
    """What one end's sending shows, from the segments of a connection in the order of the capture."""
    found = Congestion(second, near=_near(steps, second))
    watch = _Watch(second)
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


class _Watch:
    """One direction, segment by segment."""

    def __init__(self, second: bool) -> None:
        self.second = second
        self.flights: list[Flight] = []
        self.rounds: list[_Round] = []
        self.highest = self.acked = 0
        self.largest = self.initial = self.first_segments = 0
        self.more = False
        self.window = 0
        self.duplicates = 0
        self.sacked = 0
        self.recover = 0  # where the loss ends: what had been sent when it showed
        self.lost = self.resent = 0  # after a timeout: all before `lost` is gone but what is `resent`
        self.sent_at = 0
        self.pauses: list[int] = []
        self.begun: Step | None = None
        self.until = self.peak = self.sent = self.covered = 0
        self.full = False
        self.kind: Kind | None = None
        self.last: Step | None = None

    def take(self, step: Step) -> None:
        """One more segment of the connection."""
        if step.second == self.second:
            if step.takes:
                self._send(step)
        elif step.flags and not step.flags & SYN:
            self._answer(step)
        else:
            self.acked = max(self.acked, step.ack)
            self.window = step.window if step.scaled else 0  # without its scale it limits nothing that is known
        if step.length or step.second != self.second:
            self.last = step

    def _send(self, step: Step) -> None:
        if step.length and step.next <= self.highest:
            self._again(step)
            self.resent = max(self.resent, step.next)
        self.highest = max(self.highest, step.next)
        if step.length:
            self.largest = max(self.largest, step.length)
            self.sent += step.length
            self.begun = self.begun or step
            if self.until == 0 and not self.acked < self.lost <= step.seq:  # new data amid lost is acknowledged late
                self.until = step.next
            if not self.rounds and self.acked <= 1:
                self.initial += step.length
                self.first_segments += 1
        self.sent_at = step.time
        self._note(step)

    def _again(self, step: Step) -> None:
        """A segment that was sent before: by duplicate ACKs, or because the timer ran out."""
        pause = step.time - self.sent_at
        if self.recover and pause < PAUSE:
            return
        if (self.duplicates >= DUPLICATES or self.sacked) and pause < PAUSE:
            self._begin(Kind.RECOVERY, step)
            self.recover = self.highest
        elif pause >= PAUSE:
            if self.kind is not Kind.TIMEOUT:
                self._begin(Kind.TIMEOUT, step)
            self.pauses.append(pause)
            self.recover = self.lost = self.highest
            self.resent = step.seq

    def _begin(self, kind: Kind, step: Step) -> None:
        """A round ends early because of a loss."""
        self._end_round(step, cut=True)
        self.kind, self.begun = kind, step

    def _answer(self, step: Step) -> None:
        self.window = step.window if step.scaled else 0  # without its scale it limits nothing that is known
        self.sacked = sum(right - left for left, right in step.sack if left >= step.ack)
        if step.ack > self.acked:
            if not self.rounds and self.acked <= 1 < step.ack:
                self.more = self.highest > step.ack or self.sent > self.initial
            self.covered += step.ack - self.acked
            self.acked, self.duplicates = step.ack, 0
            recovered = self.recover and step.ack >= self.recover
            if self.kind is Kind.TIMEOUT or recovered or (self.kind is None and 0 < self.until <= step.ack):
                self._end_round(step)
            self.recover = 0 if recovered else self.recover
        elif step.pure and step.ack == self.acked and self.highest > self.acked:
            self.duplicates += 1
        self._note(step)

    @property
    def flight(self) -> int:
        """Bytes on their way: neither acknowledged nor, after a timeout, given up."""
        acked = max(self.acked, 1)
        if acked < self.lost:
            return max(0, max(0, self.resent - acked) + self.highest - self.lost - self.sacked)
        return max(0, self.highest - acked - self.sacked)

    def _note(self, step: Step) -> None:
        flight = self.flight
        self.peak = max(self.peak, flight)
        self.full = self.full or (self.window > 0 and flight + self.largest > self.window)
        if not self.flights or self.flights[-1].flight != flight or self.flights[-1].window != self.window:
            self.flights.append(Flight(step.number, step.time, flight, self.window))

    def _end_round(self, step: Step, *, cut: bool = False) -> None:
        if self.begun is not None:
            begun = self.begun
            self.rounds.append(
                _Round(
                    self.kind, begun.number, step.number, begun.time, step.time, self.peak, self.sent, self.covered,
                    self.full, cut and self.kind is None, tuple(self.pauses),
                )
            )  # fmt: skip
        self.kind, self.begun = None, None
        self.until = (self.resent if self.acked < self.lost else self.highest) if self.flight else 0
        self.peak = self.flight
        self.sent = self.covered = 0
        self.full = False
        self.pauses = []
        if self.until:
            self.begun = step

    def close(self) -> None:
        """The end of the capture ends the round."""
        if self.last is not None and self.begun is not None and (self.sent or self.kind is not None):
            self._end_round(self.last)


PAUSE = 150_000_000
"""Nanoseconds of silence after which a copy is laid to the timer; Linux's least timeout is 200 ms (RFC 6298 §2.4: 1 s)."""


def _phases(rounds: Sequence[_Round], largest: int) -> list[Phase]:
    """Rounds of one kind after another put together."""
    found: list[Phase] = []
    before: _Round | None = None
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


def _kind(each: _Round, before: _Round | None, rest: Sequence[_Round], largest: int) -> Kind:
    """What a round without a loss tells, beside the one before; the first beside the one that follows."""
    if each.full:
        return Kind.RECEIVER
    if before is None:
        following = (
            next((other for other in rest if other.kind is None), None) if rest and rest[0].kind is None else None
        )
        return Kind.PROGRAM if following is None else _kind(following, each, (), largest)
    growth = each.peak - before.peak
    if growth <= 0 or each.peak < 2 * largest:
        return Kind.PROGRAM
    if each.peak >= DOUBLING * before.peak:
        return Kind.SLOW_START
    return Kind.AVOIDANCE if growth <= 2 * largest else Kind.FASTER
