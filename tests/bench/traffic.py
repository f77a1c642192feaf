"""Real traffic between two network namespaces, recorded at the client's device: web pages, TLS, DNS, bulk data
with and without segmentation offload, losses, fragments, echoes; over IPv4 and IPv6.

The addresses are those set aside for measurements (RFC 2544: 198.18.0.0/15, RFC 5180: 2001:2::/48). The third octet
of an IPv4 address, and the last but one of an IPv6 address, tell the client (1) from the server (255).
"""

from __future__ import annotations

import os
import random
import shutil
import socket
import ssl
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from http.client import HTTPConnection, HTTPSConnection
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingTCPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from captures.namespaces import Host

ROOT = Path(__file__).resolve().parents[2]
V4, V6 = socket.AF_INET, socket.AF_INET6
NEAR, FAR = {V4: "198.18.1.1", V6: "2001:2::101"}, {V4: "198.19.255.2", V6: "2001:2::ff02"}
PROGRAMS = ("ip", "tcpdump", "ethtool", "nft", "openssl")
OFFLOADS = ("tso", "gso", "gro", "tx", "rx")
SITES = ("www", "mail", "api", "cdn", "static", "login", "images")
LARGEST = 24_000  # bytes of a web page


def hindrance() -> str:
    """Why no traffic can be made here; empty where it can."""
    if not hasattr(os, "geteuid") or os.geteuid():
        return "recording traffic between network namespaces needs root"
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    return f"recording traffic needs {', '.join(missing)}" if missing else ""


def record(folder: Path, wanted: dict[str, int]) -> dict[str, Path]:
    """Make each part of `PARTS` with at least about `wanted` packets; gives where they were recorded."""
    found: dict[str, Path] = {}
    with _wire() as (near, far), _services(folder, far):
        for name, count in wanted.items():
            path = folder / f"{name}.pcap"
            for one in (near, far):  # before tcpdump looks how large frames can become
                _offload(one, on=name == "offload")
            with near.record(path, "ip or ip6", "-B", "65536"):
                PARTS[name](near, far, count)
            found[name] = path
    return found


@contextmanager
def _wire() -> Iterator[tuple[Host, Host]]:
    """The client and the server on a veth cable, frames of the wire's size, checksums filled in."""
    from captures.namespaces import acquaint, host

    with host("bench-near") as near, host("bench-far") as far:
        near.mac, far.mac = "02:00:00:00:00:01", "02:00:00:00:00:02"
        near.run("ip", "link", "add", near.device, "type", "veth", "peer", "name", far.device, "netns", far.name)
        for one, mine, other, theirs in ((near, NEAR, far, FAR), (far, FAR, near, NEAR)):
            one.run("ip", "link", "set", one.device, "address", one.mac)
            one.address(one.device, f"{mine[V4]}/15", f"{mine[V6]}/64")
            acquaint(one, one.device, other.mac, *theirs.values())
            one.set(net__ipv4__ping_group_range="0 0")
        time.sleep(0.2)
        yield near, far


def _offload(one: Host, *, on: bool) -> None:
    one.run("ethtool", "-K", one.device, *(word for name in OFFLOADS for word in (name, "on" if on else "off")))


class _Pages(SimpleHTTPRequestHandler):
    """The files of this repository, and bytes of chance under `/chance/N`."""

    def log_message(self, *arguments: object) -> None:
        pass

    def do_GET(self) -> None:
        if not self.path.startswith("/chance/"):
            return super().do_GET()
        size = int(self.path.rsplit("/", 1)[1])
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(size))
        self.end_headers()
        self.wfile.write(_chance(size))
        return None


def _chance(size: int) -> bytes:
    return random.Random(size).randbytes(size)


