"""Pieces of a capture → datagrams, with limits on how old, how many and how large those in the making may be."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator

from dissect.fragments.datagram import Closed, Datagram
from dissect.fragments.pieces import Identity, Piece

AGE = 60_000_000_000
"""Nanoseconds that pieces are waited for: RFC 8200 §4.5, and the least of RFC 1122 §3.3.2 (Linux: 30 s for IPv4)."""
COUNT = 4096
"""Datagrams in the making."""
MEMORY = 64 << 20
"""Bytes of their pieces."""


class Reassembly:
    """Datagrams in the making, oldest first; `take` gives those that are waited for no longer.

    A datagram is given back only when it is old, so that late duplicates still find it; a piece that would
    not fit into a complete one with the same identification begins another (RFC 6864 §4).
    """

    def __init__(self, *, age: int = AGE, count: int = COUNT, memory: int = MEMORY) -> None:
        self.age, self.count, self.memory = age, count, memory
        self._open: OrderedDict[int, Datagram] = OrderedDict()
        self._current: dict[Identity, int] = {}
        self._turn = 0
        self._held = 0

    def take(self, piece: Piece) -> Iterator[Datagram]:
        """One more piece, in the order of arrival."""
        if piece.time is not None:
            yield from self._aged(piece.time)
        turn = self._current.get(piece.identity)
        datagram = self._open.get(turn) if turn is not None else None
        if datagram is None or (datagram.complete and not _repeats(datagram, piece)):
            self._turn += 1
            turn, datagram = self._turn, Datagram(piece.identity)
            self._current[piece.identity] = turn
            self._open[turn] = datagram
        before = datagram.held
        datagram.add(piece)
        self._held += datagram.held - before
        while len(self._open) > self.count:
            yield self._close(Closed.COUNT)
        while self._held > self.memory and len(self._open) > 1:
            yield self._close(Closed.MEMORY)

    def rest(self) -> Iterator[Datagram]:
        """Those still in the making when the capture ends."""
        while self._open:
            yield self._close(Closed.END)

    def _aged(self, now: int) -> Iterator[Datagram]:
        while self._open:
            oldest = next(iter(self._open.values())).tiles[0].piece.time
            if oldest is None or now - oldest <= self.age:
                return
            yield self._close(Closed.AGE)

    def _close(self, why: Closed) -> Datagram:
        turn, datagram = self._open.popitem(last=False)
        if self._current.get(datagram.identity) == turn:
            del self._current[datagram.identity]
        self._held -= datagram.held
        datagram.closed = why
        return datagram


def _repeats(datagram: Datagram, piece: Piece) -> bool:
    """Whether a late piece brings what a complete datagram holds already."""
    held = datagram.data()[piece.offset : piece.stop]
    return piece.stop <= (datagram.end or 0) and held[: len(piece.data)] == piece.data


def reassembled(pieces: Iterable[Piece], **limits: int) -> Iterator[Datagram]:
    """All datagrams of a capture, in the order of their first pieces."""
    making = Reassembly(**limits)
    for piece in pieces:
        yield from making.take(piece)
    yield from making.rest()
