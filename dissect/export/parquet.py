"""Parquet, written while packets are decoded: memory stays flat, whatever the capture's size."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from queue import Queue
from signal import SIGINT, getsignal, signal
from threading import Thread, current_thread, main_thread
from types import TracebackType
from typing import IO, Protocol, Self, cast

import polars as pl
from polars.io.plugins import register_io_source

from dissect.bulk.text import readable_schema
from dissect.export import DEFAULT_FIELDS, Part

VALUES = 3 << 22
"""Values in a row group, about: what is held in memory at least. What the file's end says of each group, some 4 KB a
column, is held until then: half the size would take less of a small capture and as much of a large one."""
WAITING = 2
"""Parts that may wait to be written."""


class Target(Protocol):
    """A file, or whatever takes bytes as one."""

    def write(self, data: bytes, /) -> int:
        """Takes bytes."""

    def flush(self) -> None:
        """Hands them on."""


class ParquetFile:
    """A parquet file that grows part by part; the parts are those of a job of the format "parquet".

    A context manager: leaving it makes the file whole, with what was added, also where an exception is the reason.
    Addresses are text, times seconds with nine decimals, verdicts words, fields that may have several values lists.
    What goes wrong with writing is raised by `add` or on leaving.
    """

    def __init__(self, target: Target, fields: Sequence[str] = ()) -> None:
        self._target = target
        self._schema = readable_schema(tuple(dict.fromkeys(fields or DEFAULT_FIELDS)))
        self._nothing = {name: pl.Series(name, [None], dtype=kind) for name, kind in self._schema.items()}
        self._parts: Queue[tuple[Part, int] | None] = Queue(WAITING)
        self._fault: BaseException | None = None
        self._thread = Thread(target=self._write, daemon=True)

    def __enter__(self) -> Self:
        if current_thread() is main_thread():
            signal(SIGINT, getsignal(SIGINT))  # polars took it and would leave half a file
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._parts.put(None)
        self._thread.join()
        if self._fault is not None and error is not self._fault:
            raise self._fault

    def add(self, part: Part, count: int | None = None) -> None:
        """Adds the packets of a part, at most `count`."""
        if self._fault is not None:
            raise self._fault
        if part.count:
            self._parts.put((part, part.count if count is None else count))

    def _write(self) -> None:
        """The life of the writing thread: polars asks for frame after frame."""
        try:
            source = register_io_source(self._frames, schema=self._schema)
            rows = max(1, VALUES // len(self._schema))
            source.sink_parquet(
                cast(IO[bytes], self._target), compression="zstd", compression_level=1, row_group_size=rows
            )
        except BaseException as fault:
            self._fault = fault
            while self._parts.get() is not None:  # whoever adds must not wait
                pass

    def _frames(self, columns: list[str] | None, *_: object) -> Iterator[pl.DataFrame]:
        while (waiting := self._parts.get()) is not None:
            part, count = waiting  # which is packed until now: as a frame it takes ten times the memory
            frame = self._whole(pl.read_ipc_stream(io.BytesIO(part.data)), part.count)
            yield frame.head(count).select(columns or pl.all())
        self._parts.put(None)  # in case it was an error that ended this

    def _whole(self, frame: pl.DataFrame, count: int) -> pl.DataFrame:
        """The frame of a part with the columns in which all is null."""
        there = set(frame.columns)
        nothing = self._nothing.items()
        return pl.DataFrame([frame[name] if name in there else null.new_from_index(0, count) for name, null in nothing])
