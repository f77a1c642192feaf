"""What happens around TCP, recorded from the kernel: ICMP, ARP, UDP, path MTU."""

from __future__ import annotations

import socket
import time
from pathlib import Path

from datagrams import PATTERN, UDP, V4, V6, ping, say
from namespaces import pair, routed
from registry import capture


@capture("ping-v4", "Ping: ICMP echo request and reply", "ping：ICMP 回显请求与应答", made="recorded")
def ping_v4(path: Path) -> None:
    """Two echo requests (type 8) and their replies (type 0), told apart by the sequence number (RFC 792)."""
    with pair() as net, net.client.record(path, "icmp"):
        ping(net.client, net.server.v4)


@capture("ping-v6", "Ping over IPv6: ICMPv6 echo request and reply", "IPv6 上的 ping", made="recorded")
def ping_v6(path: Path) -> None:
    """Types 128 and 129; unlike in IPv4 the checksum covers a pseudo header with the addresses
    (RFC 4443 sections 2.3, 4.1 and 4.2).
    """
    with pair() as net, net.client.record(path, "icmp6"):
        ping(net.client, net.server.v6)


@capture("arp", "ARP finds the hardware address before the first packet", "ARP 解析硬件地址", made="recorded")
def arp(path: Path) -> None:
    """Who has 192.0.2.2? A broadcast, answered to the asker alone; only then does the ping leave (RFC 826)."""
    with pair(neighbours=False) as net, net.client.record(path, "arp or icmp"):
        ping(net.client, net.server.v4, 1)


@capture(
    "neighbour-discovery",
    "Neighbour solicitation and advertisement, IPv6's ARP",
    "邻居请求与邻居通告（IPv6 的 ARP）",
    made="recorded",
)
def neighbour_discovery(path: Path) -> None:
    """Asked by multicast to ff02::1:ff00:2 with hop limit 255, so that no router can have passed it on
    (RFC 4861 sections 4.3, 4.4 and 7.1).
    """
    with pair(neighbours=False) as net, net.client.record(path, "icmp6"):
        ping(net.client, net.server.v6, 1)


@capture("udp", "UDP datagrams over IPv4 and IPv6", "IPv4 与 IPv6 上的 UDP 数据报", made="recorded")
def udp(path: Path) -> None:
    """Eight bytes of header and no conversation (RFC 768). Over IPv6 the checksum is required
    (RFC 8200 section 8.1).
    """
    with pair() as net, net.client.record(path, "udp"):
        say(net.client, net.server, b"fire and forget\n")
        say(net.client, net.server, b"fire and forget\n", V6)


@capture(
    "udp-port-unreachable",
    "UDP to a closed port: ICMP port unreachable",
    "UDP 端口不可达：ICMP 回应",
    made="recorded",
    look=2,
)
def udp_port_unreachable(path: Path) -> None:
    """ICMP type 3 code 3 and ICMPv6 type 1 code 4, each quoting the packet that caused it
    (RFC 1122 section 4.1.3.1, RFC 4443 section 3.1).
    """
    with pair() as net, net.client.record(path, "udp or icmp or icmp6"):
        say(net.client, net.server, b"anybody?\n", heard=False)
        say(net.client, net.server, b"anybody?\n", V6, heard=False)


def _trace(path: Path, family: socket.AddressFamily) -> None:
    """UDP datagrams with one hop, then two, to a port nobody uses."""
    with routed() as net, net.client.record(path, "udp or icmp or icmp6"), net.client.socket(family, UDP) as probe:
        for hops in (1, 2):
            if family == V4:
                probe.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, hops)
                probe.sendto(b"traceroute" + bytes(14), (net.server.v4, 33433 + hops))
            else:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, hops)
                probe.sendto(b"traceroute" + bytes(14), (net.server.v6, 33433 + hops))
            time.sleep(0.15)
            probe.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)  # clears what ICMP reported


