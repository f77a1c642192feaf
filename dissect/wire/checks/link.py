"""Checks of link headers, ARP and ICMP."""

from __future__ import annotations

from dissect.wire.checks import Check, one_of

FAMILIES = (2, 10, 23, 24, 28, 30)  # IPv4, and what several systems call IPv6
DEPRECATED = (4, 6, 15, 16, 17, 18, *range(30, 40))  # RFC 6633, RFC 6918
DISCOVERY = range(133, 138)  # ICMPv6 types of neighbour discovery

CHECKS = (
    Check("eth.source_group", "eth", "eth.src", lambda of: of("eth.src") >> 40 & 1 == 1),
    Check("vlan.id.reserved", "vlan", "vlan.id", lambda of: of("vlan.id") == 0xFFF),
    Check("link.family", "null", "null.family", lambda of: one_of(of("null.family"), *FAMILIES) == 0,
          {"value": lambda of: of("null.family")}),
    Check("icmp.type.deprecated", "icmp", "icmp.type", lambda of: one_of(of("icmp.type"), *DEPRECATED),
          {"type": lambda of: of("icmp.type")}),
    Check("icmpv6.nd.hops", "icmpv6", "icmpv6.type",
          lambda of: one_of(of("icmpv6.type"), *DISCOVERY) & (of("network.hops") != 255) & (of("network.bytes") == 16),
          {"hops": lambda of: of("network.hops")}),
)  # fmt: skip
