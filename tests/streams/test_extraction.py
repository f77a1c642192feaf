"""One connection taken out of a capture: the same numbers as the columns have, and what only it looks up."""

from __future__ import annotations

import pytest

import dissect
from dissect.capture.samples import sample_names
from dissect.streams.analysis import analyse
from dissect.streams.connection import NoSuchStreamError, Urgent
from dissect.streams.exchange import SYN
from dissect.streams.extraction import connection
from dissect.streams.segments import read_segments

WRAP = 2**32
RECORDED = [name for name, sample in sample_names().items() if sample.made == "recorded"]


@pytest.mark.parametrize("name", RECORDED)
def test_numbers_are_those_of_the_columns(name: str) -> None:
    """Counted from the same places, modulo 2**32; windows in bytes; ends in the same order."""
    with dissect.open(f"sample:{name}") as capture:
        segments = read_segments(capture.frames)
        analysis = analyse(segments)
        for number in range(segments.streams):
            found = connection(capture.frames, number)
            rows = [row for row in range(len(segments)) if segments.stream[row] == number and segments.known[row]]
            assert [step.number for step in found.steps] == segments.number[rows].tolist()
            assert [step.second for step in found.steps] == segments.second[rows].tolist()
            assert [step.seq % WRAP for step in found.steps] == analysis.rel_seq[rows].tolist()
            acks = [
                (step.ack % WRAP, ack) for step, ack in zip(found.steps, analysis.rel_ack[rows].tolist(), strict=True)
            ]
            assert all(mine == ack for step, (mine, ack) in zip(found.steps, acks, strict=True) if step.flags & 16)
            shifts = [max(0, shift) for shift in analysis.scale[rows].tolist()]
            raw = segments.window[rows].tolist()
            assert [step.window for step in found.steps] == [
                window << (0 if step.flags & SYN else shift)
                for step, window, shift in zip(found.steps, raw, shifts, strict=True)
            ]


def test_urgent_bytes() -> None:
    with dissect.open("sample:urgent") as capture:
        assert connection(capture.frames, 0).urgent == (Urgent(4, False, 5, ord("!")),)


def test_what_the_handshake_tells() -> None:
    with dissect.open("sample:window-scaling") as capture:
        found = connection(capture.frames, 0)
        assert found.names == ("192.0.2.1:40000", "192.0.2.2:8080")
        assert None not in (*found.initial, *found.shifts, *found.mss)
    with dissect.open("sample:handshake-v6") as capture:
        assert connection(capture.frames, 0).names == ("[2001:db8::1]:40000", "[2001:db8::2]:8080")


def test_of_data_sent_twice_no_round_trip_is_told() -> None:
    """Karn's algorithm: RFC 6298 §3."""
    with dissect.open("sample:retransmission") as capture:
        found = connection(capture.frames, 0)
        assert 10 not in found.trips
        assert 12 in found.trips


def test_remarks_have_their_reasons() -> None:
    with dissect.open("sample:fast-retransmit") as capture:
        remarks = connection(capture.frames, 0).remarks
    assert [remark.mark for remark in remarks[14]] == ["fast_retransmission"]
    assert remarks[14][0].blanks["packet"] == 5


@pytest.mark.parametrize(("name", "number", "count"), [("handshake", 1, 1), ("udp", 0, 0), ("states", 13, 13)])
def test_a_connection_that_is_not_there(name: str, number: int, count: int) -> None:
    with dissect.open(f"sample:{name}") as capture, pytest.raises(NoSuchStreamError) as error:
        connection(capture.frames, number)
    assert error.value.count == count
