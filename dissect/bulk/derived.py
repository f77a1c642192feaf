"""Columns that stand in no byte: lengths, flags as letters, verdicts."""

from __future__ import annotations

from functools import cache

import numpy as np

from dissect.bulk.checksums import Sums, Verdicts, header_verdicts, transport_verdicts
from dissect.bulk.octets import Array, needs, slots_by_name
from dissect.bulk.walk import Visit, Walk
from dissect.decoding.transport import LETTERS
from dissect.wire.field import Header, Raw


@cache
def is_derived(header: Header, name: str) -> bool:
    """Whether a field of the header stands in no byte."""
    return any(row.name == name for row in header.derived)


def values(walk: Walk, visit: Visit, name: str, sums: Sums | None) -> tuple[Array, Array | list[Raw]]:
    """The packets of a visit that have the value, and the values."""
    if name == "tcp.len":
        return _segment_length(walk, visit)
    if name == "tcp.flags.str":
        return _letters(walk, visit)
    if name.endswith(".len_oct"):
        index = np.flatnonzero(~visit.broken)
        return index, visit.number(walk.octets, name.removesuffix("_oct"))[index] * 8 + 8
    if name == "ipv6.routing.rpl.full_address":
        found = [(one, address) for one, route in visit.routes.items() for address in route]
        return np.array([one for one, _ in found], np.int64), [address for _, address in found]
    assert sums is not None
    verdicts = _verdicts(walk, visit, sums, calculate=name.endswith("_calculated"))
    if name.endswith("_calculated"):
        return verdicts.packets[verdicts.known], verdicts.calculated[verdicts.known]
    return verdicts.packets, verdicts.code


def _verdicts(walk: Walk, visit: Visit, sums: Sums, *, calculate: bool) -> Verdicts:
    """Those of a visit; what was once calculated is told twice."""
    if visit.verdicts is not None:
        return visit.verdicts
    if visit.header.key == "ip":
        found = header_verdicts(walk.octets, sums, visit, calculate)
    else:
        found = transport_verdicts(walk, sums, visit, calculate)
    if calculate:
        visit.verdicts = found
    return found


def _segment_length(walk: Walk, visit: Visit) -> tuple[Array, Array]:
    """Bytes of data, as the lengths of the headers have it; a fragment is not the whole segment."""
    slot = slots_by_name(visit.header)["tcp.hdr_len"]
    words = visit.heads(walk.octets).slot(slot).astype(np.int64)
    length = visit.group.claim - visit.group.start - words * slot.field.scale
    whole = ~visit.network.fragment if visit.network is not None else np.ones(len(words), bool)
    index = np.flatnonzero((visit.have >= slot.hi) & (words >= 5) & (length >= 0) & whole)
    return index, length[index]


def _letters(walk: Walk, visit: Visit) -> tuple[Array, Array]:
    """The flags that are set, as letters: each combination is spelled once."""
    slot = slots_by_name(visit.header)["tcp.flags"]
    index = np.flatnonzero(visit.have >= needs(visit.header)["tcp.flags"])
    word = visit.heads(walk.octets).slot(slot)[index]
    spelled = np.empty(slot.mask + 1, object)
    for number in np.flatnonzero(np.bincount(word, minlength=1)).tolist():
        spelled[number] = _spell(visit.header, number)
    return index, spelled[word]


@cache
def _spell(header: Header, word: int) -> str:
    whole, letters = slots_by_name(header)["tcp.flags"], ""
    for name, letter in LETTERS.items():
        slot = slots_by_name(header)[name]
        if word >> (whole.bit + whole.bits - slot.bit - slot.bits) & 1:
            letters += letter
    return letters or "none"
