"""Packets that stand at the same header, and how far each may reach: `Limit` of the one-packet reader as columns."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from dissect.bulk.octets import Array


@dataclass(slots=True)
class Group:
    """The packets `rows`, whose next header begins at byte `start` of the batch.

    `end`, `claim`, `lie` and `partial` are those of `dissect.decoding.walk.Limit`.
    """

    rows: Array
    start: Array
    end: Array
    claim: Array
    lie: Array
    partial: Array

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, which: Array) -> Group:
        """Some of the packets: those of a mask, or of indices."""
        if which.dtype == bool:
            if which.all():
                return self
            which = which.nonzero()[0]
        return Group(
            self.rows[which], self.start[which], self.end[which], self.claim[which], self.lie[which], self.partial[which]
        )  # fmt: skip

    def at(self, start: Array) -> Group:
        """The same packets and limits, at another header."""
        return replace(self, start=start)

    def narrow(self, ends: Array) -> Group:
        """The limits within a length field that ends at `ends`; where that fits, all it speaks of is here."""
        fits = ends <= self.end
        if fits.all():
            nowhere = np.zeros(len(ends), bool)
            return Group(self.rows, self.start, ends, ends, nowhere, nowhere)
        over = ends > self.claim
        return replace(
            self,
            end=np.minimum(ends, self.end),
            claim=np.where(fits | self.partial, ends, np.minimum(ends, self.claim)),
            lie=~fits & (self.lie | (~self.partial & over)),
            partial=~fits & self.partial & over,
        )

    def narrow_where(self, which: Array, ends: Array) -> Group:
        """`narrow` for the packets of a mask, the others as they were."""
        if which.all():
            return self.narrow(ends)
        inner = self.narrow(ends)
        names = ("end", "claim", "lie", "partial")
        return replace(self, **{name: np.where(which, getattr(inner, name), getattr(self, name)) for name in names})

    @property
    def complete(self) -> Array:
        """Whether all that was sent is here."""
        return (self.end >= self.claim) & ~self.lie


def merge(groups: list[Group]) -> Group:
    """One group of several."""
    if len(groups) == 1:
        return groups[0]
    return Group(*(np.concatenate([getattr(group, field.name) for group in groups]) for field in fields(Group)))
