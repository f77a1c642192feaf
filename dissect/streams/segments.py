"""Every TCP segment of a capture as a few numbers, in numpy arrays, without those that the analysis does not need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from dissect.streams.identity import Identity, identify

Array = np.ndarray[Any, Any]

FIN, SYN, RESET, PUSH, ACK = 1, 2, 4, 8, 16
"""Control bits as `flags` has them (RFC 9293 §3.1)."""

LAYERS = 4
"""How many IP headers in each other are looked at; TCP deeper than that belongs to no stream."""
IPV6 = 1 << 32
"""Addresses from here on are IPv6: the place in `Segments.v6`, counted from here; below are IPv4's own numbers."""
_TCP = 6
_AT_ONCE = 1 << 16


def _layered(*names: str) -> tuple[str, ...]:
    return tuple(f"{name}#{layer}" for layer in range(2, LAYERS + 1) for name in names)


_NETWORK = ("ip.src", "ip.dst", "ip.proto", "ipv6.src", "ipv6.dst")
_SACK = ("tcp.options.sack_le", "tcp.options.sack_re")
_WIRE = {
    "seq": "tcp.seq_raw", "ack": "tcp.ack_raw", "flags": "tcp.flags", "window": "tcp.window_size_value",
    "length": "tcp.len",
}  # fmt: skip
NEEDED: tuple[str, ...] = (
    "frame.number", "frame.time_epoch", *_NETWORK, *_layered(*_NETWORK), "tcp.srcport", "tcp.dstport", *_WIRE.values(),
    "icmp.type", "icmpv6.type", "tcp.options.wscale.shift", *_SACK,
)  # fmt: skip
"""The columns that `gather` reads, of every packet of a capture."""
EVIDENCE: tuple[str, ...] = (
    "tcp.options.timestamp.tsval", "tcp.options.timestamp.tsecr", "tcp.options.mss_val", "ip.id", *_layered("ip.id"),
)  # fmt: skip
"""Further ones that `gather` takes where they are there: by them a guess becomes a finding (`reasons`)."""


class Sparse(NamedTuple):
    """What few segments have: `rows` of the segments, in order, and a value for each."""

    rows: Array
    values: Array


class Sack(NamedTuple):
    """The blocks of selective acknowledgments: one entry a block, by rows of the segments."""

    rows: Array
    left: Array
    right: Array


@dataclass(frozen=True)
class Evidence:
    """What tells a copy from the original: timestamps (0 where `stamped` is false), ip.id (-1 for none), MSS of SYNs."""

    value: Array
    echo: Array
    stamped: Array
    identification: Array
    mss: Sparse


@dataclass(frozen=True)
class Segments:
    """The TCP segments of a capture, in its order; see the package for the arrays.

    `key` is the connection by its two ends alone, whose `ends` are two columns (address << 16 | port, the smaller
    first); `larger` says that the larger end sent. `v6` lists the IPv6 addresses, `total` counts all packets.
    """

    number: Array
    time: Array
    stream: Array
    second: Array
    seq: Array
    ack: Array
    length: Array
    flags: Array
    window: Array
    known: Array
    scale: Sparse
    sack: Sack
    ends: Array
    v6: list[bytes]
    total: int
    evidence: Evidence | None = None

    def __len__(self) -> int:
        return len(self.number)

    def take(self, rows: Array) -> Segments:
        """Those segments alone, in that order, which has to be rising; streams keep their numbers."""
        dense = {name: getattr(self, name)[rows] for name in _DENSE}
        sack = _picked(self.sack.rows, rows)
        return replace(
            self, **dense, scale=_sparse(self.scale, rows), evidence=_evidence(self.evidence, rows),
            sack=Sack(sack[0], self.sack.left[sack[1]], self.sack.right[sack[1]]),
        )  # fmt: skip

    def of(self, stream: int) -> Segments:
        """The segments of one stream."""
        return self.take(np.flatnonzero(self.stream == stream))

    @property
    def streams(self) -> int:
        """How many streams the capture has."""
        return len(self.ends)

    def address(self, end: int) -> str:
        """The address of an end, written out."""
        from dissect.wire.field import Kind, bytes_text

        number = end >> 16
        if number < IPV6:
            return bytes_text(Kind.IPV4, number.to_bytes(4, "big"))
        return bytes_text(Kind.IPV6, self.v6[number - IPV6])


_DENSE = ("number", "time", "stream", "second", "seq", "ack", "length", "flags", "window", "known")


