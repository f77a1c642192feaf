"""For every sentence about a value a packet that calls for it, and the sentence in English."""

from __future__ import annotations

import socket
import struct
from typing import NamedTuple

from decoding.crafting import (
    A4,
    ACK,
    B4,
    B6,
    CWR,
    ECE,
    FIN,
    FRAGMENT,
    NONE,
    PSH,
    RST,
    SYN,
    URG,
    V4,
    extension,
    fragment6,
    internet_sum,
    ip,
    ip6,
    pseudo,
    tcp,
    udp,
)  # fmt: skip

from dissect.explain.readings import Around

OTHER = 253  # a protocol that nothing is read behind


class Vector(NamedTuple):
    """A packet, "sample:number" or crafted from its IP header on; the field and the sentence expected."""

    packet: bytes | str
    field: str
    says: str
    index: int = 0
    around: Around | None = None


def a4(text: str) -> bytes:
    """An IPv4 packet from that address."""
    return ip(b"", OTHER, ends=(socket.inet_aton(text), B4))


def a6(text: str) -> bytes:
    """An IPv6 packet from that address."""
    return ip6(b"", NONE, ends=(socket.inet_pton(socket.AF_INET6, text), B6))


def option(kind: int, body: bytes = b"", flags: int = SYN, **more: int) -> bytes:
    """A segment with one option, filled up with no-operations."""
    made = bytes((kind, len(body) + 2)) + body
    return ip(tcp(flags=flags, options=made + b"\x01" * (-len(made) % 4), **more))


def mss(size: int) -> bytes:
    return option(2, struct.pack("!H", size))


def ports(source: int, destination: int = 80) -> bytes:
    segment = tcp()
    return ip(struct.pack("!HH", source, destination) + segment[4:])


def segment(data: bytes = b"", flags: int = ACK, **more: int) -> bytes:
    return ip(tcp(data, flags, **more))


def mptcp(subtype: int, rest: bytes) -> bytes:
    return option(30, bytes((subtype << 4,)) + rest, ACK)


def routing(left: int) -> bytes:
    """Two addresses, of which so many are still to come."""
    return ip6(extension(NONE, bytes((0, left)) + bytes(4) + B6 + B6), 43)


def stamp(milliseconds: int) -> bytes:
    return ip(b"", OTHER, options=b"\x44\x08\x09\x00" + struct.pack("!I", milliseconds))


def timestamps(value: int, echo: int, flags: int) -> bytes:
    return option(8, struct.pack("!II", value, echo), flags)


def sack(*edges: int, ack: int) -> bytes:
    return option(5, struct.pack(f"!{len(edges)}I", *edges), ACK, ack=ack)


ROUTE = b"\x83\x07\x04" + A4 + b"\0"
SCALED = Around(handshake=True, shift=7)

