"""The types of the columns that filters are tried on."""

from __future__ import annotations

import polars as pl

from dissect.filter.typed import Type

DTYPES: dict[Type, pl.DataType] = {
    Type.NUMBER: pl.UInt64(), Type.FLAG: pl.Boolean(), Type.IPV4: pl.UInt32(), Type.IPV6: pl.Binary(),
    Type.MAC: pl.Binary(), Type.BYTES: pl.Binary(), Type.TEXT: pl.String(), Type.TIME: pl.Int64(), Type.DURATION: pl.Int64(),
    Type.VERDICT: pl.Enum(["good", "bad", "partial", "unverified", "absent"]),
}  # fmt: skip
