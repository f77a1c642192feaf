"""Reassembly as tshark does it: how many pieces, how long, in which packet the last one came."""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

import pytest
from decoding.crafting import V4, V6, Ends
from fragments.pieces import cuts, file, four, payload, six
from peers.test_tshark import FILES

import dissect
from dissect.fragments.datagram import Datagram, Status

TSHARK = shutil.which("tshark")
FIELDS = ("ip.fragment.count", "ip.reassembled.length", "ipv6.fragment.count", "ipv6.reassembled.length")
pytestmark = [pytest.mark.peer, pytest.mark.skipif(TSHARK is None, reason="tshark is not installed")]

Seen = dict[int, tuple[int, int]]
"""The packet that completes a datagram → how many pieces it has by then, how many bytes of data."""
INSIDE_OTHERS = {
    # tshark puts IPv6 pieces together that overlap, and those of datagrams that end twice, and says so.
    "captures/fragments-v6-overlapping.pcap",
}  # fmt: skip


def theirs(path: Path) -> Seen:
    command = [str(TSHARK), "-r", str(path), "-n", "-T", "fields", "-e", "frame.number"]
    command += [word for name in FIELDS for word in ("-e", name)]
    out = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    found: Seen = {}
    for line in out.splitlines():
        number, *values = line.split("\t")
        for count, length in (values[:2], values[2:]):
            if count:
                found[int(number)] = int(count.split(",")[0]), int(length.split(",")[0])
    return found


def completed(datagram: Datagram) -> tuple[int, int]:
    """The packet with which the data was all there, and how many pieces had come by then, duplicates too."""
    made = Datagram(datagram.identity)
    for count, tile in enumerate(datagram.tiles, 1):
        made.add(tile.piece)
        if made.complete:
            return tile.piece.number, count
    raise AssertionError


def ours(path: Path) -> Seen:
    with dissect.open(str(path)) as capture:
        found = [each for each in capture.datagrams() if each.status is Status.WHOLE]
    return {number: (count, each.end or 0) for each in found for number, count in [completed(each)]}


def written(path: Path, packets: list[bytes]) -> Path:
    path.write_bytes(file(packets))
    return path


@pytest.mark.parametrize("label", [name for name in FILES if name not in INSIDE_OTHERS])
def test_captures(label: str) -> None:
    """Those of ours and public ones; few have pieces."""
    try:
        mine = ours(FILES[label])
    except dissect.CaptureError:
        return
    assert mine == theirs(FILES[label])


@pytest.mark.parametrize("seed", range(4))
def test_many_datagrams_among_one_another(seed: int, tmp_path: Path) -> None:
    """Random cuts, orders and duplicates, IPv4 and IPv6, interleaved; some lose a piece."""
    dice = random.Random(seed)
    packets: list[bytes] = []
    for number in range(200):
        make, ends = (four, V4) if dice.random() < 0.5 else (six, V6)
        source = ends[0][:-2] + number.to_bytes(2, "big")
        own: Ends = (source, ends[1])
        data = payload(dice.randrange(40, 4000), own)
        marks = sorted({8 * dice.randrange(1, (len(data) - 1) // 8 + 1) for _ in range(dice.randrange(1, 8))})
        made = [make(data, *cut, ends=own) for cut in cuts(len(data), *marks)]
        made += dice.sample(made, k=dice.randrange(2))
        dice.shuffle(made)
        packets += made[dice.random() < 0.1 :]
    shuffled = sorted(range(len(packets)), key=lambda at: at + dice.random() * 60)
    path = written(tmp_path / "many.pcap", [packets[at] for at in shuffled])
    found = ours(path)
    assert len(found) > 150
    assert found == theirs(path)
