"""What `check` does with a block: findings, counted and put into words; a pure function but for its budget of words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from dissect.bulk.block import Beside, Block
from dissect.bulk.checksums import Sums
from dissect.bulk.octets import Array
from dissect.bulk.transport import walked
from dissect.bulk.walk import Walk
from dissect.check.batch import findings
from dissect.check.facts import Surroundings
from dissect.check.found import RULE_NAMES, Found, field_names
from dissect.check.offload import Senders, Witness
from dissect.check.overlaps import Pieces, pieces
from dissect.decoding import decode_frame
from dissect.packet import Finding, Frame, Packet, option_findings
from dissect.wire.findings import RULES, Severity

FIRST = 5
"""Packet numbers that are named for each rule."""
RANKS = {severity: rank for rank, severity in enumerate(Severity)}
RULE_RANKS = np.array([RANKS[rule.severity] for rule in RULES.values()])


class Line(NamedTuple):
    """One finding in words; `layer` counts from 1, the outermost."""

    number: int
    layer: int
    rule: str
    field: str
    finding: Finding


class Report(NamedTuple):
    """What one block adds: how many packets, how often each rule was broken and in which packets first, the findings
    in words, fragments and checksums to be looked at across blocks.
    """

    packets: int
    counts: Array
    first: dict[int, list[int]]
    lines: list[Line]
    pieces: Pieces | None
    senders: Senders


class Job:
    """Checks blocks. Findings of each severity are put into words until there are `most`, or all of them.

    `told` is what the filter may ask of whole connections.
    """

    def __init__(
        self, filter: str, least: Severity, most: int | None, told: Beside | None = None  # noqa: A002 - as the option is called
    ) -> None:  # fmt: skip
        self._told = told
        self._condition = None
        if filter:
            from dissect.bulk.condition import condition

            self._condition = condition(filter)
        self._rank = RANKS[least]
        self._most = most
        self._left = np.full(len(RANKS), most or 0)

    def __call__(self, block: Block) -> Report:
        """The block's report."""
        if self._condition is not None:
            from dissect.bulk.table import chosen

            block.beside = self._told
            block = chosen(block, self._condition)
        if not len(block):
            return Report(0, np.zeros(len(RULES), np.int64), {}, [], None, {})
        walk, sums, witness = walked(block), Sums(block.octets), Witness()
        found = findings(walk, sums, witness)
        found = found.take(np.flatnonzero(RULE_RANKS[found.rules] <= self._rank))
        numbers = block.index.number
        counts = np.bincount(found.rules, minlength=len(RULES))
        first = {rule: _first(found, rule, numbers) for rule in np.flatnonzero(counts).tolist()}
        lines = list(in_words(block, found.take(self._within(found))))
        return Report(len(block), counts, first, lines, _pieces(walk, sums), witness.senders)

    def _within(self, found: Found) -> Array:
        """The findings for which there is room."""
        if self._most is None:
            return np.arange(len(found.rules))
        ranks = RULE_RANKS[found.rules]
        kept = []
        for rank in range(len(RANKS)):
            own = np.flatnonzero(ranks == rank)[: self._left[rank]]
            self._left[rank] -= len(own)
            kept.append(own)
        return np.sort(np.concatenate(kept))


def _pieces(walk: Walk, sums: Sums) -> Pieces | None:
    return pieces(walk, Surroundings(walk, sums))


def _first(found: Found, rule: int, numbers: Array) -> list[int]:
    """The numbers of the first packets in which a rule is broken."""
    packets = found.packets[found.rules == rule]
    return list(dict.fromkeys(numbers[packets[: 64 * FIRST]].tolist()))[:FIRST]


def in_words(block: Block, found: Found) -> Iterator[Line]:
    """Findings with their messages: where these tell numbers, the packet is decoded by itself."""
    names, packet, row = field_names(), None, -1
    left: list[tuple[int, Finding]] = []
    for place, layer, number, field in zip(*(each.tolist() for each in found), strict=True):
        rule, name = RULES[RULE_NAMES[number]], names[field]
        if "{" not in rule.text and rule.cite:
            said = Finding(rule, name, {})
        else:
            if place != row or packet is None:
                row, packet = place, decode_frame(_frame(block, place))
                left = _all(packet)
            match = next(
                (each for each in left if each[0] == layer and each[1].rule is rule and each[1].field == name), None
            )
            if match is None:
                said = Finding(rule, name, {})  # the readers differ: no message can be made
            else:
                left.remove(match)
                said = match[1]
        yield Line(int(block.index.number[place]), layer + 1, rule.id, name, said)


def _frame(block: Block, row: int) -> Frame:
    batch = block.batches[int(block.index.batch[row])]
    return batch.frame(batch.mark.number + int(block.index.row[row]))


def _all(packet: Packet) -> list[tuple[int, Finding]]:
    """Every finding of a packet with the number of its layer, from 0."""
    found = []
    for number, layer in enumerate(packet.layers):
        found += [(number, finding) for finding in layer.findings]
        found += [(number, finding) for option in layer.options for finding in option_findings(option)]
    return found
