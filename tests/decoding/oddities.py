"""For each rule that looks at one packet a vector that breaks it, beside one that just does not."""

from __future__ import annotations

import struct

from decoding.crafting import (
    A4,
    A6,
    ACK,
    AE,
    B4,
    B6,
    CWR,
    DSTOPTS,
    ECE,
    FIN,
    ICMP,
    ICMPV6,
    PSH,
    RST,
    SYN,
    TCP,
    UDP,
    URG,
    eth,
    extension,
    icmp,
    icmp6,
    internet_sum,
    ip,
    ip6,
    pseudo,
    tcp,
    udp,
)  # fmt: skip
from decoding.vector import Found, Vector, found

E4, E6, GOOD = "eth ip tcp", "eth ipv6 tcp", "ip good tcp good"
T20 = tcp()
HOME4, HOME6 = b"\x7f\0\0\x09", bytes(15) + b"\x01"
GROUP4, GROUP6 = b"\xe0\0\0\x05", b"\xff\x02" + bytes(13) + b"\x05"
ALL, NOBODY4, NOBODY6 = b"\xff" * 4, bytes(4), bytes(16)
MAPPED = bytes(10) + b"\xff\xff" + A4


def one(name: str, rule: str, field: str, wrong: bytes, right: bytes, layers: str = E4, verdicts: str = GOOD, **rest: object) -> tuple[Vector, ...]:  # fmt: skip
    """A packet that breaks the rule, and one that does not."""
    return (
        Vector(0, name, wrong, layers, findings=(found(rule, field),), verdicts=verdicts, **rest),  # type: ignore[arg-type]
        Vector(0, f"not-{name}", right, layers, verdicts=verdicts, **rest),  # type: ignore[arg-type]
    )


def flags(name: str, wrong: int, right: int, *findings: Found, **rest: object) -> tuple[Vector, ...]:
    """The same for the flags of a segment."""
    return (
        Vector(0, name, eth(ip(tcp(b"", wrong, **rest))), E4, findings=findings, verdicts=GOOD),  # type: ignore[arg-type]
        Vector(0, f"not-{name}", eth(ip(tcp(b"", right, **rest))), E4, verdicts=GOOD),  # type: ignore[arg-type]
    )


def from_to(source: bytes, destination: bytes, **rest: object) -> bytes:
    ends = (source, destination)
    packet = ip(udp(ends=ends), UDP, ends=ends, **rest) if len(source) == 4 else ip6(udp(ends=ends), UDP, ends=ends)  # type: ignore[arg-type]
    return eth(packet, 0x0800 if len(source) == 4 else 0x86DD)


def addresses(name: str, rule: str, source: bytes, destination: bytes, *fields: str, **rest: object) -> Vector:
    version = "ip" if len(source) == 4 else "ipv6"
    verdicts = "ip good udp good" if version == "ip" else "udp good"
    findings = tuple(found(rule, field) for field in fields)
    return Vector(
        0, name, from_to(source, destination, **rest), f"eth {version} udp", findings=findings, verdicts=verdicts
    )


def cooked(hardware: int) -> bytes:
    return struct.pack("!HHH8sH", 0, hardware, 6, bytes(8), 0x0800) + from_to(HOME4, A4)[14:]


def discovery(hops: int) -> bytes:
    return eth(ip6(icmp6(135, 0, bytes(4) + B6), ICMPV6, hops=hops), 0x86DD)


def options(*kinds: bytes) -> bytes:
    body = b"".join(kinds)
    return body + b"\x01" * (-len(body) % 4)