def _picked(having: Array, rows: Array) -> tuple[Array, Array]:
    """Of the entries that belong to the rows wanted: the new rows, and which entries."""
    at = np.searchsorted(rows, having)
    kept = np.flatnonzero(rows[np.minimum(at, len(rows) - 1)] == having) if len(rows) else np.zeros(0, np.int64)
    return at[kept].astype(np.uint32), kept


def _sparse(sparse: Sparse, rows: Array) -> Sparse:
    new, kept = _picked(sparse.rows, rows)
    return Sparse(new, sparse.values[kept])


def _evidence(evidence: Evidence | None, rows: Array) -> Evidence | None:
    if evidence is None:
        return None
    dense = {each.name: getattr(evidence, each.name)[rows] for each in fields(evidence) if each.name != "mss"}
    return Evidence(**dense, mss=_sparse(evidence.mss, rows))


def gather(tables: Iterable[pl.DataFrame]) -> Segments:
    """The segments in tables with the columns `NEEDED`, and with those of `EVIDENCE` where these are there."""
    gathering = _Gathering()
    held: list[pl.DataFrame] = []
    for table in tables:
        held.append(table)
        if sum(map(len, held)) >= _AT_ONCE:
            gathering.take(pl.concat(held))
            held.clear()
    if held:
        gathering.take(pl.concat(held))
    return gathering.segments()


