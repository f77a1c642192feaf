"""Text of many packets without a loop over them: columns of 4-byte words, NUL where a text is shorter.

A row of text is put together from the words of its cells, side by side; the NULs are then taken out of all rows
at once. Tables hold the text of every number below 10,000, every octet, every hexadecimal group, so that
a word is one look-up. Cells work on `CHUNK` rows at a time, which stay in the processor's cache.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Protocol

import numpy as np

from dissect.bulk.octets import Array

CHUNK = 4096
LARGEST = 1 << 23
"""Bytes of words that are laid side by side at a time: long texts make the chunks shorter."""
WORD = np.dtype("<u4")
USUAL = 3
"""Words of a phrase; longer ones are rarer."""
LOW, HIGH = np.uint32(0x7F7F7F7F), np.uint32(0x80808080)
MISSING = b"\x01"
"""Stands for a row that is not there: no text has it."""
Words = list[Array]
"""Columns of words, one after the other; a column of one word is the same in every row."""


class Cells(Protocol):
    """One column of text."""

    def words(self, first: int, stop: int) -> Words:
        """The text of the rows from `first` up to `stop`."""

    def widest(self, first: int, stop: int) -> int:
        """Bytes of the longest text among them, as far as that can be much."""


def written(cells: Sequence[Cells], count: int, missing: Array | None = None) -> bytes:
    """The text of `count` rows, whose cells stand side by side; a `MISSING` byte for each of the rows `missing`."""
    return b"".join(_rows(cells, 0, count, missing))


def _rows(cells: Sequence[Cells], begin: int, end: int, missing: Array | None) -> Iterator[bytes]:
    for first in range(begin, end, CHUNK):
        stop = min(first + CHUNK, end)
        yield from _chunk(cells, first, stop, missing)


def _chunk(cells: Sequence[Cells], first: int, stop: int, missing: Array | None) -> Iterator[bytes]:
    count = stop - first
    if count > 1 and count * sum(each.widest(first, stop) for each in cells) > LARGEST:
        half = first + count // 2
        yield from _chunk(cells, first, half, missing)
        yield from _chunk(cells, half, stop, missing)
        return
    columns = [column for each in cells for column in each.words(first, stop)]
    side = np.empty((len(columns), count), WORD)
    for at, column in enumerate(columns):
        side[at] = column
    if missing is not None:
        low, high = np.searchsorted(missing, (first, stop)).tolist()
        side[:, missing[low:high] - first] = 0
        side[0, missing[low:high] - first] = ord(MISSING)
    yield _without_nul(side.T.ravel())


def _without_nul(words: Array) -> bytes:
    if "polars" not in sys.modules:
        text: bytes = words[words != 0].tobytes()
        return text.translate(None, b"\0")
    import polars as pl

    series = pl.Series(words.view(np.uint8))
    return series.filter(series != 0).to_numpy().tobytes()  # several times faster, but not worth loading it


def words_of(texts: Iterable[bytes]) -> Words:
    """A row for each text, NUL behind the shorter ones."""
    rows = list(texts)
    longest = max(map(len, rows), default=0)
    width = -(-longest // 4) * 4
    if not width:
        return []
    return list(np.array(rows, f"S{width}").view(WORD).reshape(len(rows), width // 4).T.copy())


def lengths(words: Words, count: int) -> Array:
    """Bytes of text in each row of words."""
    total = np.zeros(count, np.uint8)
    for word in words:
        total += np.bitwise_count(((word & LOW) + LOW | word) & HIGH)
    return total


class Constant:
    """The same text in every row."""

    def __init__(self, text: bytes | str) -> None:
        self._words = words_of([text.encode() if isinstance(text, str) else text])

    def words(self, first: int, stop: int) -> Words:  # noqa: ARG002
        """See `Cells`."""
        return self._words

    def widest(self, first: int, stop: int) -> int:  # noqa: ARG002
        """See `Cells`."""
        return 0


class Phrases:
    """Texts out of a list, by their place in it."""

    def __init__(self, codes: Array, texts: Sequence[bytes | str]) -> None:
        self._codes = codes if codes.dtype != bool else codes.view(np.uint8)
        self._texts = [text.encode() if isinstance(text, str) else text for text in texts]
        self._lengths = np.array([len(text) for text in self._texts] or [0])
        longest = int(self._lengths.max())
        self._short = longest <= 256
        self._table = words_of(self._texts) if longest * len(texts) <= LARGEST else None

    def words(self, first: int, stop: int) -> Words:
        """See `Cells`."""
        codes = self._codes[first:stop]
        width = -(-int(self._lengths[codes].max()) // 4)
        if self._table is not None:
            found = [column[codes] for column in self._table[: min(width, USUAL)]]
            return found if width <= USUAL else found + self._rest(self._table[USUAL:width], codes)
        used, places = np.unique(codes, return_inverse=True)
        return [column[places] for column in words_of(self._texts[code] for code in used.tolist())]

    def _rest(self, table: Words, codes: Array) -> Words:
        """The words that only long texts have."""
        rows = np.flatnonzero(self._lengths[codes] > 4 * USUAL)
        some = codes[rows]
        return spread([column[some] for column in table], rows, len(codes))

    def widest(self, first: int, stop: int) -> int:
        """See `Cells`."""
        return 0 if self._short else int(self._lengths[self._codes[first:stop]].max())


class Texts:
    """A text of its own for each of `rows`, which are in order; nothing in the others."""

    def __init__(self, rows: Array, texts: Sequence[bytes]) -> None:
        self._rows = rows
        self._texts = texts
        self._lengths = np.fromiter(map(len, texts), np.int64, len(texts))

    def words(self, first: int, stop: int) -> Words:
        """See `Cells`."""
        low, high = np.searchsorted(self._rows, (first, stop)).tolist()
        return spread(words_of(self._texts[low:high]), self._rows[low:high] - first, stop - first)

    def widest(self, first: int, stop: int) -> int:
        """See `Cells`."""
        low, high = np.searchsorted(self._rows, (first, stop)).tolist()
        return int(self._lengths[low:high].max(initial=0))


class Where:
    """The same text in the rows where something is `there`."""

    def __init__(self, there: Array, text: str) -> None:
        self._there = there
        self._constant = Constant(text)

    def words(self, first: int, stop: int) -> Words:
        """See `Cells`."""
        there = self._there[first:stop]
        if not there.any():
            return []
        words = self._constant.words(first, stop)
        return words if there.all() else [there * word for word in words]

    def widest(self, first: int, stop: int) -> int:  # noqa: ARG002
        """See `Cells`."""
        return 0


class Over:
    """Rows of cells of which each packet has one, in the same place: shorter than side by side."""

    def __init__(self, *choices: Sequence[Cells]) -> None:
        self._choices = [cells for cells in choices if cells]

    def words(self, first: int, stop: int) -> Words:
        """See `Cells`."""
        found: Words = []
        for cells in self._choices:
            found = over(found, [word for each in cells for word in each.words(first, stop)])
        return found

    def widest(self, first: int, stop: int) -> int:
        """See `Cells`."""
        return sum(each.widest(first, stop) for cells in self._choices for each in cells)


def over(some: Words, more: Words) -> Words:
    """Words of different rows in the same columns."""
    both = min(len(some), len(more))
    return [*(a | b for a, b in zip(some[:both], more[:both], strict=True)), *some[both:], *more[both:]]


def spread(words: Words, rows: Array, count: int) -> Words:
    """The words at some of `count` rows, nothing in the others."""
    if len(rows) == count:
        return words
    found = []
    for word in words:
        column = np.zeros(count, WORD)
        column[rows] = word
        found.append(column)
    return found


class Numbers:
    """Unsigned numbers of at most 64 bits in decimal, where they are `there`."""

    def __init__(self, values: Array, there: Array | None = None) -> None:
        small = values.dtype.itemsize <= 4 or not len(values) or int(values.max()) < 1 << 32
        self._values = values.astype(np.uint32, copy=False) if small else values.astype(np.uint64)
        self._there = there

    def words(self, first: int, stop: int) -> Words:
        """See `Cells`."""
        there = None if self._there is None else self._there[first:stop]
        if there is not None and not there.any():
            return []
        return decimals(self._values[first:stop], there)

    def widest(self, first: int, stop: int) -> int:  # noqa: ARG002
        """See `Cells`."""
        return 0


FULL, HEADLESS, NOTHING = 10_000, 20_000, 30_000
"""Where the parts of `tables().decimal` begin: four digits; as the number is, nothing for 0; nothing at all."""


class Tables:
    """Texts of four bytes: of numbers below 10,000, of octets with a dot, of groups of 16 bits in hexadecimal."""

    def __init__(self) -> None:
        place = np.arange(10_000)
        figures = np.stack([place // 1000, place // 100 % 10, place // 10 % 10, place % 10], 1).astype(np.uint8) + 0x30
        leading = np.stack([place < 1000, place < 100, place < 10, place < 0], 1)
        plain = np.where(leading, 0, figures).astype(np.uint8)
        headless = plain.copy()
        headless[0] = 0
        self.decimal = _column(np.concatenate([plain, figures, headless, np.zeros((1, 4), np.uint8)]))
        octets = np.concatenate([plain[:256, 1:], np.full((256, 1), 0x2E, np.uint8)], 1)
        self.dotted = _column(octets)
        octets[:, 3] = 0
        self.octet = _column(octets)
        digit = np.frombuffer(b"0123456789abcdef", np.uint8)
        group = np.arange(1 << 16)
        hexadecimal = np.stack([digit[group >> shift & 15] for shift in (12, 8, 4, 0)], 1)
        for column, shift in enumerate((12, 8, 4)):
            hexadecimal[group >> shift == 0, column] = 0
        self.group = _column(hexadecimal)
        pairs = np.stack([digit[group[:256] >> 4], digit[group[:256] & 15]], 1)
        self.pair = _column(np.pad(pairs, ((0, 0), (0, 2))))
        self.pair_colon = _column(
            np.pad(pairs, ((0, 0), (0, 2)), constant_values=0) + np.array([0, 0, 0x3A, 0], np.uint8)
        )


def _column(texts: Array) -> Array:
    found: Array = np.array(texts, np.uint8, order="C").view(WORD)[:, 0]
    return found


@cache
def tables() -> Tables:
    """The tables, made once."""
    return Tables()


def decimals(values: Array, there: Array | None = None) -> Words:
    """Numbers in decimal, nothing where they are not `there`."""
    most = int(values.max(initial=0))
    parts: Words = []
    if most < 10_000:
        parts = [values]
    elif most < 100_000_000:
        high = values // 10_000
        parts = [high + HEADLESS, values - high * 10_000 + (high > 0) * np.uint32(FULL)]
    elif most < 1 << 32:
        values = values.astype(np.uint32, copy=False)
        rest = values // 10_000
        high = rest // 10_000
        parts = [
            high + HEADLESS,
            rest - high * 10_000 + np.where(high > 0, np.uint32(FULL), np.uint32(HEADLESS)),
            values - rest * 10_000 + (rest > 0) * np.uint32(FULL),
        ]
    else:
        parts = _long(values)
    if there is not None and not there.all():
        parts = [np.where(there, part, NOTHING) for part in parts]
    return [tables().decimal[part] for part in parts]


def _long(values: Array) -> Words:
    """Places in the table for numbers of more than 32 bits."""
    parts: Words = []
    while True:
        rest = values // np.uint64(10_000)
        low = (values - rest * np.uint64(10_000)).astype(np.int64)
        parts.insert(0, low + np.where(rest > 0, FULL, HEADLESS if parts else 0))
        if not rest.any():
            return parts
        values = rest


def fixed(values: Array, digits: int) -> Words:
    """Numbers with all their `digits`, zeros before them."""
    decimal = tables().decimal
    parts: Words = []
    values = values.astype(np.uint32, copy=False)
    while digits > 0:
        rest = values // 10_000
        word = decimal[values - rest * 10_000 + FULL]
        parts.insert(0, word if digits >= 4 else word >> np.uint32(8 * (4 - digits)))
        values, digits = rest, digits - 4
    return parts


def padding(sizes: Array, width: int) -> Words:
    """Spaces that fill texts of these sizes up to a width."""
    missing = np.maximum(width - sizes.astype(np.int16), 0)
    longest = -(-int(missing.max(initial=0)) // 4)
    return [column[missing] for column in _spaces(width)[:longest]]


@cache
def _spaces(width: int) -> Words:
    return words_of(b" " * size for size in range(width + 1))
