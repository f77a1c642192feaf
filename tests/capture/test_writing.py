"""Packets kept in another file: byte for byte where the formats agree, with the same facts where they do not."""

from __future__ import annotations

import gzip
import os
import struct
from itertools import product
from pathlib import Path

import pytest
from capture.building import both_formats, enhanced, interface, option, pcap_header, record, section, simple, write
from capture.writing import (
    NAMES,
    SECRETS,
    STATISTICS,
    Keeper,
    facts,
    frames_of,
    ng,
    pc,
    places,
    rewrite,
)  # fmt: skip
from hypothesis import given, settings
from hypothesis import strategies as st

from dissect.bulk.block import gathered
from dissect.capture import OutputError, open_frames
from dissect.capture.writing.keeper import format_by_name
from dissect.capture.writing.pcap import PcapTarget
from dissect.capture.writing.pcapng import PcapngTarget

MAGICS = (0xA1B2C3D4, 0xA1B23C4D, 0xA1B2CD34)
UNKNOWN = b"\xff" * 8


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a.pcap", ("pcap", False)),
        ("b/A.CAP", ("pcap", False)),
        ("a.pcapng", ("pcapng", False)),
        ("a.ntar", ("pcapng", False)),
        ("a.pcap.gz", ("pcap", True)),
        ("a.pcapng.gz", ("pcapng", True)),
        ("a", ("pcapng", False)),
        ("pcap", ("pcapng", False)),
        ("a.pcap/b", ("pcapng", False)),
        ("a.pcap1", ("pcapng", False)),
        ("-", ("pcapng", False)),
    ],
)
def test_the_name_tells_the_format(name: str, form: tuple[str, bool]):
    assert format_by_name(name) == form


