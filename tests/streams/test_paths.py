"""Both ends followed through their states: by hand, and as the kernel itself went."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streams.wires import connections, exchange, one, wire

import dissect
from dissect.streams.exchange import SYN, Step, steps
from dissect.streams.paths import End, HalfClose, Paths, Reset, follow
from dissect.streams.states import TABLE, State

KERNEL = Path(__file__).parents[2] / "captures" / "states.states"
OPEN = (("a", "S", 0, 0), ("b", "SA", 500, 1), ("a", "A", 1, 501))
Row = tuple[str, str, int, int]


def path(end: End) -> str:
    """The states in order; what is only inferred in brackets."""
    return " ".join(visit.state if visit.sure else f"({visit.state})" for visit in end.visits)


def states(paths: Paths) -> tuple[list[str], list[str]]:
    first, second = ([visit.state.value for visit in end.visits] for end in (paths.first, paths.second))
    return first, second


@pytest.mark.parametrize(
    ("rows", "first", "second"),
    [
        (OPEN, "(CLOSED) SYN_SENT ESTABLISHED", "(LISTEN) SYN_RECEIVED (ESTABLISHED)"),
        (OPEN[:2], "(CLOSED) SYN_SENT (ESTABLISHED)", "(LISTEN) SYN_RECEIVED"),
        (OPEN[:1], "(CLOSED) SYN_SENT", ""),
        (  # four segments
            (*OPEN, ("a", "FA", 1, 501), ("b", "A", 501, 2), ("b", "FA", 501, 2), ("a", "A", 2, 502)),
            "(CLOSED) SYN_SENT ESTABLISHED FIN_WAIT_1 (FIN_WAIT_2) TIME_WAIT",
            "(LISTEN) SYN_RECEIVED (ESTABLISHED) CLOSE_WAIT LAST_ACK (CLOSED)",
        ),
        (  # RFC 9293 figure 7
            (("a", "S", 0, 0), ("b", "S", 500, 0), ("a", "SA", 0, 501), ("b", "SA", 500, 1), ("a", "A", 1, 501)),
            "(CLOSED) SYN_SENT SYN_RECEIVED ESTABLISHED",
            "(CLOSED) SYN_SENT SYN_RECEIVED (ESTABLISHED)",
        ),
        (  # RFC 9293 figure 13
            (*OPEN, ("a", "FA", 1, 501), ("b", "FA", 501, 1), ("a", "A", 2, 502), ("b", "A", 502, 2)),
            "(CLOSED) SYN_SENT ESTABLISHED FIN_WAIT_1 CLOSING (TIME_WAIT)",
            "(LISTEN) SYN_RECEIVED (ESTABLISHED) FIN_WAIT_1 CLOSING (TIME_WAIT)",
        ),
        (  # RFC 9293 figure 12's last ACK is lost: the FIN comes again
            (
                *OPEN, ("a", "FA", 1, 501), ("b", "FA", 501, 2), ("a", "A", 2, 502), ("b", "FA", 501, 2), ("a", "A", 2, 502),
            ),
            "(CLOSED) SYN_SENT ESTABLISHED FIN_WAIT_1 TIME_WAIT",
            "(LISTEN) SYN_RECEIVED (ESTABLISHED) CLOSE_WAIT LAST_ACK (CLOSED)",
        ),
        (  # data in SYN_RECEIVED brings the missing ACK
            (*OPEN, ("b", "SA", 500, 1), ("a", "PA", 1, 501, 5), ("b", "A", 501, 6)),
            "(CLOSED) SYN_SENT ESTABLISHED",
            "(LISTEN) SYN_RECEIVED ESTABLISHED",
        ),
        (  # a reset answers the SYN+ACK: the server is back in LISTEN (§3.10.7.4)
            (*OPEN[:2], ("a", "R", 1, 0)),
            "(CLOSED) SYN_SENT (CLOSED)",
            "(LISTEN) SYN_RECEIVED (LISTEN)",
        ),
        (  # an ACK overtakes the FIN before it
            (
                *OPEN, ("a", "FA", 1, 501), ("a", "A", 2, 501), ("b", "A", 501, 1), ("b", "FA", 501, 2), ("a", "A", 2, 502),
            ),
            "(CLOSED) SYN_SENT ESTABLISHED FIN_WAIT_1 TIME_WAIT",
            "(LISTEN) SYN_RECEIVED (ESTABLISHED) CLOSE_WAIT LAST_ACK (CLOSED)",
        ),
        (OPEN[1:], "(SYN_SENT) ESTABLISHED", "(LISTEN) SYN_RECEIVED (ESTABLISHED)"),  # the SYN is not in the capture
        (OPEN[::2], "(CLOSED) SYN_SENT ESTABLISHED", "(LISTEN) (SYN_RECEIVED) (ESTABLISHED)"),  # its answer is not
        (  # one direction alone
            (*OPEN[::2], ("a", "FA", 1, 901), ("a", "A", 2, 902)),
            "(CLOSED) SYN_SENT ESTABLISHED FIN_WAIT_1",
            "(LISTEN) (SYN_RECEIVED) (ESTABLISHED) (CLOSE_WAIT)",
        ),
        (
            (OPEN[1], ("b", "PA", 501, 90, 9), ("b", "FA", 510, 90)),
            "(SYN_SENT) (ESTABLISHED) (CLOSE_WAIT)",
            "(LISTEN) SYN_RECEIVED ESTABLISHED FIN_WAIT_1",
        ),
        (  # the capture has them in another order
            (OPEN[1], OPEN[0], OPEN[2]), "(SYN_SENT) ESTABLISHED", "(LISTEN) SYN_RECEIVED (ESTABLISHED)",
        ),
        ((OPEN[0], OPEN[2], OPEN[1]), "(CLOSED) SYN_SENT ESTABLISHED", "(LISTEN) (SYN_RECEIVED)"),
        ((("a", "PA", 7, 9, 3), ("b", "A", 9, 10)), "(ESTABLISHED)", "(ESTABLISHED)"),
        ((("b", "FA", 7, 9), ("a", "A", 9, 8)), "(ESTABLISHED) CLOSE_WAIT", "(ESTABLISHED) FIN_WAIT_1 (FIN_WAIT_2)"),
    ],
)  # fmt: skip
def test_by_hand(rows: tuple[Row, ...], first: str, second: str) -> None:
    paths = follow(exchange(*rows))
    assert (path(paths.first), path(paths.second)) == (first, second)


def test_packets_that_show_an_arrival() -> None:
    paths = follow(exchange(*OPEN, ("a", "FA", 1, 501), ("b", "A", 501, 2), ("b", "FA", 501, 2), ("a", "A", 2, 502)))
    assert [(visit.number, visit.shown) for visit in paths.first.visits] == [
        (0, 0), (1, 1), (2, 3), (4, 4), (5, 0), (6, 7),
    ]  # fmt: skip


@pytest.mark.parametrize("offset", [0, 2**32 - 1, 2**32 - 3, 2**31 - 2])
def test_numbers_may_wrap_anywhere(offset: int) -> None:
    rows = [*OPEN, ("a", "PA", 1, 501, 10), ("a", "FA", 11, 501), ("b", "FA", 501, 12), ("a", "A", 12, 502)]
    plain = follow(exchange(*rows))  # type: ignore[arg-type]
    moved = [
        (who, flags, seq + offset, ack + offset if "A" in flags else 0, *rest) for who, flags, seq, ack, *rest in rows
    ]
    assert states(follow(exchange(*moved))) == states(plain)  # type: ignore[arg-type]


class TestResets:
    @pytest.mark.parametrize(
        ("rows", "expected"),
        [
            ((("a", "S", 0, 0), ("b", "RA", 0, 1)), Reset(2, True, "refused", 1)),
            ((*OPEN, ("a", "RA", 1, 501)), Reset(4, False, "abort")),
            ((*OPEN, ("b", "PA", 501, 1, 9), ("a", "R", 1, 0)), Reset(5, False, "answer", 4)),
            ((*OPEN, ("b", "PA", 501, 1, 9), ("a", "RA", 1, 510)), Reset(5, False, "abort")),
        ],
    )  # fmt: skip
    def test_what_provoked_it(self, rows: tuple[Row, ...], expected: Reset) -> None:
        assert follow(exchange(*rows)).resets == [expected]

    def test_both_ends_are_closed_by_it(self) -> None:
        paths = follow(exchange(*OPEN, ("a", "RA", 1, 501)))
        assert paths.first.state is paths.second.state is State.CLOSED
        assert (paths.first.visits[-1].sure, paths.second.visits[-1].sure) == (True, False)


class TestHalfClose:
    def test_of_the_sample(self) -> None:
        with dissect.open("sample:half-close") as capture:
            times = {packet.frame.number: packet.frame.time or 0 for packet in capture}
        paths = follow(one("sample:half-close"))
        assert paths.half_closes == [HalfClose(6, False, 14, times[14] - times[6], 6)]

    def test_data_that_crossed_is_none(self) -> None:
        """Sent before the FIN came: nobody knew."""
        rows = (*OPEN, ("a", "FA", 1, 501), ("b", "PA", 501, 1, 9), ("b", "FA", 510, 2), ("a", "A", 2, 511))
        assert follow(exchange(*rows)).half_closes == []


class TestSamples:
    def test_simultaneous(self) -> None:
        assert follow(one("sample:simultaneous-open")).simultaneous_open
        assert follow(one("sample:simultaneous-close")).simultaneous_close
        assert follow(one("sample:simultaneous-close")).waiting == [False, True]
        assert not follow(one("sample:handshake")).simultaneous_open
        assert follow(one("sample:handshake")).waiting == [False]

    def test_midway(self) -> None:
        whole = next(iter(connections("sample:handshake").values()))
        paths = follow(steps(whole[3:]))
        assert paths.midway
        assert states(paths)[0] == ["ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2", "TIME_WAIT"]


def kernel() -> dict[int, dict[str, list[tuple[int, str]]]]:
    """Client port → end → when which state was first seen."""
    found: dict[int, dict[str, list[tuple[int, str]]]] = {}
    for line in KERNEL.read_text("utf-8").splitlines():
        moment, port, end, state = line.split()
        found.setdefault(int(port), {"client": [], "server": []})[end].append((int(moment), state))
    return found


SEEN = kernel()
BRIEF = {(40002, "client"): {"CLOSE_WAIT"}}  # the program closed at once: shorter than the kernel was looked at
LATE = 60_000_000  # ns: one way, and the watching thread's turn


@pytest.fixture(scope="module")
def every() -> dict[int, dict[str, End]]:
    found = {}
    for ends, wires in connections("sample:states").items():
        port = next(port for _, port in ends if isinstance(port, int) and 40000 <= port < 41000)
        paths = follow(steps(wires))
        client = next(each for each in ends if each[1] == port)
        first = client[0] == "192.0.2.1" and not wires[0].second
        started = _sender_of_first(wires[0].number)
        first = started == port
        found[port] = {"client": paths.end(not first), "server": paths.end(first)}
    return found


class TestAsTheKernelWent:
    """tests against what /proc/net/tcp said while captures/states.pcap was recorded."""

    @pytest.mark.parametrize("port", SEEN)
    @pytest.mark.parametrize("end", ["client", "server"])
    def test_states(self, every: dict[int, dict[str, End]], port: int, end: str) -> None:
        visits = [visit for visit in every[port][end].visits if visit.number]
        brief = BRIEF.get((port, end), set())
        mine = [visit for visit in visits if visit.state not in brief]
        assert [visit.state.value for visit in mine] == [state for _, state in SEEN[port][end]]
        for visit, (moment, _) in zip(mine, SEEN[port][end], strict=True):
            assert abs(moment - visit.time) < LATE

    def test_every_state_of_a_connection_was_seen(self) -> None:
        seen = {state for ends in SEEN.values() for changes in ends.values() for _, state in changes}
        assert seen == {state.value for state in State} - {"LISTEN"}


def _sender_of_first(number: int) -> int:
    with dissect.open("sample:states") as capture:
        port = capture[number - 1]["tcp.srcport"].raw
    assert isinstance(port, int)
    return port


FLAGS = st.sampled_from(["S", "SA", "A", "FA", "PA", "R", "RA", "F", "SF", ""])
ANY = st.lists(
    st.tuples(st.sampled_from("ab"), FLAGS, st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.integers(0, 1500)),
    max_size=40,
)
NEAR = st.lists(
    st.tuples(st.sampled_from("ab"), FLAGS, st.integers(0, 6), st.integers(0, 6), st.integers(0, 2)), max_size=40
)


@given(ANY | NEAR)
def test_any_segments_lead_along_the_table_or_are_marked(rows: list[tuple[str, str, int, int, int]]) -> None:
    """Hostile numbers neither raise nor invent a transition."""
    found: list[Step] = exchange(*rows)
    paths = follow(found)
    arrows = {(row.state, row.event, row.to) for row in TABLE}
    for end in (paths.first, paths.second):
        for before, after in zip(end.visits, end.visits[1:], strict=False):
            reset = after.event is not None and after.event.value == "abort" and not after.sure
            assert reset or (before.state, after.event, after.state) in arrows


def test_counting_goes_on_past_the_end_of_the_numbers() -> None:
    """Two segments of 2 GiB each: the third is not the first again."""
    rows = [wire(1, "a", "S", 7)] + [wire(at + 2, "a", "PA", 8 + at * 2**30, 1) for at in range(9)]
    assert [step.seq for step in steps(rows)] == [0, *(1 + at * 2**30 for at in range(9))]
    assert steps(rows)[0].flags == SYN
