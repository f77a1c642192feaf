"""What only the packets before and after a segment tell: copies, gaps, ports used again, recorded from the kernel."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from random import Random

from losses import SEGMENT, Nth
from namespaces import DELAY, pair
from registry import capture


@capture(
    "port-reuse",
    "Two connections, one after the other, between the same ports",
    "先后两个连接使用同样的端口",
    made="recorded",
    look=10,
)
def port_reuse(path: Path) -> None:
    """The server closes first and keeps the connection in TIME-WAIT. The client calls again from the same port with
    a higher sequence number, which RFC 9293 section 3.6.1 lets the server accept.
    """
    with pair() as net, net.client.record(path, "tcp"):
        for words in (b"the first call\n", b"the second call\n"):
            near, far = net.connect()
            with near, far:
                near.sendall(words)
                far.recv(100)
                far.close()
                near.recv(100)
                time.sleep(0.1)
            time.sleep(0.1)


@capture(
    "spurious-retransmission",
    "Sent again although it had arrived: recorded at the receiver, whose ACK is lost",
    "数据已到达仍被重发：在接收方抓包，其确认丢失",
    made="recorded",
    look=6,
)
def spurious_retransmission(path: Path) -> None:
    """The receiver's own capture has the ACK that gets lost on the way, and then the copy that nobody needed; the answer
    to that is a D-SACK (RFC 2883 section 4).
    """
    with pair(Nth("ack", 1, 1, back=True)) as net:
        net.client.set(net__ipv4__tcp_early_retrans=0)
        with net.server.record(path, "tcp"):
            near, far = net.connect()
            with near, far:
                near.sendall(b"did you get this?\n")
                far.recv(100)
                time.sleep(0.6)
                near.close()
                far.recv(100)
            time.sleep(0.1)


@capture(
    "capture-midway",
    "A capture that begins in the middle of a connection",
    "从连接中途开始的抓包",
    made="recorded",
)
def capture_midway(path: Path) -> None:
    """No handshake: the initial sequence numbers and the window scaling are not known, and the first ACK is for data
    that nobody recorded (RFC 7323 section 2.3).
    """
    with pair() as net:
        near, far = net.connect()
        with near, far:
            far.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 0)
            near.sendall(b"nobody heard this\n")
            time.sleep(0.015)  # the data has passed, its delayed ACK has not
            with net.client.record(path, "tcp"):
                far.recv(100)
                far.sendall(b"but the answer\n")
                near.recv(100)
                near.sendall(b"and this\n")
                far.recv(100)
                time.sleep(0.1)


class OneInTen:
    """Loses one frame in ten in both directions, the same ones whenever the script runs, but never a SYN."""

    def __init__(self) -> None:
        self.random = Random(1981)
        self.seen = 0

    def __call__(self, _frame: bytes, _forward: bool) -> float | None:
        """Decide."""
        self.seen += 1
        return None if self.seen > 4 and self.random.random() < 0.1 else DELAY


@capture(
    "lossy-sender",
    "A link that loses one packet in ten, seen by the sender",
    "丢包率一成的链路：在发送方抓包",
    made="recorded",
    look=64,
)
def lossy_sender(path: Path) -> None:
    """Forty small segments: duplicate ACKs with SACK, fast retransmissions, timeouts (RFC 5681, RFC 6298)."""
    _through_losses(path, at_server=False)


@capture(
    "lossy-receiver",
    "A link that loses one packet in ten, seen by the receiver",
    "丢包率一成的链路：在接收方抓包",
    made="recorded",
    look=45,
)
def lossy_receiver(path: Path) -> None:
    """The other end's view of such a link: what is lost never appears, the gap does, and what fills it comes late."""
    _through_losses(path, at_server=True)


def _through_losses(path: Path, *, at_server: bool) -> None:
    with pair(OneInTen()) as net, net.listen() as listening, net.caller() as near:
        near.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT + 12)  # the timestamps take 12 bytes
        watcher = net.server if at_server else net.client
        with watcher.record(path, "tcp"):
            near.connect((net.server.v4, 8080))
            far, _ = listening.accept()
            with far:
                far.settimeout(20)
                near.sendall(bytes(range(33, 97)) * (SEGMENT * 40 // 64))
                left = SEGMENT * 40
                while left:
                    left -= len(far.recv(SEGMENT))
                near.close()
                far.recv(10)
                far.close()
            time.sleep(1)
