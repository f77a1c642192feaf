"""Fragments that overlap: found across a whole capture, with a memory of bounded size and age."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np

from dissect.bulk.octets import Array, Octets
from dissect.bulk.walk import Visit, Walk
from dissect.check.facts import Facts, Surroundings

MOST = 1 << 16
"""Fragments of unfinished datagrams that are remembered."""
NEAR = 256
"""Fragments of a datagram with overlaps that each new one is compared with."""
OLDEST = 30 * 10**9
"""Nanoseconds after which a host gives up waiting for the rest: Linux's ipfrag_time."""
PRIME = np.uint64(0x9E3779B97F4A7C15)


@dataclass(slots=True)
class Pieces:
    """Fragments: the bytes `start` to `stop` of a datagram, which `datagram` stands for (addresses, protocol, number).

    `number` is the packet's, `layer` that of its IP or fragment header, counted from 0; `more` are to follow.
    """

    datagram: Array
    start: Array
    stop: Array
    more: Array
    number: Array
    time: Array
    layer: Array
    six: Array

    def __len__(self) -> int:
        return len(self.start)

    def take(self, which: Array) -> Pieces:
        """Some of them."""
        return Pieces(*(getattr(self, field.name)[which] for field in fields(self)))


class Overlap(NamedTuple):
    """The later of two packets with the same bytes of a datagram, the other one, and which bytes."""

    number: int
    layer: int
    other: int
    start: int
    last: int
    six: bool


def joined(parts: list[Pieces]) -> Pieces:
    """Several runs of fragments as one."""
    return Pieces(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Pieces)))


def pieces(walk: Walk, around: Surroundings) -> Pieces | None:
    """The fragments of a batch, those that ICMP errors repeat aside; None where there are none."""
    if not walk.network.fragment.any():
        return None
    depth = np.zeros(len(walk.index), np.int16)
    found: list[Pieces] = []
    for visit in walk.visits:
        if visit.header.key in ("ip", "ipv6.fraghdr") and not visit.only_first:
            part = _of(walk, around, visit, depth)
            if part is not None:
                found.append(part)
        depth[visit.group.rows] += 1
    return joined(found) if found else None


def _of(walk: Walk, around: Surroundings, visit: Visit, depth: Array) -> Pieces | None:
    facts, six = Facts(around, visit), visit.header.key != "ip"
    known = facts.known("body.bytes")
    if known is None:
        return None
    size, there = known
    offset = facts.of("ipv6.fraghdr.offset" if six else "ip.frag_offset").astype(np.int64) * 8
    more = facts.of("ipv6.fraghdr.more" if six else "ip.flags.mf") == 1
    which = ((offset > 0) | more) & (size > 0) & (visit.group.start < walk.quote_start[visit.group.rows])
    index = np.flatnonzero(which if there is None else which & there)
    if not len(index):
        return None
    at, rows = visit.group.start[index], visit.group.rows[index]
    datagram = _six(walk.octets, visit.facts["network.at"][index], at) if six else _four(walk.octets, at)
    start, where = offset[index], walk.index
    return Pieces(
        datagram, start, start + size[index], more[index], where.number[rows], where.time[rows],
        depth[rows], np.full(len(index), six),
    )  # fmt: skip


def _four(octets: Octets, at: Array) -> Array:
    identity = octets.word(at + 9, 1).astype(np.uint64) << np.uint64(16) | octets.word(at + 4, 2)
    return _mixed(octets.word(at + 12, 8), identity)


def _six(octets: Octets, network: Array, at: Array) -> Array:
    """Offset and length are not part of it, nor is the next header, which differs where a sender errs."""
    return _mixed(
        *(octets.word(network + place, 8) for place in (8, 16, 24, 32)), octets.word(at + 4, 4).astype(np.uint64)
    )


def _mixed(*words: Array) -> Array:
    """Numbers that differ, but for chances of one in 2^64, where the words do."""
    mixed = np.zeros(len(words[0]), np.uint64)
    for word in words:
        mixed = (mixed ^ word) * PRIME
        mixed ^= mixed >> np.uint64(29)
    return mixed


class Overlaps:
    """What is remembered of unfinished datagrams. What is found does not depend on where one call ends and the next begins."""

    def __init__(self) -> None:
        self._held: Pieces | None = None

    def add(self, new: Pieces | None) -> list[Overlap]:
        """The overlaps that these fragments complete. An exact copy of a fragment is none (RFC 8200 §4.5)."""
        if new is None or not len(new):
            return []
        fresh = int(new.number.min())
        every = new if self._held is None else joined([self._held, new])
        every = every.take(np.lexsort((every.number, every.stop, every.start, every.datagram)))
        group = np.cumsum(np.r_[True, every.datagram[1:] != every.datagram[:-1]]) - 1
        meeting = _meeting(every, group)
        found, kept = _in_turn(every, np.flatnonzero(meeting), fresh)
        self._remember(every, group, meeting, kept, int(new.time.max()))
        return found

    def _remember(self, every: Pieces, group: Array, meeting: Array, kept: list[int], now: int) -> None:
        """Datagrams that are not whole, as far as they are recent and few."""
        count = int(group[-1]) + 1
        size, end = np.zeros(count, np.int64), np.full(count, -1, np.int64)
        np.add.at(size, group, every.stop - every.start)
        last = ~every.more
        np.maximum.at(end, group[last], every.stop[last])
        open_ = ((end < 0) | (size < end))[group] & ~meeting
        open_[kept] = True
        held = every.take(np.flatnonzero(open_ & (every.time >= now - OLDEST)))
        if len(held) > MOST:
            held = held.take(np.sort(np.argsort(held.number)[-MOST:]))
        self._held = held


def _meeting(every: Pieces, group: Array) -> Array:
    """The fragments of datagrams in which one begins before another, in order of their first byte, has ended."""
    base = group.astype(np.int64) << 20  # more than any datagram has bytes, so that groups stay apart
    reach = np.maximum.accumulate(base + every.stop)
    meets = np.zeros(int(group[-1]) + 1, bool)
    behind = np.flatnonzero((base + every.start)[1:] < reach[:-1]) + 1
    meets[group[behind[group[behind] == group[behind - 1]]]] = True
    return meets[group]


def _in_turn(every: Pieces, rows: Array, fresh: int) -> tuple[list[Overlap], list[int]]:
    """The overlaps among these fragments, taken as they came, and those whose datagram is not whole."""
    begun: dict[int, list[int]] = {}
    found: list[Overlap] = []
    start, stop, number, time = (each.tolist() for each in (every.start, every.stop, every.number, every.time))
    for row in rows[np.argsort(every.number[rows], kind="stable")].tolist():
        datagram = int(every.datagram[row])
        pieces = [one for one in begun.get(datagram, [])[-NEAR:] if time[row] - time[one] <= OLDEST]
        begun[datagram] = pieces
        if any(start[one] == start[row] and stop[one] == stop[row] for one in pieces):
            continue
        others = [one for one in pieces if start[one] < stop[row] and start[row] < stop[one]]
        if others and number[row] >= fresh:
            other = max(others, key=stop.__getitem__)
            first, last = max(start[one] for one in (row, other)), min(stop[one] for one in (row, other)) - 1
            found.append(Overlap(number[row], int(every.layer[row]), number[other], first, last, bool(every.six[row])))
        pieces.append(row)
        ends = [stop[one] for one in pieces if not every.more[one]]
        if ends and sum(stop[one] - start[one] for one in pieces) >= max(ends):
            del begun[datagram]
    return found, [row for pieces in begun.values() for row in pieces]
