"""Fields, headers and bit arithmetic: the only place that turns a row of a table into a position.

A header is declared once, as rows in the order of its RFC's figure. Nobody writes a position:
`place` derives it as a running sum, and decoding, columns, diagrams, filters and schemas all read
the slots that it yields.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import NamedTuple

Raw = int | bytes


class Kind(StrEnum):
    """How a raw value is written as text."""

    NUMBER = "number"
    HEX = "hex"
    FLAG = "flag"
    MAC = "mac"
    IPV4 = "ipv4"
    IPV6 = "ipv6"
    BYTES = "bytes"
    LITTLE = "little"  # a number that the capturing machine wrote in its own, little-endian order
    DURATION = "duration"  # derived values only: a span of time, in nanoseconds
    WORD = "word"  # derived values only: one word out of a closed list


BYTE_KINDS = frozenset({Kind.MAC, Kind.IPV4, Kind.IPV6, Kind.BYTES})


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One row of a header's table.

    `bits` is the width on the wire; None means "up to the header's end", and 0 a value that is
    derived and stands nowhere. The number shown is `raw * scale`. `parts` split the same bits;
    `also` reads them once more as an older standard did. `named_by` is an octet that
    the names depend on: their keys are then its value × 256 + the field's. `when` names earlier fields of the header
    and the raw values they must have for this row to be there at all, `unless` those with which it is
    not. A row with `optional` may be
    missing where the header's length ends before it. `split` draws the parts in the diagram, each in a
    box of its own.
    """

    name: str
    bits: int | None
    label: str
    short: str = ""
    kind: Kind = Kind.NUMBER
    unit: str = ""
    scale: int = 1
    names: Mapping[int, str] | None = None
    named_by: str = ""
    parts: tuple[Field, ...] = ()
    also: tuple[Field, ...] = ()
    expect: int | None = None
    when: Mapping[str, int | tuple[int, ...]] | None = None
    unless: Mapping[str, int | tuple[int, ...]] | None = None
    optional: bool = False
    split: bool = False
    cite: str = ""
    aliases: tuple[str, ...] = ()

    @property
    def caption(self) -> str:
        """The words inside the box of the diagram."""
        return self.short or self.label

    def number(self, raw: Raw) -> Raw:
        """The value in the field's unit, as filters and machine formats have it."""
        return raw * self.scale if isinstance(raw, int) else raw

    def name_of(self, raw: Raw, by: int = 0) -> str:
        """The registered name of a value, or an empty text."""
        if self.kind is Kind.FLAG and self.names is None:
            return "set" if raw else "not set"
        return self.names.get(by << 8 | raw, "") if self.names and isinstance(raw, int) else ""

    def text(self, raw: Raw) -> str:
        """The value as Wireshark writes it, without its name."""
        if isinstance(raw, bytes):
            return bytes_text(self.kind, raw)
        if self.kind is Kind.HEX:
            digits = -(-(self.bits or 16) // 4)
            return f"0x{raw:0{digits}x}"
        return str(raw * self.scale)


def bytes_text(kind: Kind, raw: bytes) -> str:
    """Addresses in their usual form (IPv6: RFC 5952), everything else as hex digits."""
    if kind is Kind.IPV4 and len(raw) == 4:
        return socket.inet_ntop(socket.AF_INET, raw)
    if kind is Kind.IPV6 and len(raw) == 16:
        return socket.inet_ntop(socket.AF_INET6, raw)
    return raw.hex(":") if kind is Kind.MAC else raw.hex()


class Length(NamedTuple):
    """Where a header says how long it is: value of `field` × `times` + `plus` bytes."""

    field: str
    times: int = 1
    plus: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Header:
    """One header: its rows, how long it is, what its options are and what comes next.

    `repeat` rows follow the fixed ones again and again up to the header's end, or `count` times where
    the header has that field. `next` names the
    field that chooses the following header and the registry to look it up in. `only` restricts an
    option to where it may stand: "syn", or the extension header's key.
    """

    key: str
    label: str
    fields: tuple[Field, ...]
    cite: str = ""
    short: str = ""
    length: Length | None = None
    repeat: tuple[Field, ...] = ()
    options: OptionSet | None = None
    next: str = ""
    count: Length | None = None
    derived: tuple[Field, ...] = ()
    sizes: tuple[int, ...] = ()
    only: str = ""

    @property
    def name(self) -> str:
        """The name used in running text."""
        return self.short or self.label


@dataclass(frozen=True, slots=True, eq=False)
class OptionSet:
    """The options that one header can carry: kind (and length) octets, then a body by kind.

    `single` are the kinds of one octet only; `end` the one that ends the list, if any; `padding` the
    row for what lies behind it; `drawn` the boxes (caption, bits) that stand for the options in the
    standard's figure; `plus` what the length octet leaves out (IPv6 options do not count
    their first two octets). `when` restricts the set as it does a row. Of the kinds `once` a header has at
    most one.
    """

    key: str
    label: str
    table: Mapping[int, Header]
    unknown: Header
    single: frozenset[int]
    end: int | None = None
    plus: int = 0
    when: Mapping[str, int | tuple[int, ...]] | None = None
    padding: Field | None = None
    drawn: tuple[tuple[str, int], ...] = ()
    cite: str = ""
    once: frozenset[int] = frozenset()

    def header(self, kind: int) -> Header:
        """The table of an option, known or not."""
        return self.table.get(kind, self.unknown)


class Slot(NamedTuple):
    """A field at its place: `bit` counts from the header's first bit."""

    field: Field
    bit: int
    bits: int

    @property
    def lo(self) -> int:
        """First byte."""
        return self.bit // 8

    @property
    def hi(self) -> int:
        """One past the last byte."""
        return -(-(self.bit + self.bits) // 8)

    @property
    def shift(self) -> int:
        """Bits below the field in its bytes."""
        return self.hi * 8 - self.bit - self.bits

    @property
    def mask(self) -> int:
        """All ones, as wide as the field."""
        return (1 << self.bits) - 1

    def read(self, data: bytes, start: int = 0) -> Raw:
        """The raw value in a header that begins at `start`; the bytes must be there."""
        chunk = data[start + self.lo : start + self.hi]
        if self.field.kind in BYTE_KINDS:
            return bytes(chunk)
        if self.field.kind is Kind.LITTLE:
            return int.from_bytes(chunk, "little")
        return int.from_bytes(chunk, "big") >> self.shift & self.mask


def place(fields: Iterable[Field], bit: int = 0) -> Iterator[Slot]:
    """Each row at its place, parts and older readings after the row that holds them."""
    for field in fields:
        bits = field.bits or 0
        yield Slot(field, bit, bits)
        yield from place(field.parts, bit)
        yield from place(field.also, bit)
        bit += bits


@cache
def fixed_slots(header: Header) -> tuple[Slot, ...]:
    """The slots whose place is the same in every packet: rows before any that may be missing."""
    fixed: list[Field] = []
    for field in header.fields:
        if field.when is not None or field.unless is not None or field.optional or field.bits is None:
            break
        fixed.append(field)
    return tuple(place(fixed))


@cache
def fixed_size(header: Header) -> int:
    """Bytes of the rows that every such header has."""
    return max((slot.hi for slot in fixed_slots(header)), default=0)


def every_field(header: Header) -> Iterator[Field]:
    """All fields of a header's table: rows, their parts and older readings, repeated, derived."""
    padding = (header.options.padding,) if header.options and header.options.padding else ()
    for field in (*header.fields, *header.repeat, *padding, *header.derived):
        yield from _with_parts(field)


def _with_parts(field: Field) -> Iterator[Field]:
    yield field
    for inner in (*field.parts, *field.also):
        yield from _with_parts(inner)


def flag(name: str, label: str, short: str = "", **rest: object) -> Field:
    """A row of one bit."""
    return Field(name, 1, label, short, Kind.FLAG, **rest)  # type: ignore[arg-type]


def reserved(name: str, bits: int, label: str = "Reserved", **rest: object) -> Field:
    """A row that the standard wants to be zero."""
    return Field(name, bits, label, expect=0, **rest)  # type: ignore[arg-type]


def encode(slots: Iterable[tuple[Slot, Raw]], size: int) -> bytes:
    """The inverse of reading: the raw values of undivided slots back into `size` bytes."""
    total = 0
    for slot, raw in slots:
        if isinstance(raw, int) and slot.field.kind is Kind.LITTLE:
            raw = raw.to_bytes(slot.bits // 8, "little")
        number = int.from_bytes(raw, "big") if isinstance(raw, bytes) else raw
        total |= number << (size * 8 - slot.bit - slot.bits)
    return total.to_bytes(size, "big")
