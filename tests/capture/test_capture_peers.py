"""Public captures, read here and by tshark: the same packets, lengths and times.

The folder is $DISSECT_PUBLIC_CAPTURES, or ../shared/captures beside the checkout; without it, or
without tshark, nothing is tested.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from dissect.capture import CaptureError, open_frames

CHECKOUT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("DISSECT_PUBLIC_CAPTURES") or CHECKOUT.parent / "shared" / "captures")
FILES = sorted(path for path in FOLDER.rglob("*") if path.is_file()) if FOLDER.is_dir() else []
# Fractions of 2**31 microseconds and more, which tshark 4.0 keeps in a signed number.
OVERFLOW = {("timestamp_invalid_micro.pcap", 3)}
TSHARK = shutil.which("tshark")

pytestmark = [
    *([pytest.mark.peer] if FILES else []),  # without files there is nothing to compare, in CI neither
    pytest.mark.skipif(not FILES or TSHARK is None, reason="needs public captures and tshark"),
]


def theirs(path: Path) -> list[tuple[int, int, int | None]]:
    """Wire length, captured length and time in nanoseconds of every packet, by tshark.

    tshark also numbers pcapng's custom blocks, which are no packets: they have neither interface nor time.
    """
    fields = ["frame.len", "frame.cap_len", "frame.time_epoch", "frame.interface_id"]
    command = [str(TSHARK), "-n", "-r", str(path), "-T", "fields", *(word for name in fields for word in ("-e", name))]
    output = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    rows = (line.split("\t") for line in output.splitlines())
    return [
        (int(length), int(captured), nanoseconds(time))
        for length, captured, time, interface in rows
        if time or interface
    ]


def nanoseconds(time: str) -> int | None:
    if not time:
        return None
    seconds, _, fraction = time.partition(".")
    return int(seconds) * 1_000_000_000 + int(fraction)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_same_packets_as_tshark(path: Path) -> None:
    try:
        with open_frames(str(path)) as frames:
            ours = [(frame.wire_length, len(frame.data), frame.time) for frame in frames]
    except CaptureError:
        ours = []
    expected = theirs(path)
    assert len(ours) == len(expected)
    for number, (mine, other) in enumerate(zip(ours, expected, strict=True), 1):
        if (path.name, number) not in OVERFLOW:
            assert mine == other, number
