"""Display filters as conditions on the packets of a block."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from dissect.bulk.names import STREAM, column
from dissect.filter import Filter, compile_filter


@dataclass(frozen=True)
class Condition:
    """A filter: `outer` is enough for packets that have no header twice; `whole` looks at further layers too."""

    fields: tuple[str, ...]
    outer: pl.Expr
    filter: Filter

    def whole(self, depth: int) -> pl.Expr:
        """The condition on packets that have up to `depth` headers of a kind."""
        return self.filter.expression({name: [name, *layers(name, depth)] for name in self.filter.fields})


def condition(text: str) -> Condition:
    """The condition that a filter's text stands for; FilterError, which underlines the fault."""
    compiled = compile_filter(text)
    outer = compiled.expression({name: [name] for name in compiled.fields})
    return Condition(tuple(column(name, filtering=True).field for name in compiled.fields), outer, compiled)


def layers(name: str, depth: int) -> tuple[str, ...]:
    """The columns of a field in further layers; a packet belongs to one connection."""
    return () if name in STREAM else tuple(f"{name}#{layer}" for layer in range(2, depth + 1))
