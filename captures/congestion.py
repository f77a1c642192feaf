"""How a sender feels its way to the speed of a path, recorded from the kernel (RFC 5681, RFC 6298)."""

from __future__ import annotations

import socket
import time
from pathlib import Path

from losses import SEGMENT, Nth, _flags_and_size
from namespaces import DELAY, Verdict, pair
from registry import capture

HEADERS = "96"  # bytes of each frame that are kept: all headers


def _send(path: Path, verdict: Verdict, size: int) -> None:
    """So many bytes in small segments, on a link with that verdict."""
    with pair(verdict) as net:
        net.client.set(net__ipv4__tcp_early_retrans=0)  # no tail loss probe before a timeout
        with net.listen() as listening, net.caller() as near, net.client.record(path, "tcp", "-s", HEADERS):
            near.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT + 12)  # the timestamps take 12 bytes
            near.connect((net.server.v4, 8080))
            far, _ = listening.accept()
            with far:
                far.settimeout(20)
                near.sendall(bytes(size))
                taken = 0
                while taken < size:
                    taken += len(far.recv(65536))
                time.sleep(0.1)
                near.close()
                far.recv(10)
            time.sleep(0.1)


class Burst(Nth):
    """Loses every data frame from the first one named until so many were lost."""

    def __call__(self, frame: bytes, forward: bool) -> float | None:
        """Count the data and decide."""
        _, size = _flags_and_size(frame)
        if not forward or not size:
            return DELAY
        self.seen += 1
        return None if self.first <= self.seen <= self.last else DELAY


@capture(
    "slow-start",
    "Slow start doubles the window, a loss halves it, congestion avoidance adds to it",
    "慢启动使窗口翻倍，丢包使其减半，拥塞避免再逐步增加",
    made="recorded",
    look=4,
)
def slow_start(path: Path) -> None:
    """Ten segments, then twenty, then more; one of them is lost, comes again by fast retransmit, and after the recovery
    the window grows by one segment a round trip (RFC 5681 sections 3.1 and 3.2; ten segments: RFC 6928).
    """
    _send(path, Nth("data", 35, 35), 76_000)


@capture(
    "timeout",
    "Everything in flight is lost: a timeout, and slow start once more",
    "在途数据全部丢失：超时后重新慢启动",
    made="recorded",
    look=4,
)
def timeout(path: Path) -> None:
    """No duplicate ACK can come back, so only the timer helps; the window is one segment then, and doubles again
    up to half of what it was (RFC 5681 section 3.1, RFC 6298 section 5).
    """
    _send(path, Burst("data", 11, 30), 28_000)
