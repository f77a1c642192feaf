"""Blocks of the kernel's ring, made by hand: every packet comes out as it went in, whatever it carries."""

from __future__ import annotations

import os
import struct
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dissect.bulk.block import block_of
from dissect.bulk.live import merged
from dissect.bulk.records import Records
from dissect.bulk.sealing import Sealer
from dissect.capture.live import ring as rings
from dissect.capture.live.kernel import Status
from dissect.capture.section import SECOND, Interface, Section

SIZE = rings.BLOCK
MAC = 82  # where the kernel puts an Ethernet packet: its IP header lies at a multiple of 16
ETHERNET = bytes.fromhex("0200000000020200000000010800")
SECTION = Section("little", 1, [Interface(1, 0, "veth0", SECOND)])


def heads(packets: list[dict[str, Any]], first: int = 48) -> tuple[bytes, int]:
    """A block as the kernel fills it, from byte `first` on: each packet's words, its address, its bytes."""
    out = bytearray(first)
    for packet in packets:
        data, status, kind = packet["data"], packet.get("status", 0), packet.get("kind", 0)
        mac = MAC + (10 if "segment" in packet else 0)  # room for a virtio_net_hdr
        size = mac + len(data) + -(mac + len(data)) % 8
        words = struct.pack(
            "=6IHHIIHH", size, packet.get("second", 1_700_000_000), packet.get("nanosecond", 5), len(data),
            packet.get("length", len(data)), packet.get("there", 1) | status, mac, 96, 0, packet.get("tag", 0), packet.get("type", 0), 0,
        )  # fmt: skip
        address = struct.pack("=HHiHBB8s", 17, 8, packet.get("interface", 2), 1, kind, 6, b"")
        told = struct.pack("<BBHHHH", 1, 1, 66, packet["segment"], 34, 16) if "segment" in packet else b""
        out += (
            (words.ljust(48, b"\0") + address).ljust(mac - len(told), b"\xee")
            + told
            + data
            + bytes(size - mac - len(data))
        )
    return bytes(out), first


def sealed(packets: list[dict[str, Any]], first: int = 48, **more: Any) -> tuple[Records, bytearray]:
    """The records of such a block, which is the first of two; the second is as it was."""
    filled, at = heads(packets, first)
    memory = bytearray(filled.ljust(SIZE, b"\xaa") + b"\x55" * SIZE)
    assert len(filled) <= SIZE
    fake = SimpleNamespace(
        memory=memory, words=memoryview(memory).cast("I"), loopback=more.get("loopback", -1), cooked=more.get("cooked", False),
        link=more.get("link", 1), snaplen=more.get("snaplen", rings.LARGEST), segments="segment" in packets[0],
    )  # fmt: skip
    fake.starts = lambda block: rings.Ring.starts(fake, block)  # type: ignore[arg-type]
    return Sealer(fake, 0).seal(rings.Block(0, len(packets), at)), memory  # type: ignore[arg-type]


def frames(records: Records, section: Section = SECTION) -> list[Any]:
    batch = records.batch(section, 1)
    read = [batch.frame(number) for number in range(1, batch.stop)]
    index = block_of(batch).index
    assert index.captured.tolist() == [len(frame.data) for frame in read]
    assert index.time.tolist() == [frame.time for frame in read]
    assert index.unsummed.tolist() == [frame.unsummed for frame in read]
    return read


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(min_size=14, max_size=90), min_size=1, max_size=40), st.integers(14, 100))
def test_any_packets(packets: list[bytes], snaplen: int) -> None:
    records, _ = sealed([{"data": data, "length": len(data) + 3} for data in packets], snaplen=snaplen)
    assert [(frame.data, frame.wire_length) for frame in frames(records)] == [
        (data[:snaplen], len(data) + 3) for data in packets
    ]
    assert records.size == sum(32 + len(data[:snaplen]) + -len(data[:snaplen]) % 4 for data in packets)