class TestTheSameFormat:
    """Records are copied as they stand."""

    @pytest.mark.parametrize(("order", "magic"), list(product("<>", MAGICS)))
    def test_all_of_a_pcap_file_is_that_file(self, tmp_path: Path, order: str, magic: int):
        data = pc(order, magic, link=1 | 0x04000000 | 2 << 28)
        keeper = rewrite(write(tmp_path, data, "in"), tmp_path / "out.pcap")
        assert (tmp_path / "out.pcap").read_bytes() == data
        assert (keeper.count, keeper.remark) == (5, None)

    @pytest.mark.parametrize(("order", "magic"), list(product("<>", MAGICS)))
    def test_some_of_a_pcap_file(self, tmp_path: Path, order: str, magic: int):
        path = write(tmp_path, pc(order, magic), "in")
        whole = frames_of(path)
        for rows in ([], [0], [4], [1, 3], [0, 1, 2], [3, 4], [4, 0, 2, 2]):
            rewrite(path, tmp_path / "out.pcap", lambda _, rows=rows: rows)
            assert [facts(frame) for frame in frames_of(tmp_path / "out.pcap")] == [facts(whole[row]) for row in rows]
            assert (tmp_path / "out.pcap").read_bytes()[:24] == pc(order, magic)[:24]

    @pytest.mark.parametrize("order", ["<", ">"])
    def test_all_of_a_pcapng_file_is_its_blocks(self, tmp_path: Path, order: str):
        data = ng(order)
        rewrite(write(tmp_path, data, "in"), tmp_path / "out.pcapng")
        custom = data.index(struct.pack(order + "I", 0xBAD))
        expected = data[:16] + UNKNOWN + data[24:custom] + data[custom + 16 :]
        assert (tmp_path / "out.pcapng").read_bytes() == expected
        assert frames_of(tmp_path / "out.pcapng") == frames_of(tmp_path / "in")

    def test_chosen_blocks_stand_as_they_stood(self, tmp_path: Path):
        data = ng(">")
        path = write(tmp_path, data, "in")
        with open_frames(path) as frames:
            starts = next(frames.batches()).starts
        head = data[:16] + UNKNOWN + data[24 : starts[0]]
        sizes = [struct.unpack_from(">I", data, at + 4)[0] for at in starts]
        blocks = [data[at : at + size] for at, size in zip(starts, sizes, strict=True)]
        for rows in ([], [1], [0, 1, 2, 3, 4], [1, 2, 4], [3, 0]):
            rewrite(path, tmp_path / "out.ntar", lambda _, rows=rows: rows)
            assert (tmp_path / "out.ntar").read_bytes() == head + b"".join(blocks[row] for row in rows)

    def test_every_section_keeps_its_own(self, tmp_path: Path):
        data = ng("<") + ng(">", link=101, name=b"tun0") + ng("<", link=276)
        rewrite(write(tmp_path, data, "in"), tmp_path / "out.pcapng")
        assert frames_of(tmp_path / "out.pcapng") == frames_of(tmp_path / "in")
        rewrite(tmp_path / "in", tmp_path / "out.pcapng", lambda _: [2, 4])
        whole = frames_of(tmp_path / "in")
        found = frames_of(tmp_path / "out.pcapng")
        assert [facts(frame) for frame in found] == [facts(whole[at]) for at in (2, 4, 7, 9, 12, 14)]
        assert [(frame.section, frame.interface_name) for frame in found] == [
            (1, "eth0.7"), (1, "eth0"), (2, "tun0.7"), (2, "tun0"), (3, "eth0.7"), (3, "eth0"),
        ]  # fmt: skip

    def test_names_and_secrets_stay_statistics_do_not(self, tmp_path: Path):
        packets = [enhanced(b"a", 1), enhanced(b"b", 2)]
        data = section() + SECRETS + interface() + packets[0] + STATISTICS + NAMES + packets[1] + STATISTICS
        rewrite(write(tmp_path, data, "in"), tmp_path / "out.pcapng", lambda _: [1])
        kept = (tmp_path / "out.pcapng").read_bytes()
        assert kept == data[:16] + UNKNOWN + data[24:28] + SECRETS + NAMES + interface() + packets[1]

    def test_interfaces_described_late(self, tmp_path: Path):
        data = section() + interface() + enhanced(b"a") + interface(101) + enhanced(b"b", index=1) + interface(102)
        rewrite(write(tmp_path, data, "in"), tmp_path / "out.pcapng")
        assert frames_of(tmp_path / "out.pcapng") == frames_of(tmp_path / "in")

    @pytest.mark.parametrize("which", [0, 1])
    def test_batches_put_together_for_decoding(self, tmp_path: Path, which: int):
        """What stands between the records of such a batch is none of them."""
        data = both_formats(6000)[which]
        target = tmp_path / ("out.pcap", "out.pcapng")[which]
        with open_frames(write(tmp_path, data, "in")) as frames, Keeper(str(target)) as keeper:
            count = 0
            for batch in gathered(frames.batches()):
                keeper.keep(batch)
                count += 1
        assert count < 4
        assert target.read_bytes() == data
        whole = frames_of(target)
        with open_frames(str(target)) as frames, Keeper(str(tmp_path / ("some" + target.suffix))) as keeper:
            for batch in gathered(frames.batches()):
                keeper.keep(batch, range((batch.mark.number + 1) % 2, len(batch), 2))  # the odd numbers
        some = frames_of(tmp_path / ("some" + target.suffix))
        assert [facts(frame) for frame in some] == [facts(frame) for frame in whole[::2]]


