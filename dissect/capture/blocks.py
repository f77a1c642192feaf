"""The blocks of a pcapng file that is recorded, little-endian, and the header of a pcap file.

Source: draft-ietf-opsawg-pcapng, sections 4.1 to 4.3 and 4.6; pcap-savefile(5).
"""

from __future__ import annotations

import platform
import struct
import time
from dataclasses import dataclass

from dissect.capture.section import COMMENT, ENHANCED, INTERFACE, SECTION, Interface

STATISTICS = 5
PCAP_NANOSECONDS = 0xA1B23C4D
HARDWARE, SYSTEM, APPLICATION = 2, 3, 4
NAME, RESOLUTION, FILTER, INTERFACE_SYSTEM = 2, 9, 11, 12
START, END, RECEIVED, DROPPED, _, SYSTEM_DROPPED, DELIVERED = 2, 3, 4, 5, 6, 7, 8


@dataclass(frozen=True, slots=True)
class Counts:
    """What an interface gave: packets that passed the filter and were delivered, and those dropped for want of room."""

    delivered: int
    dropped: int


def block(kind: int, body: bytes) -> bytes:
    """A block with both its lengths."""
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


def option(code: int, value: bytes) -> bytes:
    """An option, padded to 32 bits."""
    return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)


def section(application: str, comment: str = "") -> bytes:
    """A section header: on which machine, with what system, by what program, and what people say of it."""
    options = (
        (COMMENT, comment),
        (HARDWARE, platform.machine()),
        (SYSTEM, f"{platform.system()} {platform.release()}"),
        (APPLICATION, application),
    )
    said = b"".join(option(code, text.encode()) for code, text in options if text.strip())
    return block(SECTION, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + said + option(0, b""))


def description(interface: Interface, capture_filter: str = "") -> bytes:
    """An interface: link type, snap length, name, resolution of its times, capture filter."""
    exponent = len(str(interface.resolution)) - 1
    options = option(NAME, interface.name.encode()) if interface.name else b""
    options += option(RESOLUTION, bytes([exponent]))
    if capture_filter:
        options += option(FILTER, b"\0" + capture_filter.encode())
    options += option(INTERFACE_SYSTEM, f"{platform.system()} {platform.release()}".encode()) + option(0, b"")
    return block(INTERFACE, struct.pack("<HHI", interface.link, 0, interface.snaplen) + options)


def packet_block(interface: int, nanoseconds: int, data: bytes, length: int = -1) -> bytes:
    """An enhanced packet block of a packet that was `length` bytes long on the wire, by default those there are."""
    head = struct.pack(
        "<IIIII", interface, nanoseconds >> 32, nanoseconds & 0xFFFFFFFF, len(data), len(data) if length < 0 else length
    )
    return block(ENHANCED, head + data + bytes(-len(data) % 4))


def statistics(number: int, began: int, counts: Counts) -> bytes:
    """What became of an interface's packets, since `began`, in nanoseconds since 1970."""
    now = time.time_ns()
    options = b"".join(
        option(code, struct.pack("<II", moment >> 32, moment & 0xFFFFFFFF))
        for code, moment in ((START, began), (END, now))
    )
    for code, count in (
        (RECEIVED, counts.delivered + counts.dropped), (DROPPED, counts.dropped),
        (SYSTEM_DROPPED, counts.dropped), (DELIVERED, counts.delivered),
    ):  # fmt: skip
        options += option(code, struct.pack("<Q", count))
    return block(STATISTICS, struct.pack("<III", number, now >> 32, now & 0xFFFFFFFF) + options + option(0, b""))


def pcap_header(interface: Interface) -> bytes:
    """The header of a pcap file whose times are in nanoseconds."""
    return struct.pack("<IHHiIII", PCAP_NANOSECONDS, 2, 4, 0, 0, interface.snaplen, interface.link)
