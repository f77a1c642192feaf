"""Which kind of capture file this is, told by its first bytes; and a plain sentence where it is none."""

from __future__ import annotations

from dissect.capture.batch import Format
from dissect.capture.errors import CaptureError
from dissect.capture.pcap import Pcap, order_of
from dissect.capture.source import Source

SECTION = b"\x0a\x0d\x0d\x0a"
GZIP = b"\x1f\x8b"
ZSTD = b"\x28\xb5\x2f\xfd"
# Other compressions, and the command that undoes each.
PACKED = {
    b"\x04\x22\x4d\x18": ("lz4", "lz4 -dc"),
    b"\xfd7zXZ": ("xz", "xz -dc"),
    b"BZh": ("bzip2", "bzip2 -dc"),
    b"PK\x03\x04": ("zip", "unzip -p"),
}
# Other capture files, which Wireshark's editcap turns into pcapng.
FOREIGN = {
    b"snoop\0\0\0": "snoop",
    b"btsnoop\0": "btsnoop",
    b"GMBU": "Network Monitor",
    b"RTSS": "Network Monitor 1",
    b"TRSNIFF data": "Sniffer",
    b"XCP\0": "NetXray",
    b"iptrace 2.0": "iptrace",
}
HEX_DIGITS = frozenset(b"0123456789abcdefABCDEF")
LOOK = 512


def format_of(source: Source) -> Format:
    """The reader for the file that `source` gives, which may be compressed; CaptureError if there is none."""
    start = _start(source)
    if start.startswith((GZIP, ZSTD)):
        from dissect.capture.compressed import unpacked

        source = unpacked(source, "gzip" if start.startswith(GZIP) else "zstd")
        start = _start(source)
    if start.startswith(SECTION):
        from dissect.capture.pcapng import Pcapng

        return Pcapng(source)
    order = order_of(start[:4])
    if order is None:
        raise CaptureError(f"{source.name}: {_why_not(start, source)}")
    return Pcap(source, order)


def _start(source: Source) -> bytes:
    """The first bytes, at least 4 of them if there are so many."""
    start = source.read(0, LOOK)
    while len(start) < 4:
        more = source.read(len(start), LOOK)
        if not more:
            break
        start += more
    return start


def _why_not(start: bytes, source: Source) -> str:
    if source.fault:
        return source.fault
    if not start:
        return "empty: no bytes at all"
    for magic, (name, command) in PACKED.items():
        if start.startswith(magic):
            return f"packed with {name}, which is not read here; unpack it first: {command} FILE | dissect read -"
    for magic, name in FOREIGN.items():
        if start.startswith(magic):
            return f"a {name} capture, which is not read here; turn it into pcapng first: editcap FILE out.pcapng"
    if len(start) < 4:
        return f"not a capture file: only {len(start)} bytes long"
    if _is_text(start):
        hint = "; packets written as hex are read by `dissect bytes -`" if _looks_hex(start) else ""
        return f"not a capture file but text{hint}"
    return f"not a capture file: it begins with the bytes {start[:4].hex(' ')}, as neither pcap nor pcapng does"


def _is_text(start: bytes) -> bool:
    return all(byte >= 32 or byte in b"\t\n\r\f\x1b" for byte in start)


def _looks_hex(start: bytes) -> bool:
    """True if of the letters and digits of the first lines most are hex digits, and there are eight or more."""
    digits = sum(byte in HEX_DIGITS for byte in start)
    letters = sum(chr(byte).isalnum() for byte in start)
    return digits >= 8 and digits * 10 >= letters * 7 and any(chr(byte).isdigit() for byte in start)
