"""Parquet, written while the packets are decoded: memory stays flat, whatever the capture's size."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import IO

import polars as pl
from polars.io.plugins import register_io_source

from dissect.bulk.text import readable_schema
from dissect.export import DEFAULT_FIELDS, Part

VALUES = 1 << 22
"""Values in a row group, about: what is held in memory at least."""


def write_parquet(
    target: str | IO[bytes], fields: Sequence[str], parts: Iterable[Part], count: int | None = None
) -> None:
    """Writes what a job of the format "parquet" gave for block after block, to a path or an open file.

    With a `count`, only so many packets.

    IPv4, IPv6 and hardware addresses are text, times seconds with nine decimals, verdicts words, fields that may have
    several values lists. OSError where the file cannot be written.
    """
    schema = readable_schema(tuple(dict.fromkeys(fields or DEFAULT_FIELDS)))

    def source(columns: list[str] | None, *_: object) -> Iterator[pl.DataFrame]:
        left = count
        for part in parts:
            if part.count:
                frame = _whole(pl.read_ipc_stream(io.BytesIO(part.data)), part.count, schema).select(
                    columns or pl.all()
                )
                yield frame if left is None else frame.head(left)
            left = None if left is None else left - part.count
            if left is not None and left <= 0:
                return

    rows = VALUES // len(schema)
    register_io_source(source, schema=schema).sink_parquet(
        target, compression="zstd", compression_level=1, row_group_size=rows
    )


def _whole(frame: pl.DataFrame, count: int, schema: pl.Schema) -> pl.DataFrame:
    """The frame of a part with the columns in which all is null."""
    return pl.DataFrame(
        [
            frame[name] if name in frame.columns else pl.Series(name, [], kind).clear(count)
            for name, kind in schema.items()
        ]
    )