class _Server(ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # a client that has gone


@contextmanager
def _services(folder: Path, far: Host) -> Iterator[None]:
    """Web, TLS, DNS and two sinks on the server, over both versions of IP."""
    context = _certified(folder)
    names = {question: answer for question, answer, _ in _names()}
    with ExitStack() as stack:
        for family in (V4, V6):
            for port in (80, 443):
                with far.inside():
                    server = _Server((FAR[family], port), partial(_Pages, directory=str(ROOT)), bind_and_activate=False)
                    server.socket.close()
                    server.socket = socket.socket(family, socket.SOCK_STREAM)
                    server.server_bind()
                    server.server_activate()
                if port == 443:
                    server.socket = context.wrap_socket(server.socket, server_side=True)
                threading.Thread(target=server.serve_forever, daemon=True).start()
                stack.callback(server.server_close)
                stack.callback(server.shutdown)
            dns, discard, sink = (
                far.socket(family, kind) for kind in (socket.SOCK_DGRAM, socket.SOCK_DGRAM, socket.SOCK_STREAM)
            )
            for one, port in ((dns, 53), (discard, 9), (sink, 5001)):
                stack.enter_context(one).settimeout(None)
                one.bind((FAR[family], port))
            sink.listen(16)
            threading.Thread(target=_answer, args=(dns, names), daemon=True).start()
            threading.Thread(target=_swallow, args=(sink,), daemon=True).start()
        yield


def _certified(folder: Path) -> ssl.SSLContext:
    """A server's TLS with a certificate of its own."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=www.example.com",
         "-keyout", key, "-out", certificate], check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def _names() -> list[tuple[bytes, bytes, bytes]]:
    """Questions as they are sent, without their identifier, with their answers likewise; and the whole question."""
    from scapy.layers.dns import DNS, DNSQR, DNSRR

    found = []
    for number in range(400):
        name = f"{SITES[number % 7]}{number}.example.com"
        kind, data = ("AAAA", f"2001:db8::{number:x}") if number % 3 == 0 else ("A", f"192.0.2.{number % 250 + 1}")
        question = DNSQR(qname=name, qtype=kind)
        alias = DNSRR(rrname=name, type="CNAME", ttl=300, rdata=f"edge{number % 9}.example.net")
        address = DNSRR(rrname=f"edge{number % 9}.example.net", type=kind, ttl=60, rdata=data)
        asked = bytes(DNS(id=0, rd=1, qd=question))
        answers = [alias, address] if number % 2 else [DNSRR(rrname=name, type=kind, ttl=60, rdata=data)]
        found.append((asked[2:], bytes(DNS(id=0, qr=1, rd=1, ra=1, qd=question, an=answers))[2:], asked))
    return found


def _answer(server: socket.socket, names: dict[bytes, bytes]) -> None:
    with suppress(OSError):  # closed at the end
        while True:
            asked, peer = server.recvfrom(2048)
            server.sendto(asked[:2] + names[asked[2:]], peer)


def _swallow(server: socket.socket) -> None:
    with suppress(OSError):
        while True:
            taken, _ = server.accept()
            threading.Thread(target=_drain, args=(taken,), daemon=True).start()


def _drain(taken: socket.socket) -> None:
    with taken, suppress(OSError):
        while taken.recv(1 << 18):
            pass


def _together(work: Callable[[int], None], near: Host, count: int) -> None:
    """Do `work` `count` times inside the client's namespace, four at a time."""
    left = iter(range(count))

    def some() -> None:
        with near.inside():
            for number in left:
                work(number)

    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(some) for _ in range(4)]:
            done.result()


def _pages() -> list[str]:
    """Files of this repository as a web site's pages."""
    found = [path for folder in ("captures", "dissect") for path in sorted((ROOT / folder).rglob("*.*"))]
    small = [
        path for path in found if path.suffix in (".py", ".md", ".toml", ".pcap") and path.stat().st_size < LARGEST
    ]
    return [f"/{path.relative_to(ROOT)}" for path in small]


