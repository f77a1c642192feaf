"""Makes text out of packets safe to print: no control character reaches the terminal."""

from __future__ import annotations

import unicodedata

_UNSAFE = frozenset(
    {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
)  # controls, direction marks, surrogates, line separators


def plain(text: str) -> str:
    """The text with every character that could move the cursor, colour or reorder as an escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if unicodedata.category(char) not in _UNSAFE else _escape(char) for char in text)


def _escape(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{{{code:x}}}"


def printable(data: bytes) -> str:
    """The ASCII column of a hex dump: a dot for every byte that is not a printable character."""
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in data)
