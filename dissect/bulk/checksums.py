"""Checksum verdicts for all packets at once, over every byte (RFC 1071).

One's complement sums care neither for byte order nor for the size of a word: 32-bit words are added up
as they lie in memory, range after range in one pass, and folded at the end.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from dissect.bulk.group import Group
from dissect.bulk.octets import Array, Heads, Octets, slots_by_name
from dissect.bulk.walk import NOBODY, Network, Visit, Walk
from dissect.decoding.control import ICMP_NUMBER, ICMPV6_NUMBER
from dissect.decoding.transport import TCP_NUMBER, UDP_NUMBER
from dissect.decoding.verdicts import MOBILITY
from dissect.wire.checksum import CODES, Verdict, ones_sum, pseudo_header
from dissect.wire.field import fixed_size

WORDS = tuple(str(verdict) for verdict in Verdict)
CODE = CODES
NUMBERS = {"tcp": TCP_NUMBER, "udp": UDP_NUMBER, "icmp": ICMP_NUMBER, "icmpv6": ICMPV6_NUMBER}
OFFLOADED = ("tcp", "udp")  # whose sums a system may leave to the network card
LOW, HIGH = np.uint64(0xFFFFFFFF), np.uint64(32)
SPARSE = 8  # ranges that cover less than an eighth of all are gathered
PIECE = 1 << 15  # pairs
BELOW = np.array([(1 << 8 * count) - 1 for count in range(8)], np.uint64)  # the first bytes of a pair
ABOVE = np.array(
    [0, *(((1 << 64) - (1 << 8 * count)) for count in range(1, 8))], np.uint64
)  # the others, if any is first


class Verdicts(NamedTuple):
    """For `packets` of a visit, as indices: the verdict's code, and the checksum as computed where `known`."""

    packets: Array
    code: Array
    calculated: Array
    known: Array


