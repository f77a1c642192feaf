"""Connections made to be followed for ever: what is kept and looked through has an end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from capture.building import pcap_header, record
from streams.wires import exchange

import dissect
from dissect.streams import paths, story
from dissect.streams.analysis import analyse
from dissect.streams.paths import follow
from dissect.streams.reasons import reasons
from dissect.streams.segments import read_segments

MANY = 5000
HEAD = bytes.fromhex("020000000002020000000001080045000028000040004006" + "0000" + "0a0000010a000002")
SYN, DATA = 0x02, 0x18


def capture(path: Path, numbers: list[int], flags: int, data: bytes = b"") -> str:
    """Segments of one end, which differ by their sequence numbers."""
    with path.open("wb") as file:
        file.write(pcap_header())
        for at, seq in enumerate(numbers):
            tcp = (1000).to_bytes(2, "big") + (80).to_bytes(2, "big") + seq.to_bytes(4, "big") + bytes(4)
            ip = HEAD[:16] + (40 + len(data)).to_bytes(2, "big") + HEAD[18:]
            file.write(record(ip + tcp + bytes([0x50, flags, 1, 0, 0, 0, 0, 0]) + data, 1_700_000_000 + at, 0))
    return str(path)


def test_of_many_copies_few_are_told(tmp_path: Path) -> None:
    with dissect.open(capture(tmp_path / "copies.pcap", [7] * MANY, DATA, b"abc")) as opened:
        segments = read_segments(opened.frames, evidence=True)
    last = reasons(analyse(segments))[-1]
    assert last.blanks["count"] == MANY
    assert last.blanks["first"] == 1
    assert len(last.waits) == story.TRIES
    assert str(last.blanks["waits"]).startswith("…, ")


def test_where_all_is_marked_less_is_looked_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(story, "STEPS", MANY * 20)
    with dissect.open(capture(tmp_path / "gaps.pcap", [at * 9 for at in range(MANY)], DATA, b"abc")) as opened:
        analysis = analyse(read_segments(opened.frames, evidence=True))
    assert story.Story(analysis, analysis.order).look == 20
    assert len(reasons(analysis)) >= MANY - 1


def test_each_opening_between_the_same_ends_is_a_stream_of_its_own(tmp_path: Path) -> None:
    with dissect.open(capture(tmp_path / "openings.pcap", [at * 7919 for at in range(MANY)], SYN)) as opened:
        segments = read_segments(opened.frames)
    assert segments.streams == MANY
    assert (segments.stream == np.arange(MANY)).all()


@pytest.mark.parametrize("flags", ["A", "S", "SA", "FA", "R"])
def test_what_is_on_its_way_is_no_more_than_can_matter(flags: str, monkeypatch: pytest.MonkeyPatch) -> None:
    longest = 0
    set_out = paths._on_its_way

    def watched(peer: paths.End, step: paths.Step) -> None:
        nonlocal longest
        set_out(peer, step)
        longest = max(longest, len(peer.coming))

    monkeypatch.setattr(paths, "_on_its_way", watched)
    opening = (("b", "S", 500, 0), ("a", "SA", 0, 501))
    follow(exchange(*opening, *(("b", flags, 501 + 3 * at, 1 if "A" in flags else 0, 2) for at in range(MANY))))
    assert 0 < longest <= paths.MOST_COMING
