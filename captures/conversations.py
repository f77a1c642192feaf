"""TCP conversations recorded from the kernel: opening, talking and closing (RFC 9293)."""

from __future__ import annotations

import socket
import struct
import time
from contextlib import ExitStack
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
    in which each side sends its own FIN and gets its own ACK (RFC 9293 sections 3.5 and 3.6).
    """
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


@capture(
    "handshake-v6",
    "The same three-way handshake and close over IPv6",
    "在 IPv6 上的三次握手与挥手",
    made="recorded",
)
def handshake_v6(path: Path) -> None:
    """TCP does not change over IPv6, only the header below it: no header checksum, no fragment fields, and a
    maximum segment size of 1440 instead of 1460 (RFC 8200 section 3, RFC 9293 section 3.7.1).
    """
    with pair() as net, net.client.record(path, "tcp"):
        near, far = net.connect(socket.AF_INET6)
        with near, far:
            near.sendall(b"hello over IPv6\n")
            far.recv(100)
            time.sleep(0.1)
            near.close()
            far.recv(100)
            time.sleep(0.1)
            far.close()
            time.sleep(0.1)


@capture(
    "close-three",
    "Close in three segments: FIN, FIN+ACK, ACK",
    "三次挥手：FIN、FIN+ACK、ACK",
    made="recorded",
    look=5,
)
def close_three(path: Path) -> None:
    """The other side has nothing more to say and closes at once, so its FIN carries the ACK of the first FIN
    and one segment of the usual four is saved (RFC 9293 section 3.6).
    """
    with pair() as net, net.client.record(path, "tcp"):
        near, far = net.connect()
        with near, far:
            far.setsockopt(TCP, socket.TCP_QUICKACK, 0)
            time.sleep(0.05)
            near.close()
            far.recv(100)
            far.close()
            time.sleep(0.1)


@capture(
    "refused", "Nobody listens on the port: SYN answered by RST", "端口无人监听：SYN 得到 RST", made="recorded", look=2
)
def refused(path: Path) -> None:
    """A SYN to a closed port gets a reset whose sequence number is 0 and which acknowledges the SYN, because
    a SYN counts as one byte (RFC 9293 section 3.5.2, group 1).
    """
    with pair() as net, net.client.record(path, "tcp"), net.caller() as near:
        if near.connect_ex((net.server.v4, 8080)) == 0:
            raise RuntimeError("somebody listened")


@capture(
    "linger-reset",
    "A close that is a reset, because of SO_LINGER with time 0",
    "SO_LINGER 为 0 时以 RST 关闭连接",
    made="recorded",
    look=6,
)
def linger_reset(path: Path) -> None:
    """SO_LINGER with a time of 0 turns close() into an abort: RST instead of FIN, nothing is acknowledged and
    no TIME-WAIT is left behind (RFC 9293 section 3.10.5).
    """
    with pair() as net, net.client.record(path, "tcp"):
        near, far = net.connect()
        with near, far:
            near.sendall(b"that is all\n")
            far.recv(100)
            time.sleep(0.1)
            near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            near.close()
            time.sleep(0.1)


@capture(
    "half-close",
    "Half-closed: one side has sent FIN, the other goes on sending data",
    "半关闭：一方已发 FIN，另一方继续发送数据",
    made="recorded",
    look=6,
)
def half_close(path: Path) -> None:
    """shutdown(SHUT_WR) sends a FIN, which closes one direction only; the answer still flows the other way
    while the first side is in FIN-WAIT-2 (RFC 9293 section 3.6).
    """
    with pair() as net, net.client.record(path, "tcp"):
        near, far = net.connect()
        with near, far:
            near.sendall(b"sort these: 3 1 2\n")
            far.recv(100)
            time.sleep(0.05)
            near.shutdown(socket.SHUT_WR)
            far.recv(100)
            for line in (b"1\n", b"2\n", b"3\n"):
                time.sleep(0.1)
                far.sendall(line)
                near.recv(100)
            far.close()
            time.sleep(0.1)


@capture(
    "simultaneous-open",
    "Both sides send a SYN at the same moment and one connection comes of it",
    "同时打开：双方同时发送 SYN",
    made="recorded",
)
def simultaneous_open(path: Path) -> None:
    """Two SYNs cross on the way; each side goes from SYN-SENT to SYN-RECEIVED and answers SYN+ACK, and nobody
    ever listened (RFC 9293 section 3.5, figure 7).
    """
    with (
        pair(lambda _frame, _forward: 0.2) as net,
        net.caller() as near,
        net.server.socket() as far,
        net.client.record(path, "tcp"),
    ):
        far.bind((net.server.v4, 50000))
        for one, address in ((near, (net.server.v4, 50000)), (far, (net.client.v4, 40000))):
            one.setblocking(False)
            one.connect_ex(address)
        time.sleep(0.9)
        near.send(b"we met in the middle\n")
        time.sleep(0.5)


@capture(
    "simultaneous-close",
    "Both sides send a FIN at the same moment",
    "同时关闭：双方同时发送 FIN",
    made="recorded",
    look=4,
)
def simultaneous_close(path: Path) -> None:
    """Two FINs cross on the way: both sides pass through CLOSING, and both end in TIME-WAIT
    (RFC 9293 section 3.6, figure 13).
    """
    with pair(lambda _frame, _forward: 0.1) as net, net.client.record(path, "tcp"):
        near, far = net.connect()
        with near, far:
            time.sleep(0.3)
            near.close()
            far.close()
            time.sleep(0.5)


@capture(
    "urgent", "An urgent byte: URG set and an urgent pointer", "紧急数据：URG 标志与紧急指针", made="recorded", look=4
)
def urgent(path: Path) -> None:
    """MSG_OOB marks the last byte as urgent. The pointer counts from the sequence number; Linux, like most
    systems, points one past the urgent byte (RFC 9293 section 3.8.5, RFC 6093 section 3.1).
    """
    with pair() as net, net.client.record(path, "tcp"):
        near, far = net.connect()
        with near, far:
            near.send(b"stop!", socket.MSG_OOB)
            time.sleep(0.1)
            near.sendall(b"as I said\n")
            time.sleep(0.1)
            far.recv(100)
            near.close()
            far.recv(100)
            time.sleep(0.1)
        time.sleep(0.1)


@capture(
    "keep-alive",
    "Keep-alive probes on an idle connection",
    "空闲连接上的保活探测",
    made="recorded",
    look=4,
)
def keep_alive(path: Path) -> None:
    """After a second of silence the kernel sends an empty segment whose sequence number is one less than the
    next expected, which the other side must answer (RFC 9293 section 3.8.4, RFC 1122 section 4.2.3.6).
    """
    with pair() as net, ExitStack() as stack, net.client.record(path, "tcp"):  # ends before the sockets close
        near, far = net.connect()
        stack.enter_context(near)
        stack.enter_context(far)
        near.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        near.setsockopt(TCP, socket.TCP_KEEPIDLE, 1)
        near.setsockopt(TCP, socket.TCP_KEEPINTVL, 1)
        time.sleep(3.4)


@capture(
    "zero-window",
    "The receiver's window fills up; probes until it opens again",
    "零窗口与窗口探测",
    made="recorded",
    look=8,
)
def zero_window(path: Path) -> None:
    """The program does not read, so the window shrinks to 0; the sender probes with growing pauses until a
    window update comes (RFC 9293 section 3.8.6.1).
    """
    with pair() as net, net.listen() as listening, net.client.record(path, "tcp"):
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        with net.caller() as near:
            near.connect((net.server.v4, 8080))
            far, _ = listening.accept()
            with far:
                near.setblocking(False)
                near.send(b"x" * 8000)
                time.sleep(2.5)
                taken = 0
                far.settimeout(1)
                while taken < 8000:
                    taken += len(far.recv(8000))
                time.sleep(0.2)
                near.close()
                time.sleep(0.1)
            time.sleep(0.1)


@capture(
    "window-scaling",
    "A window larger than 65535 bytes, by window scaling",
    "窗口缩放：大于 65535 字节的窗口",
    made="recorded",
    look=5,
)
def window_scaling(path: Path) -> None:
    """Both SYNs carry a shift count; after that the 16-bit window is shifted left by the count that its sender
    gave. The window of a SYN itself is never scaled (RFC 7323 section 2).
    """
    with pair() as net:
        net.server.set(net__ipv4__tcp_rmem="4096 4194304 8388608")
        with net.client.record(path, "tcp"):
            near, far = net.connect()
            with near, far:
                near.sendall(b"how much can you take?\n")
                far.recv(100)
                time.sleep(0.1)
                near.close()
                far.recv(10)
            time.sleep(0.1)
