"""The interfaces of this machine: name, addresses, state, link type.

On Linux the kernel is asked (rtnetlink(7)), elsewhere scapy.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
import sys
from collections.abc import Iterator
from typing import NamedTuple

from dissect.capture.live.kernel import COOKED_2, LINK_TYPES
from dissect.capture.live.ring import ANY

GET_LINK, GET_ADDRESS, NEW_LINK, NEW_ADDRESS, DONE, FAILED = 18, 22, 16, 20, 3, 2
DUMP = 0x301  # NLM_F_REQUEST | NLM_F_DUMP
HEADER = struct.Struct("=IHHII")  # length, type, flags, sequence, sender
LINK = struct.Struct("=BxHiII")  # family, hardware type, index, flags, change
ADDRESS = struct.Struct("=BBBBi")  # family, prefix length, flags, scope, index
ATTRIBUTE = struct.Struct("=HH")  # length, type
IFLA_NAME, IFLA_MTU, IFA_ADDRESS, IFA_LOCAL = 3, 4, 1, 2
UP, LOOPBACK, LOWER_UP = 1, 8, 0x10000
LINKS = {1: "Ethernet", 101: "raw IP", 105: "802.11", 119: "802.11", 127: "802.11", 195: "802.15.4", 276: "cooked"}


class Interface(NamedTuple):
    """An interface: `state` is "up", "down", or "no carrier"; `link` its LINKTYPE."""

    name: str
    addresses: tuple[str, ...]
    state: str
    link: int
    mtu: int = 0

    @property
    def link_name(self) -> str:
        """What people call its LINKTYPE."""
        return LINKS.get(self.link, str(self.link))


def interfaces() -> list[Interface]:
    """All interfaces, in the order of their numbers; on Linux `any` stands last."""
    if sys.platform != "linux":
        return _of_scapy()
    addresses: dict[int, list[str]] = {}
    for body in _dump(GET_ADDRESS, NEW_ADDRESS):
        family, prefix, _, _, index = ADDRESS.unpack_from(body)
        values = dict(_attributes(body[ADDRESS.size :]))
        raw = values.get(IFA_LOCAL) or values.get(IFA_ADDRESS)
        if raw and family in (socket.AF_INET, socket.AF_INET6):
            addresses.setdefault(index, []).append(f"{ipaddress.ip_address(raw)}/{prefix}")
    found = []
    for body in _dump(GET_LINK, NEW_LINK):
        _, hardware, index, flags, _ = LINK.unpack_from(body)
        values = dict(_attributes(body[LINK.size :]))
        name = values[IFLA_NAME].rstrip(b"\0").decode(errors="replace")
        state = "down" if not flags & UP else "up" if flags & LOWER_UP else "no carrier"
        mtu = int.from_bytes(values.get(IFLA_MTU, b""), sys.byteorder)
        found.append(Interface(name, tuple(addresses.get(index, ())), state, LINK_TYPES.get(hardware, COOKED_2), mtu))
    return [*found, Interface(ANY, (), "up", COOKED_2)]


def usual() -> str:
    """The interface to capture on where none is named: the first that is up and no loopback, else the first."""
    candidates = [each for each in interfaces() if each.name != ANY]
    outward = [each for each in candidates if each.state == "up" and not each.name.startswith("lo")]
    chosen = [each for each in outward if each.addresses] or outward or candidates
    return chosen[0].name if chosen else ANY


def _dump(request: int, wanted: int) -> Iterator[bytes]:
    """The bodies of the messages that answer a request for all there is."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as kernel:
        body = LINK.pack(0, 0, 0, 0, 0) if request == GET_LINK else ADDRESS.pack(0, 0, 0, 0, 0)
        kernel.send(HEADER.pack(HEADER.size + len(body), request, DUMP, 1, 0) + body)
        while True:
            data = kernel.recv(1 << 18)
            at = 0
            while at + HEADER.size <= len(data):
                length, kind, *_ = HEADER.unpack_from(data, at)
                if kind in (DONE, FAILED) or length < HEADER.size:
                    return
                if kind == wanted:
                    yield data[at + HEADER.size : at + length]
                at += (length + 3) & ~3


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + ATTRIBUTE.size <= len(data):
        length, kind = ATTRIBUTE.unpack_from(data, at)
        if length < ATTRIBUTE.size:
            return
        yield kind & 0x3FFF, data[at + ATTRIBUTE.size : at + length]
        at += (length + 3) & ~3


def _of_scapy() -> list[Interface]:
    from scapy.config import conf

    conf.ifaces.reload()
    return [
        Interface(each.name, tuple(ip for version in each.ips.values() for ip in version if ip), "up" if each.is_valid() else "down", 1)
        for each in conf.ifaces.values()
    ]  # fmt: skip
