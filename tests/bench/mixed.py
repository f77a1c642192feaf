"""A large capture of mixed packets: traffic recorded for it, and the captures of the tests again and again.

One *unit* is a tenth of the whole. It is put together once, packet by packet; the other nine are copies of its bytes
with later times and other addresses. These are changed so that every checksum stays what it was: what is added to
the client's address is taken from the server's, and a one's complement sum does not see that (RFC 1071).
"""

from __future__ import annotations

import os
import struct
import sys
import tempfile
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dissect.capture import CaptureError, open_frames

from . import traffic

ROOT = Path(__file__).resolve().parents[2]
UNITS = 10
STEP = 20  # microseconds from packet to packet, on average
BEGIN = 1_700_000_000  # seconds since 1970
LARGEST = 262_144  # bytes of a frame; some captures, broken on purpose, claim more
HEADER = struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, LARGEST, 1)
# Parts of a thousand packets. The captures of the tests take what is left, and what could not be recorded.
SHARES = {
    "web": 175, "web6": 80, "tls": 135, "dns": 195, "bulk": 40, "download": 45, "loss": 50, "offload": 3,
    "fragments": 16, "echo": 70, "tagged": 41,
}  # fmt: skip


class Recorded(NamedTuple):
    """An Ethernet frame: microseconds since its part began, the bytes captured, and its length on the wire."""

    time: int
    data: bytes
    length: int


def build(folder: Path, count: int) -> tuple[Path, Path]:
    """`mixed.pcap` of `count` packets (rounded up to tens) and `tenth.pcap`; what is there already is kept."""
    whole, tenth = folder / "mixed.pcap", folder / "tenth.pcap"
    size = -(-count // UNITS)
    if tenth.exists() and whole.exists() and (packets(tenth), packets(whole)) == (size, size * UNITS):
        return whole, tenth
    folder.mkdir(parents=True, exist_ok=True)
    parts = {name: (frames, round(size * SHARES[name] / 1000)) for name, frames in _own(size).items()}
    used = sum(share for _, share in parts.values())
    unit = Unit(list(parts.values()), (_captures(), size - used))
    with tenth.open("wb") as one, whole.open("wb") as all_:
        one.write(HEADER + unit.copy(0))
        all_.write(HEADER)
        for number in range(UNITS):
            all_.write(unit.copy(number))
    return whole, tenth


def packets(path: Path) -> int:
    """How many packets a capture holds."""
    with open_frames(str(path)) as frames:
        return sum(1 for _ in frames)


class Unit:
    """The bytes of a tenth. Parts are frames and how many of them are wanted; each fills the unit's whole time."""

    def __init__(self, own: Sequence[tuple[list[Recorded], int]], foreign: tuple[list[Recorded], int]) -> None:
        parts = [*own, foreign]
        frames = [frame for found, wanted in parts for frame in islice(cycle(found), wanted)]
        self.span = len(frames) * STEP
        times = np.concatenate([_spread(found, wanted, self.span) for found, wanted in parts])
        mine = np.repeat([True, False], [len(frames) - foreign[1], foreign[1]])
        order = np.argsort(times, kind="stable")
        captured = np.array([len(frame.data) for frame in frames])[order]
        records = (struct.pack("<8xII", len(frames[at].data), frames[at].length) + frames[at].data for at in order)
        self._bytes = np.frombuffer(b"".join(records), np.uint8)
        self._times = times[order]
        self._starts = np.cumsum(captured + 16) - captured - 16
        self._client, self._server = self._addresses(self._starts[mine[order]] + 16)

    def _addresses(self, starts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where the bytes of our own frames are that are changed in copies: the client's and the server's."""
        tagged = self._bytes[starts + 12] == 0x81
        network = starts + np.where(tagged, 18, 14)
        six = self._bytes[network] >> 4 == 6
        source, target = network + np.where(six, 22, 14), network + np.where(six, 38, 18)
        client = self._bytes[source] == 1
        return np.where(client, source, target), np.where(client, target, source)

    def copy(self, number: int) -> bytes:
        """The unit as the `number`th of the capture, from 0."""
        copied = self._bytes.copy()
        copied[self._client] += number
        copied[self._server] -= number
        seconds, fraction = np.divmod(self._times + number * self.span, 1_000_000)
        stamps = np.stack([seconds + BEGIN, fraction], axis=1).astype("<u4").view(np.uint8)
        copied[self._starts[:, None] + np.arange(8)] = stamps
        return copied.tobytes()


def _spread(frames: list[Recorded], wanted: int, span: int) -> np.ndarray:
    """The times of `wanted` frames, stretched over `span` microseconds; repetitions follow one another."""
    if not wanted:
        return np.zeros(0, np.int64)
    times = np.array([frame.time for frame in frames])
    rounds = np.arange(wanted) // len(frames)
    reached = np.resize(times, wanted) + rounds * (times[-1] + 1)
    stretched: np.ndarray = (reached * (span / (reached[-1] + 1))).astype(np.int64)
    return stretched


def _own(size: int) -> dict[str, list[Recorded]]:
    """The parts that are recorded for it; none where that is not possible."""
    if reason := traffic.hindrance():
        print(f"bench: {reason}; only the captures of the tests are used", file=sys.stderr)
        return {}
    wanted = {name: max(40, round(size * SHARES[name] / 1000)) for name in traffic.PARTS}
    with tempfile.TemporaryDirectory() as folder:
        found = {name: _frames(path) for name, path in traffic.record(Path(folder), wanted).items()}
    for name, frames in found.items():
        if len(frames) < wanted[name]:
            print(f"bench: {len(frames)} of {wanted[name]} packets of {name}: they are repeated", file=sys.stderr)
    both = found["web"] + found["tls"]
    found["tagged"] = [_tagged(frame) for frame in both[:: 1 + len(both) // max(1, size * SHARES["tagged"] // 1000)]]
    found["tagged"].sort(key=lambda frame: frame.time)
    return found


def _tagged(frame: Recorded) -> Recorded:
    """The frame with a tag of IEEE 802.1Q: priority 5, VLAN 42."""
    return Recorded(frame.time, frame.data[:12] + b"\x81\x00\xa0\x2a" + frame.data[12:], frame.length + 4)


def _captures() -> list[Recorded]:
    """The Ethernet frames of `captures/` and of the public captures, evenly spaced."""
    shared = Path(os.environ.get("DISSECT_PUBLIC_CAPTURES") or ROOT.parent / "shared" / "captures")
    found: list[Recorded] = []
    for path in (*sorted((ROOT / "captures").glob("*.pcap*")), *sorted(shared.rglob("*.pcap*"))):
        try:
            found += _frames(path)
        except CaptureError:
            continue  # some are broken on purpose
    return [frame._replace(time=number) for number, frame in enumerate(found)]


def _frames(path: Path) -> list[Recorded]:
    with open_frames(str(path)) as frames:
        found = [
            (frame.time or 0, frame.data, frame.wire_length)
            for frame in frames
            if frame.link == 1 and frame.wire_length < LARGEST
        ]
    begin = found[0][0] if found else 0
    return [Recorded((time - begin) // 1000, data, length) for time, data, length in found]
