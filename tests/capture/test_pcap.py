"""pcap files, and what holds for reading any file: order, numbers, pipes, truncation, errors."""

import os
import struct
import threading
from pathlib import Path

import pytest
from capture.building import both_formats, in_memory, interface, option, pcap_header, piped, record, section, write
from hypothesis import given, settings
from hypothesis import strategies as st

from dissect.capture import CaptureError, open_frames, sample_names, sample_path
from dissect.packet import Frame

PACKETS = [bytes([number]) * size for number, size in enumerate((60, 1, 0, 74, 1514), 1)]


def read(folder: Path, data: bytes) -> tuple[list[Frame], str | None]:
    with open_frames(write(folder, data)) as frames:
        return list(frames), frames.warning


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("magic", "fraction", "time", "more"),
    [
        (0xA1B2C3D4, 999_999, 4_294_967_295_999_999_000, b""),
        (0xA1B23C4D, 999_999_999, 4_294_967_295_999_999_999, b""),
        (0xA1B2CD34, 7, 4_294_967_295_000_007_000, struct.pack("<IHBB", 2, 0x0800, 4, 0)),
    ],
)
def test_every_magic_in_both_orders(tmp_path: Path, order: str, magic: int, fraction: int, time: int, more: bytes):
    records = b"".join(record(data, 2**32 - 1, fraction, order, more=more) for data in PACKETS)
    frames, warning = read(tmp_path, pcap_header(order, magic, link=101) + records)
    name = "little" if order == "<" else "big"
    assert warning is None
    assert frames == [Frame(data, 101, number, time, len(data), order=name) for number, data in enumerate(PACKETS, 1)]


@pytest.mark.parametrize(
    ("word", "link", "fcs"),
    [
        (1, 1, 0),
        (1 | 0x04000000 | 2 << 28, 1, 4),
        (1 | 2 << 28, 1, 0),
        (0x03FF0065, 101, 0),
        (276 | 0xFC000000, 276, 30),
    ],
)
def test_link_word_holds_type_and_fcs_length(tmp_path: Path, word: int, link: int, fcs: int):
    (frame,), _ = read(tmp_path, pcap_header(link=word) + record(b"abcd"))
    assert (frame.link, frame.fcs) == (link, fcs)


def test_lengths_are_kept_as_they_are(tmp_path: Path):
    long = bytes(70_054)
    records = record(long) + record(b"abc", length=2) + record(bytes(9), length=1500) + record(bytes(300_000))
    frames, warning = read(tmp_path, pcap_header(snaplen=4) + records)
    assert [(len(frame.data), frame.wire_length) for frame in frames] == [
        (70_054, 70_054),
        (3, 2),
        (9, 1500),
        (300_000, 300_000),
    ]
    assert warning is None


@pytest.mark.parametrize("captured", [0xFFFFFFF0, (256 << 20) + 1, 300_000])
def test_absurd_length_ends_the_file(tmp_path: Path, captured: int):
    records = record(b"first") + record(b"", captured=captured, length=60) + bytes(400_000)
    frames, warning = read(tmp_path, pcap_header() + records)
    assert [frame.data for frame in frames] == [b"first"]
    assert f"damaged at packet 2, byte 45: its record claims {captured} captured bytes of 60" in str(warning)
    assert str(warning).endswith("the packet before it is whole")


def test_cut_file_says_where(tmp_path: Path):
    data = pcap_header() + b"".join(record(bytes(60)) for _ in range(12))
    frames, warning = read(tmp_path, data[:-29])
    assert len(frames) == 11
    assert warning == (
        f"{tmp_path}/x.pcap: cut short in the middle of packet 12: 60 bytes of packet data expected, 31 there; "
        "the 11 packets before it are whole"
    )


def test_every_truncation_gives_a_prefix(tmp_path: Path):
    header = pcap_header()
    records = [record(data, number) for number, data in enumerate(PACKETS[:4])]
    data = header + b"".join(records)
    whole = list(in_memory(data))
    ends = [len(header) + len(b"".join(records[:count])) for count in range(len(records) + 1)]
    for cut in range(len(header), len(data)):
        frames = in_memory(data[:cut])
        some = list(frames)
        assert some == whole[: len(some)]
        assert (frames.warning is None) == (cut in ends)
        assert frames.count() == len(some) == sum(cut >= end for end in ends[1:])


@pytest.mark.parametrize("cut", [1, 3, 4, 23])
def test_cut_header_is_an_error(tmp_path: Path, cut: int):
    with pytest.raises(CaptureError, match="cut short in the pcap header: 24 bytes|only . bytes long"):
        open_frames(write(tmp_path, pcap_header()[:cut]))


