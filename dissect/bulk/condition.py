"""Display filters as conditions on the packets of a block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from dissect.bulk.names import STREAM, column
from dissect.filter import compile_filter

LAYERS = (2, 3, 4)
"""Which further layers of a kind a filter looks at: tunnels inside tunnels are rarely deeper."""


@dataclass(frozen=True)
class Condition:
    """A filter: `outer` is enough for packets that have no header twice, `whole` looks at further layers too."""

    fields: tuple[str, ...]
    outer: pl.Expr
    whole: pl.Expr


def condition(text: str) -> Condition:
    """The condition that a filter's text stands for; FilterError, which underlines the fault."""
    compiled = compile_filter(text)
    names: Sequence[str] = tuple(compiled.fields)
    outer = compiled.expression({name: [name] for name in names})
    whole = compiled.expression({name: [name, *layers(name)] for name in names})
    return Condition(tuple(column(name).field for name in names), outer, whole)


def layers(name: str) -> tuple[str, ...]:
    """The columns of a field in further layers; a packet belongs to one connection."""
    return () if name in STREAM else tuple(f"{name}#{layer}" for layer in LAYERS)
