"""What a job does with a block."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

import polars as pl

from dissect.bulk.block import Block
from dissect.bulk.condition import layers
from dissect.bulk.table import block_table, chosen, schema
from dissect.bulk.text import readable
from dissect.filter import compile_filter
from dissect.packet import Frame

if TYPE_CHECKING:
    from dissect.export import Job, Part


def check(job: Job) -> None:
    """Raises KeyError or FilterError."""
    if job.format != "text":
        schema(job.fields)
    condition(job)


def condition(job: Job) -> pl.Expr | None:
    """The filter of a job, compiled once."""
    if not job._condition:
        job._condition.append(_compiled(job.filter) if job.filter else None)
    return job._condition[0]


def _compiled(text: str) -> pl.Expr:
    compiled = compile_filter(text)
    return compiled.expression({name: [name, *layers(name)] for name in compiled.fields})


def work(job: Job, block: Block, started: int | None) -> Part:
    """The packets of a block that pass the filter, written."""
    from dissect.export import Part

    where = condition(job)
    if where is not None:
        block = chosen(block, where)
    return Part(_data(job, block, started) if len(block) else b"", len(block), *_ends(block))


def _ends(block: Block) -> tuple[int | None, int | None]:
    times = block.index.time[block.index.timed]
    return (int(times[0]), int(times[-1])) if len(times) else (None, None)


def _data(job: Job, block: Block, started: int | None) -> bytes:
    if job.format == "text":
        from dissect.decoding import decode_frame
        from dissect.render.listing import line

        return "".join(line(decode_frame(frame), started) + "\n" for frame in _frames(block)).encode()
    table = readable(block_table(block, job.fields))
    if job.format == "parquet":
        out = io.BytesIO()
        table.write_ipc(out)
        return out.getvalue()
    if job.format == "ndjson":
        return table.write_ndjson().encode()
    lists = [
        pl.col(name).cast(pl.List(pl.String)).list.join(",")
        for name, kind in table.schema.items()
        if kind.base_type() is pl.List
    ]
    separator = {"tsv": "\t", "csv": ","}[job.format]
    return table.with_columns(lists).write_csv(separator=separator, include_header=False).encode()


def _frames(block: Block) -> Iterator[Frame]:
    where = block.index
    for row in range(len(where)):
        start, size = int(where.start[row]), int(where.captured[row])
        time = int(where.time[row]) if where.timed[row] else None
        yield Frame(
            block.octets.data[start : start + size], int(where.link[row]), int(where.number[row]), time,
            int(where.length[row]), int(where.fcs[row]),
        )  # fmt: skip


def joined(part: Part, previous: int | None) -> bytes:
    """The text of a part behind one whose last time was `previous`."""
    return part.data