class Sums:
    """Sums of 32-bit words over ranges of a batch's bytes, at most one range of each packet at a time.

    The words are taken in pairs, whose halves are added up.
    """

    def __init__(self, octets: Octets) -> None:
        data = octets.bytes
        self._pairs: Array = data[: len(data) // 8 * 8].view("<u8")
        self._outermost: tuple[Array, Array] | None = None

    def covered(self, walk: Walk, body: Group) -> Array:
        """The sums of what transports cover; those that are the outermost of their packets are added up all at once."""
        if self._outermost is None:
            start, stop = np.full(len(walk.index), NOBODY, np.int64), np.zeros(len(walk.index), np.int64)
            for visit in reversed(walk.visits):  # the outermost is written last
                if visit.body is not None:
                    start[visit.body.rows], stop[visit.body.rows] = visit.body.start, visit.body.end
            some = np.flatnonzero(start >= 0)
            found = np.zeros(len(start), np.uint64)
            found[some] = self.between(start[some], stop[some])
            self._outermost = start, found
        start, found = self._outermost
        sums: Array = found[body.rows]
        others = np.flatnonzero(start[body.rows] != body.start)
        if len(others):
            sums[others] = self.between(body.start[others], body.end[others])
        return sums

    def between(self, start: Array, stop: Array) -> Array:
        """The one's complement sum of the bytes of each range as big-endian 16-bit words; 0 only for zeros."""
        stop = np.maximum(start, stop)
        first, last = start >> 3, stop + 7 >> 3
        total = self._total(first, last)
        total -= _halves(self._pairs[first] & BELOW[start & 7])
        total -= _halves(self._pairs[stop >> 3] & ABOVE[stop & 7])
        total = fold(np.where(first < last, total, np.uint64(0)))
        return np.where(start & 1, total, total >> np.uint64(8) | (total & np.uint64(0xFF)) << np.uint64(8))

    def header(self, heads: Heads, start: Array, stop: Array, least: int) -> Array:
        """The same for headers, most of which have their `least` bytes only: a multiple of 4."""
        total = np.zeros(len(start), np.uint64)
        for at in range(0, least, 8):
            word = heads.word(at, min(8, least - at))
            total += (word & LOW) + (word >> HIGH) if least - at >= 8 else word
        longer = np.flatnonzero(stop - start > least)
        if len(longer):
            total[longer] += self.between(start[longer] + least, stop[longer])
        return fold(total)

    def _total(self, first: Array, last: Array) -> Array:
        """Sums of the pairs `first` to `last`: in one pass over all that lies between, or gathered where that is little."""
        if not len(first):
            return np.zeros(0, np.uint64)
        sizes = last - first
        begin = np.cumsum(sizes) - sizes
        count = int(begin[-1] + sizes[-1])
        if count * SPARSE < len(self._pairs):
            where = np.repeat(first - begin, sizes) + np.arange(count)
            return np.add.reduceat(np.append(_halves(self._pairs[where]), np.uint64(0)), begin)
        if (first[1:] >= last[:-1]).all():
            return self._passed(first, last)
        order = np.argsort(first, kind="stable")
        total = np.empty(len(first), np.uint64)
        total[order] = self._passed(first[order], last[order])
        return total

    def _passed(self, first: Array, last: Array) -> Array:
        """Sums of ranges in order, in pieces that stay near the processor: what crosses into the next piece is two parts."""
        bounds = np.empty(2 * len(first), np.int64)
        bounds[::2], bounds[1::2] = first, last
        cuts = np.arange(bounds[0] + PIECE, bounds[-1], PIECE)
        before = np.searchsorted(bounds, cuts)
        points = np.insert(bounds, before, cuts)
        parts = np.zeros(len(points), np.uint64)
        pieces = np.r_[0, before + np.arange(len(cuts)), len(points)].tolist()
        added, high = np.empty(PIECE + 1, np.uint64), np.empty(PIECE, np.uint64)
        for at, (begin, end) in zip(points[pieces[:-1]].tolist(), pairwise(pieces), strict=True):
            some = self._pairs[at : at + PIECE]
            np.bitwise_and(some, LOW, out=added[: len(some)])
            added[: len(some)] += np.right_shift(some, HIGH, out=high[: len(some)])
            added[len(some)] = 0  # where a range ends that ends with the piece
            parts[begin:end] = np.add.reduceat(added[: len(some) + 1], points[begin:end] - at)
        parts[:-1][points[1:] == points[:-1]] = 0
        places = np.arange(len(bounds)) + np.searchsorted(cuts, bounds, "right")
        sums: Array = np.add.reduceat(parts, places)[::2]
        return sums


def _halves(pairs: Array) -> Array:
    added: Array = (pairs & LOW) + (pairs >> HIGH)
    return added


def fold(total: Array) -> Array:
    """Sums as 16 bits with the carries added back in."""
    for shift, mask in ((32, 0xFFFFFFFF), (16, 0xFFFF), (16, 0xFFFF), (16, 0xFFFF)):
        total = (total & np.uint64(mask)) + (total >> np.uint64(shift))
    return total


def header_verdicts(octets: Octets, sums: Sums, visit: Visit, calculate: bool = True) -> Verdicts:
    """IPv4: the header only, options included."""
    slot = slots_by_name(visit.header)["ip.checksum"]
    least = 1 << 62 if visit.only_first else slot.hi
    index = np.flatnonzero(visit.have >= least)
    start, stop = visit.group.start, visit.stop
    total = sums.header(visit.heads(octets), start, stop, fixed_size(visit.header))[index]
    broken, good = visit.broken[index], total == 0xFFFF
    code = np.where(broken, CODE[Verdict.UNVERIFIED], np.where(good, CODE[Verdict.GOOD], CODE[Verdict.BAD]))
    want = _without(total, visit.heads(octets).slot(slot)[index]) if calculate else code
    return Verdicts(index, code.astype(np.uint8), want, ~broken)


def transport_verdicts(walk: Walk, sums: Sums, visit: Visit, calculate: bool = True) -> Verdicts:
    """TCP, UDP, ICMP and ICMPv6: pseudo-header, header and data, if all of it is here."""
    key = visit.header.key
    slot = slots_by_name(visit.header)[f"{key}.checksum"]
    there = visit.have >= slot.hi
    index = np.flatnonzero(there & visit.whole if key == "udp" else there)
    if visit.body is None or visit.network is None or not len(index):
        return _none()
    body, network = visit.body, visit.network
    if len(index) < len(there):
        body, network = body.take(index), network.of(index)
    stored = visit.heads(walk.octets).slot(slot)[index].astype(np.uint64)
    absent = stored == 0 if key == "udp" else np.zeros(len(index), bool)
    verified = ~absent & (network.source_size > 0) & ~network.fragment & body.complete
    length = np.maximum(body.end - body.start, 0)
    covered = sums.covered(walk, body)
    pseudo = np.zeros(len(index), np.uint64)
    if key != "icmp":
        pseudo = _pseudo(walk, network, NUMBERS[key], length)
    good = fold(pseudo + covered) == 0xFFFF
    bad = verified & ~good
    code = np.where(good, CODE[Verdict.GOOD], CODE[Verdict.BAD])
    if key != "icmp":
        code = np.where(bad & (stored == pseudo), CODE[Verdict.PARTIAL], code)
    code = np.where(verified, code, np.where(absent, CODE[Verdict.ABSENT], CODE[Verdict.UNVERIFIED]))
    guessed = bad & network.presumed & (code == CODE[Verdict.BAD])
    if guessed.any():
        rows = np.flatnonzero(guessed)
        without = _pseudo(walk, network.of(rows), NUMBERS[key], np.zeros(len(rows), np.int64))
        code[rows] = np.where(stored[rows] == without, CODE[Verdict.PARTIAL], CODE[Verdict.UNVERIFIED])
    if key in OFFLOADED:
        left = bad & walk.index.unsummed[body.rows]
        code = np.where(left & (code == CODE[Verdict.BAD]), CODE[Verdict.PARTIAL], code)
    if not calculate:
        return Verdicts(index, code.astype(np.uint8), code, verified)
    want = _without(pseudo + covered, stored)
    if key == "icmp":  # nothing else is known not to be zero
        want = _calculated(sums, body.start, body.end, body.start + slot.lo)
    if key == "udp":
        want = np.where(want == 0, np.uint64(0xFFFF), want)
    return Verdicts(index, code.astype(np.uint8), want, verified)


def _none() -> Verdicts:
    nothing = np.zeros(0, np.int64)
    return Verdicts(nothing, nothing.astype(np.uint8), nothing, nothing.astype(bool))


def _without(total: Array, stored: Array) -> Array:
    """What the checksum should be, of a sum that is not zero without it: its own bytes are taken out (RFC 1624)."""
    return fold(total + (stored.astype(np.uint64) ^ np.uint64(0xFFFF))) ^ np.uint64(0xFFFF)


def _calculated(sums: Sums, start: Array, stop: Array, at: Array) -> Array:
    """What the checksum should be: the sum of all but its own two bytes."""
    return fold(sums.between(start, at) + sums.between(np.minimum(at + 2, stop), stop)) ^ np.uint64(0xFFFF)


def _pseudo(walk: Walk, network: Network, protocol: int, length: Array) -> Array:
    """The folded sums of pseudo-headers."""
    total = ((length & 0xFFFF) + (length >> 16) + protocol).astype(np.uint64)
    size = network.source_size
    beside = (network.destination == network.source + size) & (network.destination_size == size) & (network.source >= 0)
    for bytes_, width in ((4, 8), (16, 32)):
        rows = np.flatnonzero(beside & (size == bytes_))
        if len(rows):
            heads = walk.octets.heads(network.source[rows], width)
            total[rows] += sum(_halves(heads.word(at, 8)) for at in range(0, width, 8))
    rest = np.flatnonzero(~beside)
    if len(rest):
        total[rest] += _apart(walk, network.of(rest))
    sums = fold(total)
    for one in np.flatnonzero((network.destination < 0) | (network.source < 0)).tolist():
        source = walk.address(int(network.source[one]), int(network.source_size[one]))
        destination = walk.address(int(network.destination[one]), int(network.destination_size[one]))
        sums[one] = ones_sum(pseudo_header(source, destination, protocol, int(length[one])))
    return sums


def _apart(walk: Walk, network: Network) -> Array:
    """The sums of addresses that do not stand side by side, one of them in a routing header or an option."""
    total = np.zeros(len(network.source), np.uint64)
    for where, size in ((network.source, network.source_size), (network.destination, network.destination_size)):
        where = np.maximum(where, 0)
        for at in (0, 4, 8, 12):
            rows = np.flatnonzero(size > at)
            total[rows] += walk.octets.word(where[rows] + at, 4).astype(np.uint64)
    return total


def mobility_verdicts(walk: Walk, sums: Sums, visit: Visit) -> tuple[Array, Array]:
    """The packets of a visit of mobility headers whose checksum can be judged, and the verdicts' codes."""
    assert visit.network is not None
    there = ~visit.broken & (visit.network.source_size > 0) & ~visit.network.fragment
    if visit.bounded is not None:
        there[~visit.broken] &= visit.bounded
    index = np.flatnonzero(there)
    start, stop = visit.group.start[index], visit.stop[index]
    pseudo = _pseudo(walk, visit.network.of(index), MOBILITY, stop - start)
    good = fold(pseudo + sums.between(start, stop)) == 0xFFFF
    stored = walk.octets.slot(slots_by_name(visit.header)["mip6.csum"], start)
    bad = np.where(stored == pseudo, CODE[Verdict.PARTIAL], CODE[Verdict.BAD])
    return index, np.where(good, CODE[Verdict.GOOD], bad)
