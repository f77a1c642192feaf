"""The RFC's picture of a header, 32 bits wide: boxes of fields, their captions, their values.

Boxes come from the header's table or from a decoded layer; the drawing knows nothing but boxes.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size

from dissect.wire.field import Field, Header

ROW = 32
TALLEST = 4  # rows of a box that are drawn; the rest of a longer one is left out
REST = 32  # bits drawn for a row that extends to the header's end
SHORTER = {
    "Reserved": "Rsrvd",
    "Overflow": "Oflw",
    "No-operation": "NOP",
    "No operation": "NOP",
}  # RFC 9293's, RFC 791's


class Cell(NamedTuple):
    """A box: `bit` counts from the header's first; `key` is the field's name, for colours."""

    bit: int
    bits: int
    caption: str
    text: str = ""
    key: str = ""


class Strokes(NamedTuple):
    """The characters of lines: by which of up, down, left and right they join (1, 2, 4, 8).

    `missing` fills the place of bytes that are not there, `ellipsis` ends a shortened text, `lit` are the
    sides of a box that is pointed out.
    """

    joints: str
    dash: str
    missing: str
    ellipsis: str
    lit: str


UNICODE = Strokes(" ╵╷│╴┘┐┤╶└┌├─┴┬┼", "─", "░", "…", "┃")
ASCII = Strokes(" |||-+++-++++++++"[:12] + "++++", "-", "?", "~", "#")
Run = tuple[str, str]  # text, and the key of the box it belongs to ("" for lines)


def layout(cells: Iterable[Cell]) -> list[Cell]:
    """The boxes as they are drawn: the middle of a very tall one left out, what follows moved up."""
    placed, shift = [], 0
    for cell in cells:
        rows = -(-(cell.bit % ROW + cell.bits) // ROW)
        spare = max(0, rows - TALLEST) * ROW
        placed.append(cell._replace(bit=cell.bit - shift, bits=cell.bits - spare))
        shift += spare
    return placed


class Grid:
    """The boxes on their grid of bits; `width` is the number of characters a bit takes, `lit` the keys pointed out."""

    def __init__(
        self, cells: Sequence[Cell], width: int = 2, strokes: Strokes = UNICODE, lit: Container[str] = ()
    ) -> None:
        self.cells = layout(cells)
        self.lit = lit
        self.width = width
        self.strokes = strokes
        end = max((cell.bit + cell.bits for cell in self.cells), default=0)
        self.rows = -(-end // ROW)
        self.owner: list[int | None] = [None] * (self.rows * ROW)
        self.end = end
        for index, cell in enumerate(self.cells):
            for bit in range(cell.bit, cell.bit + cell.bits):
                self.owner[bit] = index
        self.texts = self._place_texts()

    def lines(self) -> Iterator[list[Run]]:
        """The picture, line by line, ruler first."""
        return (runs for _, runs in self.rows_of_lines())

    def rows_of_lines(self) -> Iterator[tuple[int | None, list[Run]]]:
        """The picture, line by line, each with the row of bits that it shows; None for the ruler and borders."""
        yield from ((None, runs) for runs in self._ruler())
        yield None, self._border(-1)
        for row in range(self.rows):
            height = max(1, *(len(lines) for (r, _), lines in self.texts.items() if r == row), 1)
            for line in range(height):
                yield row, self._content(row, line, height)
            border = self._border(row)
            if row == self.rows - 1 or border[0][0].strip("│| "):
                yield None, border

    def box(self, row: int, column: int) -> int | None:
        """Which of the boxes, by its place in `cells`, a character column of a row of bits shows; None for none."""
        bit = max(0, column - 1) // self.width
        owner = self._at(row, bit) if bit < ROW else None
        return owner if owner is not None and owner >= 0 else None

    def _ruler(self) -> Iterator[list[Run]]:
        width = self.width
        tens = "".join((str(bit // 10) if bit % 10 == 0 else "").ljust(width) for bit in range(ROW))
        ones = "".join(str(bit % 10).ljust(width) for bit in range(ROW))
        lead = " " * ((width + 1) // 2)
        yield [((lead + tens).rstrip(), "")]
        yield [((lead + ones).rstrip(), "")]

    def _at(self, row: int, bit: int) -> int | None:
        """The box at a place: -1 outside the header, None where bytes are missing."""
        if not (0 <= row < self.rows and 0 <= bit < ROW):
            return -1
        place = row * ROW + bit
        return -1 if place >= self.end else self.owner[place]

    def _border(self, row: int) -> list[Run]:
        """The line below `row`."""
        out = []
        for bit in range(ROW + 1):
            up = self._at(row, bit - 1) != self._at(row, bit)
            down = self._at(row + 1, bit - 1) != self._at(row + 1, bit)
            left = self._at(row, bit - 1) != self._at(row + 1, bit - 1)
            right = self._at(row, bit) != self._at(row + 1, bit)
            out.append(self.strokes.joints[up + 2 * down + 4 * left + 8 * right])
            if bit < ROW:
                out.append((self.strokes.dash if right else " ") * (self.width - 1))
        return [("".join(out).rstrip(), "")]

    def _content(self, row: int, line: int, height: int) -> list[Run]:
        out: list[Run] = []
        bit = 0
        while bit < ROW:
            owner = self._at(row, bit)
            stop = bit + 1
            while stop < ROW and self._at(row, stop) == owner:
                stop += 1
            before = self._at(row, bit - 1)
            out.append((self._side(before, owner) if before != owner else " ", ""))
            out.extend(self._inside(owner, row, bit, (stop - bit) * self.width - 1, line, height))
            bit = stop
        last = self._at(row, ROW - 1)
        out.append((self._side(last, -1) if last != -1 else "", ""))
        return out

    def _side(self, *owners: int | None) -> str:
        """The line between two boxes."""
        lit = any(owner is not None and owner >= 0 and self.cells[owner].key in self.lit for owner in owners)
        return self.strokes.lit if lit else self.strokes.joints[3]

    def _inside(self, owner: int | None, row: int, bit: int, width: int, line: int, height: int) -> Iterator[Run]:
        """The text of a box apart from the space around it, so that a picture places it exactly."""
        if owner is None or owner < 0:
            yield (self.strokes.missing if owner is None else " ") * width, ""
            return
        lines = self.texts.get((row, bit), ())
        at = line - (height - len(lines)) // 2
        text = lines[at] if 0 <= at < len(lines) else ""
        key = self.cells[owner].key
        whole = centered(text, width)
        lead = len(whole) - len(whole.lstrip())
        around = key if key in self.lit else ""
        yield whole[:lead], around
        yield text, key
        yield whole[lead + len(text) :], around

    def _place_texts(self) -> dict[tuple[int, int], list[str]]:
        """What is written where: (row, first bit of the box in that row) → lines."""
        texts: dict[tuple[int, int], list[str]] = {}
        stacked: dict[int, list[tuple[int, list[str], list[str]]]] = {}
        dots = self.strokes.ellipsis
        for cell in self.cells:
            segments = self._segments(cell)
            widest = max(stop - start for _, start, stop in segments)
            homes = [segment for segment in segments if segment[2] - segment[1] == widest]
            inner = widest * self.width - 1
            caption, value = fold(cell.caption, inner, cell.bits, dots), fit(cell.text, inner, dots)
            if len(segments) == 2 and not touch(*segments):
                homes = homes[:1]
                row, start, stop = next(segment for segment in segments if segment not in homes)
                more = f"{cell.caption} {dots}" if row < homes[0][0] else f"{dots} {cell.caption}"
                texts[row, start] = [more if cell_len(more) < (stop - start) * self.width else dots]
            if len(homes) == 1:
                row, start, _ = homes[0]
                texts[row, start] = caption + value
                stacked.setdefault(row, []).append((start, caption, value))
                continue
            middle = (len(homes) - 1) // 2
            for offset, lines in ((0, caption), (1, value)):
                row, start, _ = homes[middle + offset]
                texts[row, start] = lines
        for row, columns in stacked.items():
            height = max(len(caption) + len(value) for _, caption, value in columns)
            for start, caption, value in columns:
                if len(caption) > 1 and all(len(line) == 1 for line in caption):
                    texts[row, start] = caption + [""] * (height - len(caption) - len(value)) + value
        return texts

    def _segments(self, cell: Cell) -> list[tuple[int, int, int]]:
        out, bit, stop = [], cell.bit, cell.bit + cell.bits
        while bit < stop:
            row = bit // ROW
            end = min(stop, (row + 1) * ROW)
            out.append((row, bit - row * ROW, end - row * ROW))
            bit = end
        return out


def touch(upper: tuple[int, int, int], lower: tuple[int, int, int]) -> bool:
    """Whether two pieces of a box, (row, first bit, last bit + 1) each, join below one another."""
    return lower[1] < upper[2] and upper[1] < lower[2]


def fold(caption: str, width: int, bits: int, dots: str = "…") -> list[str]:
    """A caption in lines of `width`: whole if it fits, one-bit ones letter below letter, else word by word.

    Of "B: backup" a box too small for it has the "B" alone.
    """
    if cell_len(caption) > width:
        caption = SHORTER.get(caption, caption.partition(":")[0])
    if cell_len(caption) <= width:
        return [caption]
    if bits == 1:
        return list(caption.replace(" ", ""))[:TALLEST]
    if not caption.isascii() and " " not in caption and width > 1:
        count = -(-cell_len(caption) // width)
        part = -(-len(caption) // count)
        return [caption[at : at + part] for at in range(0, len(caption), part)]
    lines: list[str] = []
    for word in caption.split():
        if lines and cell_len(lines[-1]) + 1 + cell_len(word) <= width:
            lines[-1] += " " + word
        else:
            lines.append(
                word if cell_len(word) <= width else set_cell_size(word, max(width - 1, 1)) + dots * (width > 1)
            )
    return lines


def centered(text: str, width: int) -> str:
    """The text in the middle of `width` columns, wide characters counted as two."""
    return text.center(width - cell_len(text) + len(text))


def fit(text: str, width: int, dots: str = "…") -> list[str]:
    """A value on one line, shortened where the box is too small for it; no line for no text."""
    if not text:
        return []
    return [text if len(text) <= width else text[: max(width - 1, 0)] + dots]


def table_cells(header: Header, target: Field | None = None) -> list[Cell]:
    """The boxes of a header's table without a packet; conditional rows as far as they go with `target`."""
    cells: list[Cell] = []
    bit = 0
    for row in (*header.fields, *header.repeat):
        if not _goes_with(row, target):
            continue
        bits = row.bits if row.bits is not None else REST if bit % ROW == 0 else ROW - bit % ROW
        for part in row.parts if row.split else (row,):
            size = bits if part is row else part.bits or 0
            cells.append(Cell(bit, size, part.caption, key=part.name))
            bit += size
    if header.options is not None:
        for caption, bits in header.options.drawn:
            cells.append(Cell(bit, bits, caption, key=header.options.key))
            bit += bits
    return cells


def _goes_with(row: Field, target: Field | None) -> bool:
    if row.when is None:
        return True
    if target is None or target.when is None:
        return False
    return all(_overlap(want, target.when[name]) for name, want in row.when.items() if name in target.when) and (
        row.when.keys() <= target.when.keys()
    )


def _overlap(one: int | tuple[int, ...], other: int | tuple[int, ...]) -> bool:
    left = one if isinstance(one, tuple) else (one,)
    right = other if isinstance(other, tuple) else (other,)
    return not set(left).isdisjoint(right)


def figure(header: Header) -> str:
    """The header as the RFC draws it: ASCII, two characters a bit, no values."""
    grid = Grid(table_cells(header), 2, ASCII)
    return "\n".join("".join(text for text, _ in runs) for runs in grid.lines()) + "\n"
