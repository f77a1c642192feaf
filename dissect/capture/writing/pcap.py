"""Packets written as pcap: one link type and one fraction of a second for all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from struct import Struct
from typing import IO

from dissect.capture.batch import Batch
from dissect.capture.errors import OutputError
from dissect.capture.pcap import FILE_HEADER, MAGICS, Pcap
from dissect.capture.section import COMMENT, FLAGS, SECOND, Section
from dissect.capture.writing.runs import Write, chosen, copy, positions

SNAPLEN = 262_144
"""Bytes of a packet that readers of pcap allow, whatever the header says."""
PLAIN = 16  # bytes of a record header
MICRO, NANO = 1000, 1  # nanoseconds per unit of the fraction
LATEST = 1 << 32  # seconds since 1970


class PcapTarget:
    """A pcap file, with the byte order and fraction of its first packet's file, made finer where a later one needs it.

    `patch` is the file where that can be done; without it everything that may turn out finer than
    microseconds is written in nanoseconds from the beginning.
    """

    def __init__(self, name: str, write: Write, patch: IO[bytes] | None, merge: bool) -> None:
        self._name = name
        self._write = write
        self._patch = patch
        self._merge = merge
        self._first: Pcap | Section | None = None
        self._kind: tuple[int, int] | None = None  # link type, bytes of check sequence
        self._record = Struct("<IIII")
        self._fraction, self._head = MICRO, PLAIN
        self._tail = b""  # what a record header of the modified format has more
        self._comments = self._untimed = 0

    @property
    def remark(self) -> str | None:
        """One sentence on the comments and the missing times that pcap has no room for."""
        parts = []
        if self._comments:
            parts.append(f"{self._comments:,} comment{'s are' if self._comments > 1 else ' is'} left out")
        if self._untimed:
            parts.append(f"{self._untimed:,} packet{'s' if self._untimed > 1 else ''} without a time got 1970-01-01")
        return f"pcap has no room for everything: {', and '.join(parts)}" if parts else None

    def keep(self, batch: Batch, rows: Sequence[int]) -> None:
        """Append packets; OutputError if one has another link type than those before it."""
        shape = batch.shape
        assert isinstance(shape, Pcap | Section)
        self._first = self._first or shape
        if not len(rows):
            return
        if isinstance(shape, Section):
            if self._kind is not None and self._fraction != NANO and finest(shape):
                self._make_finer()
            self._write(b"".join(self._from_section(batch, shape, rows)))
            return
        self._check(shape, shape.link, shape.fcs)
        if shape.fraction < self._fraction:
            self._make_finer()
        if (shape.order, shape.fraction, shape.head) == (self._order, self._fraction, self._head):
            copy(batch, rows, self._write)
        else:
            self._write(b"".join(self._from_pcap(batch, shape, rows)))

    def end(self) -> None:
        """A file without packets has a header too, that of the first input where there is one."""
        if self._kind is None:
            first = self._first
            if isinstance(first, Pcap):
                self._check(first, first.link, first.fcs)
            else:
                interfaces = first.interfaces if first else []
                self._check(first, interfaces[0].link if interfaces else 1, interfaces[0].fcs if interfaces else 0)

    def _check(self, shape: Pcap | Section | None, link: int, fcs: int) -> None:
        """Write the header before the first packet; OutputError where it does not hold for a later one."""
        if self._kind is None:
            self._begin(shape, link, fcs)
        elif self._kind[0] != link:
            raise OutputError(
                f"{self._name}: cannot be written: a pcap file has one link type, these packets have {self._kind[0]} "
                f"and {link}; write a .pcapng file"
            )
        elif self._kind[1] != fcs:
            raise OutputError(
                f"{self._name}: cannot be written: a pcap file has one length of check sequence, these packets have "
                f"{self._kind[1]} and {fcs} bytes; write a .pcapng file"
            )

    def _begin(self, shape: Pcap | Section | None, link: int, fcs: int) -> None:
        self._kind = link, fcs
        self._order = shape.order if shape else "little"
        sign = "<" if self._order == "little" else ">"
        self._record = Struct(sign + "IIII")
        if isinstance(shape, Pcap) and not self._merge:
            self._fraction, self._head = shape.fraction, shape.head
            self._tail = bytes(shape.head - PLAIN)
            self._write(shape.header)
            return
        fine = shape.fraction == NANO if isinstance(shape, Pcap) else finest(shape)
        self._fraction = NANO if fine or self._patch is None else MICRO
        snaplens = (
            [int.from_bytes(shape.header[16:20], shape.order)]
            if isinstance(shape, Pcap)
            else [interface.snaplen for interface in (shape.interfaces if shape else [])]
        )
        snaplen = max([SNAPLEN, *(snaplen for snaplen in snaplens if snaplen < 1 << 31)])
        word = link | (fcs // 2 << 28 | 0x04000000 if fcs else 0)
        self._write(Struct(sign + "IHHIIII").pack(self._magic(), 2, 4, 0, 0, snaplen, word))

    def _magic(self) -> int:
        return next(magic for magic, form in MAGICS.items() if form == (self._fraction, self._head))

    def _from_pcap(self, batch: Batch, shape: Pcap, rows: Sequence[int]) -> Iterator[bytes]:
        """Records in the form of this file."""
        data, unpack, factor = batch.data, shape.record.unpack_from, shape.fraction // self._fraction
        for at in chosen(positions(batch), rows):
            seconds, fraction, captured, length = unpack(data, at)
            yield self._form(seconds, fraction * factor, captured, length)
            yield data[at + shape.head : at + shape.head + captured]

    def _from_section(self, batch: Batch, section: Section, rows: Sequence[int]) -> Iterator[bytes]:
        data, fields, word, units_a_second = batch.data, section.fields, section.word.unpack_from, 0
        checked = (-1, 0)
        for at in chosen(positions(batch), rows):
            index, units, body, captured, length = fields(data, at)
            interface = section.interfaces[index]
            fcs = interface.fcs
            if word(data, at + 4)[0] > 35 + captured:  # 32 for the block, 3 of padding: options follow
                fcs = self._options(section, data, at, body + captured, fcs)
            if checked != (index, fcs):
                self._check(section, interface.link, fcs)
                checked = index, fcs
                units_a_second = SECOND // self._fraction
            if units is None:
                self._untimed += 1
                yield self._form(0, 0, captured, length)
            else:
                seconds, rest = divmod(units, interface.resolution)
                fraction = rest * units_a_second // interface.resolution
                yield self._form(seconds + interface.offset, fraction, captured, length)
            yield data[body : body + captured]

    def _options(self, section: Section, data: bytes, at: int, stop: int, fcs: int) -> int:
        """Counts the comments of a packet block; gives the length of its check sequence, `fcs` if it says none."""
        for code, value in section.packet_options(data, at, stop):
            if code == COMMENT:
                self._comments += 1
            elif code == FLAGS and len(value) == 4:
                fcs = section.word.unpack(value)[0] >> 5 & 15 or fcs
        return fcs

    def _form(self, seconds: int, fraction: int, captured: int, length: int) -> bytes:
        """A record header. Whole seconds in a fraction that grew beyond 32 bits are carried."""
        if fraction >= LATEST:
            more, fraction = divmod(fraction, SECOND // self._fraction)
            seconds += more
        if not 0 <= seconds < LATEST:
            raise OutputError(
                f"{self._name}: cannot be written: pcap has times from 1970 to 2106, a packet's lies {seconds:,} seconds "
                "from the beginning of 1970; write a .pcapng file"
            )
        return self._record.pack(seconds, fraction, captured, length) + self._tail

    def _make_finer(self) -> None:
        """Turn the microseconds written so far into nanoseconds."""
        file = self._patch
        if file is None or self._head != PLAIN:
            raise OutputError(
                f"{self._name}: cannot be written: a later packet's time is finer than its pcap header says"
            )
        end, at = file.seek(0, 2), FILE_HEADER
        self._fraction = NANO
        file.seek(0)
        file.write(self._magic().to_bytes(4, self._order))
        while at < end:
            file.seek(at)
            seconds, fraction, captured, length = self._record.unpack(file.read(PLAIN))
            file.seek(at)
            file.write(self._form(seconds, fraction * MICRO, captured, length))
            at += PLAIN + captured
        file.seek(end)


def finest(section: Section | None) -> bool:
    """Whether an interface described so far has times finer than microseconds."""
    return any(1_000_000 % interface.resolution for interface in (section.interfaces if section else []))
