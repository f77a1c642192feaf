"""`--stats`: what goes by, as tables that grow: protocols, talkers, flags, checksum verdicts, findings by rule."""

from __future__ import annotations

import io
import shutil
import sys
import time
from collections import Counter, deque
from typing import TYPE_CHECKING, Any

from dissect.cli.live.listing import AT_ONCE, block_from, parted, rehearsal
from dissect.cli.live.output import Output
from dissect.render.plain import plain

if TYPE_CHECKING:
    import polars as pl
    from rich.console import RenderableType

    from dissect.bulk.block import Block
    from dissect.bulk.records import Records
    from dissect.capture.section import Section

FIELDS = (
    "frame.len", "frame.protocols", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "tcp.flags.str",
    "ip.checksum.status", "tcp.checksum.status", "udp.checksum.status",
)  # fmt: skip
EVERY = 0.5  # seconds between two looks of the tables
ROWS = 6
HELD = 16 << 20  # bytes of packets that may wait to be counted


class Statistics:
    """Counts packets by several measures and shows the counts."""

    def __init__(self, display_filter: str, rehearsing: bool = False) -> None:
        from dissect.bulk.condition import condition
        from dissect.check.work import Job
        from dissect.wire.findings import Severity

        if not rehearsing:
            trial = Statistics(display_filter, rehearsing=True)
            trial._queue.append(rehearsal())
            trial._count()
            trial._text()
        self.shown = self.shed = 0
        self._where = condition(display_filter) if display_filter else None
        self._out = Output()
        self._live = sys.stdout.isatty()
        self._queue: deque[Block] = deque()
        self._size = self._height = 0
        self._next = time.monotonic() + EVERY
        self._protocols: Counter[str] = Counter()
        self._talkers: Counter[str] = Counter()
        self._talker_bytes: Counter[str] = Counter()
        self._flags: Counter[str] = Counter()
        self._verdicts: Counter[str] = Counter()
        self._findings: Counter[str] = Counter()
        self._check = Job("", list(Severity)[-1], 0)

    @property
    def closed(self) -> bool:
        """Whether nobody reads any more."""
        return self._out.closed

    @property
    def waiting(self) -> bool:
        """Whether packets wait, or the tables are due."""
        return bool(self._queue) or (self._live and time.monotonic() >= self._next)

    def offer(self, records: Records, section: Section, number: int) -> None:
        """Keeps a copy, or sheds."""
        if self._size > HELD:
            self.shed += len(records)
            return
        block = block_from(records, section, number)
        self._queue.append(block)
        self._size += len(block.octets.data)

    def step(self, until: float) -> None:
        """Counts packets as long as there is time."""
        while self._queue:
            self._count()
            if time.monotonic() >= until:
                break
        if self._live and time.monotonic() >= self._next:
            self._next = time.monotonic() + EVERY
            if not self._out.full:
                self._show()

    def finish(self, until: float) -> None:
        """The last tables."""
        while self._queue and time.monotonic() < until:
            self._count()
        self.shed += sum(len(block) for block in self._queue)
        self._show()
        self._out.finish(until + 0.1)

    def _count(self) -> None:
        """The next packets of the first block."""
        from dissect.bulk.table import block_table, chosen
        from dissect.bulk.text import readable

        block, rest = parted(self._queue[0], AT_ONCE)
        if rest is not None:
            self._queue[0] = rest
        else:
            self._queue.popleft()
            self._size -= len(block.octets.data)
        if self._where is not None:
            block = chosen(block, self._where)
        if len(block):
            self._add(readable(block_table(block, FIELDS)))
            self.shown += len(block)
            self._search(block)

    def _add(self, table: pl.DataFrame) -> None:
        import polars as pl

        # What an ICMP error repeats was not sent again.
        sent = table["frame.protocols"].str.replace(r":(icmp|icmpv6):.*$", ":$1")
        last = sent.str.split(":").list.last().fill_null("?")
        _tally(self._protocols, last)
        ends = table.select(
            pl.format("{} → {}", pl.coalesce("ip.src", "ipv6.src"), pl.coalesce("ip.dst", "ipv6.dst")).alias("ends"), "frame.len"
        ).drop_nulls()  # fmt: skip
        for name, packets, size in (
            ends.group_by("ends").agg(pl.len(), pl.col("frame.len").sum().alias("size")).iter_rows()
        ):
            self._talkers[name] += packets
            self._talker_bytes[name] += size
        if len(self._talkers) > 20_000:  # a scan: those that talk most are kept
            self._talkers = Counter(dict(self._talkers.most_common(5000)))
            self._talker_bytes = Counter({name: self._talker_bytes[name] for name in self._talkers})
        _tally(self._flags, table["tcp.flags.str"].drop_nulls())
        for layer in ("ip", "tcp", "udp"):
            verdicts = table[f"{layer}.checksum.status"].drop_nulls().cast(pl.String)
            _tally(self._verdicts, layer + " " + verdicts)

    def _search(self, block: Block) -> None:
        """Findings by rule."""
        from dissect.check.found import RULE_NAMES

        counts = self._check(block).counts
        self._findings.update({RULE_NAMES[rule]: int(counts[rule]) for rule in counts.nonzero()[0].tolist()})

    def _show(self) -> None:
        """The tables, in the place of those before."""
        text = self._text()
        back = f"\x1b[{self._height}F\x1b[J" if self._live and self._height else ""
        self._height = text.count("\n")
        self._out.write((back + text).encode(sys.stdout.encoding or "utf-8", "spelled"))

    def _text(self) -> str:
        from rich.console import Console

        file = io.StringIO()
        if self._live:
            kind: Any = Console(file=sys.stdout)
            screen = Console(
                file=file, width=kind.width, force_terminal=True, color_system=kind.color_system, highlight=False, markup=False,
                emoji=False, legacy_windows=False, no_color=kind.no_color,
            )  # fmt: skip
        else:
            screen = Console(file=file, width=100, highlight=False, markup=False, emoji=False)
        screen.print(self._tables())
        lines = file.getvalue().splitlines(keepends=True)
        return "".join(lines[: shutil.get_terminal_size().lines - 1] if self._live else lines)

    def _tables(self) -> RenderableType:
        from rich.columns import Columns
        from rich.console import Group
        from rich.text import Text

        few = Columns(
            [
                table("protocols", self._protocols),
                table("TCP flags", self._flags),
                table("checksums", self._verdicts),
                table("findings", self._findings),
            ],
            padding=(0, 2),
        )
        behind = f", {self.shed:,} not looked at" if self.shed else ""
        return Group(Text(f"{self.shown:,} packets{behind}"), talkers(self._talkers, self._talker_bytes), few)


