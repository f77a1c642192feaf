"""Times of many packets as text: seconds since something, or by the clock."""

from __future__ import annotations

import time
from functools import cache

import numpy as np

from dissect.bulk.octets import Array
from dissect.export.cells import WORD, Words, decimals, fixed, lengths, padding, spread, words_of
from dissect.render.listing import TIME_WIDTHS, UNTIMED, Times

SECOND = np.uint64(10**9)
QUARTER = 900
"""Seconds in which no clock is put forward or back: every zone changes at a quarter of an hour."""


class Moments:
    """Times in nanoseconds, a dash where not `timed`; `since` is what relative ones count from: a time, or one each."""

    def __init__(self, moments: Array, timed: Array, times: Times, since: int | Array | None = None) -> None:
        self._timed = timed if times != "relative" or since is not None else np.zeros(len(timed), bool)
        self._times = times
        self._negative = np.zeros(len(moments), bool)
        if times in ("utc", "local"):
            self._size = moments
            return
        base = np.int64(0) if since is None or times == "epoch" else np.asarray(since, np.int64)
        self._negative = moments < base
        below, above = np.where(self._negative, moments, base), np.where(self._negative, base, moments)
        self._size = above.astype(np.uint64) - below.astype(np.uint64)  # modulo 2^64, in which the difference fits

    def words(self, first: int, stop: int) -> Words:
        """See `Cells`."""
        size, timed = self._size[first:stop], self._timed[first:stop]
        width = TIME_WIDTHS[self._times]
        if timed.all():
            return self._written(size, self._negative[first:stop], width)
        rows = np.flatnonzero(timed)
        found = spread(self._written(size[rows], self._negative[first:stop][rows], width), rows, stop - first)
        for column, word in zip(found, words_of([UNTIMED.rjust(width).encode()]), strict=False):
            column[~timed] = word[0]
        return found or words_of([UNTIMED.rjust(width).encode()])

    def widest(self, first: int, stop: int) -> int:  # noqa: ARG002
        """See `Cells`."""
        return 0

    def _written(self, size: Array, negative: Array, width: int) -> Words:
        if not len(size):
            return []
        if self._times in ("utc", "local"):
            return _by_clock(size, local=self._times == "local")
        decimals_shown = 9 if self._times == "epoch" else 6
        return _right(seconds(size, negative, decimals_shown), len(size), width)


def _right(words: Words, count: int, width: int) -> Words:
    return [*padding(lengths(words, count), width), *words]


def seconds(size: Array, negative: Array | None = None, digits: int = 9) -> Words:
    """Nanoseconds as seconds with 6 or 9 decimals; the others are left out, not rounded."""
    whole = size // SECOND
    rest = (size - whole * SECOND).astype(np.uint32)
    if int(whole.max()) < 1 << 32:
        whole = whole.astype(np.uint32)
    sign = [negative.astype(WORD) * np.uint32(0x2D)] if negative is not None and negative.any() else []
    if digits == 6:
        return [*sign, *decimals(whole), *_fraction(rest // 1000, 6)]
    return [*sign, *decimals(whole), *_fraction(rest, 9)]


def _fraction(rest: Array, digits: int) -> Words:
    """A dot and so many digits: the first of them stand beside the dot."""
    parts = fixed(rest, digits)
    head = digits % 4
    parts[0] = parts[0] << np.uint32(8) | np.uint32(0x2E)
    return parts if head else [np.full(len(rest), 0x2E, WORD), *parts]


def _by_clock(moments: Array, *, local: bool) -> Words:
    """Date and time of day, with six decimals."""
    whole = moments // 10**9
    micro = ((moments - whole * 10**9) // 1000).astype(np.uint32)
    if local:
        quarters, places = np.unique(whole // QUARTER, return_inverse=True)
        whole = whole + np.array([_offset(quarter * QUARTER) for quarter in quarters.tolist()], np.int64)[places]
    days, places = np.unique(whole // 86400, return_inverse=True)
    dates = words_of(f"{day} ".encode() for day in days.astype("datetime64[D]").astype(str).tolist())
    second = (whole % 86400).astype(np.uint32)
    colon = np.uint32(0x3A << 16)
    clock = [pairs()[second // 3600] | colon, pairs()[second // 60 % 60] | colon, pairs()[second % 60]]
    return [*(date[places] for date in dates), *clock, *_fraction(micro, 6)]


@cache
def pairs() -> Array:
    """The two digits of numbers below 100."""
    return words_of(f"{number:02d}".encode() for number in range(100))[0]


def _offset(moment: int) -> int:
    """Seconds that the local clock is ahead of UTC."""
    try:
        return time.localtime(moment).tm_gmtoff
    except (OverflowError, OSError, ValueError):
        return 0
