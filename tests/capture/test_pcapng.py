"""pcapng files: sections, interfaces, times, packet blocks, and every kind of broken block."""

import struct
from pathlib import Path

import pytest
from capture.building import ENHANCED, NAMES, block, enhanced, in_memory, interface, old, option, section, simple, write
from hypothesis import given, settings
from hypothesis import strategies as st

from dissect.capture import CaptureError, open_frames
from dissect.packet import Frame

START = section() + interface()


def read(data: bytes) -> tuple[list[Frame], str | None]:
    with in_memory(data) as frames:
        return list(frames), frames.warning


@pytest.mark.parametrize("length", [-1, 0, 4711])
def test_sections_change_order_and_start_their_interfaces_again(length: int):
    data = (
        section("<", length)
        + interface(1)
        + interface(101)
        + enhanced(b"a", index=1)
        + section(">", length)
        + interface(113, order=">", options=option(2, b"eth0", ">"))
        + enhanced(b"bc", index=0, order=">")
        + section("<", length)
        + interface(0)
        + enhanced(b"def")
    )
    frames, warning = read(data)
    assert warning is None
    assert frames == [
        Frame(b"a", 101, 1, 0, 1, 0, "little", 1, 1),
        Frame(b"bc", 113, 2, 0, 2, 0, "big", 2, 0, "eth0"),
        Frame(b"def", 0, 3, 0, 3, 0, "little", 3, 0),
    ]
    with in_memory(data) as again:
        assert [again.at(number) for number in (3, 1, 2)] == [frames[2], frames[0], frames[1]]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("resolution", "offset", "units", "time"),
    [
        (None, None, 1_418_145_370_123_456, 1_418_145_370_123_456_000),
        (9, None, 1_418_145_370_123_456_789, 1_418_145_370_123_456_789),
        (0, None, 5, 5_000_000_000),
        (3, 1_000_000_000, 1_001, 1_000_000_001_001_000_000),
        (12, None, 1_999, 1),
        (0x80 | 20, None, (7 << 20) + (1 << 19), 7_500_000_000),
        (0x80 | 32, None, (1 << 32) + 1, 1_000_000_000),
        (6, -2, 5_000_000, 3_000_000_000),
        (127, 0, 2**64 - 1, 0),
        (0x80, 0, 2**64 - 1, (2**64 - 1) * 10**9),
    ],
)
def test_times_are_exact(order: str, resolution: int | None, offset: int | None, units: int, time: int):
    options = b"" if resolution is None else option(9, bytes([resolution]), order)
    options += b"" if offset is None else option(14, struct.pack(order + "q", offset), order)
    data = section(order) + interface(options=options + option(0, b"", order), order=order)
    (frame, same), _ = read(data + enhanced(b"x", units, order=order) + old(b"x", units, order=order))
    assert frame.time == same.time == time


@pytest.mark.parametrize(
    ("snaplen", "length", "there", "captured"), [(0, 5, 5, 5), (4, 9, 4, 4), (100, 5, 5, 5), (65535, 60, 60, 60)]
)
def test_simple_packets_have_no_time(snaplen: int, length: int, there: int, captured: int):
    (frame,), warning = read(section() + interface(snaplen=snaplen) + simple(b"x" * there, length))
    assert frame == Frame(b"x" * captured, 1, 1, None, length)
    assert warning is None


def test_comments_and_check_sequence():
    options = option(1, "né".encode()) + option(1, b"\xff!") + option(2, struct.pack("<I", 2 << 5)) + option(0, b"")
    data = section() + interface(options=option(13, b"\x04") + option(2, b"lo"))
    (frame, plain, other), _ = read(
        data + enhanced(b"abc", options=options) + enhanced(b"abc") + old(b"abc", options=options)
    )
    assert frame.comments == other.comments == ("né", "\ufffd!")
    assert (frame.fcs, plain.fcs, other.fcs) == (2, 4, 2)
    assert plain.interface_name == "lo"


def test_check_sequence_in_bits():
    (frame,), _ = read(section() + interface(options=option(13, b"\x20")) + enhanced(b"abc"))
    assert frame.fcs == 4


def test_other_blocks_are_passed_over():
    others = block(NAMES, b"abc") + block(0x0BAD, b"\0\0\0\x01junk") + block(0x80000001, b"") + block(5, bytes(8))
    frames, warning = read(section() + others + interface() + others + enhanced(b"x") + others)
    assert [frame.data for frame in frames] == [b"x"]
    assert warning is None


