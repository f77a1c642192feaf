"""Pictures of a header with one field lit."""

from __future__ import annotations

from rich.cells import cell_len

from dissect.explain.language import Language
from dissect.packet import Layer, Option, Value, option_values
from dissect.render import palette
from dissect.render.boxes import Picture, captioned, draw, layer_cells
from dissect.render.diagram import Cell, table_cells
from dissect.render.setting import Setting
from dissect.wire.field import Field, Header, place

LIT = "bold reverse"
HERE = "here"  # stands for the key of every lit box


def field_picture(field: Field, header: Header, language: Language, width: int, *, ascii_only: bool) -> Picture:
    """The header's table with the field's box lit, or that of the word it is a part of."""
    cells = table_cells(header, field)
    lit = _keys(header, field, {cell.key for cell in cells})
    return lit_diagram(captioned(cells, language), lit, width, ascii_only=ascii_only)


def value_picture(layer: Layer, value: Value, setting: Setting) -> Picture:
    """The layer, or the option that the value is in, with the boxes lit that hold some of the value."""
    option = next((option for option in layer.options if _inside(option, value)), None)
    first = value.bit - (layer if option is None else option).start * 8
    cells = [
        cell._replace(key=HERE) if cell.bit < first + value.bits and first < cell.bit + cell.bits else cell
        for cell in captioned(_cells(layer, option), setting.language)
    ]
    return lit_diagram(cells, {HERE}, setting.width, ascii_only=setting.ascii_only)


def lit_diagram(cells: list[Cell], keys: set[str], width: int, *, ascii_only: bool = False) -> Picture:
    """A header's picture with the boxes of `keys` lit, and marked where there is no colour."""
    marked = [
        cell._replace(caption=f"»{cell.caption}«") if cell.key in keys and _room(cell) else cell for cell in cells
    ]
    grid = draw(marked, width, 3, ascii_only=ascii_only, lit=keys)
    return Picture(grid, lambda key: LIT if key and key in keys else palette.QUIET)


def _room(cell: Cell) -> bool:
    return cell_len(cell.caption) + 2 <= 2 * min(cell.bits, 32) - 1


def _keys(header: Header, field: Field, keys: set[str]) -> set[str]:
    """Which of the boxes hold some of a field: its own, that of the word it is a part of, or those of its parts."""
    if field.name in keys:
        return {field.name}
    for row in (*header.fields, *header.repeat):
        slots = {slot.field.name: slot for slot in place((row,))}
        mine = slots.get(field.name)
        if mine is not None:
            return {
                key for key in keys & slots.keys()
                if key == row.name or (slots[key].bit < mine.bit + mine.bits and mine.bit < slots[key].bit + slots[key].bits)
            }  # fmt: skip
    return set()


def _cells(layer: Layer, option: Option | None) -> list[Cell]:
    """The layer's boxes; for a field of an option those of the option, so that the picture stays small."""
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
