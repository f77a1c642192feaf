"""What happens around TCP, recorded from the kernel: ICMP, ARP, UDP, fragments, path MTU, offload."""

from __future__ import annotations

import socket
import struct
import time
from pathlib import Path

from namespaces import DELAY, Host, acquaint, cable, pair, routed
from registry import capture

V4, V6, UDP = socket.AF_INET, socket.AF_INET6, socket.SOCK_DGRAM
IP_MTU_DISCOVER, IPV6_MTU_DISCOVER = 10, 23
NO_MULTICAST_REPORTS = "ip6 and ip6[6] != 0"  # these have a hop-by-hop header
PATTERN = bytes(range(97, 123)) * 120


def _internet_sum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return 0xFFFF - total


def _ping(near: Host, address: str, count: int = 2) -> None:
    """Send echo requests from a raw socket and wait for each answer; an IPv6 checksum is the kernel's work."""
    newer = ":" in address
    family, protocol = (V6, socket.IPPROTO_ICMPV6) if newer else (V4, socket.IPPROTO_ICMP)
    with near.socket(family, socket.SOCK_RAW, protocol) as raw:
        for number in range(1, count + 1):
            header = struct.pack("!BBHHH", 128 if newer else 8, 0, 0, 0x1234, number)
            data = bytes(range(0x61, 0x71))
            if not newer:
                header = header[:2] + struct.pack("!H", _internet_sum(header + data)) + header[4:]
            raw.sendto(header + data, (address, 0))
            time.sleep(0.1)


@capture("ping-v4", "Ping: ICMP echo request and reply", "ping：ICMP 回显请求与应答", made="recorded")
def ping_v4(path: Path) -> None:
    """Two echo requests (type 8) and their replies (type 0), told apart by the sequence number (RFC 792)."""
    with pair() as net, net.client.record(path, "icmp"):
        _ping(net.client, net.server.v4)


@capture("ping-v6", "Ping over IPv6: ICMPv6 echo request and reply", "IPv6 上的 ping", made="recorded")
def ping_v6(path: Path) -> None:
    """Types 128 and 129; unlike in IPv4 the checksum covers a pseudo header with the addresses
    (RFC 4443 sections 2.3, 4.1 and 4.2)."""
    with pair() as net, net.client.record(path, "icmp6"):
        _ping(net.client, net.server.v6)


@capture("arp", "ARP finds the hardware address before the first packet", "ARP 解析硬件地址", made="recorded")
def arp(path: Path) -> None:
    """Who has 192.0.2.2? A broadcast, answered to the asker alone; only then does the ping leave (RFC 826)."""
    with pair(neighbours=False) as net, net.client.record(path, "arp or icmp"):
        _ping(net.client, net.server.v4, 1)


@capture(
    "neighbour-discovery",
    "Neighbour solicitation and advertisement, IPv6's ARP",
    "邻居请求与邻居通告（IPv6 的 ARP）",
    made="recorded",
)
def neighbour_discovery(path: Path) -> None:
    """Asked by multicast to ff02::1:ff00:2 with hop limit 255, so that no router can have passed it on
    (RFC 4861 sections 4.3, 4.4 and 7.1)."""
    with pair(neighbours=False) as net, net.client.record(path, "icmp6"):
        _ping(net.client, net.server.v6, 1)


def _say(near: Host, far: Host, data: bytes, family: socket.AddressFamily = V4, *, heard: bool = True) -> None:
    """One UDP datagram from port 40000 to port 9000, which somebody has opened if `heard`."""
    with near.socket(family, UDP) as sender, far.socket(family, UDP) as receiver:
        if heard:
            receiver.bind((far.v4 if family == V4 else far.v6, 9000))
        sender.bind((near.v4 if family == V4 else near.v6, 40000))
        if family == V4:  # never "do not fragment"
            sender.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, 0)
        sender.sendto(data, (far.v4 if family == V4 else far.v6, 9000))
        time.sleep(0.15)