class _Gathering:
    """Parts of the arrays, table after table."""

    def __init__(self) -> None:
        self.parts: dict[str, list[Array]] = {}
        self.addresses: dict[bytes, int] = {}
        self.rows = 0
        self.total = 0
        self.evidence = True

    def take(self, table: pl.DataFrame) -> None:
        """One more table."""
        self.total += len(table)
        self.evidence = self.evidence and EVIDENCE[0] in table.columns
        table = table.filter(pl.col(_WIRE["window"]).is_not_null())
        if not len(table):
            return
        sources, destinations, identification = self._ends(table)
        larger = sources > destinations
        self._add("low", np.where(larger, destinations, sources))
        self._add("high", np.where(larger, sources, destinations))
        self._add("second", larger)
        self._add("number", table["frame.number"].to_numpy())
        self._add("time", table["frame.time_epoch"].fill_null(0).to_numpy())
        quoted = table["icmp.type"].is_not_null() | table["icmpv6.type"].is_not_null()
        known = table[_WIRE["length"]].is_not_null() & ~quoted
        self._add("known", known.to_numpy())
        for name, field in _WIRE.items():
            self._add(name, table[field].fill_null(0).to_numpy())
        self._options(table)
        if self.evidence:
            self._evidence(table, identification)
        self.rows += len(table)

    def _add(self, name: str, part: Array) -> None:
        self.parts.setdefault(name, []).append(part.astype(_TYPES.get(name, part.dtype), copy=False))

    def _ends(self, table: pl.DataFrame) -> tuple[Array, Array, Array]:
        """Source and destination, each as address << 16 | port, and ip.id: those of the IP header that TCP follows.

        TCP ends the chain of headers, so that is the last one: IPv4 if an IPv4 header names TCP, else IPv6.
        """
        count = len(table)
        addresses = [np.zeros(count, np.uint64), np.zeros(count, np.uint64)]
        identification = np.full(count, -1, np.int32)
        left = np.ones(count, bool)
        for layer in range(1, LAYERS + 1):
            mark = f"#{layer}" if layer > 1 else ""
            here = left & (table[f"ip.proto{mark}"] == _TCP).fill_null(value=False).to_numpy()
            for own, name in zip(addresses, ("src", "dst"), strict=True):
                own[here] = table[f"ip.{name}{mark}"].fill_null(0).to_numpy()[here]
            if self.evidence:
                identification[here] = table[f"ip.id{mark}"].fill_null(0).to_numpy()[here]
            left &= ~here
            if not left.any():
                break
        if left.any():
            for own, name in zip(addresses, ("src", "dst"), strict=True):
                own[left] = self._v6(table, name, left)
        ports = [table[f"tcp.{name}port"].fill_null(0).to_numpy().astype(np.uint64) for name in ("src", "dst")]
        sixteen = np.uint64(16)
        return addresses[0] << sixteen | ports[0], addresses[1] << sixteen | ports[1], identification

    def _v6(self, table: pl.DataFrame, name: str, rows: Array) -> Array:
        """The innermost IPv6 address as a number from `IPV6` on; 0 where there is none."""
        marks = ("", *(f"#{layer}" for layer in range(2, LAYERS + 1)))
        column = pl.coalesce(pl.col(f"ipv6.{name}{mark}") for mark in reversed(marks))
        found = table.lazy().filter(pl.Series(rows)).select(column.alias("address")).collect()["address"]
        own = found.unique(maintain_order=True)
        codes = [0 if each is None else IPV6 + self.addresses.setdefault(each, len(self.addresses)) for each in own]
        return found.replace_strict(own, pl.Series(codes, dtype=pl.UInt64), return_dtype=pl.UInt64).to_numpy()

    def _options(self, table: pl.DataFrame) -> None:
        shifts = _first(table["tcp.options.wscale.shift"])
        at = np.flatnonzero(shifts.is_not_null().to_numpy())
        self._add("scale.rows", at + self.rows)
        self._add("scale.values", shifts.drop_nulls().to_numpy())
        at = np.flatnonzero(table[_SACK[0]].is_not_null().to_numpy())
        blocks = table.select(_SACK)[at].with_columns(count=pl.min_horizontal(pl.col(_SACK).list.len()))
        count = blocks["count"].to_numpy()
        whole = blocks.select(pl.col(_SACK).list.head(pl.col("count"))).explode(_SACK)
        self._add("sack.rows", np.repeat(at + self.rows, count))
        for end, name in zip(("left", "right"), _SACK, strict=True):
            self._add(f"sack.{end}", whole[name].drop_nulls().to_numpy())

    def _evidence(self, table: pl.DataFrame, identification: Array) -> None:
        value, echo, mss = (_first(table[name]) for name in EVIDENCE[:3])
        self._add("stamped", (value.is_not_null() & echo.is_not_null()).to_numpy())
        self._add("value", value.fill_null(0).to_numpy())
        self._add("echo", echo.fill_null(0).to_numpy())
        self._add("identification", identification)
        self._add("mss.rows", np.flatnonzero(mss.is_not_null().to_numpy()) + self.rows)
        self._add("mss.values", mss.drop_nulls().to_numpy())

    def segments(self) -> Segments:
        """All parts together, and the streams found."""
        joined = dict(self._joined())
        identity = identify(joined.pop("low"), joined.pop("high"), joined["second"], joined)
        joined["second"] = identity.second
        return Segments(
            **{name: joined[name] for name in _DENSE if name != "stream"}, stream=identity.stream, ends=identity.ends,
            scale=Sparse(joined["scale.rows"], joined["scale.values"]),
            sack=Sack(joined["sack.rows"], joined["sack.left"], joined["sack.right"]),
            v6=list(self.addresses), total=self.total, evidence=_told(joined) if "value" in joined else None,
        )  # fmt: skip

    def _joined(self) -> Iterator[tuple[str, Array]]:
        """Array after array, each part let go as soon as it was copied."""
        for name, kind in _TYPES.items():
            parts = self.parts.pop(name, [])
            if parts or name not in _OPTIONAL:
                yield name, np.concatenate(parts) if parts else np.zeros(0, kind)


def _told(joined: dict[str, Array]) -> Evidence:
    mss = Sparse(joined["mss.rows"], joined["mss.values"])
    return Evidence(joined["value"], joined["echo"], joined["stamped"], joined["identification"], mss)


def _first(series: pl.Series) -> pl.Series:
    return series.list.first() if isinstance(series.dtype, pl.List) else series


_OPTIONAL = ("value", "echo", "stamped", "identification", "mss.rows", "mss.values")
_TYPES: dict[str, type[np.generic]] = {
    "low": np.uint64, "high": np.uint64, "second": np.bool_, "number": np.uint32, "time": np.int64, "known": np.bool_,
    "seq": np.uint32, "ack": np.uint32, "length": np.uint32, "flags": np.uint16, "window": np.uint16,
    "scale.rows": np.uint32, "scale.values": np.uint8, "sack.rows": np.uint32, "sack.left": np.uint32,
    "sack.right": np.uint32, "value": np.uint32, "echo": np.uint32, "stamped": np.bool_,
    "identification": np.int32, "mss.rows": np.uint32, "mss.values": np.uint16,
}  # fmt: skip

__all__ = ["EVIDENCE", "NEEDED", "Evidence", "Identity", "Sack", "Segments", "Sparse", "gather"]
