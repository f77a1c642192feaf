"""What a job does with a block."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from dissect.bulk.block import Block

if TYPE_CHECKING:
    from dissect.bulk.condition import Condition
    from dissect.export import Job, Part
    from dissect.export.lines import Look
    from dissect.export.sheet import Sheet
    from dissect.export.woven import Written


def condition(job: Job) -> Condition | None:
    """The filter of a job, compiled once."""
    if not job.filter:
        return None
    if not job._condition:
        from dissect.bulk.condition import condition as compiled

        job._condition.append(compiled(job.filter))
    return job._condition[0]


def load(job: Job) -> None:
    """Loads what the first block would otherwise load."""
    condition(job)
    if job.format == "text":
        import dissect.export.lines
    elif job.format == "parquet":
        import dissect.export.sheet
    else:
        import dissect.export.columns  # noqa: F401


def work(job: Job, block: Block, started: int | None) -> Part:
    """The packets of a block that pass the filter, written."""
    from dissect.export import Part

    block = _chosen(job, block)
    if not len(block):
        return Part(b"", 0)
    times = block.index.time[block.index.timed]
    first, last = (int(times[0]), int(times[-1])) if len(times) else (None, None)
    written = _written(job, block, started)
    data = _data(written)
    at = _first_time(job, block, data) if job.times == "delta" and first is not None else None
    return Part(data, len(block), first, last, at)


def _chosen(job: Job, block: Block) -> Block:
    where = condition(job)
    if where is None:
        return block
    from dissect.bulk.table import chosen

    return chosen(block, where)


def _written(job: Job, block: Block, started: int | None) -> bytes | Sheet:
    """Lines, or for parquet columns."""
    if job.format == "text":
        from dissect.export.lines import lines

        return lines(block, _look(job), started)
    if job.format == "parquet":
        from dissect.export.sheet import sheet

        return sheet(block, job.fields)
    from dissect.export.columns import columns, delimited, json_lines

    if job.format == "ndjson":
        return json_lines(columns(block, job.fields))
    return delimited(block, job.fields, "\t" if job.format == "tsv" else ",")


def _look(job: Job) -> Look:
    from dissect.export.lines import Look

    return Look(job.colour, job.ascii, job.aligned, job.times)


def _first_time(job: Job, block: Block, text: bytes) -> tuple[int, int] | None:
    if job.format != "text":
        return None
    from dissect.export.lines import first_time

    return first_time(block, _look(job), text)


def _data(written: bytes | Sheet) -> bytes:
    """What a part holds of it."""
    return written if isinstance(written, bytes) else written.packed()


class Draft(NamedTuple):
    """What is written of a block but for its `rare` packets."""

    written: Written
    rare: Block | None

    @property
    def size(self) -> int:
        """Bytes that are kept of it, about."""
        content = self.written.content
        own = len(content) if isinstance(content, bytes) else content.size
        return own + (len(self.rare.octets.data) if self.rare is not None else 0)


def draft(job: Job, block: Block, started: int | None) -> Draft:
    """The packets of a block that pass the filter, written as `work` does it but for those that are rare."""
    from dissect.bulk.rare import Aside, put_off

    block.aside = Aside(block.index)
    written = _all(job, block, started)
    return Draft(written, put_off(block))


def completed(job: Job, drafts: list[Draft], started: int | None) -> Iterator[Part]:
    """The parts of blocks whose rare packets are written all at once; each draft is let go with its part."""
    from dissect.bulk.block import united
    from dissect.export import Part

    rare = [each.rare for each in drafts if each.rare is not None]
    more = _all(job, united(rare), started) if rare else None
    while drafts:
        each = drafts.pop(0)
        whole = each.written
        if each.rare is not None and more is not None:
            numbers = each.rare.index.number
            whole = whole.woven(numbers, more.within(int(numbers[0]), int(numbers[-1]) + 1))
        yield Part(_data(whole.content), len(whole.numbers))


def _all(job: Job, block: Block, started: int | None) -> Written:
    from dissect.export.woven import Written

    found = _chosen(job, block)
    return Written(found.index.number, _written(job, found, started))


def joined(part: Part, previous: int | None) -> bytes:
    """The text of a part behind one whose last time was `previous`."""
    from dissect.render.listing import when

    if part.at is None or previous is None:
        return part.data
    first, stop = part.at
    time = when(part.first, "delta", previous).rjust(stop - first)
    return part.data[:first] + time.encode() + part.data[stop:]
