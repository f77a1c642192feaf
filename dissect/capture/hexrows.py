"""Hex dumps: rows that begin with an offset, as hexdump, xxd, od, tcpdump -x, Wireshark and Scapy write them.

The offsets say how many bytes stand in each row, so that a text column that happens to look like
hex is never taken for bytes. Where no offset follows, the row ends at the column where full rows
end, or at the gap before the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from dissect.capture.errors import HexError

ROW = re.compile(r"[ \t>]*(?P<offset>(?:0[xX])?[0-9A-Fa-f]{3,8})(?P<colon>:?)(?P<gap>[ \t]+|$)(?P<body>.*)")
WORD = re.compile(r"\S+")
TITLE = re.compile(r"(.+) \(\d+ bytes?\):\s*$")
DIGITS = frozenset("0123456789abcdefABCDEF")
RADIXES = (16, 10, 8)  # od counts in octal, od -Ad in decimal


@dataclass(slots=True)
class Row:
    """One row: `line` counts from 1, `position` is where its text begins, `words` are (column, text) after the offset.

    `repeat` marks the rows before which a line `*` stands for more of the row above.
    """

    line: int
    position: int
    offset: str
    colon: bool
    gap: int
    words: list[tuple[int, str]]
    repeat: bool = False

    @property
    def start(self) -> int:
        """The offset, if it is hexadecimal."""
        return int(self.offset, 16)

    def ends_at(self, index: int, single: bool) -> bool:
        """True if before word `index` there is a gap as before a text column; `single` bytes may have one after 8."""
        if index == 0:
            return False
        column, word = self.words[index - 1]
        space = self.words[index][0] - column - len(word)
        return space > 1 and not (single and index == 8 and space == 2)


def parse_rows(text: str) -> list[bytes] | None:
    """The packets of a hex dump, one for each time the offsets start again; None if `text` is no such dump."""
    blocks = [block for block in split_blocks(text) if is_dump(block)]
    lines = text.split("\n")
    for block in blocks:
        check_edges(block, lines)
    return [read_block(block, radix_of(block)) for block in blocks] or None


def split_blocks(text: str) -> list[list[Row]]:
    """Runs of rows; offset 0 and lines between rows, such as tcpdump's summaries, begin a new run.

    What Wireshark puts together from several packets, under a title such as "Reassembled TCP (90
    bytes):", is left out: it is not what was on the wire.
    """
    blocks: list[list[Row]] = [[]]
    position, repeat, keep = 0, False, True
    for line, content in enumerate(text.split("\n"), 1):
        row = read_row(line, position, content)
        position += len(content) + 1
        if row is None:
            repeat = content.strip() == "*"
            if content.strip() and not repeat:
                title = TITLE.match(content)
                keep = title is None or title[1].startswith("Frame")
                blocks.append([])
        elif keep:
            row.repeat, repeat = repeat, False
            if blocks[-1] and row.words and not row.repeat and row.start == 0:
                blocks.append([])
            blocks[-1].append(row)
    return [block for block in blocks if block]


def check_edges(block: list[Row], lines: list[str]) -> None:
    """HexError if a line just before or after these rows seems to be one of them, with a fault in its offset."""
    first, last = block[0], block[-1]
    if first.start and first.line > 1:
        before = lines[first.line - 2]
        check_edge(before, first.line - 1, first.position - len(before) - 1, len(first.offset))
    if last.line < len(lines):
        check_edge(lines[last.line], last.line + 1, last.position + len(lines[last.line - 1]) + 1, len(last.offset))


def check_edge(content: str, line: int, position: int, width: int) -> None:
    """HexError if this line is no row but begins with a word of `width` letters, at least two of them digits."""
    word = (content.split() or [""])[0].rstrip(":")
    if len(word) == width and sum(letter in DIGITS for letter in word) > 1 and not read_row(line, position, content):
        raise HexError(f"line {line}: {word!r} is no offset", position)


def read_row(line: int, position: int, content: str) -> Row | None:
    """The row that this line is, or None."""
    match = ROW.match(content)
    if match is None:
        return None
    at = match.start("body")
    body = re.split(r"[|]|(?:^|\s)>", match["body"], maxsplit=1)[0]  # hexdump and od put their text in bars or brackets
    words = [(at + word.start(), word[0]) for word in WORD.finditer(body)]
    return Row(line, position, match["offset"], bool(match["colon"]), len(match["gap"]), words)


def is_dump(block: list[Row]) -> bool:
    """True if these rows begin with offsets, not with two bytes or more of plain hex."""
    first = block[0]
    if not first.words or not set(first.words[0][1]) <= DIGITS:
        return False
    if first.colon or (first.start == 0 and (first.gap > 1 or len(first.offset) != len(first.words[0][1]))):
        return True
    return len(block) > 1 and any(continues(block, radix) for radix in RADIXES)


def radix_of(block: list[Row]) -> int:
    """The base in which the offsets of these rows continue; 16 if in none."""
    return next((radix for radix in RADIXES if continues(block, radix)), 16)


def continues(block: list[Row], radix: int) -> bool:
    """True if every row has the bytes that the offsets in this base call for."""
    try:
        read_block(block, radix)
    except (HexError, ValueError):
        return False
    return True


def read_block(block: list[Row], radix: int) -> bytes:
    """The bytes of one packet, its rows repeated where `*` says so; HexError where they do not fit together."""
    data = bytearray()
    row_bytes = b""
    end = 0
    swap = is_swapped(block[0])
    base = int(block[0].offset, radix)
    for row, after in pairwise((*block, None)):
        if row is None:
            break
        start = int(row.offset, radix) - base
        if row.repeat and row_bytes:
            fill_up(data, row_bytes, start)
        if start != len(data):
            raise HexError(
                f"line {row.line}: the offset is {row.offset}, but {len(data):#x} bytes stand before it", row.position
            )
        if not row.words:
            continue
        want = None if after is None or after.repeat else int(after.offset, radix) - base - start
        row_bytes, stop = read_words(row, want, end, swap)
        end = max(end, stop)
        data += row_bytes
    return bytes(data)


def fill_up(data: bytearray, row: bytes, stop: int) -> None:
    """Repeat `row` at the end of `data` until it is `stop` bytes long, which may not be more than 16 MiB."""
    missing = stop - len(data)
    if 0 < missing <= 1 << 24:
        data += (row * (missing // len(row) + 1))[:missing]


def is_swapped(row: Row) -> bool:
    """True for hexdump without -C and od -x: words of two bytes or more, each with its last byte first."""
    return not row.colon and len(row.offset) in (6, 7) and bool(row.words) and len(row.words[0][1]) in (4, 8, 16)


def read_words(row: Row, want: int | None, end: int, swap: bool) -> tuple[bytes, int]:
    """The bytes of a row and the column after the last of them.

    `want` is how many the next offset calls for; without it, the row stops at column `end`, where
    longer rows stopped, or at a gap.
    """
    data = bytearray()
    stop = 0
    single = not row.colon and bool(row.words) and len(row.words[0][1]) == 2
    for index, (column, word) in enumerate(row.words):
        if want is not None and len(data) >= want:
            break
        known = want is not None or column < end
        if (not known and (end or row.ends_at(index, single))) or (want is None and is_text(row, index, single)):
            break
        data += read_word(row, column, word, swap)
        stop = column + len(word)
    if want is not None and swap and 0 < len(data) - want < len(row.words[0][1]) // 2:
        del data[want:]  # the last bytes are filled up with zeros to a whole word
    if want is not None and len(data) != want:
        raise HexError(
            f"line {row.line}: {len(data)} bytes stand in this row, the next offset calls for {want}", row.position
        )
    return bytes(data), stop


def is_text(row: Row, index: int, single: bool) -> bool:
    """True if a text column begins at word `index`: after a gap, and no hex."""
    return row.ends_at(index, single=False) and not (
        set(row.words[index][1]) <= DIGITS and (not single or len(row.words[index][1]) == 2)
    )


def read_word(row: Row, column: int, word: str, swap: bool) -> bytes:
    """One group of hex digits."""
    position = row.position + column
    if not set(word) <= DIGITS:
        raise HexError(f"line {row.line}: {word!r} is not hex", position)
    if len(word) % 2:
        raise HexError(f"line {row.line}: {word!r} has an odd number of digits, half a byte is missing", position)
    data = bytes.fromhex(word)
    return data[::-1] if swap else data
