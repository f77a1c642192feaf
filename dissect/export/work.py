"""What a job does with a block."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from dissect.bulk.block import Block

if TYPE_CHECKING:
    from dissect.bulk.condition import Condition
    from dissect.export import Job, Part


def condition(job: Job) -> Condition | None:
    """The filter of a job, compiled once."""
    if not job.filter:
        return None
    if not job._condition:
        from dissect.bulk.condition import condition as compiled

        job._condition.append(compiled(job.filter))
    return job._condition[0]


def work(job: Job, block: Block, started: int | None) -> Part:
    """The packets of a block that pass the filter, written."""
    from dissect.export import Part

    where = condition(job)
    if where is not None:
        from dissect.bulk.table import chosen

        block = chosen(block, where)
    if not len(block):
        return Part(b"", 0)
    times = block.index.time[block.index.timed]
    first, last = (int(times[0]), int(times[-1])) if len(times) else (None, None)
    if job.format != "text":
        return Part(_columns(job, block), len(block), first, last)
    from dissect.export.lines import Look, first_time, lines

    look = Look(job.colour, job.ascii, job.aligned, job.times)
    text = lines(block, look, started)
    at = first_time(block, look, text) if job.times == "delta" and first is not None else None
    return Part(text, len(block), first, last, at)


def joined(part: Part, previous: int | None) -> bytes:
    """The text of a part behind one whose last time was `previous`."""
    from dissect.render.listing import when

    if part.at is None or previous is None:
        return part.data
    first, stop = part.at
    time = when(part.first, "delta", previous).rjust(stop - first)
    return part.data[:first] + time.encode() + part.data[stop:]


def _columns(job: Job, block: Block) -> bytes:
    from dissect.export.columns import columns, delimited, json_lines

    if job.format in ("tsv", "csv"):
        return delimited(block, job.fields, "\t" if job.format == "tsv" else ",")
    table = columns(block, job.fields)
    if job.format == "ndjson":
        return json_lines(table)
    out = io.BytesIO()
    table = table.select(series.name for series in table.get_columns() if series.null_count() < len(series))
    table.write_ipc_stream(out, compression="lz4")
    return out.getvalue()
