"""What the capturing system says of a checksum: not summed yet is partial, whatever stands there."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

import dissect
from dissect.capture.blocks import description, option, packet_block, section
from dissect.capture.section import FLAGS, UNSUMMED, Interface

HEAD = bytes.fromhex("0200000000020200000000010800")
IP = bytes.fromhex("4500001d00010000401166cd0a0000010a000002")  # 29 bytes, UDP, its own checksum is right
UDP = bytes.fromhex("00090009000912344d")  # a checksum that is neither whole nor the pseudo-header's


def flagged(flags: int) -> bytes:
    plain = packet_block(0, 0, HEAD + IP + UDP)
    inner = plain[8:-4] + option(FLAGS, struct.pack("<I", flags)) + option(0, b"")
    length = struct.pack("<I", len(inner) + 12)
    return plain[:4] + length + inner + length


@pytest.mark.parametrize(
    ("flags", "verdict"), [(UNSUMMED, "partial"), (UNSUMMED | 2, "partial"), (1 << 10, "bad"), (0, "bad")]
)
def test_both_readers_heed_the_flag(tmp_path: Path, flags: int, verdict: str) -> None:
    path = tmp_path / "one.pcapng"
    path.write_bytes(section("") + description(Interface(1, 0, "x", 10**9)) + flagged(flags))
    with dissect.open(str(path)) as capture:
        packet = capture[0]
        assert packet["udp.checksum.status"].text == verdict
        assert packet["ip.checksum.status"].text == "good"
        assert capture.table(["udp.checksum.status"])["udp.checksum.status"].to_list() == [verdict]
        found = [finding.rule.id for _, finding in packet.every_finding()]
        assert ("checksum.bad" in found) == (verdict == "bad")
