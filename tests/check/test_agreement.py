"""The checks find the same in a batch as in each packet by itself."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from bulk.comparing import batch_of
from bulk.test_agreement import OURS, PUBLIC, frame_strategy, mutated, opened
from check.agreeing import agree, in_bulk, marked
from decoding.vectors import VECTORS
from hypothesis import given, settings
from hypothesis import strategies as st

from dissect.decoding import decode_frame
from dissect.packet import Frame
from dissect.render.listing import signs


@pytest.mark.parametrize("path", [*OURS, *PUBLIC], ids=lambda path: path.name)
def test_captures(path: Path) -> None:
    frames = opened(path)
    if frames is None:
        return
    with frames:
        for batch in frames.batches():
            agree(batch)


def test_every_vector() -> None:
    frames = [Frame(v.data, v.link, length=v.length, fcs=v.fcs) for v in VECTORS if not v.first and len(v.data) < 60000]
    agree(batch_of(frames))


def test_changed_bytes() -> None:
    """With a fixed seed; $DISSECT_LAWS_ROUNDS asks for longer runs."""
    chance = random.Random(int(os.environ.get("DISSECT_LAWS_SEED", "5722")))
    for _ in range(int(os.environ.get("DISSECT_LAWS_ROUNDS", "6000")) // 300):
        agree(batch_of([mutated(chance) for _ in range(300)]))


def test_changed_vectors() -> None:
    """Packets that break a rule, with a few bytes changed."""
    chance = random.Random(int(os.environ.get("DISSECT_LAWS_SEED", "1812")))
    vectors = [vector for vector in VECTORS if not vector.first and len(vector.data) < 2000]
    for _ in range(int(os.environ.get("DISSECT_LAWS_ROUNDS", "6000")) // 300):
        frames = []
        for vector in chance.choices(vectors, k=300):
            data = bytearray(vector.data)
            for _ in range(chance.choice((0, 1, 1, 2, 4))):
                if data:
                    at = chance.randrange(min(len(data), 120))
                    data[at] = chance.choice((0, 1, 4, 0x45, 0x60, 0xFF, data[at] ^ 1 << chance.randrange(8)))
            cut = chance.choice((len(data), len(data), chance.randint(0, len(data))))
            length = max(cut, len(data) + chance.choice((0, 0, 4)))
            frames.append(Frame(bytes(data[:cut]), vector.link, length=length, fcs=vector.fcs))
        agree(batch_of(frames))


@settings(max_examples=60, deadline=None)
@given(st.lists(frame_strategy, min_size=1, max_size=20))
def test_any_bytes_on_every_link(frames: list[Frame]) -> None:
    agree(batch_of(frames))


@pytest.mark.parametrize(
    ("data", "link"),
    [
        (b"\0\0\0\0" * 500, 219),
        (bytes(12) + b"\x81\0" + b"\x00\x01\x81\x00" * 500, 1),
        ((b"\x45\0\0\0" + bytes(5) + b"\x04" + bytes(10)) * 200, 228),
        ((b"\x60" + bytes(5) + b"\x29\x40" + bytes(32)) * 200, 229),
        (b"\x60" + bytes(5) + b"\x3c\x40" + bytes(32) + (b"\x3c\0" + bytes(6)) * 200, 229),
        (b"\x60" + bytes(5) + b"\x00\x40" + bytes(32) + bytes(4000), 229),
    ],
)
def test_nesting_ends(data: bytes, link: int) -> None:
    batch = batch_of([Frame(data, link), Frame(data[:200], link), Frame(data[:404], link)])
    agree(batch)
    if link == 219:
        assert any(rule == "layers.deep" for _, _, rule, _ in in_bulk(batch))


def test_marks_are_the_kinds_and_severities_of_a_packet() -> None:
    frames = [Frame(v.data, v.link, length=v.length, fcs=v.fcs) for v in VECTORS if not v.first and len(v.data) < 60000]
    batch = batch_of(frames)
    packets = [decode_frame(batch.frame(number)) for number in range(batch.mark.number, batch.stop)]
    assert marked(batch) == [signs(packet) for packet in packets]