def table(title: str, counts: Counter[str]) -> RenderableType:
    """What is most, and how often."""
    from rich import box
    from rich.table import Table

    made = Table(title=title, box=box.SIMPLE_HEAD, show_header=False, title_justify="left", title_style="bold")
    made.add_column(overflow="fold")
    made.add_column(justify="right")
    for name, count in counts.most_common(ROWS):
        made.add_row(plain(name), f"{count:,}")
    if not counts:
        made.add_row("none", "")
    if len(counts) > ROWS:
        rest = sum(counts.values()) - sum(count for _, count in counts.most_common(ROWS))
        others = len(counts) - ROWS
        made.add_row(f"{others} other{'s' * (others > 1)}", f"{rest:,}")
    return made


def talkers(packets: Counter[str], size: Counter[str]) -> RenderableType:
    """Who sends most to whom."""
    from rich import box
    from rich.table import Table

    from dissect.cli.live.status import written

    made = Table(title="top talkers", box=box.SIMPLE_HEAD, title_justify="left", title_style="bold")
    made.add_column("from → to", overflow="fold")
    made.add_column("packets", justify="right")
    made.add_column("bytes", justify="right")
    for name, count in size.most_common(ROWS):
        made.add_row(plain(name), f"{packets[name]:,}", written(count))
    return made


def _tally(counter: Counter[str], series: pl.Series) -> None:
    import polars as pl

    for name, count in series.cast(pl.String).value_counts().iter_rows():
        counter[name] += count
