"""All findings of one batch: the checks of every header that was met, asked for all packets at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dissect.bulk.checksums import Sums
from dissect.bulk.octets import Array
from dissect.bulk.walk import Visit, Walk
from dissect.check.facts import Facts, Surroundings
from dissect.check.found import Found, Gathered
from dissect.check.optional import Options, has_options, without
from dissect.check.structure import Structure
from dissect.wire.checks import Check, checks_of, needs

Witness = Callable[[Facts, Array | None], None]
"""Looks at the facts of a visit, and at which of its headers are quoted, on the way."""


def findings(walk: Walk, sums: Sums, witness: Witness | None = None, unasked: frozenset[str] = frozenset()) -> Found:
    """Everything that the checks say of the packets of a batch; the walk must not have skipped any header.

    Rules that are `unasked` need not be looked at.
    """
    gathered = Gathered()
    structure, around = Structure(walk, gathered), Surroundings(walk, sums)
    for number, visit in enumerate(walk.visits):
        structure.visit(number, visit)
        if visit.only_first:
            continue
        facts, quoted = Facts(around, visit), _quoted(walk, visit)
        if has_options(visit):
            Options(facts, number, quoted, gathered, unasked).look()
        for check in checks_of(visit.header.key):
            if check.rule in unasked:
                continue
            _ask(check, facts, quoted, number, gathered)
        if witness is not None:
            witness(facts, quoted)
    structure.done()
    return gathered.done([visit.group.rows for visit in walk.visits], len(walk.index))


def _quoted(walk: Walk, visit: Visit) -> Array | None:
    """The packets of a visit in which an ICMP error repeats this header; None for none."""
    if not walk.quoted.any():
        return None
    quoted: Array = visit.group.start >= walk.quote_start[visit.group.rows]
    return quoted if quoted.any() else None


def _ask(check: Check, facts: Facts, quoted: Array | None, number: int, gathered: Gathered) -> None:
    """Where one check finds its rule broken."""
    there: list[Array] = []
    for name in needs(check.broken):
        known = facts.known(name)
        if known is None:
            return
        if known[1] is not None:
            there.append(known[1])
    broken = check.broken(facts.of)
    if not broken.any():
        return
    for each in there:
        broken = broken & each
    if quoted is not None and not check.quoted:
        broken = broken & ~quoted
    index = np.flatnonzero(broken)
    if check.unless and len(index):
        index = without(facts, index, check.unless)
    gathered.add(number, index, check.rule, check.field)
