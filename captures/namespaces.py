"""Hosts in network namespaces, joined by a relay that can delay, drop and reorder frames.

Each host is a namespace with TAP devices (TUN for raw IP). A thread of this process carries the
frames from one device to the other, so that nothing leaves the machine, the round trip has a
length that can be seen in the capture, and one can choose exactly which frame is lost.
"""

from __future__ import annotations

import ctypes
import fcntl
import heapq
import os
import select
import signal
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TUN, IFF_TAP, IFF_NO_PI = 1, 2, 0x1000
DELAY = 0.01  # seconds one way, unless a link says otherwise

# Decides what happens to a frame: seconds to hold it, or None to lose it. The second argument
# is True for frames on their way from the first end of the link to the second.
Verdict = Callable[[bytes, bool], float | None]
# May change a frame on its way; returns the seconds to hold it and the frame to deliver.
Rewrite = Callable[[bytes, bool], tuple[float, bytes]]


def in_time(_frame: bytes, _forward: bool) -> float:
    """The verdict of a link that loses nothing."""
    return DELAY


_libc = ctypes.CDLL(None, use_errno=True)


def run(*command: str) -> str:
    """Run a command that must succeed and return what it printed."""
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def _enter(path: str) -> None:
    """Move this thread into the network namespace at `path`."""
    with open(path, "rb") as handle:
        if _libc.setns(handle.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"setns {path}")


