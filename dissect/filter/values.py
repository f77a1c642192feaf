"""Values as filters write them → what the columns hold, by the type of the field beside them."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Mapping

from dissect.filter.names import nearest
from dissect.filter.syntax import Character, Negative, Node, Text, Word
from dissect.filter.times import nanoseconds, span
from dissect.filter.typed import Operand, Span, Type
from dissect.wire.checksum import Verdict

_NUMBER = re.compile(r"0[xX][0-9a-fA-F]+|0[bB][01]+|[0-9]+")
_PAIRS = re.compile(
    r"[0-9a-fA-F]{1,2}(?:[:.-][0-9a-fA-F]{1,2})*|(?:[0-9a-fA-F]{4}\.)+[0-9a-fA-F]{4}|(?:[0-9a-fA-F]{2})+"
)
_VERDICTS: dict[str, str] = {verdict.value: verdict.value for verdict in Verdict} | {
    "0": Verdict.BAD.value, "1": Verdict.GOOD.value, "2": Verdict.UNVERIFIED.value, "3": Verdict.ABSENT.value,
    "not present": Verdict.ABSENT.value,
}  # fmt: skip  # with the numbers and the words of Wireshark's own verdicts
_FLAGS = {"true": 1, "false": 0, "set": 1, "not set": 0}
LARGEST = (1 << 64) - 1


class ValueFault(Exception):
    """The text is no value of that type; `names` are values or fields that may have been meant."""

    def __init__(self, reason: str, names: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.reason, self.names = reason, names


def spans(node: Node, beside: Operand) -> tuple[Span, ...]:
    """The values that a literal stands for: several where numbers share a name, a range for a network."""
    if isinstance(node, Negative):
        return _negative(node, beside)
    if isinstance(node, Character):
        return _character(node.number, beside)
    if not isinstance(node, Text | Word):
        raise ValueFault("a single value has to stand here")
    if isinstance(node, Word) and (node.layer or node.slice):
        raise ValueFault(f"{node.text} is no field, so it has neither layers nor slices", nearest(node.text))
    if beside.type is Type.BYTES and isinstance(node, Text):
        return ((node.data, node.data),)
    return _READ[beside.type](node.text, beside)


def plain_number(text: str) -> int | None:
    """A number in decimal, hexadecimal, octal (leading 0) or binary; None for anything else."""
    if not _NUMBER.fullmatch(text):
        return None
    if text[:2].lower() in {"0x", "0b"}:
        return int(text, 0)
    if len(text) > 40 or (text[0] == "0" and text.strip("01234567")):
        return None
    return int(text, 8 if text[0] == "0" else 10)


def number_span(number: int, beside: Operand) -> Span:
    """One number, if it fits into the field."""
    largest = LARGEST if beside.largest is None else beside.largest
    if beside.type is Type.FLAG:
        return int(number != 0), int(number != 0)
    if number > largest:
        raise ValueFault(f"too large for {beside.label}, which holds at most {largest}")
    return max(number, -LARGEST), max(number, -LARGEST)


def _negative(node: Negative, beside: Operand) -> tuple[Span, ...]:
    inner = node.operand
    if beside.type is Type.DURATION and isinstance(inner, Word) and not (inner.layer or inner.slice):
        length = -_duration(inner.text, beside)[0][0]  # type: ignore[operator]
        return ((length, length),)
    number = plain_number(inner.text) if isinstance(inner, Word) and not (inner.layer or inner.slice) else None
    if number is None or beside.type is not Type.NUMBER:
        raise ValueFault(f"{beside.label} is {beside.type.value}, which is never negative")
    return (number_span(-number, beside),)


def _character(number: int, beside: Operand) -> tuple[Span, ...]:
    if beside.type in {Type.NUMBER, Type.FLAG}:
        return (number_span(number, beside),)
    if beside.type is Type.BYTES and number < 256:
        return ((bytes([number]), bytes([number])),)
    if beside.type is Type.TEXT:
        return ((chr(number), chr(number)),)
    raise ValueFault(f"{beside.label} is {beside.type.value}, and this is a character")


def _number(text: str, beside: Operand) -> tuple[Span, ...]:
    number = plain_number(text)
    if number is not None:
        return (number_span(number, beside),)
    found = [key for key, name in beside.names.items() if name.casefold() == text.casefold()]
    if found:
        return tuple((key, key) for key in found)
    kinds = "neither a number nor one of its names" if beside.names else "none"
    raise ValueFault(
        f"{beside.label} is a number, and {_quoted(text)} is {kinds}",
        close(text, beside.names.values()) or nearest(text),
    )


def _flag(text: str, beside: Operand) -> tuple[Span, ...]:
    number = _FLAGS.get(text.lower(), plain_number(text))
    if number is None:
        raise ValueFault(f"{beside.label} is a flag: True or False", nearest(text))
    return (number_span(number, beside),)


def _ipv4(text: str, beside: Operand) -> tuple[Span, ...]:
    low, high = _network(text, beside, socket.AF_INET, 32)
    return ((low, high),)


def _ipv6(text: str, beside: Operand) -> tuple[Span, ...]:
    low, high = _network(text, beside, socket.AF_INET6, 128)
    return ((low.to_bytes(16, "big"), high.to_bytes(16, "big")),)


def _network(text: str, beside: Operand, family: socket.AddressFamily, bits: int) -> tuple[int, int]:
    """First and last address of a network (RFC 4632 §3.1), or an address twice."""
    address, slash, length = text.partition("/")
    try:
        number = int.from_bytes(socket.inet_pton(family, address), "big")
    except (OSError, ValueError):
        raise ValueFault(f"{_quoted(text)} is not {beside.type.value}", nearest(text)) from None
    if not slash:
        return number, number
    if not (length.isascii() and length.isdecimal() and len(length) < 4 and int(length) <= bits):
        raise ValueFault(f"the prefix of {beside.type.value} has at most {bits} bits")
    host = (1 << bits - int(length)) - 1
    return number & ~host, number | host


def octets(text: str) -> bytes | None:
    """Bytes as hex digits with or without separators, or one byte as 0xff; None for anything else."""
    if re.fullmatch(r"0[xX][0-9a-fA-F]{1,2}", text):
        return bytes([int(text, 16)])
    if not _PAIRS.fullmatch(text):
        return None
    groups = re.split("[:.-]", text)
    return b"".join(bytes.fromhex(group.zfill(2)) for group in groups)


def _bytes(text: str, _beside: Operand) -> tuple[Span, ...]:
    data = octets(text)
    if data is None:
        raise ValueFault(f'{_quoted(text)} is not bytes such as 01:02 or "text"', nearest(text))
    return ((data, data),)


def _mac(text: str, _beside: Operand) -> tuple[Span, ...]:
    data = octets(text)
    if data is None or len(data) != 6:
        raise ValueFault(f"{_quoted(text)} is not a MAC address of six bytes", nearest(text))
    return ((data, data),)


def _text(text: str, _beside: Operand) -> tuple[Span, ...]:
    return ((text, text),)


def _verdict(text: str, _beside: Operand) -> tuple[Span, ...]:
    word = _VERDICTS.get(text.lower())
    if word is None:
        names = [verdict.value for verdict in Verdict]
        raise ValueFault(f"{_quoted(text)} is no verdict; they are {', '.join(names)}", close(text, names))
    return ((word, word),)


def _time(text: str, _beside: Operand) -> tuple[Span, ...]:
    moment = nanoseconds(text)
    if moment is None or abs(moment) >= 1 << 63:
        raise ValueFault(f'{_quoted(text)} is not a time such as "2026-01-02 03:04:05"', nearest(text))
    return ((moment, moment),)


def _duration(text: str, beside: Operand) -> tuple[Span, ...]:
    length = span(text)
    if length is None:
        raise ValueFault(
            f"{beside.label} is a span of time in seconds such as 0.2, and {_quoted(text)} is none", nearest(text)
        )
    return ((length, length),)


_READ: Mapping[Type, Callable[[str, Operand], tuple[Span, ...]]] = {
    Type.NUMBER: _number, Type.FLAG: _flag, Type.IPV4: _ipv4, Type.IPV6: _ipv6, Type.MAC: _mac, Type.BYTES: _bytes,
    Type.TEXT: _text, Type.VERDICT: _verdict, Type.TIME: _time, Type.DURATION: _duration,
}  # fmt: skip


def close(text: str, names: object) -> tuple[str, ...]:
    """Up to three of the names that resemble the text, quoted as a filter has them."""
    from difflib import get_close_matches

    by_lower = {str(name).lower(): str(name) for name in names}  # type: ignore[attr-defined]
    return tuple(f'"{by_lower[one]}"' for one in get_close_matches(text.lower()[:100], by_lower, 3, 0.6))


def _quoted(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
