"""The command: `read -T tsv -e` gives what `tshark -T fields` gives, `read -Y` selects what `tshark -Y` selects."""

from __future__ import annotations

import subprocess
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from cli.running import program
from filter.test_peers import DIFFERENCES as FILTER_DIFFERENCES
from filter.test_peers import EXPRESSIONS, merged, theirs
from peers.differences import DIFFERENCES
from peers.fields import FIELDS, TSHARK, Row, as_number, as_theirs, tshark_rows
from peers.test_tshark import FILES, covers, differences

pytestmark = [pytest.mark.peer, pytest.mark.skipif(TSHARK is None, reason="tshark is not installed")]
CHOSEN = EXPRESSIONS[::4]
"""A quarter of the expressions that the library is held to: each is a process here."""
__all__ = ["merged", "theirs"]  # fixtures


def read_rows(path: str) -> list[Row]:
    """What `read -T tsv` says of each packet, in the form of tshark's rows."""
    done = program("read", path, "-T", "tsv", *(word for name in FIELDS for word in ("-e", name)))
    header, *lines = done.stdout.decode().splitlines() or [""]
    assert not header or header.split("\t") == list(FIELDS)
    return [
        {name: [as_theirs(name, as_number(value)) for value in cell.split(",") if value]
         for name, cell in zip(FIELDS, line.split("\t"), strict=True)}
        for line in lines
    ]  # fmt: skip


@pytest.mark.parametrize("label", FILES)
def test_columns_are_tsharks_or_the_difference_has_a_reason(label: str) -> None:
    found = differences(read_rows(str(FILES[label])), list(tshark_rows(str(FILES[label]))))
    entries = [entry for entry in DIFFERENCES if fnmatchcase(label, entry.files)]
    unexplained = {at: both for at, both in found.items() if not any(covers(entry, *at) for entry in entries)}
    assert not unexplained, f"{label}: (packet, field): (ours, tshark's)"


def test_numbers_times_and_lengths_of_frames() -> None:
    """As text, digit by digit: numbers plain, times with nine decimals."""
    names = (
        "frame.number",
        "frame.time_epoch",
        "frame.time_relative",
        "frame.time_delta",
        "frame.len",
        "frame.cap_len",
        "ip.src",
        "ip.ttl",
        "tcp.seq_raw",
        "tcp.len",
    )
    words = [word for name in names for word in ("-e", name)]
    for label in ("captures/handshake.pcap", "captures/snaplen.pcap", "captures/pcap-nanoseconds.pcap"):
        path = str(FILES[label])
        ours = program("read", path, "-T", "tsv", *words).stdout.decode().splitlines()
        command = [str(TSHARK), "-n", "-r", path, "-T", "fields", "-E", "header=y", *words]
        assert ours == subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


@pytest.mark.parametrize("text", CHOSEN)
def test_the_command_selects_the_same_packets(text: str, merged: Path, theirs: dict[str, list[int]]) -> None:
    done = program("read", str(merged), "-Y", text, "-T", "tsv", "-e", "frame.number")
    assert done.returncode == 0, done.stderr
    found = [int(number) for number in done.stdout.split()[1:]]
    assert (found == theirs[text]) != (text in FILTER_DIFFERENCES)


def test_enough_expressions() -> None:
    assert len(CHOSEN) > 85