PLACES: tuple[Vector, ...] = (
    addresses("loopback-source", "address.loopback", HOME4, A4, "ip.src"),
    addresses("loopback-destination", "address.loopback", A4, HOME4, "ip.dst"),
    addresses("lsp-ping", "address.loopback", A4, HOME4, ttl=1),
    addresses("loopback-source-v6", "address.loopback", HOME6, A6, "ipv6.src"),
    Vector(0, "loopback-on-lo", bytes(12) + from_to(HOME4, HOME4)[12:], "eth ip udp", verdicts="ip good udp good"),
    Vector(0, "loopback-cooked", cooked(772), "sll ip udp", link=113, verdicts="ip good udp good"),
    Vector(0, "loopback-cooked-ethernet", cooked(1), "sll ip udp", link=113, verdicts="ip good udp good",
           findings=(found("address.loopback", "ip.src"),)),
    addresses("multicast-source", "address.group_source", GROUP4, A4, "ip.src"),
    addresses("multicast-source-v6", "address.group_source", GROUP6, A6, "ipv6.src"),
    addresses("multicast-destination", "address.group_source", A4, GROUP4),
    addresses("broadcast-source", "address.broadcast_source", ALL, A4, "ip.src"),
    addresses("broadcast-from-nowhere", "address.broadcast_source", NOBODY4, ALL),
    addresses("to-nobody", "address.unspecified", A4, NOBODY4, "ip.dst"),
    addresses("to-nobody-v6", "address.unspecified", A6, NOBODY6, "ipv6.dst"),
    addresses("class-e-source", "address.martian", b"\xf0\0\0\x01", A4, "ip.src"),
    addresses("this-network-destination", "address.martian", A4, b"\0\0\0\x01", "ip.dst"),
    addresses("mapped-destination", "address.martian", A6, MAPPED, "ipv6.dst"),
    addresses("mapped-source", "address.martian", MAPPED, A6, "ipv6.src"),
    *one("tcp-to-multicast", "tcp.to_group", "ip.dst", eth(ip(tcp(ends=(A4, GROUP4)), ends=(A4, GROUP4))), eth(ip(T20))),
    *one("tcp-to-multicast-v6", "tcp.to_group", "ipv6.dst", eth(ip6(tcp(ends=(A6, GROUP6)), ends=(A6, GROUP6)), 0x86DD),
         eth(ip6(tcp(ends=(A6, B6))), 0x86DD), E6, "tcp good"),
    *one("group-as-ethernet-source", "eth.source_group", "eth.src", eth(ip(T20))[:6] + b"\x03" + eth(ip(T20))[7:], eth(ip(T20))),
    *one("vlan-4095", "vlan.id.reserved", "vlan.id", eth(b"\x0f\xff\x08\0" + ip(T20), 0x8100), eth(b"\x0f\xfe\x08\0" + ip(T20), 0x8100),
         "eth vlan ip tcp"),
)  # fmt: skip

