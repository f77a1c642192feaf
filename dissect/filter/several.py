"""Several values beside one another: those of a list, and what stands so to any of them or to each. Loads polars."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from dissect.filter.typed import Pair


class Alternative(NamedTuple):
    """One value of an operand, or (with `listed`) the elements of a list: then `value` is about pl.element()."""

    value: pl.Expr
    listed: pl.Expr | None = None


def compared(one: pl.Expr, other: pl.Expr, operator: str) -> pl.Expr:
    """One value beside another."""
    return {
        "==": one.eq, "!=": one.ne, "<": one.lt, "<=": one.le, ">": one.gt, ">=": one.ge,
    }[operator](other)  # fmt: skip


def paired(one: Alternative, other: Alternative, test: Pair) -> pl.Expr:
    """Whether any value of the one stands so to any of the other, or each to each; null where one is absent."""
    if one.listed is None and other.listed is None:
        return compared(one.value, other.value, test.operator)
    left, right = _extent(one), _extent(other)
    sign = test.operator
    if sign in {"==", "!="}:
        met = _values(one).list.set_intersection(_values(other)).list.len() > 0
        same = (left.low == left.high) & (right.low == right.high) & (left.low == right.low)
        found = (same if test.every else met) if sign == "==" else (~met if test.every else ~same)
    elif sign in {"<", "<="}:
        found = compared(*((left.high, right.low) if test.every else (left.low, right.high)), sign)
    else:
        found = compared(*((left.low, right.high) if test.every else (left.high, right.low)), sign)
    return pl.when(left.low.is_not_null() & right.low.is_not_null()).then(found)


class Extent(NamedTuple):
    """The least and the largest of several values."""

    low: pl.Expr
    high: pl.Expr


def _extent(each: Alternative) -> Extent:
    values = _values(each)
    return Extent(values.list.eval(pl.element().min()).list.first(), values.list.eval(pl.element().max()).list.first())


def _values(each: Alternative) -> pl.Expr:
    """All values of an alternative as a list, an empty one where it is absent."""
    found = pl.concat_list(each.value) if each.listed is None else each.listed.list.eval(each.value)
    return found.list.drop_nulls().fill_null([])


def one_of(each: Alternative, *, largest: bool) -> pl.Expr:
    """The largest of an alternative's values, or the least."""
    if each.listed is None:
        return each.value
    extent = _extent(each)
    return extent.high if largest else extent.low
