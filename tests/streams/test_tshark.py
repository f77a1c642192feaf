"""Every number and mark of every packet as tshark has it, or with a reason."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from peers.test_tshark import FILES, PUBLIC, covers, needs_tshark
from streams.differences import DIFFERENCES
from streams.telling import COMPARED, Row, by_columns, by_tshark, segments_of
from streams.traffic import many

from dissect.capture import CaptureError

OF_THE_WHOLE = "tcp.completeness"
"""tshark says of each packet what the ones before it made of the connection; here it is the same for all."""


def differences(path: str) -> dict[tuple[int, str], tuple[object, object]]:
    """(packet, field) → both values, where they are not the same."""
    mine = by_columns(segments_of(path))
    none: Row = dict.fromkeys(COMPARED)
    return {
        (number, name): (mine.get(number, none)[name], row[name])
        for number, row in by_tshark(path)
        for name in COMPARED
        if mine.get(number, none)[name] != row[name] and name != OF_THE_WHOLE
    }


class TestAgainstTshark:
    pytestmark = needs_tshark

    @pytest.mark.parametrize("label", FILES)
    def test_streams_are_tsharks_or_the_difference_has_a_reason(self, label: str) -> None:
        try:
            found = differences(str(FILES[label]))
        except CaptureError:
            pytest.skip("cannot be read")
        entries = [entry for entry in DIFFERENCES if fnmatchcase(label, entry.files)]
        unexplained = {at: both for at, both in found.items() if not any(covers(entry, *at) for entry in entries)}
        assert not unexplained, f"{label}: (packet, field): (ours, tshark's)"
        stale = [entry for entry in entries if not any(covers(entry, *at) for at in found)]
        assert not stale, f"{label}: no such difference any more"

    @pytest.mark.parametrize("seed", range(100, 104))
    def test_random_traffic_is_told_alike(self, seed: int, tmp_path: Path) -> None:
        path = tmp_path / "random.pcap"
        path.write_bytes(many(seed, 150))
        assert differences(str(path)) == {}

    def test_the_last_packet_has_the_completeness_that_tshark_ends_with(self) -> None:
        """Of a stream's packets the last one has it in tshark too, but for what it brings itself."""
        path = str(FILES["captures/handshake.pcap"])
        mine = by_columns(segments_of(path))
        theirs = dict(by_tshark(path))
        assert mine[len(mine)][OF_THE_WHOLE] == theirs[len(mine)][OF_THE_WHOLE] == 31


def test_every_difference_names_a_file_and_a_reason() -> None:
    for entry in DIFFERENCES:
        if entry.files.startswith("captures/") or PUBLIC.is_dir():
            assert any(fnmatchcase(label, entry.files) for label in FILES), entry
        assert re.match(r"RFC \d+ §[\d.]+|encapsulation out of scope: ", entry.reason), entry
