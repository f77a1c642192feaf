"""The kernel's ring of packets, TPACKET_V3: blocks that it fills and hands over whole, in memory shared with it.

A block is ours from the moment its status says so until `Ring.release`; what it holds may be changed
in place meanwhile. No packet is copied here, and none is looked at. The sizes of segments are only
there on request, by PACKET_VNET_HDR: with it the kernel drops packets that are to be cut but are neither
TCP nor plain UDP, such as SCTP's, because it cannot describe them so.
Source: Documentation/networking/packet_mmap.rst.
"""

from __future__ import annotations

import errno
import mmap
import os
import socket
import sys
from contextlib import suppress
from typing import NamedTuple

from dissect.capture.live import kernel
from dissect.capture.live.errors import InterfaceGone, LiveError
from dissect.capture.live.kernel import Option

BLOCK = 1 << 20
"""Bytes of a block: more than the largest packet, little enough for the cache."""
USUAL = 48
"""Blocks of a ring where memory is plenty: what comes in 40 milliseconds on a link of 10 Gbit/s. The kernel has them
within some milliseconds; for 64 it was seen to search ten times as long."""
RETIRE = 40  # milliseconds after which a block with packets is handed over though it has room
LARGEST = 262_144
"""The snap length that stands for all, as libpcap has it."""
ANY = "any"


class Block(NamedTuple):
    """A block that is ours: its first byte in the ring, its packets, and where the first of them begins."""

    at: int
    packets: int
    first: int