@capture("udp", "UDP datagrams over IPv4 and IPv6", "IPv4 与 IPv6 上的 UDP 数据报", made="recorded")
def udp(path: Path) -> None:
    """Eight bytes of header and no conversation (RFC 768). Over IPv6 the checksum is required
    (RFC 8200 section 8.1)."""
    with pair() as net, net.client.record(path, "udp"):
        _say(net.client, net.server, b"fire and forget\n")
        _say(net.client, net.server, b"fire and forget\n", V6)


@capture(
    "udp-port-unreachable",
    "UDP to a closed port: ICMP port unreachable",
    "UDP 端口不可达：ICMP 回应",
    made="recorded",
    look=2,
)
def udp_port_unreachable(path: Path) -> None:
    """ICMP type 3 code 3 and ICMPv6 type 1 code 4, each quoting the packet that caused it
    (RFC 1122 section 4.1.3.1, RFC 4443 section 3.1)."""
    with pair() as net, net.client.record(path, "udp or icmp or icmp6"):
        _say(net.client, net.server, b"anybody?\n", heard=False)
        _say(net.client, net.server, b"anybody?\n", V6, heard=False)


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
    that it did (RFC 792, RFC 1812 section 5.3.1)."""
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
    (RFC 4443 sections 3.1 and 3.3)."""
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
    size, and the same data leaves again in smaller segments (RFC 1191 sections 3 and 4)."""
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
    (RFC 8201 section 3, RFC 4443 section 3.2)."""
    _too_big(path, V6)


@capture("dscp", "Datagrams marked for expedited forwarding (DSCP EF)", "DSCP 加速转发 EF 标记", made="recorded")
def dscp(path: Path) -> None:
    """IP_TOS 0xb8 puts 46, expedited forwarding, into the six upper bits of the traffic class byte; IPv6 has
    the same byte in another place (RFC 2474 section 3, RFC 3246)."""
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
    of the group 224.0.0.251 (RFC 1112 sections 6.1 and 6.4)."""
    with pair() as net, net.client.record(path, "udp"), net.client.socket(V4, UDP) as sender:
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(net.client.v4))
        sender.sendto(b"neighbours only\n", ("224.0.0.251", 9000))
        time.sleep(0.1)


def _fragment_offset(frame: bytes) -> int:
    """Where in the datagram an Ethernet frame's fragment begins, in bytes; -1 if it is no fragment."""
    if frame[12:14] == b"\x86\xdd":
        return int.from_bytes(frame[56:58], "big") & 0xFFF8 if frame[20] == 44 else -1
    word = int.from_bytes(frame[20:22], "big")
    return (word & 0x1FFF) * 8 if frame[12:14] == b"\x08\0" and word & 0x3FFF else -1


def _first_late(frame: bytes, forward: bool) -> float:
    """The first fragment arrives last."""
    return DELAY + 0.02 if _fragment_offset(frame) == 0 else DELAY


def _middle_lost(frame: bytes, forward: bool) -> float | None:
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
    8 bytes (RFC 791 section 3.2). Only the first has the UDP header."""
    with pair() as net, net.server.record(path, "ip"):
        _say(net.client, net.server, PATTERN[:3100])


@capture(
    "fragments-v4-out-of-order",
    "IPv4 fragments of which the first arrives last",
    "乱序到达的 IPv4 分片",
    made="recorded",
    look=3,
)
def fragments_v4_out_of_order(path: Path) -> None:
    """The offsets alone tell where each piece goes; until the one at 0 is there nobody knows the ports
    (RFC 791 section 3.2)."""
    with pair(_first_late) as net, net.server.record(path, "ip"):
        _say(net.client, net.server, PATTERN[:3100])


@capture(
    "fragments-v4-missing",
    "An IPv4 fragment is lost: reassembly gives up and says so",
    "缺少一个 IPv4 分片：重组超时",
    made="recorded",
    look=3,
)
def fragments_v4_missing(path: Path) -> None:
    """The middle of three fragments never comes; after its timeout (1 s here, 30 s as a rule) the receiver
    sends ICMP time exceeded, code 1 (RFC 791 section 3.2, RFC 792)."""
    with pair(_middle_lost) as net, net.server.record(path, "ip"):
        net.server.set(net__ipv4__ipfrag_time=1)
        _say(net.client, net.server, PATTERN[:3100])
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
    (RFC 8200 section 4.5)."""
    with pair() as net, net.server.record(path, NO_MULTICAST_REPORTS):
        _say(net.client, net.server, PATTERN[:3100], V6)


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
        _say(net.client, net.server, PATTERN[:3100], V6)


