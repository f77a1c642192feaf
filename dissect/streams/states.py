"""The states of a TCP connection and what leads from one to another (RFC 9293 §3.3.2 figure 5, §3.10), as one table."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    """The eleven states, as `explain` and Linux spell them."""

    CLOSED = "CLOSED"
    LISTEN = "LISTEN"
    SYN_SENT = "SYN_SENT"
    SYN_RECEIVED = "SYN_RECEIVED"
    ESTABLISHED = "ESTABLISHED"
    FIN_WAIT_1 = "FIN_WAIT_1"
    FIN_WAIT_2 = "FIN_WAIT_2"
    CLOSE_WAIT = "CLOSE_WAIT"
    CLOSING = "CLOSING"
    LAST_ACK = "LAST_ACK"
    TIME_WAIT = "TIME_WAIT"


class Event(StrEnum):
    """What happens to one end: a call of its program, a segment that arrives, a timer.

    RECEIVE_SYN_ACK is a SYN with an acceptable ACK. RECEIVE_ACK acknowledges this end's SYN where that was
    outstanding; ACK_OF_FIN its FIN; FIN_ACK is the peer's FIN with ACK_OF_FIN in one segment.
    """

    PASSIVE_OPEN = "passive-open"
    ACTIVE_OPEN = "active-open"
    SEND = "send"
    CLOSE = "close"
    ABORT = "abort"
    RECEIVE_SYN = "receive-syn"
    RECEIVE_SYN_ACK = "receive-syn-ack"
    RECEIVE_ACK = "receive-ack"
    RECEIVE_ACK_OF_FIN = "receive-ack-of-fin"
    RECEIVE_FIN = "receive-fin"
    RECEIVE_FIN_ACK = "receive-fin-ack"
    RECEIVE_RST = "receive-rst"
    USER_TIMEOUT = "user-timeout"
    TWO_MSL = "two-msl"


class Transition(NamedTuple):
    """In `state`, `event` makes the end send `sends` ("" nothing) and leads to `to`.

    `passive` restricts it to an end that got here by a passive (True) or an active open (False).
    """

    state: State
    event: Event
    sends: str
    to: State
    cite: str
    passive: bool | None = None


def _rows(event: Event, cite: str, *rows: tuple[str, str, str] | tuple[str, str, str, bool]) -> list[Transition]:
    """Rows of one event: the states that it holds for, what is sent, the state that follows."""
    return [
        Transition(State(state), event, row[1], State(row[2]), cite, row[3] if len(row) > 3 else None)
        for row in rows
        for state in row[0].split()
    ]


_OPEN = "SYN_RECEIVED ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 CLOSE_WAIT"
_PAST = "CLOSING LAST_ACK TIME_WAIT"

TABLE: tuple[Transition, ...] = (
    *_rows(Event.PASSIVE_OPEN, "RFC 9293 §3.10.1", ("CLOSED", "", "LISTEN")),
    *_rows(Event.ACTIVE_OPEN, "RFC 9293 §3.10.1", ("CLOSED LISTEN", "SYN", "SYN_SENT")),
    *_rows(Event.SEND, "RFC 9293 §3.10.2", ("LISTEN", "SYN", "SYN_SENT")),
    *_rows(
        Event.CLOSE, "RFC 9293 §3.10.4",
        ("LISTEN SYN_SENT", "", "CLOSED"),
        ("SYN_RECEIVED ESTABLISHED", "FIN", "FIN_WAIT_1"),
        ("CLOSE_WAIT", "FIN", "LAST_ACK"),
    ),
    *_rows(
        Event.ABORT, "RFC 9293 §3.10.5",
        ("LISTEN SYN_SENT", "", "CLOSED"),
        (_OPEN, "RST", "CLOSED"),
        (_PAST, "", "CLOSED"),
    ),
    *_rows(Event.RECEIVE_SYN, "RFC 9293 §3.10.7.2", ("LISTEN", "SYN+ACK", "SYN_RECEIVED")),
    *_rows(Event.RECEIVE_SYN, "RFC 9293 §3.10.7.3", ("SYN_SENT", "SYN+ACK", "SYN_RECEIVED")),
    *_rows(  # one that is in the window: not a copy of the first
        Event.RECEIVE_SYN, "RFC 9293 §3.10.7.4", ("SYN_RECEIVED", "", "LISTEN", True)
    ),
    *_rows(Event.RECEIVE_SYN_ACK, "RFC 9293 §3.10.7.3", ("SYN_SENT", "ACK", "ESTABLISHED")),
    *_rows(  # where SYNs crossed, the SYN+ACK counts by its ACK
        Event.RECEIVE_SYN_ACK, "RFC 9293 §3.5", ("SYN_RECEIVED", "", "ESTABLISHED", False)
    ),
    *_rows(Event.RECEIVE_ACK, "RFC 9293 §3.10.7.4", ("SYN_RECEIVED", "", "ESTABLISHED")),
    *_rows(
        Event.RECEIVE_ACK_OF_FIN, "RFC 9293 §3.10.7.4",
        ("FIN_WAIT_1", "", "FIN_WAIT_2"),
        ("CLOSING", "", "TIME_WAIT"),
        ("LAST_ACK", "", "CLOSED"),
    ),
    *_rows(
        Event.RECEIVE_FIN, "RFC 9293 §3.10.7.4",
        ("SYN_RECEIVED ESTABLISHED", "ACK", "CLOSE_WAIT"),
        ("FIN_WAIT_1", "ACK", "CLOSING"),
        ("FIN_WAIT_2", "ACK", "TIME_WAIT"),
    ),
    *_rows(
        Event.RECEIVE_FIN_ACK, "RFC 9293 §3.10.7.4",
        ("FIN_WAIT_1 FIN_WAIT_2 CLOSING", "ACK", "TIME_WAIT"),
        ("LAST_ACK", "ACK", "CLOSED"),
    ),
    *_rows(
        Event.RECEIVE_RST, "RFC 9293 §3.10.7.4",
        ("SYN_RECEIVED", "", "LISTEN", True),  # back to what it was before the SYN
        ("SYN_RECEIVED", "", "CLOSED", False),
        ("ESTABLISHED FIN_WAIT_1 FIN_WAIT_2 CLOSE_WAIT", "", "CLOSED"),
        (_PAST, "", "CLOSED"),
    ),
    *_rows(Event.RECEIVE_RST, "RFC 9293 §3.10.7.3", ("SYN_SENT", "", "CLOSED")),
    *_rows(Event.USER_TIMEOUT, "RFC 9293 §3.10.8", (f"LISTEN SYN_SENT {_OPEN} {_PAST}", "", "CLOSED")),
    *_rows(Event.TWO_MSL, "RFC 9293 §3.10.8", ("TIME_WAIT", "", "CLOSED")),
)  # fmt: skip

_BY_CELL: dict[tuple[State, Event], tuple[Transition, ...]] = {
    cell: tuple(row for row in TABLE if (row.state, row.event) == cell) for cell in {(r.state, r.event) for r in TABLE}
}


def transition(state: State, event: Event, *, passive: bool = False) -> Transition | None:
    """What the event does in the state; None where it leaves the end where it is."""
    for row in _BY_CELL.get((state, event), ()):
        if row.passive is None or row.passive == passive:
            return row
    return None


ANSWERED_BY_RESET = frozenset({State.CLOSED, State.LISTEN})
"""States in which a segment that belongs to no connection is answered with RST (RFC 9293 §3.10.7.1, §3.10.7.2)."""
