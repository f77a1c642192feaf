"""One connection taken out of a capture: from the arrays of all segments to plain steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from dissect.decoding import decode_frame
from dissect.streams.analysis import analyse
from dissect.streams.columns import keep
from dissect.streams.connection import Connection, NoSuchStreamError, Remark, Urgent
from dissect.streams.exchange import SYN, URG, Step, Wire, steps
from dissect.streams.marks import AGAIN
from dissect.streams.paths import follow
from dissect.streams.reasons import reasons
from dissect.streams.segments import read_segments, with_evidence

if TYPE_CHECKING:
    from dissect.capture import Frames
    from dissect.streams.analysis import Analysis
    from dissect.streams.segments import Segments

MOST_STEPS = 200_000
"""Segments of one connection that are looked at one by one; the rest is counted."""
MOST_URGENT = 1000
"""Urgent pointers that are looked up."""


def connection(frames: Frames, number: int) -> Connection:
    """Connection `number` of a capture; NoSuchStreamError where there are fewer."""
    keep(frames)
    return connection_of(frames, read_segments(frames), number)


def connection_of(frames: Frames, segments: Segments, number: int) -> Connection:
    """The same where the segments of the capture were read before."""
    if not 0 <= number < segments.streams:
        raise NoSuchStreamError(segments.streams)
    own = segments.of(number)
    left_out = max(0, len(own) - MOST_STEPS)
    own = with_evidence(frames, own.take(np.arange(len(own) - left_out)))
    analysis = analyse(own)
    shifts = _shifts(own, analysis)
    pointers = _urgent(frames, own)
    found = steps(_wires(own, {number: pointer for number, (pointer, _) in pointers.items()}), shifts)
    first, second = (_end(own, end) for end in own.ends[number].tolist())
    return Connection(
        number, (first, second), found, follow(found), _initial(own), shifts, _sizes(own), _remarks(analysis),
        _trips(analysis), tuple(_urgent_bytes(found, pointers)), left_out,
    )  # fmt: skip


def _end(own: Segments, end: int) -> tuple[str, int]:
    return own.address(end), end & 0xFFFF


def _wires(own: Segments, urgent: Mapping[int, int]) -> list[Wire]:
    """The segments whose length is known, as plain numbers."""
    blocks: dict[int, list[tuple[int, int]]] = {}
    for row, left, right in zip(own.sack.rows.tolist(), own.sack.left.tolist(), own.sack.right.tolist(), strict=True):
        blocks.setdefault(row, []).append((left, right))
    columns = (own.number, own.time, own.second, own.seq, own.ack, own.length, own.flags, own.window)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [
        Wire(*row)._replace(urgent=urgent.get(row[0], 0), sack=tuple(blocks.get(at, ())))
        for at, (row, known) in enumerate(zip(rows, own.known.tolist(), strict=True))
        if known
    ]


def _urgent(frames: Frames, own: Segments) -> dict[int, tuple[int, int | None]]:
    """The urgent pointers of the segments with URG, which are few, and the bytes that they point at if these are there."""
    found = {}
    for number in own.number[(own.flags & URG) > 0].tolist()[:MOST_URGENT]:
        packet = decode_frame(frames.at(number))
        values = [value.raw for value in packet.all("tcp.urgent_pointer")]
        if values and isinstance(values[-1], int):
            at = packet.payload[0] + values[-1] - 1  # the pointer is one past the urgent byte (RFC 6093 §2)
            inside = packet.payload[0] <= at < packet.payload[1]
            found[number] = values[-1], packet.frame.data[at] if inside else None
    return found


def _urgent_bytes(found: list[Step], pointers: Mapping[int, tuple[int, int | None]]) -> Iterator[Urgent]:
    for step in found:
        pointer, byte = pointers.get(step.number, (0, None))
        if pointer:
            yield Urgent(step.number, step.second, step.seq + pointer - 1, byte)


def _syns(own: Segments, rows: list[int], values: list[int]) -> tuple[int | None, int | None]:
    """What each end's first SYN says, of what few segments have."""
    found: list[int | None] = [None, None]
    for row, value in zip(rows, values, strict=True):
        side = bool(own.second[row])
        if own.flags[row] & SYN and found[side] is None:
            found[side] = value
    return found[0], found[1]


def _initial(own: Segments) -> tuple[int | None, int | None]:
    rows = ((own.flags & SYN) > 0).nonzero()[0].tolist()
    return _syns(own, rows, own.seq[rows].tolist())


def _sizes(own: Segments) -> tuple[int | None, int | None]:
    if own.evidence is None:
        return None, None
    return _syns(own, own.evidence.mss.rows.tolist(), own.evidence.mss.values.tolist())


def _shifts(own: Segments, analysis: Analysis) -> tuple[int | None, int | None]:
    """The shift of each end's windows; 0 where scaling is not used, None where the handshake was not captured."""
    found: list[int | None] = [None, None]
    for side in (False, True):
        of_side = analysis.scale[(own.second == side) & own.known & ((own.flags & SYN) == 0)]
        if len(of_side):
            shift = int(of_side[0])
            found[side] = {-1: None, -2: 0}.get(shift, shift)
    return found[0], found[1]


def _remarks(analysis: Analysis) -> dict[int, tuple[Remark, ...]]:
    found: dict[int, tuple[Remark, ...]] = {}
    for reason in reasons(analysis):
        remark = Remark((reason.mark.name or "").lower(), reason.key, reason.blanks, reason.sure)
        found[reason.number] = (*found.get(reason.number, ()), remark)
    return found


def _trips(analysis: Analysis) -> dict[int, int]:
    """Round trips of data that was sent once: of two copies nobody knows which is acknowledged (RFC 6298 §3)."""
    own = analysis.segments
    twice = set(own.seq[(analysis.marks & AGAIN) > 0].tolist())
    rows = analysis.ack_rtt.nonzero()[0]
    acked = own.seq[analysis.acks_row[rows]].tolist()
    found = zip(own.number[rows].tolist(), analysis.ack_rtt[rows].tolist(), acked, strict=True)
    return {number: trip for number, trip, seq in found if seq not in twice}
