"""All tables together: headers by key, fields by name, and which header a number announces."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from dissect.wire import arp, icmp, ipv4, ipv6, link, tcp, tunnel, udp
from dissect.wire.field import Field, Header, Kind, OptionSet, every_field
from dissect.wire.stream import STREAM_FIELDS, TIME_FIELDS

HEADERS: tuple[Header, ...] = (
    *ipv4.HEADERS, *ipv6.HEADERS, *tcp.HEADERS, *udp.HEADERS, *icmp.HEADERS, *arp.HEADERS, *link.HEADERS,
    *tunnel.HEADERS,
)  # fmt: skip

PAIRS: dict[str, tuple[str, str]] = {
    "ip.addr": ("ip.src", "ip.dst"), "ipv6.addr": ("ipv6.src", "ipv6.dst"), "eth.addr": ("eth.src", "eth.dst"),
    "tcp.port": ("tcp.srcport", "tcp.dstport"), "udp.port": ("udp.srcport", "udp.dstport"),
}  # fmt: skip
"""Names that mean either of two fields."""

FRAME_FIELDS: tuple[Field, ...] = (
    Field("frame.number", 0, "Packet number, from 1"),
    Field("frame.time_epoch", 0, "Time", unit="seconds since 1970 UTC"),
    Field("frame.len", 0, "Length on the wire", unit="bytes"),
    Field("frame.cap_len", 0, "Length captured", unit="bytes"),
    Field("frame.interface_id", 0, "Interface number"),
    Field("frame.interface_name", 0, "Interface name", kind=Kind.WORD),
    Field("frame.comment", 0, "Comment", kind=Kind.WORD),
    Field("frame.protocols", 0, "Layers", kind=Kind.WORD),
)

ETHERTYPE_HEADERS: dict[int, str] = {
    0x0800: "ip", 0x86DD: "ipv6", 0x0806: "arp", 0x8035: "arp", 0x8100: "vlan", 0x88A8: "vlan", 0x9100: "vlan",
    0x9200: "vlan", 0x8847: "mpls", 0x8848: "mpls", 0x8863: "pppoe", 0x8864: "pppoe", 0x6558: "eth", 0x880B: "ppp",
}  # fmt: skip
PROTOCOL_HEADERS: dict[int, str] = {
    0: "ipv6.hopopts", 1: "icmp", 4: "ip", 6: "tcp", 17: "udp", 41: "ipv6", 43: "ipv6.routing", 44: "ipv6.fraghdr",
    47: "gre", 50: "esp", 51: "ah", 58: "icmpv6", 60: "ipv6.dstopts", 135: "mip6", 137: "mpls", 139: "hip",
    140: "shim6", 143: "eth",
}  # fmt: skip
PPP_HEADERS: dict[int, str] = {0x0021: "ip", 0x0057: "ipv6", 0x0281: "mpls", 0x0283: "mpls"}
LINK_HEADERS: dict[int, str] = {
    0: "null", 1: "eth", 9: "ppp", 12: "raw", 14: "raw", 50: "ppp", 51: "pppoe", 101: "raw", 108: "null", 113: "sll",
    219: "mpls", 228: "ip", 229: "ipv6", 276: "sll2",
}  # fmt: skip
TUNNEL_PORTS: dict[int, str] = {4789: "vxlan", 8472: "vxlan"}  # 8472: Linux's default before IANA's assignment


def option_headers(options: OptionSet) -> Iterator[Header]:
    """Every table of an option set, the unknown one last, and those of options inside options."""
    for header in (*options.table.values(), options.unknown):
        yield header
        if header.options is not None:
            yield from option_headers(header.options)


@cache
def every_header() -> tuple[Header, ...]:
    """All headers and options, each once."""
    found: dict[int, Header] = {}
    for header in HEADERS:
        found[id(header)] = header
        if header.options is not None:
            found.update((id(option), option) for option in option_headers(header.options))
    return tuple(found.values())


@cache
def fields() -> dict[str, tuple[Field, Header | None]]:
    """Field name → its row and the table that holds it first, in the order of the tables; those of streams last."""
    found: dict[str, tuple[Field, Header | None]] = {field.name: (field, None) for field in FRAME_FIELDS}
    for header in every_header():
        for field in every_field(header):
            if field.name:
                found.setdefault(field.name, (field, header))
    found.update((field.name, (field, None)) for field in (*TIME_FIELDS, *STREAM_FIELDS))
    return found


@cache
def aliases() -> dict[str, str]:
    """Other accepted names → the field's name."""
    return {alias: name for name, (field, _) in fields().items() for alias in field.aliases}


def header(key: str) -> Header:
    """The header with that key; the first where tables are variants of one."""
    return next(header for header in every_header() if header.key == key)