VECTORS: dict[str, Vector] = {
    # Addresses
    "address.broadcast": Vector(a4("255.255.255.255"), "ip.src", "limited broadcast: every host on this link, never forwarded"),
    "address.unspecified": Vector(a4("0.0.0.0"), "ip.src", "no address: the sender has none yet"),
    "address.this_network": Vector(a4("0.0.0.5"), "ip.src", "a host on this network, valid as a source only while it learns its address"),
    "address.loopback": Vector(a4("127.0.0.53"), "ip.src", "loopback: the host itself; must not appear on a wire"),
    "address.private": Vector(a4("192.168.1.2"), "ip.src", "private (RFC 1918): unique only inside its own network, translated (NAT) at the border"),
    "address.link_local": Vector(a4("169.254.7.8"), "ip.src", "link-local: valid on this link only, routers do not forward it"),
    "address.shared": Vector(a4("100.64.0.1"), "ip.src", "shared space of carrier-grade NAT (RFC 6598)"),
    "address.documentation": Vector("handshake:1", "ip.src", "reserved for documentation and examples; not routed"),
    "address.benchmark": Vector(a4("198.19.255.1"), "ip.src", "reserved for benchmarks (RFC 2544, RFC 5180)"),
    "address.protocols": Vector(a4("192.0.0.8"), "ip.src", "set aside for protocols (RFC 6890); not a host's ordinary address"),
    "address.multicast": Vector("ttl-one:1", "ip.dst", "multicast: every host that has joined the group"),
    "address.reserved": Vector(a4("240.0.0.1"), "ip.src", "reserved, the former class E"),
    "address.global": Vector(a4("8.8.8.8"), "ip.src", "a global unicast address"),
    "address.mapped": Vector(a6("::ffff:8.8.8.8"), "ipv6.src", "an IPv4 address in IPv6 clothes: an AF_INET6 socket that speaks IPv4; must not appear on a wire"),
    "address.nat64": Vector(a6("64:ff9b::8.8.8.8"), "ipv6.src", "an IPv4 address behind a NAT64 translator (RFC 6052)"),
    "address.unique_local": Vector(a6("fd00::1"), "ipv6.src", "unique local (RFC 4193): IPv6's private addresses"),
    "address.site_local": Vector(a6("fec0::1"), "ipv6.src", "site-local, abolished in favour of unique local addresses (RFC 3879)"),
    "address.discard": Vector(a6("100::1"), "ipv6.src", "the discard prefix (RFC 6666): routers drop what is sent there"),
    "address.identity": Vector(a6("2001:20::1"), "ipv6.src", "the identity of a host, hashed from its key (ORCHID, RFC 7343); routers do not know it"),
    "address.segments": Vector(a6("5f00::1"), "ipv6.src", "a segment identifier of segment routing (RFC 9602)"),
    "address.unassigned": Vector(a6("4000::1"), "ipv6.src", "not assigned: global unicast addresses come from 2000::/3"),
    "address.teredo": Vector(a6("2001::1"), "ipv6.src", "Teredo: IPv6 tunneled in UDP through NAT"),
    "address.sixtofour": Vector(a6("2002:c000:201::1"), "ipv6.src", "6to4: the IPv4 address of the tunnel's end stands in the next 32 bits"),
    "address.solicited_node": Vector("neighbour-discovery:1", "ipv6.dst", "solicited-node multicast: asks for the hardware address of the host whose address ends in the same 24 bits"),
    "address.eui64": Vector(a6("fe80::a8bb:ccff:fedd:eeff"), "ipv6.src", "the interface identifier was made from the hardware address aa:bb:cc:dd:ee:ff"),
    # Version, TTL and hop limit
    "version.other": Vector(b"\x55" + segment()[1:], "ip.version", "5, where 4 belongs: this is no IPv4 header"),
    "hops.zero": Vector(ip(b"", OTHER, ttl=0), "ip.ttl", "0: must not appear on a wire; the router that counted down to it should have dropped the packet"),
    "hops.last": Vector("traceroute-v4:1", "ip.ttl", "the next router drops it and reports time exceeded; on the same link it arrives"),
    "hops.link": Vector("ttl-one:1", "ip.ttl", "1: no router passes it on, so it stays on this link; no error is reported for a multicast"),
    "hops.fresh": Vector("handshake:1", "ip.ttl", "64: a usual initial value, so no router has been passed"),
    "hops.one": Vector(ip(b"", OTHER, ttl=63), "ip.ttl", "most likely set to 64, one router passed"),
    "hops.many": Vector(ip6(b"", NONE, hops=118), "ipv6.hlim", "most likely set to 128, 10 routers passed"),
    "hops.neighbor": Vector("neighbour-discovery:1", "ipv6.hlim", "255: proof that it comes from this very link, since every router takes off 1"),
    "hops.low": Vector("traceroute-v4:3", "ip.ttl", "2: set so low on purpose, as traceroute does"),
    # Service
    "dscp.default": Vector("handshake:1", "ip.dsfield", "DSCP 0: default treatment, best effort"),
    "dscp.lower": Vector(ip(b"", OTHER, tos=1 << 2), "ip.dsfield.dscp", "DSCP 1: lower effort, gives way to everything else"),
    "dscp.expedited": Vector("dscp:1", "ip.dsfield", "DSCP 46: expedited forwarding, for traffic that must not wait, such as voice"),
    "dscp.voice": Vector(ip(b"", OTHER, tos=44 << 2), "ip.dsfield.dscp", "DSCP 44: admitted voice, expedited forwarding after admission control"),
    "dscp.queue": Vector(ip(b"", OTHER, tos=45 << 2), "ip.dsfield.dscp", "DSCP 45: non-queue-building, for flows that never fill a queue"),
    "dscp.selector": Vector("udp-port-unreachable:2", "ip.dsfield", "DSCP 48: class selector 6, as the old precedence 6"),
    "dscp.assured": Vector(ip(b"", OTHER, tos=28 << 2), "ip.dsfield.dscp", "DSCP 28: assured forwarding class 3, drop precedence 2"),
    "dscp.unassigned": Vector(ip(b"", OTHER, tos=63 << 2), "ip.dsfield.dscp", "DSCP 63: no standard meaning; the network's own"),
    "ecn.0": Vector("handshake:1", "ip.dsfield.ecn", "not ECN-capable: a congested router drops it"),
    "ecn.1": Vector(ip(b"", OTHER, tos=1), "ip.dsfield.ecn", "ECT(1): ECN-capable, asking for L4S treatment"),
    "ecn.2": Vector("ecn:4", "ip.dsfield.ecn", "ECT(0): ECN-capable, a congested router may mark it instead of dropping it"),
    "ecn.3": Vector("ecn:6", "ip.dsfield.ecn", "congestion experienced: a router on the way marked it instead of dropping it"),
    # Lengths
    "header_length.short": Vector("bad-data-offset:1", "tcp.hdr_len", "3 × 4 = 12 bytes: less than the 20 that every header has"),
    "header_length.plain": Vector("handshake:1", "ip.hdr_len", "5 × 4 = 20 bytes: no options"),
    "header_length.options": Vector("handshake:1", "tcp.hdr_len", "10 × 4 = 40 bytes: 20 and 20 of options"),
    "length.offload": Vector("big-tcp:1", "ip.len", "0: the network card was to fill it in (segmentation offload)"),
    "length.split": Vector("handshake:1", "ip.len", "20 bytes of header + 40 of data = 60"),
    "length.large": Vector("offload:4", "ip.len", "more than Ethernet's 1,500: segmentation offload joined or has yet to split it, or the link has a larger MTU"),
    "payload.total": Vector("handshake-v6:1", "ipv6.plen", "40 bytes of header + 40 = 80 in all"),
    "payload.jumbo": Vector("jumbogram:1", "ipv6.plen", "0: the jumbo payload option says it, 69996 bytes"),
    "payload.offload": Vector("zero-lengths:2", "ipv6.plen", "0 without a jumbo option: segmentation offload (BIG TCP)"),
    "extension.length": Vector(routing(1), "ipv6.routing.len", "(4 + 1) × 8 = 40 bytes"),
    "segments.left": Vector(routing(2), "ipv6.routing.segleft", "2 more of the listed addresses to visit, the final one included"),
    "segments.done": Vector(routing(0), "ipv6.routing.segleft", "the last address of the list is reached"),
    # Fragments
    "id.fragment": Vector("fragments-v4-in-order:1", "ip.id", "all fragments with this number, the same addresses and protocol are one datagram"),
    "id.pieces": Vector("fragments-v4-in-order:2", "ip.id", "piece 2 of 3: packets 1, 2, 3"),
    "id.atomic": Vector(segment(), "ip.id", "not a fragment and never to be one (DF): an atomic datagram, the number means nothing"),
    "id.zero": Vector("handshake:2", "ip.id", "identification 0 with DF: an atomic datagram, the number means nothing"),
    "id.whole": Vector(ip(b"", OTHER, flags=0), "ip.id", "used only if a router has to fragment the datagram"),
    "fragment.whole": Vector(ip(b"", OTHER, flags=0), "ip.flags", "a whole datagram, which routers may fragment"),
    "fragment.whole_df": Vector("handshake:1", "ip.flags", "a whole datagram, which no router may fragment (DF)"),
    "fragment.first": Vector("fragments-v4-in-order:1", "ip.flags", "the first fragment, more follow"),
    "fragment.middle": Vector("fragments-v4-in-order:2", "ip.flags", "a fragment from the middle, more follow"),
    "fragment.last": Vector("fragments-v4-in-order:3", "ip.flags", "the last fragment"),
    "flag.rb": Vector("reserved-bits:5", "ip.flags.rb", "set, although it must be 0"),
    "flag.df": Vector("handshake:1", "ip.flags.df", "a router for which it is too long drops it and reports the MTU that fits: path MTU discovery"),
    "flag.df_clear": Vector(ip(b"", OTHER, flags=0), "ip.flags.df", "routers may fragment it"),
    "flag.mf": Vector("fragments-v4-in-order:1", "ip.flags.mf", "more fragments of this datagram follow"),
    "flag.mf_last": Vector("fragments-v4-in-order:3", "ip.flags.mf", "no more: the last fragment, whose end is the end of the datagram"),
    "flag.mf_clear": Vector("handshake:1", "ip.flags.mf", "no more fragments: the datagram is whole"),
    "offset.at": Vector("fragments-v4-in-order:2", "ip.frag_offset", "185 × 8 = byte 1480 of the original data"),
    "offset.first": Vector(ip6(fragment6(17, 0, 1) + bytes(8), FRAGMENT), "ipv6.fraghdr.offset", "the data begins the datagram"),
    "offset.none": Vector("handshake:1", "ip.frag_offset", "not a fragment"),
    # What follows
    "next.upper": Vector("handshake:1", "ip.proto", "TCP begins at byte 34"),
    "next.extension": Vector("fragments-v6-in-order:1", "ipv6.nxt", "an extension header, IPv6 fragment, begins at byte 54"),
    "next.none": Vector(a6("fd00::1"), "ipv6.nxt", "nothing follows; what does is ignored"),
    "next.elsewhere": Vector("fragments-v4-in-order:2", "ip.proto", "UDP is the payload, but its header is in the first fragment"),
    "next.unassigned": Vector(ip(b"", 200), "ip.proto", "200: not assigned by IANA"),
    "next.rare": Vector(ip(b"", 10), "ip.proto", "10: assigned by IANA, but so rare that its header is not read here"),
    "flow.zero": Vector(ip6(b"", NONE), "ipv6.flow", "the sender names no flow"),
    "flow.set": Vector("handshake-v6:1", "ipv6.flow", "with the addresses it names one flow, so that routers keep its packets on one path"),
    "pointer.next": Vector("ipv4-options:3", "ip.opt.ptr", "the next router writes its address at byte 41"),
    "pointer.stamp": Vector("ipv4-options:4", "ip.opt.ptr", "the next host asked writes its time at byte 46"),
    "pointer.route": Vector(ip(b"", OTHER, options=ROUTE), "ip.opt.ptr", "the next stop of the route stands at byte 23"),
    "pointer.full": Vector("ipv4-options:5", "ip.opt.ptr", "the list is full or used up"),
    "clock.time": Vector(stamp(86_399_999), "ip.opt.time_stamp", "23:59:59.999 UTC"),
    "clock.other": Vector(stamp(86_400_000), "ip.opt.time_stamp", "not milliseconds since midnight UTC: a clock of its own"),
    # Checksums
    "checksum.good": Vector("handshake:1", "tcp.checksum", "right"),
    "checksum.bad": Vector("bad-checksums:1", "ip.checksum", "wrong: 0xb1e4 would be right"),
    "checksum.partial": Vector(segment(checksum=internet_sum(pseudo(V4, 6, 20))), "tcp.checksum", "only the pseudo-header's sum: the network card was to add the rest (0x7f88)"),
    "checksum.unverified": Vector("fragments-v4-in-order:1", "udp.checksum", "cannot be checked: not all the bytes it covers are here"),
    "checksum.absent": Vector(ip(udp(checksum=0), 17), "udp.checksum", "the sender made none"),
    # Ports
    "port.known": Vector(segment(), "tcp.dstport", "http"),
    "port.zero": Vector(ports(0), "tcp.srcport", "0: reserved, no service can have it"),
    "port.system": Vector(ports(1023), "tcp.srcport", "a system port (below 1024): to bind it takes privileges"),
    "port.user": Vector(ports(1024), "tcp.srcport", "a user port (1024 to 49151): any program may bind it"),
    "port.ephemeral": Vector(ports(32768), "tcp.srcport", "from Linux's range of ephemeral ports, 32768 to 60999: most likely the client's"),
    "port.dynamic": Vector(ports(61000), "tcp.srcport", "a dynamic port (49152 and above): most likely the client's"),
    # TCP numbers
    "seq.initial": Vector(segment(flags=SYN, seq=0xFFFFFFFF), "tcp.seq_raw", "the initial sequence number, chosen at random; the SYN takes it, so data begins with 0"),
    "seq.data": Vector(segment(bytes(1448), seq=1), "tcp.seq_raw", "bytes 1 to 1448: 1 + 1448 = 1449 comes next"),
    "seq.data_fin": Vector(segment(b"bye", FIN | ACK), "tcp.seq_raw", "3 bytes from 1000 on; the FIN takes 1003: 1004 comes next"),
    "seq.fin": Vector(segment(flags=FIN | ACK), "tcp.seq_raw", "no data; the FIN takes the number 1000"),
    "seq.empty": Vector(segment(), "tcp.seq_raw", "no data: the number that the next byte will have"),
    "seq.again": Vector("fast-retransmit:14", "tcp.seq_raw", "sent again: packet 5 brought it first; 20.705 ms after the last try"),
    "seq.answered": Vector("retransmission:8", "tcp.seq_raw", "packet 10 acknowledges it after 3.80 s"),
    "ack.none": Vector(segment(flags=SYN), "tcp.ack_raw", "no ACK flag: nothing is acknowledged yet"),
    "ack.ignored": Vector("fields-without-flags:1", "tcp.ack_raw", "305419896 without the ACK flag: ignored"),
    "ack.syn": Vector(segment(flags=SYN | ACK, ack=0), "tcp.ack_raw", "the peer's initial number 4294967295 + 1: its SYN took one number"),
    "ack.syn_data": Vector(segment(flags=SYN | ACK, ack=500), "tcp.ack_raw", "the peer's initial number 488 + 1 for its SYN + 11 bytes of data on it (Fast Open)", around=Around(acked=8, data=11)),
    "ack.before": Vector(segment(ack=1449), "tcp.ack_raw", "acknowledges everything before byte 1449"),
    "ack.packet": Vector("handshake:2", "tcp.ack_raw", "that is packet 1"),
    "ack.sum": Vector("handshake:5", "tcp.ack_raw", "its sequence number 265917442 + its length 20 = 265917462; SYN and FIN count 1"),
    "ack.duplicate": Vector("fast-retransmit:15", "tcp.ack_raw", "duplicate number 4 of the acknowledgment in packet 10: byte 800285182 is still missing"),
    "ack.resent": Vector("fast-retransmit:13", "tcp.ack_raw", "the third duplicate: the sender retransmits packet 14 next"),
    "ack.resent_later": Vector(segment(ack=9), "tcp.ack_raw", "packet 17 brings the missing segment", around=Around(duplicate=5, duplicate_of=11, resent=17)),
    "segment.data": Vector(segment(b"GET"), "tcp.len", "3 bytes of the stream"),
    "segment.empty": Vector(segment(), "tcp.len", "no data"),
    # TCP flags
    "flags.syn": Vector("handshake:1", "tcp.flags", "SYN without ACK: the first of the three; the sender goes from CLOSED to SYN_SENT; connect() did this"),
    "flags.syn_ecn": Vector("ecn:1", "tcp.flags", "ECE and CWR on a SYN: the sender offers ECN"),
    "flags.syn_accurate": Vector("accurate-ecn:1", "tcp.flags", "AE, CWR and ECE on a SYN: the sender offers Accurate ECN"),
    "flags.syn_ack": Vector("handshake:2", "tcp.flags", "SYN and ACK: the second of the three; the listener goes from LISTEN to SYN_RECEIVED; the kernel answers, accept() is not needed"),
    "flags.both_open": Vector("simultaneous-open:3", "tcp.flags", "SYN and ACK from an end that has sent a SYN of its own: both opened at once; it goes from SYN_SENT to SYN_RECEIVED"),
    "flags.fin": Vector("impossible-flags:3", "tcp.flags", "FIN without ACK: not what a kernel sends; a scanner, perhaps"),
    "flags.fin_ack": Vector("handshake:7", "tcp.flags", "FIN: this end has no more to send; ESTABLISHED to FIN_WAIT_1, or CLOSE_WAIT to LAST_ACK; close() or shutdown(SHUT_WR) did this"),
    "flags.reset": Vector(segment(flags=RST), "tcp.flags", "RST: the connection ends at once, to CLOSED; without ACK it mostly answers a segment of no known connection"),
    "flags.reset_ack": Vector("linger-reset:6", "tcp.flags", "RST and ACK: the connection ends at once, to CLOSED; SO_LINGER with time 0, or unread data at close()"),
    "flags.refused": Vector("refused:2", "tcp.flags", "RST and ACK with sequence number 0: refused; nobody listens on the port that the SYN asked for, connect() fails with ECONNREFUSED"),
    "flags.syn_fin": Vector("impossible-flags:1", "tcp.flags", "SYN and FIN at once: no stack sends this; a scanner or an attack"),
    "flags.syn_reset": Vector("impossible-flags:4", "tcp.flags", "SYN and RST at once: no stack sends this"),
    "flags.none": Vector("impossible-flags:2", "tcp.flags", "no flag at all: a null scan"),
    "flags.no_ack": Vector(segment(b"data", PSH), "tcp.flags", "no ACK: after the first SYN every segment has it, so this one is dropped"),
    "flags.data": Vector(segment(b"data"), "tcp.flags", "4 bytes of data, and an acknowledgment of what came"),
    "flags.data_push": Vector(segment(b"data", PSH | ACK), "tcp.flags", "4 bytes of data, the end of what the program wrote (PSH), and an acknowledgment of what came"),
    "flags.pure": Vector("handshake:3", "tcp.flags", "a pure acknowledgment: no data"),
    "flag.ae": Vector("accurate-ecn:1", "tcp.flags.ae", "set: on a SYN, with CWR and ECE, it offers Accurate ECN"),
    "flag.cwr": Vector(segment(flags=ACK | CWR), "tcp.flags.cwr", "set: the sender has reduced its congestion window; on a SYN, with ECE, it offers ECN"),
    "flag.ece": Vector(segment(flags=ACK | ECE), "tcp.flags.ece", "set: a packet with a congestion mark arrived; on a SYN it says that ECN is understood"),
    "flag.answer": Vector("accurate-ecn:2", "tcp.flags.cwr", "set: with AE, CWR and ECE the SYN+ACK agrees to Accurate ECN and says which mark the SYN came with"),
    "flag.counter": Vector("accurate-ecn:3", "tcp.flags.cwr", "set: a bit of the counter ACE, which AE, CWR and ECE form once Accurate ECN is agreed"),
    "flag.urg": Vector("urgent:4", "tcp.flags.urg", "set: the urgent pointer counts; send() with MSG_OOB did this"),
    "flag.ack": Vector("handshake:2", "tcp.flags.ack", "set: the acknowledgment number counts, as in every segment but the first"),
    "flag.push": Vector("handshake:4", "tcp.flags.push", "set: the receiver should hand the data to the program at once"),
    "flag.reset": Vector("refused:2", "tcp.flags.reset", "set: aborts the connection, nothing is asked of the peer"),
    "flag.syn": Vector("handshake:1", "tcp.flags.syn", "set: opens a connection, takes one sequence number"),
    "flag.fin": Vector("handshake:7", "tcp.flags.fin", "set: no more data from this end, takes one sequence number; it may still receive"),
    "flag.res": Vector("reserved-bits:1", "tcp.flags.res", "set, although a sender must clear them"),
    # TCP window and urgent data
    "window.reset": Vector("refused:2", "tcp.window_size_value", "a RST opens no window: ignored"),
    "window.syn": Vector(segment(flags=SYN, window=64240), "tcp.window_size_value", "64240 bytes: on a SYN the window is never scaled", around=SCALED),
    "window.zero": Vector("zero-window:8", "tcp.window_size_value", "0: the receiver's buffer is full, the sender must stop and probe"),
    "window.unscaled": Vector(segment(), "tcp.window_size_value", "before scaling"),
    "window.unknown": Vector("offload:4", "tcp.window_size_value", "scale unknown: the handshake is not in this capture", around=Around()),
    "window.plain": Vector("accurate-ecn:3", "tcp.window_size_value", "64240 bytes: no scaling was agreed"),
    "window.scaled": Vector(segment(window=501), "tcp.window_size_value", "501 × 2^7 = 64,128 bytes", around=SCALED),
    "urgent.none": Vector("handshake:1", "tcp.urgent_pointer", "no urgent data"),
    "urgent.ignored": Vector(segment(urgent=5), "tcp.urgent_pointer", "urgent pointer 5 without URG: ignored"),
    "urgent.zero": Vector(segment(b"!", URG | ACK), "tcp.urgent_pointer", "0 with URG: no urgent data by RFC 6093; Linux takes the segment's first byte"),
    "urgent.set": Vector(segment(b"abc!", URG | ACK, urgent=4), "tcp.urgent_pointer", "urgent data ends before byte 1004: the urgent byte is 1003"),
    # TCP options
    "mss.ethernet": Vector(mss(1460), "tcp.options.mss_val", "1460 + 40 = 1500: the MTU of Ethernet"),
    "mss.pppoe": Vector(mss(1452), "tcp.options.mss_val", "1452 + 40 = 1492: the MTU of PPPoE"),
    "mss.jumbo": Vector(mss(8960), "tcp.options.mss_val", "8960 + 40 = 9000: jumbo frames"),
    "mss.loopback": Vector(mss(65495), "tcp.options.mss_val", "65495 + 40 = 65535: the loopback interface"),
    "mss.least6": Vector(ip6(mss(1220)[20:]), "tcp.options.mss_val", "1220 + 60 = 1280: the least MTU of IPv6"),
    "mss.least4": Vector(mss(536), "tcp.options.mss_val", "536 + 40 = 576: what every IPv4 host must take"),
    "mss.other": Vector(mss(1360), "tcp.options.mss_val", "1360 + 40 bytes of headers: a link or path with an MTU of 1400"),
    "scale.factor": Vector(option(3, b"\x07"), "tcp.options.wscale.shift", "× 128: windows of up to 8,388,480 bytes"),
    "scale.large": Vector(option(3, b"\x0f"), "tcp.options.wscale.shift", "15 is more than 14: 14 is used, windows of up to 1,073,725,440 bytes"),
    "sack.block": Vector(sack(2000, 2512, ack=1000), "tcp.options.sack_le", "bytes 2000 to 2511 have arrived (512), beyond a gap at 1000"),
    "sack.duplicate": Vector(sack(500, 1000, ack=1000), "tcp.options.sack_le", "D-SACK: bytes 500 to 999 came a second time"),
    "sack.right": Vector(sack(2000, 2512, ack=1000), "tcp.options.sack_re", "one past the block's last byte"),
    "timestamp.value": Vector(timestamps(7, 0, SYN), "tcp.options.timestamp.tsval", "the sender's clock; on Linux it ticks in milliseconds from a random start"),
    "timestamp.echo": Vector(timestamps(7, 5, ACK), "tcp.options.timestamp.tsecr", "the peer's clock value 5, sent back: the difference on return is the round-trip time"),
    "timestamp.none": Vector(timestamps(7, 0, SYN), "tcp.options.timestamp.tsecr", "nothing to send back yet"),
    "timestamp.zero": Vector(timestamps(7, 0, ACK), "tcp.options.timestamp.tsecr", "0: the peer sent no timestamp, or its clock is at 0"),
    "timestamp.ignored": Vector(timestamps(7, 5, SYN), "tcp.options.timestamp.tsecr", "5 without the ACK flag: ignored"),
    "timeout.seconds": Vector(option(28, b"\x00\x5a"), "tcp.options.user_to_val", "90 seconds"),
    "timeout.minutes": Vector(option(28, b"\x80\x05"), "tcp.options.user_to_val", "5 minutes"),
    "cookie.given": Vector(option(34, bytes(8), SYN | ACK), "tcp.options.tfo.cookie", "a cookie of 8 bytes, given by the server: with it a later SYN may carry data"),
    "cookie.shown": Vector(option(34, bytes(8)), "tcp.options.tfo.cookie", "a cookie of 8 bytes, given earlier by this server: data may ride on this SYN"),
    "mptcp.0": Vector("mptcp:1", "tcp.options.mptcp.subtype", "offers or confirms Multipath TCP; with it the ends exchange their keys"),
    "mptcp.1": Vector("mptcp:6", "tcp.options.mptcp.subtype", "adds this connection to a Multipath TCP session as a subflow"),
    "mptcp.2": Vector("mptcp-options:9", "tcp.options.mptcp.subtype", "maps this subflow's bytes into the session's stream, and acknowledges there"),
    "mptcp.3": Vector("mptcp-options:11", "tcp.options.mptcp.subtype", "announces another address for the session"),
    "mptcp.4": Vector("mptcp-options:15", "tcp.options.mptcp.subtype", "takes addresses back"),
    "mptcp.5": Vector("mptcp-options:16", "tcp.options.mptcp.subtype", "changes the priority of this subflow"),
    "mptcp.6": Vector("mptcp-options:17", "tcp.options.mptcp.subtype", "a checksum failed: fall back to plain TCP"),
    "mptcp.7": Vector(mptcp(7, bytes(9)), "tcp.options.mptcp.subtype", "closes the whole session at once"),
    "mptcp.8": Vector("mptcp-options:19", "tcp.options.mptcp.subtype", "says why this subflow is reset"),
}  # fmt: skip

