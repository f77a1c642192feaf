"""The findings of all packets, gathered block by block behind the screen with the rules that `dissect check` asks."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dissect.packet import Finding
from dissect.tui.background import Job
from dissect.tui.packets import Packets
from dissect.wire.findings import RULES, Rule, Severity

if TYPE_CHECKING:
    from dissect.bulk.block import Block
    from dissect.bulk.octets import Array
    from dissect.check.found import Found
    from dissect.check.offload import Explanation, Senders
    from dissect.check.overlaps import Overlap, Overlaps

PLACES = {name: place for place, name in enumerate(RULES)}


@dataclass
class Group:
    """A broken rule and where: packets by their numbers, which of their layers (from 0), which field (see `names`).

    `told` holds by packet what one packet alone cannot tell.
    """

    rule: Rule
    numbers: array[int] = field(default_factory=lambda: array("I"))
    layers: array[int] = field(default_factory=lambda: array("h"))
    fields: array[int] = field(default_factory=lambda: array("h"))
    told: dict[int, Finding] = field(default_factory=dict)
    opened: bool = False

    def __len__(self) -> int:
        return len(self.fields)  # what is added last

    @property
    def rank(self) -> tuple[int, int, int]:
        """The worst first, of those the most frequent: the order of `dissect check`."""
        return list(Severity).index(self.rule.severity), -len(self), PLACES[self.rule.id]

    def add(self, numbers: Array, layers: Array, fields: Array) -> None:
        """More packets."""
        self.numbers.frombytes(numbers.astype("u4").tobytes())
        self.layers.frombytes(layers.astype("i2").tobytes())
        self.fields.frombytes(fields.astype("i2").tobytes())


class Collecting(Job):
    """Checks every packet that is known, and those that come later."""

    def __init__(self, packets: Packets) -> None:
        super().__init__()
        self.packets = packets
        self.groups: dict[str, Group] = {}
        self.tested = 0
        self.senders: Senders = {}
        self.names: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """Findings so far."""
        return sum(map(len, list(self.groups.values())))

    @property
    def offload(self) -> Explanation | None:
        """What offload explains of the checksums, once all are checked."""
        if not self.done or not self.senders:
            return None
        from dissect.check.offload import explanation

        return explanation(self.senders)

    def work(self) -> None:
        """Block after block."""
        import numpy as np

        from dissect.bulk.block import blocks
        from dissect.check.found import field_names
        from dissect.check.overlaps import Overlaps

        self.names, overlaps = field_names(), Overlaps()
        while not self.stopped:
            if self.tested < self.packets.count:
                with self.packets.reader() as frames:
                    for block in blocks(frames, self.tested + 1):
                        if self.stopped:
                            return
                        fresh = block.take(np.flatnonzero(block.index.number > self.tested))
                        if len(fresh):
                            self._check(fresh, overlaps)
                            self.tested = int(fresh.index.number[-1])
                        self.give_way()
            if (self.packets.complete and self.tested >= self.packets.count) or not self.rest():
                return

    def _check(self, block: Block, overlaps: Overlaps) -> None:
        from dissect.bulk.checksums import Sums
        from dissect.bulk.transport import walked
        from dissect.check.batch import findings
        from dissect.check.facts import Surroundings
        from dissect.check.offload import Witness, together
        from dissect.check.overlaps import pieces

        walk, sums, witness = walked(block), Sums(block.octets), Witness()
        self._take(findings(walk, sums, witness), block.index.number)
        self._overlapping(overlaps.add(pieces(walk, Surroundings(walk, sums))))
        together(self.senders, witness.senders)

    def _take(self, found: Found, numbers: Array) -> None:
        import numpy as np

        from dissect.check.found import RULE_NAMES

        for rule in np.unique(found.rules).tolist():
            own = found.take(np.flatnonzero(found.rules == rule))
            self._group(RULE_NAMES[rule]).add(numbers[own.packets], own.layers, own.fields)

    def _overlapping(self, found: list[Overlap]) -> None:
        import numpy as np

        from dissect.check.found import field_numbers
        from dissect.check.tally import OVERLAPS

        for each in found:
            rule, name = OVERLAPS[each.six]
            group = self._group(rule)
            said = {"start": each.start, "last": each.last, "other": each.other}
            group.told[each.number] = Finding(RULES[rule], name, said)
            group.add(*(np.array([place]) for place in (each.number, each.layer, field_numbers()[name])))

    def _group(self, rule: str) -> Group:
        return self.groups.get(rule) or self.groups.setdefault(rule, Group(RULES[rule]))
