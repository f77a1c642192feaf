"""Parquet, written while the packets are decoded: memory stays flat, whatever the capture's size."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import IO

import polars as pl
from polars.io.plugins import register_io_source

from dissect.bulk.text import readable_schema
from dissect.export import DEFAULT_FIELDS, Part

ROWS = 1 << 17
"""Packets in a row group, about."""


def write_parquet(target: str | IO[bytes], fields: Sequence[str], parts: Iterable[Part]) -> None:
    """Writes what a job of the format "parquet" gave for block after block, to a path or an open file.

    IPv4, IPv6 and hardware addresses are text, times seconds with nine decimals, verdicts words, fields that may have
    several values lists. OSError where the file cannot be written.
    """
    schema = readable_schema(tuple(dict.fromkeys(fields or DEFAULT_FIELDS)))

    def source(columns: list[str] | None, *_: object) -> Iterator[pl.DataFrame]:
        for part in parts:
            if part.count:
                frame = pl.read_ipc_stream(io.BytesIO(part.data))
                yield frame if columns is None else frame.select(columns)

    register_io_source(source, schema=schema).sink_parquet(target, compression="zstd", compression_level=1, row_group_size=ROWS)
