"""What is asked of `read`, and whether it can be done."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from dissect.cli.output import Refusal, colourful
from dissect.export import Format, Job, Times, job

ENDINGS: dict[str, Format] = {
    ".tsv": "tsv", ".csv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson", ".parquet": "parquet",
}  # fmt: skip
WIDE = 110
"""Columns of a terminal from which on those of the list stand under one another."""


@dataclass(frozen=True)
class Request:
    """What is asked of `read`: `job` is None where packets are only kept."""

    names: Sequence[str]
    job: Job | None
    filter: str
    count: int | None
    out: str | None
    keep: str | None


def request(
    names: Sequence[str], filter: str, count: int | None, fields: Sequence[str], format: Format | None,  # noqa: A002
    out: str | None, keep: str | None, times: Times,
) -> Request:  # fmt: skip
    """The options of the command; a Refusal where they contradict each other."""
    if len(names) > 1 and "-" in names:
        raise Refusal("standard input cannot be put in order of time with other captures: save it to a file first")
    listed = bool(fields or format or out is not None)
    if keep is not None and not listed:
        return Request(names, None, filter, count, None, keep)
    chosen = format or _format_of(out, bool(fields))
    if chosen == "text" and fields:
        raise Refusal("the list has its own columns: -e goes with -T tsv, csv, ndjson or parquet")
    if chosen == "parquet" and out is None:
        raise Refusal("parquet is written to a file: name it with -o OUT.parquet")
    if keep == "-" and out is None:
        raise Refusal("packets and text cannot both go to standard output: write one of them to a file")
    wanted = job(
        chosen, fields, filter, colour=chosen == "text" and out is None and colourful(sys.stdout), times=times,
        ascii=out is None and not unicode(), aligned=out is None and _width() >= WIDE,
    )  # fmt: skip
    return Request(names, wanted, filter, count, out, keep)


def _format_of(out: str | None, fields: bool) -> Format:
    named = next((kind for ending, kind in ENDINGS.items() if (out or "").lower().endswith(ending)), None)
    return named or ("tsv" if fields else "text")


def unicode() -> bool:
    """Whether standard output takes more than ASCII."""
    return (sys.stdout.encoding or "").lower().replace("-", "") in ("utf8", "utf16", "utf32")


def _width() -> int:
    """Columns of the terminal; none where lines go elsewhere."""
    from shutil import get_terminal_size

    return get_terminal_size().columns if sys.stdout.isatty() else 0
