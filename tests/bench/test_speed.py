"""What counts as a measurement: a program that failed was not fast."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from bench import process, speed

ROWS = {row.key: row for row in speed.rows(["ip.src"])}
CRASH = "Traceback (most recent call last):\n  File ...\nAttributeError: no such thing"


@pytest.mark.parametrize(
    ("row", "name", "status", "said", "counts"),
    [
        ("tsv", "dissect", 0, "", True),
        ("tsv", "dissect", 1, "", False),
        ("tsv", "dissect", 2, "dissect: no such field", False),
        ("tsv", "dissect", -9, "", False),
        ("check", "dissect", 1, "", True),
        ("check", "dissect", 1, CRASH, False),
        ("check", "tcpdump", 1, "", False),
        ("check", "tcpdump", 0, "reading from file", True),
        ("head", "dissect", 0, CRASH, False),
        ("head", "tshark", 0, "Running as user root", True),
    ],
)
def test_only_a_run_that_did_the_work_counts(row: str, name: str, status: int, said: str, counts: bool) -> None:
    fault = speed.fault(ROWS[row], name, process.Run(1.0, 1.0, 1, status, said))
    assert (fault == "") is counts
    assert counts or fault.startswith(f"{name}: ")


def test_a_run_has_the_time_and_the_memory_of_all_its_processes(tmp_path: Path) -> None:
    work = (
        "data = b'x' * 60_000_000; import time; end = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
    )
    both = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {work!r}]); print('said', file=sys.stderr); sys.exit(3)"
    done = process.run([sys.executable, "-c", both], os.environ, tmp_path, process.OFTEN)
    assert (done.status, done.said) == (3, "said\n")
    assert done.processor >= 0.3
    assert 60e6 < done.memory < 200e6


def test_processes_that_nobody_waited_for_are_counted(tmp_path: Path) -> None:
    work = "import time\nwhile time.process_time() < 0.5: pass"
    parent = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {work!r}]); time.sleep(3)"
    assert process.run([sys.executable, "-c", parent], os.environ, tmp_path, process.OFTEN).processor >= 0.4
