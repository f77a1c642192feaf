"""Reads a header's figure as RFCs draw it, ASCII art, into the boxes that it shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

BORDER = re.compile(r"\+(?:-+\+)+")


class Box(NamedTuple):
    """Bits `first` up to and without `last` of a row, counted from 0, and the words inside.

    Of a box that spans several rows, it is the first row and what the box has of it. A row ends
    wherever some border is drawn.
    """

    row: int
    first: int
    last: int
    label: str


Place = tuple[int, int]


def transcript(name: str) -> str:
    """The figure of that name beside this file, as it stands in its RFC."""
    return (Path(__file__).with_name(name + ".txt")).read_text()


def boxes(figure: str, bits: int = 32) -> list[Box]:
    """The boxes of a figure that is `bits` wide, in reading order."""
    lines = art(figure)
    width = len(lines[0])
    rows = [sum(bool(BORDER.search(line)) for line in lines[:number]) - 1 for number in range(len(lines))]
    open_places = {
        (number, column) for number, line in enumerate(lines) for column in set(range(1, width - 1)) - set(walls(line))
    }
    found = []
    while open_places:
        area = flood(open_places, min(open_places))
        row = rows[min(area)[0]]
        columns = [column for number, column in area if rows[number] == row and not BORDER.search(lines[number])]
        first, last = ((column * bits) // (width - 1) for column in (min(columns) - 1, max(columns) + 1))
        found.append(Box(row, first, last, label(lines, area, "" if last - first == 1 else " ")))
    return sorted(found)


def art(figure: str) -> list[str]:
    """The lines from the first border on, without indentation and what stands below the last border."""
    lines = figure.rstrip().splitlines()
    start = next(number for number, line in enumerate(lines) if BORDER.match(line.strip()))
    indent = len(lines[start]) - len(lines[start].lstrip())
    width = len(lines[start].strip())
    rest = [line[indent:].rstrip() for line in lines[start:]]
    assert all(len(line) == width for line in rest), [line for line in rest if len(line) != width]
    return rest


def walls(line: str) -> Iterator[int]:
    """The columns inside a line that separate boxes, or the rows above and below."""
    for match in BORDER.finditer(line):
        yield from range(*match.span())
    yield from (column for column, letter in enumerate(line) if letter == "|")


def flood(open_places: set[Place], start: Place) -> set[Place]:
    """Takes the connected area around `start` out of `open_places`."""
    area, todo = set(), [start]
    while todo:
        place = todo.pop()
        if place in open_places:
            open_places.remove(place)
            area.add(place)
            line, column = place
            todo += [(line + 1, column), (line - 1, column), (line, column + 1), (line, column - 1)]
    return area


def label(lines: list[str], area: set[Place], between: str) -> str:
    """The words in an area; letters that stand below each other in a column of one bit make one word."""
    written: dict[int, str] = {}
    for number, column in sorted(area):
        written[number] = written.get(number, "") + lines[number][column]
    return between.join(" ".join(text.split()) for text in written.values() if text.strip())
