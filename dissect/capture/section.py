"""One section of a pcapng file: its byte order, its interfaces, and its packet blocks as frames.

Source: draft-ietf-opsawg-pcapng, sections 4.2 to 4.4 and appendix A (the obsolete Packet Block).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from struct import Struct

from dissect.packet import Frame, Order

INTERFACE, OLD, SIMPLE, ENHANCED, SECTION = 1, 2, 3, 6, 0x0A0D0D0A
END, COMMENT = 0, 1
IF_NAME, IF_TSRESOL, IF_FCSLEN, IF_TSOFFSET = 2, 9, 13, 14
NAMES, SECRETS = 4, 10
PACKETS = (ENHANCED, OLD, SIMPLE)
ROOM = 16 << 20
FLAGS = 2  # epb_flags and pack_flags
UNSUMMED = 1 << 9  # of these flags: checksum not ready
SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Interface:
    """What packets were captured on. Times are `resolution` units a second, counted from `offset` seconds after 1970.

    `snaplen` and `fcs` are in bytes; a `snaplen` of 0 is no limit. `block` is its description as it stands in the file.
    """

    link: int
    snaplen: int
    name: str = ""
    resolution: int = 1_000_000
    offset: int = 0
    fcs: int = 0
    block: bytes = field(default=b"", compare=False, repr=False)

    def time(self, units: int) -> int:
        """Nanoseconds since 1970, rounded down."""
        return units * SECOND // self.resolution + self.offset * SECOND


class Section:
    """Section `number` of a file, counted from 1.

    `header` is its header block as it stands in the file, `asides` the blocks so far that help to read
    its packets: names and secrets, up to `room` bytes of them in all sections together.
    """

    def __init__(
        self,
        order: Order,
        number: int,
        interfaces: list[Interface] | None = None,
        header: bytes = b"",
        room: int = ROOM,
    ) -> None:
        sign = "<" if order == "little" else ">"
        self.order: Order = order
        self.number = number
        self.interfaces: list[Interface] = interfaces or []
        self.header = header
        self.asides: list[bytes] = []
        self.room = room
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
        section = Section(self.order, self.number, self.interfaces[:interfaces], self.header)
        section.asides = self.asides[:]
        return section

    def take(self, kind: int, data: bytes, at: int, length: int) -> bool:
        """True for a packet's block; others are added to what is known, names and secrets only if there is room."""
        if kind == INTERFACE:
            self.describe(data, at, length)
        elif kind in (NAMES, SECRETS) and length <= self.room:
            self.room -= length
            self.asides.append(data[at : at + length])
        return kind in PACKETS

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
                data[at : at + length],
            )
        )

    def fault(self, data: bytes, at: int, kind: int, length: int) -> str:
        """What is wrong with the interface or packet block at byte `at`, or an empty text."""
        smallest = {INTERFACE: 20, SIMPLE: 16, NAMES: 12, SECRETS: 12}.get(kind, 32)
        if length < smallest:
            return f"a block of type {kind} claims {length} bytes, its fixed fields alone take {smallest}"
        if kind not in PACKETS:
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
        index, units, body, captured, length = self.fields(data, at)
        interface = self.interfaces[index]
        fcs, comments, unsummed = interface.fcs, [], False
        for code, value in self.packet_options(data, at, body + captured):
            if code == COMMENT:
                comments.append(value.decode("utf-8", "replace"))
            elif code == FLAGS and len(value) == 4:
                flags = self.word.unpack(value)[0]
                fcs = flags >> 5 & 15 or fcs  # bits 5 to 8; 0 is "not known"
                unsummed = bool(flags & UNSUMMED)
        return Frame(
            data[body : body + captured],
            interface.link,
            number,
            None if units is None else interface.time(units),
            length,
            fcs,
            self.order,
            self.number,
            index,
            interface.name,
            tuple(comments),
            unsummed,
        )

    def fields(self, data: bytes, at: int) -> tuple[int, int | None, int, int, int]:
        """Of the packet block at byte `at`: interface, time, where the packet begins, its captured and true length."""
        kind = self.word.unpack_from(data, at)[0]
        if kind == SIMPLE:
            return 0, None, at + 12, self._captured(data, at, SIMPLE), self.word.unpack_from(data, at + 8)[0]
        if kind == ENHANCED:
            index, high, low, captured, length = self._packet.unpack_from(data, at + 8)
        else:
            index, _, high, low, captured, length = self._old.unpack_from(data, at + 8)
        return index, high << 32 | low, at + 28, captured, length

    def packet_options(self, data: bytes, at: int, stop: int) -> Iterable[tuple[int, bytes]]:
        """The options of the packet block at byte `at`, whose packet ends at `stop`."""
        kind, length = self.head.unpack_from(data, at)
        behind, end = stop + -(stop - at) % 4, at + length - 4
        return self.options(data, behind, end) if behind + 4 <= end and kind != SIMPLE else ()

    def options(self, data: bytes, at: int, stop: int) -> Iterator[tuple[int, bytes]]:
        """Code and value of the options in bytes `at` to `stop`; one that does not fit ends them."""
        while at + 4 <= stop:
            code, length = self._option.unpack_from(data, at)
            at += 4
            if code == END or at + length > stop:
                return
            yield code, data[at : at + length]
            at += length + -length % 4

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
