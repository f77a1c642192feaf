"""A ping and a UDP datagram from one host to another, which several captures send."""

from __future__ import annotations

import socket
import struct
import time

from crafting import checksum
from namespaces import Host

V4, V6, UDP = socket.AF_INET, socket.AF_INET6, socket.SOCK_DGRAM
IP_MTU_DISCOVER = 10
PATTERN = bytes(range(97, 123)) * 120


def ping(near: Host, address: str, count: int = 2) -> None:
    """Send echo requests from a raw socket and wait for each answer; an IPv6 checksum is the kernel's work."""
    newer = ":" in address
    family, protocol = (V6, socket.IPPROTO_ICMPV6) if newer else (V4, socket.IPPROTO_ICMP)
    with near.socket(family, socket.SOCK_RAW, protocol) as raw:
        for number in range(1, count + 1):
            header = struct.pack("!BBHHH", 128 if newer else 8, 0, 0, 0x1234, number)
            data = bytes(range(0x61, 0x71))
            if not newer:
                header = header[:2] + struct.pack("!H", checksum(header + data)) + header[4:]
            raw.sendto(header + data, (address, 0))
            time.sleep(0.1)


def say(near: Host, far: Host, data: bytes, family: socket.AddressFamily = V4, *, heard: bool = True) -> None:
    """One UDP datagram from port 40000 to port 9000, which somebody has opened if `heard`."""
    with near.socket(family, UDP) as sender, far.socket(family, UDP) as receiver:
        if heard:
            receiver.bind((far.v4 if family == V4 else far.v6, 9000))
        sender.bind((near.v4 if family == V4 else near.v6, 40000))
        if family == V4:  # never "do not fragment"
            sender.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, 0)
        sender.sendto(data, (far.v4 if family == V4 else far.v6, 9000))
        time.sleep(0.15)
