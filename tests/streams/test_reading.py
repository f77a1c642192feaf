"""Segments are the same whichever way they are read: straight or by the walk, block by block or the rare ones later."""

from __future__ import annotations

import os
import random
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bulk.comparing import batch_of
from bulk.test_agreement import OURS, PUBLIC, mutated, opened
from streams.traffic import Sent, frame

from dissect.bulk.block import Block, block_of, blocks, gathered
from dissect.bulk.group import Group
from dissect.bulk.straight import straight
from dissect.bulk.walk import Walk
from dissect.packet import Frame
from dissect.streams import reading
from dissect.streams.reading import Reading, part_of
from dissect.streams.segments import Segments, gather

CAPTURES = [*OURS, *PUBLIC]


def whole(path: Path, size: int) -> list[Block]:
    """The blocks of a capture, of some batches each."""
    frames = opened(path)
    if frames is None:
        return []
    with frames:
        found = list(blocks(frames))
    return [
        block.take(np.arange(at, min(at + size, len(block)))) for block in found for at in range(0, len(block), size)
    ]


def told(segments: Segments) -> dict[str, Any]:
    """All that segments hold, with addresses as text: their numbers depend on which was met first."""
    found: dict[str, Any] = {}
    for each in fields(segments):
        value = getattr(segments, each.name)
        if each.name == "evidence" and value is not None:
            found |= {name: np.asarray(array).tolist() for name, array in vars(value).items() if name != "mss"}
            found["mss"] = [array.tolist() for array in value.mss]
        elif each.name == "ends":
            found["ends"] = [[(segments.address(end), end & 0xFFFF) for end in pair] for pair in value.tolist()]
        elif each.name not in ("v6", "evidence"):
            found[each.name] = [np.asarray(array).tolist() for array in value] if isinstance(value, tuple) else value
    return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in found.items()}


def walking(monkeypatch: pytest.MonkeyPatch, found: Iterable[Block]) -> dict[str, Any]:
    """What the walk alone finds."""
    with monkeypatch.context() as patch:
        patch.setattr(reading, "straight", lambda _, group: group)
        return told(gather(part_of(block, evidence=True) for block in found))


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.name)
def test_straight_is_where_the_walk_leads(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = whole(path, 1 << 20)
    if found:
        assert told(gather(part_of(block, evidence=True) for block in found)) == walking(monkeypatch, found)


def test_changed_packets_are_read_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(int(os.environ.get("DISSECT_LAWS_SEED", "8201")))
    rare = 0
    for _ in range(int(os.environ.get("DISSECT_LAWS_ROUNDS", "6000")) // 300):
        block = block_of(next(gathered([batch_of([mutated(chance) for _ in range(300)])])))
        expected = walking(monkeypatch, [block])
        assert told(gather([part_of(block, evidence=True)])) == expected
        reader = Reading(evidence=True)
        draft = reader.draft(block)
        assert told(gather(reader.completed([draft]))) == expected
        rare += len(draft.rare or ())
    assert rare


def test_plain_packets_need_no_walk(monkeypatch: pytest.MonkeyPatch) -> None:
    """IPv4, IPv6 and tagged ones; UDP without a tunnel and ICMP that quotes nothing lead nowhere."""
    left: dict[str, int] = {}
    plain = ("handshake.pcap", "handshake-v6.pcap", "vlan.pcap", "udp.pcap", "ping-v4.pcap")

    def counted(walk: Walk, group: Group) -> Group:
        rest = straight(walk, group)
        left[path.name] = len(rest)
        return rest

    monkeypatch.setattr(reading, "straight", counted)
    for path in OURS:
        for block in whole(path, 1 << 20) if path.name in plain else ():
            part_of(block, evidence=False)
    assert left == dict.fromkeys(plain, 0)


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.name)
def test_rare_packets_can_be_read_later(path: Path) -> None:
    found = whole(path, 300)
    if found:
        later = read_later(found)
        assert later == told(gather(part_of(block, evidence=True) for block in found))


def read_later(found: list[Block]) -> dict[str, Any]:
    """What a reader finds that is given three blocks at a time."""
    reader, parts = Reading(evidence=True), []
    for at in range(0, len(found), 3):
        parts += reader.completed([reader.draft(block) for block in found[at : at + 3]])
        for block in found[at : at + 3]:
            block.aside = None
    return told(gather(parts))


def test_addresses_may_come_in_any_order() -> None:
    """IPv6 addresses are numbered as they come, block by block: which of two ends is the larger is not the same in all."""
    chance = random.Random(4291)
    hosts = [bytes.fromhex("20010db8") + chance.randbytes(12) for _ in range(30)]
    ends = [chance.sample(hosts, 2) for _ in range(60)]
    frames = []
    for number in range(900):
        at = chance.randrange(len(ends))
        sent = Sent(number, chance.randrange(2), 1, 1)
        segment = frame(sent, ((bytes(4), 50_000 + at), (bytes(4), 443)))[34:]
        source, target = ends[at][sent.end], ends[at][1 - sent.end]
        header = bytes([0x60, 0, 0, 0, 0, len(segment), 6, 64]) + source + target
        frames.append(Frame(bytes(12) + b"\x86\xdd" + header + segment, time=number))
    block = block_of(next(gathered([batch_of(frames)])))
    alone = told(gather([part_of(block, evidence=True)]))
    assert len(alone["ends"]) == len(ends)
    assert read_later([block.take(np.arange(at, at + 25)) for at in range(0, len(frames), 25)]) == alone
