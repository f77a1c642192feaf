"""The state of a connection in the list, found by columns, says what the paths of its ends say, found step by step."""

from __future__ import annotations

import pytest
from peers.test_tshark import FILES

import dissect
from dissect.capture import CaptureError
from dissect.streams.analysis import analyse
from dissect.streams.connection import Connection
from dissect.streams.exchange import ACK, FIN, RST, SYN
from dissect.streams.extraction import connection_of
from dissect.streams.segments import read_segments
from dissect.streams.states import State
from dissect.streams.summary import STATES, summary

DONE = {State.CLOSED, State.TIME_WAIT, State.LAST_ACK, State.CLOSING}
HALF = {State.FIN_WAIT_1, State.FIN_WAIT_2, State.CLOSE_WAIT}


def said(connection: Connection) -> set[str]:
    """The words that fit the states in which both ends are left."""
    paths = connection.paths
    left = {paths.first.state, paths.second.state}
    if any(reset.kind == "refused" for reset in paths.resets):
        return {"refused"}
    if paths.resets:
        return {
            "closed" if paths.first.fin and paths.second.fin else "reset"
        }  # of what comes after both, little is lost
    if left <= DONE:
        return {"closed"}
    if left & HALF:
        return {"half-closed"}
    if left == {State.SYN_SENT, None}:
        return {"SYN only"}
    if left & {State.SYN_SENT, State.SYN_RECEIVED, State.LISTEN} or not _acknowledged(connection):
        return {"opening"}
    return {"open"}


def _acknowledged(connection: Connection) -> bool:
    """Whether a segment came after SYN and SYN+ACK: until then ESTABLISHED is only what may be."""
    return any(not step.flags & (SYN | RST) for step in connection.steps)


def compared(path: str) -> list[tuple[int, str, set[str]]]:
    """The connections of a capture of which the two say different things, but for those whose flags make no sense."""
    found = []
    with dissect.open(path) as capture:
        segments = read_segments(capture.frames)
        listed = summary(analyse(segments)).state.tolist()
        for number, state in enumerate(listed):
            each = connection_of(capture.frames, segments, number)
            usual = all(_usual(step.flags) for step in each.steps) and each.steps
            if usual and STATES[state] not in said(each):
                found.append((number, STATES[state], said(each)))
    return found


def _usual(flags: int) -> bool:
    """ACK in all but the first SYN and a reset, and one of SYN, FIN and RST at most (RFC 9293 §3.10.7)."""
    kinds = sum(bool(flags & bit) for bit in (SYN, FIN, RST))
    return kinds <= 1 and bool(flags & (ACK | SYN | RST))


@pytest.mark.parametrize("label", FILES)
def test_of_captures(label: str) -> None:
    try:
        assert compared(str(FILES[label])) == []
    except CaptureError:
        pytest.skip("cannot be read")
