"""Every way through the states of TCP, recorded from the kernel together with the states that it was in meanwhile.

Beside the capture stands `NAME.states`: a line a change, with the time, the client's port, which end, and the
state that the kernel showed in /proc/net/tcp, looked at every millisecond or so.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from losses import ACK, _flags_and_size
from namespaces import Host, Pair, pair
from registry import capture

FIN, SYN = 0x01, 0x02
WAY = 0.02  # seconds from one end to the other
NAMES = {
    "01": "ESTABLISHED", "02": "SYN_SENT", "03": "SYN_RECEIVED", "04": "FIN_WAIT_1", "05": "FIN_WAIT_2", "06": "TIME_WAIT",
    "08": "CLOSE_WAIT", "09": "LAST_ACK", "0B": "CLOSING", "0C": "SYN_RECEIVED",
}  # fmt: skip
CLIENT, SERVER, PORT = "192.0.2.1", "192.0.2.2", 8080
LINGER = struct.pack("ii", 1, 0)


def _states(client: bool) -> dict[int, str]:
    """What the kernel of this thread's namespace shows: the client's port → the connection's state."""
    found = {}
    for line in Path("/proc/thread-self/net/tcp").read_text().splitlines()[1:]:
        _, local, remote, state, *_ = line.split()
        port = int((local if client else remote).partition(":")[2], 16)
        if state in NAMES and 40000 <= port < 41000:
            found[port] = NAMES[state]
    return found


def _watch(host: Host, client: bool, changes: list[str], stop: threading.Event) -> None:
    """Note every change until told to stop."""
    end = "client" if client else "server"
    with host.inside():
        before: dict[int, str] = {}
        while not stop.is_set():
            now = _states(client)
            moment = time.time_ns()
            for port in sorted(before.keys() | now.keys()):
                if before.get(port) != now.get(port):
                    changes.append(f"{moment} {port} {end} {now.get(port, 'CLOSED')}")
            before = now
            time.sleep(0.001)


@contextmanager
def watched(net: Pair, path: Path) -> Iterator[None]:
    """Write the states of both ends' connections beside the capture."""
    changes: list[str] = []
    stop = threading.Event()
    ends = ((net.client, True), (net.server, False))
    threads = [threading.Thread(target=_watch, args=(host, client, changes, stop)) for host, client in ends]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    path.with_suffix(".states").write_text("\n".join(sorted(changes)) + "\n", encoding="utf-8")


class Losing:
    """Loses the first SYN of port 40010, the handshake's ACK of 40011, the last ACK of 40012, all SYNs of 40013."""

    def __init__(self) -> None:
        self.seen: dict[str, int] = {}

    def __call__(self, frame: bytes, forward: bool) -> float | None:
        """Decide about a frame."""
        if frame[12:14] != b"\x08\0" or frame[23] != 6 or not forward:
            return WAY
        port = int.from_bytes(frame[34:36], "big")
        flags, size = _flags_and_size(frame)
        what = "syn" if flags & SYN else "ack" if flags == ACK and not size else "fin" if flags & FIN else ""
        turn = self.seen[f"{port} {what}"] = self.seen.get(f"{port} {what}", 0) + 1
        closed = self.seen.get(f"{port} fin", 0) > 0
        lost = (
            (port == 40010 and what == "syn" and turn == 1)
            or (port == 40011 and what == "ack" and turn == 1)
            or (port == 40012 and what == "ack" and closed and not self.seen.get("40012 lost"))
            or (port == 40013 and what == "syn")
        )
        if lost and port == 40012:
            self.seen["40012 lost"] = 1
        return None if lost else WAY


Ends = tuple[socket.socket, socket.socket]


def _connected(net: Pair, port: int) -> Ends:
    with net.listen() as listening, net.caller(port=port) as near:
        near.connect((SERVER, PORT))
        far, _ = listening.accept()
        far.settimeout(20)
        time.sleep(0.1)
        return near.dup(), far


def _four_way(near: socket.socket, far: socket.socket) -> None:
    near.close()
    far.recv(1)
    time.sleep(0.15)
    far.close()


def _three_way(near: socket.socket, far: socket.socket) -> None:
    far.close()  # the server closes first
    near.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 0)
    near.recv(1)
    near.close()


def _half(near: socket.socket, far: socket.socket) -> None:
    near.shutdown(socket.SHUT_WR)
    far.recv(1)
    for _ in range(3):
        time.sleep(0.08)
        far.sendall(b"still here\n")
        near.recv(100)
    far.close()
    time.sleep(0.1)
    near.close()


def _both(near: socket.socket, far: socket.socket) -> None:
    near.close()
    far.close()


def _abort(near: socket.socket, far: socket.socket) -> None:
    near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER)
    near.close()
    time.sleep(0.1)
    far.close()


def _unread(near: socket.socket, far: socket.socket) -> None:
    near.sendall(b"nobody reads this\n")
    time.sleep(0.1)
    far.close()
    time.sleep(0.1)
    near.close()


def _late(near: socket.socket, far: socket.socket) -> None:
    near.close()
    far.recv(1)
    time.sleep(0.1)
    far.sendall(b"too late\n")  # nobody is there to read it: RST
    time.sleep(0.1)
    far.close()


def _last_ack_lost(near: socket.socket, far: socket.socket) -> None:
    near.shutdown(socket.SHUT_WR)
    far.recv(1)
    time.sleep(0.1)
    far.close()
    time.sleep(0.6)
    near.close()


WAYS: dict[int, Callable[[socket.socket, socket.socket], None]] = {
    40001: _four_way, 40002: _three_way, 40003: _half, 40005: _both, 40007: _abort, 40008: _unread, 40009: _late,
    40010: _four_way, 40012: _last_ack_lost,
}  # fmt: skip


def _meet(net: Pair) -> None:
    """Simultaneous open, from port 40004 to 50004."""
    with net.caller(port=40004) as near, net.server.socket() as far:
        far.bind((SERVER, 50004))
        for one, address in ((near, (SERVER, 50004)), (far, (CLIENT, 40004))):
            one.setblocking(False)
            one.connect_ex(address)
        time.sleep(0.4)
        near.close()
        time.sleep(0.1)
        far.close()
        time.sleep(0.1)


@capture(
    "states",
    "Every way through the states of a connection, one connection each",
    "连接状态的各种走法，每条连接一种",
    made="recorded",
)
def states(path: Path) -> None:
    """Client ports tell them apart. 40001: close in four segments; 40002: in three, the server first; 40003: half-close;
    40004: simultaneous open; 40005: simultaneous close; 40006: refused; 40007: abort by SO_LINGER; 40008: RST because
    data was left unread; 40009: RST in answer to data that nobody reads any more; 40010: the first SYN is lost; 40011:
    the handshake's ACK is lost; 40012: the last ACK is lost; 40013: no SYN is ever answered (RFC 9293 section 3.3.2).
    states.states lists the states that the kernel showed meanwhile.
    """
    with pair(Losing()) as net, net.client.record(path, "tcp"), watched(net, path):
        for port, close in WAYS.items():
            near, far = _connected(net, port)
            close(near, far)
            time.sleep(0.15)
        _meet(net)
        with net.caller(port=40006) as near:
            near.connect_ex((SERVER, 8081))
        with net.listen() as listening, net.caller(port=40011) as near:
            near.connect((SERVER, PORT))
            far, _ = listening.accept()  # only once the SYN+ACK has come a second time
            with far:
                time.sleep(0.3)
        time.sleep(0.1)
        with net.caller(port=40013) as near:
            near.setblocking(False)
            near.connect_ex((SERVER, PORT))
            time.sleep(1.4)
