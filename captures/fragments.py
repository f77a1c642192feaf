"""Datagrams in fragments, recorded from the kernel: in order, out of order, one missing."""

from __future__ import annotations

import time
from pathlib import Path

from datagrams import PATTERN, V6, say
from namespaces import DELAY, pair
from registry import capture

NO_MULTICAST_REPORTS = "ip6 and ip6[6] != 0"  # these have a hop-by-hop header


def _fragment_offset(frame: bytes) -> int:
    """Where in the datagram an Ethernet frame's fragment begins, in bytes; -1 if it is no fragment."""
    if frame[12:14] == b"\x86\xdd":
        return int.from_bytes(frame[56:58], "big") & 0xFFF8 if frame[20] == 44 else -1
    word = int.from_bytes(frame[20:22], "big")
    return (word & 0x1FFF) * 8 if frame[12:14] == b"\x08\0" and word & 0x3FFF else -1


def _first_late(frame: bytes, _forward: bool) -> float:
    """The first fragment arrives last."""
    return DELAY + 0.02 if _fragment_offset(frame) == 0 else DELAY


def _middle_lost(frame: bytes, _forward: bool) -> float | None:
    """The second fragment never arrives."""
    return None if 0 < _fragment_offset(frame) < 2000 else DELAY


@capture(
    "fragments-v4-in-order",
    "A datagram of 3108 bytes in three IPv4 fragments",
    "一个 UDP 数据报分为三个 IPv4 分片",
    made="recorded",
    look=2,
)
def fragments_v4_in_order(path: Path) -> None:
    """All three carry the same identification; MF says that more follow and the offset counts in units of
    8 bytes (RFC 791 section 3.2). Only the first has the UDP header.
    """
    with pair() as net, net.server.record(path, "ip"):
        say(net.client, net.server, PATTERN[:3100])


@capture(
    "fragments-v4-out-of-order",
    "IPv4 fragments of which the first arrives last",
    "乱序到达的 IPv4 分片",
    made="recorded",
    look=3,
)
def fragments_v4_out_of_order(path: Path) -> None:
    """The offsets alone tell where each piece goes; until the one at 0 is there nobody knows the ports
    (RFC 791 section 3.2).
    """
    with pair(_first_late) as net, net.server.record(path, "ip"):
        say(net.client, net.server, PATTERN[:3100])


@capture(
    "fragments-v4-missing",
    "An IPv4 fragment is lost: reassembly gives up and says so",
    "缺少一个 IPv4 分片：重组超时",
    made="recorded",
    look=3,
)
def fragments_v4_missing(path: Path) -> None:
    """The middle of three fragments never comes; after its timeout (1 s here, 30 s as a rule) the receiver
    sends ICMP time exceeded, code 1 (RFC 791 section 3.2, RFC 792).
    """
    with pair(_middle_lost) as net, net.server.record(path, "ip"):
        net.server.set(net__ipv4__ipfrag_time=1)
        say(net.client, net.server, PATTERN[:3100])
        time.sleep(1.5)


@capture(
    "fragments-v6-in-order",
    "A datagram in three IPv6 fragments",
    "一个 UDP 数据报分为三个 IPv6 分片",
    made="recorded",
    look=2,
)
def fragments_v6_in_order(path: Path) -> None:
    """The sender alone fragments; offset, M flag and a 32-bit identification are in an extension header
    (RFC 8200 section 4.5).
    """
    with pair() as net, net.server.record(path, NO_MULTICAST_REPORTS):
        say(net.client, net.server, PATTERN[:3100], V6)


@capture(
    "fragments-v6-out-of-order",
    "IPv6 fragments of which the first arrives last",
    "乱序到达的 IPv6 分片",
    made="recorded",
    look=3,
)
def fragments_v6_out_of_order(path: Path) -> None:
    """As with IPv4, the offsets put the pieces in order (RFC 8200 section 4.5)."""
    with pair(_first_late) as net, net.server.record(path, NO_MULTICAST_REPORTS):
        say(net.client, net.server, PATTERN[:3100], V6)


@capture(
    "fragments-v6-missing",
    "An IPv6 fragment is lost: reassembly gives up and says so",
    "缺少一个 IPv6 分片：重组超时",
    made="recorded",
    look=3,
)
def fragments_v6_missing(path: Path) -> None:
    """After the timeout (1 s here, 60 s in the RFC) comes ICMPv6 time exceeded, code 1
    (RFC 8200 section 4.5, RFC 4443 section 3.3).
    """
    with pair(_middle_lost) as net, net.server.record(path, NO_MULTICAST_REPORTS):
        net.server.set(net__ipv6__ip6frag_time=1)
        say(net.client, net.server, PATTERN[:3100], V6)
        time.sleep(1.5)
