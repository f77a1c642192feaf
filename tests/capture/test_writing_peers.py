"""What `Keeper` writes, read by tshark, capinfos and editcap; and public captures, written again and read back."""

from __future__ import annotations

import shutil
import subprocess
from itertools import product
from pathlib import Path

import pytest
from capture.building import write
from capture.test_capture_peers import FILES, nanoseconds
from capture.writing import Keeper, facts, frames_of, ng, pc, rewrite

from dissect.capture import CaptureError, OutputError, open_frames

CAPTURES = Path(__file__).parents[2] / "captures"
OURS = sorted(path for path in CAPTURES.glob("pcap*.pcap*") if not path.stem.startswith(("pcap-cut", "pcap-huge")))
PROGRAMS = [shutil.which(name) for name in ("tshark", "capinfos", "editcap")]
FIELDS = ("frame.len", "frame.cap_len", "frame.time_epoch", "frame.interface_name", "frame.comment", "frame.encap_type")
MADE = {
    "micro.pcap": pc(),
    "micro-big.pcap": pc(">"),
    "nano.pcap": pc(magic=0xA1B23C4D),
    "nano-big.pcap": pc(">", 0xA1B23C4D),
    "modified.pcap": pc(magic=0xA1B2CD34),
    "checked.pcap": pc(link=1 | 0x04000000 | 2 << 28),
    "little.pcapng": ng("<"),
    "big.pcapng": ng(">"),
    "sections.pcapng": ng("<") + ng(">", name=b"wlan0") + ng("<", name=b"lo"),
    "links.pcapng": ng("<") + ng("<", link=101),
}

pytestmark = [pytest.mark.peer, pytest.mark.skipif(None in PROGRAMS, reason="needs tshark, capinfos and editcap")]


def told(path: Path) -> list[list[str]]:
    """Fields of every packet, by tshark; not of custom blocks, which it numbers too: they have neither time nor name.

    Where a pcapng interface has no name, it is "unknown" to tshark, where pcap has none, empty.
    """
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", *(word for name in FIELDS for word in ("-e", name))]
    output = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    rows = [row.split("\t") for row in output.splitlines()]
    return [
        [length, captured, str(nanoseconds(time)), name.replace("unknown", ""), *rest]
        for length, captured, time, name, *rest in rows
        if time or name
    ]


def bytes_told(path: Path) -> list[str]:
    command = ["tshark", "-n", "-r", str(path), "-x"]
    text = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return ["".join(line[6:54] for line in part.splitlines()).replace(" ", "") for part in text.split("\n\n")]


def made(folder: Path, name: str) -> Path:
    return Path(write(folder, MADE[name], name))


@pytest.mark.parametrize("name", MADE)
def test_tshark_finds_the_same_packets_in_pcapng(name: str, tmp_path: Path):
    source = made(tmp_path, name)
    rewrite(source, tmp_path / "out.pcapng")
    ours, theirs = told(tmp_path / "out.pcapng"), told(source)
    assert len(ours) >= 5
    assert ours == theirs
    assert [data for data in bytes_told(tmp_path / "out.pcapng") if data] == [
        data for data in bytes_told(source) if data
    ]


@pytest.mark.parametrize("name", [name for name in MADE if name != "links.pcapng"])
def test_tshark_finds_the_same_packets_in_pcap(name: str, tmp_path: Path):
    source = made(tmp_path, name)
    rewrite(source, tmp_path / "out.pcap")
    ours, theirs = told(tmp_path / "out.pcap"), told(source)
    assert [row[:2] for row in ours] == [row[:2] for row in theirs]
    timed = [at for at, row in enumerate(theirs) if row[2] != "None"]
    assert len(timed) >= 4
    assert [ours[at][2] for at in timed] == [theirs[at][2] for at in timed]


@pytest.mark.parametrize("name", ["out.pcap", "out.pcapng", "out.pcap.gz", "out.pcapng.gz"])
def test_capinfos_knows_the_file(name: str, tmp_path: Path):
    for source in MADE:
        if source == "links.pcapng" and ".pcapng" not in name:
            continue
        keeper = rewrite(made(tmp_path, source), tmp_path / name, lambda count: range(1, count))
        command = ["capinfos", "-M", "-t", "-c", "-E", str(tmp_path / name)]
        result = subprocess.run(command, capture_output=True, text=True, check=True)
        assert result.stderr == ""
        assert "pcapng" in result.stdout if "pcapng" in name else "pcap" in result.stdout
        assert f"Number of packets:   {keeper.count}\n" in result.stdout, source


@pytest.mark.parametrize("name", [name for name in MADE if name.endswith(".pcap")])
def test_editcap_takes_the_copy(name: str, tmp_path: Path):
    """What editcap makes of the copy is what it makes of the original (it fails on several sections, and forgets pcap's
    check sequences).
    """
    source = made(tmp_path, name)
    rewrite(source, tmp_path / "out.pcapng")
    for copy, path in (("a.pcapng", source), ("b.pcapng", tmp_path / "out.pcapng")):
        subprocess.run(["editcap", str(path), str(tmp_path / copy)], check=True, capture_output=True)
    assert [facts(frame)[:4] for frame in frames_of(tmp_path / "a.pcapng")] == [
        facts(frame)[:4] for frame in frames_of(tmp_path / "b.pcapng")
    ]


def test_merged_files_are_one_capture_to_tshark(tmp_path: Path):
    names = ("micro.pcap", "little.pcapng", "nano-big.pcap", "checked.pcap")
    opened = [open_frames(write(tmp_path, MADE[name], name)) for name in names]
    batches = [next(frames.batches()) for frames in opened]
    with Keeper(str(tmp_path / "out.pcapng"), merge=True) as keeper:
        for row, batch in product(range(5), batches):
            if batch is not batches[1] or row != 3:  # a simple packet would begin a section
                keeper.keep(batch, [row])
    found = told(tmp_path / "out.pcapng")
    assert len(found) == 19
    assert [[int(row[0]), int(row[1]), row[2]] for row in found] == [
        [frame.wire_length, len(frame.data), str(frame.time)] for frame in frames_of(tmp_path / "out.pcapng")
    ]
    assert {row[3] for row in found} == {"", "eth0", "eth0.7"}


@pytest.mark.parametrize("name", ["out.pcap", "out.pcapng"])
@pytest.mark.parametrize("path", [*OURS, *FILES], ids=lambda path: path.name)
def test_public_captures_written_again(path: Path, name: str, tmp_path: Path):
    try:
        with open_frames(str(path)) as frames:
            whole = list(frames)
    except CaptureError:
        return  # no capture that can be read
    times = [frame.time is None or 0 <= frame.time < 2**32 * 10**9 for frame in whole]
    kinds = {(frame.link, frame.fcs) for frame in whole}
    if name == "out.pcap" and (len(kinds) > 1 or not all(times)):
        with pytest.raises(OutputError, match="write a .pcapng file"):
            rewrite(path, tmp_path / name)
        return
    rewrite(path, tmp_path / name)
    again = frames_of(tmp_path / name)
    assert [(frame.data, frame.link, frame.wire_length, frame.fcs) for frame in again] == [
        (frame.data, frame.link, frame.wire_length, frame.fcs) for frame in whole
    ]
    if name == "out.pcapng":
        assert [(frame.time, frame.comments) for frame in again] == [(frame.time, frame.comments) for frame in whole]
    else:
        assert [frame.time for frame in again] == [frame.time or 0 for frame in whole]
