"""Findings of a batch as arrays: which packet, which of its layers, which rule, which field."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from dissect.bulk.octets import Array
from dissect.wire.findings import RULES
from dissect.wire.registry import every_header, fields

RULE_NUMBERS = {name: number for number, name in enumerate(RULES)}
RULE_NAMES = tuple(RULES)


class Found(NamedTuple):
    """One finding a row, in the order of the packets: `packets` are rows of the batch, `layers` counted from 0,
    `rules` places in `RULE_NAMES`, `fields` places in `field_names()`.
    """

    packets: Array
    layers: Array
    rules: Array
    fields: Array

    def take(self, which: Array) -> Found:
        """Some of them."""
        return Found(*(each[which] for each in self))


class Gathered:
    """Findings of a batch while they are gathered, by visit."""

    def __init__(self) -> None:
        self._parts: list[tuple[int, Array, int, int]] = []

    def add(self, visit: int, index: Array, rule: str, field: str) -> None:
        """The rule is broken in these packets of a visit (as indices)."""
        if len(index):
            self._parts.append((visit, index, RULE_NUMBERS[rule], field_numbers()[field]))

    def done(self, rows: list[Array], count: int) -> Found:
        """All findings; `rows` are the packets of each visit, of `count` in all."""
        if not self._parts:
            return NOTHING
        layers = _layers(self._parts, rows, count)
        packets = np.concatenate([rows[visit][index] for visit, index, _, _ in self._parts])
        sizes = [len(index) for _, index, _, _ in self._parts]
        rules, names = (np.repeat([part[at] for part in self._parts], sizes).astype(np.int16) for at in (2, 3))
        order = np.argsort(packets, kind="stable")
        return Found(packets[order], np.concatenate(layers)[order], rules[order], names[order])


def _layers(parts: list[tuple[int, Array, int, int]], rows: list[Array], count: int) -> list[Array]:
    """Which layer of its packet each finding is about: as many as were visited before it."""
    depth, wanted = np.zeros(count, np.int16), {visit for visit, _, _, _ in parts}
    at: dict[int, Array] = {}
    for visit in range(max(wanted) + 1):
        if visit in wanted:
            at[visit] = depth[rows[visit]]
        depth[rows[visit]] += 1
    return [at[visit][index] for visit, index, _, _ in parts]


_NONE = np.zeros(0, np.int64)
NOTHING = Found(_NONE, _NONE.astype(np.int16), _NONE.astype(np.int16), _NONE.astype(np.int16))


@cache
def field_names() -> tuple[str, ...]:
    """What a finding can be about: fields, and headers as a whole."""
    return tuple(dict.fromkeys((*fields(), *(header.key for header in every_header()))))


@cache
def field_numbers() -> dict[str, int]:
    """Field → its place in `field_names()`."""
    return {name: number for number, name in enumerate(field_names())}


def marks_of(found: Found, count: int, bits: Array) -> Array:
    """For each of `count` packets all `bits` of the rules that were found broken in it."""
    marks = np.zeros(count, np.uint8)
    np.bitwise_or.at(marks, found.packets, bits[found.rules])
    return marks
