"""A whole capture's findings: the reports of its blocks added up, and what only all of them together show."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from dissect.check.found import RULE_NAMES, RULE_NUMBERS
from dissect.check.offload import Explanation, Senders, explanation, together
from dissect.check.overlaps import Overlap, Overlaps
from dissect.check.work import FIRST, RANKS, RULE_RANKS, Line, Report
from dissect.packet import Finding
from dissect.wire.findings import RULES, Severity

OVERLAPS = {False: ("ip.fragment.overlap", "ip.frag_offset"), True: ("ipv6.fragment.overlap", "ipv6.fraghdr.offset")}


class Tally:
    """How often each rule was broken, in which packets first, and the lines that are to be shown.

    `most` lines are kept, the worst before the others; None keeps none, for whoever writes them as they come.
    """

    def __init__(self, least: Severity, most: int | None) -> None:
        self.packets = 0
        self.counts = np.zeros(len(RULES), np.int64)
        self.first: dict[int, list[int]] = {}
        self._least, self._most = RANKS[least], most
        self._lines: dict[int, list[Line]] = {rank: [] for rank in RANKS.values()}
        self._overlaps = Overlaps()
        self._senders: Senders = {}

    def add(self, report: Report) -> list[Line]:
        """Adds the report of the next block; gives all its lines in the order of the packets."""
        self.packets += report.packets
        self.counts += report.counts
        for rule, numbers in report.first.items():
            self._name(rule, numbers)
        together(self._senders, report.senders)
        lines = report.lines
        overlaps = [self._overlap(each) for each in self._overlaps.add(report.pieces)]
        overlaps = [each for each in overlaps if RANKS[each.finding.rule.severity] <= self._least]
        if overlaps:
            for each in overlaps:
                self.counts[RULE_NUMBERS[each.rule]] += 1
                self._name(RULE_NUMBERS[each.rule], [each.number])
            lines = sorted((*lines, *overlaps), key=lambda line: line.number)
        self._keep(lines)
        return lines

    def _name(self, rule: int, numbers: Iterable[int]) -> None:
        own = self.first.setdefault(rule, [])
        own.extend(number for number in numbers if number not in own)
        del own[FIRST:]

    def _keep(self, lines: Iterable[Line]) -> None:
        if self._most is None:
            return
        for line in lines:
            own = self._lines[RANKS[line.finding.rule.severity]]
            if len(own) < self._most:
                own.append(line)

    @staticmethod
    def _overlap(overlap: Overlap) -> Line:
        rule, field = OVERLAPS[overlap.six]
        said = {"start": overlap.start, "last": overlap.last, "other": overlap.other}
        return Line(overlap.number, overlap.layer + 1, rule, field, Finding(RULES[rule], field, said))

    @property
    def lines(self) -> list[Line]:
        """The findings to be shown, in the order of the packets: all errors before any warning is left out."""
        kept: list[Line] = []
        for rank in sorted(self._lines):
            kept += self._lines[rank][: (self._most or 0) - len(kept)]
        return sorted(kept, key=lambda line: line.number)

    def of(self, severity: Severity) -> int:
        """How many findings matter so much."""
        return int(self.counts[RANKS[severity] == RULE_RANKS].sum())

    @property
    def broken(self) -> list[str]:
        """The rules that were broken, the worst first, of those the most frequent."""
        some = np.flatnonzero(self.counts).tolist()
        some.sort(key=lambda rule: (int(RULE_RANKS[rule]), -int(self.counts[rule]), rule))
        return [RULE_NAMES[rule] for rule in some]

    def count(self, rule: str) -> int:
        """How often a rule was broken."""
        return int(self.counts[RULE_NUMBERS[rule]])

    def numbers(self, rule: str) -> list[int]:
        """The first packets in which a rule was broken."""
        return self.first.get(RULE_NUMBERS[rule], [])

    @property
    def offload(self) -> Explanation | None:
        """What offload explains of the checksums."""
        return explanation(self._senders)
