"""One field as a page: where it stands in its header, what it is, and what this packet holds in it."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text

from dissect.explain import Entry
from dissect.packet import Layer, Option, Packet, Value, option_values
from dissect.render import palette, words
from dissect.render.diagram import Cell, table_cells
from dissect.render.page import Picture, draw, finding_line, layer_cells, narrow, place_bits, place_bytes
from dissect.wire.field import Field, Header, every_field, place
from dissect.wire.registry import HEADERS

LIT = "bold reverse"
MOST_NAMES = 12


class Explanation:
    """A field, its entry, and with `packet` every value that it has there."""

    def __init__(self, field: Field, header: Header | None, entry: Entry | None, packet: Packet | None = None) -> None:
        self.field = field
        self.header = header
        self.entry = entry
        self.packet = packet

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self._title()
        facts = " · ".join(self._facts())
        yield Text(facts, palette.QUIET)
        if self.packet is not None:
            yield from self._values(self.packet, options)
        elif self.header is not None and self.field.bits != 0:
            yield Text()
            yield from narrow(options.max_width)
            cells = table_cells(self.header, self.field)
            yield lit_diagram(cells, self._keys(cells), options.max_width, ascii_only=options.ascii_only)
        yield from self._prose()
        yield from self._names()

    def _title(self) -> Text:
        text = Text(self.field.name, palette.TITLE)
        text.append(f"  {self.field.label}")
        if self.header is not None:
            text.append(f"  {self.header.label}", palette.QUIET)
        return text

    def _facts(self) -> Iterator[str]:
        field = self.field
        if field.bits == 0:
            yield "derived: stands in no byte of the packet"
        elif field.bits is None:
            yield "as long as the header leaves room"
        else:
            yield f"{field.bits} bit{'s' * (field.bits != 1)}"
        if self.header is not None and field.bits:
            where = next((slot for slot in place(self.header.fields) if slot.field is field), None)
            if where is not None and not any(row.when or row.unless for row in self.header.fields):
                yield f"from bit {where.bit} of the {'header' if self.header in HEADERS else 'option'}"
        if field.unit:
            yield f"in {field.unit}"
        if field.scale != 1:
            yield f"counted in units of {field.scale} on the wire"
        if field.expect is not None:
            yield f"should be {field.expect}"
        if field.cite or (self.header is not None and self.header.cite):
            yield field.cite or (self.header.cite if self.header is not None else "")
        if field.aliases:
            yield "also " + ", ".join(field.aliases)

    def _keys(self, cells: list[Cell]) -> set[str]:
        """The boxes to light: the field's own, else that of the word it is a part of."""
        keys = {cell.key for cell in cells}
        if self.field.name in keys:
            return {self.field.name}
        return {cell.key for cell in cells if self.header is not None and _holds(self.header, cell.key, self.field)}

    def _values(self, packet: Packet, options: ConsoleOptions) -> Iterator[RenderableType]:
        hits = [(layer, value) for layer in packet.layers for value in layer.walk() if value.name == self.field.name]
        if not hits:
            yield Text(f"Packet {packet.frame.number} has no {self.field.name}.", palette.NAME)
        for layer, value in hits:
            yield Text()
            yield from self._value(packet, layer, value, options)

    def _value(self, packet: Packet, layer: Layer, value: Value, options: ConsoleOptions) -> Iterator[RenderableType]:
        line = Text(f"In packet {packet.frame.number}: ", palette.QUIET)
        line.append(words.shown(value), palette.NAME)
        said = words.meaning(value)
        line.append(f"  {said}" if said else "")
        yield line
        if value.bits:
            raw = packet.frame.data[value.start : value.stop].hex(" ")
            bits = place_bits(value)
            where = f"byte{'s' * ('–' in place_bytes(value))} {place_bytes(value)}"
            where += f", bit{'s' * ('–' in bits)} {bits}" if bits else ""
            where += f" of the packet: {raw}"
            yield Text(where, palette.QUIET)
            yield Text()
            yield from narrow(options.max_width)
            cells = _value_cells(layer, value)
            keys = {cell.key for cell in cells if _covers(cell, value, layer)}
            yield lit_diagram(cells, keys, options.max_width, ascii_only=options.ascii_only)
        for finding in (*layer.findings, *(f for option in layer.options for f in option.findings)):
            if finding.field == value.name:
                yield finding_line(finding, ascii_only=options.ascii_only)

    def _prose(self) -> Iterator[RenderableType]:
        entry = self.entry
        if entry is None:
            return
        yield Text()
        yield Text(entry.gist[:1].upper() + entry.gist[1:] + ".", palette.NAME)
        for title, text in (("", entry.what), ("", entry.why), ("Watch for", entry.watch), ("Who sets it", entry.sets)):
            if text:
                yield Text()
                body = Text(f"{title}. ", palette.NAME) if title else Text()
                yield body.append(text)
        if entry.code:
            yield Padding(Text(entry.code, "cyan"), (1, 0, 0, 4))
        for note in entry.notes:
            yield Text()
            yield Text(f"The notes say ({note.fact}, {note.verdict}): ", palette.NAME).append(note.says, "")
            if note.holds:
                yield Text("What holds: ", palette.NAME).append(
                    note.holds + (f" ({note.cite})" if note.cite else ""), ""
                )
        for title, items in (("See also", entry.see), ("Sources", entry.cite)):
            if items:
                yield Text()
                yield Text(f"{title}: ", palette.NAME).append(", ".join(items), palette.QUIET)

    def _names(self) -> Iterator[RenderableType]:
        names = self.field.names
        if not names or self.field.named_by:
            return
        yield Text()
        yield Rule(Text(" Values ", palette.TITLE), align="left", style=palette.QUIET)
        for number, name in list(names.items())[:MOST_NAMES]:
            yield Text(f"  {self.field.text(number):>8}  {name}")
        if len(names) > MOST_NAMES:
            yield Text(f"  … and {len(names) - MOST_NAMES} more", palette.QUIET)


