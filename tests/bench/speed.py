"""How fast, and with how much memory: whole processes on the same file, start-up included, output to nowhere.

Each row is run in pairs, ours and then the others, once a round; what counts is the median of the rounds' ratios.
Ratios are of wall time. Processor time stands beside it, because two of our processes may work where the peers have
one, and because machines are shared.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dissect.wire.stream import STREAM_FIELDS

from . import mixed, slow
from .process import OFTEN, SELDOM, Run, run
from .report import FEW, Measured, report

ROOT = Path(__file__).resolve().parents[2]
FILE = "FILE"  # stands for the capture in a command
NINE = (
    "frame.number", "ip.src", "ip.dst", "ip.ttl", "tcp.srcport", "tcp.dstport", "tcp.seq_raw", "tcp.flags", "tcp.len",
    "ip.checksum.status", "tcp.checksum.status",
)  # fmt: skip
STREAM = frozenset(row.name for row in STREAM_FIELDS)
CHECKED = ("-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE")
SYN = "tcp.flags.syn==1"


@dataclass(frozen=True)
class Peer:
    """Another program's command for the same work, and how many times faster ours is to be on the whole file."""

    name: str
    command: tuple[str, ...]
    goal: float


@dataclass(frozen=True)
class Row:
    """One kind of work: what follows `python -m dissect`, and the peers. `lines`: only that many are asked for."""

    key: str
    title: str
    ours: tuple[str, ...]
    peers: tuple[Peer, ...]
    lines: int | None = None
    seconds: float | None = None


def rows(every: Sequence[str]) -> list[Row]:
    """The table of goals; `every` are the fields of the three headers that both sides know."""
    tshark, tcpdump = ("tshark", "-n", "-r", FILE), ("tcpdump", "-nn", "-r", FILE)
    nine, all_ = _chosen(NINE), _chosen(every)
    return [
        Row("tsv", "nine fields and both checksum verdicts as tsv", ("read", FILE, "-T", "tsv", *nine),
            (Peer("tshark", (*tshark, *CHECKED, "-T", "fields", *nine), 25),)),
        Row("list", "the plain list", ("read", FILE),
            (Peer("tshark", tshark, 10), Peer("tcpdump", tcpdump, 1.5))),
        Row("filter", f"-Y {SYN}", ("read", FILE, "-Y", SYN), (Peer("tshark", (*tshark, "-Y", SYN), 25),)),
        Row("parquet", f"{len(every)} fields of the three headers to parquet",
            ("read", FILE, "-T", "parquet", "-o", "/dev/null", *all_),
            (Peer("tshark", (*tshark, *CHECKED, "-T", "fields", *all_), 25),)),
        Row("check", "check, all rules", ("check", FILE), (Peer("tcpdump", (*tcpdump, "-v"), 1),)),
        Row("head", "the first 20 lines", ("read", FILE), (Peer("tshark", tshark, 1),), lines=20, seconds=0.5),
    ]  # fmt: skip


def _chosen(fields: Sequence[str]) -> tuple[str, ...]:
    return tuple(word for name in fields for word in ("-e", name))


@dataclass
class Bench:
    """Where things are, and how our command is called."""

    folder: Path
    ours: list[str]
    environment: Mapping[str, str]
    captures: dict[str, Path] = field(default_factory=dict)
    packets: dict[str, int] = field(default_factory=dict)

    def run(self, row: Row, words: Sequence[str], capture: Path, looking: float = SELDOM) -> Run:
        """One run of a command on a capture."""
        command = [str(capture) if word == FILE else word for word in words]
        if row.lines:
            command = ["sh", "-c", f"{shlex.join(command)} | head -n {row.lines}"]
        return run(command, self.environment, self.folder, looking)

    def output(self, *words: str) -> str:
        """What our command prints; an error where it fails."""
        done = subprocess.run(
            [*self.ours, *words], env=self.environment, cwd=self.folder, capture_output=True, text=True, check=True
        )
        return done.stdout

    def first(self, count: int, name: str) -> Path:
        """The first packets of the whole capture as one of their own."""
        target = self.folder / f"{name}.pcap"
        self.output("read", str(self.captures["whole"]), "-c", str(count), "-w", str(target))
        return target


