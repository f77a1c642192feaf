"""Packets written as pcapng: their sections, interfaces and blocks as they stood, or made for packets of pcap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from struct import Struct

from dissect.capture.batch import Batch
from dissect.capture.pcap import Pcap
from dissect.capture.pcapng import BYTE_ORDER_MAGIC
from dissect.capture.section import ENHANCED, IF_FCSLEN, IF_TSRESOL, INTERFACE, OLD, SECOND, SECTION, SIMPLE, Section
from dissect.capture.writing.runs import Write, chosen, copy, positions
from dissect.packet import Order

UNKNOWN_LENGTH = b"\xff" * 8
LENGTH = slice(16, 24)  # where a section header gives the section's length, which a copy does not have
USER_APPLICATION = 4


@dataclass(slots=True)
class Known:
    """What the section being written has of one that is read: the numbers of its interfaces here, and its asides."""

    numbers: list[int] = field(default_factory=list)
    same: bool = True  # whether the interfaces have the numbers that they had
    seen: Counter[bytes] = field(default_factory=Counter)
    asides: int = 0


class PcapngTarget:
    """A pcapng file. With `merge` one section holds what it can of all captures, else each section has its own."""

    remark: str | None = None  # this format has room for everything

    def __init__(self, write: Write, merge: bool) -> None:
        self._write = write
        self._merge = merge
        self._order: Order | None = None
        self._sign = "<"
        self._known: dict[Pcap | Section, Known] = {}
        self._interfaces: dict[tuple[bytes, int], int] = {}

    def keep(self, batch: Batch, rows: Sequence[int]) -> None:
        """Append packets, after the descriptions of their section and interfaces."""
        shape = batch.shape
        assert isinstance(shape, Pcap | Section)
        known = self._open(shape)
        if isinstance(shape, Pcap):
            self._write(b"".join(self._from_pcap(batch, shape, rows, known.numbers[0])))
            return
        if not known.same and _is_bound(batch, shape, rows, known.numbers):
            self._enter(shape)
            known = self._open(shape)
        if known.same:
            copy(batch, rows, self._write)
        else:
            self._write(b"".join(_renumbered(batch, shape, rows, known.numbers)))

    def end(self) -> None:
        """A file without packets has a section header too."""
        if self._order is None:
            self._enter(None)

    def _open(self, shape: Pcap | Section) -> Known:
        """Write what the section does not have yet of this one's descriptions."""
        if shape not in self._known:
            if self._order is None or not self._merge or (isinstance(shape, Section) and shape.order != self._order):
                self._enter(shape)
            self._known[shape] = Known()
        known = self._known[shape]
        if isinstance(shape, Section):
            for aside in shape.asides[known.asides :]:
                self._write(aside)
            known.asides = len(shape.asides)
            for interface in shape.interfaces[len(known.numbers) :]:
                self._describe(known, interface.block)
        elif not known.numbers:
            self._describe(known, self._description(shape))
        return known

    def _describe(self, known: Known, block: bytes) -> None:
        """Give an interface its number here; equal ones of one section stay apart."""
        again = known.seen[block]
        known.seen[block] += 1
        number = self._interfaces.get((block, again))
        if number is None:
            number = self._interfaces[block, again] = len(self._interfaces)
            self._write(block)
        known.same &= number == len(known.numbers)
        known.numbers.append(number)

    def _enter(self, shape: Pcap | Section | None) -> None:
        """Begin a section like this one."""
        self._known.clear()
        self._interfaces.clear()
        self._order = shape.order if shape else "little"
        self._sign = "<" if self._order == "little" else ">"
        if isinstance(shape, Section):
            self._write(shape.header[: LENGTH.start] + UNKNOWN_LENGTH + shape.header[LENGTH.stop :])
            return
        body = Struct(self._sign + "IHH").pack(BYTE_ORDER_MAGIC, 1, 0) + UNKNOWN_LENGTH
        self._write(self._block(SECTION, body + self._option(USER_APPLICATION, b"dissect") + self._option(0, b"")))

    def _description(self, shape: Pcap) -> bytes:
        """The interface that packets of a pcap file came from."""
        snaplen = int.from_bytes(shape.header[16:20], shape.order)
        options = self._option(IF_TSRESOL, b"\x09" if shape.fraction == 1 else b"\x06")
        if shape.fcs:
            # in bytes as Wireshark has it; readers take numbers from 8 on for bits
            options += self._option(IF_FCSLEN, bytes([shape.fcs if shape.fcs < 8 else shape.fcs * 8]))
        body = Struct(self._sign + "HHI").pack(shape.link, 0, snaplen)
        return self._block(INTERFACE, body + options + self._option(0, b""))

    def _from_pcap(self, batch: Batch, shape: Pcap, rows: Sequence[int], number: int) -> Iterator[bytes]:
        """Enhanced packet blocks."""
        data, unpack, units = batch.data, shape.record.unpack_from, SECOND // shape.fraction
        head, word = Struct(self._sign + "IIIIIII").pack, Struct(self._sign + "I").pack
        for at in chosen(positions(batch), rows):
            seconds, fraction, captured, length = unpack(data, at)
            time, body, size = seconds * units + fraction, at + shape.head, 32 + captured + -captured % 4
            yield head(ENHANCED, size, number, time >> 32, time & 0xFFFFFFFF, captured, length)
            yield data[body : body + captured]
            yield bytes(-captured % 4) + word(size)

    def _block(self, kind: int, body: bytes) -> bytes:
        size = len(body) + 12
        return Struct(self._sign + "II").pack(kind, size) + body + Struct(self._sign + "I").pack(size)

    def _option(self, code: int, value: bytes) -> bytes:
        return Struct(self._sign + "HH").pack(code, len(value)) + value + bytes(-len(value) % 4)


def _is_bound(batch: Batch, section: Section, rows: Sequence[int], numbers: list[int]) -> bool:
    """Whether a packet cannot do with another interface number: simple blocks name none, old ones have 16 bits."""
    kinds = {section.word.unpack_from(batch.data, at)[0] for at in chosen(positions(batch), rows)}
    return (SIMPLE in kinds and numbers[0] != 0) or (OLD in kinds and max(numbers) > 0xFFFF)


def _renumbered(batch: Batch, section: Section, rows: Sequence[int], numbers: list[int]) -> Iterator[bytes]:
    """The blocks, with the numbers that their interfaces have here."""
    data, head = batch.data, section.head.unpack_from
    long, short = section.word, Struct("<H" if section.order == "little" else ">H")
    for at in chosen(positions(batch), rows):
        kind, length = head(data, at)
        if kind == SIMPLE:
            yield data[at : at + length]
            continue
        number = long if kind == ENHANCED else short
        yield data[at : at + 8]
        yield number.pack(numbers[number.unpack_from(data, at + 8)[0]])
        yield data[at + 8 + number.size : at + length]