def test_packets_that_look_like_the_kernels_words() -> None:
    """Searching the block finds such words in the data too; then each packet has to lead to the next."""
    fake, _ = heads([{"data": ETHERNET + bytes(40)}], 0)
    packets = [{"data": ETHERNET + bytes(-(MAC + 14) % 8) + fake, "nanosecond": number} for number in range(1200)]
    records, _ = sealed(packets)
    read = frames(records)
    assert [frame.data for frame in read] == [packet["data"] for packet in packets]
    assert [frame.time % SECOND for frame in read] == list(range(1200))


def test_what_an_older_block_left_behind_the_packets_is_not_read() -> None:
    old, _ = heads([{"data": ETHERNET + bytes(60)}] * 3000)
    new, at = heads([{"data": ETHERNET + number.to_bytes(2, "big")} for number in range(1500)])
    memory = bytearray((new + old[len(new) :]).ljust(2 * SIZE, b"\0"))
    fake = SimpleNamespace(
        memory=memory, words=memoryview(memory).cast("I"), loopback=-1, cooked=False, link=1, snaplen=rings.LARGEST, segments=False
    )  # fmt: skip
    fake.starts = lambda block: pytest.fail("this block can be searched")
    records = Sealer(fake, 0).seal(rings.Block(0, 1500, at))  # type: ignore[arg-type]
    assert [frame.data for frame in frames(records)] == [ETHERNET + number.to_bytes(2, "big") for number in range(1500)]


