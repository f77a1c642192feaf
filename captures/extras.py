"""What TCP learned later, recorded from the kernel: Fast Open, MD5, Multipath TCP, ECN."""

from __future__ import annotations

import socket
import struct
import time
from pathlib import Path

from crafting import checksum
from namespaces import DELAY, acquaint, pair
from registry import capture

TCP = socket.IPPROTO_TCP
TCP_MD5SIG = 14
MSG_FASTOPEN = 0x20000000
IPPROTO_MPTCP = 262


@capture(
    "fast-open",
    "TCP Fast Open: first a cookie is asked for, then a SYN carries data",
    "TCP Fast Open：先取得 cookie，再在 SYN 中携带数据",
    made="recorded",
    look=8,
)
def fast_open(path: Path) -> None:
    """The first SYN asks for a cookie with an empty option 34, the SYN+ACK brings it; the next connection puts
    cookie and data in its SYN and saves a round trip (RFC 7413 sections 3 and 4.1).
    """
    with pair() as net:
        for one in (net.client, net.server):
            one.set(net__ipv4__tcp_fastopen=3)
        with net.listen() as listening, net.client.record(path, "tcp"):
            listening.setsockopt(TCP, socket.TCP_FASTOPEN, 4)
            for port, line in ((40000, b"first visit\n"), (40001, b"back again\n")):
                with net.caller(port=port) as near:
                    near.settimeout(None)  # a timeout would make the call return early
                    near.sendto(line, MSG_FASTOPEN, (net.server.v4, 8080))
                    far, _ = listening.accept()
                    far.recv(100)
                    time.sleep(0.1)
                    near.close()
                    far.recv(100)
                    far.close()
                    time.sleep(0.2)


def _share_secret(end: socket.socket, peer: str) -> None:
    """Give the kernel the key for segments to and from `peer`."""
    key = b"dissect"
    address = struct.pack("=HH4s", socket.AF_INET, 0, socket.inet_aton(peer))
    end.setsockopt(TCP, TCP_MD5SIG, struct.pack("=128sBBHi80s", address, 0, 0, len(key), 0, key))


@capture(
    "md5-signature",
    "Every segment signed with the TCP MD5 option, as BGP routers do",
    "带 TCP MD5 签名的连接（BGP 常用）",
    made="recorded",
)
def md5_signature(path: Path) -> None:
    """Option 19 holds an MD5 digest over the addresses, the header, the data and a key that both ends know
    (here "dissect"). A SYN has no room left for timestamps beside it, so Linux leaves them out (RFC 2385 section 2).
    """
    with pair() as net, net.client.record(path, "tcp"), net.listen(port=179) as listening, net.caller() as near:
        _share_secret(listening, net.client.v4)
        _share_secret(near, net.server.v4)
        near.connect((net.server.v4, 179))
        far, _ = listening.accept()
        with far:
            near.sendall(b"signed\n")
            far.recv(100)
            time.sleep(0.1)
            near.close()
            far.recv(100)
        time.sleep(0.1)


@capture(
    "mptcp",
    "Multipath TCP: one connection over two subflows",
    "多路径 TCP：一个连接，两个子流",
    made="recorded",
)
def mptcp(path: Path) -> None:
    """MP_CAPABLE in the first handshake exchanges keys; a second subflow from 192.0.2.11 joins with MP_JOIN;
    data segments carry a mapping (DSS) into the common sequence space (RFC 8684 sections 3.1 to 3.3).
    """
    with pair() as net:
        second = "192.0.2.11"
        net.client.run("ip", "addr", "add", f"{second}/24", "dev", "eth0")
        acquaint(net.server, "eth0", net.client.mac, second)
        for one in (net.client, net.server):
            one.run("ip", "mptcp", "limits", "set", "subflows", "1", "add_addr_accepted", "1")
        net.client.run("ip", "mptcp", "endpoint", "add", second, "dev", "eth0", "subflow")
        with net.client.record(path, "tcp"), net.server.socket(protocol=IPPROTO_MPTCP) as listening:
            listening.bind((net.server.v4, 8080))
            listening.listen(4)
            with net.client.socket(protocol=IPPROTO_MPTCP) as near:
                near.bind((net.client.v4, 40000))
                near.connect((net.server.v4, 8080))
                far, _ = listening.accept()
                with far:
                    for line in (b"one connection\n", b"two paths\n"):
                        near.sendall(line)
                        far.recv(100)
                        time.sleep(0.2)
                    far.sendall(b"understood\n")
                    near.recv(100)
                    near.close()
                    far.recv(100)
                time.sleep(0.3)


def _with_mark(frame: bytes) -> bytes:
    """The IPv4 frame with its ECN field set to "congestion experienced" and the checksum made right again."""
    header = bytearray(frame[14:34])
    header[1] |= 3
    header[10:12] = b"\0\0"
    header[10:12] = struct.pack("!H", checksum(bytes(header)))
    return frame[:14] + bytes(header) + frame[34:]


def _congested(frame: bytes, forward: bool) -> tuple[float, bytes]:
    """A link that marks, like a full router queue, the segments to the server that say "mark me"."""
    wanted = forward and b"mark me" in frame
    return DELAY, _with_mark(frame) if wanted else frame


@capture(
    "ecn",
    "Explicit congestion notification: agreed, marked, echoed and answered",
    "显式拥塞通知 ECN：协商、标记、回显与响应",
    made="recorded",
    look=6,
)
def ecn(path: Path) -> None:
    """A SYN with ECE and CWR asks, a SYN+ACK with ECE agrees; then the IP header says ECT(0), packet 6 arrives
    marked CE, the receiver answers with ECE until the sender says CWR (RFC 3168 section 6.1). Recorded at the
    server, where marks arrive; the link between played the congested router.
    """
    with pair(rewrite=_congested) as net:
        for one in (net.client, net.server):
            one.set(net__ipv4__tcp_ecn=1)
        with net.server.record(path, "tcp"):
            near, far = net.connect()
            with near, far:
                for line in (b"not marked\n", b"mark me\n", b"I heard it\n"):
                    near.sendall(line)
                    far.recv(100)
                    time.sleep(0.1)
                near.close()
                far.recv(100)
            time.sleep(0.1)
