"""What lies below IP, or between IP and IP: link layers, tags, labels and tunnels, crafted."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from crafting import ACK, MACS, SYN, V4, V6, Ends, checksum, ethernet, ipv4, ipv6, tcp, udp, write
from registry import capture

INNER4: Ends = ("198.51.100.1", "198.51.100.2")
INNER6: Ends = ("2001:db8:1::1", "2001:db8:1::2")
NULL, RAW_12, RAW_14, PPP, LOOP, RAW_V4, RAW_V6 = 0, 12, 14, 9, 108, 228, 229
FAMILIES = {2: "AF_INET", 10: "Linux", 23: "Windows", 24: "NetBSD, OpenBSD", 28: "FreeBSD", 30: "macOS"}


def _four(text: str, ends: Ends = V4) -> bytes:
    """A small IPv4 packet."""
    return ipv4(udp(text.encode(), ends=ends), 17, ends=ends)


def _six(text: str, ends: Ends = V6) -> bytes:
    """A small IPv6 packet."""
    return ipv6(udp(text.encode(), ends=ends), 17, ends=ends)


def _tag(priority: int, network: int, kind: int) -> bytes:
    """A tag control field and the EtherType of what follows."""
    return struct.pack("!HH", priority << 13 | network, kind)


@capture("vlan", "802.1Q: a VLAN tag between the addresses and the EtherType", "802.1Q VLAN 标签", made="crafted")
def vlan(path: Path) -> None:
    """Four more bytes: 0x8100, then 3 bits of priority, one drop eligible bit and 12 bits of VLAN number
    (IEEE 802.1Q). VLAN 100 with priority 5 over IPv4 and IPv6, and VLAN 0, which is a priority only.
    """
    write(
        path,
        [
            ethernet(_tag(5, 100, 0x0800) + _four("VLAN 100"), 0x8100),
            ethernet(_tag(5, 100, 0x86DD) + _six("VLAN 100"), 0x8100),
            ethernet(_tag(3, 0, 0x0800) + _four("priority only"), 0x8100),
        ],
    )


@capture("qinq", "Two VLAN tags: 0x88a8 and 0x9100 outside", "双层 VLAN 标签（QinQ）", made="crafted")
def qinq(path: Path) -> None:
    """The carrier's tag 2000 around the customer's tag 100, first as IEEE 802.1ad has it, then with the 0x9100
    of older switches.
    """
    inner = _tag(0, 2000, 0x8100) + _tag(0, 100, 0x0800)
    frames = [ethernet(inner + _four(f"outer tag {kind:#x}"), kind) for kind in (0x88A8, 0x9100)]
    write(path, frames)


@capture("llc-snap", "IEEE 802.3 with LLC and SNAP carrying IPv4", "802.3 LLC/SNAP 承载 IPv4", made="crafted")
def llc_snap(path: Path) -> None:
    """Where Ethernet II has a type, 802.3 has a length (up to 1500); the type comes later, in the SNAP header
    after aa aa 03 and three zero bytes (RFC 1042).
    """
    packet = bytes([0xAA, 0xAA, 3, 0, 0, 0, 8, 0]) + _four("under SNAP")
    write(path, [ethernet(packet, len(packet))])


@capture("padding", "A short Ethernet frame filled up to 60 bytes", "以太网短帧填充", made="crafted")
def padding(path: Path) -> None:
    """An ACK needs 54 bytes, Ethernet's least is 60 without its check sequence; the six bytes at the end belong
    to nobody, and only the total length of IP tells (RFC 894, RFC 1042). In the second frame they leaked from
    some older memory (CVE-2003-0001).
    """
    fillings = (bytes(6), b"secret")
    write(path, [ethernet(ipv4(tcp(ports=(40000 + n, 8080)))) + filling for n, filling in enumerate(fillings)])


@capture("fcs", "Frames with their check sequence (FCS) at the end", "带帧校验序列 FCS 的以太网帧", made="crafted")
def fcs(path: Path) -> None:
    """The upper bits of the file's link type word say that each frame ends with an FCS of two 16-bit words, a
    CRC-32; the last one is wrong (IEEE 802.3 section 3.2.9, pcap-savefile(5)).
    """
    frames = []
    for text, wrong in (("right", 0), ("also right", 0), ("one bit was flipped", 1)):
        frame = ethernet(_four(text))
        frames.append(frame + struct.pack("<I", zlib.crc32(frame) ^ wrong))
    write(path, frames, 2 << 28 | 1 << 26 | 1)


def _families(order: str) -> list[bytes]:
    """One packet behind each address family number, in that byte order."""
    packets = []
    for family, system in FAMILIES.items():
        packet = _four(system) if family == 2 else _six(system)
        packets.append(struct.pack(order + "I", family) + packet)
    return packets


@capture(
    "bsd-loopback-little", "BSD loopback, address family in little-endian order", "BSD 环回（小端）", made="crafted"
)
def bsd_loopback_little(path: Path) -> None:
    """Link type 0: four bytes of address family in the byte order of the machine that recorded. IPv4 is 2
    everywhere, IPv6 is 10, 23, 24, 28 or 30, depending on the system (named in the data). tcpdump and Wireshark
    know 24, 28 and 30; they take 23 for IPX, which had that number on BSD.
    """
    write(path, _families("<"), NULL)


@capture("bsd-loopback-big", "BSD loopback, address family in big-endian order", "BSD 环回（大端）", made="crafted")
def bsd_loopback_big(path: Path) -> None:
    """The same from a big-endian machine. Nothing says so except the value itself, which would be enormous the
    other way round.
    """
    write(path, _families(">"), NULL)


@capture(
    "bsd-loop", "OpenBSD loopback: address family always in network order", "OpenBSD 环回（网络字节序）", made="crafted"
)
def bsd_loop(path: Path) -> None:
    """Link type 108 is like 0, but always in network byte order."""
    write(path, _families(">"), LOOP)


def _raw(path: Path, link: int) -> None:
    """A packet of each version without anything before it."""
    write(path, [_four(f"link type {link}"), _six(f"link type {link}")], link)


@capture("raw-12", "Raw IP as link type 12", "链路类型 12 的裸 IP", made="crafted")
def raw_12(path: Path) -> None:
    """The value of DLT_RAW on most systems, which found its way into files; 101 would be right."""
    _raw(path, RAW_12)


@capture("raw-14", "Raw IP as link type 14", "链路类型 14 的裸 IP", made="crafted")
def raw_14(path: Path) -> None:
    """The value of DLT_RAW on OpenBSD, which found its way into files; 101 would be right."""
    _raw(path, RAW_14)


@capture("raw-ipv4", "Raw IPv4, link type 228", "链路类型 228：仅 IPv4", made="crafted")
def raw_ipv4(path: Path) -> None:
    """Only IPv4 may be in such a file; the record begins with its header."""
    write(path, [_four("link type 228")], RAW_V4)


@capture("raw-ipv6", "Raw IPv6, link type 229", "链路类型 229：仅 IPv6", made="crafted")
def raw_ipv6(path: Path) -> None:
    """Only IPv6 may be in such a file; the record begins with its header."""
    write(path, [_six("link type 229")], RAW_V6)


@capture("ppp", "PPP in HDLC-like framing, with and without compression of its header", "PPP 帧", made="crafted")
def ppp(path: Path) -> None:
    """Link type 9: ff 03, then the protocol 0x0021 for IPv4 or 0x0057 for IPv6. Both ends may agree to leave
    out ff 03 and the first byte of the protocol (RFC 1661 sections 2, 6.5 and 6.6).
    """
    four, six = _four("PPP"), _six("PPP")
    write(path, [b"\xff\x03\x00\x21" + four, b"\xff\x03\x00\x57" + six, b"\x00\x21" + four, b"\x21" + four], PPP)


@capture("pppoe", "PPP over Ethernet, as DSL lines use it", "以太网上的 PPP（PPPoE）", made="crafted")
def pppoe(path: Path) -> None:
    """EtherType 0x8864, six bytes with the session number and the length, then PPP without ff 03
    (RFC 2516 section 4).
    """
    frames = []
    for protocol, packet in ((0x21, _four("PPPoE")), (0x57, _six("PPPoE"))):
        frames.append(ethernet(struct.pack("!BBHHH", 0x11, 0, 0x1001, 2 + len(packet), protocol) + packet, 0x8864))
    write(path, frames)


@capture("mpls", "Two MPLS labels before the IP header", "两层 MPLS 标签", made="crafted")
def mpls(path: Path) -> None:
    """Each label is 20 bits, with 3 bits of traffic class, the bottom-of-stack bit and a TTL; nothing says what
    comes after the last but the first bits of it (RFC 3032 section 2.1).
    """

    def label(number: int, bottom: int) -> bytes:
        return struct.pack("!I", number << 12 | 2 << 9 | bottom << 8 | 63)

    stack = label(16001, 0) + label(24007, 1)
    write(path, [ethernet(stack + _four("two labels"), 0x8847), ethernet(stack + _six("two labels"), 0x8847)])


@capture("gre", "GRE tunnels, plain and with checksum, key and sequence number", "GRE 隧道", made="crafted")
def gre(path: Path) -> None:
    """IP protocol 47: flags, an EtherType, then the inner packet; three flags add four bytes each
    (RFC 2784 section 2, RFC 2890 section 2).
    """
    inner = _four("inside GRE", INNER4)
    full = struct.pack("!HHHHII", 0xB000, 0x0800, 0, 0, 0xC0FFEE, 1) + inner
    full = full[:4] + struct.pack("!H", checksum(full)) + full[6:]
    six = struct.pack("!HH", 0, 0x86DD) + _six("inside GRE", INNER6)
    packets = [ipv4(struct.pack("!HH", 0, 0x0800) + inner, 47), ipv4(full, 47), ipv4(six, 47)]
    write(path, [ethernet(packet) for packet in packets])


@capture(
    "ip-in-ip",
    "IP inside IP in all four combinations: 4 in 4, 6 in 4, 4 in 6, 6 in 6",
    "IP 套 IP 隧道：四种组合",
    made="crafted",
    look=2,
)
def ip_in_ip(path: Path) -> None:
    """Protocol 4 announces IPv4 and 41 announces IPv6, in either outer header
    (RFC 2003, RFC 4213 section 3, RFC 2473).
    """
    packets = [
        ipv4(_four("4 in 4", INNER4), 4),
        ipv4(_six("6 in 4", INNER6), 41),
        ipv6(_four("4 in 6", INNER4), 4),
        ipv6(_six("6 in 6", INNER6), 41),
    ]
    write(path, [ethernet(packet) for packet in packets])


@capture("nested-tunnels", "Tunnels in tunnels, twenty deep", "二十层嵌套隧道", made="crafted")
def nested_tunnels(path: Path) -> None:
    """IPv4 in IPv4 over and over: every layer is valid, and a reader needs a limit (RFC 2473 section 4)."""
    packet = ipv4(tcp(b"", SYN), 6)
    for _ in range(20):
        packet = ipv4(packet, 4)
    write(path, [ethernet(packet)])


@capture("other-link", "A frame that is not IP at all", "非 IP 的帧", made="crafted")
def other_link(path: Path) -> None:
    """A spanning tree message (802.3 with LLC), a link layer discovery frame, and an EtherType set aside for
    experiments; then an ACK as usual (IEEE 802.1D, IEEE 802.1AB, IEEE 802 section 9.2.3).
    """
    bridge = bytes.fromhex("800002000000 00fe")
    hello = b"\x42\x42\x03" + bytes(5) + bridge + bytes(4) + bridge + bytes.fromhex("8001 0000 1400 0200 0f00")
    spanning = bytes.fromhex("0180c2000000") + MACS[0] + struct.pack("!H", len(hello)) + hello + bytes(8)
    parts = b"\x02\x07\x04" + MACS[0] + b"\x04\x05\x05eth0" + b"\x06\x02\x00\x78" + b"\0\0"
    discovery = bytes.fromhex("0180c200000e") + MACS[0] + b"\x88\xcc" + parts
    frames = [spanning, discovery, ethernet(b"anything goes here", 0x88B5), ethernet(ipv4(tcp(b"", ACK)))]
    write(path, frames)
