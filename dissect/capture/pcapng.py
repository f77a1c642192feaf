"""pcapng files: blocks, in sections that each have a byte order and a list of interfaces of their own.

Source: draft-ietf-opsawg-pcapng. Read are section headers, interface descriptions and the three
kinds of packet block; names and secrets are set aside for a copy; everything else is passed over by
its length. The section length field is not needed: a section ends where the next one begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct

from dissect.capture.batch import LARGEST, Batch, Mark
from dissect.capture.errors import CaptureError, DamageError, packets_before
from dissect.capture.section import ENHANCED, INTERFACE, NAMES, OLD, SECRETS, SECTION, SIMPLE, Section
from dissect.capture.source import Source
from dissect.capture.window import Window
from dissect.packet import Order

HEAD = 12  # bytes of a block that must be there to know its length: type, length, byte-order magic
BYTE_ORDER_MAGIC = 0x1A2B3C4D
SECTION_TYPE = SECTION.to_bytes(4, "big")  # a palindrome: the same in both byte orders
# bytes that a block of each kind has at least
SMALLEST = {SECTION: 28, INTERFACE: 20, ENHANCED: 32, OLD: 32, SIMPLE: 16, NAMES: 12, SECRETS: 12}


@dataclass(slots=True)
class Step:
    """How far a walk came: packets at `starts`, `at` the first byte not taken, `need` bytes to go on from there.

    Without `need` the walk ended at a section header, or at `fault`.
    """

    starts: list[int]
    at: int
    need: int = 0
    fault: str = ""


class Pcapng:
    """A pcapng file; CaptureError if its first section header is cut, broken or of an unknown version."""

    def __init__(self, source: Source) -> None:
        self.source = source
        window = Window(source)
        if not window.forward(0, SMALLEST[SECTION]):
            have = f"28 bytes expected, {len(window.data)} there"
            raise CaptureError(f"{source.name}: cut short in the pcapng section header: {have}")
        try:
            read_section(window.data, 0, 1)
        except ValueError as error:
            raise CaptureError(f"{source.name}: its first pcapng section is broken: {error}") from None

    def start(self) -> Mark:
        """The mark before the first section."""
        return Mark(0)

    def batches(self, mark: Mark, read: int = 0) -> Iterator[Batch]:
        """All packets from `mark` on, a batch never crossing sections, then DamageError if some block is broken."""
        window = Window(self.source, mark.offset, read)
        section = mark.section.upto(mark.interfaces) if isinstance(mark.section, Section) else Section("little", 0)
        number, step = mark.number, Step([], 0, HEAD)
        while step.need == 0 or window.forward(step.at, step.need):
            if step.need:
                step.at = 0
            here = Mark(window.offset + step.at, number, section, len(section.interfaces))
            if window.data.startswith(SECTION_TYPE, step.at):
                step, section = self._enter(window, step.at, section)
            else:
                step = walk(window.data, step.at, section)
            if step.starts:
                number += len(step.starts)
                behind = Mark(window.offset + step.at, number, section, len(section.interfaces))
                yield Batch(window.data, step.starts, section, here, window.offset, behind)
            if step.fault:
                raise DamageError(self._damaged(window, step, number))
        if window.data or self.source.fault:
            raise DamageError(self._cut(window.data, step.need, section, number))

    def _enter(self, window: Window, at: int, section: Section) -> tuple[Step, Section]:
        """Go into the section whose header begins at `at`."""
        have = len(window.data) - at
        if have < SMALLEST[SECTION]:
            return Step([], at, SMALLEST[SECTION]), section
        try:
            length, order = read_section(window.data, at, section.number + 1)
            if have < length:
                return Step([], at, length), section
            check_end(window.data, at, length, order)
        except ValueError as error:
            return Step([], at, 0, str(error)), section
        # The next block's head may not be there yet; `walk` says so.
        header = window.data[at : at + length]
        entered = Section(order, section.number + 1, header=header, room=section.room)
        return Step([], at + length, 0 if have >= length + HEAD else HEAD), entered

    def _damaged(self, window: Window, step: Step, number: int) -> str:
        place = window.offset + step.at
        return f"{self.source.name}: broken at byte {place}: {step.fault}; {packets_before(number - 1)}"

    def _cut(self, rest: bytes, need: int, section: Section, number: int) -> str:
        name, before = self.source.name, packets_before(number - 1)
        if self.source.fault:
            return f"{name}: {self.source.fault}; {before}"
        kind = section.head.unpack_from(rest)[0] if len(rest) >= HEAD else None
        if kind is None:
            what = "the head of a block"
        elif kind == SECTION:
            what = f"the header of section {section.number + 1}"
        else:
            what = f"packet {number}" if kind in (ENHANCED, OLD, SIMPLE) else f"a block of type {kind}"
        return f"{name}: cut short in the middle of {what}: {need} bytes expected, {len(rest)} there; {before}"


def walk(data: bytes, at: int, section: Section) -> Step:
    """Take whole blocks of `section` from byte `at` of `data` on, up to the next section header."""
    starts: list[int] = []
    keep, head, last, end = starts.append, section.head.unpack_from, len(data) - HEAD, len(data)
    tail, enhanced = section.word.unpack_from, section.enhanced.unpack_from
    while at <= last:
        kind, length = head(data, at)
        if kind == SECTION:
            return Step(starts, at)
        stop = at + length
        if length < 12 or length & 3 or stop > end:
            return Step(starts, at, *beyond(kind, length))
        if tail(data, stop - 4)[0] != length:
            return Step(starts, at, 0, f"a block gives its length first as {length}, then as {tail(data, stop - 4)[0]}")
        if kind == ENHANCED and length >= 32:
            interface, _, _, captured = enhanced(data, at + 8)
            if interface >= len(section.interfaces) or captured > length - 32:
                return Step(starts, at, 0, section.fault(data, at, kind, length))
            keep(at)
        elif kind in SMALLEST:
            fault = section.fault(data, at, kind, length)
            if fault:
                return Step(starts, at, 0, fault)
            if section.take(kind, data, at, length):
                keep(at)
        at = stop
    return Step(starts, at, HEAD)


def beyond(kind: int, length: int) -> tuple[int, str]:
    """What a block that is not whole yet needs, in bytes; or why no more bytes can make it whole."""
    if length < 12 or length & 3:
        return 0, f"a block of type {kind} claims {length} bytes, which is too short or no multiple of 4"
    if length > LARGEST:
        return 0, f"a block of type {kind} claims {length} bytes, more than any block has"
    return length, ""


def read_section(data: bytes, at: int, number: int) -> tuple[int, Order]:
    """Length in bytes and byte order of the section header at `at`, 28 bytes of which are there; else ValueError."""
    magic = data[at + 8 : at + 12]
    if int.from_bytes(magic, "little") == BYTE_ORDER_MAGIC:
        order: Order = "little"
    elif int.from_bytes(magic, "big") == BYTE_ORDER_MAGIC:
        order = "big"
    else:
        raise ValueError(f"the byte-order magic of section {number} is {magic.hex(' ')}")
    _, length, _, major, minor = Struct("<IIIHH" if order == "little" else ">IIIHH").unpack_from(data, at)
    if length < SMALLEST[SECTION] or length & 3 or length > LARGEST:
        raise ValueError(f"the header of section {number} claims {length} bytes")
    if major != 1:
        raise ValueError(f"section {number} is of pcapng version {major}.{minor}; this reads version 1")
    return length, order


def check_end(data: bytes, at: int, length: int, order: Order) -> None:
    """ValueError unless the block of `length` bytes at `at` repeats its length at its end."""
    again = int.from_bytes(data[at + length - 4 : at + length], order)
    if again != length:
        raise ValueError(f"a section header gives its length first as {length}, then as {again}")
