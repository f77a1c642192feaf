"""ICMP (RFC 792) and ICMPv6 (RFC 4443): what every message has, and the rows of the usual ones."""

from __future__ import annotations

from dissect.wire import numbers
from dissect.wire.field import Field, Header, Kind

QUOTING = frozenset({3, 4, 5, 11, 12})  # messages that repeat the header they are about (RFC 1122 §3.2.2)
QUOTING_V6 = frozenset({1, 2, 3, 4})  # RFC 4443 §2.1: error messages have types below 128; these are defined

_ECHO = {"icmp.type": (0, 8, 13, 14, 15, 16, 17, 18)}
_TOO_BIG = {"icmp.type": 3, "icmp.code": 4}
_EXTENDED = {"icmp.type": (3, 11)}
_PROBLEM = {"icmp.type": 12}

ICMP = Header(
    "icmp", "Internet Control Message Protocol",
    (
        Field("icmp.type", 8, "Type", names=numbers.ICMP_TYPES),
        Field("icmp.code", 8, "Code", names=numbers.ICMP_CODES, named_by="icmp.type"),
        Field("icmp.checksum", 16, "Checksum", kind=Kind.HEX),
        Field("icmp.ident", 16, "Identifier", when=_ECHO),
        Field("icmp.seq", 16, "Sequence number", when=_ECHO),
        Field("icmp.originate_timestamp", 32, "Originate timestamp", unit="ms since midnight UTC",
              when={"icmp.type": (13, 14)}),
        Field("icmp.receive_timestamp", 32, "Receive timestamp", unit="ms since midnight UTC",
              when={"icmp.type": (13, 14)}),
        Field("icmp.transmit_timestamp", 32, "Transmit timestamp", unit="ms since midnight UTC",
              when={"icmp.type": (13, 14)}),
        Field("icmp.redir_gw", 32, "Gateway address", kind=Kind.IPV4, when={"icmp.type": 5}),
        Field("icmp.pointer", 8, "Pointer", unit="bytes", when=_PROBLEM),
        Field("icmp.unused", 8, "Unused", kind=Kind.BYTES, when=_EXTENDED),
        Field("icmp.length", 8, "Length of the quoted datagram", "Length", unit="32-bit words",
              when={"icmp.type": (3, 11, 12)}),
        Field("icmp.unused2", 16, "Unused", kind=Kind.BYTES, when={"icmp.type": (11, 12)}),
        Field("icmp.next_hop_unused", 16, "Unused", kind=Kind.BYTES,
              when={"icmp.type": 3}, unless={"icmp.code": 4}),
        Field("icmp.mtu", 16, "MTU of the next hop", unit="bytes", when=_TOO_BIG),
        Field("icmp.source_quench_unused", 32, "Unused", kind=Kind.BYTES, when={"icmp.type": 4}),
    ),
    cite="RFC 792", short="ICMP",
    derived=(
        Field("icmp.checksum.status", 0, "Checksum verdict", kind=Kind.WORD),
        Field("icmp.checksum_calculated", 0, "Checksum as computed", kind=Kind.HEX),
    ),
)  # fmt: skip

_ECHO_V6 = {"icmpv6.type": (128, 129)}
_TARGET = {"icmpv6.type": (135, 136, 137)}

ICMPV6 = Header(
    "icmpv6", "Internet Control Message Protocol v6",
    (
        Field("icmpv6.type", 8, "Type", names=numbers.ICMPV6_TYPES),
        Field("icmpv6.code", 8, "Code", names=numbers.ICMPV6_CODES, named_by="icmpv6.type"),
        Field("icmpv6.checksum", 16, "Checksum", kind=Kind.HEX),
        Field("icmpv6.echo.identifier", 16, "Identifier", kind=Kind.HEX, when=_ECHO_V6),
        Field("icmpv6.echo.sequence_number", 16, "Sequence number", when=_ECHO_V6),
        Field("icmpv6.length", 8, "Length of the quoted datagram", "Length", unit="64-bit words",
              when={"icmpv6.type": (1, 3)}),
        Field("icmpv6.unused", 24, "Unused", kind=Kind.BYTES, when={"icmpv6.type": (1, 3)}),
        Field("icmpv6.mtu", 32, "MTU", unit="bytes", when={"icmpv6.type": 2}),
        Field("icmpv6.pointer", 32, "Pointer", unit="bytes", when={"icmpv6.type": 4}),
        Field("icmpv6.nd.na.flag", 32, "Flags", kind=Kind.HEX, when={"icmpv6.type": 136},
              parts=(
                  Field("icmpv6.nd.na.flag.r", 1, "Router", kind=Kind.FLAG),
                  Field("icmpv6.nd.na.flag.s", 1, "Solicited", kind=Kind.FLAG),
                  Field("icmpv6.nd.na.flag.o", 1, "Override", kind=Kind.FLAG),
                  Field("icmpv6.nd.na.flag.rsv", 29, "Reserved"),
              )),
        Field("icmpv6.reserved", 32, "Reserved", kind=Kind.BYTES, when={"icmpv6.type": (133, 135, 137)}),
        Field("icmpv6.nd.ns.target_address", 128, "Target address", kind=Kind.IPV6, when=_TARGET),
        Field("icmpv6.nd.ra.cur_hop_limit", 8, "Current hop limit", when={"icmpv6.type": 134}),
        Field("icmpv6.nd.ra.flag", 8, "Flags", kind=Kind.HEX, when={"icmpv6.type": 134}),
        Field("icmpv6.nd.ra.router_lifetime", 16, "Router lifetime", unit="seconds", when={"icmpv6.type": 134}),
        Field("icmpv6.nd.ra.reachable_time", 32, "Reachable time", unit="ms", when={"icmpv6.type": 134}),
        Field("icmpv6.nd.ra.retrans_timer", 32, "Retransmission timer", unit="ms", when={"icmpv6.type": 134}),
    ),
    cite="RFC 4443 §2.1", short="ICMPv6",
    derived=(
        Field("icmpv6.checksum.status", 0, "Checksum verdict", kind=Kind.WORD),
        Field("icmpv6.checksum_calculated", 0, "Checksum as computed", kind=Kind.HEX),
    ),
)  # fmt: skip

HEADERS = (ICMP, ICMPV6)
