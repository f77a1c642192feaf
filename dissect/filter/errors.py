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

    def underlined(self, width: int = 0) -> str:
        """Three lines: the text, the fault underlined, the reason; at most `width` columns of the text, if it has more."""
        shown = "".join(map(_visible, self.text))
        before, fault, behind = shown[: self.start], shown[self.start : self.stop], shown[self.stop :]
        if width and _cells(shown) > width:
            fault = _within(fault, width * 2 // 3)
            room = width - _cells(fault)
            before = _within(before[::-1], max(room * 2 // 3, room - _cells(behind)))[::-1]
            behind = _within(behind, room - _cells(before))
        reason = "".join(map(_visible, self.message))
        return f"{before}{fault}{behind}\n{' ' * _cells(before)}{'^' * max(1, _cells(fault))}\n{reason}"


def _visible(character: str) -> str:
    """The character, or one space for what would break the line or move its columns."""
    return " " if category(character) in {"Cc", "Cf", "Cs", "Mn", "Me", "Zl", "Zp"} else character


def _within(text: str, width: int) -> str:
    """As much of the text as fits, with a sign where more follows."""
    if _cells(text) <= width:
        return text
    end = 0
    while width - 1 >= (taken := _cells(text[end])):
        width, end = width - taken, end + 1
    return text[:end] + "…"


def _cells(text: str) -> int:
    """The width of the text on a terminal: East Asian wide characters take two columns."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