@pytest.mark.parametrize("left", [0, 8, 16, 24])
@pytest.mark.parametrize("tail", [0, 1, 7, 21, 43])
@pytest.mark.parametrize("more", [{}, {"segment": 65535}])
def test_the_next_block_is_not_touched(left: int, tail: int, more: dict[str, int]) -> None:
    """The last packet may end with its block: what belongs behind it finds no room there."""
    room = SIZE - 48 - left - MAC - 10 * len(more) - tail
    records, memory = sealed(
        [{"data": (ETHERNET + os.urandom(16) * (SIZE // 16))[:room], "status": Status.CHECKSUM_NOT_READY, **more}],
        snaplen=SIZE,
    )
    assert memory[SIZE:] == b"\x55" * SIZE
    assert len(frames(records)[0].data) == room


def test_tags_are_put_back_where_they_were() -> None:
    packets = [
        {"data": ETHERNET + b"plain"},
        {"data": ETHERNET + b"tagged", "status": Status.VLAN_VALID, "tag": 0xA005},
        {"data": ETHERNET + b"service", "status": Status.VLAN_VALID | Status.TPID_VALID, "tag": 7, "type": 0x88A8},
    ]
    first, second, third = frames(sealed(packets)[0])
    assert first.data == ETHERNET + b"plain"
    assert second.data == ETHERNET[:12] + bytes.fromhex("8100a005") + ETHERNET[12:] + b"tagged"
    assert third.data == ETHERNET[:12] + bytes.fromhex("88a80007") + ETHERNET[12:] + b"service"
    assert second.wire_length == len(second.data) == len(ETHERNET) + 10
    cut = frames(sealed(packets, snaplen=16)[0])[1]
    assert cut.data == ETHERNET[:12] + bytes.fromhex("8100a005")


def test_what_the_kernel_says_of_sums() -> None:
    packets = [
        {"data": ETHERNET + b"a"},
        {"data": ETHERNET + b"bcd", "status": Status.CHECKSUM_NOT_READY, "kind": 4},
        {"data": ETHERNET + b"ef", "status": Status.CHECKSUM_NOT_READY | Status.SEGMENTATION},
        {"data": ETHERNET + b"g", "status": Status.CHECKSUM_VALID},
    ]
    records, _ = sealed(packets)
    assert [frame.unsummed for frame in frames(records)] == [False, True, True, False]
    assert flags(records) == [0, 1 << 9 | 2, 1 << 9 | 1 << 11 | 1, 1 << 10 | 1]


def flags(records: Records) -> list[int]:
    """epb_flags of each."""
    batch = records.batch(SECTION, 1)
    said = [dict(SECTION.packet_options(batch.data, int(start), int(start) + 28 + (len(batch.frame(number).data) + 3 & ~3)))
            for number, start in enumerate(batch.starts, 1)]  # fmt: skip
    return [int.from_bytes(each.get(2, b""), "little") for each in said]


def test_sizes_of_segments_are_noted() -> None:
    """As a comment, which every reader knows; what the kernel dropped because it could not describe it left only its place."""
    packets = [
        {"data": ETHERNET + bytes(3000), "segment": 1448, "status": Status.CHECKSUM_NOT_READY | Status.SEGMENTATION},
        {"data": ETHERNET + b"dropped", "segment": 9, "there": 0},
        {"data": ETHERNET + b"plain", "segment": 0},
        {"data": ETHERNET + bytes(13), "segment": 65535, "status": Status.VLAN_VALID, "tag": 5, "kind": 4},
        {"data": ETHERNET + bytes(3), "segment": 1448, "status": Status.CHECKSUM_VALID},
        {"data": ETHERNET + b"last", "segment": 0, "status": Status.CHECKSUM_NOT_READY},
    ]
    records, _ = sealed(packets)
    read = frames(records)
    assert [frame.comments for frame in read] == [
        ("segments of 1448 bytes",), (), ("segments of 65535 bytes",), ("segments of 1448 bytes",), (),
    ]  # fmt: skip
    assert read[2].data == ETHERNET[:12] + bytes.fromhex("81000005") + ETHERNET[12:] + bytes(13)
    assert [read[at].data for at in (0, 1, 3, 4)] == [packets[at]["data"] for at in (0, 2, 4, 5)]
    assert flags(records) == [1 << 9 | 1 << 11 | 1, 0, 2, 1 << 10 | 1, 1 << 9 | 1]


def test_a_cooked_header_is_made() -> None:
    packets = [
        {"data": b"\x45" + bytes(19), "kind": 4, "interface": 3},
        {"data": b"\x45" + bytes(19), "status": Status.VLAN_VALID, "tag": 9},
    ]
    plain, tagged = frames(
        sealed(packets, cooked=True, link=276)[0], Section("little", 1, [Interface(276, 0, "any", SECOND)])
    )
    assert plain.data[:20].hex(" ", 2) == "0800 0000 0000 0003 0001 0406 0000 0000 0000 0000"
    assert tagged.data[:2] == b"\x81\x00"
    assert tagged.data[20:24] == bytes.fromhex("0009 0800")
    assert tagged.data[24:] == packets[1]["data"]


def test_loopback_once() -> None:
    packets = [
        {"data": ETHERNET + bytes([number]), "interface": 1, "kind": kind}
        for number, kind in ((1, 4), (1, 0), (2, 4), (2, 0))
    ]
    assert [frame.data[-1] for frame in frames(sealed(packets, loopback=1)[0])] == [1, 2]
    assert [frame.data[-1] for frame in frames(sealed(packets, loopback=9)[0])] == [1, 1, 2, 2]
    assert len(sealed(packets[::2], loopback=1)[0]) == 0


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=30), st.integers(0, 30), st.data())
def test_written_divided_and_joined(sizes: list[int], count: int, data: Any) -> None:
    """Whatever is split off, written in whatever portions, and merged in order of time: the same records."""
    packets = [{"data": ETHERNET + bytes([size]) * size, "nanosecond": 2 * number} for number, size in enumerate(sizes)]
    whole, _ = sealed(packets)
    first, rest = whole.split(count)
    assert len(first) == min(count, len(sizes))
    assert whole.fitting(first.size) >= len(first)
    reading, writing = os.pipe()
    for records in (first, rest):
        if len(records):
            records.write(writing, lambda: True)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        written = pipe.read()
    batch = whole.batch(SECTION, 1)
    expected = [batch.data[int(start) :][: int(size)] for start, size in zip(batch.starts, whole.sizes, strict=True)]
    assert written == b"".join(expected)
    other, _ = sealed([{"data": ETHERNET, "nanosecond": 2 * number + 1} for number in range(5)])
    times = [frame.time for frame in frames(merged([whole, other]))]
    assert times == sorted(times)
    assert len(times) == len(sizes) + 5
