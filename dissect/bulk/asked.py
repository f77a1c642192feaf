"""What the name of a column asks for. Loads nothing heavy: a name can be refused before anything else begins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from difflib import get_close_matches
from functools import cache
from typing import NamedTuple

from dissect.wire.field import Field, Header, every_field
from dissect.wire.registry import HEADERS, PAIRS, aliases, fields, option_headers
from dissect.wire.runs import runs
from dissect.wire.stream import STREAM_FIELDS, TIME_FIELDS

_STREAM = frozenset(row.name for row in (*TIME_FIELDS, *STREAM_FIELDS))
FIRST, ALL = 0, -1
"""Which layers a column speaks of: the first that holds a value, or all of them as a list."""


class Column(NamedTuple):
    """What a name asks for: a field, in the layer `number` counted from 1, or `FIRST`, or `ALL`."""

    asked: str
    field: str
    number: int = FIRST


def column(asked: str, *, filtering: bool = False) -> Column:
    """The column `field`, `field#2` (in the second such layer) or `field#*` (a list of all values).

    Filters (`filtering`) know the bytes of whole headers too.
    """
    name, mark, number = asked.partition("#")
    name = aliases().get(name, name)
    layered = not mark or (name not in _STREAM and (number == "*" or (number.isdecimal() and int(number) > 0)))
    if not layered or (name not in fields() and not (filtering and name in runs())):
        raise KeyError(f"{asked}: no such field{_nearest(asked)}")
    return Column(asked, name, ALL if number == "*" else int(number or FIRST))


def _nearest(asked: str) -> str:
    name = asked.partition("#")[0]
    if name in PAIRS:
        return f"; it stands for {PAIRS[name][0]} and {PAIRS[name][1]}"
    if name in runs() or f"{name}[]" in runs():
        return "; filters know it, columns are fields"
    near = get_close_matches(name.lower(), [*fields(), *aliases()], 1, 0.5)
    return f"; did you mean {near[0]}?" if near else ""


class Standing(NamedTuple):
    """Where fields of one name stand: every row of that name, and the headers in which or in whose options."""

    rows: dict[int, Field]
    keys: set[str]


@cache
def _standing() -> Mapping[str, Standing]:
    found: dict[str, Standing] = {}
    for header in HEADERS:
        for table in (header, *_options(header)):
            for row in every_field(table):
                standing = found.setdefault(row.name, Standing({}, set()))
                standing.rows[id(row)] = row
                standing.keys.add(header.key)
    return found


def rows_of(name: str) -> tuple[Field, ...]:
    """Every row of that name in any table."""
    return tuple(_standing()[name].rows.values()) if name in _standing() else ()


def _options(header: Header) -> Iterator[Header]:
    if header.options is not None:
        yield from option_headers(header.options)


def keys_of(name: str) -> Set[str]:
    """The headers in which, or in whose options, that field can stand."""
    if name in runs():
        return frozenset((runs()[name].key,))
    return _standing()[name].keys if name in _standing() else frozenset()


@cache
def holds(table: Header, name: str) -> bool:
    """Whether a table, not counting its options, has that row."""
    return any(row.name == name for row in every_field(table))