@dataclass
class Host:
    """A network namespace of our own."""

    name: str
    mac: str = ""
    v4: str = ""
    v6: str = ""
    device: str = "eth0"

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Work inside the namespace; sockets opened here stay in it."""
        before = f"/proc/self/task/{threading.get_native_id()}/ns/net"
        with open(before, "rb") as home:
            _enter(f"/run/netns/{self.name}")
            try:
                yield
            finally:
                _libc.setns(home.fileno(), CLONE_NEWNET)

    def run(self, *command: str) -> str:
        """Run a command in the namespace."""
        return run("ip", "netns", "exec", self.name, *command)

    def set(self, **settings: str | int) -> None:
        """Set sysctls; `__` in a name stands for the dot, as in `net__ipv4__tcp_ecn=1`."""
        for key, value in settings.items():
            self.run("sysctl", "-qw", f"{key.replace('__', '.')}={value}")

    def socket(self, family: int = socket.AF_INET, kind: int = socket.SOCK_STREAM, protocol: int = 0) -> socket.socket:
        """Open a socket in the namespace."""
        with self.inside():
            made = socket.socket(family, kind, protocol)
        if kind == socket.SOCK_STREAM:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.settimeout(20)
        return made

    def open_tun(self, device: str, flags: int) -> int:
        """Make a TUN or TAP device in the namespace and return its descriptor."""
        with self.inside():
            handle = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            fcntl.ioctl(handle, TUNSETIFF, struct.pack("16sH22x", device.encode(), flags | IFF_NO_PI))
        return handle

    def address(self, device: str, v4: str, v6: str) -> None:
        """Bring a device up with its addresses, without the chatter that a fresh one begins by itself
        (RFC 4861, 4862): no link-local address, no router solicitation, no duplicate detection.
        """
        base = f"net.ipv6.conf.{device}"
        settings = ("accept_ra=0", "dad_transmits=0", "router_solicitations=0", "addr_gen_mode=1", "autoconf=0")
        self.run("sysctl", "-qw", *(f"{base}.{one}" for one in settings))
        self.run("ip", "link", "set", device, "up")
        self.run("ip", "addr", "add", v4, "dev", device)
        self.run("ip", "-6", "addr", "add", v6, "dev", device, "nodad")

    @contextmanager
    def record(self, path: Path, only: str, *options: str, device: str = "") -> Iterator[None]:
        """Write what passes the device to `path` while the block runs; `only` is a tcpdump filter."""
        command = ["ip", "netns", "exec", self.name, "tcpdump", "-Z", "root", "-n", "-U", "--immediate-mode"]
        command += ["-i", device or self.device, "-w", str(path), *options, only]
        # A process group of its own, so that ^C reaches this script first.
        child = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
        assert child.stderr is not None
        try:
            heard = ""
            while "listening on" not in heard:
                heard = child.stderr.readline()
                if not heard:
                    raise RuntimeError(f"tcpdump did not start for {path.name}")
            yield
            time.sleep(0.15)
        finally:
            child.send_signal(signal.SIGINT)
            child.communicate(timeout=10)


@dataclass
class Link:
    """A wire between two devices, kept by a thread of this process."""

    first: int
    second: int
    verdict: Verdict
    rewrite: Rewrite | None = None
    _stop: threading.Event = field(default_factory=threading.Event)

    def carry(self) -> None:
        """Move frames from either end to the other until told to stop."""
        waiting: list[tuple[float, int, int, bytes]] = []
        order = 0
        while not self._stop.is_set():
            pause = min(0.05, max(0.0, waiting[0][0] - time.monotonic())) if waiting else 0.05
            for handle in select.select([self.first, self.second], [], [], pause)[0]:
                frame, forward = os.read(handle, 65536), handle == self.first
                held = self.verdict(frame, forward)
                if self.rewrite is not None:
                    held, frame = self.rewrite(frame, forward)
                if held is not None:
                    order += 1
                    target = self.second if forward else self.first
                    heapq.heappush(waiting, (time.monotonic() + held, order, target, frame))
            while waiting and waiting[0][0] <= time.monotonic():
                _, _, target, frame = heapq.heappop(waiting)
                os.write(target, frame)

    @contextmanager
    def working(self) -> Iterator[None]:
        """Carry frames while the block runs."""
        thread = threading.Thread(target=self.carry, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()
            os.close(self.first)
            os.close(self.second)


@contextmanager
def host(name: str) -> Iterator[Host]:
    """A namespace that is removed afterwards, whatever happens."""
    made = Host(f"dsx-{name}-{os.getpid()}")
    run("ip", "netns", "add", made.name)
    try:
        made.run("ip", "link", "set", "lo", "up")
        made.set(net__ipv4__tcp_congestion_control="reno")  # the one of RFC 5681
        yield made
    finally:
        run("ip", "netns", "del", made.name)


def attach(one: Host, v4: str, v6: str, *, tun: bool = False, device: str = "", mac: str = "") -> int:
    """Give a host a device with its addresses (v4 and v6 with prefix length)."""
    device = device or one.device
    handle = one.open_tun(device, IFF_TUN if tun else IFF_TAP)
    if not tun:
        one.run("ip", "link", "set", device, "address", mac or one.mac)
    one.address(device, v4, v6)
    return handle


def acquaint(one: Host, device: str, other_mac: str, *addresses: str) -> None:
    """Write neighbours into the table by hand, so that no ARP or ND appears."""
    for address in addresses:
        one.run("ip", "neigh", "replace", address, "lladdr", other_mac, "dev", device, "nud", "permanent")


@dataclass
class Pair:
    """Two hosts with a link between them."""

    client: Host
    server: Host
    link: Link

    def listen(self, family: int = socket.AF_INET, port: int = 8080) -> socket.socket:
        """A listening socket on the server."""
        made = self.server.socket(family)
        made.bind((self.server.v4 if family == socket.AF_INET else self.server.v6, port))
        made.listen(4)
        return made

    def caller(self, family: int = socket.AF_INET, port: int = 40000) -> socket.socket:
        """A socket on the client that will call from a port that is easy to recognise."""
        made = self.client.socket(family)
        made.bind((self.client.v4 if family == socket.AF_INET else self.client.v6, port))
        return made

    def connect(self, family: int = socket.AF_INET) -> tuple[socket.socket, socket.socket]:
        """Open a connection; returns the client's and the server's socket."""
        with self.listen(family) as listening:
            near = self.caller(family)
            near.connect(listening.getsockname()[:2])
            far, _ = listening.accept()
        far.settimeout(20)
        return near, far


@contextmanager
def pair(
    verdict: Verdict = in_time, *, rewrite: Rewrite | None = None, tun: bool = False, neighbours: bool = True
) -> Iterator[Pair]:
    """A client 192.0.2.1 / 2001:db8::1 and a server 192.0.2.2 / 2001:db8::2."""
    with ExitStack() as stack:
        near, far = stack.enter_context(host("near")), stack.enter_context(host("far"))
        near.mac, near.v4, near.v6 = "02:00:00:00:00:01", "192.0.2.1", "2001:db8::1"
        far.mac, far.v4, far.v6 = "02:00:00:00:00:02", "192.0.2.2", "2001:db8::2"
        first, second = (attach(one, f"{one.v4}/24", f"{one.v6}/64", tun=tun) for one in (near, far))
        if neighbours and not tun:
            acquaint(near, near.device, far.mac, far.v4, far.v6)
            acquaint(far, far.device, near.mac, near.v4, near.v6)
        link = Link(first, second, verdict, rewrite)
        stack.enter_context(link.working())
        yield Pair(near, far, link)


@contextmanager
def cable() -> Iterator[tuple[Host, Host]]:
    """Two hosts with the addresses of `pair`, joined by the kernel's own veth cable with its offloads on."""
    with host("near") as near, host("far") as far:
        near.mac, near.v4, near.v6 = "02:00:00:00:00:01", "192.0.2.1", "2001:db8::1"
        far.mac, far.v4, far.v6 = "02:00:00:00:00:02", "192.0.2.2", "2001:db8::2"
        near.run("ip", "link", "add", near.device, "type", "veth", "peer", "name", far.device, "netns", far.name)
        for one, other in ((near, far), (far, near)):
            one.run("ip", "link", "set", one.device, "address", one.mac)
            one.address(one.device, f"{one.v4}/24", f"{one.v6}/64")
            acquaint(one, one.device, other.mac, other.v4, other.v6)
        time.sleep(0.2)
        yield near, far


