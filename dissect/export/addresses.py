"""IPv4, IPv6 (RFC 5952) and hardware addresses as text, straight from the bytes of a batch."""

from __future__ import annotations

from functools import cache

import numpy as np

from dissect.bulk.octets import Array
from dissect.export.cells import Words, over, spread, tables, words_of

NONE, IPV4, IPV6, MAC = range(4)


class Addresses:
    """In each row an address of a kind, whose bytes stand in `data` from `where` on."""

    def __init__(self, data: Array, where: Array, kinds: Array) -> None:
        self._data = data
        self._where = where
        self._kinds = kinds

    def words(self, first: int, stop: int) -> Words:
        """See `Cells`."""
        where, kinds = self._where[first:stop], self._kinds[first:stop]
        found: Words = []
        for kind, write in ((IPV4, ipv4), (IPV6, ipv6), (MAC, mac)):
            here = kinds == kind
            if here.all():
                return write(self._data, where)
            if here.any():
                rows = np.flatnonzero(here)
                more = spread(write(self._data, where[rows]), rows, stop - first)
                found = over(found, more)
        return found

    def widest(self, first: int, stop: int) -> int:  # noqa: ARG002
        """See `Cells`."""
        return 0


def ipv4(data: Array, where: Array) -> Words:
    """Four octets with dots."""
    table = tables()
    return [
        table.dotted[data[where]],
        table.dotted[data[where + 1]],
        table.dotted[data[where + 2]],
        table.octet[data[where + 3]],
    ]


def ipv4_numbers(values: Array) -> Words:
    """The same, of addresses as numbers."""
    table = tables()
    octets = [values >> np.uint32(shift) & np.uint32(0xFF) for shift in (24, 16, 8, 0)]
    return [*(table.dotted[octet] for octet in octets[:3]), table.octet[octets[3]]]


def mac(data: Array, where: Array) -> Words:
    """Six octets with colons."""
    table = tables()
    return [*(table.pair_colon[data[where + at]] for at in range(5)), table.pair[data[where + 5]]]


def ipv6(data: Array, where: Array) -> Words:
    """Eight groups, the longest run of at least two zeros left out; embedded IPv4 addresses with dots, as inet_ntop has them."""
    table = tables()
    groups = [data[where + at].astype(np.uint16) << 8 | data[where + at + 1] for at in range(0, 16, 2)]
    zeros = np.zeros(len(where), np.intp)
    for at, group in enumerate(groups):
        zeros |= (group == 0).astype(np.intp) << at
    separators, printed = _layout()
    found: Words = []
    for at, group in enumerate(groups):
        found += [separators[at][zeros], table.group[group] * printed[at][zeros]]
    found.append(separators[8][zeros])
    inside = np.flatnonzero((zeros & 0b111111 == 0b111111) & (groups[6] != 0))
    mapped = np.flatnonzero((zeros & 0b111111 == 0b011111) & (groups[5] == 0xFFFF))
    if len(inside) or len(mapped):
        _embed(found, data, where, inside, b"::")
        _embed(found, data, where, mapped, b"::ffff:")
    return found


def _embed(found: Words, data: Array, where: Array, rows: Array, prefix: bytes) -> None:
    start = words_of([prefix])
    for at, word in enumerate(found):
        if 12 <= at < 16:
            continue
        word[rows] = start[at][0] if at < len(start) else 0
    for at, word in enumerate(ipv4(data, where[rows] + 12), 12):
        found[at][rows] = word


@cache
def _layout() -> tuple[list[Array], list[Array]]:
    """[place][which groups are zero] → what stands before the group (behind the last one for place 8), and whether it is written."""
    separators, printed = np.zeros((9, 256), "<u4"), np.ones((8, 256), "<u4")
    one, two = (words_of([text])[0][0] for text in (b":", b"::"))
    for zeros in range(256):
        start, size = _run(zeros)
        for at in range(8):
            if start <= at < start + size:
                printed[at, zeros] = 0
                separators[at, zeros] = two if at == start else 0
            elif at and at != start + size:
                separators[at, zeros] = one
    return list(separators), list(printed)


def _run(zeros: int) -> tuple[int, int]:
    """Where the longest run of zero groups begins, the first of equals, and its size; a single one stays (RFC 5952 §4.2)."""
    best, start = (0, 0), 0
    while start < 8:
        size = 0
        while start + size < 8 and zeros >> start + size & 1:
            size += 1
        if size > best[1]:
            best = start, size
        start += size + 1
    return best if best[1] >= 2 else (8, 0)
