"""A capture as a lazy frame: what a query does not use is never decoded."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import polars as pl
from polars.io.plugins import register_io_source

from dissect.bulk.block import blocks
from dissect.bulk.names import supported
from dissect.bulk.table import block_table, chosen, schema
from dissect.capture.frames import Frames


def scan(opened: Callable[[], Frames]) -> pl.LazyFrame:
    """Every field as a column of a lazy frame; `opened` gives the capture anew for each query.

    polars says which columns a query uses and which rows it wants: only those are decoded, block after block.
    """
    every = schema(tuple(supported()))

    def source(
        columns: list[str] | None, predicate: pl.Expr | None, rows: int | None, _batch: int | None
    ) -> Iterator[pl.DataFrame]:
        left = rows
        with opened() as frames:
            for block in blocks(frames):
                some = block if predicate is None else chosen(block, predicate)
                some = some if left is None else some.first(left)
                yield block_table(some, [*every] if columns is None else columns)
                left = None if left is None else left - len(some)
                if left == 0:
                    return

    return register_io_source(source, schema=every, is_pure=True, explain_name="capture")
