"""What TCP does when segments are lost, late or doubled, recorded from the kernel (RFC 6298, RFC 2018)."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass
from pathlib import Path

from namespaces import DELAY, pair
from registry import capture

SYN, ACK = 0x02, 0x10
SEGMENT = 512  # small segments make small files


def _flags_and_size(frame: bytes) -> tuple[int, int]:
    """The TCP flags of an Ethernet frame with IPv4 and how many bytes of data it carries."""
    if frame[12:14] != b"\x08\0" or frame[23] != 6:
        return 0, 0
    ip = (frame[14] & 15) * 4
    tcp = 14 + ip
    total = int.from_bytes(frame[16:18], "big")
    return frame[tcp + 13], total - ip - (frame[tcp + 12] >> 4) * 4


@dataclass
class Nth:
    """Loses (or holds) the frames number `first` to `last`, counted from 1, among those that matter."""

    kind: str
    first: int
    last: int
    held: float | None = None
    back: bool = False
    seen: int = 0

    def __call__(self, frame: bytes, forward: bool) -> float | None:
        """Count the frame if it matters and decide."""
        flags, size = _flags_and_size(frame)
        matters = {"syn": bool(flags & SYN), "data": size > 0, "ack": flags == ACK and not size}[self.kind]
        if forward == self.back or not matters:
            return DELAY
        self.seen += 1
        return self.held if self.first <= self.seen <= self.last else DELAY


@capture(
    "retransmission",
    "Lost data sent again and again, the timeout doubling each time",
    "超时重传：每次等待时间加倍",
    made="recorded",
    look=5,
)
def retransmission(path: Path) -> None:
    """The same segment leaves six times, after pauses of about 0.2, 0.4, 0.9, 1.8 and 3.5 seconds, until one
    gets through (RFC 6298 section 5). Linux starts from 0.2 s and not from the RFC's 1 s.
    """
    with pair(Nth("data", 1, 5)) as net:
        net.client.set(net__ipv4__tcp_early_retrans=0)  # no tail loss probe before the first timeout
        with net.client.record(path, "tcp"):
            near, far = net.connect()
            with near, far:
                near.sendall(b"is anybody there?\n")
                far.recv(100)
                time.sleep(0.2)
                near.close()
                far.recv(100)
            time.sleep(0.1)


@capture(
    "syn-retransmission",
    "A SYN that gets no answer is sent again after 1, 2 and 4 seconds",
    "SYN 重传：1、2、4 秒",
    made="recorded",
    look=2,
)
def syn_retransmission(path: Path) -> None:
    """Three SYNs are lost and the fourth opens the connection. The pauses double from one second
    (RFC 6298 sections 2.1 and 5.5).
    """
    with pair(Nth("syn", 1, 3)) as net:
        net.client.set(net__ipv4__tcp_syn_linear_timeouts=0)  # newer kernels begin with four pauses of 1 s
        with net.client.record(path, "tcp"):
            near, far = net.connect()
            time.sleep(0.1)
        near.close()
        far.close()


@capture(
    "fast-retransmit",
    "One segment lost: duplicate ACKs with SACK bring it back before any timeout",
    "快速重传与选择确认 SACK",
    made="recorded",
    look=14,
)
def fast_retransmit(path: Path) -> None:
    """The second of six segments is lost. Every later one draws an ACK that repeats the old number and says in
    a SACK block what did arrive; after three the gap is filled (RFC 5681 section 3.2, RFC 2018 section 3).
    """
    _send_six(path, Nth("data", 2, 2))


@capture(
    "reordering",
    "Segments arriving out of order, with nothing lost",
    "乱序到达，但没有丢失",
    made="recorded",
    look=14,
)
def reordering(path: Path) -> None:
    """One segment takes 3 ms longer than the next ones. Seen at the receiver it looks like a loss for a moment;
    the ACK jumps forward once the late one is in (RFC 5681 section 3.2).
    """
    _send_six(path, Nth("data", 5, 5, held=DELAY + 0.003), at_server=True)


def _send_six(path: Path, verdict: Nth, *, at_server: bool = False) -> None:
    """Six full segments in one go, on a link with that verdict."""
    with pair(verdict) as net, net.listen() as listening, net.caller() as near:
        near.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT + 12)  # the timestamps take 12 bytes
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)  # a window that stays as it is
        watcher = net.server if at_server else net.client
        with watcher.record(path, "tcp"):
            near.connect((net.server.v4, 8080))
            far, _ = listening.accept()
            with far:
                near.sendall(bytes(range(33, 97)) * (SEGMENT * 6 // 64))
                time.sleep(0.3)
                far.recv(SEGMENT * 6)
                near.close()
                far.recv(10)
            time.sleep(0.1)


@capture(
    "duplicate-sack",
    "The ACK was lost, not the data: the second copy is reported by D-SACK",
    "丢的是 ACK：D-SACK 报告重复数据",
    made="recorded",
    look=6,
)
def duplicate_sack(path: Path) -> None:
    """The data came, its ACK did not. The retransmitted copy is a duplicate, and the receiver says so with a
    SACK block below the acknowledgment number (RFC 2883 section 4).
    """
    with pair(Nth("ack", 1, 1, back=True)) as net:
        net.client.set(net__ipv4__tcp_early_retrans=0)
        with net.client.record(path, "tcp"):
            near, far = net.connect()
            with near, far:
                near.sendall(b"did you get this?\n")
                far.recv(100)
                time.sleep(0.6)
                near.close()
                far.recv(100)
            time.sleep(0.1)
