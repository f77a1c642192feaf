"""The work of several processes is that of one, in the same order; they end with whoever began them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from capture.building import both_formats, pcap_header, record, write

from dissect.bulk import stretches, workers
from dissect.bulk.baton import Turn
from dissect.bulk.block import Block
from dissect.bulk.octets import PAD
from dissect.bulk.workers import TOGETHER, Answer, Patience, _Work
from dissect.capture import open_frames
from dissect.capture.batch import Mark

ROOT = Path(__file__).parents[2]
# A process that has not used polars, with stretches so small that a little capture has many.
BEGIN = """
import json, sys, os
from dissect.bulk import workers
from dissect.capture import open_frames, window
window.CHUNK, workers.WORTH, workers.STRETCH, workers.cores = 3000, 0, 3000, lambda: 3

def make():
    from dissect.bulk.table import block_table
    return lambda block: (os.getpid(), block_table(block, ["frame.number", "frame.time_epoch", "frame.len"]).rows())

frames = open_frames(sys.argv[1])
"""
ALL = BEGIN + "print(json.dumps([list(workers.ordered(frames, make)), frames.warning, os.getpid()]))"


def python(program: str, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, timeout=60, env=environment
    )


@pytest.mark.parametrize("which", [0, 1])
def test_several_processes_give_what_one_gives(which: int, tmp_path: Path) -> None:
    path = write(tmp_path, both_formats(3000)[which])
    done = python(ALL, path)
    assert done.returncode == 0, done.stderr
    parts, warning, own = json.loads(done.stdout)
    one = python(ALL.replace("lambda: 3", "lambda: 1"), path)
    rows = [row for _, part in json.loads(one.stdout)[0] for row in part]
    assert [row for _, part in parts for row in part] == rows
    assert [row[0] for row in rows] == list(range(1, 3001))
    assert warning is None
    assert len({process for process, _ in parts} - {own}) == 3


def test_a_damaged_capture_gives_all_that_is_whole(tmp_path: Path) -> None:
    path = write(tmp_path, both_formats(3000)[0][:-5])
    parts, warning, _ = json.loads(python(ALL, path).stdout)
    assert sum(len(part) for _, part in parts) == 2999
    assert "packet 3000" in warning


def test_what_goes_wrong_elsewhere_is_raised_here(tmp_path: Path) -> None:
    path = write(tmp_path, both_formats(100)[0])
    program = BEGIN.replace('"frame.len"', '"frame.lem"') + "list(workers.ordered(frames, make))"
    done = python(program, path)
    assert "KeyError: 'frame.lem: no such field; did you mean frame.len?'" in done.stderr


def test_a_file_that_became_shorter_is_said(tmp_path: Path) -> None:
    path = write(tmp_path, both_formats(3000)[0])
    program = BEGIN + (
        "results = workers.ordered(frames, make)\n"
        "next(results)\n"
        "os.truncate(sys.argv[1], 40_000)\n"
        "list(results)\n"
        "print(frames.warning)"
    )
    done = python(program, path)
    assert "became shorter while it was read" in done.stdout or "cut short" in done.stdout, done


def test_no_process_stays_when_the_first_is_killed(tmp_path: Path) -> None:
    path = write(tmp_path, both_formats(3000)[0])
    program = BEGIN + (
        "part = next(iter(workers.ordered(frames, make)))\n"
        "print(*[line.split()[0] for line in os.popen(f'ps -o pid= --ppid {os.getpid()}')], flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    children = [int(pid) for pid in python(program, path).stdout.split()]
    assert len(children) >= 3
    deadline = time.monotonic() + 5
    while any(lives(pid) for pid in children):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def lives(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_records_without_bytes_do_not_fill_the_pipe(tmp_path: Path) -> None:
    path = write(tmp_path, pcap_header() + record(b"") * 200_000)
    parts, _, _ = json.loads(
        python(ALL.replace("0, 3000, lambda", "0, 1 << 20, lambda").replace("= 3000", "= 1 << 18"), path).stdout
    )
    assert sum(len(part) for _, part in parts) == 200_000


DRAFTS = BEGIN.replace(
    'return lambda block: (os.getpid(), block_table(block, ["frame.number", "frame.time_epoch", "frame.len"]).rows())',
    "return Drafting()",
).replace(
    "def make",
    """
class Drafting:
    awaited = True

    def __call__(self, block):
        raise AssertionError("drafts are asked for")

    def draft(self, block):
        return block.index.number.tolist()

    def completed(self, drafts):
        if sys.argv[2:] and any(int(sys.argv[2]) in draft for draft in drafts):
            raise KeyError("it cannot be completed")
        return [(os.getpid(), len(drafts), draft) for draft in drafts]

