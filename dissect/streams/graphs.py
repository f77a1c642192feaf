"""The graphs of a connection as plain points, for the terminal and for pictures alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import NamedTuple

from dissect.streams.congestion import congestion
from dissect.streams.connection import Connection

POINTS = 200
"""Intervals that throughput is summed in."""
SECOND = 1_000_000_000
AGAIN = frozenset({"retransmission", "fast_retransmission", "spurious_retransmission"})

Point = tuple[float, float]


class Graph(StrEnum):
    """Which graph."""

    SEQUENCE = "sequence"
    FLIGHT = "flight"
    RTT = "rtt"
    THROUGHPUT = "throughput"


class Series(NamedTuple):
    """Points (seconds since the first segment, value) under a name: dots, a stepped line, bars from one to the next, or signs."""

    name: str
    points: list[Point]
    sign: str = ""
    line: bool = False


class Plotted(NamedTuple):
    """A graph of what one end sends: `second` is whether that is the second one; `unit` of its values."""

    graph: Graph
    second: bool
    unit: str
    series: list[Series]


def plotted(connection: Connection, graph: Graph, *, second: bool) -> Plotted:
    """The points of a graph, for the data that one end sends."""
    unit = {Graph.SEQUENCE: "bytes", Graph.FLIGHT: "bytes", Graph.RTT: "ms", Graph.THROUGHPUT: "kB/s"}[graph]
    return Plotted(graph, second, unit, [each for each in _MAKERS[graph](connection, second) if each.points])


def _at(connection: Connection, time: int) -> float:
    return (time - connection.steps[0].time) / SECOND


def _sequence(connection: Connection, second: bool) -> Iterator[Series]:
    """Stevens' graph: every segment's numbers over time, those sent again, what is acknowledged, what only by SACK."""
    sent, again, acked, blocks = list[Point](), list[Point](), list[Point](), list[Point]()
    for step in connection.steps:
        at = _at(connection, step.time)
        if step.second == second:
            marks = {remark.mark for remark in connection.remarks.get(step.number, ())}
            if step.takes:
                (again if marks & AGAIN else sent).append((at, float(step.next)))
        elif step.ack:
            acked.append((at, float(step.ack)))
            blocks += [(at, float(edge)) for left, right in step.sack for edge in (left, right) if left >= step.ack]
    yield Series("sent", sent)
    yield Series("acked", acked, line=True)
    yield Series("sack", blocks, sign="s")
    yield Series("again", again, sign="R")


def _flight(connection: Connection, second: bool) -> Iterator[Series]:
    """Bytes on their way, and the receiver's window where it is near enough to be seen beside them."""
    found = congestion(connection.steps, second=second, overtaken=connection.overtaken)
    yield Series("flight", [(_at(connection, each.time), float(each.flight)) for each in found.flights], line=True)
    near = [each for each in found.flights if 0 < each.window <= 4 * max(found.peak, 1)]
    yield Series("window", [(_at(connection, each.time), float(each.window)) for each in near])


def _trips(connection: Connection, second: bool) -> Iterator[Series]:
    """Round trips of what this end sent, at the moment of each acknowledgment."""
    yield Series(
        "rtt",
        [
            (_at(connection, step.time), connection.trips[step.number] / 1e6)
            for step in connection.steps
            if step.second != second and step.number in connection.trips
        ],
    )


def _throughput(connection: Connection, second: bool) -> Iterator[Series]:
    """Data a second, copies included, and of that what was new, in equal intervals."""
    lasted = max(connection.lasted, 1)
    width = max(lasted / POINTS / SECOND, 0.001)
    all_bytes: dict[int, int] = {}
    new_bytes: dict[int, int] = {}
    reach = 0
    for step in connection.steps:
        if step.second == second and step.length:
            slot = int(_at(connection, step.time) / width)
            all_bytes[slot] = all_bytes.get(slot, 0) + step.length
            fresh = max(0, step.next - max(reach, step.seq))
            new_bytes[slot] = new_bytes.get(slot, 0) + min(fresh, step.length)
            reach = max(reach, step.next)
    slots = range(max(all_bytes) + 1) if all_bytes else range(0)
    for name, totals in (("throughput", all_bytes), ("goodput", new_bytes)):
        if name == "throughput" or totals != all_bytes:
            points = [(slot * width, totals.get(slot, 0) / width / 1000) for slot in slots]
            yield Series(name, points, line=name == "throughput")


_MAKERS: dict[Graph, Callable[[Connection, bool], Iterator[Series]]] = {
    Graph.SEQUENCE: _sequence, Graph.FLIGHT: _flight, Graph.RTT: _trips, Graph.THROUGHPUT: _throughput,
}  # fmt: skip
