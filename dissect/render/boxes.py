"""The boxes of decoded layers, and pictures of them for a rich console."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator

from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment

from dissect.explain.language import Language
from dissect.packet import Layer, Option
from dissect.render import palette, words
from dissect.render.diagram import ASCII, ROW, UNICODE, Cell, Grid
from dissect.render.setting import Setting
from dissect.wire.registry import fields

NARROWEST = 2 * ROW + 1  # columns that a diagram takes at least


def layer_cells(layer: Layer) -> list[Cell]:
    """The boxes of a decoded layer: its fields, then its options, field by field."""
    base = layer.start * 8
    cells: list[Cell] = []
    for value in layer.values:
        for part in value.parts if value.field.split and value.parts else (value,):
            cells.append(Cell(part.bit - base, part.bits, part.field.caption, words.boxed(part), part.name))
    for option in layer.options:
        cells.extend(_option_cells(option, base))
    end = (layer.stop - layer.start) * 8
    return [cell for cell in sorted(cells, key=lambda cell: cell.bit) if cell.bit + cell.bits <= end]


def _option_cells(option: Option, base: int) -> Iterator[Cell]:
    names = option.header.label
    done = option.start * 8
    for value in option.values:
        caption = (
            names if value.name == option.header.fields[0].name and len(option.values) == 1 else value.field.caption
        )
        text = value.text if value.parts and value.bits <= 8 else words.boxed(value)
        yield Cell(value.bit - base, value.bits, caption, text, value.name)
        done = max(done, value.bit + value.bits)
    for inner in option.options:
        yield from _option_cells(inner, base)
        done = max(done, inner.stop * 8)
    if done < option.stop * 8:
        yield Cell(done - base, option.stop * 8 - done, "not decoded", "", "")


class Picture:
    """A grid of boxes for a rich console that is wide enough for it; `style` gives a box's style by its key, "" a line's."""

    def __init__(self, grid: Grid, style: Callable[[str], str]) -> None:
        self.grid = grid
        self.style = style

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if options.max_width < NARROWEST:
            return
        for runs in self.grid.lines():
            for text, key in runs:
                yield Segment(text, console.get_style(self.style(key)))
            yield Segment.line()


def captioned(cells: list[Cell], language: Language) -> list[Cell]:
    """The boxes with their captions in a language; one that has its option's name keeps that."""
    known = fields()
    own = (known[cell.key][0].caption if cell.key in known else "" for cell in cells)
    return [
        cell._replace(
            caption=(language.caption(cell.key) if cell.caption == caption and cell.bits > 1 else "")
            or language.term(cell.caption)
        )
        for cell, caption in zip(cells, own, strict=True)
    ]


def diagram(layer: Layer, setting: Setting) -> Picture:
    """The layer drawn as its RFC draws it, as wide as the console allows: 2 to 4 characters a bit."""
    colours = palette.by_key(layer)
    for index, option in enumerate(layer.options):
        for value in option.values:
            colours.setdefault(value.name, palette.option_colour(index, layer))
    cells = captioned(layer_cells(layer), setting.language)
    grid = draw(cells, setting.width, 4, ascii_only=setting.ascii_only)
    return Picture(grid, lambda key: colours.get(key, palette.QUIET))


def draw(cells: list[Cell], width: int, widest: int, *, ascii_only: bool, lit: Container[str] = ()) -> Grid:
    """The boxes on a grid as wide as `width` columns allow, from 2 to `widest` characters a bit."""
    return Grid(cells, max(2, min(widest, (width - 1) // ROW)), ASCII if ascii_only else UNICODE, lit)
