"""The large capture of the measurements is what it claims to be: as many packets, later and later, checksums kept."""

from __future__ import annotations

import struct
from itertools import pairwise
from pathlib import Path

import pytest
from bench import mixed, traffic

import dissect
from dissect import decode
from dissect.capture import open_frames
from dissect.packet import Frame
from dissect.wire.checksum import expected, pseudo_header

SHOWN = (
    "frame.len", "vlan.id", "ip.src", "ip.checksum.status", "ip.frag_offset", "ipv6.src", "icmp.type", "icmpv6.type",
    "tcp.checksum.status", "tcp.options.sack_le", "udp.dstport",
)  # fmt: skip


def frames(path: Path) -> list[Frame]:
    with open_frames(str(path)) as found:
        return list(found)


def ours(family: int, source: bytes, target: bytes, tag: bytes = b"") -> mixed.Recorded:
    """A frame with UDP from one of the two hosts to the other, checksums filled in."""
    body = struct.pack("!HHHH", 1000, 53, 12, 0) + b"data"
    sum_ = expected(body, 6, pseudo_header(source, target, 17, len(body)))
    body = body[:6] + sum_.to_bytes(2, "big") + body[8:]
    if family == 4:
        head = struct.pack("!BBHHHBBH", 0x45, 0, 32, 1, 0, 64, 17, 0) + source + target
        head = head[:10] + expected(head, 10).to_bytes(2, "big") + head[12:]
    else:
        head = struct.pack("!IHBB", 6 << 28, 12, 17, 64) + source + target
    data = bytes(12) + tag + struct.pack("!H", 0x800 if family == 4 else 0x86DD) + head + body
    return mixed.Recorded(0, data, len(data))


NEAR4, FAR4 = bytes([198, 18, 1, 1]), bytes([198, 19, 255, 2])
NEAR6, FAR6 = bytes.fromhex("20010002" + "0" * 20 + "0101"), bytes.fromhex("20010002" + "0" * 20 + "ff02")


@pytest.mark.parametrize(
    "frame",
    [ours(4, NEAR4, FAR4), ours(4, FAR4, NEAR4), ours(6, NEAR6, FAR6), ours(6, FAR6, NEAR6),
     ours(4, NEAR4, FAR4, b"\x81\x00\xa0\x2a"), ours(6, FAR6, NEAR6, b"\x81\x00\xa0\x2a")],
)  # fmt: skip
def test_copies_have_other_addresses_and_the_same_good_checksums(frame: mixed.Recorded) -> None:
    unit = mixed.Unit([([frame], 1)], ([frame], 1))
    seen = set()
    for number in range(mixed.UNITS):
        first, second = (unit.copy(number)[16 + at : 16 + at + len(frame.data)] for at in (0, 16 + len(frame.data)))
        packet = decode(first)
        verdicts = [packet[name].text for name in ("ip.checksum.status", "udp.checksum.status") if name in packet]
        assert verdicts
        assert set(verdicts) == {"good"}
        seen.add(first)
        assert second == frame.data  # the captures of the tests stay as they are
    assert len(seen) == mixed.UNITS


def test_without_recording_there_are_the_captures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traffic, "hindrance", lambda: "not today")
    whole, tenth = mixed.build(tmp_path, 30_001)
    times = [frame.time for frame in frames(whole)]
    assert len(times) == 30_010
    assert all(one <= other for one, other in pairwise(times))
    assert len(frames(tenth)) == 3_001
    assert whole.read_bytes().startswith(tenth.read_bytes())


@pytest.mark.skipif(bool(traffic.hindrance()), reason="recording needs root and programs")
def test_what_is_recorded_is_what_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(mixed.ROOT))  # where `captures` is, as with `python -m tests.bench`
    whole, _ = mixed.build(tmp_path, 30_000)
    with dissect.open(str(whole)) as capture:
        table = capture.table(SHOWN, "ip.addr == 198.18.0.0/15 || ipv6.addr == 2001:2::/48")
    assert 25_000 < len(table) < 26_000
    assert {int.from_bytes(NEAR4, "big") + (number << 8) for number in range(mixed.UNITS)} <= set(table["ip.src"])
    for name in SHOWN:
        assert table[name].count() > 0, name
    assert table["frame.len"].max() > 10_000
    assert set(table["ip.checksum.status"].drop_nulls()) == {"good"}
    assert set(table["tcp.checksum.status"].drop_nulls()) == {"good", "partial"}
