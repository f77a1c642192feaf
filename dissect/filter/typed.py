"""A filter that has been checked: nodes that say what to compute, of which type, from which fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Plain = int | bytes | str
Span = tuple[Plain, Plain]  # first and last value, both included


class Type(StrEnum):
    """What a value is, and so what it can be compared with."""

    NUMBER = "a number"
    FLAG = "a flag"
    IPV4 = "an IPv4 address"
    IPV6 = "an IPv6 address"
    MAC = "a MAC address"
    BYTES = "bytes"
    TEXT = "a word"
    VERDICT = "a verdict"
    TIME = "a time"
    DURATION = "a span of time"


BINARY = frozenset({Type.IPV6, Type.MAC, Type.BYTES})
SLICED = BINARY | {Type.IPV4, Type.TEXT}
SEARCHED = frozenset({Type.MAC, Type.BYTES, Type.TEXT, Type.VERDICT})
NUMERIC = frozenset({Type.NUMBER, Type.FLAG})
COMPARABLE = (NUMERIC, BINARY, frozenset({Type.TEXT, Type.VERDICT}))


def comparable(one: Type, other: Type) -> bool:
    """Whether two fields of these types can be compared."""
    return one is other or any({one, other} <= group for group in COMPARABLE)


@dataclass(frozen=True, slots=True)
class Operand:
    """A value of each packet, none, or several.

    `repeated`: a column may hold a list of them, since a header can repeat the field. `largest` limits
    the numbers that it is compared with, `size` the bytes (None: any).
    """

    type: Type
    repeated: bool
    label: str
    largest: int | None = None
    size: int | None = None
    names: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source(Operand):
    """Fields as they are read; `layers` (counted from 1, or from -1 inside out) restricts them to some headers."""

    fields: tuple[str, ...]
    layers: tuple[tuple[int, int | None], ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut(Operand):
    """Pieces of a value, joined: each from an offset (negative: from the end), so many long (None: the rest)."""

    of: Operand
    pieces: tuple[tuple[int, int | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Masked(Operand):
    """The bits of a value that `mask` has too."""

    of: Operand
    mask: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Arithmetic(Operand):
    """`left operator right`, in whole numbers."""

    operator: str
    left: Operand | int
    right: Operand | int


@dataclass(frozen=True, slots=True, kw_only=True)
class Result(Operand):
    """What a function makes of its argument, or of several."""

    function: str
    arguments: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Present:
    """The operand has a value; `nonzero`: and that is not 0."""

    operand: Operand
    nonzero: bool = False


@dataclass(frozen=True, slots=True)
class Within:
    """The operand's value lies in one of the spans, or (`outside`) in none; for `every` value or any."""

    operand: Operand
    spans: tuple[Span, ...]
    outside: bool = False
    every: bool = False


@dataclass(frozen=True, slots=True)
class Beside:
    """The operand's value is below (<, <=) or above (>, >=) a limit."""

    operand: Operand
    operator: str
    limit: Plain
    every: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """Values of two operands are compared with each other."""

    left: Operand
    operator: str
    right: Operand
    every: bool = False


@dataclass(frozen=True, slots=True)
class Contains:
    """The bytes or the text is in the operand's value."""

    operand: Operand
    wanted: Plain | Operand
    every: bool = False


@dataclass(frozen=True, slots=True)
class Matches:
    """The regular expression matches somewhere in the operand's value."""

    operand: Operand
    pattern: str
    every: bool = False


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite: true where a field is absent too."""

    test: Test


@dataclass(frozen=True, slots=True)
class Join:
    """Tests joined by "and", "or" or "xor"."""

    how: str
    tests: tuple[Test, ...]


Test = Present | Within | Beside | Pair | Contains | Matches | Not | Join
