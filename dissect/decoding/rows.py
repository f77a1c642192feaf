"""Reads the rows of one table out of a packet: values with their places, and what was missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dissect.packet import Value
from dissect.wire.field import Field, Header, Raw, Slot


@dataclass(slots=True)
class Reading:
    """The values read so far; `raws` holds them by name, `bit` is where the next row begins
    (from the header's first bit), `missing` the row that did not fit, `need` the bytes up to its end.
    """

    start: int
    bit: int = 0
    values: list[Value] = field(default_factory=list)
    raws: dict[str, Raw] = field(default_factory=dict)
    missing: Field | None = None
    need: int = 0

    @property
    def at(self) -> int:
        """The byte of the packet where the next row begins."""
        return self.start + -(-self.bit // 8)

    def number(self, name: str, default: int = 0) -> int:
        """The raw value of a field as an integer; `default` where it is not there."""
        raw = self.raws.get(name, default)
        return raw if isinstance(raw, int) else default

    def octets(self, name: str) -> bytes:
        """The raw value of an address; empty where it is not there."""
        raw = self.raws.get(name, b"")
        return raw if isinstance(raw, bytes) else b""


def holds(when: Mapping[str, int | tuple[int, ...]] | None, raws: Mapping[str, Raw]) -> bool:
    """Whether the fields read so far have the values that `when` asks for."""
    for name, want in (when or {}).items():
        raw = raws.get(name)
        if raw not in want if isinstance(want, tuple) else raw != want:
            return False
    return True


def read_table(header: Header, data: bytes, start: int, stop: int) -> Reading:
    """All rows of a table between the bytes `start` and `stop`, the repeated ones included."""
    reading = Reading(start)
    read_rows(header.fields, data, stop, reading)
    return reading


def read_repeated(header: Header, data: bytes, stop: int, reading: Reading, *, whole: bool = True) -> None:
    """The repeated rows: up to `stop`, or as often as the header's count field says.

    Where the header is not `whole`, a row that reaches up to its end is not there: half of it would
    pass for all of it.
    """
    rounds = stop - reading.at
    if header.count is not None and header.count.field in reading.raws:
        rounds = reading.number(header.count.field) * header.count.times + header.count.plus
    while rounds > 0 and reading.at < stop and reading.missing is None:
        before = reading.bit
        for row in header.repeat:
            reading.raws.pop(row.name, None)
        rows = header.repeat if whole else tuple(row for row in header.repeat if row.bits is not None)
        read_rows(rows, data, stop, reading)
        if reading.bit == before:
            return
        rounds -= 1


def read_rows(fields: Iterable[Field], data: bytes, stop: int, reading: Reading) -> None:
    """Rows in order. Where a row does not fit, the parts of it that do are kept, and reading ends.

    Of several rows with one name (variants) the first whose condition holds is read.
    """
    for row in fields:
        if row.name in reading.raws or not holds(row.when, reading.raws):
            continue
        if row.unless is not None and holds(row.unless, reading.raws):
            continue
        left = (stop - reading.start) * 8 - reading.bit
        bits = left if row.bits is None else row.bits
        if bits > left:
            if not row.optional:
                reading.missing = row
                reading.need = -(-(reading.bit + bits) // 8)
                _keep_parts(row, data, stop, reading)
            return
        if bits > 0:
            reading.values.append(_value(row, reading.bit, bits, data, reading))
            reading.bit += bits


def _keep_parts(row: Field, data: bytes, stop: int, reading: Reading) -> None:
    bit = reading.bit
    for part in row.parts:
        bits = part.bits or 0
        if reading.start + -(-(bit + bits) // 8) > stop:
            return
        reading.values.append(_value(part, bit, bits, data, reading))
        bit += bits
        reading.bit = bit


def _value(row: Field, bit: int, bits: int, data: bytes, reading: Reading) -> Value:
    raw = Slot(row, bit, bits).read(data, reading.start)
    reading.raws[row.name] = raw
    by = reading.number(row.named_by) if row.named_by else 0
    parts = _split(row.parts, bit, data, reading)
    also = _split(row.also, bit, data, reading)
    return Value(row, reading.start * 8 + bit, bits, raw, row.name_of(raw, by), parts, also)


def _split(parts: tuple[Field, ...], bit: int, data: bytes, reading: Reading) -> tuple[Value, ...]:
    found = []
    for part in parts:
        bits = part.bits or 0
        if part.name:
            found.append(_value(part, bit, bits, data, reading))
        bit += bits
    return tuple(found)
