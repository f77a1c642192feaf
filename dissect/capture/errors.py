"""What can go wrong with a capture file, each as one sentence for people."""

from __future__ import annotations


class CaptureError(Exception):
    """Nothing can be read from this input; the text says why in one sentence."""


class OutputError(Exception):
    """An output cannot be written; the text says why in one sentence."""


class DamageError(Exception):
    """From some point on the input cannot be read; what came before it is whole.

    Never leaves this package: `Frames` keeps its text as `warning`.
    """


def packets_before(count: int) -> str:
    """The clause that says how much of the file is whole, for `count` packets."""
    if count == 0:
        return "no packet comes before it"
    if count == 1:
        return "the packet before it is whole"
    return f"the {count} packets before it are whole"


class HexError(Exception):
    """Pasted text is no hex; `position` counts characters from its beginning to the fault."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position
