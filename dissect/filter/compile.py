"""Typed tests → polars expressions. Loads polars.

Each operand becomes alternatives, one for each column that may hold it; null means that this one is
absent. A test holds if one alternative fulfils it (or all that are there do), and is never null.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import polars as pl

from dissect.filter.octets import cut_bytes, cut_text, latin, masked_bytes, written
from dissect.filter.patterns import insensitive
from dissect.filter.several import Alternative, compared, one_of, paired
from dissect.filter.typed import (
    NUMERIC,
    Arithmetic,
    Beside,
    Contains,
    Cut,
    Join,
    Masked,
    Matches,
    Not,
    Operand,
    Pair,
    Plain,
    Present,
    Result,
    Source,
    Span,
    Test,
    Type,
    Within,
)  # fmt: skip

Columns = Mapping[str, Sequence[str]]
WIDE = pl.Int128  # sums and products of any two numbers of 64 bits
_SMALL = 1 << 31


def expression(test: Test, columns: Columns) -> pl.Expr:
    """The test as a Boolean expression over those columns."""
    if isinstance(test, Not):
        return ~expression(test.test, columns)
    if isinstance(test, Join):
        return _joined(test.how, [expression(each, columns) for each in test.tests])
    if isinstance(test, Pair):
        return _pair(test, columns)
    wanted = _predicate(test, columns)
    every = not isinstance(test, Present) and test.every
    return _over(alternatives(test.operand, columns), wanted, every=every)


def _joined(how: str, parts: list[pl.Expr]) -> pl.Expr:
    if how == "and":
        return pl.all_horizontal(parts)
    if how == "or":
        return pl.any_horizontal(parts)
    return pl.sum_horizontal([part.cast(pl.UInt32) for part in parts]) % 2 == 1


def _predicate(test: Present | Within | Beside | Contains | Matches, columns: Columns) -> Callable[[pl.Expr], pl.Expr]:
    """What one value has to fulfil; null where it is absent."""
    if isinstance(test, Present):
        return _wide_not_zero if test.nonzero else pl.Expr.is_not_null
    if isinstance(test, Within):
        return lambda value: _within(value, test)
    if isinstance(test, Beside):
        return lambda value: compared(*_suited(value, test.limit, test.operand), test.operator)
    if isinstance(test, Contains):
        return _containing(test, columns)
    pattern = insensitive(test.pattern)
    text = test.operand.type not in {Type.MAC, Type.BYTES, Type.IPV6}
    return lambda value: (value if text else latin(value)).str.contains(pattern)


def _wide_not_zero(value: pl.Expr) -> pl.Expr:
    return value != 0


def _over(found: list[Alternative], wanted: Callable[[pl.Expr], pl.Expr], *, every: bool) -> pl.Expr:
    """Whether any value fulfils it; with `every`, whether there is one and all of them do."""
    if not found:
        return pl.lit(value=False)
    if not every:
        return _any(_hit(each, wanted, absent=False).fill_null(value=False) for each in found)
    there = [_hit(each, pl.Expr.is_not_null, absent=False).fill_null(value=False) for each in found]
    return pl.all_horizontal(_any(there), *(_none_fails(each, wanted) for each in found))


def _none_fails(each: Alternative, wanted: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
    return (~_hit(each, lambda value: ~wanted(value), absent=False)).fill_null(value=True)


def _hit(each: Alternative, wanted: Callable[[pl.Expr], pl.Expr], *, absent: bool) -> pl.Expr:
    if each.listed is None:
        return wanted(each.value).fill_null(absent)
    return each.listed.list.eval(wanted(each.value).fill_null(absent)).list.any()


def _any(parts: Iterable[pl.Expr]) -> pl.Expr:
    found = list(parts)
    return found[0] if len(found) == 1 else pl.any_horizontal(found)


def _within(value: pl.Expr, test: Within) -> pl.Expr:
    """In one of the spans: single values at once, ranges one by one."""
    exact = [low for low, high in test.spans if low == high]
    ranges = [span for span in test.spans if span[0] != span[1]]
    parts = [_among(value, exact, test.operand)] if exact else []
    parts += [_between(value, span, test.operand) for span in ranges]
    inside = parts[0] if len(parts) == 1 else pl.any_horizontal(parts)
    return ~inside if test.outside else inside


def _among(value: pl.Expr, exact: list[Plain], operand: Operand) -> pl.Expr:
    if len(exact) == 1:
        return compared(*_suited(value, exact[0], operand), "==")
    if not isinstance(exact[0], int):
        return value.is_in(exact)
    numbers = pl.Series([one for one in exact if _natural(one)], dtype=pl.UInt64)
    return value.cast(pl.UInt64, strict=False).is_in(numbers.implode())


def _natural(number: Plain) -> bool:
    return isinstance(number, int) and number >= 0


def _between(value: pl.Expr, span: Span, operand: Operand) -> pl.Expr:
    low, high = (_suited(value, one, operand) for one in span)
    return compared(*low, ">=") & compared(*high, "<=")


def _suited(value: pl.Expr, limit: Plain, operand: Operand) -> tuple[pl.Expr, pl.Expr]:
    """Value and limit of types that can be compared without loss."""
    if not isinstance(limit, int) or operand.type in {Type.TIME, Type.DURATION} or 0 <= limit < _SMALL:
        return value, pl.lit(limit)
    return value.cast(WIDE), pl.lit(limit, dtype=WIDE)


def _containing(test: Contains, columns: Columns) -> Callable[[pl.Expr], pl.Expr]:
    wanted = test.wanted
    if isinstance(wanted, Operand):
        inner = [each.value for each in alternatives(wanted, columns)]
        if not inner:
            return lambda value: value.is_null() & value.is_not_null()
        return lambda value: _any(_contains(value, each, test.operand).fill_null(value=False) for each in inner)
    return lambda value: _contains(value, pl.lit(wanted), test.operand)


def _contains(value: pl.Expr, wanted: pl.Expr, operand: Operand) -> pl.Expr:
    if operand.type in {Type.TEXT, Type.VERDICT}:
        return value.str.contains(wanted, literal=True)
    return value.bin.contains(wanted)


def _pair(test: Pair, columns: Columns) -> pl.Expr:
    """Every value of the one field with every value of the other."""
    wide = any(isinstance(side, Arithmetic | Result) and side.type is Type.NUMBER for side in (test.left, test.right))
    lefts, rights = alternatives(test.left, columns), alternatives(test.right, columns)
    listed = any(each.listed is not None for each in (*lefts, *rights)) and test.left.type in NUMERIC
    if wide or listed:  # lists are compared in one type
        kind = WIDE if wide else pl.UInt64
        lefts, rights = ([each._replace(value=each.value.cast(kind)) for each in side] for side in (lefts, rights))
    pairs = [paired(one, other, test) for one in lefts for other in rights]
    return _over([Alternative(pair) for pair in pairs], _itself, every=test.every)


def _itself(value: pl.Expr) -> pl.Expr:
    return value


def alternatives(operand: Operand, columns: Columns) -> list[Alternative]:
    """The values that an operand may have in a packet."""
    if isinstance(operand, Source):
        return list(_source(operand, columns))
    if isinstance(operand, Arithmetic):
        return _arithmetic(operand, columns)
    if isinstance(operand, Result):
        return _result(operand, columns)
    if isinstance(operand, Cut):
        cut = _cut(operand)
        return [each._replace(value=cut(each.value)) for each in alternatives(operand.of, columns)]
    assert isinstance(operand, Masked)
    return [each._replace(value=_masked(each.value, operand)) for each in alternatives(operand.of, columns)]


def _source(operand: Source, columns: Columns) -> Iterable[Alternative]:
    for name in operand.fields:
        for column in _layers(operand, columns.get(name, ())):
            if operand.repeated:
                yield Alternative(_read(pl.element(), operand.type), pl.concat_list(column))
            else:
                yield Alternative(_read(column, operand.type))


def _layers(operand: Source, names: Sequence[str]) -> Iterable[pl.Expr]:
    """The layers that an operand speaks of; those counted from the innermost differ from packet to packet."""
    every = range(1, len(names) + 1)
    for layer, column in enumerate(map(pl.col, names), 1):
        if operand.layers is None or _speaks(operand.layers, layer):
            yield column
    for inward in every:
        if operand.layers is not None and _speaks(operand.layers, -inward):
            yield _from_the_end(names, inward)


def _speaks(ranges: Iterable[tuple[int, int | None]], layer: int) -> bool:
    return any(
        (first < 0) == (layer < 0) and first <= layer and (last is None or layer <= last) for first, last in ranges
    )


def _from_the_end(names: Sequence[str], inward: int) -> pl.Expr:
    """The value of the layer so many-th from the innermost that holds one."""
    there = [pl.col(name).is_not_null().cast(pl.UInt8) for name in names]
    return pl.coalesce(
        pl.when(pl.sum_horizontal(there[place:]) == inward).then(pl.col(name)) for place, name in enumerate(names)
    )


def _read(value: pl.Expr, kind: Type) -> pl.Expr:
    """Flags may be Boolean, and closed lists of words may be Enum."""
    if kind is Type.FLAG:
        return value.cast(pl.UInt8)
    return value.cast(pl.String) if kind in {Type.TEXT, Type.VERDICT} else value


def _cut(operand: Cut) -> Callable[[pl.Expr], pl.Expr]:
    if operand.type is Type.TEXT:
        return lambda value: cut_text(value, operand.pieces)
    ipv4 = operand.of.type is Type.IPV4
    return lambda value: cut_bytes(value, operand.pieces, ipv4=ipv4)


def _masked(value: pl.Expr, operand: Masked) -> pl.Expr:
    if operand.type is Type.BYTES:
        return masked_bytes(value, operand.mask)
    return value.cast(pl.UInt64) & pl.lit(operand.mask, dtype=pl.UInt64)


def _arithmetic(operand: Arithmetic, columns: Columns) -> list[Alternative]:
    def side(of: Operand | int) -> list[Alternative]:
        return [Alternative(pl.lit(of, dtype=WIDE))] if isinstance(of, int) else alternatives(of, columns)

    return [
        Alternative(
            _calculated(one.value.cast(WIDE), operand.operator, other.value.cast(WIDE)),
            one.listed if one.listed is not None else other.listed,
        )
        for one in side(operand.left)
        for other in side(operand.right)
    ]


def _calculated(one: pl.Expr, operator: str, other: pl.Expr) -> pl.Expr:
    """As C calculates: division cuts off towards 0, and by 0 gives no value."""
    if operator in "/%":
        size = one.abs() // other.abs()
        quotient = pl.when((one < 0) == (other < 0)).then(size).otherwise(0 - size)
        return quotient if operator == "/" else one - quotient * other
    if operator == "&":
        return one & other
    return one + other if operator == "+" else one - other if operator == "-" else one * other


def _result(operand: Result, columns: Columns) -> list[Alternative]:
    found = [each for argument in operand.arguments for each in alternatives(argument, columns)]
    if operand.function in {"max", "min"}:
        largest = operand.function == "max"
        values = [one_of(each, largest=largest).cast(WIDE) for each in found]
        pick = pl.max_horizontal if largest else pl.min_horizontal
        return [Alternative(pick(values))] if values else []
    if operand.function == "count":
        counts = [_count(each) for each in found]
        total = pl.sum_horizontal(counts) if counts else pl.lit(0)
        return [Alternative(pl.when(total > 0).then(total))]
    make = _maker(operand.function, operand.arguments[0].type)
    return [each._replace(value=make(each.value)) for each in found]


def _count(each: Alternative) -> pl.Expr:
    if each.listed is None:
        return each.value.is_not_null().cast(pl.UInt32)
    return each.listed.list.drop_nulls().list.len().fill_null(0)


def _maker(function: str, kind: Type) -> Callable[[pl.Expr], pl.Expr]:
    if function == "string":
        return lambda value: written(value, kind)
    if function == "abs":
        return lambda value: value.cast(WIDE).abs()
    if function == "len" and kind is Type.IPV4:
        return lambda value: pl.when(value.is_not_null()).then(4)
    if function == "len":
        binary = kind in {Type.MAC, Type.BYTES, Type.IPV6}
        return lambda value: value.bin.size() if binary else value.str.len_bytes()
    return lambda value: value.str.to_uppercase() if function == "upper" else value.str.to_lowercase()
