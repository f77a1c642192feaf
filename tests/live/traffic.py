"""Sends traffic of the kinds named, on the device named, from 10.77.0.1 and fd77::1 to .2; runs in a namespace."""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
import time

DEVICE = sys.argv[1]
V4, V6 = "10.77.0.2", "fd77::2"


def udp(size: int = 20, times: int = 3, host: str = V4, port: int = 9) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sender:
        for number in range(times):
            with contextlib.suppress(ConnectionRefusedError):
                sender.sendto(struct.pack("!I", number) + bytes(size - 4), (host, port))


def fragments() -> None:
    udp(5000, 2)
    udp(5000, 2, V6)


def echo() -> None:
    """ICMP and ICMPv6 echo requests, as ping sends them."""
    for family, protocol, kind, host in ((socket.AF_INET, 1, 8, V4), (socket.AF_INET6, 58, 128, V6)):
        with socket.socket(family, socket.SOCK_RAW, protocol) as sender:
            for number in range(3):
                message = struct.pack("!BBHHH", kind, 0, 0, 77, number) + bytes(range(32))
                if family == socket.AF_INET:
                    total = sum(struct.unpack(f"!{len(message) // 2}H", message))
                    total = (total & 0xFFFF) + (total >> 16)
                    message = message[:2] + struct.pack("!H", ~total & 0xFFFF) + message[4:]
                sender.sendto(message, (host, 0))


def tcp() -> None:
    """A connection with an urgent byte, and a few segments of data."""
    for host in (V4, V6):
        with socket.create_connection((host, 8077), timeout=5) as stream:
            stream.sendall(b"GET / HTTP/1.0\r\n")
            stream.send(b"!", socket.MSG_OOB)
            stream.sendall(b"\r\n\r\n")
            while stream.recv(65536):
                pass


def tagged() -> None:
    """Frames with one VLAN tag, with two, and one whose tag is of priority only; the kernel takes the outer one off."""
    packet = bytes.fromhex("4500001c000140004011" + "0000" + "0a4d0001" + "0a4d0002" + "00090009" + "00080000")
    macs = bytes.fromhex("ffffffffffff 020000000001")
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
        sender.bind((DEVICE, 0))
        for tags in ("81000005", "8100a00f", "88a80064" + "81000007", "81006000"):
            sender.send(macs + bytes.fromhex(tags) + b"\x08\x00" + packet + bytes(20))


def many() -> None:
    """Twenty thousand small packets."""
    udp(18, 20_000)


def steady() -> None:
    """Fifty packets a second until killed."""
    while True:
        udp(40, 5)
        time.sleep(0.1)


KINDS = {"udp": udp, "fragments": fragments, "echo": echo, "tcp": tcp, "tagged": tagged, "many": many, "steady": steady}
for name in sys.argv[2:]:
    if name == "udp6":
        udp(host=V6)
    else:
        KINDS[name]()
