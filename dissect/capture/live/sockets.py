"""scapy's sockets, on systems without the kernel's ring: one packet a call, so they lose packets on a busy link."""

from __future__ import annotations

import logging
import select
import struct
import sys
import time
from contextlib import suppress
from typing import Any

from dissect.capture.blocks import packet_block
from dissect.capture.live import kernel
from dissect.capture.live.bpf import compile_filter
from dissect.capture.live.errors import LiveError
from dissect.capture.live.ring import ANY, LARGEST, exists, look

AT_ONCE = 512  # packets that are taken before the others get their turn
SECOND = 1_000_000_000


class Sockets:
    """One scapy socket on an interface. `link` is its LINKTYPE."""

    def __init__(
        self, name: str, interface: int, snaplen: int = 0, promiscuous: bool = True, capture_filter: str = ""
    ) -> None:
        if name == ANY:
            raise LiveError("scapy captures on one interface each: name them, or take --source ring for all")
        self.name = name
        self.snaplen = snaplen or LARGEST
        self.link = kernel.ETHERNET
        self.gone = ""
        self.dropped = self.delivered = 0
        self._interface = interface
        if sys.platform == "linux":
            self.link = kernel.LINK_TYPES.get(look(name).hardware, kernel.RAW_IP)
        if capture_filter:
            compile_filter(capture_filter, self.link)  # for libpcap's words
        self._socket = self._open(promiscuous, capture_filter)

    def _open(self, promiscuous: bool, capture_filter: str) -> Any:
        logging.getLogger("scapy").setLevel(logging.ERROR)  # it remarks on layers that it is not asked to decode
        import scapy.arch  # noqa: F401 - chooses the sockets of this system
        from scapy.config import conf
        from scapy.error import Scapy_Exception

        try:
            made = conf.L2listen(iface=self.name, promisc=promiscuous, filter=capture_filter or None)
        except Scapy_Exception as error:
            raise LiveError(f"scapy cannot capture on {self.name}: {error}") from error
        if self.name == "lo" and sys.platform == "linux":  # or every packet comes twice
            with suppress(OSError):
                made.ins.setsockopt(kernel.SOL_PACKET, kernel.Option.IGNORE_OUTGOING, 1)
        return made

    def fileno(self) -> int:
        """Ready to read when a packet is there."""
        return int(self._socket.fileno())

    def receive(self) -> tuple[bytes, list[int]]:
        """The packets that are there as enhanced packet blocks, and where each begins; `gone` says how the interface ended."""
        parts: list[bytes] = []
        starts: list[int] = []
        at = 0
        while (len(starts) < AT_ONCE or self.gone) and select.select([self._socket.fileno()], [], [], 0)[0]:
            try:
                _, data, moment = self._socket.recv_raw(LARGEST)
            except OSError:
                if self.gone:
                    break
                self.gone = f"{self.name} {'went down' if exists(self.name) else 'went away'}"
                continue  # what came before that is still to be had
            if data:
                block = self._block(data, moment)
                parts.append(block)
                starts.append(at)
                at += len(block)
        self.delivered += len(starts)
        return b"".join(parts), starts

    def count(self) -> int:
        """Packets that were dropped since the start, as far as the system tells."""
        with suppress(OSError, AttributeError):
            told = self._socket.ins.getsockopt(kernel.SOL_PACKET, kernel.Option.STATISTICS, 8)
            self.dropped += struct.unpack("=II", told)[1]
        return self.dropped

    def close(self) -> None:
        """Closes the socket."""
        with suppress(OSError):
            self._socket.close()

    def _block(self, data: bytes, moment: float | None) -> bytes:
        nanoseconds = int(moment * SECOND) if moment is not None else time.time_ns()
        return packet_block(self._interface, nanoseconds, data[: self.snaplen], len(data))
