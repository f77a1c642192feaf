"""The pieces of one datagram, in any order: what they cover, where they overlap, what is missing.

IPv4: of two copies of a byte the one that arrived last counts (RFC 791 §3.2). IPv6: pieces that
overlap make the whole datagram void, exact duplicates aside (RFC 5722 §3, RFC 8200 §4.5).
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from dissect.decoding import decode_frame
from dissect.fragments.pieces import UNIT, Identity, Piece, whole_header
from dissect.packet import Frame, Packet

LONGEST = 65535
"""Bytes of an IPv4 datagram with its header (RFC 791 §3.1), or of an IPv6 payload (RFC 8200 §4.5)."""
MOST_PIECES = LONGEST // UNIT + 1
"""Pieces that can tell something new; those beyond are counted only."""
MOST_OVERLAPS = 64
"""Overlaps that are described one by one."""


class Status(StrEnum):
    """What becomes of a datagram; the later ones tell why nothing does."""

    WHOLE = "whole"
    CUT = "cut"  # every piece came, but not all their bytes were captured
    HOLES = "holes"
    VOID = "void"  # IPv6, with an overlap
    LONG = "long"
    CONTRARY = "contrary"  # the pieces disagree on where it ends


class Closed(StrEnum):
    """Why no more pieces were waited for."""

    END = "end"
    AGE = "age"
    COUNT = "count"
    MEMORY = "memory"


class Overlap(NamedTuple):
    """Bytes `start` to `stop`, which packet `number` brought although packet `other` had.

    `conflict` is the first byte where they differ, `before` and `after` what stands there in either; None where
    they agree.
    """

    number: int
    other: int
    start: int
    stop: int
    conflict: int | None = None
    before: bytes = b""
    after: bytes = b""


class Tile(NamedTuple):
    """How a piece fits: `duplicate` of an earlier packet (0: none); bytes not captured begin at `cut`."""

    piece: Piece
    duplicate: int
    cut: int


Span = tuple[int, int]
SHOWN = 8  # bytes of a conflict that are kept


@dataclass(slots=True)
class Datagram:
    """A datagram as it is put together. `left_out` counts pieces beyond `MOST_PIECES`."""

    identity: Identity
    tiles: list[Tile] = field(default_factory=list)
    overlaps: list[Overlap] = field(default_factory=list)
    ends: dict[int, int] = field(default_factory=dict)
    """Where the data ends → the packet that says so: every last piece, and every one that passes `LONGEST`."""
    closed: Closed = Closed.END
    left_out: int = 0
    more_overlaps: int = 0
    held: int = 0
    """Bytes of pieces in memory."""
    _data: bytearray = field(default_factory=bytearray)
    _sent: list[Span] = field(default_factory=list)
    _held: list[Span] = field(default_factory=list)
    _places: dict[tuple[int, int, bool], Piece] = field(default_factory=dict)

    def add(self, piece: Piece) -> None:
        """One more piece, in the order of arrival."""
        if len(self.tiles) >= MOST_PIECES:
            self.left_out += 1
            return
        twin = self._places.get((piece.offset, piece.length, piece.more))
        duplicate = twin.number if twin is not None and twin.data == piece.data else 0
        self.tiles.append(Tile(piece, duplicate, piece.offset + len(piece.data)))
        self.held += len(piece.data)
        if duplicate:
            return
        self._places[piece.offset, piece.length, piece.more] = piece
        if not piece.more:
            self.ends.setdefault(piece.stop, piece.number)
        self._note_overlaps(piece)
        self._write(piece)

    def _note_overlaps(self, piece: Piece) -> None:
        if not _meets(self._sent, piece.offset, piece.stop):
            return
        if len(self.overlaps) >= MOST_OVERLAPS:
            self.more_overlaps += 1
            return
        for tile in self.tiles[:-1]:
            other = tile.piece
            start, stop = max(piece.offset, other.offset), min(piece.stop, other.stop)
            if start >= stop or tile.duplicate:
                continue
            self.overlaps.append(_compared(piece, other, start, stop))

    def _write(self, piece: Piece) -> None:
        stop = piece.offset + len(piece.data)
        if len(self._data) < stop:
            self._data.extend(bytes(stop - len(self._data)))
        self._data[piece.offset : stop] = piece.data
        self._sent = _joined(self._sent, piece.offset, piece.stop)
        self._held = _joined(self._held, piece.offset, stop)

    @property
    def end(self) -> int | None:
        """How many bytes of data it has, by the piece that came first of those without MF; None where none did."""
        return next(iter(self.ends), None)

    @property
    def reach(self) -> int:
        """One past the last byte of any piece."""
        return max(self._sent[-1][1] if self._sent else 0, self.end or 0)

    @property
    def first(self) -> Piece | None:
        """The piece at offset 0 that came last, as with its bytes."""
        return next(
            (tile.piece for tile in reversed(self.tiles) if tile.piece.offset == 0 and not tile.duplicate), None
        )

    @property
    def protocol(self) -> int:
        """What the datagram carries: the first piece's word, else any piece's."""
        first = self.first
        return first.protocol if first is not None else self.tiles[0].piece.protocol

    @property
    def header(self) -> int:
        """Bytes of the headers in front of the data."""
        first = self.first
        return first.header if first is not None else self.tiles[0].piece.header

    @property
    def packets(self) -> list[int]:
        """The numbers of the packets that carry it, in the order of arrival."""
        return [tile.piece.number for tile in self.tiles]

    def holes(self) -> list[tuple[int, int | None]]:
        """The ranges that no piece covers; the last one has no end where no last piece came."""
        found: list[tuple[int, int | None]] = []
        at = 0
        for start, stop in self._sent:
            if start > at:
                found.append((at, start))
            at = stop
        if self.end is None:
            found.append((at, None))
        elif at < self.end:
            found.append((at, self.end))
        return found

    @property
    def complete(self) -> bool:
        """Whether pieces cover all of it."""
        return self.end is not None and self._sent[:1] == [(0, self.reach)]

    @property
    def status(self) -> Status:
        """What becomes of it."""
        over = self.header if self.identity.version == 4 else self.header - 40
        if self.reach > LONGEST - over:
            return Status.LONG
        if self.overlaps and self.identity.version == 6:
            return Status.VOID
        if len(self.ends) > 1 or (self.end is not None and self.reach > self.end):
            return Status.CONTRARY
        if not self.complete:
            return Status.HOLES
        return Status.WHOLE if self._held == self._sent else Status.CUT

    def data(self) -> bytes:
        """The data from its first byte on, up to the first that is not there."""
        if not self._held or self._held[0][0]:
            return b""
        return bytes(self._data[: self._held[0][1]])

    def whole(self) -> Frame | None:
        """The whole datagram as a frame that begins with its IP header; None where there is no such datagram.

        Where not all bytes were captured the frame is longer than its data, as a cut frame is.
        """
        first = self.first
        if self.status not in (Status.WHOLE, Status.CUT) or first is None or self.end is None:
            return None
        header = whole_header(first, self.end)
        last = self.tiles[-1].piece
        return Frame(header + self.data(), 101, last.number, last.time, len(header) + self.end)

    def packet(self) -> Packet | None:
        """The whole datagram, decoded from its IP header on."""
        frame = self.whole()
        return None if frame is None else decode_frame(frame, "ip" if self.identity.version == 4 else "ipv6")

    def origins(self) -> list[tuple[int, int, int]]:
        """Start, stop and packet number of each run of bytes, as the data came to be: later pieces cover earlier."""
        marks = sorted({mark for tile in self.tiles for mark in (tile.piece.offset, tile.piece.stop)})
        owner = [0] * len(marks)
        for tile in self.tiles:
            if not tile.duplicate:
                first, last = bisect_left(marks, tile.piece.offset), bisect_left(marks, tile.piece.stop)
                owner[first:last] = [tile.piece.number] * (last - first)
        found: list[tuple[int, int, int]] = []
        for start, stop, number in zip(marks, marks[1:], owner, strict=False):
            if found and found[-1][1] == start and found[-1][2] == number:
                found[-1] = found[-1][0], stop, number
            elif number:
                found.append((start, stop, number))
        return found


def _compared(piece: Piece, other: Piece, start: int, stop: int) -> Overlap:
    """The overlap of two pieces, and where they first differ."""
    after = piece.data[start - piece.offset : stop - piece.offset]
    before = other.data[start - other.offset : stop - other.offset]
    both = min(len(after), len(before))
    differs = (
        next((at for at in range(both) if after[at] != before[at]), None) if after[:both] != before[:both] else None
    )
    if differs is None:
        return Overlap(piece.number, other.number, start, stop)
    shown = slice(differs, differs + SHOWN)
    return Overlap(piece.number, other.number, start, stop, start + differs, before[shown], after[shown])


def _meets(spans: list[Span], start: int, stop: int) -> bool:
    """Whether a range has a byte in common with sorted spans."""
    at = bisect_left(spans, (start, start))
    return any(max(low, start) < min(high, stop) for low, high in spans[max(0, at - 1) : at + 1])


def _joined(spans: list[Span], start: int, stop: int) -> list[Span]:
    """Sorted spans that do not touch, with one more."""
    if start == stop:
        return spans
    first = bisect_left(spans, (start, start))
    while first and spans[first - 1][1] >= start:
        first -= 1
    last = first
    while last < len(spans) and spans[last][0] <= stop:
        last += 1
    if first < last:
        start, stop = min(start, spans[first][0]), max(stop, spans[last - 1][1])
    spans[first:last] = [(start, stop)]
    return spans
