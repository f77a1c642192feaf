"""Graphs in the terminal: dots of braille, signs on top of them, axes with numbers."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, log10

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from dissect.explain.language import Language
from dissect.render import palette
from dissect.streams.graphs import Plotted, Point, Series

ROWS = 17
NARROWEST, WIDEST = 24, 120
BRAILLE = 0x2800
DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))  # of the left and the right column, from the top
PLAIN = ".:*#"
STYLES = ("cyan", "green", "magenta", "yellow")


class Plot:
    """A graph for a rich console; `name` is the end that sends."""

    def __init__(self, graph: Plotted, name: str, language: Language) -> None:
        self.graph, self.name, self.language = graph, name, language

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        word = self.language.word
        title = word(f"graph.{self.graph.graph}", name=self.name)
        yield Text(title, palette.TITLE)
        points = [point for series in self.graph.series for point in series.points]
        if not points:
            yield Text(word("graph.empty"), palette.QUIET)
            return
        right = max(x for x, _ in points) or 0.001
        top = nice(max(y for _, y in points) or 1)
        labels = [shown(top * at / 4) for at in range(5)]
        edge = max(map(len, labels))
        room = max(NARROWEST, min(WIDEST, options.max_width - edge - 2))
        yield Text(f"{self.graph.unit:>{edge}}", palette.QUIET)
        rows = draw(self.graph.series, right, top, room, ascii_only=options.ascii_only)
        for row, line in enumerate(rows):
            at = (ROWS - 1 - row) * 4 / (ROWS - 1)
            label = labels[round(at)] if abs(at - round(at)) < 2 / (ROWS - 1) else ""
            axis = ("+" if label else "|") if options.ascii_only else "┤" if label else "│"
            yield Text(f"{label:>{edge}}{axis}", palette.QUIET).append_text(line)
        yield self._below(edge, room, right, ascii_only=options.ascii_only)
        yield self._legend(ascii_only=options.ascii_only)

    def _below(self, edge: int, room: int, right: float, *, ascii_only: bool) -> Text:
        first, middle, last = "0", shown(right / 2), f"{shown(right)} s"
        gap = max(1, room // 2 - len(first) - len(middle) // 2)
        rest = max(1, room - len(first) - gap - len(middle) - len(last))
        corner, dash = ("+", "-") if ascii_only else ("└", "─")
        line = Text(" " * edge + corner + dash * room + "\n", palette.QUIET)
        return line.append(" " * (edge + 1) + first + " " * gap + middle + " " * rest + last)

    def _legend(self, *, ascii_only: bool) -> Text:
        line = Text()
        for style, series in zip(STYLES, self.graph.series, strict=False):
            sign = series.sign or ("*" if ascii_only else "⠶" if not series.line else "⣀")
            line.append(f"{sign} {self.language.word(f'graph.series.{series.name}')}   ", style)
        line.rstrip()
        return line


def draw(series: Sequence[Series], right: float, top: float, room: int, *, ascii_only: bool = False) -> list[Text]:
    """The rows of a graph from the top, `room` columns wide: dots of each series, signs over them."""
    dots = [[0] * room for _ in range(ROWS)]
    styles = [[""] * room for _ in range(ROWS)]
    signs: dict[tuple[int, int], tuple[str, str]] = {}
    for style, each in zip(STYLES, series, strict=False):
        for x, y in _places(each, right, top, room):
            column, row = x // 2, ROWS - 1 - y // 4
            if each.sign:
                signs[column, row] = each.sign, style
            else:
                dots[row][column] |= DOTS[x % 2][3 - y % 4]
                styles[row][column] = styles[row][column] or style
    return [
        _row(dots[row], styles[row], {x: sign for (x, y), sign in signs.items() if y == row}, ascii_only)
        for row in range(ROWS)
    ]


def _places(series: Series, right: float, top: float, room: int) -> list[tuple[int, int]]:
    """The dots of a series, columns from the left and rows from below, each once."""
    found: dict[tuple[int, int], None] = {}
    before: tuple[int, int] | None = None
    for point in series.points:
        x, y = _place(point, right, top, room)
        if series.line and before is not None:  # a step: on at the old height, then up or down
            for between in range(before[0], x):
                found[between, before[1]] = None
            for between in range(min(before[1], y), max(before[1], y)):
                found[x, between] = None
        found[x, y] = None
        before = x, y
    return list(found)


def _place(point: Point, right: float, top: float, room: int) -> tuple[int, int]:
    x, y = point
    wide, high = room * 2 - 1, ROWS * 4 - 1
    return max(0, min(wide, round(x / right * wide))), max(0, min(high, round(y / top * high)))


def _row(dots: list[int], styles: list[str], signs: dict[int, tuple[str, str]], ascii_only: bool) -> Text:
    row = Text(no_wrap=True)
    for column, (bits, style) in enumerate(zip(dots, styles, strict=True)):
        if column in signs:
            row.append(*signs[column])
        elif not bits:
            row.append(" ")
        else:
            row.append(PLAIN[min(3, (bits.bit_count() - 1) // 2)] if ascii_only else chr(BRAILLE + bits), style)
    row.rstrip()
    return row


def nice(number: float) -> float:
    """The next number of the form 1, 2, 2.5, 4, 5 or 8 times a power of ten, so that a quarter of it is short to write."""
    power = 10.0 ** floor(log10(number))
    return next(step * power for step in (1, 2, 2.5, 4, 5, 8, 10) if step * power >= number * 0.999999)


def shown(number: float) -> str:
    """A number in few digits, with k, M or G."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(number) >= size * 10 or (abs(number) >= size and number % (size / 10) == 0):
            return _trimmed(number / size) + letter
    return _trimmed(number)


def _trimmed(number: float) -> str:
    digits = max(0, 3 - ceil(log10(abs(number)))) if number else 0
    text = f"{number:.{min(6, digits)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
