"""One section of a pcapng file: its byte order, its interfaces, and its packet blocks as frames.

Source: draft-ietf-opsawg-pcapng, sections 4.2 to 4.4 and appendix A (the obsolete Packet Block).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct

from dissect.packet import Frame, Order

INTERFACE, OLD, SIMPLE, ENHANCED, SECTION = 1, 2, 3, 6, 0x0A0D0D0A
END, COMMENT = 0, 1
IF_NAME, IF_TSRESOL, IF_FCSLEN, IF_TSOFFSET = 2, 9, 13, 14
FLAGS = 2  # epb_flags and pack_flags
SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Interface:
    """What packets were captured on. Times are `resolution` units a second, counted from `offset` seconds after 1970.

    `snaplen` and `fcs` are in bytes; a `snaplen` of 0 is no limit.
    """

    link: int
    snaplen: int
    name: str = ""
    resolution: int = 1_000_000
    offset: int = 0
    fcs: int = 0

    def time(self, units: int) -> int:
        """Nanoseconds since 1970, rounded down."""
        return units * SECOND // self.resolution + self.offset * SECOND


class Section:
    """Section `number` of a file, counted from 1."""

    def __init__(self, order: Order, number: int, interfaces: list[Interface] | None = None) -> None:
        sign = "<" if order == "little" else ">"
        self.order: Order = order
        self.number = number
        self.interfaces: list[Interface] = interfaces or []
        self.head = Struct(sign + "II")  # type, length
        self.word = Struct(sign + "I")
        self.enhanced = Struct(sign + "IIII")  # interface, time high and low, captured length
        self._packet = Struct(sign + "IIIII")  # the same, then length
        self._old = Struct(sign + "HHIIII")  # interface, drops, time high and low, captured length, length
        self._interface = Struct(sign + "HHI")  # link type, reserved, snap length
        self._option = Struct(sign + "HH")

    def __reduce__(self) -> tuple[type[Section], tuple[Order, int, list[Interface]]]:
        return Section, (self.order, self.number, self.interfaces)

    def upto(self, interfaces: int) -> Section:
        """The same section as it was when so many interfaces had been described."""
        return Section(self.order, self.number, self.interfaces[:interfaces])

    def describe(self, data: bytes, at: int, length: int) -> None:
        """Add the interface of the description block at byte `at`."""
        link, _, snaplen = self._interface.unpack_from(data, at + 8)
        values: dict[int, bytes] = {}
        for code, value in self.options(data, at + 16, at + length - 4):
            values.setdefault(code, value)
        self.interfaces.append(
            Interface(
                link,
                snaplen,
                values.get(IF_NAME, b"").rstrip(b"\0").decode("utf-8", "replace"),
                resolution(values.get(IF_TSRESOL, b"")),
                int.from_bytes(values.get(IF_TSOFFSET, b"")[:8], self.order, signed=True),
                fcs_bytes(values.get(IF_FCSLEN, b"")),
            )
        )

    def fault(self, data: bytes, at: int, kind: int, length: int) -> str:
        """What is wrong with the interface or packet block at byte `at`, or an empty text."""
        smallest = {INTERFACE: 20, SIMPLE: 16}.get(kind, 32)
        if length < smallest:
            return f"a block of type {kind} claims {length} bytes, its fixed fields alone take {smallest}"
        if kind == INTERFACE:
            return ""
        interface = self._interface_of(data, at, kind)
        if interface >= len(self.interfaces):
            return f"a packet names interface {interface}, of which section {self.number} has no description"
        captured = self._captured(data, at, kind)
        if captured > length - smallest:
            return f"a packet claims {captured} captured bytes, its block has room for {length - smallest}"
        return ""

    def frame(self, data: bytes, at: int, number: int) -> Frame:
        """The packet whose block begins at byte `at` of `data`."""
        kind, block = self.head.unpack_from(data, at)
        if kind == SIMPLE:
            return self._simple(data, at, number)
        if kind == ENHANCED:
            index, high, low, captured, length = self._packet.unpack_from(data, at + 8)
        else:
            index, _, high, low, captured, length = self._old.unpack_from(data, at + 8)
        interface = self.interfaces[index]
        stop = at + 28 + captured
        fcs, comments = interface.fcs, []
        if at + block - (stop + -captured % 4) > 4:  # more than the trailing length follows: options
            for code, value in self.options(data, stop + -captured % 4, at + block - 4):
                if code == COMMENT:
                    comments.append(value.decode("utf-8", "replace"))
                elif code == FLAGS and len(value) == 4:
                    fcs = self.word.unpack(value)[0] >> 5 & 15 or fcs  # bits 5 to 8; 0 is "not known"
        return Frame(
            data[at + 28 : stop],
            interface.link,
            number,
            interface.time(high << 32 | low),
            length,
            fcs,
            self.order,
            self.number,
            index,
            interface.name,
            tuple(comments),
        )

    def options(self, data: bytes, at: int, stop: int) -> Iterator[tuple[int, bytes]]:
        """Code and value of the options in bytes `at` to `stop`; one that does not fit ends them."""
        while at + 4 <= stop:
            code, length = self._option.unpack_from(data, at)
            at += 4
            if code == END or at + length > stop:
                return
            yield code, data[at : at + length]
            at += length + -length % 4

    def _simple(self, data: bytes, at: int, number: int) -> Frame:
        interface, length = self.interfaces[0], self.word.unpack_from(data, at + 8)[0]
        body = data[at + 12 : at + 12 + self._captured(data, at, SIMPLE)]
        return Frame(
            body, interface.link, number, None, length, interface.fcs, self.order, self.number, 0, interface.name
        )

    def _interface_of(self, data: bytes, at: int, kind: int) -> int:
        if kind == SIMPLE:
            return 0
        return int((self.enhanced if kind == ENHANCED else self._old).unpack_from(data, at + 8)[0])

    def _captured(self, data: bytes, at: int, kind: int) -> int:
        """Bytes of packet data in the block; a simple block leaves this to its length and the snap length."""
        if kind != SIMPLE:
            return int(self.word.unpack_from(data, at + 20)[0])
        length = int(self.word.unpack_from(data, at + 8)[0])
        return min(length, self.interfaces[0].snaplen or length)


def resolution(value: bytes) -> int:
    """Units a second from an if_tsresol option: a power of 10, or of 2 if the top bit is set; microseconds without."""
    if not value:
        return 1_000_000
    return int((2 if value[0] & 0x80 else 10) ** (value[0] & 0x7F))


def fcs_bytes(value: bytes) -> int:
    """Bytes of frame check sequence from an if_fcslen option, which some writers give in bits and some in bytes."""
    length = value[0] if value else 0
    return length // 8 if length >= 8 else length
