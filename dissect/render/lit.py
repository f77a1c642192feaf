"""Pictures of a header with one field lit."""

from __future__ import annotations

from rich.cells import cell_len

from dissect.explain.language import Language
from dissect.packet import Layer, Option, Value, option_values
from dissect.render import palette
from dissect.render.boxes import Picture, captioned, draw, layer_cells
from dissect.render.diagram import Cell, table_cells
from dissect.render.setting import Setting
from dissect.wire.field import Field, Header, every_field, place

LIT = "bold reverse"


def field_picture(field: Field, header: Header, language: Language, width: int, *, ascii_only: bool) -> Picture:
    """The header's table with the field's box lit, or that of the word it is a part of."""
    cells = table_cells(header, field)
    keys = {cell.key for cell in cells}
    lit = {field.name} if field.name in keys else {key for key in keys if _holds(header, key, field)}
    return lit_diagram(captioned(cells, language), lit, width, ascii_only=ascii_only)


def value_picture(layer: Layer, value: Value, setting: Setting) -> Picture:
    """The layer, or the option that the value is in, with the value's box lit."""
    cells = _value_cells(layer, value)
    lit = {cell.key for cell in cells if _covers(cell, value, layer)}
    cells = captioned(cells, setting.language)
    return lit_diagram(cells, lit, setting.width, ascii_only=setting.ascii_only)


def lit_diagram(cells: list[Cell], keys: set[str], width: int, *, ascii_only: bool = False) -> Picture:
    """A header's picture with the boxes of `keys` lit, and marked where there is no colour."""
    marked = [
        cell._replace(caption=f"»{cell.caption}«") if cell.key in keys and _room(cell) else cell for cell in cells
    ]
    grid = draw(marked, width, 3, ascii_only=ascii_only, lit=keys)
    return Picture(grid, lambda key: LIT if key and key in keys else palette.QUIET)


def _room(cell: Cell) -> bool:
    return cell_len(cell.caption) + 2 <= 2 * min(cell.bits, 32) - 1


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
