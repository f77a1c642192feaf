"""ARP (RFC 826) and RARP (RFC 903): the same packet, told apart by the link's type field."""

from __future__ import annotations

from dissect.wire import numbers
from dissect.wire.field import Field, Header, Kind

_USUAL = {"arp.hw.size": 6, "arp.proto.size": 4}

ARP = Header(
    "arp", "Address Resolution Protocol",
    (
        Field("arp.hw.type", 16, "Hardware type", names=numbers.ARP_HARDWARE),
        Field("arp.proto.type", 16, "Protocol type", kind=Kind.HEX, names=numbers.ETHERTYPES),
        Field("arp.hw.size", 8, "Hardware size", unit="bytes"),
        Field("arp.proto.size", 8, "Protocol size", unit="bytes"),
        Field("arp.opcode", 16, "Operation", names=numbers.ARP_OPERATIONS),
        Field("arp.src.hw_mac", 48, "Sender hardware address", kind=Kind.MAC, when=_USUAL),
        Field("arp.src.proto_ipv4", 32, "Sender protocol address", kind=Kind.IPV4, when=_USUAL),
        Field("arp.dst.hw_mac", 48, "Target hardware address", kind=Kind.MAC, when=_USUAL),
        Field("arp.dst.proto_ipv4", 32, "Target protocol address", kind=Kind.IPV4, when=_USUAL),
    ),
    cite="RFC 826", short="ARP",
)  # fmt: skip

HEADERS = (ARP,)
