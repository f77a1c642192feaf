"""A file that changes while it is read: what is there when it is looked at counts, and the end is clear."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from capture.building import both_formats, enhanced, interface, option, pcap_header, record, section, write
from cli.running import run

from dissect.capture import Frames, open_frames
from dissect.packet import Frame

COUNT = 6000
HEADS = (pcap_header(magic=0xA1B23C4D), section() + interface(options=option(9, b"\x09")))


@pytest.fixture(params=[0, 1], ids=["pcap", "pcapng"])
def large(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A capture of more than one read, with 6000 packets."""
    return Path(write(tmp_path, both_formats(COUNT)[request.param], "x"))


def begun(frames: Frames, count: int = 10) -> tuple[list[Frame], Iterator[Frame]]:
    packets = iter(frames)
    return [next(packets) for _ in range(count)], packets


def more(path: Path, count: int) -> bytes:
    """Further packets in the format of the file."""
    make = record if path.read_bytes()[:4] == HEADS[0][:4] else enhanced
    return b"".join(make(b"more") for _ in range(count))


def test_a_file_that_grows_is_read_to_its_new_end(large: Path):
    with open_frames(str(large)) as frames:
        first, rest = begun(frames)
        with large.open("ab") as file:
            file.write(more(large, 5))
        found = first + list(rest)
        assert frames.warning is None
    assert [frame.number for frame in found] == list(range(1, COUNT + 6))
    assert found[-1].data == b"more"


def test_a_packet_that_is_being_written_is_not_there_yet(large: Path):
    packet = more(large, 1)
    with large.open("ab") as file:
        file.write(packet[:-3])
        file.flush()
        with open_frames(str(large)) as frames:
            assert len(list(frames)) == COUNT
            assert f"cut short in the middle of packet {COUNT + 1}" in str(frames.warning)
            file.write(packet[-3:])
            file.flush()
            assert len(list(frames)) == COUNT + 1
            assert frames.warning is None


def test_packets_that_came_after_counting_are_found_by_reading_on(large: Path):
    with open_frames(str(large)) as frames:
        assert frames.count() == COUNT
        with large.open("ab") as file:
            file.write(more(large, 2))
        assert frames.count() == COUNT  # as numbers are shown: of one moment
        assert [frame.number for frame in frames.iterate(COUNT)] == [COUNT, COUNT + 1, COUNT + 2]


@pytest.mark.parametrize("size", [0, 10, 300_000, 300_001])
def test_a_file_that_becomes_shorter_ends_there(large: Path, size: int):
    whole = list(open_frames(str(large)))
    with open_frames(str(large)) as frames:
        first, rest = begun(frames)
        os.truncate(large, size)
        found = first + list(rest)
        assert found == whole[: len(found)]
        assert len(first) <= len(found) < COUNT
        assert frames.warning is not None
        said = "became shorter while it was read" if size < 262_144 else "cut short in the middle of packet"
        assert said in frames.warning
        assert frames.warning.endswith(f"the {len(found)} packets before it are whole")


def test_a_file_that_ends_where_a_packet_did_is_not_taken_for_whole(large: Path):
    """Once more than that was read."""
    with open_frames(str(large)) as frames:
        batches = frames.batches()
        first, second = next(batches), next(batches)
        end = first.offset + second.starts[0]
        os.truncate(large, end)
        assert list(batches) == []
        assert "became shorter while it was read" in str(frames.warning)


def test_packets_by_number_of_a_file_that_became_shorter(large: Path):
    with open_frames(str(large)) as frames:
        assert frames.count() == COUNT
        one = frames.at(5000)
        os.truncate(large, 1000)
        with pytest.raises(IndexError):
            frames.at(2500)
        assert one.number == 5000
        assert frames.at(2).number == 2


@pytest.mark.parametrize("replaced", [False, True])
def test_a_file_that_is_deleted_or_replaced_is_read_to_its_end(large: Path, replaced: bool):
    with open_frames(str(large)) as frames:
        first, rest = begun(frames)
        large.unlink()
        if replaced:
            large.write_bytes(b"another file")
        assert len(first + list(rest)) == COUNT
        assert frames.at(COUNT - 1).number == COUNT - 1
        assert frames.warning is None


def test_a_file_overwritten_with_something_else_ends_in_one_sentence(large: Path):
    with open_frames(str(large)) as frames:
        first, rest = begun(frames)
        with large.open("r+b") as file:
            file.seek(200_000)
            file.write(os.urandom(3_000_000))
        found = first + list(rest)
        assert [frame.number for frame in found] == list(range(1, len(found) + 1))
        assert frames.warning is not None
        assert "\n" not in frames.warning


def test_a_log_that_grew_by_half_a_packet_is_told_from_the_command_line(large: Path):
    with large.open("ab") as file:
        file.write(more(large, 1)[:-3])
    result = run("read", str(large))
    assert result.code == 3
    assert len(result.out.splitlines()) == COUNT
    assert result.err.startswith("dissect: ")
    assert f"packet {COUNT + 1}" in result.err
    assert len(result.err.splitlines()) == 1
