"""Packets that trip dissectors, and everything that decoding each of them must say.

`trap` numbers the mistake, seen in other programs, that a vector guards against; TRAPS names them.
A vector's findings are all that decoding remarks, in order: (rule, field, need, have, bound).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from decoding.crafting import (
    A4,
    A6,
    ACK,
    AE,
    AH,
    B4,
    B6,
    C4,
    C6,
    CWR,
    DSTOPTS,
    ECE,
    ESP,
    FIN,
    FRAGMENT,
    HOPOPTS,
    ICMP,
    ICMPV6,
    NONE,
    PSH,
    ROUTING,
    RST,
    SYN,
    TCP,
    UDP,
    URG,
    V6,
    eth,
    extension,
    fragment6,
    icmp,
    icmp6,
    internet_sum,
    ip,
    ip6,
    jumbo,
    options6,
    pseudo,
    tcp,
    udp,
)  # fmt: skip

Found = tuple[str, str, int | None, int | None, str]


def found(rule: str, name: str, need: int | None = None, have: int | None = None, bound: str = "") -> Found:
    return rule, name, need, have, bound


@dataclass(frozen=True)
class Vector:
    """A packet and what decoding it must give.

    `values` are those of the first field of each name, `absent` names must not occur; `layers` and
    `kinds` (of options, all layers) are complete; `payload` and `trailer` are lengths in bytes.
    """

    trap: int
    name: str
    data: bytes
    layers: str
    payload: int = 0
    findings: tuple[Found, ...] = ()
    values: Mapping[str, object] = field(default_factory=dict)
    absent: str = ""
    verdicts: str = ""
    kinds: tuple[int, ...] = ()
    trailer: int = 0
    link: int = 1
    first: str = ""
    length: int = -1
    fcs: int = 0


TRAPS: dict[int, str] = {
    1: "total length 0 before segmentation offload",
    2: "total length that covers the header only",
    3: "total length 0 in a fragment",
    4: "lengths that wrap at 65,536",
    5: "IPv6 payload length 0 without hop-by-hop options",
    6: "jumbograms",
    7: "packets longer than 65,535 bytes",
    8: "padding and frame check sequence taken for data",
    9: "total length beyond the frame: cut by the capture, or a lie",
    10: "segments longer than the MTU",
    11: "checksums left to the network card",
    12: "checksums of fragments and of cut packets",
    13: "pseudo-header under a routing header",
    14: "pseudo-header's length; sums of 0x0000 and 0xffff",
    15: "UDP checksum 0",
    16: "checksums that cover another length than the packet has",
    17: "version and header length that cannot be",
    18: "chains of extension headers",
    19: "hop-by-hop options out of place; what ends a chain",
    20: "options of extension headers that leave them",
    21: "fragments that are not the first, first ones behind options, atomic ones",
    22: "tiny first fragments",
    24: "fragments of impossible length",
    26: "anomalies that intrusion detection names",
    27: "data offset that cannot be",
    28: "option length 0 or 1",
    29: "option length beyond the header",
    30: "known option of a wrong length, unknown option",
    31: "bytes behind the end of the options",
    32: "SACK blocks",
    33: "window scale above 14, and outside SYN",
    34: "Fast Open, TCP-AO, MD5, user timeout, MPTCP",
    35: "AE, ACE and the reserved bits",
    36: "no flag at all",
    37: "acknowledgment and urgent pointer without their flags",
    38: "data on a reset",
    49: "BSD loopback: both byte orders, five numbers for IPv6",
    50: "raw IP, PPP, cooked, tagged and LLC links",
    51: "tags that the network card took off",
}
ELSEWHERE: dict[int, str] = {
    23: "overlapping fragments: a matter of several packets",
    25: "sorting fragments: a matter of several packets",
    39: "numbers glued together in text: tests of findings' texts and of rendering",
}

DATA = b"GET / HTTP/1.0\r\n\r\n"  # 18 bytes
T20 = tcp()
E4, E6 = "eth ip tcp", "eth ipv6 tcp"
GOOD = "ip good tcp good"
MSS, NOP, WS, SACK_OK = b"\x02\x04\x05\xb4", b"\x01", b"\x03\x03\x07", b"\x04\x02"


def v6tcp(data: bytes = b"", flags: int = ACK, **rest: object) -> bytes:
    return tcp(data, flags, ends=V6, **rest)  # type: ignore[arg-type]


def padded(option: bytes) -> bytes:
    return option + NOP * (-len(option) % 4)


BIG = bytes(70000)
LONG = struct.pack("!II", 0, 0)
ROUTE0 = bytes((0, 1)) + bytes(4) + C6  # type 0, one segment left, reserved, address
SIXTY = eth(ip(T20)) + bytes(6)

LENGTHS: tuple[Vector, ...] = (
    Vector(1, "tso", eth(ip(tcp(DATA), length=0)), E4, 18, (found("ip.len.offload", "ip.len"),),
           {"ip.len": 0, "tcp.len": 18}, verdicts=GOOD),
    Vector(1, "tso-udp", eth(ip(udp(DATA), UDP, length=0)), "eth ip udp", 18, (found("ip.len.offload", "ip.len"),),
           {"ip.len": 0, "udp.length": 26}, verdicts="ip good udp good"),
    Vector(1, "not-offload-but-icmp", eth(ip(icmp(8, 0, bytes(4)), ICMP, length=0)), "eth ip", 8,
           (found("ip.len.short", "ip.len"),), {"ip.len": 0}, "icmp.type", "ip good"),
    Vector(2, "header-only", eth(ip(tcp(DATA), length=20)), E4, 18,
           (found("ip.len.header_only", "ip.len", None, 38),), {"ip.len": 20, "tcp.len": 18}, verdicts=GOOD),
    Vector(2, "header-only-raw-link", ip(T20, length=20), "ip tcp", 0,
           (found("ip.len.header_only", "ip.len", None, 20),), {"ip.len": 20, "tcp.len": 0}, verdicts=GOOD, link=101),
    Vector(2, "header-only-is-padding", eth(ip(b"", length=20)) + bytes(26), "eth ip", 0, (), {"ip.len": 20},
           "tcp.srcport", "ip good", trailer=26),
    Vector(3, "zero-length-and-more", eth(ip(tcp(bytes(20)), length=0, flags=1)), E4, 20,
           (found("ip.len.offload", "ip.len"), found("ip.len.zero_fragment", "ip.len")),
           {"ip.len": 0, "ip.flags.mf": 1, "tcp.srcport": 40000}, verdicts="ip good tcp unverified"),
    Vector(4, "big-tcp-v4", eth(ip(tcp(BIG, length=70020 & 0xFFFF, checksum=0), length=0)), E4, 70000,
           (found("ip.len.offload", "ip.len"),), {"tcp.len": 70000}, verdicts="ip good tcp unverified"),
    Vector(5, "big-tcp-v6", eth(ip6(v6tcp(BIG), length=0), 0x86DD), E6, 70000, (found("ipv6.plen.big", "ipv6.plen"),),
           {"ipv6.plen": 0, "tcp.len": 70000, "tcp.dstport": 80}, verdicts="tcp good"),
    Vector(5, "gso-udp-v6", eth(ip6(udp(DATA, ends=V6), UDP, length=0), 0x86DD), "eth ipv6 udp", 18,
           (found("ipv6.plen.big", "ipv6.plen"),), {"ipv6.plen": 0}, verdicts="udp good"),
    Vector(5, "nothing-but-padding", eth(ip6(b"", TCP), 0x86DD) + bytes(6), "eth ipv6", 0, (), {"ipv6.plen": 0},
           "tcp.srcport", trailer=6),
    Vector(5, "not-offload-but-icmp", eth(ip6(icmp6(128, 0, bytes(4)), ICMPV6, length=0), 0x86DD), "eth ipv6", 0, (),
           {"ipv6.plen": 0}, "icmpv6.type", trailer=8),
    Vector(6, "jumbogram", eth(ip6(options6(TCP, jumbo(70028)) + v6tcp(BIG), HOPOPTS, length=0) + bytes(6), 0x86DD),
           "eth ipv6 ipv6.hopopts tcp", 70000, (), {"ipv6.opt.jumbo": 70028, "tcp.len": 70000}, verdicts="tcp good",
           kinds=(0xC2,), trailer=6),
    Vector(6, "payload-length-too", eth(ip6(options6(TCP, jumbo(70028)) + v6tcp(), HOPOPTS), 0x86DD),
           "eth ipv6 ipv6.hopopts tcp", 0, (found("ipv6.jumbo.place", "ipv6.opt.jumbo"),), {"ipv6.plen": 28},
           verdicts="tcp good", kinds=(0xC2,)),
    Vector(6, "too-small", eth(ip6(options6(TCP, jumbo(28)) + v6tcp(), HOPOPTS, length=0), 0x86DD),
           "eth ipv6 ipv6.hopopts tcp", 0, (found("ipv6.jumbo.small", "ipv6.opt.jumbo"),), {"ipv6.opt.jumbo": 28},
           verdicts="tcp good", kinds=(0xC2,)),
    Vector(6, "missing", eth(ip6(options6(TCP, b"\x05\x02\0\0") + v6tcp(), HOPOPTS, length=0), 0x86DD),
           "eth ipv6 ipv6.hopopts tcp", 0, (found("ipv6.jumbo.missing", "ipv6.plen"),), {"ipv6.plen": 0},
           verdicts="tcp good", kinds=(5, 1)),
    Vector(6, "twice", eth(ip6(options6(TCP, jumbo(70036), jumbo(99999)) + v6tcp(BIG), HOPOPTS, length=0), 0x86DD),
           "eth ipv6 ipv6.hopopts tcp", 70000, (found("ipv6.jumbo.repeated", "ipv6.opt.jumbo"),), {"tcp.len": 70000},
           verdicts="tcp good", kinds=(0xC2, 0xC2, 1)),
    Vector(6, "in-destination-options", eth(ip6(options6(TCP, jumbo(70028)) + v6tcp(), DSTOPTS), 0x86DD),
           "eth ipv6 ipv6.dstopts tcp", 0, (found("option.place", "ipv6.opt.type"),), {}, verdicts="tcp good",
           kinds=(0xC2,)),
    Vector(6, "fragmented", eth(ip6(options6(FRAGMENT, jumbo(70036)) + fragment6(TCP, 0, 1) + v6tcp(BIG), HOPOPTS,
                                    length=0), 0x86DD),
           "eth ipv6 ipv6.hopopts ipv6.fraghdr tcp", 70000,
           (found("ipv6.jumbo.fragment", "ipv6.fraghdr.nxt"), found("ip.fragment.multiple", "ipv6.fraghdr.more"),
            found("ip.fragment.long", "ipv6.fraghdr.offset")),
           {"tcp.srcport": 40000}, verdicts="tcp unverified", kinds=(0xC2,)),
    Vector(7, "all-of-70054-bytes", eth(ip(tcp(BIG, checksum=0), length=0)), E4, 70000,
           (found("ip.len.offload", "ip.len"),), {"tcp.len": 70000}, verdicts="ip good tcp unverified"),
    Vector(8, "padding", SIXTY, E4, 0, (), {"tcp.len": 0}, verdicts=GOOD, trailer=6),
    Vector(8, "padding-and-fcs", SIXTY + b"FCS!", E4, 0, (), {"tcp.len": 0}, verdicts=GOOD, trailer=10, fcs=4),
    Vector(8, "fcs-behind-data", eth(ip(tcp(DATA))) + b"FCS!", E4, 18, (), {"tcp.len": 18}, verdicts=GOOD, trailer=4,
           fcs=4),
    Vector(9, "cut-by-capture", eth(ip(tcp(bytes(100))))[:60], E4, 6,
           (found("cut.capture", "ip.len", 140, 46, "capture"),), {"ip.len": 140, "tcp.len": 100},
           verdicts="ip good tcp unverified", length=154),
    Vector(9, "lie", eth(ip(tcp(DATA), length=1000)), E4, 18, (found("cut.frame", "ip.len", 1000, 58, "frame"),),
           {"ip.len": 1000}, verdicts="ip good tcp unverified"),
    Vector(9, "cut-and-lie", eth(ip(tcp(bytes(100)), length=1000))[:60], E4, 6,
           (found("cut.frame", "ip.len", 1000, 140, "frame"),), {"ip.len": 1000}, verdicts="ip good tcp unverified",
           length=154),
    Vector(9, "cut-by-capture-v6", eth(ip6(v6tcp(bytes(100))), 0x86DD)[:80], E6, 6,
           (found("cut.capture", "ipv6.plen", 120, 26, "capture"),), {"tcp.len": 100}, verdicts="tcp unverified",
           length=174),
    Vector(9, "lie-v6", eth(ip6(v6tcp(DATA), length=1000), 0x86DD), E6, 18,
           (found("cut.frame", "ipv6.plen", 1000, 38, "frame"),), {"ipv6.plen": 1000}, verdicts="tcp unverified"),
    Vector(9, "cut-in-tcp", eth(ip(tcp(DATA)))[:47], E4, 0,
           (found("cut.capture", "ip.len", 58, 33, "capture"), found("cut.capture", "tcp.flags", 14, 13, "capture")),
           {"tcp.ack_raw": 2000, "tcp.hdr_len": 5, "tcp.flags.ae": 0}, "tcp.flags tcp.flags.cwr tcp.window_size_value",
           "ip good", length=72),
    Vector(9, "frame-ends-in-ethernet", eth(b"")[:13], "eth", 1, (found("cut.frame", "eth.type", 14, 13, "frame"),),
           {}, "eth.type"),
    Vector(10, "superframe", eth(ip(tcp(bytes(30000)))), E4, 30000, (), {"tcp.len": 30000}, verdicts=GOOD),
)  # fmt: skip

PARTIAL = internet_sum(pseudo((A4, B4), TCP, 38))
HAO = b"\xc9\x10" + C6
SRH = bytes((4, 1, 1, 0)) + bytes(2) + C6 + B6  # type 4, 1 left, last entry 1, flags, tag, segments in reverse
SUMS: tuple[Vector, ...] = (
    Vector(11, "pseudo-header-only", eth(ip(tcp(DATA, checksum=PARTIAL))), E4, 18, (), {"tcp.checksum": PARTIAL},
           verdicts="ip good tcp partial"),
    Vector(11, "wrong", eth(ip(tcp(DATA, checksum=PARTIAL ^ 1))), E4, 18, (found("checksum.bad", "tcp.checksum"),),
           {"tcp.checksum": PARTIAL ^ 1}, verdicts="ip good tcp bad"),
    Vector(12, "first-fragment", eth(ip(tcp(bytes(20)), flags=1)), E4, 20, (), {}, "tcp.checksum_calculated",
           "ip good tcp unverified"),
    Vector(12, "cut", eth(ip(tcp(DATA)))[:-1], E4, 17, (found("cut.capture", "ip.len", 58, 57, "capture"),), {},
           "tcp.checksum_calculated", "ip good tcp unverified", length=72),
    Vector(12, "header-cut", eth(ip(T20, options=padded(NOP)))[:37], "eth ip", 0,
           (found("cut.capture", "ip.hdr_len", 24, 23, "capture"),), {"ip.hdr_len": 6}, "ip.checksum_calculated",
           "ip unverified", (1, 1, 1), length=58),
    Vector(13, "routing-type-0", eth(ip6(extension(TCP, ROUTE0) + tcp(ends=(A6, C6)), ROUTING), 0x86DD),
           "eth ipv6 ipv6.routing tcp", 0, (found("ipv6.routing.zero", "ipv6.routing.type"),),
           {"ipv6.routing.src.addr": C6}, verdicts="tcp good"),
    Vector(13, "routing-done", eth(ip6(extension(TCP, b"\0\0" + ROUTE0[2:]) + v6tcp(), ROUTING), 0x86DD),
           "eth ipv6 ipv6.routing tcp", 0, (found("ipv6.routing.zero", "ipv6.routing.type"),),
           {"ipv6.routing.segleft": 0}, verdicts="tcp good"),
    Vector(13, "segment-routing", eth(ip6(extension(TCP, SRH) + tcp(ends=(A6, C6)), ROUTING), 0x86DD),
           "eth ipv6 ipv6.routing tcp", 0, (), {"ipv6.routing.srh.addr": C6}, verdicts="tcp good"),
    Vector(13, "mobile-type-2", eth(ip6(extension(TCP, bytes((2, 1)) + bytes(4) + C6) + tcp(ends=(A6, C6)), ROUTING), 0x86DD),
           "eth ipv6 ipv6.routing tcp", 0, (), {"ipv6.routing.mipv6.home_address": C6}, verdicts="tcp good"),
    Vector(13, "rpl", eth(ip6(extension(TCP, bytes((3, 1, 0xFF, 0x70, 0, 0, 3)) + bytes(7)) + tcp(ends=(A6, C6)), ROUTING), 0x86DD),
           "eth ipv6 ipv6.routing tcp", 0, (), {"ipv6.routing.rpl.full_address": C6}, verdicts="tcp good"),
    Vector(13, "home-address", eth(ip6(options6(TCP, b"\x01\x00", HAO) + tcp(ends=(C6, B6)), DSTOPTS), 0x86DD),
           "eth ipv6 ipv6.dstopts tcp", 0, (), {"ipv6.opt.mipv6.home_address": C6}, verdicts="tcp good",
           kinds=(1, 0xC9, 1)),
    Vector(13, "more-segments-than-addresses",
           eth(ip6(extension(TCP, b"\0\x02" + ROUTE0[2:]) + v6tcp(), ROUTING), 0x86DD), "eth ipv6 ipv6.routing tcp", 0,
           (found("ipv6.routing.zero", "ipv6.routing.type"), found("ipv6.routing.segleft", "ipv6.routing.segleft")),
           {"ipv6.routing.segleft": 2}, verdicts="tcp good"),
    Vector(13, "loose-source-route", eth(ip(tcp(ends=(A4, C4)), options=b"\x83\x07\x04" + C4 + NOP)), E4, 0, (),
           {"ip.dst": B4, "ip.src_rt": C4}, verdicts=GOOD, kinds=(131, 1)),
    Vector(13, "source-route-done", eth(ip(T20, options=b"\x83\x07\x08" + C4 + NOP)), E4, 0, (), {}, verdicts=GOOD,
           kinds=(131, 1)),
    Vector(14, "behind-extensions", eth(ip6(options6(TCP) + v6tcp(DATA), DSTOPTS), 0x86DD), "eth ipv6 ipv6.dstopts tcp",
           18, (), {}, verdicts="tcp good", kinds=(1,)),
    Vector(14, "tcp-ffff", eth(ip(tcp(struct.pack("!H", internet_sum(tcp(b"\0\0", checksum=0)
                                                                      + pseudo((A4, B4), TCP, 22)) ^ 0xFFFF), checksum=0xFFFF))),
           E4, 2, (found("tcp.checksum.ffff", "tcp.checksum"),), {"tcp.checksum": 0xFFFF}, verdicts=GOOD),
    Vector(14, "ip-zero", eth(ip(T20, checksum=0)), E4, 0,
           (found("ip.checksum.zero", "ip.checksum"), found("checksum.bad", "ip.checksum")), {"ip.checksum": 0},
           verdicts="ip bad tcp good"),
    Vector(15, "none-over-v4", eth(ip(udp(DATA, checksum=0), UDP)), "eth ip udp", 18, (), {"udp.checksum": 0},
           "udp.checksum_calculated", "ip good udp absent"),
    Vector(15, "none-over-v6", eth(ip6(udp(DATA, checksum=0, ends=V6), UDP), 0x86DD), "eth ipv6 udp", 18,
           (found("checksum.zero", "udp.checksum"),), {"udp.checksum": 0}, verdicts="udp absent"),
    Vector(15, "none-over-v6-in-a-tunnel",
           eth(ip6(udp(b"\x08" + bytes(7) + eth(b"", 0x1234), port=4789, checksum=0, ends=V6), UDP), 0x86DD),
           "eth ipv6 udp vxlan eth", 0, (), {"vxlan.vni": 0}, verdicts="udp absent"),
    Vector(15, "computed-0-sent-ffff",
           eth(ip(udp(struct.pack("!H", internet_sum(udp(b"\0\0", checksum=0) + pseudo((A4, B4), UDP, 10)) ^ 0xFFFF)), UDP)),
           "eth ip udp", 2, (), {"udp.checksum": 0xFFFF, "udp.checksum_calculated": 0xFFFF}, verdicts="ip good udp good"),
    Vector(16, "stale-sum-under-tso", eth(ip(tcp(DATA, checksum=0xBEEF), length=0)), E4, 18,
           (found("ip.len.offload", "ip.len"),), {"tcp.checksum": 0xBEEF}, verdicts="ip good tcp unverified"),
    Vector(16, "partial-without-length", eth(ip(tcp(DATA, checksum=internet_sum(pseudo((A4, B4), TCP, 0))), length=0)),
           E4, 18, (found("ip.len.offload", "ip.len"),), {}, verdicts="ip good tcp partial"),
    Vector(16, "udp-shorter-than-ip", eth(ip(udp(DATA) + b"more", UDP)), "eth ip udp", 18,
           (found("trailer.length", "udp.length", None, 4, "udp.length"),), {"udp.length": 26}, verdicts="ip good udp good",
           trailer=4),
    Vector(16, "udp-longer-than-ip", eth(ip(udp(DATA, length=100), UDP)), "eth ip udp", 18,
           (found("cut.length", "udp.length", 100, 26, "the IP length"),), {"udp.length": 100},
           verdicts="ip good udp unverified"),
    Vector(16, "udp-too-short", eth(ip(udp(DATA, length=7), UDP)), "eth ip udp", 18,
           (found("udp.length.short", "udp.length"),), {"udp.length": 7}, verdicts="ip good"),
)  # fmt: skip

FAR = b"".join(options6(DSTOPTS) for _ in range(39)) + options6(TCP)
ICV = bytes(12)
IP_HEADERS: tuple[Vector, ...] = (
    Vector(17, "version-5", eth(ip(T20, version=5)), "eth ip", 39, (found("ip.version.mismatch", "ip.version"),),
           {"ip.version": 5}, "ip.hdr_len ip.ttl tcp.srcport"),
    Vector(17, "version-7-as-v6", eth(ip6(v6tcp(), version=7), 0x86DD), "eth ipv6", 59,
           (found("ip.version.mismatch", "ipv6.version"),), {"ipv6.version": 7}, "ipv6.plen tcp.srcport"),
    Vector(17, "v6-announced-as-v4", eth(ip6(v6tcp())), E6, 0, (found("ip.version.mismatch", "ipv6.version"),),
           {"ipv6.version": 6}, "ip.version", "tcp good"),
    Vector(17, "v4-announced-as-v6", eth(ip(T20), 0x86DD), E4, 0, (found("ip.version.mismatch", "ip.version"),),
           {"ip.version": 4}, "ipv6.version", GOOD),
    Vector(17, "header-length-3", eth(ip(T20, ihl=3)), "eth ip", 20, (found("ip.hdr_len.short", "ip.hdr_len"),),
           {"ip.hdr_len": 3, "ip.ttl": 64}, "ip.opt.type tcp.srcport", "ip unverified"),
    Vector(17, "header-length-beyond-the-frame", eth(ip(b"", ihl=15)), "eth ip", 0,
           (found("cut.frame", "ip.hdr_len", 60, 20, "frame"),), {"ip.hdr_len": 15}, "ip.opt.type", "ip unverified"),
    Vector(17, "total-length-below-header", eth(ip(T20, length=19)), "eth ip", 20, (found("ip.len.short", "ip.len"),),
           {"ip.len": 19}, "tcp.srcport", "ip good"),
    Vector(18, "40-headers", eth(ip6(FAR + v6tcp(), DSTOPTS), 0x86DD), "eth ipv6" + " ipv6.dstopts" * 33, 76,
           (*[found("ipv6.header.repeated", "ipv6.dstopts.nxt")] * 31, found("ipv6.chain.long", "ipv6.dstopts.nxt")), {}, "tcp.srcport udp.srcport", kinds=(1,) * 33),
    Vector(18, "stride-of-16", eth(ip6(options6(TCP, b"\x1e\x04SPAM") + v6tcp(), DSTOPTS), 0x86DD),
           "eth ipv6 ipv6.dstopts tcp", 0, (), {"ipv6.dstopts.len": 0, "ipv6.dstopts.len_oct": 8}, verdicts="tcp good",
           kinds=(0x1E,)),
    Vector(18, "stride-of-24", eth(ip6(options6(TCP, b"\x1e\x10" + bytes(16)) + v6tcp(), DSTOPTS), 0x86DD),
           "eth ipv6 ipv6.dstopts tcp", 0, (), {"ipv6.dstopts.len": 2, "ipv6.dstopts.len_oct": 24}, verdicts="tcp good",
           kinds=(0x1E, 1)),
    Vector(18, "authentication-counts-words", eth(ip(struct.pack("!BBHII", TCP, 4, 0, 1, 1) + ICV + T20, AH)),
           "eth ip ah tcp", 0, (), {"ah.length": 4, "ah.icv": ICV}, verdicts=GOOD),
    Vector(18, "header-passes-packet", eth(ip6(extension(TCP, bytes(6), 9) + v6tcp(), DSTOPTS), 0x86DD),
           "eth ipv6 ipv6.dstopts", 26, (found("cut.length", "ipv6.dstopts.len", 80, 28, "ipv6.plen"),),
           {"ipv6.dstopts.len": 9}, "tcp.srcport ipv6.opt.type"),
    Vector(19, "hop-by-hop-late", eth(ip6(options6(HOPOPTS) + options6(TCP) + v6tcp(), DSTOPTS), 0x86DD),
           "eth ipv6 ipv6.dstopts ipv6.hopopts tcp", 0, (found("ipv6.hopopts.place", "ipv6.hopopts.nxt"),), {},
           verdicts="tcp good", kinds=(1, 1)),
    Vector(19, "hop-by-hop-twice", eth(ip6(options6(HOPOPTS) + options6(TCP) + v6tcp(), HOPOPTS), 0x86DD),
           "eth ipv6 ipv6.hopopts ipv6.hopopts tcp", 0,
           (found("ipv6.hopopts.place", "ipv6.hopopts.nxt"), found("ipv6.header.repeated", "ipv6.hopopts.nxt")), {},
           verdicts="tcp good", kinds=(1, 1)),
    Vector(19, "esp-ends-the-chain", eth(ip6(struct.pack("!II", 1, 1) + v6tcp(), ESP), 0x86DD), "eth ipv6 esp", 20, (),
           {"esp.spi": 1}, "tcp.srcport"),
    Vector(19, "nothing-follows", eth(ip6(options6(NONE) + v6tcp(), DSTOPTS), 0x86DD), "eth ipv6 ipv6.dstopts", 20,
           (found("ipv6.nonxt.data", "ipv6.dstopts.nxt"),), {}, "tcp.srcport", kinds=(1,)),
    Vector(19, "nothing-at-all", eth(ip6(b"", NONE), 0x86DD), "eth ipv6", 0, (), {"ipv6.nxt": 59}),
    Vector(20, "option-passes-header", eth(ip6(extension(TCP, b"\x1e\x05" + bytes(4)) + v6tcp(), HOPOPTS), 0x86DD),
           "eth ipv6 ipv6.hopopts tcp", 0, (found("option.overrun", "ipv6.opt.type", 7, 6),), {}, "ipv6.opt.unknown",
           "tcp good", (0x1E,)),
    Vector(20, "pad1-has-no-length", eth(ip6(extension(TCP, bytes(6)) + v6tcp(), HOPOPTS), 0x86DD),
           "eth ipv6 ipv6.hopopts tcp", 0, (), {}, "ipv6.opt.length", "tcp good", (0,) * 6),
    Vector(20, "kind-alone-at-the-end", eth(ip6(extension(TCP, b"\x01\x03\0\0\0\x1e") + v6tcp(), HOPOPTS), 0x86DD),
           "eth ipv6 ipv6.hopopts tcp", 0, (found("option.alone", "ipv6.opt.type", 2, 1),), {}, "", "tcp good",
           (1, 0x1E)),
    Vector(20, "tunnel-limit-in-hop-by-hop", eth(ip6(options6(TCP, b"\x04\x01\x08") + v6tcp(), HOPOPTS), 0x86DD),
           "eth ipv6 ipv6.hopopts tcp", 0, (found("option.place", "ipv6.opt.type"),), {"ipv6.opt.tel": 8}, "", "tcp good",
           (4, 1)),
    Vector(21, "second-fragment", eth(ip(T20, flags=0, offset=3)), "eth ip", 20, (), {"ip.frag_offset": 3},
           "tcp.srcport", "ip good"),
    Vector(21, "second-fragment-v6", eth(ip6(fragment6(TCP, 3, 0) + v6tcp(), FRAGMENT), 0x86DD), "eth ipv6 ipv6.fraghdr",
           20, (), {"ipv6.fraghdr.offset": 3}, "tcp.srcport"),
    Vector(21, "first-behind-hop-by-hop",
           eth(ip6(options6(FRAGMENT) + fragment6(TCP, 0, 1) + v6tcp(bytes(4)), HOPOPTS), 0x86DD),
           "eth ipv6 ipv6.hopopts ipv6.fraghdr tcp", 4, (), {"tcp.dstport": 80}, "", "tcp unverified", (1,)),
    Vector(21, "chain-cut-by-fragment", eth(ip6(fragment6(TCP, 0, 1) + v6tcp()[:8], FRAGMENT), 0x86DD),
           "eth ipv6 ipv6.fraghdr tcp", 0,
           (found("ipv6.fragment.chain", "ipv6.fraghdr.nxt"), found("cut.fragment", "tcp.ack_raw", 12, 8, "fragment")),
           {"tcp.seq_raw": 1000}, "tcp.flags"),
    Vector(21, "chain-cut-in-options", eth(ip6(fragment6(DSTOPTS, 0, 1) + extension(TCP, bytes(6), 1), FRAGMENT), 0x86DD),
           "eth ipv6 ipv6.fraghdr ipv6.dstopts", 0,
           (found("ipv6.fragment.chain", "ipv6.fraghdr.nxt"),
            found("cut.fragment", "ipv6.dstopts.len", 16, 8, "fragment")), {}, "tcp.srcport", "", (0,) * 6),
    Vector(21, "chain-without-transport", eth(ip6(fragment6(TCP, 0, 1), FRAGMENT), 0x86DD), "eth ipv6 ipv6.fraghdr", 0,
           (found("ipv6.fragment.chain", "ipv6.fraghdr.nxt"),), {}, "tcp.srcport"),
    Vector(21, "atomic", eth(ip6(fragment6(TCP, 0, 0) + v6tcp(DATA), FRAGMENT), 0x86DD), "eth ipv6 ipv6.fraghdr tcp", 18,
           (found("ipv6.fragment.atomic", "ipv6.fraghdr.offset"),), {"tcp.len": 18}, "", "tcp good"),
    Vector(22, "eight-bytes-of-tcp", eth(ip(tcp()[:8], flags=1)), E4, 0,
           (found("ip.fragment.tiny", "ip.len", 20, 8), found("cut.fragment", "tcp.ack_raw", 12, 8, "fragment")),
           {"tcp.srcport": 40000, "tcp.seq_raw": 1000}, "tcp.flags", "ip good"),
    Vector(22, "options-in-the-next", eth(ip(tcp(b"", SYN, options=MSS + NOP * 4)[:24], flags=1)), E4, 0,
           (found("ip.fragment.tiny", "ip.len", 28, 24), found("cut.fragment", "tcp.hdr_len", 28, 24, "fragment")),
           {"tcp.options.mss_val": 1460}, "", "ip good tcp unverified", (2,)),
    Vector(24, "not-a-multiple-of-8", eth(ip(tcp(b"123"), flags=1)), E4, 3, (found("ip.fragment.multiple", "ip.len"),), {},
           "", "ip good tcp unverified"),
    Vector(24, "past-65535", eth(ip(bytes(100), flags=0, offset=8189)), "eth ip", 100,
           (found("ip.fragment.long", "ip.frag_offset"),), {"ip.frag_offset": 8189}, "", "ip good"),
    Vector(24, "up-to-65535", eth(ip(bytes(3), flags=0, offset=8189)), "eth ip", 3, (), {}, "", "ip good"),
    Vector(24, "past-65535-v6", eth(ip6(fragment6(UDP, 8191, 0) + bytes(8), FRAGMENT), 0x86DD), "eth ipv6 ipv6.fraghdr", 8,
           (found("ip.fragment.long", "ipv6.fraghdr.offset"),), {}, "udp.srcport"),
    Vector(24, "reserved-bits-v6", eth(ip6(fragment6(UDP, 1, 0, reserved=2) + bytes(8), FRAGMENT), 0x86DD),
           "eth ipv6 ipv6.fraghdr", 8, (found("reserved", "ipv6.fraghdr.reserved_bits"),), {"ipv6.fraghdr.reserved_bits": 2}),
    Vector(26, "fragment-with-df", eth(ip(bytes(24), flags=2, offset=3)), "eth ip", 24,
           (found("ip.fragment.df", "ip.flags.df"),), {"ip.flags.df": 1}, "", "ip good"),
    Vector(26, "reserved-flag", eth(ip(T20, flags=6)), E4, 0, (found("reserved", "ip.flags.rb"),), {"ip.flags": 6}, "", GOOD),
    Vector(26, "ttl-0", eth(ip(T20, ttl=0)), E4, 0, (found("ip.ttl.zero", "ip.ttl"),), {"ip.ttl": 0}, "", GOOD),
    Vector(26, "land", eth(ip(tcp(ends=(A4, A4)), ends=(A4, A4))), E4, 0, (found("ip.same_address", "ip.src"),), {}, "", GOOD),
    Vector(26, "land-v6", eth(ip6(tcp(ends=(A6, A6)), ends=(A6, A6)), 0x86DD), E6, 0,
           (found("ip.same_address", "ipv6.src"),), {}, "", "tcp good"),
    Vector(26, "option-twice", eth(ip(T20, options=b"\x44\x04\x05\0" * 2)), E4, 0,
           (found("ip.option.repeated", "ip.opt.type"),), {}, "", GOOD, (68, 68)),
    Vector(26, "syn-with-data", eth(ip(tcp(DATA, SYN))), E4, 18, (found("tcp.syn.data", "tcp.flags.syn"),), {}, "", GOOD),
    Vector(26, "christmas-tree", eth(ip(tcp(b"", FIN | URG | PSH, urgent=1))), E4, 0, (found("tcp.flags.xmas", "tcp.flags"),),
           {"tcp.flags.str": "UPF"}, "", GOOD),
    Vector(26, "syn-fin", eth(ip(tcp(b"", SYN | FIN))), E4, 0, (found("tcp.flags.syn_fin", "tcp.flags.syn"),), {}, "", GOOD),
    Vector(26, "syn-rst", eth(ip(tcp(b"", SYN | RST))), E4, 0, (found("tcp.flags.syn_rst", "tcp.flags.syn"),), {}, "", GOOD),
    Vector(26, "fin-alone", eth(ip(tcp(b"", FIN))), E4, 0, (found("tcp.flags.fin_alone", "tcp.flags.fin"),), {}, "", GOOD),
)  # fmt: skip


def syn(options: bytes, *findings: Found, kinds: tuple[int, ...], values: Mapping[str, object] | None = None,
        absent: str = "", trap: int, name: str, flags: int = SYN) -> Vector:  # fmt: skip
    """A segment whose options are looked at; the packet goes on behind them, so nothing may be read from there."""
    behind = b"\x02\x04\x11\x11\x03\x03\x0f\x00"
    more = (found("tcp.syn.data", "tcp.flags.syn"),) if flags & SYN else ()
    data = eth(ip(tcp(behind, flags, options=options)))
    late = [one for one in findings if one[0] in ("tcp.wscale.large", "option.place")]
    early = [one for one in findings if one[0] == "option.after_end"]
    inner = [one for one in findings if one not in early and one not in late]
    quiet = () if values and "tcp.options.tfo.cookie" in values else more
    return Vector(trap, name, data, E4, 8, (*early, *quiet, *late, *inner), values or {}, absent, GOOD, kinds)


JOIN = b"\x1e\x0c\x10\x01" + b"\xaa\xbb\xcc\xdd" + b"\x01\x02\x03\x04"
TRANSPORT: tuple[Vector, ...] = (
    Vector(27, "data-offset-4", eth(ip(tcp(DATA, words=4))), E4, 18, (found("tcp.hdr_len.short", "tcp.hdr_len"),),
           {"tcp.hdr_len": 4, "tcp.window_size_value": 1024}, "tcp.option_kind tcp.len", GOOD),
    Vector(27, "data-offset-beyond-segment", eth(ip(tcp(DATA, words=15))), E4, 18,
           (found("cut.length", "tcp.hdr_len", 60, 38, "ip.len"),), {"tcp.hdr_len": 15}, "tcp.option_kind tcp.len", GOOD),
    syn(b"\x02\x04\x05\xb4\x08\x00\x01\x01", found("option.length", "tcp.option_kind", 2, 4), kinds=(2, 8), trap=28,
        name="length-0", values={"tcp.options.mss_val": 1460}, absent="tcp.options.timestamp.tsval"),
    syn(b"\x03\x01\x01\x01", found("option.length", "tcp.option_kind", 2, 4), kinds=(3,), trap=28, name="length-1",
        absent="tcp.options.wscale.shift tcp.options.mss_val"),
    Vector(28, "length-0-in-ip", eth(ip(T20, options=b"\x07\0\0\0")), E4, 0, (found("option.length", "ip.opt.type", 2, 4),),
           {}, "ip.opt.ptr", GOOD, (7,)),
    syn(b"\x01\x01\x02\x04", found("option.overrun", "tcp.option_kind", 4, 2), kinds=(1, 1, 2), trap=29,
        name="passes-header-not-packet", absent="tcp.options.mss_val"),
    syn(b"\x01\x01\x01\x1e", found("option.alone", "tcp.option_kind", 2, 1), kinds=(1, 1, 1, 30), trap=29, name="lone-kind",
        absent="tcp.option_len"),
    syn(b"\x02\x03\x05\x03\x03\x07\x01\x01", found("option.size", "tcp.option_kind", 4, 3), kinds=(2, 3, 1, 1), trap=30,
        name="mss-of-3-bytes", values={"tcp.options.wscale.shift": 7}, absent="tcp.options.mss_val"),
    syn(b"\x4d\x06SPAM" + MSS + b"\x01\x01", kinds=(77, 2, 1, 1), trap=30, name="unknown-is-skipped",
        values={"tcp.options.unknown.payload": b"SPAM", "tcp.options.mss_val": 1460}),
    syn(MSS + b"\0\x03\x03\x07", found("option.after_end", "tcp.options.padding"), kinds=(2, 0), trap=31,
        name="options-behind-the-end", values={"tcp.options.padding": b"\x03\x03\x07"}, absent="tcp.options.wscale.shift"),
    syn(MSS + bytes(4), kinds=(2, 0), trap=31, name="zeros-behind-the-end", values={"tcp.options.padding": bytes(3)}),
    Vector(31, "behind-the-end-in-ip", eth(ip(T20, options=b"\0\x07\x03\x04")), E4, 0,
           (found("option.after_end", "ip.opt.padding"),), {"ip.opt.padding": b"\x07\x03\x04"}, "ip.opt.ptr", GOOD, (0,)),
    *(
        syn(padded(bytes((5, 2 + 8 * n)) + b"".join(struct.pack("!II", 10 * i, 10 * i + 5) for i in range(1, n + 1))),
            kinds=(5, 1, 1), trap=32, name=f"{n}-blocks", flags=ACK,
            values={"tcp.options.sack_le": [10 * i for i in range(1, n + 1)],
                    "tcp.options.sack_re": [10 * i + 5 for i in range(1, n + 1)]})
        for n in (1, 2, 3, 4)
    ),
    syn(padded(b"\x05\x0c" + bytes(10)), found("option.size", "tcp.option_kind", 10, 12), kinds=(5,), trap=32,
        name="a-block-and-a-quarter", flags=ACK, absent="tcp.options.sack_le"),
    syn(b"\x03\x03\x0f\x01", found("tcp.wscale.large", "tcp.options.wscale.shift"), kinds=(3, 1), trap=33, name="shift-15",
        values={"tcp.options.wscale.shift": 15, "tcp.window_size_value": 1024}),
    syn(b"\x03\x03\x0e\x01", kinds=(3, 1), trap=33, name="shift-14", values={"tcp.options.wscale.shift": 14}),
    syn(b"\x03\x03\x07\x01", found("option.place", "tcp.option_kind"), kinds=(3, 1), trap=33, name="outside-syn", flags=ACK,
        values={"tcp.options.wscale.shift": 7}),
    syn(b"\x22\x02\x01\x01", kinds=(34, 1, 1), trap=34, name="fast-open-asks", absent="tcp.options.tfo.cookie"),
    syn(padded(b"\x22\x06WXYZ"), kinds=(34, 1, 1), trap=34, name="fast-open-cookie-4",
        values={"tcp.options.tfo.cookie": b"WXYZ"}),
    syn(padded(b"\x22\x12" + bytes(16)), kinds=(34, 1, 1), trap=34, name="fast-open-cookie-16",
        values={"tcp.options.tfo.cookie": bytes(16)}),
    syn(padded(b"\x22\x07WXYZV"), found("option.size", "tcp.option_kind", 2, 7), kinds=(34, 1), trap=34,
        name="fast-open-cookie-5", absent="tcp.options.tfo.cookie"),
    syn(b"\xfe\x08\xf9\x89WXYZ", kinds=(254,), trap=34, name="fast-open-experiment",
        values={"tcp.options.experimental.exid": 0xF989, "tcp.options.tfo.cookie": b"WXYZ"}),
    syn(b"\xfd\x08\x12\x34WXYZ", kinds=(253,), trap=34, name="other-experiment",
        values={"tcp.options.experimental.exid": 0x1234, "tcp.options.experimental.data": b"WXYZ"},
        absent="tcp.options.tfo.cookie"),
    syn(padded(b"\x1d\x10\x05\x06" + bytes(12)), kinds=(29,), trap=34, name="authentication",
        values={"tcp.options.ao.keyid": 5, "tcp.options.ao.rnextkeyid": 6, "tcp.options.ao.mac": bytes(12)}),
    Vector(34, "authentication-of-3-bytes", eth(ip(tcp(options=b"\x1d\x03\x05\x01"))), E4, 0,
           (found("cut.length", "tcp.options.ao.rnextkeyid", 4, 3, "tcp.option_len"),), {"tcp.options.ao.keyid": 5},
           "tcp.options.ao.rnextkeyid", GOOD, (29, 1)),
    syn(padded(b"\x13\x12" + bytes(range(16))), kinds=(19, 1, 1), trap=34, name="md5",
        values={"tcp.options.md5.digest": bytes(range(16))}),
    syn(b"\x1c\x04\x80\x05", kinds=(28,), trap=34, name="user-timeout-in-minutes",
        values={"tcp.options.user_to_granularity": 1, "tcp.options.user_to_val": 5}),
    syn(JOIN, kinds=(30,), trap=34, name="mptcp-subtype-is-not-its-length",
        values={"tcp.option_len": 12, "tcp.options.mptcp.subtype": 1, "tcp.options.mptcp.addrid": 1,
                "tcp.options.mptcp.recvtok": 0xAABBCCDD, "tcp.options.mptcp.sendrand": 0x01020304}),
    syn(MSS + NOP + WS + SACK_OK + NOP + NOP, *(found("option.place", "tcp.option_kind"),) * 3, kinds=(2, 1, 3, 4, 1, 1),
        trap=34, name="syn-options-on-an-ack", flags=ACK, values={"tcp.options.mss_val": 1460}),
    Vector(35, "accurate-ecn-syn", eth(ip(tcp(b"", SYN | AE | CWR | ECE))), E4, 0, (),
           {"tcp.flags": 0x1C2, "tcp.flags.ae": 1, "tcp.flags.ace": 7, "tcp.flags.str": "aCES"}, "tcp.flags.ns", GOOD),
    Vector(35, "reserved-bits", eth(ip(tcp(reserved=5))), E4, 0, (found("reserved", "tcp.flags.res"),),
           {"tcp.flags.res": 5, "tcp.flags.ae": 0}, "", GOOD),
    Vector(36, "null", eth(ip(tcp(b"", 0))), E4, 0, (found("tcp.flags.none", "tcp.flags"),),
           {"tcp.flags": 0, "tcp.flags.str": "none"}, "", GOOD),
    Vector(37, "ack-number-without-ack", eth(ip(tcp(b"", SYN, ack=7))), E4, 0, (found("tcp.ack.nonzero", "tcp.ack_raw"),),
           {"tcp.ack_raw": 7}, "", GOOD),
    Vector(37, "urgent-pointer-without-urg", eth(ip(tcp(urgent=9))), E4, 0, (found("tcp.urgent.unset", "tcp.urgent_pointer"),),
           {"tcp.urgent_pointer": 9}, "", GOOD),
    Vector(37, "urg-without-pointer", eth(ip(tcp(b"", ACK | URG))), E4, 0, (found("tcp.urgent.zero", "tcp.urgent_pointer"),),
           {}, "", GOOD),
    Vector(38, "reset-with-a-reason", eth(ip(tcp(b"no such thing", RST | ACK))), E4, 13,
           (found("tcp.rst.data", "tcp.flags.reset"),), {"tcp.len": 13}, "", GOOD),
    Vector(38, "quoted-by-icmp", eth(ip(icmp(3, 3, bytes(4), ip(tcp(DATA))[:28]), ICMP)), "eth ip icmp ip tcp", 0,
           (found("cut.quote", "tcp.ack_raw", 12, 8, "quote"),), {"icmp.code": 3, "tcp.seq_raw": 1000}, "tcp.flags",
           "ip good icmp good ip good"),
    Vector(38, "quoted-by-icmpv6", eth(ip6(icmp6(3, 0, bytes(4), ip6(v6tcp(DATA))), ICMPV6), 0x86DD),
           "eth ipv6 icmpv6 ipv6 tcp", 18, (), {"icmpv6.type": 3, "tcp.dstport": 80}, "", "icmpv6 good tcp good"),
)  # fmt: skip


def loopback(family: int, order: str, payload: bytes, link: int = 0) -> bytes:
    return struct.pack(f"{order}I", family) + payload


IP_PACKETS = {2: ip(T20), **dict.fromkeys((10, 23, 24, 28, 30), ip6(v6tcp()))}
LINKS: tuple[Vector, ...] = (
    *(
        Vector(49, f"family-{family}-{word}", loopback(family, order, packet), f"null {'ip' if family == 2 else 'ipv6'} tcp", 0,
               (), {"null.family": family}, "", GOOD if family == 2 else "tcp good", link=0)
        for family, packet in IP_PACKETS.items()
        for order, word in (("<", "little"), (">", "big"))
    ),
    Vector(49, "unknown-family", loopback(99, "<", ip(T20)), "null ip tcp", 0, (found("link.family", "null.family"),),
           {"null.family": 99}, "", GOOD, link=0),
    Vector(49, "loop-in-network-order", loopback(24, ">", ip6(v6tcp())), "null ipv6 tcp", 0, (), {"null.family": 24}, "",
           "tcp good", link=108),
    *(Vector(50, f"raw-{link}", ip(T20), "ip tcp", 0, (), {"ip.version": 4}, "", GOOD, link=link) for link in (12, 14, 101, 228)),
    *(Vector(50, f"raw-v6-{link}", ip6(v6tcp()), "ipv6 tcp", 0, (), {}, "", "tcp good", link=link) for link in (12, 14, 101, 229)),
    Vector(50, "ppp", b"\x00\x21" + ip(T20), "ppp ip tcp", 0, (), {"ppp.protocol": 0x21}, "ppp.address", GOOD, link=9),
    Vector(50, "ppp-hdlc", b"\xff\x03\x00\x57" + ip6(v6tcp()), "ppp ipv6 tcp", 0, (),
           {"ppp.address": 0xFF, "ppp.protocol": 0x57}, "", "tcp good", link=9),
    Vector(50, "ppp-one-byte-protocol", b"\x21" + ip(T20), "ppp ip tcp", 0, (), {"ppp.protocol": 0x21}, "", GOOD, link=9),
    Vector(50, "ppp-first-byte-only", b"\xff", "ppp", 0, (found("cut.capture", "ppp.control", 2, 1, "capture"),),
           {"ppp.address": 0xFF}, "ppp.protocol", link=9, length=40),
    Vector(50, "cooked", struct.pack("!HHH8sH", 0, 1, 6, bytes(8), 0x0800) + ip(T20), "sll ip tcp", 0, (),
           {"sll.etype": 0x0800, "sll.src.eth": bytes(6)}, "", GOOD, link=113),
    Vector(50, "cooked-2", struct.pack("!HHIHBB8s", 0x86DD, 0, 3, 1, 4, 6, bytes(8)) + ip6(v6tcp()), "sll ipv6 tcp", 0, (),
           {"sll.ifindex": 3, "sll.pkttype": 4}, "", "tcp good", link=276),
    Vector(50, "service-tag", eth(b"\x00\x64\x81\x00\x00\x07\x08\x00" + ip(T20), 0x88A8), "eth vlan vlan ip tcp", 0, (),
           {"vlan.id": [100, 7]}, "", GOOD),
    Vector(50, "old-service-tag", eth(b"\x00\x64\x81\x00\x00\x07\x08\x00" + ip(T20), 0x9100), "eth vlan vlan ip tcp", 0, (),
           {"vlan.id": [100, 7]}, "", GOOD),
    Vector(50, "snap", eth(b"\xaa\xaa\x03\0\0\0\x08\0" + ip(T20), 48), "eth llc ip tcp", 0, (),
           {"eth.len": 48, "llc.type": 0x0800}, "eth.type", GOOD),
    Vector(50, "llc-with-padding", eth(b"\x06\x06\x03" + ip(b"", 253), 23) + bytes(23), "eth llc ip", 0, (), {"eth.len": 23},
           "", "ip good", trailer=23),
    Vector(51, "untagged", eth(ip(T20)), E4, 0, (), {"eth.type": 0x0800}, "vlan.id", GOOD),
)  # fmt: skip

VECTORS: tuple[Vector, ...] = (*LENGTHS, *SUMS, *IP_HEADERS, *TRANSPORT, *LINKS)
