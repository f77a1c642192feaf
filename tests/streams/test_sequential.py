"""The columns say of every segment what a walk says that takes one packet after the other."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from peers.test_tshark import FILES
from streams import traffic
from streams.telling import by_columns, by_packets, segments_of
from streams.traffic import PLAIN, Sent, capture, many

from dissect.capture import CaptureError
from dissect.streams.analysis import Analysis
from dissect.streams.marks import Mark

NUMBERS = st.integers(0, 3).flatmap(lambda at: st.integers(-6, 6).map(lambda by: (at * (1 << 30) + by) % (1 << 32)))
SEGMENTS = st.builds(
    Sent, time=st.sampled_from((0, 1, 2, 10_000, 30_000)), end=st.integers(0, 1), seq=NUMBERS, ack=NUMBERS,
    flags=st.sampled_from((0, 2, 4, 16, 16, 16, 17, 18, 20, 24)), window=st.sampled_from((0, 1, 2, 5)),
    length=st.integers(0, 4), options=st.sampled_from((b"", b"", b"\3\3\1", b"\3\3\xff")),
)  # fmt: skip


def same(path: Path) -> None:
    segments = segments_of(str(path))
    mine, theirs = by_columns(segments), by_packets(segments)
    assert mine.keys() == theirs.keys()
    for number, row in theirs.items():
        row["tcp.analysis.duplicate_ack_frame"] = row["tcp.analysis.duplicate_ack_frame"] or None
        assert mine[number] == row, number


@pytest.mark.parametrize("label", FILES)
def test_in_every_capture(label: str) -> None:
    try:
        same(FILES[label])
    except CaptureError:
        pytest.skip("cannot be read")


@pytest.mark.parametrize("seed", range(12))
def test_in_random_traffic(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "random.pcap"
    path.write_bytes(many(seed))
    same(path)


def test_a_syn_without_a_time_begins_no_round_trip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traffic, "FIRST", 0)
    path = tmp_path / "clockless.pcap"
    sent = [Sent(0, 0, 99, 0, 2, 9, 0, b""), Sent(1, 0, 140, 1, 16, 9, 2, b""), Sent(6, 0, 100, 1, 16, 9, 38, b"")]
    path.write_bytes(capture([(each, PLAIN) for each in sent]))
    same(path)
    assert [row["tcp.analysis.out_of_order"] for row in by_columns(segments_of(str(path))).values()] == [None, None, 1]


HALF_ROUND = [
    Sent(0, 0, 0, 0, 0, 0, 0, b""), Sent(0, 1, 3 << 30, 0, 0, 0, 0, b""), Sent(0, 1, 1 << 30, 0, 0, 0, 0, b""),
    Sent(0, 1, 3 << 30, 0, 0, 0, 2, b""), Sent(0, 0, 0, 1 << 30, 16, 0, 0, b""),
]  # fmt: skip
"""Each number is half a circle from the one before, and the last but one a little further than the first."""
BEGUN_TWICE = [Sent(0, 0, 0, 0), Sent(0, 1, (1 << 32) - 3, 0, 2, 0, 4, b""), Sent(0, 1, 2, 0, 18, 0, 1, b"")]
"""The second SYN is where the first one's data ended."""
UP_TO_ZERO = [
    Sent(0, 1, (1 << 32) - 4, 0, 0, 0, 4, b""), Sent(0, 1, (1 << 32) - 2, 0, 16, 0, 0, b""),
    Sent(0, 1, (1 << 32) - 2, 0, 16, 0, 1, b""),
]  # fmt: skip
"""The number after the first is 0, which stands for none."""
ZERO_ACKNOWLEDGED = [Sent(0, 0, (1 << 32) - 1, 0, 0, 0, 1, b""), Sent(0, 1, 0, 0, 16, 0, 0, b"")]
"""The first ACK number is 0, and it is news."""
FAR_ACKNOWLEDGED = [Sent(0, 1, 1, (1 << 31) + 1), Sent(0, 1, 0, 0), Sent(0, 0, 1 << 30, 0, 16, 0, 2, b"")]
"""An ACK number goes nearly half a circle at once."""
OPPOSITE = [
    Sent(0, 0, (1 << 30) - 1, (1 << 30) - 1), Sent(0, 0, 0, 1 << 30), Sent(0, 1, 3 << 30, 0, 16, 0, 2, b""),
]  # fmt: skip
"""What is sent is half a circle from what was acknowledged before."""


@settings(deadline=None, max_examples=150)
@example(HALF_ROUND)
@example(BEGUN_TWICE)
@example(UP_TO_ZERO)
@example(ZERO_ACKNOWLEDGED)
@example(FAR_ACKNOWLEDGED)
@example(OPPOSITE)
@given(st.lists(SEGMENTS, max_size=24))
def test_in_whatever_two_ends_may_send(tmp_path_factory: pytest.TempPathFactory, sent: list[Sent]) -> None:
    path = tmp_path_factory.mktemp("pair") / "pair.pcap"
    time = 0
    packets = []
    for each in sent:
        time += each.time
        packets.append((each._replace(time=time), PLAIN))
    path.write_bytes(capture(packets))
    same(path)


def test_random_traffic_has_everything(tmp_path: Path) -> None:
    """Agreement means something only where every mark occurs."""
    path = tmp_path / "random.pcap"
    path.write_bytes(b"".join([many(0, 300)]))
    seen = Mark(0)
    for marks in Analysis(segments_of(str(path))).marks.tolist():
        seen |= Mark(marks)
    assert [mark.name for mark in Mark if mark not in seen] == []


def test_streams_are_analysed_alike_alone_and_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "random.pcap"
    path.write_bytes(many(5))
    segments = segments_of(str(path))
    whole = by_columns(segments)
    monkeypatch.setattr("dissect.streams.analysis.COURSE", 7)
    assert by_columns(segments) == whole
    for stream in range(0, segments.streams, 7):
        alone = segments.of(stream)
        told = by_columns(alone)
        assert all(told[number] == whole[number] for number in alone.number.tolist())
