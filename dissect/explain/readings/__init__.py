"""What this very value means: readings of the fields of IPv4, IPv6 and TCP, as keys of sentences.

A reading is the key of a sentence in `explain/<language>/readings.toml` and what to fill it with,
so that every language says the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from dissect.packet import Layer, Packet, Value


class Said(NamedTuple):
    """A sentence by its key, and the values of its blanks."""

    key: str
    blanks: dict[str, object]


class Tiling(NamedTuple):
    """The datagram that a packet carries piece number `at` of, by arrival, from 1.

    `packets` are those that carry its pieces, `size` its bytes with the header where it can be put together.
    """

    at: int
    packets: tuple[int, ...]
    size: int | None = None


class Around(NamedTuple):
    """What the packets around this one tell of its connection, and of the datagram that it is a piece of.

    `handshake`: both SYNs were seen. `shift`: the window scale that this sender announced, None
    where scaling was not agreed. `acked`: the number of the packet whose last byte (SYN, FIN) this
    one acknowledges; `takes`: how many sequence numbers that one uses up; `data`: how many bytes it
    carried, if it is a SYN. `opened`: this sender has sent a SYN without ACK. `accurate`: both SYNs
    agreed on Accurate ECN. `copy_of`: the packet that sent the same data first, `since` nanoseconds after the
    last try. `duplicate`: which duplicate acknowledgment it is, of packet `duplicate_of`; `resent`: the packet that
    then brings what is missing. `answer`: the packet that acknowledges it, `answered` nanoseconds later.
    """

    handshake: bool = False
    shift: int | None = None
    acked: int | None = None
    data: int = 0
    opened: bool = False
    accurate: bool = False
    takes: int = 0
    tiling: Tiling | None = None
    copy_of: int | None = None
    since: int | None = None
    duplicate: int = 0
    duplicate_of: int | None = None
    resent: int | None = None
    answer: int | None = None
    answered: int | None = None


class Context(NamedTuple):
    """A value's packet, its layer, and what is known of the packets before; None where nobody looked."""

    packet: Packet
    layer: Layer
    around: Around | None = None

    def number(self, name: str, default: int = 0) -> int:
        """A field of the same layer as an integer."""
        value = self.layer.get(name)
        return value.raw if value is not None and isinstance(value.raw, int) else default

    def has(self, name: str) -> bool:
        """Whether the layer holds the field, in bytes or derived."""
        return self.layer.get(name) is not None

    def word(self, name: str) -> str:
        """A derived word of the same layer, such as a checksum's verdict."""
        value = self.layer.get(name)
        return value.text if value is not None else ""


Reader = Callable[[Value, Context], Iterator[Said]]


def said(key: str, **blanks: object) -> Said:
    """A sentence and its blanks."""
    return Said(key, blanks)


def read(value: Value, context: Context) -> list[Said]:
    """What the value means, most telling sentence first; nothing for fields without a reading."""
    from dissect.explain.readings.registry import READERS

    reader = READERS.get(value.name)
    return list(reader(value, context)) if reader is not None and value.raw is not None else []