@capture(
    "traceroute-v4",
    "Traceroute: time exceeded from the router, port unreachable from the goal",
    "traceroute：路由器回应超时，目的地回应端口不可达",
    made="recorded",
    look=2,
)
def traceroute_v4(path: Path) -> None:
    """TTL 1 dies at the router, which says so with ICMP type 11; TTL 2 arrives, and a closed port says
    that it did (RFC 792, RFC 1812 section 5.3.1).
    """
    _trace(path, V4)


@capture(
    "traceroute-v6",
    "Traceroute over IPv6: hop limit exceeded, then port unreachable",
    "IPv6 上的 traceroute",
    made="recorded",
    look=2,
)
def traceroute_v6(path: Path) -> None:
    """Hop limit 1 draws ICMPv6 type 3 from the router, hop limit 2 type 1 code 4 from the goal
    (RFC 4443 sections 3.1 and 3.3).
    """
    _trace(path, V6)


def _too_big(path: Path, family: socket.AddressFamily) -> None:
    """Full segments towards a router whose next link carries only 1280 bytes."""
    with routed(router_mtu=1280) as net:
        server = net.server.v4 if family == V4 else net.server.v6
        with net.server.socket(family) as listening, net.client.record(path, "tcp or icmp or icmp6"):
            listening.bind((server, 8080))
            listening.listen(1)
            with net.client.socket(family) as near:
                near.bind((net.client.v4 if family == V4 else net.client.v6, 40000))
                near.connect((server, 8080))
                far, _ = listening.accept()
                with far:
                    near.sendall(PATTERN[:1400])
                    taken = 0
                    while taken < 1400:
                        taken += len(far.recv(1400))
                    time.sleep(0.1)
                    near.close()
                    far.recv(10)
                time.sleep(0.1)


@capture(
    "path-mtu-v4",
    "Path MTU discovery: fragmentation needed, then smaller segments",
    "路径 MTU 发现：需要分片，随后改用较小的报文段",
    made="recorded",
    look=5,
)
def path_mtu_v4(path: Path) -> None:
    """A segment with DF set does not fit the router's next link of 1280 bytes: ICMP type 3 code 4 names that
    size, and the same data leaves again in smaller segments (RFC 1191 sections 3 and 4).
    """
    _too_big(path, V4)


@capture(
    "path-mtu-v6",
    "Path MTU discovery over IPv6: packet too big, then smaller segments",
    "IPv6 路径 MTU 发现：报文过大",
    made="recorded",
    look=5,
)
def path_mtu_v6(path: Path) -> None:
    """Routers never fragment IPv6; they answer with ICMPv6 type 2 and the size that fits
    (RFC 8201 section 3, RFC 4443 section 3.2).
    """
    _too_big(path, V6)


@capture("dscp", "Datagrams marked for expedited forwarding (DSCP EF)", "DSCP 加速转发 EF 标记", made="recorded")
def dscp(path: Path) -> None:
    """IP_TOS 0xb8 puts 46, expedited forwarding, into the six upper bits of the traffic class byte; IPv6 has
    the same byte in another place (RFC 2474 section 3, RFC 3246).
    """
    with pair() as net, net.client.record(path, "udp"):
        for family in (V4, V6):
            with net.client.socket(family, UDP) as sender:
                if family == V4:
                    sender.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, 0xB8)
                    sender.sendto(b"voice\n", (net.server.v4, 9))
                else:
                    sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, 0xB8)
                    sender.sendto(b"voice\n", (net.server.v6, 9))
                time.sleep(0.1)


@capture(
    "ttl-one", "TTL 1: a multicast that no router will pass on", "TTL 为 1：不会被路由器转发的组播", made="recorded"
)
def ttl_one(path: Path) -> None:
    """Multicast leaves with TTL 1 unless a program asks for more; the Ethernet address holds the lower 23 bits
    of the group 224.0.0.251 (RFC 1112 sections 6.1 and 6.4).
    """
    with pair() as net, net.client.record(path, "udp"), net.client.socket(V4, UDP) as sender:
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(net.client.v4))
        sender.sendto(b"neighbours only\n", ("224.0.0.251", 9000))
        time.sleep(0.1)
