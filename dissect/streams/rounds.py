"""One direction of a connection, round trip after round trip: what was on its way, and where losses broke it off."""

from __future__ import annotations

from collections.abc import Container
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


DUPLICATES = 3
"""Duplicate ACKs after which a segment is taken for lost (RFC 5681 §3.2)."""
PAUSE = 150_000_000
"""Nanoseconds of silence after which a copy is laid to the timer; Linux's least timeout is 200 ms (RFC 6298 §2.4: 1 s)."""


class Flight(NamedTuple):
    """After packet `number` so many bytes were on their way; the receiver's window was `window`."""

    number: int
    time: int
    flight: int
    window: int


class Round(NamedTuple):
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


class Watch:
    """One direction, segment by segment."""

    def __init__(self, second: bool, overtaken: Container[int] = ()) -> None:
        self.second = second
        self.overtaken = overtaken
        self.flights: list[Flight] = []
        self.rounds: list[Round] = []
        self.highest = self.acked = 0
        self.largest = self.initial = self.first_segments = 0
        self.more = False
        self.began_at = self.answered_at = 0
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
        if step.length and step.next <= self.highest and step.number not in self.overtaken:
            self._again(step)
            self.resent = max(self.resent, step.next)
        self.highest = max(self.highest, step.next)
        if step.length:
            self.largest = max(self.largest, step.length)
            self.sent += step.length
            self.begun = self.begun or step
            if self.until == 0 and not self.acked < self.lost <= step.seq:  # new data amid lost is acknowledged late
                self.until = step.next
            self._first(step)
        self.sent_at = step.time
        self._note(step)

    def _first(self, step: Step) -> None:
        """What is sent before the first answer, and whether more follows that at once."""
        self.began_at = self.began_at or step.time
        if not self.answered_at:
            self.initial += step.length
            self.first_segments += 1
        elif not self.more:
            self.more = step.time - self.answered_at < (self.answered_at - self.began_at) / 2

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
            if not self.answered_at and self.acked <= 1 < step.ack:
                self.more, self.answered_at = self.highest > step.ack, step.time
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
                Round(
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
