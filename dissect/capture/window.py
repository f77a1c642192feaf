"""A stretch of a capture in memory, moved forward as records are taken from it."""

from __future__ import annotations

from dissect.capture.source import CHUNK, Source


class Window:
    """The bytes of `source` from position `offset` on: `data`, at least one read's worth, never the whole file.

    `read` are the bytes that one read asks for.
    """

    def __init__(self, source: Source, offset: int = 0, read: int = 0) -> None:
        self.source = source
        self.read = read or CHUNK
        self.offset = offset
        self.data = b""

    def forward(self, at: int, need: int) -> bool:
        """Drop `at` bytes and read on until `need` bytes are there, `need` being more than are there now.

        False if the source ends first; what there was is in `data` then. Each read takes what a pipe
        has and waits for no more than that.
        """
        rest = self.data[at:]
        self.offset += at
        parts, size = [rest] if rest else [], len(rest)
        while size < need:
            more = self.source.read(self.offset + size, max(self.read, need - size))
            if not more:
                break
            parts.append(more)
            size += len(more)
        self.data = parts[0] if len(parts) == 1 else b"".join(parts)
        return size >= need
