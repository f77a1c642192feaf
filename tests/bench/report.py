"""The tables of `speed`: what is reached beside the goals of the project."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .process import Run
    from .speed import Row

MEMORY = 400e6  # bytes at the peak, at most
GROWTH = 1.2  # memory for ten times the packets, and time for each packet, at most
FEW = 1_000  # packets that take no time but start-up
WIDTH = 130


@dataclass
class Measured:
    """A row's runs by size (`few`, `tenth`, `whole`) and program, in the order of the rounds; or why there are none.

    `watched` are runs of ours whose memory was looked at often, and whose times do not count.
    """

    row: Row
    packets: Mapping[str, int]
    runs: dict[tuple[str, str], list[Run]] = field(default_factory=dict)
    failed: str = ""
    watched: dict[str, Run] = field(default_factory=dict)

    def wall(self, size: str, name: str = "dissect") -> float:
        """Seconds, the median of the rounds."""
        return median(one.wall for one in self.runs[size, name])

    def processor(self, size: str, name: str = "dissect") -> float:
        """Seconds of processor time, the median of the rounds."""
        return median(one.processor for one in self.runs[size, name])

    def memory(self, size: str, name: str = "dissect") -> int:
        """Bytes at the peak of the worst run."""
        watched = self.watched[size].memory if name == "dissect" else 0
        return max(watched, *(one.memory for one in self.runs[size, name]))

    def ratio(self, size: str, name: str) -> float:
        """How many times as long as ours the peer took, the median of the rounds."""
        pairs = zip(self.runs[size, "dissect"], self.runs[size, name], strict=True)
        return median(theirs.wall / ours.wall for ours, theirs in pairs)

    def worked(self, size: str, name: str) -> float:
        """The same of processor time."""
        return self.processor(size, name) / max(self.processor(size, "dissect"), 0.01)

    def each(self, size: str, *, processor: bool = False) -> float:
        """Seconds a packet, start-up aside; start-up is what a thousand packets take."""
        taken = self.processor if processor else self.wall
        return (taken(size) - taken("few")) / (self.packets[size] - self.packets["few"])

    def plain(self) -> dict[str, Any]:
        """Everything, for programs."""
        found: dict[str, Any] = {"row": self.row.key, "title": self.row.title, "failed": self.failed, "runs": []}
        found["memory"] = {self.packets[size]: one.memory for size, one in self.watched.items()}
        for (size, name), runs in self.runs.items():
            numbers = [one._asdict() | {"said": one.said[-500:]} for one in runs]
            found["runs"].append({"packets": self.packets[size], "program": name, "rounds": numbers})
        return found


def report(found: list[Measured], *, memory: bool = True) -> None:
    """Print times, then `memory` and growth; what misses its goal is marked. The last column is no goal: the ratio of
    processor time, which says what remains where other programs were at work, or where both cores were.
    """
    console = Console()
    console.width = max(console.width, WIDTH)
    console.print(_times(found))
    if memory:
        console.print(_growth(found))
    for one in found:
        if one.failed:
            print(f"{one.row.key}: {one.failed}")


def _times(found: list[Measured]) -> Table:
    table = Table(title="seconds of wall time (of processor time)", title_justify="left")
    table.add_column("work", width=32)
    for name in ("packets", "dissect", "peer", "takes", "goal", "reached", "processor"):
        table.add_column(name, justify="left" if name == "peer" else "right", no_wrap=True)
    for one in found:
        if one.failed:
            table.add_row(one.row.title, "", "fails", "", "", "", _marked("", False))
        for size in ("tenth", "whole"):
            for peer in one.row.peers:
                if (size, "dissect") not in one.runs:
                    continue
                title = one.row.title if (size, peer) == ("tenth", one.row.peers[0]) else ""
                ours = _seconds(one, size, "dissect")
                if (size, peer.name) not in one.runs:
                    table.add_row(title, f"{one.packets[size]:,}", ours, peer.name, "not installed", "", "")
                    continue
                goal = peer.goal / (2 if size == "tenth" else 1)
                reached = one.ratio(size, peer.name)
                table.add_row(
                    title, f"{one.packets[size]:,}", ours, peer.name, _seconds(one, size, peer.name),
                    f"≥ {goal:g} ×", _marked(f"{reached:.1f} ×", reached >= goal),
                    f"{one.worked(size, peer.name):.1f} ×",
                )  # fmt: skip
        if one.row.seconds and one.runs:
            took = one.wall("whole")
            goal_text = f"≤ {one.row.seconds:g} s"
            table.add_row(
                "",
                f"{one.packets['whole']:,}",
                "",
                "",
                "",
                goal_text,
                _marked(f"{took:.2f} s", took <= one.row.seconds),
            )
        table.add_section()
    return table


def _growth(found: list[Measured]) -> Table:
    table = Table(title="peak memory in MB; microseconds a packet, start-up aside", title_justify="left")
    table.add_column("work", width=32)
    for name in ("tenth", "whole", "≤ 400 MB", "≤ 1.2 ×", "µs, tenth", "µs, whole", "≤ 1.2 ×", "start-up"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in (one for one in found if one.runs):
        small, large = one.memory("tenth"), one.memory("whole")
        cells = [one.row.title, f"{small / 1e6:.0f}", f"{large / 1e6:.0f}", _marked("", large <= MEMORY),
                 _marked(f"{large / small:.2f}", large <= GROWTH * small)]  # fmt: skip
        if one.row.lines:
            cells += ["", "", ""]
        else:
            first, last = one.each("tenth"), one.each("whole")
            growth = _marked(f"{last / first:.2f}", last <= GROWTH * first) if min(first, last) > 0 else "too few"
            cells += [f"{first * 1e6:.2f}", f"{last * 1e6:.2f}", growth]
        table.add_row(*cells, f"{one.wall('few'):.2f} s")
    return table


def _seconds(one: Measured, size: str, name: str) -> str:
    return f"{one.wall(size, name):.2f} ({one.processor(size, name):.2f})"


def _marked(text: str, good: bool) -> str:
    sign = f"{text} {'✓' if good else '✗'}".strip()
    return sign if good else f"[bold red]{sign}[/]"