class TestPcapToPcapng:
    @pytest.mark.parametrize(("order", "magic"), list(product("<>", MAGICS)))
    def test_packets_times_and_lengths(self, tmp_path: Path, order: str, magic: int):
        path = write(tmp_path, pc(order, magic), "in")
        rewrite(path, tmp_path / "out.pcapng", lambda count: range(1, count))
        found = frames_of(tmp_path / "out.pcapng")
        assert [facts(frame) for frame in found] == [facts(frame) for frame in frames_of(path)[1:]]
        assert {(frame.order, frame.interface) for frame in found} == {("little" if order == "<" else "big", 0)}

    @pytest.mark.parametrize("words", [0, 1, 2, 7, 15])
    def test_check_sequence(self, tmp_path: Path, words: int):
        path = write(tmp_path, pcap_header(link=1 | 0x04000000 | words << 28) + record(b"abcdef"), "in")
        rewrite(path, tmp_path / "out.pcapng")
        rewrite(tmp_path / "out.pcapng", tmp_path / "back.pcap")
        assert frames_of(tmp_path / "out.pcapng")[0].fcs == frames_of(tmp_path / "back.pcap")[0].fcs == 2 * words

    def test_there_and_back_is_the_file_again(self, tmp_path: Path):
        for order, magic in product("<>", MAGICS[:2]):
            data = pc(order, magic).replace(struct.pack(order + "I", 65535), struct.pack(order + "I", 262_144), 1)
            rewrite(write(tmp_path, data, "in"), tmp_path / "there.pcapng")
            rewrite(tmp_path / "there.pcapng", tmp_path / "back.pcap")
            assert (tmp_path / "back.pcap").read_bytes() == data

    def test_the_whole_range_of_times(self, tmp_path: Path):
        for magic, fraction in ((0xA1B2C3D4, 2**32 - 1), (0xA1B23C4D, 2**32 - 1), (0xA1B23C4D, 999_999_999)):
            path = write(tmp_path, pcap_header(magic=magic) + record(b"a", 2**32 - 1, fraction), "in")
            rewrite(path, tmp_path / "out.pcapng")
            assert frames_of(tmp_path / "out.pcapng")[0].time == frames_of(path)[0].time


class TestPcapngToPcap:
    @pytest.mark.parametrize("order", ["<", ">"])
    def test_packets_in_nanoseconds(self, tmp_path: Path, order: str):
        path = write(tmp_path, ng(order), "in")
        keeper = rewrite(path, tmp_path / "out.pcap")
        expected = [facts(frame) for frame in frames_of(path)]
        expected[3] = (expected[3][0], 1, 0, *expected[3][3:])  # a simple packet has no time
        assert [facts(frame) for frame in frames_of(tmp_path / "out.pcap")] == expected
        assert (tmp_path / "out.pcap").read_bytes()[:4] == struct.pack(order + "I", 0xA1B23C4D)
        assert keeper.remark == (
            "pcap has no room for everything: 1 comment is left out, and 1 packet without a time got 1970-01-01"
        )

    @pytest.mark.parametrize("resolution", [None, 0, 3, 6, 0x80, 0x86])
    def test_microseconds_are_enough(self, tmp_path: Path, resolution: int | None):
        options = b"" if resolution is None else option(9, bytes([resolution]))
        path = write(tmp_path, section() + interface(options=options) + enhanced(b"a", 12_345), "in")
        rewrite(path, tmp_path / "out.pcap")
        assert (tmp_path / "out.pcap").read_bytes()[:4] == struct.pack("<I", 0xA1B2C3D4)
        assert frames_of(tmp_path / "out.pcap")[0].time == frames_of(path)[0].time

    @pytest.mark.parametrize("resolution", [7, 9, 12, 0x87, 0xA0])
    def test_finer_times_are_rounded_down_to_nanoseconds(self, tmp_path: Path, resolution: int):
        options = option(9, bytes([resolution])) + option(14, struct.pack("<q", 1000))
        path = write(tmp_path, section() + interface(options=options) + enhanced(b"a", 12_345_678_901), "in")
        rewrite(path, tmp_path / "out.pcap")
        assert frames_of(tmp_path / "out.pcap")[0].time == frames_of(path)[0].time

    def test_a_finer_interface_described_late(self, tmp_path: Path):
        late = interface(options=option(9, b"\x09")) + enhanced(b"c" * 9, 5_000_000_001, 1)
        data = section() + interface() + enhanced(b"a", 1_000_001) + enhanced(b"bb", 2_000_002)
        with open_frames(write(tmp_path, data + bytes(0), "one")) as one:
            first = next(one.batches())
            with open_frames(write(tmp_path, data + late, "two")) as two, Keeper(str(tmp_path / "out.pcap")) as keeper:
                keeper.keep(first)  # before the late interface is known
                keeper.keep(next(two.batches()), [2])
        found = [(frame.data, frame.time) for frame in frames_of(tmp_path / "out.pcap")]
        assert found == [(b"a", 1_000_001_000), (b"bb", 2_000_002_000), (b"c" * 9, 5_000_000_001)]

    def test_two_link_types_are_refused(self, tmp_path: Path):
        path = write(
            tmp_path, section() + interface() + interface(101) + enhanced(b"a") + enhanced(b"b", index=1), "in"
        )
        with pytest.raises(OutputError, match="one link type, these packets have 1 and 101; write a .pcapng file"):
            rewrite(path, tmp_path / "out.pcap")
        assert places(tmp_path) == ["in"]
        rewrite(path, tmp_path / "out.pcap", lambda _: [1])
        assert [frame.link for frame in frames_of(tmp_path / "out.pcap")] == [101]

    def test_two_lengths_of_check_sequence_are_refused(self, tmp_path: Path):
        flags = option(2, struct.pack("<I", 4 << 5))
        path = write(tmp_path, section() + interface() + enhanced(b"a") + enhanced(b"bcdefg", options=flags), "in")
        with pytest.raises(OutputError, match="0 and 4 bytes"):
            rewrite(path, tmp_path / "out.pcap")
        rewrite(path, tmp_path / "out.pcap", lambda _: [1])
        assert frames_of(tmp_path / "out.pcap")[0].fcs == 4

    @pytest.mark.parametrize(("offset", "units"), [(-2, 0), (0, 2**32 * 1_000_000), (2**62, 0)])
    def test_times_that_pcap_has_not_are_refused(self, tmp_path: Path, offset: int, units: int):
        options = option(14, struct.pack("<q", offset))
        path = write(tmp_path, section() + interface(options=options) + enhanced(b"a", units), "in")
        with pytest.raises(OutputError, match="times from 1970 to 2106"):
            rewrite(path, tmp_path / "out.pcap")
        assert places(tmp_path) == ["in"]


