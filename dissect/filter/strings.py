"""Strings and characters in quotes, with the escapes of wireshark-filter(4)."""

from __future__ import annotations

import re

_ESCAPE = re.compile(r"\\(?:x(?P<hex>[0-9A-Fa-f]{2})|u(?P<short>[0-9A-Fa-f]{4})|U(?P<long>[0-9A-Fa-f]{8})"
                     r"|(?P<octal>[0-7]{1,3})|(?P<sign>[\s\S]?))")  # fmt: skip
_SIGNS = {"a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "'": 39, '"': 34, "\\": 92}


class EscapeError(Exception):
    """An escape that does not exist, characters `start` to `stop` of the text."""

    def __init__(self, start: int, stop: int) -> None:
        super().__init__(start, stop)
        self.start, self.stop = start, stop


def string_bytes(quoted: str) -> bytes:
    """The bytes that a string literal stands for; in a raw one (`r"…"`) a backslash is a backslash."""
    if quoted.startswith("r"):
        return _utf8(quoted[2:-1])
    return unescape(quoted, 1)


def character_number(quoted: str) -> int | None:
    """The number of a character constant; None where the quotes hold more than one character."""
    data = unescape(quoted, 1)
    if len(data) == 1:
        return data[0]
    text = data.decode("utf-8", "replace")
    return ord(text) if len(text) == 1 else None


def unescape(quoted: str, quotes: int) -> bytes:
    """The bytes between quotes of that width: escaped ones as they are, everything else in UTF-8."""
    found, at, end = [], quotes, len(quoted) - quotes
    for match in _ESCAPE.finditer(quoted, quotes, end):
        found += [_utf8(quoted[at : match.start()]), _escaped(match)]
        at = match.end()
    return b"".join((*found, _utf8(quoted[at:end])))


def _escaped(match: re.Match[str]) -> bytes:
    kind = match.lastgroup or ""
    text = match[kind]
    if kind == "sign":
        if text in _SIGNS and text:
            return bytes([_SIGNS[text]])
        raise EscapeError(match.start(), match.end())
    number = int(text, 8 if kind == "octal" else 16)
    if kind in {"hex", "octal"} and number <= 255:
        return bytes([number])
    if kind == "octal" or number > 0x10FFFF:
        raise EscapeError(match.start(), match.end())
    return _utf8(chr(number))


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "replace")
