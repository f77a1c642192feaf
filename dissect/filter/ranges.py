"""What stands in brackets: slices `[0:3]`, `[1-2]`, `[-4:]`, `[1,3-5]`, and layers `#2`, `#[1-3]`."""

from __future__ import annotations

import re

_ONE = re.compile(r"(?P<start>-?\d{1,6})?(?P<colon>\s*:\s*)(?P<length>\d{1,6})?|(?P<first>-?\d{1,6})\s*-\s*(?P<last>-?\d{1,6})"
                  r"|(?P<only>-?\d{1,6})", re.ASCII)  # fmt: skip
SLICE = "a slice is [offset:length], [first-last] or [offset]"


class RangeFault(Exception):
    """The brackets hold something else; the text says why."""


def pieces(inside: str) -> tuple[tuple[int, int | None], ...]:
    """(offset, length) of each piece between commas; without a length it goes on to the end."""
    return tuple(_piece(one.strip()) for one in inside.split(","))


def _piece(text: str) -> tuple[int, int | None]:
    match = _ONE.fullmatch(text)
    if match is None:
        raise RangeFault(SLICE)
    if match["colon"]:
        start, length = int(match["start"] or 0), match["length"]
        return _checked(start, None if length is None else int(length))
    if match["only"]:
        return int(match["only"]), 1
    first, last = int(match["first"]), int(match["last"])
    if (first < 0) != (last < 0):
        raise RangeFault("first and last have to count from the same end")
    return _checked(first, last - first + 1)


def _checked(start: int, length: int | None) -> tuple[int, int | None]:
    if length is not None and length < 1:
        raise RangeFault("this slice is empty")
    if start < 0 and length is not None and start + length > 0:
        raise RangeFault("this slice goes beyond the end")
    return start, length


def layers(text: str) -> tuple[tuple[int, int | None], ...]:
    """First and last layer (None: the innermost) of each range behind `#`; -1 is the innermost, -2 the next."""
    inside = text[1:].strip().strip("[]")
    try:
        found = pieces(inside)
    except RangeFault as fault:
        raise RangeFault("layers are #2, #[-1] or #[1-2]" if str(fault) == SLICE else str(fault)) from None
    return tuple((start, None if length is None else start + length - 1) for start, length in found)