def test_an_option_that_does_not_fit_ends_the_options():
    frames, warning = read(START + enhanced(b"abcd", options=struct.pack("<HH", 1, 99) + b"abcd"))
    assert [frame.comments for frame in frames] == [()]
    assert warning is None


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (enhanced(b"x", index=1), "names interface 1, of which section 1 has no description"),
        (enhanced(b"x", captured=99), "claims 99 captured bytes, its block has room for 4"),
        (old(b"x", index=7), "names interface 7"),
        (section() + simple(b"x"), "names interface 0, of which section 2"),
        (struct.pack("<II", ENHANCED, 0) + bytes(40), "claims 0 bytes"),
        (struct.pack("<II", 77, 8) + bytes(40), "claims 8 bytes"),
        (struct.pack("<II", 77, 13) + bytes(40), "no multiple of 4"),
        (struct.pack("<II", 77, 0xFFFFFFFC) + bytes(40), "more than any block has"),
        (struct.pack("<II", 77, 16) + bytes(8), "first as 16, then as 0"),
        (block(ENHANCED, bytes(8)), "fixed fields alone take 32"),
        (block(1, bytes(4)), "fixed fields alone take 20"),
        (simple(b"", 50), "claims 50 captured bytes"),
        (section()[:8] + b"abcd" + section()[12:], "byte-order magic of section 2"),
        (section(version=(2, 0)), "version 2.0"),
        (section()[:-4] + bytes(4), "first as 28, then as 0"),
        (section()[:9], "cut short in the middle of the head of a block"),
        (section()[:20], "cut short in the middle of the header of section 2: 28 bytes expected, 20 there"),
        (enhanced(b"x")[:20], "cut short in the middle of packet 2: 36 bytes expected, 20 there"),
    ],
)
def test_a_broken_block_ends_the_file(broken: bytes, says: str):
    tail = b"" if says.startswith("cut") else enhanced(b"after")
    frames, warning = read(START + enhanced(b"first") + broken + tail)
    assert [frame.data for frame in frames] == [b"first"]
    assert says in str(warning)
    assert str(warning).endswith("the packet before it is whole")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (section()[:20], "cut short in the pcapng section header"),
        (section()[:8] + b"abcd" + bytes(20), "byte-order magic"),
        (section(version=(3, 1)), "version 3.1"),
        (b"\x0a\x0d\x0d\x0a" + struct.pack("<II", 12, 0x1A2B3C4D) + bytes(20), "claims 12 bytes"),
    ],
)
def test_a_broken_first_section_is_an_error(tmp_path: Path, data: bytes, says: str):
    with pytest.raises(CaptureError, match=says):
        open_frames(write(tmp_path, data))


def test_every_truncation_gives_a_prefix():
    data = (
        START + enhanced(b"abc", 1) + simple(b"de") + section(">") + interface(order=">") + enhanced(b"f", 2, order=">")
    )
    whole, _ = read(data)
    assert len(whole) == 3
    for cut in range(28, len(data)):
        frames, warning = read(data[:cut])
        assert frames == whole[: len(frames)]
        boundary = warning is None
        assert boundary == any(cut == len(data[:at]) for at in ends_of_blocks(data))


def ends_of_blocks(data: bytes) -> list[int]:
    ends, at, order = [], 0, "<"
    while at < len(data):
        if data[at : at + 4] == b"\x0a\x0d\x0d\x0a":
            order = "<" if data[at + 8] == 0x4D else ">"
        at += struct.unpack_from(order + "I", data, at + 4)[0]
        ends.append(at)
    return ends


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([START, section(">") + interface(order=">"), section()[:12], b"\x0a\x0d\x0d\x0a"]),
    st.lists(
        st.one_of(
            st.binary(max_size=40),
            st.builds(block, st.sampled_from([1, 2, 3, 6, 0x0A0D0D0A, 99]), st.binary(max_size=40)),
            st.just(enhanced(b"abc")),
        ),
        max_size=5,
    ),
)
def test_any_bytes_end_in_frames(start: bytes, parts: list[bytes]):
    try:
        with in_memory(start + b"".join(parts)) as frames:
            numbers = [frame.number for frame in frames]
            assert numbers == list(range(1, frames.count() + 1))
            assert [frames.at(number).number for number in numbers] == numbers
    except CaptureError:
        pass
