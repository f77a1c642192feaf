"""What is wrong with a filter's text, and where in it."""

from __future__ import annotations

from unicodedata import category, east_asian_width


class FilterError(Exception):
    """A filter that cannot be used: characters `start` to `stop` of `text` are at fault.

    `start` equals `stop` where something is missing. `nearest` are names that may have been meant.
    """

    def __init__(self, message: str, text: str, start: int, stop: int, nearest: tuple[str, ...] = ()) -> None:
        super().__init__(message, text, start, stop)
        self.message = message
        self.text = text
        self.start = max(0, min(start, len(text)))
        self.stop = max(self.start, min(stop, len(text)))
        self.nearest = nearest

    def __str__(self) -> str:
        return self.message

    def underlined(self) -> str:
        """Three lines: the text, the fault underlined, the reason."""
        shown = "".join(map(_visible, self.text))
        before, fault = shown[: self.start], shown[self.start : self.stop]
        return f"{shown}\n{' ' * _cells(before)}{'^' * max(1, _cells(fault))}\n{''.join(map(_visible, self.message))}"


def _visible(character: str) -> str:
    """The character, or one space for what would break the line or move its columns."""
    return " " if category(character) in {"Cc", "Cf", "Cs", "Mn", "Me", "Zl", "Zp"} else character


def _cells(text: str) -> int:
    """The width of the text on a terminal: East Asian wide characters take two columns."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
