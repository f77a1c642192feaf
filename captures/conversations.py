"""TCP conversations recorded from the kernel: opening, talking and closing (RFC 9293)."""

from __future__ import annotations

import socket
import struct
import time
from pathlib import Path

from namespaces import pair
from registry import capture

TCP = socket.IPPROTO_TCP


@capture(
    "handshake",
    "Three-way handshake, a request and an answer, then a close in four segments",
    "三次握手、一问一答、四次挥手",
    made="recorded",
)
def handshake(path: Path) -> None:
    """A whole connection on one page: SYN, SYN+ACK, ACK, one segment of data each way, and a close
    in which each side sends its own FIN and gets its own ACK (RFC 9293 sections 3.5 and 3.6)."""
    with pair() as net, net.client.record(path, "tcp"):
        near, far = net.connect()
        with near, far:
            time.sleep(0.1)
            far.setsockopt(TCP, socket.TCP_QUICKACK, 0)  # let the answer carry the ACK
            near.sendall(b"hello, how are you?\n")
            far.sendall(b"fine, " + far.recv(100))
            near.recv(100)
            time.sleep(0.1)
            near.close()
            far.recv(100)
            time.sleep(0.1)
            far.close()
            time.sleep(0.1)
