"""Every field of IPv4, IPv6, TCP and UDP as tshark has it, in every packet of every capture.

Compared are the captures of this project and, where the folder exists, public ones: it is
$DISSECT_PUBLIC_CAPTURES, or ../shared/captures beside the checkout.
"""

from __future__ import annotations

import os
import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from peers.differences import DIFFERENCES, Difference
from peers.fields import FIELDS, TSHARK, Row, dissect_rows, tshark_rows

CHECKOUT = Path(__file__).resolve().parents[2]
OWN = CHECKOUT / "captures"
PUBLIC = Path(os.environ.get("DISSECT_PUBLIC_CAPTURES") or CHECKOUT.parent / "shared" / "captures")
CAPTURE = re.compile(r"\.(pcap|pcapng|cap)(\.(gz|zst))?$")


def captures() -> dict[str, Path]:
    """Label → path: `captures/` for our own files, then the public ones by their folder."""
    found = {f"captures/{path.name}": path for path in sorted(OWN.iterdir()) if CAPTURE.search(path.name)}
    if PUBLIC.is_dir():
        found |= {
            path.relative_to(PUBLIC).as_posix(): path
            for path in sorted(PUBLIC.rglob("*"))
            if path.is_file() and CAPTURE.search(path.name)
        }
    return found


FILES = captures()
needs_tshark = [pytest.mark.peer, pytest.mark.skipif(TSHARK is None, reason="tshark is not installed")]


def differences(mine: list[Row], theirs: list[Row]) -> dict[tuple[int, str], tuple[object, object]]:
    """(packet, field) → both values, where they are not the same."""
    return {
        (number, name): (a[name], b[name])
        for number, (a, b) in enumerate(zip(mine, theirs, strict=True), 1)
        for name in FIELDS
        if a[name] != b[name]
    }


def covers(entry: Difference, number: int, name: str) -> bool:
    return (entry.packets is None or number in entry.packets) and fnmatchcase(name, entry.fields)


class TestAgainstTshark:
    pytestmark = needs_tshark

    @pytest.mark.parametrize("label", FILES)
    def test_fields_are_tsharks_or_the_difference_has_a_reason(self, label: str) -> None:
        path = str(FILES[label])
        found = differences(list(dissect_rows(path)), list(tshark_rows(path)))
        entries = [entry for entry in DIFFERENCES if fnmatchcase(label, entry.files)]
        unexplained = {at: both for at, both in found.items() if not any(covers(entry, *at) for entry in entries)}
        assert not unexplained, f"{label}: (packet, field): (ours, tshark's)"
        stale = [entry for entry in entries if not any(covers(entry, *at) for at in found)]
        assert not stale, f"{label}: no such difference any more"

    def test_the_comparison_notices_a_difference(self) -> None:
        """One field changed in one packet is found, so agreement means something."""
        path = str(FILES["captures/handshake.pcap"])
        mine, theirs = list(dissect_rows(path)), list(tshark_rows(path))
        assert differences(mine, theirs) == {}
        mine[2]["tcp.seq_raw"] = [0]
        assert list(differences(mine, theirs)) == [(3, "tcp.seq_raw")]


def test_our_own_captures_are_always_compared() -> None:
    """Without a folder of public captures the test still has all of ours."""
    own = [label for label in FILES if label.startswith("captures/")]
    assert len(own) == len([path for path in OWN.iterdir() if CAPTURE.search(path.name)]) > 50
    assert bool(set(FILES) - set(own)) == PUBLIC.is_dir()


def test_every_difference_names_a_file() -> None:
    """An entry for a file that is gone says nothing; public files may be absent altogether."""
    for entry in DIFFERENCES:
        if entry.files.startswith("captures/") or PUBLIC.is_dir():
            assert any(fnmatchcase(label, entry.files) for label in FILES), entry


def test_reasons_cite_a_section_or_name_what_is_out_of_scope() -> None:
    for entry in DIFFERENCES:
        assert re.match(r"RFC \d+( §[\d.]+)?|LINKTYPE_|encapsulation out of scope: ", entry.reason), entry