class TestNoPackets:
    @pytest.mark.parametrize("name", ["out.pcap", "out.pcapng"])
    def test_of_a_file_none_of_whose_packets_is_chosen(self, tmp_path: Path, name: str):
        for data, link in ((pc(">", link=101), 101), (ng("<", link=113), 113)):
            rewrite(write(tmp_path, data, "in"), tmp_path / name, lambda _: [])
            assert frames_of(tmp_path / name) == []
            if name == "out.pcap":
                with open_frames(str(tmp_path / name)) as frames:
                    assert getattr(frames._format, "link", None) == link

    @pytest.mark.parametrize("name", ["out.pcap", "out.pcapng", "out.pcap.gz"])
    def test_of_no_file(self, tmp_path: Path, name: str):
        with Keeper(str(tmp_path / name)):
            pass
        assert frames_of(tmp_path / name) == []


class TestSeveralFiles:
    def merged(self, folder: Path, name: str, *parts: bytes, order: list[tuple[int, list[int]]]) -> Path:
        """Rows of the first batch of files, in turns."""
        opened = [open_frames(write(folder, data, f"in{number}")) for number, data in enumerate(parts)]
        batches = [next(frames.batches()) for frames in opened]
        with Keeper(str(folder / name), merge=True) as keeper:
            for number, rows in order:
                keeper.keep(batches[number], rows)
        for frames in opened:
            frames.close()
        return folder / name

    def test_mixed_kinds_share_one_section(self, tmp_path: Path):
        parts = [pc(link=101), ng("<"), pc(">", MAGICS[1]), ng("<", name=b"wlan0")]
        turns = [(0, [0]), (1, [0, 1]), (2, [0, 1]), (3, [1]), (0, [1, 2, 3]), (1, [2]), (3, [0, 2])]
        path = self.merged(tmp_path, "out.pcapng", *parts, order=turns)
        sources = [frames_of(tmp_path / f"in{number}") for number in range(4)]
        found = frames_of(path)
        expected = [sources[number][row] for number, rows in turns for row in rows]
        assert [facts(frame) for frame in found] == [facts(frame) for frame in expected]
        assert [frame.interface_name for frame in found] == [frame.interface_name for frame in expected]
        assert [frame.comments for frame in found] == [frame.comments for frame in expected]
        assert {frame.section for frame in found} == {1}
        assert {frame.interface for frame in found} == set(range(6))

    def test_equal_interfaces_are_one(self, tmp_path: Path):
        parts = [ng("<"), ng("<", first=5), pc(), pc(seconds=5)]
        turns = [(0, [0, 1]), (1, [0, 1, 2]), (2, [0]), (3, [0]), (0, [2])]
        found = frames_of(self.merged(tmp_path, "out.pcapng", *parts, order=turns))
        assert [frame.interface for frame in found] == [0, 1, 0, 1, 1, 2, 2, 1]

    def test_equal_interfaces_of_one_file_stay_apart(self, tmp_path: Path):
        twins = section() + interface() + interface() + enhanced(b"a") + enhanced(b"b", index=1)
        found = frames_of(self.merged(tmp_path, "out.pcapng", twins, twins, order=[(0, [0, 1]), (1, [1, 0])]))
        assert [(frame.data, frame.interface) for frame in found] == [(b"a", 0), (b"b", 1), (b"b", 1), (b"a", 0)]

    def test_another_byte_order_is_another_section(self, tmp_path: Path):
        turns = [(0, [0, 1]), (1, [1]), (0, [2]), (2, [0])]
        found = frames_of(self.merged(tmp_path, "out.pcapng", ng("<"), ng(">", name=b"b"), pc(">"), order=turns))
        assert [frame.section for frame in found] == [1, 1, 2, 3, 3]
        assert [frame.interface_name for frame in found] == ["eth0", "eth0.7", "b.7", "eth0.7", ""]

    def test_simple_packets_keep_interface_0(self, tmp_path: Path):
        turns = [(0, [0]), (1, [0]), (1, [3]), (0, [1])]
        found = frames_of(self.merged(tmp_path, "out.pcapng", pc(), ng("<"), order=turns))
        assert [(frame.section, frame.interface) for frame in found] == [(1, 0), (1, 1), (2, 0), (2, 2)]
        assert found[2].time is None
        assert found[2].interface_name == "eth0"

    @pytest.mark.parametrize("order", ["<", ">"])
    def test_pcap_of_several_is_as_fine_as_the_finest(self, tmp_path: Path, order: str):
        parts = [pc(order), pc("<", MAGICS[1]), pc(">", MAGICS[2]), ng("<")]
        turns = [(0, [0, 1]), (2, [3]), (1, [0, 4]), (3, [0]), (2, [1]), (0, [2])]
        path = self.merged(tmp_path, "out.pcap", *parts, order=turns)
        sources = [frames_of(tmp_path / f"in{number}") for number in range(4)]
        expected = [facts(sources[number][row]) for number, rows in turns for row in rows]
        assert [facts(frame) for frame in frames_of(path)] == expected
        assert path.read_bytes()[:4] == struct.pack(order + "I", MAGICS[1])
        path = self.merged(tmp_path, "coarse.pcap", parts[0], parts[2], order=[(0, [0]), (1, [0])])
        assert path.read_bytes()[:4] == struct.pack(order + "I", MAGICS[0])

    def test_pcap_of_two_link_types_is_refused(self, tmp_path: Path):
        with pytest.raises(OutputError, match="1 and 101"):
            self.merged(tmp_path, "out.pcap", pc(), pc(link=101), order=[(0, [0]), (1, [0])])
        assert places(tmp_path) == ["in0", "in1"]


