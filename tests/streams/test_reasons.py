"""Why a packet has a mark, told in both languages, for what the kernel was recorded doing."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import numpy as np
import pytest
from streams.traffic import many

import dissect
from dissect.explain import sentences
from dissect.explain.language import language
from dissect.streams.analysis import analyse
from dissect.streams.marks import Mark
from dissect.streams.reasons import Reason, reasons
from dissect.streams.segments import read_segments


def told(path: str, stream: int = 0) -> list[Reason]:
    with dissect.open(path) as capture:
        segments = read_segments(capture.frames, evidence=True)
    return reasons(analyse(segments), np.flatnonzero(segments.stream == stream))


EXPECTED = {
    ("retransmission", 5): ("retransmission", True, "repeats packet 4 after 224 ms without an acknowledgment"),
    ("retransmission", 8): ("retransmission.doubled", True, "try 5 at the data of packet 4, the timeout doubling: 0.224, 0.46, 0.928, 1.82 s"),
    ("syn-retransmission", 4): ("retransmission.doubled", True, "try 4 at the data of packet 1"),
    ("fast-retransmit", 13): ("duplicate_ack.third.sack", True, "third duplicate of the ACK in packet 10"),
    ("fast-retransmit", 14): ("fast_retransmission.sack", True, "repeats packet 5, 0.016 ms after the last of 3 duplicate ACKs (11, 12, 13)"),
    ("reordering", 12): ("lost_segment.later", True, "512 bytes before it are missing; packet 14 brings them later"),
    ("reordering", 14): ("out_of_order.id", True, "so it was overtaken"),
    ("duplicate-sack", 5): ("retransmission.dsack", True, "packet 6 reports by D-SACK that both copies arrived"),
    ("spurious-retransmission", 6): ("spurious_retransmission.dsack", True, "which packet 5 had acknowledged already"),
    ("spurious-retransmission", 7): ("duplicate_ack.dsack", True, "bytes 1–18 came twice"),
    ("zero-window", 7): ("window_full", True, "goes to the last byte of the 2,896 that packet 6 allows"),
    ("zero-window", 8): ("zero_window", True, "the window of 2,896 bytes from packet 6 is used up"),
    ("zero-window", 9): ("keep_alive.probe", True, "so Linux probes the window that packet 8 closed"),
    ("zero-window", 14): ("window_update.opened", True, "the window opens again"),
    ("keep-alive", 6): ("keep_alive", True, "after 1 s of silence"),
    ("keep-alive", 7): ("keep_alive_ack", True, "answers the keep-alive in packet 6"),
    ("lossy-receiver", 65): ("out_of_order.newer", True, "its timestamp is newer, so it was sent later"),
}  # fmt: skip


@pytest.mark.parametrize(("sample", "number"), EXPECTED)
def test_reasons_of_what_was_recorded(sample: str, number: int) -> None:
    key, sure, says = EXPECTED[sample, number]
    found = next(each for each in told(f"sample:{sample}") if each.number == number)
    assert (found.key, found.sure) == (key, sure)
    assert says in language("en").reason(found.key, found.blanks, sure=found.sure)


def test_ports_used_again_name_the_connection_before() -> None:
    (found,) = told("sample:port-reuse", 1)
    assert (found.number, found.mark, found.blanks) == (10, Mark.REUSED_PORTS, {"stream": 0})


def test_waits_are_numbers() -> None:
    waits = [each.waits for each in told("sample:retransmission")][-1]
    assert len(waits) == 5
    assert all(1.6 < later / earlier < 2.6 for earlier, later in itertools.pairwise(waits))


@pytest.mark.parametrize("code", ["en", "zh"])
def test_every_sentence_can_be_said(code: str, tmp_path: Path) -> None:
    """All marks of random traffic have a reason, whose blanks are those of the sentence."""
    path = tmp_path / "random.pcap"
    path.write_bytes(many(3, 120))
    with dissect.open(str(path)) as capture:
        segments = read_segments(capture.frames, evidence=True)
    analysis = analyse(segments)
    count = 0
    for stream in range(segments.streams):
        for each in reasons(analysis, np.flatnonzero(segments.stream == stream)):
            count += 1
            text = sentences("words", code)[f"reason.{each.key}"]
            assert set(re.findall(r"\{(\w+)\}", text)) <= set(each.blanks), each
            assert "{" not in language(code).reason(each.key, each.blanks, sure=each.sure)
    assert count == sum(bin(marks).count("1") for marks in analysis.marks.tolist())


def test_a_guess_is_called_one() -> None:
    assert language("en").reason("lost_segment", {"bytes": 7}, sure=False).endswith(" (a guess)")