ADDRESSES = {  # the first and the last address of every block, and their neighbours
    "private": "10.0.0.0 10.255.255.255 172.16.0.0 172.31.255.255 192.168.0.0 192.168.255.255",
    "global": "1.0.0.0 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 169.253.255.255 "
    "169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0 192.0.3.0 192.167.255.255 192.169.0.0 "
    "198.17.255.255 198.20.0.0 198.51.99.255 198.51.101.0 203.0.112.255 203.0.114.0 223.255.255.255 "
    "2000:: 2001:200:: 2001:db7:ffff::1 2001:db9:: 2003:: 3ffe:: 3fff:1000:: 3fff:ffff::",
    "this_network": "0.0.0.1 0.255.255.255",
    "unspecified": "0.0.0.0 ::",
    "loopback": "127.0.0.0 127.255.255.255 ::1",
    "shared": "100.64.0.0 100.127.255.255",
    "link_local": "169.254.0.0 169.254.255.255 fe80:: febf:ffff::1",
    "protocols": "192.0.0.0 192.0.0.255 2001:1::1 2001:1ff:ffff::",
    "documentation": "192.0.2.0 192.0.2.255 198.51.100.0 198.51.100.255 203.0.113.0 203.0.113.255 2001:db8:: "
    "2001:db8:ffff:: 3fff:: 3fff:fff:ffff::",
    "benchmark": "198.18.0.0 198.19.255.255 2001:2:: 2001:2:0:ffff::",
    "multicast": "224.0.0.0 239.255.255.255 ff00:: ff02::1 ff02::2:ff00:0 ffff::",
    "reserved": "240.0.0.0 255.255.255.254",
    "broadcast": "255.255.255.255",
    "solicited_node": "ff02::1:ff00:0 ff02::1:ffff:ffff",
    "unique_local": "fc00:: fdff:ffff::",
    "site_local": "fec0:: feff:ffff::",
    "mapped": "::ffff:0.0.0.0 ::ffff:255.255.255.255",
    "nat64": "64:ff9b::0.0.0.0 64:ff9b::255.255.255.255 64:ff9b:1:: 64:ff9b:1:ffff::",
    "teredo": "2001:: 2001:0:ffff::",
    "sixtofour": "2002:: 2002:ffff::",
    "discard": "100:: 100::ffff:ffff:ffff:ffff",
    "identity": "2001:20:: 2001:2f:ffff::",
    "segments": "5f00:: 5f00:ffff::",
    "unassigned": "::2 64:ff9a:: 64:ff9b:2:: 100:0:0:1:: 1fff:ffff:: 4000:: 5eff:: 5f01:: fbff:: fe00:: fe7f::",
}
