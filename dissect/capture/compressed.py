"""Compressed captures, unpacked as they are read.

gzip (RFC 1952) always, zstd (RFC 8878) where a library for it is there.
"""

from __future__ import annotations

import zlib
from typing import Protocol

from dissect.capture.errors import CaptureError
from dissect.capture.source import OnceSource, Source

PACKED_CHUNK = 1 << 16
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"


class Unpacker(Protocol):
    """One member or frame of a compressed file."""

    @property
    def eof(self) -> bool:
        """True once its end was reached."""

    @property
    def unused_data(self) -> bytes:
        """What followed the end."""

    def decompress(self, data: bytes, most: int, /) -> bytes:
        """At most `most` bytes; what is held back of `data` comes with later calls."""


class Gzip:
    """One member of a gzip file."""

    magic = b"\x1f\x8b"

    def __init__(self) -> None:
        self._engine = zlib.decompressobj(31)  # 31: gzip header and trailer, window of 32 KiB

    @property
    def eof(self) -> bool:
        """True once the member's checksum was read."""
        return self._engine.eof

    @property
    def unused_data(self) -> bytes:
        """What followed the member."""
        return self._engine.unused_data

    def decompress(self, data: bytes, most: int) -> bytes:
        """At most `most` bytes of output. Bytes before a damaged place are given; the next call raises ValueError."""
        data = self._engine.unconsumed_tail + data
        before = self._engine.copy()
        try:
            return self._engine.decompress(data, most)
        except zlib.error as error:
            whole = _up_to_damage(before, data)
            if not whole:
                raise ValueError(str(error).rpartition(": ")[2]) from None
            self._engine = before
            return whole


class UnpackedSource(OnceSource):
    """What a compressed source holds, member after member."""

    def __init__(self, packed: Source, kind: str, unpacker: type[Gzip | Zstd]) -> None:
        super().__init__(packed.name)
        self.again = packed.again
        self._packed = packed
        self._kind = kind
        self._unpacker = unpacker
        self._begin()

    @property
    def size(self) -> int:  # type: ignore[override]
        """Bytes of the compressed file."""
        return self._packed.size

    @property
    def position(self) -> int:
        """How many of them were read."""
        return self._taken

    def close(self) -> None:
        """Close the compressed source."""
        self._packed.close()

    def _begin(self) -> None:
        self.fault = ""
        self._position = self._taken = 0
        self._engine: Unpacker = self._unpacker()
        self._begun = False

    def _rewind(self) -> None:
        if not self.again:
            super()._rewind()
        self._begin()

    def _next(self, size: int) -> bytes:
        while not self.fault:
            if self._engine.eof and not self._next_member():
                return b""
            try:
                data = self._engine.decompress(b"", size) if self._begun else b""
                if not data and not self._engine.eof:
                    data = self._engine.decompress(self._more(), size)
            except ValueError as error:
                self.fault = f"the {self._kind} data is damaged ({error})"
                return b""
            if data:
                return data
        return b""

    def _more(self) -> bytes:
        """Compressed bytes; empty, with `fault` set, if the file ends inside a member."""
        data = self._packed.read(self._taken, PACKED_CHUNK)
        self._taken += len(data)
        self._begun = True
        if not data:
            self.fault = self._packed.fault or f"the {self._kind} data is cut short"
        return data

    def _next_member(self) -> bool:
        """Go on to the member that follows; zeros at the end of the file are padding."""
        rest = self._engine.unused_data.lstrip(b"\0")
        magic = self._unpacker.magic
        while len(rest) < len(magic):
            more = self._packed.read(self._taken, PACKED_CHUNK)
            self._taken += len(more)
            if not more:
                break
            rest = (rest + more).lstrip(b"\0")
        if not rest:
            self.fault = self._packed.fault
            return False
        if not rest.startswith(magic):
            self.fault = f"bytes follow the {self._kind} data that are not {self._kind}"
            return False
        self._taken -= len(rest)
        self._engine, self._begun = self._unpacker(), False
        return True


class Zstd:
    """One frame of a zstd file, by Python's own library (3.14) or the `zstandard` package."""

    magic = ZSTD_MAGIC

    def __init__(self) -> None:
        self._engine = zstd_engine()
        self._ready = b""

    @property
    def eof(self) -> bool:
        """True once the frame's end was reached and all was given."""
        return self._engine.eof and not self._ready

    @property
    def unused_data(self) -> bytes:
        """What followed the frame."""
        return self._engine.unused_data

    def decompress(self, data: bytes, most: int) -> bytes:
        """At most `most` bytes of output; ValueError at a damaged place."""
        if data and not self._engine.eof:
            try:
                self._ready += self._engine.decompress(data)
            except Exception as error:
                raise ValueError(str(error)) from None
        given, self._ready = self._ready[:most], self._ready[most:]
        return given


class ZstdEngine(Protocol):
    """What both zstd libraries offer for one frame."""

    @property
    def eof(self) -> bool:
        """True once the frame's end was reached."""

    @property
    def unused_data(self) -> bytes:
        """What followed the frame."""

    def decompress(self, data: bytes) -> bytes:
        """All output for these bytes."""


def zstd_engine() -> ZstdEngine:
    """A decompressor for one frame; ImportError where there is no library."""
    from importlib import import_module

    engine: ZstdEngine
    try:
        engine = import_module("compression.zstd").ZstdDecompressor()
    except ImportError:
        engine = import_module("zstandard").ZstdDecompressor().decompressobj()
    return engine


def unpacked(packed: Source, kind: str) -> Source:
    """The bytes that `packed` holds compressed, `kind` being "gzip" or "zstd"; CaptureError without the library."""
    try:
        return UnpackedSource(packed, kind, Gzip if kind == "gzip" else Zstd)
    except ImportError:
        raise CaptureError(
            f"{packed.name}: packed with zstd, for which no library is there: pip install zstandard, "
            "or unpack it first: zstd -dc FILE | dissect read -"
        ) from None


def _up_to_damage(engine: zlib._Decompress, data: bytes) -> bytes:
    """What can be unpacked of `data` before the error in it, byte by byte; `engine` is left before that error."""
    parts = []
    for at in range(len(data)):
        try:
            parts.append(engine.decompress(data[at : at + 1]))
        except zlib.error:
            break
    return b"".join(parts)
