"""pcap files: a 24-byte header, then records of one packet each.

Source: pcap-savefile(5) and draft-ietf-opsawg-pcap. The modified format, magic 0xa1b2cd34, comes
from Alexey Kuznetsov's patched libpcap: its record headers are 24 bytes long, the last 8 of which
(interface index, protocol, packet type) say nothing that the packet does not.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from struct import Struct

from dissect.capture.batch import LARGEST, Batch, Mark
from dissect.capture.errors import CaptureError, DamageError, packets_before
from dissect.capture.source import CHUNK, Source
from dissect.capture.window import Window
from dissect.packet import Frame, Order

FILE_HEADER = 24
# magic as a big-endian number: nanoseconds per unit of the fraction, bytes of a record header
MAGICS = {0xA1B2C3D4: (1000, 16), 0xA1B23C4D: (1, 16), 0xA1B2CD34: (1000, 24)}
MODIFIED = 24


def order_of(magic: bytes) -> Order | None:
    """The byte order of a pcap file that begins with these four bytes; None if it is no pcap file."""
    if int.from_bytes(magic, "big") in MAGICS:
        return "big"
    return "little" if int.from_bytes(magic, "little") in MAGICS else None


def _sign(order: Order) -> str:
    return "<" if order == "little" else ">"


class Pcap:
    """A pcap file in either byte order; CaptureError if its header is cut or of an unknown version."""

    def __init__(self, source: Source, order: Order) -> None:
        window = Window(source)
        if not window.forward(0, FILE_HEADER):
            have = len(window.data)
            raise CaptureError(f"{source.name}: cut short in the pcap header: 24 bytes expected, {have} there")
        magic, major, minor, _, _, _, word = Struct(_sign(order) + "IHHIIII").unpack_from(window.data)
        if major not in (2, 543):  # 543 is how one vendor's 2.4 begins; libpcap reads it too
            raise CaptureError(f"{source.name}: pcap version {major}.{minor} is unknown; this reads version 2")
        self.source = source
        self.order: Order = order
        self.link = word & 0xFFFF
        self.fcs = (word >> 28) * 2 if word & 0x04000000 else 0  # in 16-bit words, if the f bit is set
        self.fraction, self.head = MAGICS[magic]
        self.header = window.data[:FILE_HEADER]
        self._shape()

    def _shape(self) -> None:
        sign = _sign(self.order)
        self.word = Struct(sign + "I")
        self.record = Struct(sign + "IIII")  # seconds, fraction, captured length, length
        self._captured = Struct(f"{sign}8xI{self.head - 12}x")

    def __getstate__(self) -> dict[str, object]:
        """Without the file: what the packets of a batch need can go to another process."""
        return {name: value for name, value in vars(self).items() if name != "source" and not isinstance(value, Struct)}

    def __setstate__(self, state: dict[str, object]) -> None:
        vars(self).update(state)
        self._shape()

    def start(self) -> Mark:
        """The mark before the first packet."""
        return Mark(FILE_HEADER)

    def batches(self, mark: Mark, read: int = 0) -> Iterator[Batch]:
        """All records from `mark` on, then DamageError if the last of them is not whole."""
        window = Window(self.source, mark.offset, read)
        number, at, need = mark.number, 0, self.head
        while window.forward(at, need):
            starts, at, need = self._walk(window.data)
            if starts:
                here, number = Mark(window.offset, number), number + len(starts)
                yield Batch(window.data, starts, self, here, window.offset, Mark(window.offset + at, number))
            if need > CHUNK:
                self._believe(window, at, number)
        if window.data or self.source.fault:
            raise DamageError(self._damage(window.data, number))

    def frame(self, data: bytes, at: int, number: int) -> Frame:
        """The packet whose record begins at byte `at` of `data`."""
        seconds, fraction, captured, length = self.record.unpack_from(data, at)
        body = at + self.head
        time = seconds * 1_000_000_000 + fraction * self.fraction
        return Frame(data[body : body + captured], self.link, number, time, length, self.fcs, self.order)

    def _walk(self, data: bytes) -> tuple[list[int], int, int]:
        """Where the whole records of `data` begin, where the next one does, and the bytes that needs."""
        head, unpack = self.head, self._captured.unpack_from
        starts: list[int] = []
        keep, at = starts.append, 0
        try:
            while True:
                (captured,) = unpack(data, at)
                keep(at)
                at += captured + head
        except struct.error:  # the data ends
            pass
        if at <= len(data):
            return starts, at, head
        last = starts.pop()
        return starts, last, at - last

    def _believe(self, window: Window, at: int, number: int) -> None:
        """DamageError if a long record cannot be true: over 256 MiB, or over 256 KiB and longer than on the wire."""
        _, _, captured, length = self.record.unpack_from(window.data, at)
        if captured > LARGEST or captured > max(length, CHUNK):
            raise DamageError(
                f"{self.source.name}: damaged at packet {number}, byte {window.offset + at}: its record claims "
                f"{captured} captured bytes of {length}; {packets_before(number - 1)}"
            )

    def _damage(self, rest: bytes, number: int) -> str:
        name, before = self.source.name, packets_before(number - 1)
        if self.source.fault:
            return f"{name}: {self.source.fault}; {before}"
        if len(rest) < self.head:
            return (
                f"{name}: cut short in the record header of packet {number}: "
                f"{self.head} bytes expected, {len(rest)} there; {before}"
            )
        return (
            f"{name}: cut short in the middle of packet {number}: {self.record.unpack_from(rest)[2]} bytes of packet "
            f"data expected, {len(rest) - self.head} there; {before}"
        )
