"""A canvas of characters: boxes and lines, light or heavy, that join where they meet; text; each cell with a style."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

from rich.cells import cell_len
from rich.text import Text

Point = tuple[int, int]
UP, RIGHT, DOWN, LEFT = range(4)
NAMES = {
    "UP": (UP,),
    "RIGHT": (RIGHT,),
    "DOWN": (DOWN,),
    "LEFT": (LEFT,),
    "HORIZONTAL": (RIGHT, LEFT),
    "VERTICAL": (UP, DOWN),
}
HEADS = {UP: "▲", RIGHT: "▶", DOWN: "▼", LEFT: "◀"}
PLAIN_HEADS = {UP: "^", RIGHT: ">", DOWN: "v", LEFT: "<"}


@cache
def joints() -> dict[tuple[int, ...], str]:
    """How heavy the arms of a cell are, up, right, down, left (0 none, 1 light, 2 heavy) → its character.

    Read off the names that Unicode gives to box drawings, such as "BOX DRAWINGS DOWN LIGHT AND RIGHT HEAVY".
    """
    found: dict[tuple[int, ...], str] = {(0, 0, 0, 0): " "}
    for code in range(0x2500, 0x2580):
        words = unicodedata.name(chr(code)).removeprefix("BOX DRAWINGS ").split()
        if not set(words) <= NAMES.keys() | {"LIGHT", "HEAVY", "AND"}:
            continue
        arms, weight, waiting = [0, 0, 0, 0], 0, list[int]()
        for word in words:
            if word in NAMES:
                waiting += NAMES[word]
                if words[0] in ("LIGHT", "HEAVY"):  # one weight for all arms stands first
                    weight = 2 if words[0] == "HEAVY" else 1
            elif word in ("LIGHT", "HEAVY") and waiting:  # each weight stands behind its arms
                for arm in waiting:
                    arms[arm] = 2 if word == "HEAVY" else 1
                waiting = []
        if words[0] in ("LIGHT", "HEAVY"):
            waiting, arms = [], _one_weight(words, weight)
        if not waiting:
            found.setdefault(tuple(arms), chr(code))
    return found


def _one_weight(words: list[str], weight: int) -> list[int]:
    """Arms of a name that begins with a weight; another weight later in it, as in "LIGHT LEFT AND HEAVY RIGHT", counts from there."""
    arms = [0, 0, 0, 0]
    for word in words:
        if word in ("LIGHT", "HEAVY"):
            weight = 2 if word == "HEAVY" else 1
        for arm in NAMES.get(word, ()):
            arms[arm] = weight
    return arms


class Canvas:
    """`width` × `height` cells, all empty."""

    def __init__(self, width: int, height: int, *, ascii_only: bool = False) -> None:
        self.width, self.height, self.ascii_only = width, height, ascii_only
        self._arms = [[[0, 0, 0, 0] for _ in range(width)] for _ in range(height)]
        self._text: list[list[str]] = [[""] * width for _ in range(height)]
        self._styles: list[list[str]] = [[""] * width for _ in range(height)]

    def line(self, points: Sequence[Point], *, heavy: bool = False, style: str = "") -> None:
        """A line through points (column, row), each straight from the one before."""
        for (x, y), (to_x, to_y) in pairwise(points):
            step_x, step_y = (to_x > x) - (to_x < x), (to_y > y) - (to_y < y)
            arm = RIGHT if step_x > 0 else LEFT if step_x < 0 else DOWN if step_y > 0 else UP
            while (x, y) != (to_x, to_y):
                self._join(x, y, arm, heavy, style)
                x, y = x + step_x, y + step_y
                self._join(x, y, (arm + 2) % 4, heavy, style)

    def _join(self, x: int, y: int, arm: int, heavy: bool, style: str) -> None:
        arms = self._arms[y][x]
        arms[arm] = max(arms[arm], 2 if heavy else 1)
        if heavy or not self._styles[y][x]:
            self._styles[y][x] = style

    def arrow(self, points: Sequence[Point], *, heavy: bool = False, style: str = "") -> None:
        """A line with a head at its last point."""
        self.line(points, heavy=heavy, style=style)
        (x, y), (to_x, to_y) = points[-2:]
        arm = RIGHT if to_x > x else LEFT if to_x < x else DOWN if to_y > y else UP
        self.put(to_x, to_y, (PLAIN_HEADS if self.ascii_only else HEADS)[arm], style)

    def box(self, x: int, y: int, width: int, height: int, *, heavy: bool = False, style: str = "") -> None:
        """A frame with its upper left corner there."""
        right, bottom = x + width - 1, y + height - 1
        self.line([(x, y), (right, y), (right, bottom), (x, bottom), (x, y)], heavy=heavy, style=style)

    def put(self, x: int, y: int, text: str, style: str = "") -> None:
        """Text over whatever stands there; what does not fit is left out."""
        for char in text:
            size = cell_len(char)
            if x < 0 or x + size > self.width or not 0 <= y < self.height:
                return
            self._text[y][x : x + size] = [char, *[" " * 0 + "\0"] * (size - 1)]
            self._styles[y][x] = style
            x += size

    def center(self, x: int, y: int, width: int, text: str, style: str = "") -> None:
        """Text in the middle of so many columns."""
        self.put(x + max(0, (width - cell_len(text)) // 2), y, text, style)

    def lines(self) -> list[Text]:
        """The rows, without what is empty on their right."""
        return [self._row(y) for y in range(self.height)]

    def _row(self, y: int) -> Text:
        row = Text(no_wrap=True)
        for text, arms, style in zip(self._text[y], self._arms[y], self._styles[y], strict=True):
            if text != "\0":  # the second half of a wide character
                row.append(text or self._char(arms), style or None)
        row.rstrip()
        return row

    def _char(self, arms: list[int]) -> str:
        if not self.ascii_only:
            return joints()[tuple(arms)]
        sides = bool(arms[RIGHT] or arms[LEFT]), bool(arms[UP] or arms[DOWN])
        heavy = 2 in arms
        return {
            (False, False): " ", (True, False): "=" if heavy else "-", (False, True): "#" if heavy else "|",
            (True, True): "#" if heavy else "+",
        }[sides]  # fmt: skip
