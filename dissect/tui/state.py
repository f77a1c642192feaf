"""What all parts of the screen share: the language, columns, the format of times, marks, the filter's matches."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dissect.explain import LANGUAGES
from dissect.explain.language import Language, language
from dissect.tui.columns import TIMES, USUAL, known
from dissect.tui.settings import Settings
from dissect.tui.wording import words

if TYPE_CHECKING:
    from dissect.tui.search import Matches


class State:
    """Choices of the person at the screen, beginning with those remembered."""

    def __init__(self, settings: Settings, code: str | None = None, wanted: str = "") -> None:
        self.settings = settings
        self.language: Language = language(code or settings.language or None)
        self.columns: list[str] = [name for name in settings.columns if known(name)] or list(USUAL)
        self.time_format = settings.time_format if settings.time_format in TIMES else TIMES[0]
        self.marks: set[int] = set()
        self.matches: Matches | None = None
        self.only_matches = True
        self.wanted = wanted  # the filter to begin with
        self.sort: Callable[[str], None] = lambda _: None
        self.retold: list[Callable[[], None]] = []  # whoever shows words

    def word(self, key: str, default: str | None = None, **blanks: object) -> str:
        """One of the browser's own words."""
        found = words(self.language.code).get(key, default)
        if found is None:
            raise KeyError(key)
        return found.format(**blanks) if blanks else found

    def place(self, start: int, stop: int) -> str:
        """Which bytes, in words."""
        return (
            self.word("place.one", first=start) if stop - start <= 1 else self.word("place", first=start, last=stop - 1)
        )

    def turn_language(self) -> None:
        """The next language."""
        at = LANGUAGES.index(self.language.code)
        self.language = Language(LANGUAGES[(at + 1) % len(LANGUAGES)])
        self.settings.language = self.language.code
        for tell in list(self.retold):
            tell()

    def turn_times(self) -> None:
        """The next format of times."""
        self.time_format = TIMES[(TIMES.index(self.time_format) + 1) % len(TIMES)]
        self.settings.time_format = self.time_format

    def is_match(self, number: int) -> bool:
        """Whether a packet fits the filter, where the others are shown too."""
        return self.matches is not None and not self.only_matches and number in self.matches
