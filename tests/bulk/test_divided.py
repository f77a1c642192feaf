"""Work divided among processes gives what one would give, in the same order, and ends with whoever began it."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from bulk.test_workers import lives, python
from streams.traffic import many

BEGIN = """
import json, os, sys
from dissect.bulk import workers
workers.cores = lambda: 3
from dissect.bulk.divided import divided, shared
"""


def test_results_are_in_order() -> None:
    program = BEGIN + "print(json.dumps([list(divided(lambda part: (part, os.getpid()), range(8))), os.getpid()]))"
    found, own = json.loads(python(program).stdout)
    assert [part for part, _ in found] == list(range(8))
    assert len({process for _, process in found}) == 3
    assert own in {process for _, process in found}


def test_what_is_shared_is_written_by_all() -> None:
    program = (
        BEGIN
        + """
import numpy as np
found = shared(8, np.int64)
def work(part):
    found[part] = part * part
list(divided(work, range(8)))
print(found.tolist())
"""
    )
    assert json.loads(python(program).stdout) == [each * each for each in range(8)]


@pytest.mark.parametrize("part", [3, 4, 5])
def test_what_goes_wrong_anywhere_is_raised_here(part: int) -> None:
    program = BEGIN + f"list(divided(lambda part: 1 / (part - {part}), range(8)))"
    assert python(program).stderr.strip().endswith("ZeroDivisionError: division by zero")


def test_a_process_that_is_gone_is_said() -> None:
    program = (
        BEGIN
        + """
own = os.getpid()
list(divided(lambda part: os.getpid() == own or os._exit(1), range(8)))
"""
    )
    assert "ended unexpectedly" in python(program).stderr


def test_nobody_listens_to_the_rest() -> None:
    program = (
        BEGIN
        + """
results = divided(lambda part: "x" * 1_000_000, range(8))
print(len(next(results)), len(next(results)))
results.close()
"""
    )
    done = python(program)
    assert (done.stdout.split(), done.stderr) == (["1000000", "1000000"], "")


def test_no_process_stays_when_the_first_is_gone() -> None:
    program = (
        BEGIN
        + """
results = divided(lambda part: "x" * 1_000_000, range(8))
next(results)
print(*[line.split()[0] for line in os.popen(f'ps -o pid= --ppid {os.getpid()}')], flush=True)
os._exit(0)
"""
    )
    children = [int(pid) for pid in python(program).stdout.split()]
    assert len(children) >= 2
    deadline = time.monotonic() + 5
    while any(lives(pid) for pid in children):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_polars_has_threads_that_no_process_may_lose() -> None:
    program = BEGIN + "import polars\nprint(json.dumps([*divided(lambda part: os.getpid(), range(8)), os.getpid()]))"
    assert len(set(json.loads(python(program).stdout))) == 1


@pytest.mark.parametrize("seed", range(3))
def test_streams_are_analysed_alike_by_one_and_by_many(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "random.pcap"
    path.write_bytes(many(seed))
    program = (
        BEGIN
        + """
from dissect.capture import open_frames
from dissect.streams import analysis
from dissect.streams.segments import gather, read_segments
from dissect.streams.summary import summary
analysis.COURSE = 20
def told(worth):
    analysis.WORTH = worth
    each = analysis.analyse(segments)
    found = summary(each)
    names = "marks duplicate_number duplicate_of acks in_flight rto rto_from rel_seq rel_ack scale first_rtt".split()
    arrays = [getattr(each, name) for name in names]
    return [array.tolist() for array in (*arrays, *found.packets, *found.data, found.again, found.noted, found.state)]
segments = read_segments(open_frames(sys.argv[1]))
one, three = told(1 << 30), told(0)
print(json.dumps([one == three, len(one[0]), max(one[0])]))
"""
    )
    same, count, most = json.loads(python(program, str(path)).stdout)
    assert same
    assert count > 20
    assert most