def web(
    near: Host, far: Host, count: int, family: socket.AddressFamily = V4, context: ssl.SSLContext | None = None
) -> None:
    """A connection a page, as browsers without keep-alive did; about 17 packets each."""
    pages, order = _pages(), random.Random(family)
    chosen = [order.choice(pages) for _ in range(count // 16)]

    def fetch(number: int) -> None:
        made = HTTPSConnection(FAR[family], 443, context=context) if context else HTTPConnection(FAR[family], 80)
        made.request("GET", chosen[number], headers={"User-Agent": "bench", "Accept": "*/*", "Accept-Language": "en"})
        made.getresponse().read()
        made.close()

    _together(fetch, near, len(chosen))


def web6(near: Host, far: Host, count: int) -> None:
    """The same over IPv6."""
    web(near, far, count, V6)


def tls(near: Host, far: Host, count: int) -> None:
    """Pages over TLS 1.3, and a third of them over 1.2 and IPv6, where the certificate can be read."""
    for share, family, version in ((2, V4, ssl.TLSVersion.TLSv1_3), (1, V6, ssl.TLSVersion.TLSv1_2)):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.maximum_version = version
        web(near, far, count * share // 3, family, context)


def dns(near: Host, far: Host, count: int) -> None:
    """Questions and answers over UDP, both versions of IP."""
    asked = [question for _, _, question in _names()]
    for family in (V4, V6):
        with near.socket(family, socket.SOCK_DGRAM) as client:
            client.connect((FAR[family], 53))
            for number in range(count // 4):
                client.send(struct.pack("!H", number * 40503 % 65536) + asked[number % len(asked)][2:])
                client.recv(2048)


def bulk(near: Host, far: Host, count: int, family: socket.AddressFamily = V4, size: int = 2_000_000) -> None:
    """Data in one direction, frames of the wire's size: two thirds data, one third acknowledgements."""
    data = _chance(size)
    for _ in range(1 + count * 1250 // size):
        with near.socket(family) as client:
            client.connect((FAR[family], 5001))
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)
            client.recv(1)


def download(near: Host, far: Host, count: int) -> None:
    """Large objects over HTTP."""

    def fetch(number: int) -> None:
        made = HTTPConnection(FAR[V4], 80)
        made.request("GET", f"/chance/{300_000 + number % 7 * 50_000}")
        made.getresponse().read()
        made.close()

    _together(fetch, near, 1 + count * 1200 // 450_000)


def loss(near: Host, far: Host, count: int) -> None:
    """Data over IPv6 of which the server loses every fiftieth packet, so that even a short capture has some."""
    far.run("nft", "add table inet lossy; add chain inet lossy in { type filter hook input priority 0; };"
            " add rule inet lossy in tcp dport 5001 numgen inc mod 50 == 25 drop")  # fmt: skip
    bulk(near, far, count, V6, 300_000)
    far.run("nft", "delete table inet lossy")


def offload(near: Host, far: Host, count: int) -> None:
    """Segments larger than the wire's, checksums left to the card."""
    data = _chance(60_000)
    with near.socket() as client:
        client.connect((FAR[V4], 5001))
        for _ in range(count // 2):
            client.sendall(data)
            time.sleep(0.002)  # tcpdump has room for few packets of this size


def fragments(near: Host, far: Host, count: int) -> None:
    """Datagrams in three pieces."""
    for family in (V4, V6):
        with near.socket(family, socket.SOCK_DGRAM) as client:
            for number in range(count // 6 + 1):
                client.sendto(_chance(3200 + number % 1000), (FAR[family], 9))


def echo(near: Host, far: Host, count: int) -> None:
    """Echo requests and replies."""
    for family, protocol, kind in ((V4, socket.IPPROTO_ICMP, 8), (V6, socket.IPPROTO_ICMPV6, 128)):
        with near.socket(family, socket.SOCK_DGRAM, protocol) as client:
            for number in range(count // 4 + 1):
                client.sendto(struct.pack("!BxHHH", kind, 0, 0, number % 65536) + bytes(range(56)), (FAR[family], 0))
                client.recv(2048)


PARTS: dict[str, Callable[[Host, Host, int], None]] = {
    "web": web, "web6": web6, "tls": tls, "dns": dns, "bulk": bulk, "download": download, "loss": loss,
    "offload": offload, "fragments": fragments, "echo": echo,
}  # fmt: skip