def test_header_alone_is_no_error(tmp_path: Path):
    assert read(tmp_path, pcap_header()) == ([], None)
    with open_frames(write(tmp_path, pcap_header())) as frames:
        assert frames.count() == 0
        with pytest.raises(IndexError):
            frames.at(1)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"hello, this is my diary", "not a capture file but text"),
        (b"0000  45 00 00 3c 1c 46 40 00 40 06\n", "dissect bytes"),
        (b"\x89PNG\r\n\x1a\n", "begins with the bytes 89 50 4e 47"),
        (b"\xfd7zXZ\0\0", "xz -dc"),
        (b"\x04\x22\x4d\x18abc", "lz4 -dc"),
        (b"snoop\0\0\0\0\0\0\2", "editcap"),
        (pcap_header(version=(7, 1)), "version 7.1 is unknown"),
        (b"\x1f\x8bnonsense", "gzip data is damaged"),
    ],
)
def test_unreadable_files_say_why(tmp_path: Path, content: bytes, says: str):
    with pytest.raises(CaptureError, match=says) as caught:
        open_frames(write(tmp_path, content))
    assert "\n" not in str(caught.value)


def test_paths_that_cannot_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(CaptureError, match="no such file"):
        open_frames(str(tmp_path / "none"))
    with pytest.raises(CaptureError, match="is a directory"):
        open_frames(str(tmp_path))
    with pytest.raises(CaptureError, match="cannot be opened"):
        open_frames("a\0b")

    def refuse(*_: object) -> int:
        raise PermissionError

    monkeypatch.setattr("dissect.capture.source.os.open", refuse)
    with pytest.raises(CaptureError, match="no permission"):
        open_frames("x.pcap")


def test_both_formats_give_the_same_frames_by_any_access(tmp_path: Path):
    for data in both_formats(3000):
        assert len(data) > 8 * (1 << 18)
    first, second = (list(in_memory(data)) for data in both_formats(3000))
    assert first == second
    for data in both_formats(3000):
        with in_memory(data) as frames:
            assert [frames.at(number) for number in (2500, 1, 3000, 7, 8, 2999)] == [
                first[number - 1] for number in (2500, 1, 3000, 7, 8, 2999)
            ]
            assert frames.count() == 3000
            assert list(frames.iterate(1990, 2010)) == first[1989:2010]
            assert list(frames.iterate(2998)) == first[2997:]
            assert list(frames.iterate(5, 4)) == list(frames.iterate(4000)) == []
            for number in (0, -1, 3001):
                with pytest.raises(IndexError):
                    frames.at(number)


@pytest.mark.parametrize("which", [0, 1])
def test_packets_come_from_a_pipe_as_they_arrive(monkeypatch: pytest.MonkeyPatch, which: int):
    data = both_formats(40)[which]
    whole = list(in_memory(data))
    head = 24 if which == 0 else len(section() + interface(options=option(9, b"\x09")))
    sizes = [(16 if which == 0 else 32) + len(frame.data) for frame in whole]
    writer = piped(monkeypatch)
    os.write(writer, data[:head])
    with open_frames("-") as frames:
        packets = iter(frames)
        at = head
        for frame, size in zip(whole, sizes, strict=True):
            os.write(writer, data[at : at + size])  # and no more: asking for more would wait for ever
            assert next(packets) == frame
            at += size
        os.close(writer)
        assert list(packets) == []
        with pytest.raises(CaptureError, match="only once"):
            frames.at(39)


def test_a_pipe_can_be_read_by_number(monkeypatch: pytest.MonkeyPatch):
    data = both_formats(3000)[0]
    whole = list(in_memory(data))
    writer = piped(monkeypatch)

    def feed() -> None:
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(data)

    thread = threading.Thread(target=feed)
    thread.start()
    with open_frames("-") as frames:
        assert frames.at(2000) == whole[1999]
        assert frames.at(3) == whole[2]
        assert frames.count() == 3000
        assert list(frames.iterate(2990)) == whole[2989:]
    thread.join()


def test_a_fifo_is_read_like_a_pipe(tmp_path: Path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    data = both_formats(3)[1]
    thread = threading.Thread(target=fifo.write_bytes, args=(data,))
    thread.start()
    with open_frames(str(fifo)) as frames:
        assert list(frames) == list(in_memory(data))
    thread.join()


def test_standard_input_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    descriptor = os.open(write(tmp_path, both_formats(30)[0]), os.O_RDONLY)
    monkeypatch.setattr("dissect.capture.source.os.dup", lambda _: descriptor)
    with open_frames("-") as frames:
        assert frames.at(30).number == 30
        assert frames.at(2).number == 2


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([pcap_header(), pcap_header(">"), pcap_header(magic=0xA1B2CD34)]), st.binary(max_size=200))
def test_any_bytes_after_the_header_end_in_frames(header: bytes, rest: bytes):
    for data in (header + rest, header[:4] + rest):
        try:
            with in_memory(data) as frames:
                assert [frame.number for frame in frames] == list(range(1, frames.count() + 1))
        except CaptureError:
            pass


def test_samples_by_name():
    samples = sample_names()
    assert samples["handshake"].packets == 10
    with open_frames(sample_path("handshake")) as frames:
        assert frames.count() == 10
    with pytest.raises(CaptureError, match="did you mean handshake"):
        sample_path("handshak")
    with pytest.raises(CaptureError, match="dissect samples"):
        sample_path("@@@@")


def test_samples_hold_what_the_index_says():
    for sample in sample_names().values():
        with open_frames(sample.path) as frames:
            assert (sample.name, frames.count()) == (sample.name, sample.packets)
