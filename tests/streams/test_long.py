"""Streams that send more than numbers of 32 bits can count."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from capture.building import pcap_header, record
from streams.telling import segments_of
from streams.traffic import FIRST, WRAP, Sent, frame

from dissect.streams.analysis import Analysis

SIZE, SEGMENTS, EACH = 65_000, 70_000, 4
BEGIN = 4_000_000_000


class Step(NamedTuple):
    """Data that begins so many bytes behind the first, or an ACK for so many bytes."""

    data: bool
    at: int


def steps() -> Iterator[Step]:
    """Every `EACH` segments the other end acknowledges all but the last."""
    for number in range(SEGMENTS):
        yield Step(data=True, at=number * SIZE)
        if number % EACH == EACH - 1:
            yield Step(data=False, at=number * SIZE)


def packet(step: Step) -> bytes:
    """Headers alone, as if the capture had cut the data off."""
    place = (BEGIN + step.at) % WRAP
    whole = frame(Sent(0, 0, place, 77) if step.data else Sent(0, 1, 77, place))
    return whole[:16] + struct.pack(">H", 40 + SIZE * step.data) + whole[18:]


def test_bytes_in_flight_and_acknowledged_segments(tmp_path: Path) -> None:
    path = tmp_path / "long.pcap"
    records = [
        record(data, FIRST + number // 1000, number % 1000, length=len(data) + SIZE * step.data)
        for number, step in enumerate(steps())
        for data in [packet(step)]
    ]
    path.write_bytes(b"".join([pcap_header(), *records]))
    flying, acknowledged = [], []
    acked = 0
    ends: dict[int, int] = {}
    for row, step in enumerate(steps()):
        if step.data:
            ends[step.at + SIZE] = row
        else:
            acked = step.at
        flying.append(step.at + SIZE - acked if step.data else 0)
        acknowledged.append(-1 if step.data else ends[step.at])
    analysis = Analysis(segments_of(str(path)))
    assert SIZE * SEGMENTS > WRAP
    assert analysis.in_flight.tolist() == flying
    assert analysis.acks_row.tolist() == acknowledged
