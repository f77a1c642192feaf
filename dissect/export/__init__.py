"""Packets written out: lines to read, tsv, csv, ndjson and parquet, block after block.

`job` describes the work on one block as a function that can be sent to another process; nothing heavy
is loaded before it is called. The text before the first block is `header`, parquet is written by `dissect.export.parquet`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pickle import PickleBuffer
from typing import TYPE_CHECKING, Any, Literal, SupportsIndex

if TYPE_CHECKING:
    from dissect.bulk.block import Block
    from dissect.bulk.condition import Condition
    from dissect.export.work import Draft

Format = Literal["text", "tsv", "csv", "ndjson", "parquet"]
Times = Literal["relative", "delta", "epoch", "utc", "local"]

FORMATS: tuple[Format, ...] = ("text", "tsv", "csv", "ndjson", "parquet")
TIMES: tuple[Times, ...] = ("relative", "delta", "epoch", "utc", "local")
DEFAULT_FIELDS = (
    "frame.number", "frame.time_epoch", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "frame.protocols", "frame.len",
    "tcp.srcport", "tcp.dstport", "tcp.flags.str", "tcp.seq_raw", "tcp.ack_raw", "tcp.window_size_value", "tcp.len",
    "udp.srcport", "udp.dstport",
)  # fmt: skip
"""What machine formats hold where no field is asked for."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one block gives: `data` ready to be written (for parquet: a frame in polars' IPC form), of `count` packets.

    `first` and `last` are the times of the first and the last of them that have one, in nanoseconds since 1970, unless
    the part was `completed`. In text with times between packets the first packet's time is not known here: `joined` puts
    it at `at`.
    """

    data: bytes
    count: int
    first: int | None = None
    last: int | None = None
    at: tuple[int, int] | None = None

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        data = PickleBuffer(self.data) if int(protocol) >= 5 else self.data
        return Part, (data, self.count, self.first, self.last, self.at)


@dataclass(frozen=True)
class Job:
    """What is to be done with every block; call it with a block and the time that relative times count from.

    Can be pickled. A KeyError says which field does not exist, a `FilterError` what is wrong with the filter,
    both before the first block where `check` is called.
    """

    format: Format = "text"
    fields: tuple[str, ...] = ()
    filter: str = ""
    colour: bool = False
    times: Times = "relative"
    ascii: bool = False
    aligned: bool = False
    _condition: list[Condition] = field(default_factory=list, compare=False, repr=False)

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_condition": []}

    def __call__(self, block: Block, started: int | None = None) -> Part:
        """The packets of the block that pass the filter, written."""
        from dissect.export.work import work

        return work(self, block, started)

    def draft(self, block: Block, started: int | None = None) -> Draft:
        """The same but for rare packets, which `completed` adds; not for times between packets."""
        from dissect.export.work import draft

        return draft(self, block, started)

    def completed(self, drafts: list[Draft], started: int | None = None) -> Iterator[Part]:
        """The parts of blocks, whose rare packets are decoded together: cheaper than block by block. Empties the list."""
        from dissect.export.work import completed

        return completed(self, drafts, started)

    def load(self) -> None:
        """Loads what the first block would otherwise load: polars, the filter's grammar; raises what `check` does."""
        from dissect.export.work import load

        self.check()
        load(self)

    def check(self) -> None:
        """Raises what would be wrong with fields or filter."""
        from dissect.bulk.asked import column
        from dissect.filter import compile_filter

        if self.format != "text":
            for name in self.fields:
                column(name)
        if self.filter:
            compile_filter(self.filter)


def job(
    format: Format = "text",  # noqa: A002 - the option's name
    fields: Sequence[str] = (),
    filter: str = "",  # noqa: A002
    *,
    colour: bool = False,
    times: Times = "relative",
    ascii: bool = False,  # noqa: A002
    aligned: bool = False,
) -> Job:
    """The work on one block: `job(…)(block, started)` gives a `Part`.

    `fields` without any are `DEFAULT_FIELDS`. Only text heeds `colour`, `times`, `ascii` (nothing that is no ASCII) and
    `aligned` (columns under one another, which takes a wide terminal).
    """
    return Job(format, tuple(fields) or DEFAULT_FIELDS, filter, colour, times, ascii, aligned)


def first_time(block: Block) -> int | None:
    """The time of the first packet of a block that has one: relative times count from the capture's first."""
    timed = block.index.timed
    return int(block.index.time[timed.argmax()]) if timed.any() else None


def header(format: Format, fields: Sequence[str] = ()) -> bytes:  # noqa: A002
    """What stands before the first block: the names of the fields in tsv and csv."""
    separator = {"tsv": "\t", "csv": ","}.get(format)
    return f"{separator.join(fields or DEFAULT_FIELDS)}\n".encode() if separator else b""


def joined(part: Part, previous: int | None) -> bytes:
    """The text of a part behind one whose `last` was `previous`: differs only for times between packets."""
    if part.at is None:
        return part.data
    from dissect.export.work import joined as written

    return written(part, previous)


def limited(part: Part, count: int) -> Part:
    """At most the first `count` packets of a part of lines."""
    if part.count <= count:
        return part
    at = 0
    for _ in range(count):
        at = part.data.index(b"\n", at) + 1
    return replace(part, data=part.data[:at], count=count)


__all__ = [
    "DEFAULT_FIELDS",
    "FORMATS",
    "TIMES",
    "Format",
    "Job",
    "Part",
    "Times",
    "first_time",
    "header",
    "job",
    "joined",
    "limited",
]
