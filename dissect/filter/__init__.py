"""Wireshark's display filter language over our fields, as expressions over columns.

    chosen = compile_filter("tcp.flags.syn == 1 && ip.src == 192.0.2.0/24")
    frame.filter(chosen.expression({"tcp.flags.syn": ["tcp.flags.syn"], "ip.src": ["ip.src", "ip.src#2"]}))

The language is that of wireshark-filter(4), the meaning too: several values count if any fits, `!=`
if none is equal, an absent field fits nothing. Columns: numbers as unsigned integers, flags as Boolean
or UInt8, IPv4 addresses as UInt32, IPv6 and MAC addresses and bytes as Binary, words as String or
Enum, times as nanoseconds in Int64; fields that one header can repeat may be lists of these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dissect.filter.errors import FilterError

if TYPE_CHECKING:
    import polars as pl

    from dissect.filter.typed import Test

__all__ = ["Filter", "FilterError", "compile_filter"]


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter that has been checked: its text, the fields that it reads, and what it tests."""

    text: str
    fields: frozenset[str]
    test: Test

    def expression(self, columns: Mapping[str, Sequence[str]]) -> pl.Expr:
        """The filter as a Boolean expression, never null; `columns` are those of each field, outermost layer first."""
        from dissect.filter.compile import expression

        return expression(self.test, columns)


def compile_filter(text: str) -> Filter:
    """Parses and checks a filter; FilterError says what is wrong with it, and where."""
    from dissect.filter.check import check
    from dissect.filter.parse import parse

    test, fields = check(parse(text), text)
    return Filter(text, fields, test)