class TestCompressed:
    @pytest.mark.parametrize("name", ["out.pcap.gz", "out.pcapng.gz"])
    def test_gzip(self, tmp_path: Path, name: str):
        for data in (pc(), ng("<")):
            path = write(tmp_path, data, "in")
            rewrite(path, tmp_path / name)
            assert [frame.data for frame in frames_of(tmp_path / name)] == [frame.data for frame in frames_of(path)]
        rewrite(write(tmp_path, pc(), "in"), tmp_path / name)
        if name == "out.pcap.gz":
            assert gzip.decompress((tmp_path / name).read_bytes()) == pc()


class TestStreams:
    def test_standard_output(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
        descriptor = os.open(tmp_path / "out", os.O_CREAT | os.O_RDWR)
        copy = os.dup
        monkeypatch.setattr("dissect.capture.atomic.os.dup", lambda _: copy(descriptor))
        path = write(tmp_path, pc(), "in")
        with open_frames(path) as frames, Keeper("-") as keeper:
            for batch in frames.batches():
                keeper.keep(batch)
                assert os.fstat(descriptor).st_size > len(pc())  # without waiting for the end
        os.close(descriptor)
        assert [facts(frame) for frame in frames_of(tmp_path / "out")] == [facts(frame) for frame in frames_of(path)]

    def test_a_terminal_is_refused(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("dissect.capture.writing.keeper.os.isatty", lambda _: True)
        with pytest.raises(OutputError, match="not written to a terminal"):
            Keeper("-")

    def test_a_stream_of_pcap_is_fine_from_the_beginning(self, tmp_path: Path):
        parts: list[bytes] = []
        target = PcapTarget("x", lambda data: parts.append(bytes(data)), None, merge=False)
        with open_frames(write(tmp_path, section() + interface() + enhanced(b"a", 1), "in")) as frames:
            target.keep(next(frames.batches()), [0])
        assert b"".join(parts)[:4] == struct.pack("<I", MAGICS[1])

    def test_the_null_device(self, tmp_path: Path):
        rewrite(write(tmp_path, pc(), "in"), "/dev/null")
        assert Path("/dev/null").is_char_device()


class TestNothingIsHalfWritten:
    def test_an_error_on_the_way(self, tmp_path: Path):
        path = write(tmp_path, pc(), "in")
        write(tmp_path, b"before", "out.pcap")

        def interrupt(_: int) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            rewrite(path, tmp_path / "out.pcap", interrupt)
        assert places(tmp_path) == ["in", "out.pcap"]
        assert (tmp_path / "out.pcap").read_bytes() == b"before"

    def test_the_input_is_not_written_over(self, tmp_path: Path):
        path = write(tmp_path, pc(), "in.pcap")
        os.link(path, tmp_path / "same.pcap")
        os.symlink(path, tmp_path / "link.pcap")
        for name in ("in.pcap", "same.pcap", "link.pcap"):
            with pytest.raises(OutputError, match=f"{name}: cannot be written: it is being read"):
                rewrite(path, tmp_path / name)
        assert (tmp_path / "in.pcap").read_bytes() == pc()


blocks = st.builds(enhanced, st.binary(max_size=9), st.integers(0, 2**64 - 1), st.integers(0, 1)) | st.builds(
    simple, st.binary(max_size=9)
)


@settings(max_examples=150, deadline=None)
@given(st.lists(blocks, max_size=8), st.data())
def test_any_choice_of_packets_is_that_choice(parts: list[bytes], data: st.DataObject):
    """In the order given, repeated or not."""
    from capture.building import in_memory

    capture = section() + interface() + interface(101, options=option(9, b"\x09")) + b"".join(parts)
    rows = data.draw(st.lists(st.integers(0, len(parts) - 1), max_size=12)) if parts else []
    kept = bytearray()
    target = PcapngTarget(kept.extend, merge=data.draw(st.booleans()))
    with in_memory(capture) as frames:
        whole = list(frames)
        for batch in frames.batches():
            target.keep(batch, rows)
    target.end()
    with in_memory(bytes(kept)) as again:
        assert [facts(frame) for frame in again] == [facts(whole[row]) for row in rows]
