"""The one walker over kind-length-value lists: IPv4, TCP and IPv6 options, CIPSO tags, SRH TLVs.

It always advances, never leaves the header, and stops at the first octet it cannot trust.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dissect.wire.field import OptionSet


class Item(NamedTuple):
    """Bytes `start` to `stop` of one option. `fault` names the rule that stopped the walk here:
    then the bytes up to `stop` are what is left, unparsed; `said` is the length that the option claims.
    """

    kind: int
    start: int
    stop: int
    said: int
    fault: str = ""


def walk(data: bytes, start: int, stop: int, options: OptionSet) -> Iterator[Item]:
    """The options between `start` and `stop`, which must lie within `data` (RFC 9293 §3.1, RFC 8200 §4.2)."""
    at = start
    while at < stop:
        kind = data[at]
        if kind in options.single:
            yield Item(kind, at, at + 1, 1)
            at += 1
            if kind == options.end:
                return
            continue
        if at + 1 >= stop:
            yield Item(kind, at, stop, 0, "option.alone")
            return
        said = data[at + 1] + options.plus
        if said < 2:
            yield Item(kind, at, stop, said, "option.length")
            return
        if at + said > stop:
            yield Item(kind, at, stop, said, "option.overrun")
            return
        yield Item(kind, at, at + said, said)
        at += said
