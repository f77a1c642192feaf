"""The list of many packets at once is the text that the one-packet reader writes."""

from __future__ import annotations

import os
import random
import re
import time
from pathlib import Path

import numpy as np
import pytest
from bulk.comparing import batch_of
from bulk.test_agreement import OURS, PUBLIC, corpus, frame_strategy, mutated, opened
from export.forms import block, compare, compare_frames
from hypothesis import given, settings
from hypothesis import strategies as st

from dissect.bulk.block import Block
from dissect.cli.output import SPELLED
from dissect.export import Job, Part, first_time, job, joined, limited
from dissect.export.lines import Look, lines
from dissect.packet import Frame

PLAIN = (
    bytes(12) + b"\x08\x00\x45\0\0\x28" + bytes(3) + b"\0\x40\x06\0\0" + bytes(8) + bytes(12) + b"\x50\x02" + bytes(6)
)


@pytest.mark.parametrize("path", [*OURS, *PUBLIC], ids=lambda path: path.name)
def test_captures(path: Path) -> None:
    frames = opened(path)
    if frames is None:
        return
    with frames:
        for batch in frames.batches():
            compare(batch, 300)


def test_changed_bytes() -> None:
    """With a fixed seed; $DISSECT_LAWS_ROUNDS asks for longer runs."""
    chance = random.Random(int(os.environ.get("DISSECT_LAWS_SEED", "9293")))
    for _ in range(int(os.environ.get("DISSECT_LAWS_ROUNDS", "3000")) // 300):
        compare_frames([mutated(chance) for _ in range(300)])


@settings(max_examples=60, deadline=None)
@given(st.lists(frame_strategy, min_size=1, max_size=20))
def test_any_bytes_on_every_link(frames: list[Frame]) -> None:
    compare_frames(frames)


def test_more_packets_than_are_laid_side_by_side_at_once() -> None:
    frames = [frame for frame in corpus() for _ in range(9)]
    found = lines(block(batch_of(frames)), Look(), 0).decode().splitlines()
    assert len(found) == len(frames) > 5000
    assert [int(each.split()[0]) for each in found] == list(range(1, len(frames) + 1))


def test_colour_adds_nothing_but_colour() -> None:
    batch = block(batch_of(corpus()))
    plain, coloured = (lines(batch, Look(colour=colour), 0).decode() for colour in (False, True))
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
    assert "\x1b[36mTCP\x1b[0m" in coloured
    assert "\x1b" not in plain


def test_ascii_is_what_an_ascii_terminal_shows() -> None:
    batch = block(batch_of(corpus()))
    plain = lines(batch, Look(), 0).decode().replace("→", SPELLED["→"])
    assert lines(batch, Look(ascii=True), 0).decode("ascii") == plain


def test_local_times_follow_the_clock_being_put_forward(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        batch = batch_of([Frame(PLAIN)] * 3)
        moved = block(batch)
        moved.index.time[:] = [1_711_846_799_999_999_999, 1_711_846_800_000_000_000, -1]
        found = [line[6:32] for line in lines(moved, Look(times="local")).decode().splitlines()]
        assert found == ["2024-03-31 01:59:59.999999", "2024-03-31 03:00:00.000000", "1970-01-01 00:59:59.999999"]
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("time", "started", "expected"),
    [
        (-(2**63), 2**63 - 1, "-18446744073.709551"),
        (2**63 - 1, -(2**63), "18446744073.709551"),
        (1, 0, "0.000000"),
        (-1500, 0, "-0.000001"),
    ],
)
def test_times_far_apart(time: int, started: int, expected: str) -> None:
    one = block(batch_of([Frame(PLAIN)]))
    one.index.time[:] = time
    assert lines(one, Look(), started).decode().split()[1] == expected


def parts(work: Job, whole: Block, sizes: list[int]) -> list[Part]:
    """The job's parts for a block cut in pieces."""
    ends = np.cumsum(sizes).tolist()
    started = first_time(whole)
    return [work(whole.take(np.arange(end - size, end)), started) for end, size in zip(ends, sizes, strict=True)]


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("untimed", [(), (0,), (3, 4), (0, 1, 2, 3, 4, 5)])
def test_times_between_packets_of_different_blocks(colour: bool, untimed: tuple[int, ...]) -> None:
    whole = block(batch_of([Frame(PLAIN)] * 10))
    whole.index.time[:] = [number * number * 10**9 for number in range(10)]
    whole.index.timed[list(untimed)] = False
    work = job(times="delta", colour=colour)
    together = work(whole, first_time(whole)).data
    text, previous = b"", None
    for part in parts(work, whole, [3, 3, 1, 3]):
        text += joined(part, previous)
        previous = part.last if part.last is not None else previous
    assert text == together
    if not untimed and not colour:
        assert [float(each.split()[1]) for each in text.decode().splitlines()] == [
            0.0,
            *(2 * n - 1 for n in range(1, 10)),
        ]


def test_a_part_can_be_cut() -> None:
    part = job()(block(batch_of(corpus()[:20])), 0)
    cut = limited(part, 7)
    assert (cut.count, cut.data) == (7, b"".join(part.data.splitlines(keepends=True)[:7]))
    assert limited(part, 20) is part


def test_the_filter_of_a_job() -> None:
    part = job(filter="tcp.flags.syn == 1")(block(batch_of(corpus())), 0)
    found = part.data.decode().splitlines()
    assert part.count == len(found) > 50
    assert all("[SYN" in each for each in found if " TCP " in each)