PAD, PADDED = b"\x01\x04\0\0\0\0", b"\x01\x04\0\0\0\x09"
HOPS: tuple[Vector, ...] = (
    *one("ttl-1", "ip.ttl.one", "ip.ttl", eth(ip(T20, ttl=1)), eth(ip(T20, ttl=2))),
    *one("hop-limit-1", "ip.ttl.one", "ipv6.hlim", eth(ip6(tcp(ends=(A6, B6)), hops=1), 0x86DD),
         eth(ip6(tcp(ends=(A6, B6)), hops=2), 0x86DD), E6, "tcp good"),
    addresses("ttl-1-to-a-group", "ip.ttl.one", A4, GROUP4, ttl=1),
    *one("hop-limit-0", "ipv6.hlim.zero", "ipv6.hlim", eth(ip6(tcp(ends=(A6, B6)), hops=0), 0x86DD),
         eth(ip6(tcp(ends=(A6, B6)), hops=3), 0x86DD), E6, "tcp good"),
    *one("discovery-from-afar", "icmpv6.nd.hops", "icmpv6.type", discovery(254), discovery(255), "eth ipv6 icmpv6", "icmpv6 good"),
    Vector(0, "fragment-at-offset-1", eth(ip(bytes(16), flags=0, offset=1)), "eth ip", 16, verdicts="ip good",
           findings=(found("ip.fragment.second_header", "ip.frag_offset"),)),
    Vector(0, "fragment-at-offset-2", eth(ip(bytes(16), flags=0, offset=2)), "eth ip", 16, verdicts="ip good"),
    Vector(0, "udp-fragment-at-offset-1", eth(ip(bytes(16), UDP, flags=0, offset=1)), "eth ip", 16, verdicts="ip good"),
    *one("padding-that-speaks", "ipv6.padding", "ipv6.opt.padn", eth(ip6(extension(TCP, PADDED) + tcp(ends=(A6, B6)), DSTOPTS), 0x86DD),
         eth(ip6(extension(TCP, PAD) + tcp(ends=(A6, B6)), DSTOPTS), 0x86DD), "eth ipv6 ipv6.dstopts tcp", "tcp good", kinds=(1,)),
    *one("ethernet-padding", "link.padding", "ip.len", eth(ip(T20)) + b"secret", eth(ip(T20)) + bytes(6), trailer=6),
    *one("ethernet-padding-and-fcs", "link.padding", "ip.len", eth(ip(T20)) + b"secretFCS!", eth(ip(T20)) + bytes(6) + b"FCS!", trailer=10),
    *one("ethernet-padding-v6", "link.padding", "ipv6.plen", eth(ip6(b"", 59), 0x86DD) + b"secret", eth(ip6(b"", 59), 0x86DD) + bytes(6),
         "eth ipv6", "", trailer=6),
    *one("header-checksum-wrong", "checksum.bad", "ip.checksum", eth(ip(T20, checksum=0xBEEF)), eth(ip(T20)), verdicts="ip bad tcp good")[:1],
    Vector(0, "61-bytes-are-not-padded", eth(ip(T20)) + b"trailer", E4, trailer=7, verdicts=GOOD),
    *one("address-mask-request", "icmp.type.deprecated", "icmp.type", eth(ip(icmp(17, 0, bytes(4)), ICMP)),
         eth(ip(icmp(8, 0, bytes(4)), ICMP)), "eth ip icmp", "ip good icmp good"),
    Vector(0, "quoted-ttl-is-not-judged", eth(ip(icmp(11, 0, bytes(4), ip(udp(), UDP, ttl=0)), ICMP)), "eth ip icmp ip udp",
           verdicts="ip good icmp good ip good udp good"),
    Vector(0, "quoted-checksum-is-not-judged", eth(ip(icmp(11, 0, bytes(4), ip(udp(), UDP, checksum=0xBEEF)), ICMP)),
           "eth ip icmp ip udp", verdicts="ip good icmp good ip bad udp good"),
)  # fmt: skip