@capture(
    "fragments-v6-missing",
    "An IPv6 fragment is lost: reassembly gives up and says so",
    "缺少一个 IPv6 分片：重组超时",
    made="recorded",
    look=3,
)
def fragments_v6_missing(path: Path) -> None:
    """After the timeout (1 s here, 60 s in the RFC) comes ICMPv6 time exceeded, code 1
    (RFC 8200 section 4.5, RFC 4443 section 3.3)."""
    with pair(_middle_lost) as net, net.server.record(path, NO_MULTICAST_REPORTS):
        net.server.set(net__ipv6__ip6frag_time=1)
        _say(net.client, net.server, PATTERN[:3100], V6)
        time.sleep(1.5)


@capture(
    "offload",
    "Segments larger than the MTU with unfinished checksums, as the sender sees them",
    "网卡卸载：大于 MTU 的报文段与未完成的校验和",
    made="recorded",
    look=4,
)
def offload(path: Path) -> None:
    """Recorded before the network card did its part: segmentation (TSO) is still to come, and the TCP checksum
    holds only the sum of the pseudo header. Nothing is wrong with it on the wire (RFC 9293 section 3.1)."""
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
    the same. Only segments larger than 65535 bytes, and of each only 128 bytes (Linux ip-link(8), RFC 2675)."""
    with cable() as (near_host, far_host), near_host.record(path, "greater 65600", "-s", "128"):
        for one in (near_host, far_host):
            _allow_large(one, 200_000)
        for family, address in ((V4, far_host.v4), (V6, far_host.v6)):
            _flood(near_host, far_host, family, address)


def _allow_large(one: Host, size: int) -> None:
    """Set the largest segment that eth0 takes from the kernel and gives to it, for both IP versions. By netlink,
    because an older `ip` does not know the IPv4 ones: IFLA_GSO_MAX_SIZE 41, IFLA_GRO_MAX_SIZE 58,
    IFLA_GSO_IPV4_MAX_SIZE 63, IFLA_GRO_IPV4_MAX_SIZE 64."""
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
    is a hash of the inner addresses and whose checksum is 0 (RFC 7348 section 5)."""
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
            _ping(net.client, "198.51.100.2", 1)


@capture("raw-ip", "Packets without a link layer, from a TUN device", "没有链路层的数据包（TUN 设备）", made="recorded")
def raw_ip(path: Path) -> None:
    """Link type 101: the record begins with the IP header, and its first four bits tell version 4 from 6
    (as in most VPNs; RFC 791 section 3.1, RFC 8200 section 3)."""
    with pair(tun=True) as net, net.client.record(path, "icmp or icmp6"):
        _ping(net.client, net.server.v4, 1)
        _ping(net.client, net.server.v6, 1)


def _cooked(path: Path, kind: str) -> None:
    """A ping of each version, recorded from all devices at once."""
    with pair() as net, net.client.record(path, "icmp or icmp6", "-y", kind, device="any"):
        _ping(net.client, net.server.v4, 1)
        _ping(net.client, net.server.v6, 1)


@capture("cooked-v1", "Recorded with `-i any`: Linux cooked header, version 1", "Linux cooked 第 1 版", made="recorded")
def cooked_v1(path: Path) -> None:
    """Link type 113: 16 bytes with direction, hardware type, address and EtherType in place of the Ethernet
    header; the device is not named. Pings of both IP versions."""
    _cooked(path, "LINUX_SLL")


@capture("cooked-v2", "Recorded with `-i any`: Linux cooked header, version 2", "Linux cooked 第 2 版", made="recorded")
def cooked_v2(path: Path) -> None:
    """Link type 276: 20 bytes, the EtherType comes first and the number of the device is there too.
    Pings of both IP versions."""
    _cooked(path, "LINUX_SLL2")
