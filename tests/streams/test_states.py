"""The table of states, cell by cell, against RFC 9293 §3.10 and figure 5 as written down here by hand."""

from __future__ import annotations

import pytest

from dissect.explain import entry
from dissect.streams.states import TABLE, Event, State, transition

# A cell is the state that follows and what is sent; "." is no change. Two cells for SYN_RCVD: reached by an
# active open, reached by a passive one. Rows: §3.10.1 to §3.10.8; columns: figure 5 from the top.
SHORT = {
    "CLOSED": State.CLOSED, "LISTEN": State.LISTEN, "SYNSENT": State.SYN_SENT, "SYNRCVD": State.SYN_RECEIVED,
    "ESTAB": State.ESTABLISHED, "FW1": State.FIN_WAIT_1, "FW2": State.FIN_WAIT_2, "CLOSEW": State.CLOSE_WAIT,
    "CLOSING": State.CLOSING, "LASTACK": State.LAST_ACK, "TIMEW": State.TIME_WAIT,
}  # fmt: skip
COLUMNS = [
    "CLOSED",
    "LISTEN",
    "SYNSENT",
    "SYNRCVD(active)",
    "SYNRCVD(passive)",
    "ESTAB",
    "FW1",
    "FW2",
    "CLOSEW",
    "CLOSING",
    "LASTACK",
    "TIMEW",
]
GRID = """
passive-open        LISTEN       .               .               .               .               .            .         .         .          .         .         .
active-open         SYNSENT/SYN  SYNSENT/SYN     .               .               .               .            .         .         .          .         .         .
send                .            SYNSENT/SYN     .               .               .               .            .         .         .          .         .         .
close               .            CLOSED          CLOSED          FW1/FIN         FW1/FIN         FW1/FIN      .         .         LASTACK/FIN .        .         .
abort               .            CLOSED          CLOSED          CLOSED/RST      CLOSED/RST      CLOSED/RST   CLOSED/RST CLOSED/RST CLOSED/RST CLOSED  CLOSED    CLOSED
receive-syn         .            SYNRCVD/SYN+ACK SYNRCVD/SYN+ACK .               LISTEN          .            .         .         .          .         .         .
receive-syn-ack     .            .               ESTAB/ACK       ESTAB           .               .            .         .         .          .         .         .
receive-ack         .            .               .               ESTAB           ESTAB           .            .         .         .          .         .         .
receive-ack-of-fin  .            .               .               .               .               .            FW2       .         .          TIMEW     CLOSED    .
receive-fin         .            .               .               CLOSEW/ACK      CLOSEW/ACK      CLOSEW/ACK   CLOSING/ACK TIMEW/ACK .        .         .         .
receive-fin-ack     .            .               .               .               .               .            TIMEW/ACK TIMEW/ACK .          TIMEW/ACK CLOSED/ACK .
receive-rst         .            .               CLOSED          CLOSED          LISTEN          CLOSED       CLOSED    CLOSED    CLOSED     CLOSED    CLOSED    CLOSED
user-timeout        .            CLOSED          CLOSED          CLOSED          CLOSED          CLOSED       CLOSED    CLOSED    CLOSED     CLOSED    CLOSED    CLOSED
two-msl             .            .               .               .               .               .            .         .         .          .         .         CLOSED
"""
CELLS = [
    (event, column, cell)
    for event, *cells in (line.split() for line in GRID.strip().splitlines())
    for column, cell in zip(COLUMNS, cells, strict=True)
]


def test_the_grid_has_every_event() -> None:
    assert {event for event, _, _ in CELLS} == set(Event)
    assert {column.partition("(")[0] for column in COLUMNS} == set(SHORT)


@pytest.mark.parametrize(("event", "column", "cell"), CELLS, ids=lambda text: text)
def test_cell(event: str, column: str, cell: str) -> None:
    name, _, how = column.partition("(")
    found = transition(SHORT[name], Event(event), passive=how == "passive)")
    if cell == ".":
        assert found is None
        return
    assert found is not None
    to, _, sends = cell.partition("/")
    assert (found.to, found.sends) == (SHORT[to], sends)
    assert found.cite.startswith("RFC 9293 §3")


FIGURE_3_8 = """
CLOSED LISTEN · CLOSED SYN_SENT · LISTEN SYN_RECEIVED · LISTEN SYN_SENT · SYN_RECEIVED LISTEN · SYN_SENT SYN_RECEIVED ·
SYN_SENT ESTABLISHED · SYN_SENT CLOSED · SYN_RECEIVED ESTABLISHED · SYN_RECEIVED FIN_WAIT_1 · ESTABLISHED FIN_WAIT_1 ·
ESTABLISHED CLOSE_WAIT · CLOSE_WAIT LAST_ACK · LAST_ACK CLOSED · FIN_WAIT_1 FIN_WAIT_2 · FIN_WAIT_1 CLOSING ·
FIN_WAIT_1 TIME_WAIT · FIN_WAIT_2 TIME_WAIT · CLOSING TIME_WAIT · TIME_WAIT CLOSED
"""


def test_every_arrow_of_the_classic_figure_is_a_row() -> None:
    arrows = {tuple(arrow.split()) for arrow in FIGURE_3_8.split("·")}
    assert arrows <= {(row.state.value, row.to.value) for row in TABLE}


def test_no_row_contradicts_another() -> None:
    cells = [(row.state, row.event, row.passive) for row in TABLE]
    assert len(cells) == len(set(cells))


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_state_is_explained(state: State, language: str) -> None:
    assert entry(f"topic.state.{state.lower().replace('_', '-')}", language) is not None
