"""Text that wraps as Chinese does: between any two wide characters, never before closing punctuation."""

from __future__ import annotations

import re

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.measure import Measurement
from rich.text import Text

WIDE = re.compile("[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]")
UNIT = re.compile(
    r"[（《「“]*(?:[\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uffef]|[^\s\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uffef]+)"
    r"[，。；：！？、）》」”…]*\s*"
)


def flowing(text: Text) -> RenderableType:
    """The text itself where it has no wide characters, else one that wraps between them."""
    return Flow(text) if WIDE.search(text.plain) else text


class Flow:
    """A text with wide characters for a rich console."""

    def __init__(self, text: Text) -> None:
        self.text = text

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        units = UNIT.findall(self.text.plain) or [self.text.plain]
        least = max(cell_len(unit.rstrip()) for unit in units)
        return Measurement(least, cell_len(self.text.plain)).with_maximum(options.max_width)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for paragraph in self.text.split("\n", allow_blank=True):
            for line in paragraph.divide(breaks(paragraph.plain, options.max_width)):
                line.rstrip()
                yield line


def breaks(plain: str, width: int) -> list[int]:
    """Where lines of at most `width` columns begin, the first aside."""
    found: list[int] = []
    column = 0
    for match in UNIT.finditer(plain):
        unit = match.group()
        if column and column + cell_len(unit.rstrip()) > width:
            found.append(match.start())
            column = 0
        column += cell_len(unit)
    return found
