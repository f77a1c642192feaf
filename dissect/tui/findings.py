"""Everything that is wrong or odd in the capture, by rule, each leading to its packets."""

from __future__ import annotations

from bisect import bisect_right

from rich.cells import cell_len
from rich.text import Text

from dissect.packet import Finding
from dissect.render import palette
from dissect.render.plain import plain
from dissect.tui.collecting import Collecting, Group
from dissect.tui.overlay import Overlay
from dissect.tui.packets import Packets
from dissect.tui.rows import HERE, Rows
from dissect.tui.state import State
from dissect.wire.findings import Severity


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
            self.total += 1 + (len(group) if group.opened else 0)
        if here is not None:
            self.cursor = self.starts[self.groups.index(here[0])] + 1 + here[1]
        super().recount()

    def at(self, row: int) -> tuple[Group, int]:
        """The rule of a row, and which of its findings it is, -1 for the rule itself."""
        index = bisect_right(self.starts, row) - 1
        return self.groups[index], row - self.starts[index] - 1

    def field(self, group: Group, index: int) -> str:
        """The field that a finding is about."""
        return self.job.names[group.fields[index]]

    def finding(self, group: Group, index: int) -> Finding:
        """A finding in full, as the packet itself tells it."""
        number, name = group.numbers[index], self.field(group, index)
        packet = self.packets.packet(number)
        if number in group.told or packet is None:
            return group.told.get(number) or Finding(group.rule, name, {})
        own = packet.layers[group.layers[index]] if group.layers[index] < len(packet.layers) else None
        found = [(layer, each) for layer, each in packet.every_finding() if each.rule is group.rule]
        best = sorted(found, key=lambda each: (each[0] is not own, each[1].field != name))
        return best[0][1] if best else Finding(group.rule, name, {})

    def line(self, row: int, width: int) -> Text:
        """A rule with its count, or a packet."""
        group, index = self.at(row)
        language = self.state.language
        text = Text().append(HERE[0] if row == self.cursor else "  ", palette.NAME)
        if index < 0:
            sign, style = palette.MATTERS[group.rule.severity]
            said = language.word(f"severity.{group.rule.severity}")
            wide = max(cell_len(language.word(f"severity.{each}")) for each in Severity)
            text.append("▾ " if group.opened else "▸ ", palette.QUIET)
            text.append(f"{sign} {said}" + " " * (wide - cell_len(said)), style)
            text.append(f" {len(group):>9,}  ", palette.NAME).append(group.rule.id, palette.NAME)
            text.append(f"  {plain(language.gist(group.rule.id) or language.title_of(group.rule.id))}")
        else:
            text.append(f"    {group.numbers[index]:>9}  ", palette.QUIET)
            text.append(f"{self.field(group, index)}: ", palette.NAME)
            text.append(plain(language.finding(self.finding(group, index))))
        text.truncate(width, overflow="ellipsis")
        return text


class FindingsScreen(Overlay):
    """The list of findings; the result is "go N LAYER FIELD"."""

    rows: FindingRows

    def __init__(self, job: Collecting, packets: Packets, state: State) -> None:
        super().__init__(state, FindingRows(job, packets, state))
        self.job = job

    def heading(self) -> str:
        """How far it is, and how much of what was found."""
        job, word = self.job, self.state.language.word
        groups = list(job.groups.values())
        counts = {each: sum(len(group) for group in groups if group.rule.severity is each) for each in Severity}
        said = word("then").join(
            word(f"check.{each}" if count == 1 else f"check.{each}s", count=count)
            for each, count in counts.items()
            if count
        )
        if job.done:
            packets = word("check.packet" if job.tested == 1 else "check.packets", count=job.tested)
            return word("check.total", packets=packets, found=said or word("check.nothing"))
        share = f"{job.tested / max(1, job.packets.count):.0%}"
        return self.state.word("findings.searching", share=share, found=said)

    def remark(self) -> Text:
        """What the rule says, or the finding with the cursor in full; what offload explains."""
        if self.job.fault:
            return Text(plain(self.job.fault), palette.FAULT)
        if not self.rows.groups or self.rows.cursor >= self.rows.count:
            return Text(self.state.word("findings.none") if self.job.done else "", palette.QUIET)
        group, index = self.rows.at(self.rows.cursor)
        language = self.state.language
        if index >= 0:
            found = self.rows.finding(group, index)
            return Text(plain(language.finding(found))).append(f" ({found.cite})" if found.cite else "", palette.QUIET)
        entry = language.entry(group.rule.id)
        text = Text(plain(entry.what or entry.gist) if entry is not None else language.title_of(group.rule.id))
        text.append(f" ({group.rule.cite})" if group.rule.cite else "", palette.QUIET)
        offload = self.job.offload if group.rule.id.startswith("checksum.") else None
        if offload is not None:
            from dissect.check.telling import remark

            text.append("\n" + ("" if language.code == "zh" else " ").join(remark(offload, language)))
        return text

    def on_rows_opened(self, event: Rows.Opened) -> None:
        """A rule opens; a packet is gone to."""
        if not self.rows.groups:
            return
        group, index = self.rows.at(event.row)
        if index >= 0:
            name, layer = self.rows.field(group, index), group.layers[index]
            self.dismiss(f"go {group.numbers[index]} {layer} {name}")
            return
        group.opened = not group.opened
        self.rows.recount()
        if group.opened:
            self.rows.move_to(event.row + 1)