class Ring:
    """A packet socket on one interface, or on all with `any`, that captures once `start` was called.

    `link` is the LINKTYPE of the bytes to write; `cooked` says that its header is still to be made. `blocks` is
    how many MiB the ring has. `segments` asks for the sizes of segments.
    LiveError, or PermissionError, where the interface cannot be captured on.
    """

    def __init__(
        self, name: str, snaplen: int = 0, promiscuous: bool = True, program: bytes = b"", blocks: int = 0, segments: bool = False
    ) -> None:  # fmt: skip
        self.name = name
        self.segments = segments
        self.snaplen = snaplen or LARGEST
        self.link = link_of(name)
        self.index = 0 if name == ANY else socket.if_nametoindex(name)
        self.cooked = self.link == kernel.COOKED_2
        self.blocks = blocks or usual_blocks()
        self.passed = self.dropped = 0
        self.loopback = socket.if_nametoindex("lo") if name in (ANY, "lo") else -1
        # Protocol 0: the socket sees nothing before `start`, so that nothing passes before the filter is there.
        self._socket = socket.socket(kernel.AF_PACKET, socket.SOCK_DGRAM if self.cooked else socket.SOCK_RAW, 0)
        try:
            self._prepare(promiscuous, program)
            self.memory = self._map()
        except BaseException:
            self._socket.close()
            raise
        self.words = memoryview(self.memory).cast("I")
        self._turn = 0

    def start(self) -> None:
        """Begin to capture."""
        try:
            kernel.bind(self._socket, self.index)
        except OSError as error:
            raise self._gone(error.errno or 0) from error
        fault = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if fault:
            raise self._gone(fault)

    def fileno(self) -> int:
        """Ready to read when a block is."""
        return self._socket.fileno()

    def block(self) -> Block | None:
        """The next block, if it is ours by now."""
        at = self._turn * BLOCK
        status, packets, first = kernel.BLOCK.unpack_from(self.memory, at + kernel.BLOCK_AT)
        return Block(at, packets, at + first) if status & kernel.USER else None

    def release(self) -> None:
        """Give the block that `block` last gave back to the kernel."""
        self.words[(self._turn * BLOCK + kernel.BLOCK_AT) >> 2] = 0
        self._turn = (self._turn + 1) % self.blocks

    def starts(self, block: Block) -> list[int]:
        """Where the packets of a block begin, in 32-bit words, one step from each to the next."""
        words, at = self.words, block.first >> 2
        found = []
        for _ in range(block.packets):
            found.append(at)
            at += words[at] >> 2
        return found

    def count(self) -> int:
        """Adds up the kernel's counts; returns how many packets it has dropped since the start."""
        if self._socket.fileno() < 0:
            return self.dropped
        passed, dropped = kernel.counts(self._socket)
        self.passed += passed - dropped
        self.dropped += dropped
        return self.dropped

    def refuse(self) -> None:
        """Let nothing new in; what is in the ring stays."""
        kernel.attach(self._socket, kernel.INSTRUCTION.pack(kernel.RETURN, 0, 0, 0))

    def check(self) -> None:
        """InterfaceGone where the interface went down or away."""
        fault = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if fault:
            raise self._gone(fault)

    def close(self) -> None:
        """End the capture; the memory goes with the last view of it."""
        self._socket.close()

    def _prepare(self, promiscuous: bool, program: bytes) -> None:
        if program:
            kernel.attach(self._socket, program)
        elif self.snaplen < LARGEST:
            kernel.attach(self._socket, kernel.INSTRUCTION.pack(kernel.RETURN, 0, 0, self.snaplen))
        if promiscuous and self.index:
            request = kernel.MEMBERSHIP.pack(self.index, kernel.PROMISCUOUS, 0, b"")
            self._socket.setsockopt(kernel.SOL_PACKET, Option.ADD_MEMBERSHIP, request)
        if self.index == self.loopback:
            # Loopback gives every packet twice, going out and coming in; kernels before 4.20 cannot ignore one.
            with suppress(OSError):
                self._socket.setsockopt(kernel.SOL_PACKET, Option.IGNORE_OUTGOING, 1)

    def _map(self) -> mmap.mmap:
        self._socket.setsockopt(kernel.SOL_PACKET, Option.VERSION, kernel.TPACKET_V3)
        if self.segments:
            try:
                self._socket.setsockopt(kernel.SOL_PACKET, Option.VNET_HEADER, 1)
            except OSError:
                raise LiveError(
                    f"the kernel does not tell sizes of segments for {self.name}: leave out --segments"
                ) from None
        frame = mmap.PAGESIZE
        request = kernel.RING.pack(BLOCK, self.blocks, frame, BLOCK // frame * self.blocks, RETIRE, 0, 0)
        try:
            self._socket.setsockopt(kernel.SOL_PACKET, Option.RX_RING, request)
            return mmap.mmap(self._socket.fileno(), BLOCK * self.blocks)
        except OSError as error:
            size = BLOCK * self.blocks >> 20
            raise LiveError(f"{self.name}: no {size} MiB for the kernel's ring: {error.strerror}") from error

    def _gone(self, fault: int) -> LiveError:
        if fault == errno.ENETDOWN:
            return InterfaceGone(f"{self.name} went down" if exists(self.name) else f"{self.name} went away")
        if fault in (errno.ENODEV, errno.ENXIO):
            return InterfaceGone(f"{self.name} went away")
        return LiveError(f"{self.name}: {os.strerror(fault)}")


def usual_blocks() -> int:
    """As many as are usual, but not more than a 32nd of this machine's memory."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return max(8, min(USUAL, memory // 32 // BLOCK))


def link_of(name: str) -> int:
    """The LINKTYPE of what a ring on this interface gives; LiveError if there is none such, or it is down."""
    return kernel.COOKED_2 if name == ANY else kernel.LINK_TYPES.get(look(name).hardware, kernel.COOKED_2)


def look(name: str) -> kernel.Device:
    """What the kernel knows of an interface; LiveError if there is none, or it is down."""
    try:
        found = kernel.device(name)
    except OSError:
        raise LiveError(f"there is no interface {name!r}; `dissect interfaces` lists those that there are") from None
    if not found.up:
        raise LiveError(f"{name} is down; `sudo ip link set {name} up` brings it up")
    return found


def fate(name: str) -> str:
    """How an interface ended, in words; "" as long as it is up."""
    if name == ANY:
        return ""
    try:
        return "" if kernel.device(name).up else f"{name} went down"
    except OSError:
        return f"{name} went away"


def exists(name: str) -> bool:
    """Whether there is an interface of that name."""
    try:
        return bool(socket.if_nametoindex(name))
    except OSError:
        return False


def possible() -> bool:
    """Whether this system has such rings."""
    return sys.platform == "linux"
