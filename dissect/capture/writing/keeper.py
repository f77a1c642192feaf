"""A capture file of packets chosen from others."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import IO, TYPE_CHECKING, Literal, Protocol, Self, cast

from dissect.capture.atomic import Output
from dissect.capture.batch import Batch
from dissect.capture.errors import OutputError
from dissect.capture.writing.pcap import PcapTarget
from dissect.capture.writing.pcapng import PcapngTarget

if TYPE_CHECKING:
    from gzip import GzipFile

PCAP_ENDINGS = (".pcap", ".cap")


class Target(Protocol):
    """A file format that packets are written in."""

    @property
    def remark(self) -> str | None:
        """One sentence on what the format had no room for."""

    def keep(self, batch: Batch, rows: Sequence[int]) -> None:
        """Append those packets of a batch, in the order given."""

    def end(self) -> None:
        """Write what a file without packets has too."""


def format_by_name(path: str) -> tuple[Literal["pcap", "pcapng"], bool]:
    """The format that a file's name asks for, and whether it is to be compressed.

    `.pcap` and `.cap` are pcap; everything else is pcapng, which holds all that captures can say, and
    so is "-". A further `.gz` compresses.
    """
    name = os.path.basename(path).lower()
    packed = name.endswith(".gz")
    return ("pcap" if name.removesuffix(".gz").endswith(PCAP_ENDINGS) else "pcapng"), packed


class Keeper:
    """Writes packets to `path`, which has its name only once `close` was called. A context manager.

    An error or an interruption leaves nothing (`dissect.capture.atomic.Output`); none of `inputs` is
    written over; "-" is standard output. Records are copied as they stand where the formats agree:
    pcap to pcap with its header, pcapng to pcapng with the headers of its sections and interfaces
    and its blocks of names and secrets, without statistics and custom blocks. `merge` says that
    packets of several captures will come, in any order: they share one section (one per byte order),
    equal interfaces of different files being one. OutputError says in one sentence what pcap cannot
    hold: two link types, or times before 1970 or after 2106.
    """

    def __init__(self, path: str, inputs: Iterable[str] = (), merge: bool = False) -> None:
        kind, packed = format_by_name(path)
        if path == "-" and os.isatty(1):
            raise OutputError("packets are not written to a terminal; write them to a file, or through a pipe")
        self.count = 0
        self._output = Output(path, inputs)
        self._packed: GzipFile | None = None
        if packed:
            from gzip import GzipFile

            self._packed = GzipFile("", "wb", fileobj=cast("IO[bytes]", self._output), mtime=0)
        write = self._output.write if self._packed is None else self._packed.write
        patch = self._output.file if self._packed is None and not self._output.direct else None
        self._target: Target = (
            PcapTarget(self._output.name, write, patch, merge) if kind == "pcap" else PcapngTarget(write, merge)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if error is None:
            self.close()
        else:
            self.discard()

    @property
    def remark(self) -> str | None:
        """One sentence on what the file has no room for, such as comments in pcap."""
        return self._target.remark

    def keep(self, batch: Batch, chosen: Sequence[int] | None = None) -> None:
        """Append the packets in these rows of a batch, counted from 0 and in the order given; all without `chosen`.

        A capture's first batch must come even if none of it is chosen, where a file without packets
        shall say what they would have been.
        """
        rows = range(len(batch)) if chosen is None else chosen
        self._target.keep(batch, rows)
        self.count += len(rows)
        if self._output.direct:
            self._output.flush()

    def close(self) -> None:
        """The file is whole: let it have its name."""
        try:
            self._target.end()
            if self._packed is not None:
                self._packed.close()
            self._output.close()
        except BaseException:
            self.discard()
            raise

    def discard(self) -> None:
        """Leave nothing of the file."""
        self._output.discard()