def make""",
)


@pytest.mark.parametrize("which", [0, 1])
def test_drafts_are_completed_together_and_come_in_order(which: int, tmp_path: Path) -> None:
    path = write(tmp_path, both_formats(3000)[which])
    done = python(DRAFTS + "print(json.dumps(list(workers.ordered(frames, make))))", path)
    assert done.returncode == 0, done.stderr
    parts = json.loads(done.stdout)
    assert [number for _, _, part in parts for number in part] == list(range(1, 3001))
    assert max(count for _, count, _ in parts) > 1
    assert parts[0][1] == 1, "the first answer is waited for"
    done = python(DRAFTS.replace("= True", "= False") + "print(json.dumps(list(workers.ordered(frames, make))))", path)
    patient: dict[int, list[int]] = {}
    for process, count, _ in json.loads(done.stdout):
        patient.setdefault(process, []).append(count)
    for counts in patient.values():  # nobody waits: as many at once as there are
        assert counts[0] == min(len(counts), workers.TOGETHER)


def test_long_drafts_do_not_wait_for_many(tmp_path: Path) -> None:
    path = write(tmp_path, both_formats(3000)[0])
    long = DRAFTS.replace("= True", "= False").replace(
        "class Drafting", "class Long(list):\n    size = workers.HELD // 2\n\nclass Drafting"
    )
    long = long.replace("block.index.number.tolist()", "Long(block.index.number.tolist())")
    done = python(long + "print(json.dumps(list(workers.ordered(frames, make))))", path)
    parts = json.loads(done.stdout)
    assert [number for _, _, part in parts for number in part] == list(range(1, 3001))
    by_process: dict[int, list[int]] = {}
    for process, count, _ in parts:
        by_process.setdefault(process, []).append(count)
    for counts in by_process.values():
        assert set(counts[: -counts[-1]]) <= {1, 2}, "only at the end may one more be waited for"


def test_what_goes_wrong_at_completion_is_raised_here(tmp_path: Path) -> None:
    path = write(tmp_path, both_formats(3000)[0])
    done = python(DRAFTS + "list(workers.ordered(frames, make))", path, "1500")
    assert "KeyError: 'it cannot be completed'" in done.stderr


class Log:
    """Stands for what the processes hand on and for the pipe, and remembers what happens in which order."""

    def __init__(self, mark: Mark) -> None:
        self.turn, self.happened = Turn(0, mark), list[tuple[str, int]]()

    def take(self) -> Turn:
        self.happened.append(("take", self.turn.number))
        return self.turn

    def give(self, turn: Turn) -> None:
        self.turn = turn
        self.happened.append(("give", turn.number - 1))

    def put(self, answer: Answer) -> None:
        self.happened.append(("over" if answer.over else "fault" if answer.fault else "send", answer.turn))


class Patient:
    """A job whose drafts wait for one another; it fails at the packet `fails`."""

    awaited = False

    def __init__(self, fails: int) -> None:
        self.fails = fails

    def __call__(self, block: Block) -> int:
        return len(block)

    def draft(self, block: Block) -> int:
        if self.fails in block.index.number:
            raise KeyError("it cannot be drafted")
        return len(block)

    def completed(self, drafts: list[int]) -> list[int]:
        return drafts


@pytest.mark.parametrize("cut", [0, 5])
@pytest.mark.parametrize("fails", [0, 90, 2000])
def test_a_process_answers_in_the_order_of_its_turns_and_keeps_nobody_waiting(
    cut: int, fails: int, tmp_path: Path
) -> None:
    """Also with what went wrong, and with the end of the capture, whole or not: whoever is awaited is listened to only until then."""
    data = both_formats(3000)[0]
    with open_frames(write(tmp_path, data[: len(data) - cut])) as frames:
        log = Log(frames.start)
        _Work(frames, lambda: Patient(fails), 20_000, log, log, Patience(TOGETHER, 0))._work()  # type: ignore[arg-type]
    said = [(what, turn) for what, turn in log.happened if what not in ("take", "give")]
    assert [turn for _, turn in said] == list(range(len(said)))
    assert len(said) > workers.TOGETHER
    assert said[-1][0] == "over"
    assert [what for what, _ in said].count("fault") == bool(fails)
    held = 0
    for what, _ in log.happened:
        held += (what == "take") - (what == "give")
        assert not held or what == "take", "whoever waits for room in a pipe must not hold the others up"


@pytest.mark.parametrize("size", [9_000, 14_000, 20_000, 23_000])
def test_the_last_draft_is_not_alone(size: int, tmp_path: Path) -> None:
    job, together = Patient(0), list[int]()
    job.completed = lambda drafts: together.append(len(drafts)) or drafts  # type: ignore[func-returns-value, method-assign]
    with open_frames(write(tmp_path, both_formats(3000)[0])) as frames:
        log = Log(frames.start)
        _Work(frames, lambda: job, size, log, log, Patience(4, 2 * size))._work()  # type: ignore[arg-type]
    assert set(together[:-1]) == {4}
    assert 2 <= together[-1] <= 6


def test_stretches_leave_room_behind_them(tmp_path: Path) -> None:
    """The last records go to the next stretch where too few bytes are behind them; every record is in one of them."""
    path = write(tmp_path, pcap_header() + b"".join(record(bytes(number % 200)) for number in range(500)))
    with open_frames(str(path)) as frames:
        found = [stretches.stretch(frames, mark, 1500) for mark in stretches.marks(frames, 1500)]
        batches = [batch for batch in found if batch is not None]
        assert [batch.mark.number + at for batch in batches for at in range(len(batch))] == list(range(1, 501))
        room = [batch.offset + len(batch.data) - batch.behind.offset for batch in batches if batch.behind is not None]
        assert [place for place in room[:-1] if place < PAD] == []
        assert frames.warning is None
