"""The pieces in a capture: all of them, found by columns, or those that belong to one packet."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from dissect.decoding import decode_frame
from dissect.fragments.pieces import Identity, Piece, piece_of
from dissect.fragments.reassembly import AGE
from dissect.packet import Frame

if TYPE_CHECKING:
    from dissect.bulk.block import Beside
    from dissect.bulk.condition import Condition
    from dissect.capture import Frames
    from dissect.fragments.datagram import Datagram

LAYERS = ("", "#2", "#3", "#4")
"""Which headers of a kind are looked at: tunnels inside tunnels are rarely deeper."""
MARKS = ("ip.flags.mf", "ip.frag_offset", "ipv6.fraghdr.more", "ipv6.fraghdr.offset")
FARTHEST = 10_000
"""Packets looked at before and after one, for the pieces that belong to it."""


def numbers(frames: Frames, where: Condition | None = None, told: Beside | None = None) -> Iterator[int]:
    """The numbers of the packets that carry a piece, of those that fit a condition; no packet is decoded for it.

    `told` is what the condition may ask of whole connections.
    """
    import polars as pl

    from dissect.bulk.table import tables

    names = [mark + layer for mark in MARKS for layer in LAYERS]
    wanted = reduce(or_, (pl.col(name).fill_null(0) != 0 for name in names))
    if where is None:
        found = tables(frames, ["frame.number"], wanted)
    else:
        found = (table.filter(wanted) for table in tables(frames, ["frame.number", *names], where, told))
    for table in found:
        yield from table["frame.number"].to_list()


def pieces(frames: Frames) -> Iterator[Piece]:
    """All pieces of a capture, in file order."""
    frames.count()  # a pipe is kept for going back to its packets
    for number in numbers(frames):
        piece = piece_of(decode_frame(frames.at(number)))
        if piece is not None:
            yield piece


def datagram_of(frames: Frames, number: int, piece: Piece) -> Datagram | None:
    """The datagram that packet `number`, which carries `piece`, is a part of, from the packets around it."""
    from dissect.fragments.reassembly import reassembled

    own = piece.identity
    around = frames.iterate(max(1, number - FARTHEST), number + FARTHEST)
    found = (each for frame in around if _may(frame, own) and (each := piece_of(decode_frame(frame))) is not None)
    near = (each for each in found if each.identity == own and _near(each, piece))
    return next((datagram for datagram in reassembled(near) if number in datagram.packets), None)


def _may(frame: Frame, own: Identity) -> bool:
    """Whether a packet holds the bytes of an identity at all."""
    ident = own.ident.to_bytes(2 if own.version == 4 else 4, "big")
    return own.source + own.destination in frame.data and ident in frame.data


def _near(piece: Piece, other: Piece) -> bool:
    return piece.time is None or other.time is None or abs(piece.time - other.time) <= AGE
