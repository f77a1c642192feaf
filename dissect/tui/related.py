"""The packets that one has to do with, each a link: acknowledged, repeated, answered; and why it is remarkable."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from dissect.capture.frames import Frames
from dissect.surroundings import look_back
from dissect.tui.packets import Nearby

if TYPE_CHECKING:
    from dissect.explain.readings import Around
    from dissect.packet import Packet
    from dissect.streams.reasons import Reason
    from dissect.tui.packets import Packets
    from dissect.tui.tracing import Tracing

MOST = 12  # pieces of a datagram that are linked


class Link(NamedTuple):
    """A packet, and what it is to the chosen one: the end of a key of the browser's words."""

    kind: str
    number: int


class Related(NamedTuple):
    """What the packets around one tell of it; `stream` is the number of its connection, where that is known."""

    around: Around | None = None
    links: tuple[Link, ...] = ()
    stream: int | None = None
    reasons: tuple[Reason, ...] = ()


class LookingBack(Nearby):
    """Finds what a packet has to do with those around it; with connections `traced`, however far away these are."""

    def __init__(self, packets: Packets, packet: Packet) -> None:
        super().__init__(packets.reader())
        self.packet = packet
        self.traced = packets.traced
        self.related = Related()

    def work(self) -> None:
        """Looks back, and into the connections, once somebody stays at the packet; whoever pages on does not want to know."""
        with self.frames:
            if not self.rest():
                return
            around = look_back(cast(Frames, self), self.packet)
        found = self.traced is not None and _traced(self.traced, self.packet.frame.number)
        stream, links, reasons = found or (None, {}, ())
        links = {**_around(around), **links}
        pieces = around.tiling.packets if around is not None and around.tiling is not None else ()
        own = self.packet.frame.number
        others = tuple(Link("piece", number) for number in pieces[:MOST] if number != own)
        self.related = Related(around, (*(Link(*each) for each in links.items() if each[1]), *others), stream, reasons)


def _around(around: Around | None) -> dict[str, int]:
    """What looking back found."""
    if around is None:
        return {}
    found = {
        "acknowledges": around.acked, "repeats": around.copy_of, "duplicate": around.duplicate_of,
        "answered": around.answer, "resent": around.resent,
    }  # fmt: skip
    return {kind: number for kind, number in found.items() if number}


def _traced(tracing: Tracing, number: int) -> tuple[int, dict[str, int], tuple[Reason, ...]] | None:
    """What the connections tell; the reasons are those of `dissect stream`."""
    from dissect.streams.reasons import reasons_of

    row, analysis = tracing.row(number), tracing.analysis
    if row is None or analysis is None:
        return None
    answers = (analysis.acks_row == row).nonzero()[0][:1]
    acked = int(analysis.acks_row[row])
    links = {
        "acknowledges": int(analysis.segments.number[acked]) if acked >= 0 else 0,
        "duplicate": int(analysis.duplicate_of[row]),
        "answered": int(analysis.segments.number[answers[0]]) if len(answers) else 0,
    }
    found = {kind: each for kind, each in links.items() if each}
    return int(analysis.segments.stream[row]), found, tuple(reasons_of(analysis, row))
