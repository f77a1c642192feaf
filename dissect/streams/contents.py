"""What a connection carried: each end's bytes in their order, copies once, by turns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from dissect.decoding import decode_frame
from dissect.streams.exchange import SYN, Step

if TYPE_CHECKING:
    from dissect.capture import Frames

MOST = 1 << 20
"""Bytes that are given."""
AHEAD = 1 << 20
"""Bytes held back because earlier ones are missing; where there are more, those count as lost."""


class Part(NamedTuple):
    """Bytes that one end sent without data of the other between: packets `first` to `last`, from byte `at` of its stream on.

    `hole` is how many bytes before it are not in the capture.
    """

    second: bool
    first: int
    last: int
    at: int
    data: bytes
    hole: int = 0


class _Direction:
    """The bytes of one end: those in order, and those that wait for earlier ones."""

    def __init__(self) -> None:
        self.next: int | None = None
        self.waiting: dict[int, tuple[bytes, int]] = {}
        self.held = 0

    def take(self, step: Step, data: bytes) -> Iterator[tuple[int, bytes, int, int]]:
        """A segment's data: what is in order by now as place, bytes, packet, and bytes lost before it."""
        start = step.seq + bool(step.flags & SYN)
        self.next = start if self.next is None else self.next
        if start + len(data) > self.next and data:
            known = self.waiting.get(start)
            if known is None or len(known[0]) < len(data):
                self.held += len(data) - (len(known[0]) if known else 0)
                self.waiting[start] = data, step.number
        yield from self.ready(patience=AHEAD)

    def ready(self, *, patience: int = 0) -> Iterator[tuple[int, bytes, int, int]]:
        """What is in order; with less patience than bytes held, also what lies behind a hole."""
        while self.waiting and self.next is not None:
            at = min(self.waiting)
            if at > self.next and self.held <= patience:
                return
            data, number = self.waiting.pop(at)
            self.held -= len(data)
            hole = max(0, at - self.next)
            fresh = data[max(0, self.next - at) :]
            if fresh:
                place = max(at, self.next)
                self.next = place + len(fresh)
                yield place, fresh, number, hole


def contents(frames: Frames, steps: Sequence[Step]) -> Iterator[Part]:
    """The data of a connection in the order in which it could be read; ends after `MOST` bytes."""
    ways = _Direction(), _Direction()
    part: Part | None = None
    total = 0
    for step in steps:
        if step.flags & SYN and ways[step.second].next is None:
            ways[step.second].next = step.seq + 1
        if not step.length:
            continue
        for piece in ways[step.second].take(step, _data(frames, step)):
            given, part = _joined(part, step.second, piece)
            yield from given
            total += len(piece[1])
        if total >= MOST:
            break
    for second in (False, True):
        for piece in ways[second].ready():
            given, part = _joined(part, second, piece)
            yield from given
    if part is not None:
        yield part


def _joined(part: Part | None, second: bool, piece: tuple[int, bytes, int, int]) -> tuple[list[Part], Part]:
    """The part goes on, or it is given and another begins."""
    at, data, number, hole = piece
    if part is not None and part.second == second and not hole:
        return [], part._replace(last=max(part.last, number), data=part.data + data)
    return ([part] if part is not None else []), Part(second, number, number, at, data, hole)


def _data(frames: Frames, step: Step) -> bytes:
    """The bytes behind the TCP header, as many as were captured."""
    packet = decode_frame(frames.at(step.number))
    layer = next((layer for layer in packet.layers if layer.key == "tcp" and not layer.quoted), None)
    return b"" if layer is None else bytes(packet.frame.data[layer.stop : min(layer.end, layer.stop + step.length)])
