"""Parquet files grow part by part and hold the readable columns."""

from __future__ import annotations

import io
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from bulk.comparing import batch_of
from bulk.test_agreement import corpus
from export.forms import block

from dissect.bulk.names import supported
from dissect.bulk.table import block_table
from dissect.bulk.text import readable
from dissect.export import Job, Part, job
from dissect.export.parquet import ParquetFile

NAMES = tuple(supported())


def parts(work: Job, sizes: tuple[int, ...] = (40, 0, 1, 300)) -> tuple[list[Part], pl.DataFrame]:
    """The job's parts of packets in blocks of these sizes, and the table that they should make."""
    frames, made, tables = corpus(), [], []
    at = 0
    for size in sizes:
        if size:
            whole = block(batch_of(frames[at : at + size]))
            tables.append(readable(block_table(whole, work.fields)))
            made.append(work(whole))
        else:
            made.append(Part(b"", 0))
        at += size
    return made, pl.concat(tables)


def test_all_columns(tmp_path: Path) -> None:
    made, expected = parts(job("parquet", NAMES))
    with (tmp_path / "out.parquet").open("wb") as target, ParquetFile(target, NAMES) as file:
        for part in made:
            file.add(part)
    found = pl.read_parquet(tmp_path / "out.parquet")
    assert found.equals(expected)
    assert found.schema == expected.schema
    assert found["frame.time_epoch"].dtype == pl.Decimal(38, 9)
    assert found["frame.time_epoch"][0] == Decimal(0)


def test_part_of_a_part() -> None:
    made, expected = parts(job("parquet", ("frame.number", "ip.src")))
    target = io.BytesIO()
    with ParquetFile(target, ("frame.number", "ip.src")) as file:
        file.add(made[0])
        file.add(made[3], 7)
    assert pl.read_parquet(target.getvalue()).height == 47
    assert pl.read_parquet(target.getvalue())["ip.src"].to_list() == [
        *expected["ip.src"][:40],
        *expected["ip.src"][41:48],
    ]


def test_no_packets() -> None:
    target = io.BytesIO()
    with ParquetFile(target, ("ip.src", "tcp.option_kind")):
        pass
    found = pl.read_parquet(target.getvalue())
    assert (found.height, dict(found.schema)) == (0, {"ip.src": pl.String, "tcp.option_kind": pl.List(pl.UInt8)})


class Full(io.RawIOBase):
    """A disk without room."""

    def writable(self) -> bool:
        return True

    def write(self, data: object, /) -> int:
        raise OSError(28, "No space left on device")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_what_cannot_be_written_is_said() -> None:
    """And whoever adds does not wait for ever."""
    made, _ = parts(job("parquet", NAMES))

    def write() -> None:
        with ParquetFile(Full(), NAMES) as file:
            for _ in range(20):
                for part in made:
                    file.add(part)

    with pytest.raises(Exception, match=r"[Nn]o space left|Python"):
        write()


def test_the_exception_that_ends_it_stays() -> None:
    made, _ = parts(job("parquet", ("ip.src",)))
    target = io.BytesIO()

    def write() -> None:
        with ParquetFile(target, ("ip.src",)) as file:
            file.add(made[0])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write()
    assert pl.read_parquet(target.getvalue()).height == 40
