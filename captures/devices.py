"""What the kernel's devices show, recorded: offload, tunnels, devices without Ethernet (BIG TCP, VXLAN, TUN)."""

from __future__ import annotations

import socket
import struct
import time
from pathlib import Path

from datagrams import PATTERN, V4, V6, ping
from namespaces import Host, acquaint, cable, pair
from registry import capture


@capture(
    "offload",
    "Segments larger than the MTU with unfinished checksums, as the sender sees them",
    "网卡卸载：大于 MTU 的报文段与未完成的校验和",
    made="recorded",
    look=4,
)
def offload(path: Path) -> None:
    """Recorded before the network card did its part: segmentation (TSO) is still to come, and the TCP checksum
    holds only the sum of the pseudo header. Nothing is wrong with it on the wire (RFC 9293 section 3.1).
    """
    with cable() as (near_host, far_host), near_host.record(path, "tcp"), far_host.socket() as listening:
        listening.bind((far_host.v4, 8080))
        listening.listen(1)
        with near_host.socket() as near:
            near.bind((near_host.v4, 40000))
            near.connect((far_host.v4, 8080))
            far, _ = listening.accept()
            with far:
                time.sleep(0.1)
                near.sendall((PATTERN * 3)[:6000])
                taken = 0
                while taken < 6000:
                    taken += len(far.recv(6000))
                time.sleep(0.1)
                near.close()
                far.recv(10)
            time.sleep(0.1)


@capture(
    "big-tcp",
    "BIG TCP: segments larger than 65535 bytes on their way to the network card",
    "BIG TCP：大于 65535 字节的报文段",
    made="recorded",
)
def big_tcp(path: Path) -> None:
    """With gso_max_size above 64 KB the kernel hands the card segments for which the IPv4 total length has no
    room: it is 0, and the frame's length counts. Over IPv6 a jumbo payload option or a payload length of 0 does
    the same. Only segments larger than 65535 bytes, and of each only 128 bytes (Linux ip-link(8), RFC 2675).
    """
    with cable() as (near_host, far_host), near_host.record(path, "greater 65600", "-s", "128"):
        for one in (near_host, far_host):
            _allow_large(one, 200_000)
        for family, address in ((V4, far_host.v4), (V6, far_host.v6)):
            _flood(near_host, far_host, family, address)


def _allow_large(one: Host, size: int) -> None:
    """Set the largest segment that eth0 takes from the kernel and gives to it, for both IP versions. By netlink,
    because an older `ip` does not know the IPv4 ones: IFLA_GSO_MAX_SIZE 41, IFLA_GRO_MAX_SIZE 58,
    IFLA_GSO_IPV4_MAX_SIZE 63, IFLA_GRO_IPV4_MAX_SIZE 64.
    """
    with one.inside():
        number = socket.if_nametoindex("eth0")
    body = struct.pack("BxHiII", 0, 0, number, 0, 0)
    body += b"".join(struct.pack("HHI", 8, attribute, size) for attribute in (41, 58, 63, 64))
    with one.socket(socket.AF_NETLINK, socket.SOCK_RAW) as link:
        link.send(struct.pack("IHHII", 16 + len(body), 16, 5, 1, 0) + body)  # RTM_NEWLINK, request and ack
        answer = struct.unpack_from("i", link.recv(4096), 16)[0]
    if answer:
        raise OSError(-answer, "the device takes no segments that large")


def _flood(near_host: Host, far_host: Host, family: socket.AddressFamily, address: str) -> None:
    """Send 800 kB, so that the window grows far enough for the largest segments."""
    with far_host.socket(family) as listening, near_host.socket(family) as near:
        listening.bind((address, 8080))
        listening.listen(1)
        near.bind((near_host.v4 if family == V4 else near_host.v6, 40000))
        near.connect((address, 8080))
        far, _ = listening.accept()
        with far:
            for _ in range(4):
                near.sendall(bytes(200_000))
                taken = 0
                while taken < 200_000:
                    taken += len(far.recv(200_000))


@capture(
    "vxlan",
    "VXLAN: whole Ethernet frames in UDP",
    "VXLAN：UDP 中的以太网帧",
    made="recorded",
)
def vxlan(path: Path) -> None:
    """A ping between 198.51.100.1 and .2 inside network 42; outside it is UDP to port 4789, whose source port
    is a hash of the inner addresses and whose checksum is 0 (RFC 7348 section 5).
    """
    with pair() as net:
        for one, other, inner, peer, mac in (
            (net.client, net.server, "198.51.100.1", "198.51.100.2", "02:00:00:00:01:02"),
            (net.server, net.client, "198.51.100.2", "198.51.100.1", "02:00:00:00:01:01"),
        ):
            kind = ("type", "vxlan", "id", "42", "remote", other.v4, "dev", "eth0", "dstport", "4789", "nolearning")
            one.run("ip", "link", "add", "vx0", *kind)
            own = "02:00:00:00:01:01" if one is net.client else "02:00:00:00:01:02"
            one.run("ip", "link", "set", "vx0", "address", own)
            one.address("vx0", f"{inner}/24", f"2001:db8:42::{inner[-1]}/64")
            acquaint(one, "vx0", mac, peer)
        time.sleep(0.2)
        with net.client.record(path, "udp port 4789 and udp[28:2] = 0x0800"):
            ping(net.client, "198.51.100.2", 1)


@capture("raw-ip", "Packets without a link layer, from a TUN device", "没有链路层的数据包（TUN 设备）", made="recorded")
def raw_ip(path: Path) -> None:
    """Link type 101: the record begins with the IP header, and its first four bits tell version 4 from 6
    (as in most VPNs; RFC 791 section 3.1, RFC 8200 section 3).
    """
    with pair(tun=True) as net, net.client.record(path, "icmp or icmp6"):
        ping(net.client, net.server.v4, 1)
        ping(net.client, net.server.v6, 1)


def _cooked(path: Path, kind: str) -> None:
    """A ping of each version, recorded from all devices at once."""
    with pair() as net, net.client.record(path, "icmp or icmp6", "-y", kind, device="any"):
        ping(net.client, net.server.v4, 1)
        ping(net.client, net.server.v6, 1)


@capture("cooked-v1", "Recorded with `-i any`: Linux cooked header, version 1", "Linux cooked 第 1 版", made="recorded")
def cooked_v1(path: Path) -> None:
    """Link type 113: 16 bytes with direction, hardware type, address and EtherType in place of the Ethernet
    header; the device is not named. Pings of both IP versions.
    """
    _cooked(path, "LINUX_SLL")


@capture("cooked-v2", "Recorded with `-i any`: Linux cooked header, version 2", "Linux cooked 第 2 版", made="recorded")
def cooked_v2(path: Path) -> None:
    """Link type 276: 20 bytes, the EtherType comes first and the number of the device is there too.
    Pings of both IP versions.
    """
    _cooked(path, "LINUX_SLL2")