def lit_diagram(cells: list[Cell], keys: set[str], width: int, *, ascii_only: bool = False) -> Picture:
    """A header's picture with the boxes of `keys` lit, and marked where there is no colour."""
    marked = [
        cell._replace(caption=f"»{cell.caption}«") if cell.key in keys and _room(cell) else cell for cell in cells
    ]
    grid = draw(marked, width, 3, ascii_only=ascii_only, lit=keys)
    return Picture(grid, lambda key: LIT if key and key in keys else palette.QUIET)


def _room(cell: Cell) -> bool:
    return len(cell.caption) + 2 <= 2 * min(cell.bits, 32) - 1


def _holds(header: Header, key: str, field: Field) -> bool:
    row = next((row for row in every_field(header) if row.name == key), None)
    return row is not None and any(slot.field is field for slot in place((row,)))


def _value_cells(layer: Layer, value: Value) -> list[Cell]:
    """The layer's boxes; for a field of an option those of the option, so that the picture stays small."""
    option = next((option for option in layer.options if _inside(option, value)), None)
    cells = layer_cells(layer)
    if option is None:
        return [cell for cell in cells if not any(_in_option(cell, layer, each) for each in layer.options)] or cells
    return [
        cell._replace(bit=cell.bit - (option.start - layer.start) * 8)
        for cell in cells
        if _in_option(cell, layer, option)
    ]


def _inside(option: Option, value: Value) -> bool:
    return any(value is each for each in option_values(option))


def _in_option(cell: Cell, layer: Layer, option: Option) -> bool:
    first = (option.start - layer.start) * 8
    return first <= cell.bit < first + (option.stop - option.start) * 8


def _covers(cell: Cell, value: Value, layer: Layer) -> bool:
    if cell.key == value.name:
        return True
    row = next((row for row in layer.values if row.name == cell.key), None)
    return row is not None and any(inner is value for inner in row.walk())
