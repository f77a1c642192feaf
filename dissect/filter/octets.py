"""Byte values inside polars expressions: slices, masks, and their forms as text. Loads polars."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from dissect.filter.typed import Type
from dissect.wire.field import Kind, bytes_text

Pieces = tuple[tuple[int, int | None], ...]
_KINDS = {Type.IPV6: Kind.IPV6, Type.MAC: Kind.MAC}


def cut_bytes(value: pl.Expr, pieces: Pieces, *, ipv4: bool) -> pl.Expr:
    """The pieces joined; null where a value is too short for one of them."""
    data = value.map_batches(_address_bytes, return_dtype=pl.Binary) if ipv4 else value
    size = data.bin.size().cast(pl.Int64)
    whole = data.bin.slice(*_ends(pieces[0]))
    for piece in pieces[1:]:
        whole = whole + data.bin.slice(*_ends(piece))
    return pl.when(_long_enough(size, pieces)).then(whole)


def cut_text(value: pl.Expr, pieces: Pieces) -> pl.Expr:
    """The same for text, counted in characters."""
    size = value.str.len_chars().cast(pl.Int64)
    return pl.when(_long_enough(size, pieces)).then(pl.concat_str([value.str.slice(*_ends(piece)) for piece in pieces]))


def _ends(piece: tuple[int, int | None]) -> tuple[int, int | None]:
    return piece


def _long_enough(size: pl.Expr, pieces: Pieces) -> pl.Expr:
    return size >= max(-start if start < 0 else start + (length or 1) for start, length in pieces)


def masked_bytes(value: pl.Expr, mask: int) -> pl.Expr:
    """At most eight bytes as one number, with only the bits of the mask."""
    number = value.bin.encode("hex").str.to_integer(base=16, dtype=pl.UInt64, strict=False)
    return number & pl.lit(mask, dtype=pl.UInt64)


def latin(value: pl.Expr) -> pl.Expr:
    """Bytes as text in which each byte is the character of its number, so that patterns can be searched in it."""
    return value.map_batches(_texts(lambda data: data.decode("latin-1")), return_dtype=pl.String)


def written(value: pl.Expr, kind: Type) -> pl.Expr:
    """Numbers in decimal, addresses in their usual form."""
    if kind is Type.IPV4:
        address = value.map_batches(_address_bytes, return_dtype=pl.Binary)
        return address.map_batches(_texts(lambda data: bytes_text(Kind.IPV4, data)), return_dtype=pl.String)
    if kind in _KINDS:
        return value.map_batches(_texts(lambda data: bytes_text(_KINDS[kind], data)), return_dtype=pl.String)
    return value.cast(pl.String)


def _texts(make: Callable[[bytes], str]) -> Callable[[pl.Series], pl.Series]:
    """Works on each different value once: there are far fewer addresses than packets."""

    def change(values: pl.Series) -> pl.Series:
        made: dict[bytes | None, str | None] = {one: None if one is None else make(one) for one in values.unique()}
        return pl.Series(values.name, [made[one] for one in values], dtype=pl.String)

    return change


def _address_bytes(values: pl.Series) -> pl.Series:
    """IPv4 addresses as four bytes, in network order."""
    made = {one: None if one is None else int(one).to_bytes(4, "big") for one in values.unique()}
    return pl.Series(values.name, [made[one] for one in values], dtype=pl.Binary)
