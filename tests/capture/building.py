"""Capture files built by hand, byte by byte, and ways to open them, for the tests of their readers."""

import os
import struct
from pathlib import Path

import pytest

from dissect.capture import Frames
from dissect.capture.source import FileSource

SECTION, INTERFACE, OLD, SIMPLE, NAMES, ENHANCED = 0x0A0D0D0A, 1, 2, 3, 4, 6


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def pcap_header(order="<", magic=0xA1B2C3D4, link=1, snaplen=65535, version=(2, 4)) -> bytes:
    return struct.pack(order + "IHHIIII", magic, *version, 0, 0, snaplen, link)


def record(data: bytes, seconds=0, fraction=0, order="<", length=None, captured=None, more=b"") -> bytes:
    captured = len(data) if captured is None else captured
    length = len(data) if length is None else length
    return struct.pack(order + "IIII", seconds, fraction, captured, length) + more + data


def block(kind: int, body: bytes, order="<") -> bytes:
    body = padded(body)
    size = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + size + body + size


def option(code: int, value: bytes, order="<") -> bytes:
    return struct.pack(order + "HH", code, len(value)) + padded(value)


def section(order="<", length=-1, version=(1, 0), options=b"") -> bytes:
    return block(SECTION, struct.pack(order + "IHHq", 0x1A2B3C4D, *version, length) + options, order)


def interface(link=1, snaplen=0, options=b"", order="<") -> bytes:
    return block(INTERFACE, struct.pack(order + "HHI", link, 0, snaplen) + options, order)


def enhanced(data: bytes, units=0, index=0, order="<", length=None, captured=None, options=b"") -> bytes:
    captured = len(data) if captured is None else captured
    length = len(data) if length is None else length
    head = struct.pack(order + "IIIII", index, units >> 32, units & 0xFFFFFFFF, captured, length)
    return block(ENHANCED, head + padded(data) + options, order)


def simple(data: bytes, length=None, order="<") -> bytes:
    return block(SIMPLE, struct.pack(order + "I", len(data) if length is None else length) + data, order)


def old(data: bytes, units=0, index=0, order="<", options=b"") -> bytes:
    head = struct.pack(order + "HHIIII", index, 0, units >> 32, units & 0xFFFFFFFF, len(data), len(data))
    return block(OLD, head + padded(data) + options, order)


def write(folder: Path, data: bytes, name: str = "x.pcap") -> str:
    path = folder / name
    path.write_bytes(data)
    return str(path)


def in_memory(data: bytes) -> Frames:
    descriptor = os.memfd_create("x")
    os.write(descriptor, data)
    return Frames(FileSource("x", descriptor))


def both_formats(count: int) -> list[bytes]:
    """The same packets as nanosecond pcap and as pcapng, more than one read holds."""
    packets = [(number * 1_000_000_007, number.to_bytes(4, "big") * (number % 400)) for number in range(count)]
    pcap = pcap_header(magic=0xA1B23C4D) + b"".join(
        record(data, *divmod(time, 1_000_000_000)) for time, data in packets
    )
    return [
        pcap,
        section() + interface(options=option(9, b"\x09")) + b"".join(enhanced(data, time) for time, data in packets),
    ]


def piped(monkeypatch: pytest.MonkeyPatch) -> int:
    """Standard input as a pipe; gives the end to write to."""
    reader, writer = os.pipe()
    copy = os.dup
    monkeypatch.setattr("dissect.capture.source.os.dup", lambda _: copy(reader))
    return writer
