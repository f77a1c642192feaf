"""What a page is drawn with: its packet, its language, what surrounds the packet, how wide, which characters."""

from __future__ import annotations

from typing import NamedTuple

from rich.console import ConsoleOptions

from dissect.explain.language import Language
from dissect.explain.readings import Around, Context
from dissect.packet import Layer, Packet, Value


class Setting(NamedTuple):
    """The choices that every part of a page needs."""

    packet: Packet
    language: Language
    around: Around | None = None
    width: int = 80
    ascii_only: bool = False

    def on(self, options: ConsoleOptions) -> Setting:
        """The same on a given console."""
        return self._replace(width=options.max_width, ascii_only=options.ascii_only)

    def word(self, key: str, **blanks: object) -> str:
        """One of the pages' own words."""
        return self.language.word(key, **blanks)

    def readings(self, layer: Layer, value: Value) -> list[str]:
        """What a value means in its packet."""
        return self.language.read(value, Context(self.packet, layer, self.around))
