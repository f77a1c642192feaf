"""Packets pasted as text: plain hex, escapes, arrays of C, and the dumps of the usual tools."""

from __future__ import annotations

import re

from dissect.capture.errors import HexError
from dissect.capture.hexrows import DIGITS, parse_rows

__all__ = ["HexError", "parse_hex"]

COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*|^[ \t]*#[^\n]*", re.DOTALL | re.MULTILINE)
ARRAY = re.compile(r"\{(?=\s*(?:0[xX])?[0-9A-Fa-f]{1,2}\s*[,}])([^{}]*)(?:\}|$)")
LITERAL = re.compile(r"""(?P<quote>["'])(?P<inside>(?:\\.|(?!(?P=quote))[^\\])*)(?P=quote)""", re.DOTALL)
ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{1,2})|([0-7]{1,3})|(\r?\n)|(.))", re.DOTALL)
CONTROLS = {"n": 10, "r": 13, "t": 9, "a": 7, "b": 8, "f": 12, "v": 11, "e": 27}
PIECE = re.compile(r"[^\s,;:._\-\[\]()'\"\\]+")


def parse_hex(text: str) -> list[bytes]:
    """The packets that `text` writes in hex, one or several; HexError says which line and characters are wrong.

    Dumps with offsets and arrays of C may hold several packets; in every other shape all digits
    make one. Dumps come first, since their text columns may hold anything.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise HexError("there is no hex to read", 0)
    packets = parse_rows(text)
    if packets is not None:
        return packets
    code = blank_comments(text)
    arrays = list(ARRAY.finditer(code))
    if arrays:
        return [parse_plain(code, *match.span(1)) for match in arrays]
    if re.search(r"\\x[0-9A-Fa-f]|\b[bB][\"']", text):
        return [parse_escapes(text)]
    literals = list(LITERAL.finditer(code))
    if literals:
        return [b"".join(parse_plain(code, *match.span("inside")) for match in literals)]
    return [parse_plain(code, 0, len(code))]


def parse_plain(text: str, start: int, stop: int) -> bytes:
    """The bytes of text[start:stop]: groups of digits, with or without 0x, between spaces, commas, colons, dashes."""
    data = bytearray()
    pieces = [(match.start(), match[0]) for match in PIECE.finditer(text, start, stop)]
    if pieces and is_wrapped(text, start, stop, pieces):
        return bytes.fromhex("".join(piece for _, piece in pieces))
    for position, piece in pieces:
        digits = piece[2:] if piece[:2] in ("0x", "0X") else piece
        if digits is not piece and len(digits) == 1:
            digits = "0" + digits  # C's 0x5 is a whole byte
        if not digits or not set(digits) <= DIGITS:
            bad = next((at for at, letter in enumerate(piece) if letter not in DIGITS), 0) if digits is piece else 0
            raise HexError(f"line {line_of(text, position)}: {shorten(piece)} is not hex", position + bad)
        if len(digits) % 2:
            raise HexError(
                f"line {line_of(text, position)}: {shorten(piece)} has an odd number of digits, half a byte is missing",
                position,
            )
        data += bytes.fromhex(digits)
    if not data:
        raise HexError("there is no hex to read", start)
    return bytes(data)


def is_wrapped(text: str, start: int, stop: int, pieces: list[tuple[int, str]]) -> bool:
    """True if lines of digits only, each the same length but the last, were cut in the middle of a byte."""
    digits = "".join(piece for _, piece in pieces)
    lines = text[start:stop].split()
    alone = len(lines) == len(pieces) == len(text[start:stop].strip().splitlines())
    even = len({len(line) for line in lines[:-1]}) == 1 and len(lines[-1]) <= len(lines[0]) > 2
    return alone and even and set(digits) <= DIGITS and len(digits) % 2 == 0


def parse_escapes(text: str) -> bytes:
    r"""Bytes written as \x45\x00: bare, in quotes over one line or more, or as Python's b'...'."""
    literals = list(LITERAL.finditer(text))
    if literals:
        data = b"".join(unescape(match["inside"], text, match.start("inside"), True) for match in literals)
    else:
        data = unescape(text, text, 0, False)
    if not data:
        raise HexError("there is no hex to read", 0)
    return data


def unescape(inside: str, text: str, start: int, quoted: bool) -> bytes:
    """The bytes of a string: escapes, and if it was `quoted` the letters between them."""
    data = bytearray()
    at = 0
    while at < len(inside):
        match = ESCAPE.match(inside, at)
        if match is None:
            letter = inside[at]
            if quoted and ord(letter) < 256:
                data.append(ord(letter))
            elif not letter.isspace():
                stop = at + len(re.split(r"[\s\\]", inside[at:], maxsplit=1)[0])
                piece = shorten(inside[at:stop])
                raise HexError(f"line {line_of(text, start + at)}: {piece} is not hex", start + at)
            at += 1
            continue
        pair, octal, newline, letter = match.groups()
        if pair is not None and len(pair) == 2:
            data.append(int(pair, 16))
        elif octal is not None and int(octal, 8) < 256:
            data.append(int(octal, 8))
        elif letter is not None and letter in CONTROLS:
            data.append(CONTROLS[letter])
        elif letter is not None and letter in "\\'\"":
            data.append(ord(letter))
        elif newline is None:
            raise HexError(f"line {line_of(text, start + at)}: {match[0]!r} is no byte", start + at)
        at = match.end()
    return bytes(data)


def blank_comments(text: str) -> str:
    """`text` with comments overwritten by spaces, so that positions stay."""
    return COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def line_of(text: str, position: int) -> int:
    """The line of a position, counted from 1."""
    return text.count("\n", 0, position) + 1


def shorten(piece: str) -> str:
    """`piece` in quotes, cut if it is long."""
    return repr(piece if len(piece) <= 24 else piece[:21] + "...")
