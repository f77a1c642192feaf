"""The palette as codes for a terminal with 16 colours (ECMA-48 §8.3.117)."""

from __future__ import annotations

CODES = {
    "bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "magenta": "35", "cyan": "36",
}  # fmt: skip
RESET = "\x1b[0m"


def code(style: str) -> str:
    """What switches a style of the palette on; nothing for none."""
    return f"\x1b[{';'.join(CODES[word] for word in style.split())}m" if style else ""


def painted(text: str, style: str) -> str:
    """Text in a style."""
    return f"{code(style)}{text}{RESET}" if style else text
