"""One TCP connection, whole: its ends, its segments as plain steps, their states, and what is remarkable of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from dissect.streams.exchange import Step
from dissect.streams.paths import Paths


class Remark(NamedTuple):
    """What a segment is besides its flags, such as "retransmission", and why: `key` of the sentence and its `blanks`.

    `sure` is whether that is no guess.
    """

    mark: str
    key: str
    blanks: Mapping[str, object]
    sure: bool = True


class Urgent(NamedTuple):
    """An urgent byte: packet `number` says that it is number `at` of its stream; `byte` is its value if it is in there."""

    number: int
    second: bool
    at: int
    byte: int | None = None


@dataclass(frozen=True)
class Connection:
    """Connection `number` of a capture, as `tcp.stream` counts them.

    `ends` are address and port, the sender of the first segment before the other; `initial` their initial
    sequence numbers and `shifts` their window scales, None where the capture does not tell; `mss` what each
    announced. `remarks` and `trips` (the round trip in nanoseconds of the data that a packet acknowledges) go by packet number.
    `left_out` counts the segments behind the last step.
    """

    number: int
    ends: tuple[tuple[str, int], tuple[str, int]]
    steps: list[Step]
    paths: Paths
    initial: tuple[int | None, int | None] = (None, None)
    shifts: tuple[int | None, int | None] = (None, None)
    mss: tuple[int | None, int | None] = (None, None)
    remarks: Mapping[int, tuple[Remark, ...]] = field(default_factory=dict)
    trips: Mapping[int, int] = field(default_factory=dict)
    urgent: tuple[Urgent, ...] = ()
    left_out: int = 0

    @property
    def names(self) -> tuple[str, str]:
        """Both ends as text."""
        first, second = (
            f"[{address}]:{port}" if ":" in address else f"{address}:{port}" for address, port in self.ends
        )
        return first, second

    @property
    def overtaken(self) -> frozenset[int]:
        """The packets of which it is certain that they were sent in order and came late."""
        late = ("out_of_order.older", "out_of_order.id")
        return frozenset(number for number, said in self.remarks.items() if any(each.key in late for each in said))

    @property
    def lasted(self) -> int:
        """Nanoseconds from the first segment to the last."""
        return self.steps[-1].time - self.steps[0].time if self.steps else 0


class NoSuchStreamError(Exception):
    """A capture has only `count` connections."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count
