"""Which packets are one connection, and what it begins with."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streams.telling import by_columns, segments_of
from streams.traffic import ACK, PLAIN, SYN, WRAP, Sent, capture, frame

from dissect.streams import identity
from dissect.streams.analysis import analyse
from dissect.streams.segments import Segments


class Vector(NamedTuple):
    """Segments as (end, seq, ack, flags), and the stream of each."""

    sent: tuple[tuple[int, int, int, int], ...]
    streams: list[int]


OPEN = ((0, 100, 0, SYN), (1, 500, 101, SYN | ACK), (0, 101, 501, ACK))
VECTORS = {
    "both directions": Vector(OPEN, [0, 0, 0]),
    "the same SYN again": Vector((OPEN[0], *OPEN), [0, 0, 0, 0]),
    "another SYN opens another": Vector((*OPEN, (0, 9000, 0, SYN), (1, 700, 9001, SYN | ACK)), [0, 0, 0, 1, 1]),
    "from the other end": Vector((*OPEN, (1, 9000, 0, SYN), (0, 700, 9001, SYN | ACK)), [0, 0, 0, 1, 1]),
    "a SYN with the number that the other end awaits": Vector(((1, 500, 101, ACK), (0, 100, 0, SYN)), [0, 0]),
    "a SYN with another number than awaited": Vector(((1, 500, 101, ACK), (0, 300, 0, SYN)), [0, 1]),
    "after data without a SYN": Vector(((0, 101, 501, ACK), (0, 100, 0, SYN), (0, 101, 0, SYN)), [0, 0, 1]),
    "a SYN+ACK never opens one": Vector((*OPEN, (1, 900, 101, SYN | ACK)), [0, 0, 0, 0]),
    "simultaneous open": Vector(((0, 100, 0, SYN), (1, 500, 0, SYN), (0, 100, 501, SYN | ACK)), [0, 0, 0]),
    "three in a row": Vector(((0, 1, 0, SYN), (0, 2, 0, SYN), (0, 3, 0, SYN), (0, 3, 0, SYN)), [0, 1, 2, 2]),
    "back to an older number": Vector(((0, 1, 0, SYN), (0, 2, 0, SYN), (0, 1, 0, SYN)), [0, 1, 2]),
    "the last number of all": Vector(((0, 2**32 - 1, 0, SYN), (1, 7, 0, SYN | ACK), (0, 0, 8, ACK)), [0, 0, 0]),
}  # fmt: skip


def told(tmp_path: Path, sent: list[Sent]) -> Segments:
    path = tmp_path / "one.pcap"
    path.write_bytes(capture([(each._replace(time=each.time or at), PLAIN) for at, each in enumerate(sent)]))
    return segments_of(str(path))


@pytest.mark.parametrize("name", VECTORS)
def test_streams(name: str, tmp_path: Path) -> None:
    segments = told(tmp_path, [Sent(0, *each) for each in VECTORS[name].sent])
    assert segments.stream.tolist() == VECTORS[name].streams
    assert segments.streams == VECTORS[name].streams[-1] + 1


def numbered(sent: list[Sent]) -> list[int]:
    """The streams between two ends, packet by packet: each SYN against the number that its end began with."""
    found, stream = [], 0
    base: dict[int, int] = {}
    for each in sent:
        if each.flags & (SYN | ACK) == SYN and base.get(each.end, each.seq) != each.seq:
            stream, base = stream + 1, {}
        if each.flags & SYN:
            base[each.end] = each.seq
        base.setdefault(each.end, (each.seq - 1) % WRAP)
        if each.flags & ACK:
            base.setdefault(1 - each.end, (each.ack - 1) % WRAP)
        found.append(stream)
    return found


NEAR = st.integers(-2, 3).map(lambda number: number % WRAP)
FLAGS = st.sampled_from((SYN, SYN, SYN | ACK, ACK, 0))
PACKETS = st.tuples(st.integers(0, 1), NEAR, NEAR, FLAGS).map(lambda each: Sent(0, *each))


@settings(deadline=None, max_examples=300)
@given(st.lists(PACKETS, max_size=12), st.sampled_from((0, identity.FEW)))
def test_streams_between_two_ends(tmp_path_factory: pytest.TempPathFactory, sent: list[Sent], few: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(identity, "FEW", few)
        compare(tmp_path_factory, sent)


def compare(tmp_path_factory: pytest.TempPathFactory, sent: list[Sent]) -> None:
    path = tmp_path_factory.mktemp("two") / "ends.pcap"
    path.write_bytes(capture([(each._replace(time=at), PLAIN) for at, each in enumerate(sent)]))
    assert segments_of(str(path)).stream.tolist() == numbered(sent)


def test_numbers_are_relative_across_the_wrap(tmp_path: Path) -> None:
    segments = told(tmp_path, [Sent(0, *each[:4], length=each[4]) for each in (
        (0, 2**32 - 2, 0, SYN, 0), (1, 10, 2**32 - 1, SYN | ACK, 0), (0, 2**32 - 1, 11, ACK, 5), (1, 11, 4, ACK, 0),
    )])  # fmt: skip
    rows = by_columns(segments)
    assert [rows[n]["tcp.seq"] for n in range(1, 5)] == [0, 0, 1, 1]
    assert [rows[n]["tcp.ack"] for n in range(1, 5)] == [0, 1, 1, 6]
    assert [rows[n]["tcp.nxtseq"] for n in range(1, 5)] == [1, 1, 6, 1]
    assert rows[4]["tcp.analysis.acks_frame"] == 3


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (b"\3\3\7", b"\3\3\2", (128, 4)),
        (b"", b"\3\3\2", (-2, -2)),
        (b"\3\3\7", b"", (-2, -2)),
        (b"\3\3\x0f", b"\3\3\0", (16384, 1)),
    ],
)
def test_windows_are_scaled_if_both_ends_offered_it(
    one: bytes, other: bytes, expected: tuple[int, int], tmp_path: Path
) -> None:
    """RFC 7323 §2.2 and §2.3: in both SYNs or not at all, and by 14 bits at most."""
    segments = told(tmp_path, [
        Sent(0, 0, 1, 0, SYN, 60000, options=one), Sent(0, 1, 1, 2, SYN | ACK, 50000, options=other),
        Sent(0, 0, 2, 2, ACK, 3), Sent(0, 1, 2, 2, ACK, 3),
    ])  # fmt: skip
    rows = by_columns(segments)
    assert tuple(rows[n]["tcp.window_size_scalefactor"] for n in (3, 4)) == expected
    assert [rows[n]["tcp.window_size"] for n in (1, 2)] == [60000, 50000]
    assert [rows[n]["tcp.window_size"] for n in (3, 4)] == [3 * max(factor, 1) for factor in expected]


def test_a_capture_without_tcp_has_no_streams() -> None:
    segments = segments_of("sample:udp")
    assert (len(segments), segments.streams, by_columns(segments)) == (0, 0, {})


def test_packets_in_tunnels_and_errors_belong_to_the_inner_connection() -> None:
    segments = segments_of("sample:nested-tunnels")
    assert {segments.address(int(end)) for end in segments.ends[0]}.isdisjoint({"0.0.0.0", "::"})
    segments = segments_of("sample:path-mtu-v4")
    assert segments.stream.tolist() == [0] * len(segments)
    assert not segments.known.all()


def test_a_segment_stays_below_a_hundred_bytes(tmp_path: Path) -> None:
    """Of what is kept of each packet; the ends and addresses of a stream come on top."""
    path = tmp_path / "one.pcap"
    data = [(Sent(at, at & 1, 1, 1, ACK, 9, 1), PLAIN) for at in range(2000)]
    path.write_bytes(capture(data))
    segments = segments_of(str(path))
    dense = [array for array in vars(segments).values() if hasattr(array, "nbytes") and len(array) == len(segments)]
    assert sum(array.nbytes for array in dense) / len(segments) < 45
    assert len(frame(data[0][0])) == 55


def test_a_hostile_stream_takes_no_more_than_its_share_of_looking(tmp_path: Path) -> None:
    """Ten thousand segments wait while ACKs that take none of them go to and fro: quadratic, if nobody stopped it."""
    data = [Sent(at, 0, 1000 + 2 * at, 1, ACK, 9, 1) for at in range(10_000)]
    acks = [Sent(10_000 + at, 1, 1, 1000 - at % 2, ACK, 9 + at % 3) for at in range(20_000)]
    segments = told(tmp_path, [*data, *acks])
    analysis = analyse(segments)
    assert int(analysis.in_flight[:10_000].max()) > 0
    assert len(analysis.acks) == 30_000
