"""The public library: captures as sequences of decoded packets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, overload

from dissect.capture import CaptureError, Frames, open_frames
from dissect.decoding import decode_frame
from dissect.packet import Frame, Packet
from dissect.wire.linknames import first_header

if TYPE_CHECKING:
    import polars as pl

    from dissect.fragments.datagram import Datagram

FIRST_LOOK = (
    "frame.number", "frame.time_epoch", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "frame.protocols", "frame.len",
    "tcp.flags.str",
)  # fmt: skip
"""Columns that a notebook shows of a capture."""


class Capture:
    """A capture file, as a sequence: `capture[0]` is its first packet, whose `frame.number` is 1.

    Iterating reads the file in order with flat memory; indexing goes to a packet by position
    without decoding the ones before it. `warning` says, once the end was reached, where and why a
    damaged file stopped being readable. Opening raises `CaptureError` where nothing can be read.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.frames: Frames = open_frames(path)

    def __enter__(self) -> Capture:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file."""
        self.frames.close()

    def __iter__(self) -> Iterator[Packet]:
        return map(decode_frame, self.frames)

    def __len__(self) -> int:
        return self.frames.count()

    @overload
    def __getitem__(self, index: int) -> Packet: ...
    @overload
    def __getitem__(self, index: slice) -> list[Packet]: ...
    def __getitem__(self, index: int | slice) -> Packet | list[Packet]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if index < 0:
            index += len(self)
        if index < 0:
            raise IndexError("packet index out of range")
        return decode_frame(self.frames.at(index + 1))

    def table(self, fields: Sequence[str], filter: str | pl.Expr | None = None) -> pl.DataFrame:  # noqa: A002
        """The fields of all packets as columns of a polars frame, null where a packet has none.

        `field#2` is the field in the second such layer (the packet inside a tunnel), `field#*` a list of
        all its values. `filter` is text in Wireshark's display-filter language, which looks at all
        layers of a kind, or a polars condition on any fields, asked for or not. IPv4 addresses are
        numbers, other addresses bytes (`dissect.bulk.text.readable` writes them out), times nanoseconds since
        1970. An unknown field raises a KeyError that names the nearest, a wrong filter a
        `dissect.filter.FilterError` that underlines the fault.
        """
        import polars as pl

        from dissect.bulk.condition import Condition, condition
        from dissect.bulk.table import schema, tables
        from dissect.streams.columns import beside

        where = condition(filter) if isinstance(filter, str) else filter
        schema(fields)
        named = where.fields if isinstance(where, Condition) else () if where is None else where.meta.root_names()
        told = beside(self.frames, (*fields, *named))
        parts = [part for part in tables(self.frames, fields, where, told) if len(part)]
        return pl.concat(parts) if parts else pl.DataFrame(schema=schema(fields))

    def streams(self) -> pl.DataFrame:
        """The TCP connections, a row each; the first end is the one that sent the first packet.

        Addresses are text, `data` bytes of payload, `start` nanoseconds since 1970, spans nanoseconds; `again` counts
        segments sent again, `noted` all with a mark of `tcp.analysis`; `state` is how it stood at the end.
        """
        from dissect.streams.columns import keep
        from dissect.streams.summary import streams_table

        keep(self.frames)
        return streams_table(self.frames)

    def scan(self) -> pl.LazyFrame:
        """All fields as columns of a lazy frame, of which a query decodes only what it uses; values as in `table`.

        Reads the file anew for each query, so a capture larger than memory can be asked with
        polars' streaming engine; from standard output of another program use `table`.
        """
        from dissect.bulk.lazy import scan
        from dissect.streams.columns import beside

        return scan(lambda: open_frames(self.path), beside)

    def datagrams(self, filter: str | None = None) -> Iterator[Datagram]:  # noqa: A002
        """The datagrams that came in pieces, in the order of their first pieces, put together.

        With `filter`, those of which a piece fits it. Only the packets that are pieces are decoded one by one.
        """
        from dissect.fragments.reassembly import reassembled
        from dissect.fragments.search import numbers, pieces

        if filter is None:
            return reassembled(pieces(self.frames))
        from dissect.bulk.condition import condition
        from dissect.streams.columns import beside

        where = condition(filter)
        fitting = set(numbers(self.frames, where, beside(self.frames, where.fields)))
        found = reassembled(pieces(self.frames))
        return (datagram for datagram in found if not fitting.isdisjoint(datagram.packets))

    @property
    def warning(self) -> str | None:
        """What is wrong with the file behind its last whole packet, known once that was reached."""
        return self.frames.warning

    def __repr__(self) -> str:
        return f"dissect.open({self.path!r})"

    def _repr_html_(self) -> str:
        """The capture in a notebook: what its first packets are."""
        from html import escape

        title = f"<code>{escape(repr(self))}</code>"
        if not self.frames.patient:
            return title
        from dissect.bulk.text import readable

        return title + readable(self.scan().select(FIRST_LOOK).head(10).collect())._repr_html_()


def open(path: str) -> Capture:  # noqa: A001 - dissect.open is the public name
    """Opens a pcap or pcapng file, plain or compressed; `-` is standard input, `sample:NAME` a sample.

    Raises `CaptureError` with one clear sentence where the input cannot be read at all.
    """
    return Capture(path)


def decode(data: bytes, link: int | str = 1) -> Packet:
    """Decodes one packet from its bytes; never raises on data.

    `link` is a LINKTYPE number (1: Ethernet, 101: raw IP, …) or a name as `dissect bytes --link` knows
    them ("ethernet", "ip" for either version, "ipv6", "tcp", …); ValueError where it is no such name.
    """
    if isinstance(link, str):
        return decode_frame(Frame(bytes(data)), first_header(link))
    return decode_frame(Frame(bytes(data), link))


__all__ = ["Capture", "CaptureError", "decode", "open"]