def prepare(options: argparse.Namespace, folder: Path) -> Bench:
    """The captures, made where they are not there yet."""
    # As a user has it: bytecode is kept, standard output buffered.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    if not options.installed:
        environment["PYTHONPATH"] = str(options.tree.resolve())
    bench = Bench(folder, [options.python, *(["-P"] if options.installed else []), "-m", "dissect"], environment)
    if options.capture is None:
        print(f"bench: {options.packets:,} packets in {folder}", file=sys.stderr)
        whole, tenth = mixed.build(folder, options.packets)
        bench.captures = {"tenth": tenth, "whole": whole}
    else:
        bench.captures = {"whole": options.capture.resolve()}
        count = mixed.packets(options.capture)
        bench.captures = {"tenth": bench.first(max(1, count // 10), "tenth-of-given"), **bench.captures}
    bench.packets = {name: mixed.packets(path) for name, path in bench.captures.items()}
    bench.captures["few"], bench.packets["few"] = bench.first(FEW, "few"), FEW
    return bench


def every_field(bench: Bench) -> list[str]:
    """The fields in the headers of IPv4, IPv6 and TCP that we know and tshark does too; all of ours without tshark.

    What only a whole connection tells stands in no header.
    """
    ours = [line.split()[0] for line in bench.output("fields").splitlines() if line.strip()]
    ours = [name for name in dict.fromkeys(ours) if name.split(".")[0] in ("ip", "ipv6", "tcp") and name not in STREAM]
    if shutil.which("tshark") is None:
        return ours
    listed = subprocess.run(["tshark", "-G", "fields"], capture_output=True, text=True, check=True).stdout
    theirs = {line.split("\t")[2] for line in listed.splitlines() if line.startswith("F\t")}
    return [name for name in ours if name in theirs]


def fault(row: Row, name: str, done: Run) -> str:
    """Why a run does not count; empty where it does. Python ends with 1 after an exception, as `check` does after
    an error in the capture: only what is said tells them apart.
    """
    found = name == "dissect" and row.key == "check" and done.status == 1
    quiet = name != "dissect" or not ("Traceback" in done.said or (row.lines and done.said.strip()))
    if quiet and (done.status == 0 or found):
        return ""
    return f"{name}: {(done.said.strip().splitlines() or [f'exit code {done.status}'])[-1]}"


def measure(bench: Bench, row: Row, rounds: int) -> Measured:
    """All runs of a row."""
    measured = Measured(row, bench.packets)
    programs = {"dissect": (*bench.ours, *row.ours)}
    programs |= {peer.name: peer.command for peer in row.peers if shutil.which(peer.command[0])}
    for size in ("few", "tenth", "whole"):  # also compiles what is not compiled
        measured.watched[size] = bench.run(row, programs["dissect"], bench.captures[size], OFTEN)
        measured.failed = measured.failed or fault(row, "dissect", measured.watched[size])
    runs: dict[tuple[str, str], list[Run]] = defaultdict(list)
    steps = [
        (size, name) for size in ("few", "tenth", "whole") for name in programs if size != "few" or name == "dissect"
    ]
    for number in range(rounds):
        for size, name in steps:
            if measured.failed:
                return measured
            done = bench.run(row, programs[name], bench.captures[size])
            runs[size, name].append(done)
            print(f"bench: {row.key}, round {number + 1}, {size}, {name}: {done.wall:.2f} s", file=sys.stderr)
            measured.failed = fault(row, name, done)
    if not measured.failed:
        measured.runs = dict(runs)
    return measured


def main(arguments: list[str]) -> int:
    """Build, measure, print."""
    options = parser(("tsv", "list", "filter", "parquet", "check", "head")).parse_args(arguments)
    with workplace(options) as bench:
        found = measured(bench, rows(every_field(bench)), options)
        if found is None:
            return 2
        report(found)
        if not options.only or "tsv" in options.only:
            slow.remark(bench.first(slow.PACKETS, "slice"), bench.captures["few"], bench.environment, found)
    return 0


@contextmanager
def workplace(options: argparse.Namespace) -> Iterator[Bench]:
    """A folder with the captures, and how our command is called there."""
    with ExitStack() as stack:
        given = options.folder or os.environ.get("DISSECT_BENCH")
        folder = Path(given or stack.enter_context(tempfile.TemporaryDirectory())).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        yield prepare(options, folder)


def measured(bench: Bench, table: Sequence[Row], options: argparse.Namespace) -> list[Measured] | None:
    """The rows that were asked for; None where there is no such row."""
    unknown = set(options.only) - {row.key for row in table}
    if unknown:
        print(f"bench: no row {', '.join(unknown)}; there are {', '.join(row.key for row in table)}", file=sys.stderr)
        return None
    found: list[Measured] = []
    try:
        for row in table:
            if not options.only or row.key in options.only:
                found.append(measure(bench, row, options.rounds))
    except KeyboardInterrupt:
        print("bench: interrupted; these rows are complete", file=sys.stderr)
    if options.json:
        options.json.write_text(json.dumps([one.plain() for one in found], indent=1))
    return found


def parser(keys: Sequence[str]) -> argparse.ArgumentParser:
    """The options of a measurement with these rows."""
    parser = argparse.ArgumentParser("python -m tests.bench", description=__doc__.splitlines()[0])
    parser.add_argument("--packets", type=int, default=3_000_000, help="of the capture that is built (3,000,000)")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each command (3)")
    parser.add_argument("--only", action="append", default=[], metavar="ROW", help=", ".join(keys))
    parser.add_argument("--capture", type=Path, metavar="FILE", help="measure on this capture instead")
    parser.add_argument("--folder", type=Path, help="where captures are kept ($DISSECT_BENCH; else a temporary folder)")
    parser.add_argument("--python", default=sys.executable, help="the interpreter that runs dissect (this one)")
    parser.add_argument("--tree", type=Path, default=ROOT, help="the source tree that is measured (this one)")
    parser.add_argument("--installed", action="store_true", help="the dissect that is installed, not the source tree")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write all numbers here too")
    return parser
