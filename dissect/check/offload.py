"""Whether offload explains the checksums of a capture: who sends them, and whether that sender has any right one.

A capture on a sending host sees packets before the network card has filled in their checksums and cut them up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dissect.bulk.octets import Array
from dissect.check.facts import Facts
from dissect.wire.checksum import CODES, Verdict

PARTIAL, BAD, GOOD = (CODES[verdict] for verdict in (Verdict.PARTIAL, Verdict.BAD, Verdict.GOOD))
LONGEST = 1518
"""Bytes of a frame that every Ethernet carries; longer ones are, as a rule, not yet cut up."""
MOST = 1024
"""Senders that are counted one by one."""


@dataclass(slots=True)
class Sender:
    """Checksums of TCP and UDP in the packets of one address; `long` of the partial and bad ones are in long frames."""

    partial: int = 0
    bad: int = 0
    good: int = 0
    long: int = 0

    def add(self, other: Sender) -> None:
        """Counts another's packets too."""
        self.partial += other.partial
        self.bad += other.bad
        self.good += other.good
        self.long += other.long


Senders = dict[bytes, Sender]


class Witness:
    """Counts the checksums of a batch by sender, of those senders only with one that is not right."""

    def __init__(self) -> None:
        self.senders: Senders = {}

    def __call__(self, facts: Facts, quoted: Array | None) -> None:
        """Looks at one visit."""
        key = facts.visit.header.key
        known = facts.known(f"{key}.checksum.status") if key in ("tcp", "udp") else None
        if known is None or facts.visit.network is None:
            return
        code, there = known
        judged = facts.visit.network.source_size > 0
        judged = judged if there is None else judged & there
        judged = judged if quoted is None else judged & ~quoted
        doubtful = np.flatnonzero(judged & ((code == PARTIAL) | (code == BAD)))
        if len(doubtful):
            self._count(facts, code, judged, doubtful)

    def _count(self, facts: Facts, code: Array, judged: Array, doubtful: Array) -> None:
        network, walk = facts.visit.network, facts.around.walk
        assert network is not None
        names = _names(facts)
        known, first = np.unique(names[doubtful], return_index=True)
        place = np.minimum(np.searchsorted(known, names), len(known) - 1)
        own = judged & (known[place] == names)
        long = own & ((code == PARTIAL) | (code == BAD)) & (walk.index.length[facts.visit.group.rows] > LONGEST)
        which = (own & (code == PARTIAL), own & (code == BAD), own & (code == GOOD), long)
        counts = [np.bincount(place[some], minlength=len(known)).tolist() for some in which]
        for one, *counted in zip(doubtful[first].tolist()[:MOST], *counts, strict=False):
            size, at = int(network.source_size[one]), int(network.at[one])
            at += 12 if size == 4 else 8
            self.senders.setdefault(walk.octets.data[at : at + size], Sender()).add(Sender(*counted))


def _names(facts: Facts) -> Array:
    """A number for each sender."""
    network, octets = facts.visit.network, facts.around.walk.octets
    assert network is not None
    four, at = network.source_size == 4, network.at
    high, low = octets.word(at + 8, 8), octets.word(at + 16, 8)
    return np.where(four, octets.word(at + 12, 4).astype(np.uint64), (high * np.uint64(0x9E3779B97F4A7C15)) ^ low)


def together(one: Senders, other: Senders) -> None:
    """Adds the counts of another batch, as far as there is room for more senders."""
    for address, sender in other.items():
        if address in one or len(one) < MOST:
            one.setdefault(address, Sender()).add(sender)


@dataclass(frozen=True)
class Explanation:
    """What offload explains: `partial` and `bad` checksums of the packets of these senders."""

    senders: tuple[bytes, ...]
    partial: int
    bad: int
    long: int


def explanation(senders: Senders) -> Explanation | None:
    """Partial sums are offload's. Bad ones are where they come from one sender, who has no right one among them."""
    partial = sum(sender.partial for sender in senders.values())
    wrong = [address for address, sender in senders.items() if sender.bad]
    one = senders[wrong[0]] if len(wrong) == 1 else None
    bad = one.bad if one is not None and not one.good and one.bad > 1 and (one.partial or one.long) else 0
    if not partial and not bad:
        return None
    named = [address for address, sender in senders.items() if sender.partial or (bad and sender.bad)]
    named.sort(key=lambda address: -senders[address].partial - senders[address].bad)
    return Explanation(tuple(named), partial, bad, sum(senders[address].long for address in named))
