"""How a sender used the path: phases of crafted and of recorded connections, and that nothing hostile disturbs it."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streams.test_paths import ANY
from streams.wires import exchange, wire

import dissect
from dissect.streams.congestion import Kind, congestion
from dissect.streams.exchange import Step, steps
from dissect.streams.extraction import connection

MSS = 100
TRIP = 0.1


def transfer(*windows: int, start: float = 0.2, window: int = 60000) -> list[Step]:
    """A handshake, then so many segments in each round trip, all acknowledged at its end."""
    rows = [
        wire(1, "a", "S", 0, time=0), wire(2, "b", "SA", 500, 1, time=TRIP), wire(3, "a", "A", 1, 501, time=TRIP + 0.001),
    ]  # fmt: skip
    seq, moment = 1, start
    for count in windows:
        for _ in range(count):
            rows.append(wire(len(rows) + 1, "a", "A", seq, 501, MSS, time=moment))
            seq += MSS
            moment += 0.0001
        moment += TRIP
        rows.append(wire(len(rows) + 1, "b", "A", 501, seq, time=moment))
        moment += 0.0001
    return steps((row._replace(window=window) for row in rows), (0, 0))


def recorded(name: str) -> list[Step]:
    with dissect.open(f"sample:{name}") as capture:
        return connection(capture.frames, 0).steps


def kinds(found: list[Step]) -> list[Kind]:
    return [phase.kind for phase in congestion(found, second=False).phases]


@pytest.mark.parametrize(
    ("windows", "expected"),
    [
        ((10, 20, 40, 80), [Kind.SLOW_START]),
        ((10, 15, 22, 33), [Kind.SLOW_START]),
        ((20, 21, 22, 23, 24), [Kind.AVOIDANCE]),
        ((20, 26, 32, 38, 45), [Kind.FASTER]),
        ((10, 20, 40, 41, 42, 43), [Kind.SLOW_START, Kind.AVOIDANCE]),
        ((10, 20, 40, 50, 51, 52), [Kind.SLOW_START, Kind.AVOIDANCE]),
        ((10, 10, 10, 10), [Kind.PROGRAM]),
        ((1, 1, 1), [Kind.PROGRAM]),
        ((5,), [Kind.PROGRAM]),
    ],
)  # fmt: skip
def test_growth_tells_the_phase(windows: tuple[int, ...], expected: list[Kind]) -> None:
    assert kinds(transfer(*windows)) == expected


def test_a_full_receivers_window_hides_the_congestion_window() -> None:
    assert kinds(transfer(10, 10, 10, 10, window=10 * MSS)) == [Kind.RECEIVER]


def test_where_it_was_captured() -> None:
    found = transfer(10, 20)
    assert congestion(found, second=False).near is True
    assert congestion(found, second=True).near is False
    assert congestion(found[3:], second=False).near is None


def test_the_initial_window() -> None:
    found = congestion(transfer(10, 20), second=False)
    assert (found.initial, found.segments, found.largest, found.peak) == (1000, 10, MSS, 2000)
    assert found.more
    assert not congestion(transfer(10), second=False).more


class TestRecorded:
    """What the kernel did on the links of captures/congestion.py and captures/losses.py."""

    def phases(self, name: str) -> list[Kind]:
        return kinds(recorded(name))

    def test_slow_start_a_loss_and_avoidance(self) -> None:
        found = self.phases("slow-start")
        assert found[:3] == [Kind.SLOW_START, Kind.RECOVERY, Kind.AVOIDANCE]
        assert Kind.TIMEOUT not in found

    def test_a_timeout_and_slow_start_once_more(self) -> None:
        found = self.phases("timeout")
        assert found[:3] == [Kind.SLOW_START, Kind.TIMEOUT, Kind.SLOW_START]

    def test_the_timeouts_double(self) -> None:
        found = congestion(recorded("retransmission"), second=False)
        pauses = next(phase.pauses for phase in found.phases if phase.kind is Kind.TIMEOUT)
        assert len(pauses) == 5
        assert all(1.8 < later / earlier < 2.2 for earlier, later in itertools.pairwise(pauses))


@given(ANY)
@settings(deadline=None)
def test_hostile_numbers(rows: list[tuple[str, str, int, int, int]]) -> None:
    for second in (False, True):
        found = congestion(exchange(*rows), second=second)
        assert all(each.flight >= 0 for each in found.flights)
        assert [phase.first for phase in found.phases] == sorted(phase.first for phase in found.phases)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=8))
@settings(deadline=None, max_examples=40)
def test_the_peak_is_what_was_sent_at_once(windows: list[int]) -> None:
    assert congestion(transfer(*windows), second=False).peak == max(windows) * MSS


def test_what_was_overtaken_is_no_loss() -> None:
    with dissect.open("sample:reordering") as capture:
        found = connection(capture.frames, 0)
    assert found.overtaken == {14}
    phases = congestion(found.steps, second=False, overtaken=found.overtaken).phases
    assert Kind.RECOVERY not in [phase.kind for phase in phases]