STAMP, STAMP0 = b"\x08\x0a\0\0\0\x05\0\0\0\x06", b"\x08\x0a\0\0\0\x05\0\0\0\0"
SACK = b"\x05\x0a\0\0\0\x01\0\0\0\x02"
SEGMENTS: tuple[Vector, ...] = (
    *flags("push-alone", PSH, PSH | ACK, found("tcp.flags.no_ack", "tcp.flags.ack")),
    *flags("fin-and-rst", FIN | RST | ACK, RST | ACK, found("tcp.flags.fin_rst", "tcp.flags.fin")),
    *flags("syn-and-urg", SYN | URG, SYN | PSH, found("tcp.flags.syn_urg", "tcp.flags.syn"), found("tcp.urgent.zero", "tcp.urgent_pointer")),
    *flags("syn-with-ece", SYN | ECE, SYN | ECE | CWR, found("tcp.ecn.syn", "tcp.flags.syn")),
    *flags("syn-with-cwr", SYN | CWR, SYN | ECE | CWR | AE, found("tcp.ecn.syn", "tcp.flags.syn")),
    *flags("syn-ack-with-everything", SYN | ACK | ECE | CWR | AE, SYN | ACK | ECE, found("tcp.ecn.reflected", "tcp.flags.syn")),
    *one("syn-with-ect", "tcp.ecn.syn_ect", "tcp.flags.syn", eth(ip(tcp(b"", SYN), tos=2)), eth(ip(tcp(), tos=2))),
    *one("syn-with-ce-v6", "tcp.ecn.syn_ect", "tcp.flags.syn",
         eth(struct.pack("!IHBB", 6 << 28 | 3 << 20, 20, TCP, 64) + A6 + B6 + tcp(b"", SYN, ends=(A6, B6)), 0x86DD),
         eth(ip6(tcp(b"", SYN, ends=(A6, B6))), 0x86DD), E6, "tcp good"),
    *one("to-udp-port-0", "udp.port.zero", "udp.dstport", eth(ip(udp(port=0), UDP)), eth(ip(udp(port=1), UDP)), "eth ip udp", "ip good udp good"),
    *one("tiny-mss", "tcp.mss.small", "tcp.options.mss_val", eth(ip(tcp(b"", SYN, options=b"\x02\x04\0\x57"))),
         eth(ip(tcp(b"", SYN, options=b"\x02\x04\0\x58"))), kinds=(2,)),
    *one("echo-on-a-syn", "tcp.timestamp.echo", "tcp.options.timestamp.tsecr", eth(ip(tcp(b"", SYN, options=options(STAMP)))),
         eth(ip(tcp(b"", SYN, options=options(STAMP0)))), kinds=(8, 1, 1)),
    *one("echo-on-an-aligned-rst", "tcp.timestamp.echo", "tcp.options.timestamp.tsecr", eth(ip(tcp(b"", RST, options=b"\x01\x01" + STAMP))),
         eth(ip(tcp(b"", RST | ACK, options=b"\x01\x01" + STAMP))), kinds=(1, 1, 8)),
    *one("sack-on-a-syn", "tcp.sack.no_ack", "tcp.option_kind", eth(ip(tcp(b"", SYN, options=options(SACK)))),
         eth(ip(tcp(options=options(SACK)))), kinds=(5, 1, 1)),
    Vector(0, "mss-twice", eth(ip(tcp(b"", SYN, options=b"\x02\x04\x05\xb4" * 2))), E4, kinds=(2, 2), verdicts=GOOD,
           findings=(found("tcp.option.repeated", "tcp.option_kind"),)),
    Vector(0, "mptcp-twice", eth(ip(tcp(options=b"\x1e\x04\x50\x01" * 2))), E4, kinds=(30, 30), verdicts=GOOD),
    Vector(0, "four-no-operations", eth(ip(tcp(options=b"\x01" * 4))), E4, kinds=(1,) * 4, verdicts=GOOD,
           findings=(found("tcp.options.nops", "tcp.option_kind"),)),
    Vector(0, "three-and-three-no-operations", eth(ip(tcp(options=b"\x01" * 3 + b"\x1e\x05\x50\0\0" + b"\x01" * 3 + b"\0"))), E4,
           kinds=(1, 1, 1, 30, 1, 1, 1, 0), verdicts=GOOD),
)  # fmt: skip


def with_ports(source: int, destination: int) -> bytes:
    segment = struct.pack("!HH", source, destination) + T20[4:16] + b"\0\0" + T20[18:]
    sum_ = internet_sum(pseudo((A4, B4), TCP, 20) + segment) ^ 0xFFFF
    return eth(ip(segment[:16] + struct.pack("!H", sum_) + segment[18:]))


PORTS = (
    *one("from-port-0", "tcp.port.zero", "tcp.srcport", with_ports(0, 80), with_ports(1, 80)),
    *one("to-port-0", "tcp.port.zero", "tcp.dstport", with_ports(40000, 0), with_ports(40000, 1)),
)

ODDITIES: tuple[Vector, ...] = (*PLACES, *HOPS, *SEGMENTS, *PORTS)
