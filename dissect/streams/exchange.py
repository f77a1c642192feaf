"""One connection as plain steps: what its pictures and its states are made from, without numpy.

Sequence numbers are counted from each end's initial one and go on past 2³², so that they compare as
numbers do (the arithmetic of RFC 9293 §3.4 is done once, here).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from dissect.wire.field import place
from dissect.wire.tcp import FLAGS, WRAP

_TOTAL = sum(row.bits or 0 for row in FLAGS)
BITS = {
    slot.field.name.rsplit(".", 1)[1]: 1 << (_TOTAL - slot.bit - slot.bits) for slot in place(FLAGS) if slot.bits == 1
}
"""The control bits by name: "syn", "ack", "fin", "reset", "push", "urg", …"""
SYN, ACK, FIN, RST, PSH, URG = (BITS[name] for name in ("syn", "ack", "fin", "reset", "push", "urg"))


class Wire(NamedTuple):
    """A segment's numbers as they were sent; `second`: by the end that did not send the first segment."""

    number: int
    time: int | None
    second: bool
    seq: int
    ack: int
    length: int
    flags: int
    window: int
    urgent: int = 0
    sack: tuple[tuple[int, int], ...] = ()


class Step(NamedTuple):
    """A segment of the connection: packet `number`, `time` in nanoseconds, numbers counted from the initial ones.

    `window` is in bytes where the scale is known (`scaled`). `sack` lists ranges of the other end's bytes.
    """

    number: int
    time: int
    second: bool
    seq: int
    ack: int
    length: int
    flags: int
    window: int
    scaled: bool = False
    urgent: int = 0
    sack: tuple[tuple[int, int], ...] = ()

    def has(self, bits: int) -> bool:
        """Whether all these flags are set."""
        return self.flags & bits == bits

    @property
    def takes(self) -> int:
        """Sequence numbers used up: data, SYN and FIN."""
        return self.length + bool(self.flags & SYN) + bool(self.flags & FIN)

    @property
    def next(self) -> int:
        """The sequence number that follows."""
        return self.seq + self.takes

    @property
    def pure(self) -> bool:
        """An acknowledgment and nothing else."""
        return self.has(ACK) and not self.length and not self.flags & (SYN | FIN | RST)


class Numbering:
    """Counts one end's sequence numbers from the one before its first byte, as Wireshark does."""

    def __init__(self) -> None:
        self.base: int | None = None
        self.highest = 0

    def begin(self, raw: int) -> None:
        """The number before the first byte: a SYN's own, else one less than the first that was seen or acknowledged."""
        if self.base is None:
            self.base = raw % WRAP

    def count(self, raw: int) -> int:
        """The number nearest to the highest so far; no number is below zero by more than half the circle."""
        assert self.base is not None
        near = (raw - self.base - self.highest) % WRAP
        found = self.highest + (near - WRAP if near >= WRAP // 2 else near)
        self.highest = max(self.highest, found)
        return found


def steps(wires: Iterable[Wire], shifts: tuple[int | None, int | None] = (None, None)) -> list[Step]:
    """Segments with their numbers counted; `shifts` are the window scales that the ends agreed on, if they are known."""
    own = Numbering(), Numbering()
    found: list[Step] = []
    last = 0
    for wire in wires:
        mine, other = own[wire.second], own[not wire.second]
        mine.begin(wire.seq if wire.flags & SYN else wire.seq - 1)
        acked = bool(wire.flags & ACK)
        if acked:
            other.begin(wire.ack - 1)
        shift = None if wire.flags & SYN else shifts[wire.second]
        last = wire.time if wire.time is not None else last
        reset = wire.flags & RST and not acked  # its number is the other end's acknowledgment, or 0
        found.append(
            Step(
                wire.number, last, wire.second,
                mine.count(wire.seq) if not reset or wire.seq else 0,
                other.count(wire.ack) if acked else 0,
                wire.length, wire.flags, wire.window << (shift or 0), shift is not None or bool(wire.flags & SYN),
                wire.urgent, tuple((other.count(left), other.count(right)) for left, right in wire.sack) if acked else (),
            )
        )  # fmt: skip
    return found
