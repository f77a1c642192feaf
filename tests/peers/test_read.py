"""The command: `read -T tsv -e` gives what `tshark -T fields` gives."""

from __future__ import annotations

import subprocess
from fnmatch import fnmatchcase

import pytest
from cli.running import program
from peers.differences import DIFFERENCES
from peers.fields import FIELDS, TSHARK, Row, as_number, as_theirs, tshark_rows
from peers.test_tshark import FILES, covers, differences

pytestmark = [pytest.mark.peer, pytest.mark.skipif(TSHARK is None, reason="tshark is not installed")]


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
