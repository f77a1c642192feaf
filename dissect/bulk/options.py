"""The option lists of all packets at once, one option of each a round: `dissect.wire.options` as columns."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache

import numpy as np

from dissect.bulk.octets import Array, Octets
from dissect.bulk.walk import Visit
from dissect.wire.field import OptionSet


@dataclass(slots=True)
class Items:
    """Options in any order: which packet of the visit `owner` is theirs, their kind, their bytes `start` to `stop`.

    `faulty` are those that stopped their walk, where only kind and length can be told; `after` is, for
    each list that was walked, where that ended.
    """

    owner: Array
    kind: Array
    start: Array
    stop: Array
    faulty: Array

    def take(self, which: Array) -> Items:
        """Some of the options."""
        return Items(*(getattr(self, field.name)[which] for field in fields(self)))


@cache
def _singles(options: OptionSet) -> Array:
    table = np.zeros(256, bool)
    table[list(options.single)] = True
    return table


@cache
def _sizes(options: OptionSet) -> Array:
    """[kind, length] → whether an option of that kind must not have that length, for lengths up to 257."""
    wrong = np.zeros((256, 258), bool)
    for kind in range(256):
        sizes = options.header(kind).sizes
        if sizes:
            wrong[kind] = True
            wrong[kind, list(sizes)] = False
    return wrong


def items(octets: Octets, visit: Visit) -> Items:
    """The options of a visit's packets."""
    assert visit.header.options is not None
    return walk(octets, visit.options, visit.options_at, visit.stop[visit.options], visit.header.options)


def walk(octets: Octets, owner: Array, at: Array, stop: Array, options: OptionSet) -> Items:
    """The options between `at` and `stop` of each `owner`."""
    single, rounds = _singles(options), [_nothing()]
    while len(owner):
        kind = octets.bytes[at]
        alone = single[kind]
        said = np.where(at + 1 < stop, octets.bytes[at + 1].astype(np.int64) + options.plus, 0)
        size = np.where(alone, 1, said)
        fault = ~alone & ((said < 2) | (at + said > stop))
        behind = np.where(fault, stop, at + size)
        wrong = ~alone & _sizes(options)[kind, np.minimum(said, 257)]
        rounds.append(Items(owner, kind, at, behind, fault | wrong))
        go = ~fault & (behind < stop)
        if options.end is not None:
            go &= kind != options.end
        owner, at, stop = owner[go], behind[go], stop[go]
    return Items(*(np.concatenate([getattr(each, field.name) for each in rounds]) for field in fields(Items)))


def _nothing() -> Items:
    none = np.zeros(0, np.int64)
    return Items(none, none.astype(np.uint8), none, none, none.astype(bool))