@dataclass
class Route:
    """A client, a router and a server on another network."""

    client: Host
    router: Host
    server: Host


@contextmanager
def routed(router_mtu: int = 1500) -> Iterator[Route]:
    """A client 192.0.2.1 / 2001:db8:1::1, a router, and a server 198.51.100.1 / 2001:db8:2::1; the router
    sends no more than `router_mtu` bytes towards the server.
    """
    with ExitStack() as stack:
        near, middle, far = (stack.enter_context(host(name)) for name in ("near", "middle", "far"))
        near.mac, near.v4, near.v6 = "02:00:00:00:00:01", "192.0.2.1", "2001:db8:1::1"
        far.mac, far.v4, far.v6 = "02:00:00:00:00:02", "198.51.100.1", "2001:db8:2::1"
        inner, outer = "02:00:00:00:00:fe", "02:00:00:00:00:ff"
        ends = [
            attach(near, f"{near.v4}/24", f"{near.v6}/64"),
            attach(middle, "192.0.2.254/24", "2001:db8:1::fe/64", mac=inner),
            attach(middle, "198.51.100.254/24", "2001:db8:2::fe/64", device="eth1", mac=outer),
            attach(far, f"{far.v4}/24", f"{far.v6}/64"),
        ]
        middle.set(net__ipv4__ip_forward=1, net__ipv6__conf__all__forwarding=1)
        middle.run("ip", "link", "set", "eth1", "mtu", str(router_mtu))
        acquaint(near, "eth0", inner, "192.0.2.254", "2001:db8:1::fe")
        acquaint(far, "eth0", outer, "198.51.100.254", "2001:db8:2::fe")
        acquaint(middle, "eth0", near.mac, near.v4, near.v6)
        acquaint(middle, "eth1", far.mac, far.v4, far.v6)
        for one, v4, v6 in ((near, "192.0.2.254", "2001:db8:1::fe"), (far, "198.51.100.254", "2001:db8:2::fe")):
            one.run("ip", "route", "add", "default", "via", v4)
            one.run("ip", "-6", "route", "add", "default", "via", v6)
        for first, second in (ends[:2], ends[2:]):
            stack.enter_context(Link(first, second, in_time).working())
        yield Route(near, middle, far)
