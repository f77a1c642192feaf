"""How fast columns are read: nine fields and both checksum verdicts as tsv, beside `tshark -T fields`.

Whole processes on the same file, start-up included, output to nowhere; the median of paired runs.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from itertools import cycle
from pathlib import Path

from capture.building import pcap_header, record

from dissect.capture import CaptureError, open_frames

ROOT = Path(__file__).resolve().parents[2]
FIELDS = (
    "frame.number", "ip.src", "ip.dst", "ip.ttl", "tcp.srcport", "tcp.dstport", "tcp.seq_raw", "tcp.flags", "tcp.len",
    "ip.checksum.status", "tcp.checksum.status",
)  # fmt: skip
OURS = """
import sys
from dissect import open
from dissect.bulk.table import tables
from dissect.bulk.text import readable
with open(sys.argv[1]) as capture:
    for table in tables(capture.frames, sys.argv[2:]):
        readable(table).write_csv(sys.stdout.buffer, separator="\\t", include_header=False)
"""
COLUMNS_ONLY = """
import sys
from dissect import open
from dissect.bulk.table import tables
with open(sys.argv[1]) as capture:
    print(sum(len(table) for table in tables(capture.frames, sys.argv[2:])))
"""
CHECKED = ("-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o", "tcp.relative_sequence_numbers:FALSE")


def build(path: Path, count: int) -> None:
    """A capture of `count` Ethernet packets: those that lie in `captures/`, and with TCP data of usual sizes, again and again."""
    packets = [data for data in _packets() if len(data) <= 1514]
    with path.open("wb") as file:
        file.write(pcap_header())
        for number, data in zip(range(count), cycle(packets), strict=False):
            file.write(record(data, 1_700_000_000 + number // 50_000, number % 50_000 * 20))


def _packets() -> list[bytes]:
    shared = Path(os.environ.get("DISSECT_PUBLIC_CAPTURES") or ROOT.parent / "shared" / "captures")
    found: list[bytes] = []
    for path in (*sorted((ROOT / "captures").glob("*.pcap*")), *sorted(shared.rglob("*.pcap*"))):
        try:
            with open_frames(str(path)) as frames:
                found += [frame.data for frame in frames if frame.link == 1][:500]
        except CaptureError:
            continue
    return found


def seconds(command: list[str]) -> float:
    """How long a whole process takes, its output thrown away."""
    begin = time.perf_counter()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, env=environment)
    return time.perf_counter() - begin


def commands(path: Path) -> dict[str, list[str]]:
    """What is compared."""
    found = {
        "dissect, columns": [sys.executable, "-P", "-c", COLUMNS_ONLY, str(path), *FIELDS],
        "dissect, tsv": [sys.executable, "-P", "-c", OURS, str(path), *FIELDS],
    }
    if tshark := shutil.which("tshark"):
        fields = [word for name in FIELDS for word in ("-e", name)]
        found["tshark"] = [tshark, "-r", str(path), "-n", *CHECKED, "-T", "fields", *fields]
    return found


def main(path: Path, count: int, rounds: int = 3) -> None:
    """Prints the table."""
    if not path.exists():
        build(path, count)
    runs = commands(path)
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, command in runs.items():
            times[name].append(seconds(command))
    slowest = statistics.median(times["tshark"]) if "tshark" in times else None
    for name, taken in times.items():
        middle = statistics.median(taken)
        ratio = f"{slowest / middle:6.1f} times tshark" if slowest else ""
        print(f"{name:20} {middle:8.2f} s  {count / middle / 1e6:6.2f} M packets/s  {ratio}")
