"""The bulk reader gives what the one-packet reader gives: every field of every packet, presence included."""

from __future__ import annotations

import os
import random
from functools import cache
from pathlib import Path

import pytest
from bulk.comparing import batch_of, columns_of, compare
from hypothesis import given, settings
from hypothesis import strategies as st

from dissect.capture import CaptureError, open_frames
from dissect.capture.frames import Frames
from dissect.packet import Frame
from dissect.wire.registry import LINK_HEADERS

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("DISSECT_PUBLIC_CAPTURES") or ROOT.parent / "shared" / "captures")
OURS = sorted((ROOT / "captures").glob("*.pcap*"))
PUBLIC = sorted(path for path in SHARED.rglob("*") if path.suffix in (".pcap", ".pcapng", ".cap"))
LINKS = [*LINK_HEADERS, 147]


def opened(path: Path) -> Frames | None:
    try:
        return open_frames(str(path))
    except CaptureError:
        return None


@pytest.mark.parametrize("path", [*OURS, *PUBLIC], ids=lambda path: path.name)
def test_captures(path: Path) -> None:
    frames = opened(path)
    if frames is None:
        return
    with frames:
        for batch in frames.batches():
            compare(batch)


@cache
def corpus() -> list[Frame]:
    """Packets of our captures, the long ones without most of their payload."""
    found: list[Frame] = []
    for path in OURS:
        frames = opened(path)
        if frames is not None:
            with frames:
                found += [frame for frame in frames if len(frame.data) < 1600]
    return found


def shortened(frame: Frame, data: bytes, length: int) -> Frame:
    return Frame(data, frame.link, time=0, length=length, fcs=frame.fcs)


def mutated(chance: random.Random) -> Frame:
    """A packet of ours with some bytes changed, and perhaps cut."""
    frame = chance.choice(corpus())
    data = bytearray(frame.data)
    for _ in range(chance.choice((0, 1, 1, 2, 3, 5))):
        if data:
            data[chance.randrange(min(len(data), 120))] = chance.choice(
                (0, 1, 4, 0x45, 0x60, 0xFF, chance.randrange(256))
            )
    length = max(0, frame.wire_length + chance.choice((0, 0, 0, 4, -4)))
    cut = chance.choice((len(data), len(data), chance.randint(0, len(data))))
    return shortened(frame, bytes(data[:cut]), length)


def test_changed_bytes() -> None:
    """With a fixed seed; $DISSECT_LAWS_ROUNDS asks for longer runs."""
    chance = random.Random(int(os.environ.get("DISSECT_LAWS_SEED", "8200")))
    for _ in range(int(os.environ.get("DISSECT_LAWS_ROUNDS", "3000")) // 300):
        compare(batch_of([mutated(chance) for _ in range(300)]))


frame_strategy = st.builds(
    Frame,
    data=st.binary(max_size=160),
    link=st.sampled_from(LINKS),
    length=st.sampled_from([-1, 0, 40, 1500, 70000]),
    fcs=st.sampled_from([0, 4]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(frame_strategy, min_size=1, max_size=20))
def test_any_bytes_on_every_link(frames: list[Frame]) -> None:
    compare(batch_of(frames))


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
    compare(batch_of([Frame(data, link), Frame(data[:200], link)]))


def test_packets_that_reach_a_header_by_different_ways_keep_their_order() -> None:
    """Tagged and plain frames in turn: all have one IP header, which the tagged ones reach later."""
    plain = bytes(12) + b"\x08\x00\x45" + bytes(8) + b"\x06" + bytes(40)
    tagged = bytes(12) + b"\x81\x00\x00\x05\x08\x00\x45" + bytes(8) + b"\x06" + bytes(40)
    batch = batch_of([Frame(plain if number % 3 else tagged) for number in range(20)])
    compare(batch)
    assert columns_of(batch, ["vlan.id", "ip.ttl"])["vlan.id"].null_count() == 13
