"""What a job does with a block."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from dissect.bulk.block import Block
from dissect.bulk.table import chosen, schema

if TYPE_CHECKING:
    from dissect.bulk.condition import Condition
    from dissect.export import Job, Part


def check(job: Job) -> None:
    """Raises KeyError or FilterError."""
    if job.format != "text":
        schema(job.fields)
    condition(job)


def condition(job: Job) -> Condition | None:
    """The filter of a job, compiled once."""
    if not job._condition:
        from dissect.bulk.condition import condition as compiled

        job._condition.append(compiled(job.filter) if job.filter else None)
    return job._condition[0]


def work(job: Job, block: Block, started: int | None) -> Part:
    """The packets of a block that pass the filter, written."""
    from dissect.export import Part

    where = condition(job)
    if where is not None:
        block = chosen(block, where)
    if not len(block):
        return Part(b"", 0)
    data = _data(job, block, started)
    times = block.index.time[block.index.timed]
    if not len(times):
        return Part(data, len(block))
    at = _first_time(job, block) if job.format == "text" and job.times == "delta" else None
    return Part(data, len(block), int(times[0]), int(times[-1]), at)


def _data(job: Job, block: Block, started: int | None) -> bytes:
    if job.format == "text":
        from dissect.export.lines import Look, lines

        return lines(block, Look(job.colour, job.ascii, job.aligned, job.times), started)
    from dissect.export.columns import columns, delimited, json_lines

    table = columns(block, job.fields)
    if job.format == "parquet":
        out = io.BytesIO()
        table.write_ipc(out, compression="uncompressed")
        return out.getvalue()
    return (
        json_lines(table)
        if job.format == "ndjson"
        else delimited(table, job.fields, {"tsv": "\t", "csv": ","}[job.format])
    )
