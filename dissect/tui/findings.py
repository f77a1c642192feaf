"""Everything that is wrong or odd in the capture, by rule, each leading to its packets."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from dataclasses import dataclass, field

from rich.text import Text

from dissect.decoding import decode_frame
from dissect.packet import Finding
from dissect.render import palette
from dissect.render.plain import plain
from dissect.tui.background import Job
from dissect.tui.columns import ORDER
from dissect.tui.overlay import Overlay
from dissect.tui.packets import Packets
from dissect.tui.rows import HERE, Rows
from dissect.tui.state import State

AT_ONCE = 20  # packets decoded before the screen may have its turn


@dataclass
class Group:
    """A rule, an example of what it says, and the packets it is about."""

    example: Finding
    numbers: array[int] = field(default_factory=lambda: array("I"))
    opened: bool = False

    @property
    def rank(self) -> tuple[int, str]:
        """The gravest first."""
        return ORDER.index(self.example.rule.kind), self.example.rule.id


class Collecting(Job):
    """The findings of all packets, one packet after the other: rules over whole columns will take its place."""

    def __init__(self, packets: Packets) -> None:
        super().__init__()
        self.packets = packets
        self.groups: dict[str, Group] = {}
        self.tested = 0

    def work(self) -> None:
        """Decodes every packet that is known, and those that come later."""
        while not self.stopped:
            if self.tested < self.packets.count:
                with self.packets.reader() as frames:
                    for frame in frames.iterate(self.tested + 1, self.packets.count):
                        if self.stopped:
                            return
                        packet = decode_frame(frame)
                        for _, finding in packet.every_finding():
                            self._take(finding, frame.number)
                        self.tested = frame.number
                        if frame.number % AT_ONCE == 0:
                            self.give_way()
            if (self.packets.complete and self.tested >= self.packets.count) or not self.rest():
                return

    def _take(self, finding: Finding, number: int) -> None:
        group = self.groups.get(finding.rule.id)
        if group is None:
            group = self.groups.setdefault(finding.rule.id, Group(finding))
        if not group.numbers or group.numbers[-1] != number:
            group.numbers.append(number)


class FindingRows(Rows):
    """Rules, and below an open one its packets."""

    def __init__(self, job: Collecting, packets: Packets, state: State) -> None:
        super().__init__(id="findings")
        self.job = job
        self.packets = packets
        self.state = state
        self.groups: list[Group] = []
        self.starts: list[int] = []
        self.total = 0

    @property
    def count(self) -> int:
        """Rules and the packets of open ones."""
        return self.total

    def recount(self) -> None:
        """Rules may have come; the cursor stays on its own."""
        here = self.at(self.cursor) if self.groups and self.cursor < self.total else None
        self.groups = sorted(self.job.groups.values(), key=lambda group: group.rank)
        self.starts, self.total = [], 0
        for group in self.groups:
            self.starts.append(self.total)
            self.total += 1 + (len(group.numbers) if group.opened else 0)
        if here is not None:
            self.cursor = self.starts[self.groups.index(here[0])] + 1 + here[1]
        super().recount()

    def at(self, row: int) -> tuple[Group, int]:
        """The rule of a row, and which of its packets it is, -1 for the rule itself."""
        index = bisect_right(self.starts, row) - 1
        return self.groups[index], row - self.starts[index] - 1

    def line(self, row: int, width: int) -> Text:
        """A rule with its count, or a packet."""
        group, index = self.at(row)
        kind = group.example.rule.kind
        text = Text().append(HERE[0] if row == self.cursor else "  ", palette.NAME)
        if index < 0:
            text.append("▾ " if group.opened else "▸ ", palette.QUIET)
            text.append(
                f"{palette.SIGNS[kind][0]} {self.state.language.word(f'severity.{kind}'):10} ", palette.SEVERITY[kind]
            )
            text.append(f"{len(group.numbers):>7,}  ", palette.NAME)
            text.append(group.example.rule.id, palette.NAME)
            said = self.state.language.gist(group.example.rule.id) or group.example.text
            text.append(f"  {plain(said)}")
        else:
            number = group.numbers[index]
            packet = self.packets.packet(number)
            text.append(f"      {number:>7} ", palette.QUIET)
            if packet is not None:
                own = next((each for _, each in packet.every_finding() if each.rule.id == group.example.rule.id), None)
                text.append(f"{own.field}: ", palette.NAME) if own is not None else text
                text.append(plain(self.state.language.finding(own)) if own is not None else "")
        text.truncate(width, overflow="ellipsis")
        return text


class FindingsScreen(Overlay):
    """The list of findings; the result is "go N FIELD"."""

    rows: FindingRows

    def __init__(self, job: Collecting, packets: Packets, state: State) -> None:
        super().__init__(state, FindingRows(job, packets, state))
        self.job = job

    def heading(self) -> str:
        """How far it is."""
        job = self.job
        packets = sum(len(group.numbers) for group in job.groups.values())
        share = f"{job.tested / max(1, job.packets.count):.0%}"
        key = "findings.heading" if job.done else "findings.searching"
        return self.state.word(key, rules=len(job.groups), packets=f"{packets:,}", share=share, count=f"{job.tested:,}")

    def remark(self) -> Text:
        """What the rule says."""
        if self.job.fault:
            return Text(plain(self.job.fault), palette.FAULT)
        if not self.rows.groups or self.rows.cursor >= self.rows.count:
            return Text(self.state.word("findings.none") if self.job.done else "", palette.QUIET)
        group, _ = self.rows.at(self.rows.cursor)
        entry = self.state.language.entry(group.example.rule.id)
        text = Text(plain(entry.what or entry.gist) if entry is not None else plain(group.example.text))
        return text.append(f" ({group.example.cite})" if group.example.cite else "", palette.QUIET)

    def on_rows_opened(self, event: Rows.Opened) -> None:
        """A rule opens; a packet is gone to."""
        if not self.rows.groups:
            return
        group, index = self.rows.at(event.row)
        if index >= 0:
            packet = self.rows.packets.packet(group.numbers[index])
            found = packet.every_finding() if packet is not None else ()
            own = next((each.field for _, each in found if each.rule.id == group.example.rule.id), "")
            self.dismiss(f"go {group.numbers[index]} {own}")
            return
        group.opened = not group.opened
        self.rows.recount()
        if group.opened:
            self.rows.move_to(event.row + 1)
