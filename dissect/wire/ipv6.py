"""The IPv6 header (RFC 8200 §3), its extension headers (§4) and the options inside them."""

from __future__ import annotations

from dissect.wire import numbers
from dissect.wire.field import Field, Header, Kind, Length, OptionSet, flag, reserved

_RFC = "RFC 8200 §3"

IPV6 = Header(
    "ipv6", "Internet Protocol version 6",
    (
        Field("ipv6.version", 4, "Version", cite=_RFC),
        Field(
            "ipv6.tclass", 8, "Traffic class", "Traffic Class", Kind.HEX, cite="RFC 8200 §7",
            parts=(
                Field("ipv6.tclass.dscp", 6, "Differentiated services codepoint", "DSCP", names=numbers.DSCP,
                      cite="RFC 2474 §3"),
                Field("ipv6.tclass.ecn", 2, "Explicit congestion notification", "ECN", names=numbers.ECN,
                      cite="RFC 3168 §5"),
            ),
        ),
        Field("ipv6.flow", 20, "Flow label", "Flow Label", Kind.HEX, cite="RFC 6437 §2"),
        Field("ipv6.plen", 16, "Payload length", "Payload Length", unit="bytes", cite=_RFC),
        Field("ipv6.nxt", 8, "Next header", "Next Header", names=numbers.PROTOCOLS, cite=_RFC),
        Field("ipv6.hlim", 8, "Hop limit", "Hop Limit", unit="hops", cite=_RFC),
        Field("ipv6.src", 128, "Source address", "Source Address", Kind.IPV6, cite="RFC 4291 §2"),
        Field("ipv6.dst", 128, "Destination address", "Destination Address", Kind.IPV6, cite="RFC 4291 §2"),
    ),
    cite=_RFC, short="IPv6", next="ipv6.nxt",
)  # fmt: skip

_TYPE = Field(
    "ipv6.opt.type", 8, "Type", kind=Kind.HEX, names=numbers.IPV6_OPTIONS, cite="RFC 8200 §4.2",
    parts=(
        Field("ipv6.opt.type.action", 2, "Action where unknown", "Act", names=numbers.IPV6_OPTION_ACTIONS),
        flag("ipv6.opt.type.change", "May change on the way", "C"),
        Field("ipv6.opt.type.rest", 5, "Low-order bits", kind=Kind.HEX),
    ),
)  # fmt: skip
_LENGTH = Field("ipv6.opt.length", 8, "Length", unit="bytes")


def _option(key: str, label: str, *fields: Field, cite: str, sizes: tuple[int, ...] = (), only: str = "") -> Header:
    return Header(f"ipv6.opt.{key}", label, (_TYPE, _LENGTH, *fields), cite, sizes=sizes, only=only)


TABLE: dict[int, Header] = {
    0x00: Header("ipv6.opt.pad1", "Pad1", (_TYPE,), "RFC 8200 §4.2"),
    0x01: _option("pad_n", "PadN", Field("ipv6.opt.padn", None, "Padding", kind=Kind.BYTES, optional=True),
                  cite="RFC 8200 §4.2"),
    0x04: _option("tunnel_limit", "Tunnel encapsulation limit", Field("ipv6.opt.tel", 8, "Encapsulations still allowed"),
                  cite="RFC 2473 §4.1.1", sizes=(3,), only="ipv6.dstopts"),
    0x05: _option("alert", "Router alert",
                  Field("ipv6.opt.router_alert", 16, "Value", names=numbers.ROUTER_ALERT_V6),
                  cite="RFC 2711 §2.1", sizes=(4,), only="ipv6.hopopts"),
    0xC2: _option("jumbo_payload", "Jumbo payload", Field("ipv6.opt.jumbo", 32, "Jumbo payload length", unit="bytes"),
                  cite="RFC 2675 §2", sizes=(6,), only="ipv6.hopopts"),
    0xC9: _option("home_address", "Home address",
                  Field("ipv6.opt.mipv6.home_address", 128, "Home address", kind=Kind.IPV6),
                  cite="RFC 6275 §6.3", sizes=(18,), only="ipv6.dstopts"),
}  # fmt: skip
UNKNOWN = _option("other", "Unknown option", Field("ipv6.opt.unknown", None, "Data", kind=Kind.BYTES, optional=True),
                  cite="RFC 8200 §4.2")  # fmt: skip
OPTIONS = OptionSet("ipv6.opt", "Options", TABLE, UNKNOWN, frozenset({0}), plus=2,
                    drawn=(("Options", 48),), cite="RFC 8200 §4.2")  # fmt: skip

_SRH_ROWS = (
    Field("ipv6.routing.srh.tlv.type", 8, "Type", names={0: "Pad1", 4: "PadN", 5: "HMAC"}),
    Field("ipv6.routing.srh.tlv.length", 8, "Length", unit="bytes"),
)
_SRH_TLV = Header(
    "ipv6.routing.srh.tlv", "Segment routing TLV",
    (*_SRH_ROWS, Field("ipv6.routing.srh.tlv.value", None, "Value", kind=Kind.BYTES, optional=True)),
    "RFC 8754 §2.1",
)  # fmt: skip
_SRH_PAD1 = Header("ipv6.routing.srh.pad1", "Pad1", _SRH_ROWS[:1], "RFC 8754 §2.1.1.1")
SRH_TLVS = OptionSet("ipv6.routing.srh.tlv", "TLVs", {0: _SRH_PAD1}, _SRH_TLV, frozenset({0}), plus=2,
                     when={"ipv6.routing.type": 4}, cite="RFC 8754 §2.1")  # fmt: skip


def _extension(
    key: str, label: str, short: str, *fields: Field, cite: str, repeat: tuple[Field, ...] = (),
    options: OptionSet | None = None, count: Length | None = None,
    extra: tuple[Field, ...] = (),
) -> Header:  # fmt: skip
    """An extension header that counts its length in 8-byte units beyond the first (RFC 8200 §4)."""
    rows = (
        Field(f"{key}.nxt", 8, "Next header", "Next Header", names=numbers.PROTOCOLS, cite=cite),
        Field(
            f"{key}.len", 8, "Header extension length", "Hdr Ext Len", unit="8-byte units beyond the first", cite=cite
        ),
        *fields,
    )
    derived = (Field(f"{key}.len_oct", 0, "Header length", unit="bytes", cite=cite), *extra)
    length = Length(f"{key}.len", 8, 8)
    return Header(key, label, rows, cite, short, length, repeat, options, f"{key}.nxt", count, derived)


HOP_BY_HOP = _extension("ipv6.hopopts", "IPv6 hop-by-hop options", "Hop-by-hop", cite="RFC 8200 §4.3", options=OPTIONS)
DESTINATION = _extension("ipv6.dstopts", "IPv6 destination options", "Destination options", cite="RFC 8200 §4.6",
                         options=OPTIONS)  # fmt: skip


def _type(number: int) -> dict[str, int]:
    return {"ipv6.routing.type": number}


ROUTING = _extension(
    "ipv6.routing", "IPv6 routing header", "Routing",
    Field("ipv6.routing.type", 8, "Routing type", "Routing Type", names=numbers.ROUTING_TYPES, cite="RFC 8200 §4.4"),
    Field("ipv6.routing.segleft", 8, "Segments left", "Segments Left", cite="RFC 8200 §4.4"),
    Field("ipv6.routing.src.reserved", 32, "Reserved", kind=Kind.BYTES, when=_type(0), cite="RFC 2460 §4.4"),
    Field("ipv6.routing.mipv6.reserved", 32, "Reserved", kind=Kind.BYTES, when=_type(2), cite="RFC 6275 §6.4"),
    Field("ipv6.routing.rpl.cmprI", 4, "Prefix octets elided, all but the last", "CmprI", when=_type(3),
          cite="RFC 6554 §3"),
    Field("ipv6.routing.rpl.cmprE", 4, "Prefix octets elided, last address", "CmprE", when=_type(3),
          cite="RFC 6554 §3"),
    Field("ipv6.routing.rpl.pad", 4, "Padding octets at the end", "Pad", when=_type(3), cite="RFC 6554 §3"),
    Field("ipv6.routing.rpl.reserved", 20, "Reserved", when=_type(3), expect=0, cite="RFC 6554 §3"),
    Field("ipv6.routing.srh.last_entry", 8, "Last entry", when=_type(4), cite="RFC 8754 §2"),
    Field("ipv6.routing.srh.flags", 8, "Flags", kind=Kind.HEX, when=_type(4), cite="RFC 8754 §2"),
    Field("ipv6.routing.srh.tag", 16, "Tag", kind=Kind.HEX, when=_type(4), cite="RFC 8754 §2"),
    cite="RFC 8200 §4.4", options=SRH_TLVS, count=Length("ipv6.routing.srh.last_entry", 1, 1),
    extra=(Field("ipv6.routing.rpl.full_address", 0, "Address", kind=Kind.IPV6, cite="RFC 6554 §3"),),
    repeat=(
        Field("ipv6.routing.src.addr", 128, "Address", kind=Kind.IPV6, when=_type(0), cite="RFC 2460 §4.4"),
        Field("ipv6.routing.mipv6.home_address", 128, "Home address", kind=Kind.IPV6, when=_type(2),
              cite="RFC 6275 §6.4"),
        Field("ipv6.routing.srh.addr", 128, "Segment", kind=Kind.IPV6, when=_type(4), cite="RFC 8754 §2"),
        Field("ipv6.routing.rpl.address", None, "Addresses, compressed", kind=Kind.BYTES, when=_type(3),
              cite="RFC 6554 §3"),
        Field("ipv6.routing.unknown_data", None, "Type-specific data", "type-specific data", kind=Kind.BYTES, cite="RFC 8200 §4.4",
              unless={"ipv6.routing.type": (0, 2, 3, 4)}),
    ),
)  # fmt: skip

FRAGMENT = Header(
    "ipv6.fraghdr", "IPv6 fragment header",
    (
        Field("ipv6.fraghdr.nxt", 8, "Next header", "Next Header", names=numbers.PROTOCOLS, cite="RFC 8200 §4.5"),
        reserved("ipv6.fraghdr.reserved_octet", 8, cite="RFC 8200 §4.5"),
        Field("ipv6.fraghdr.offset", 13, "Fragment offset", "Fragment Offset", unit="8-byte units", cite="RFC 8200 §4.5"),
        reserved("ipv6.fraghdr.reserved_bits", 2, short="Res", cite="RFC 8200 §4.5"),
        flag("ipv6.fraghdr.more", "More fragments", "M", cite="RFC 8200 §4.5"),
        Field("ipv6.fraghdr.ident", 32, "Identification", kind=Kind.HEX, cite="RFC 8200 §4.5"),
    ),
    cite="RFC 8200 §4.5", short="Fragment", next="ipv6.fraghdr.nxt",
)  # fmt: skip

AUTHENTICATION = Header(
    "ah", "IP authentication header",
    (
        Field("ah.next_header", 8, "Next header", "Next Header", names=numbers.PROTOCOLS),
        Field("ah.length", 8, "Payload length", "Payload Len", unit="4-byte words minus 2"),
        Field("ah.reserved", 16, "Reserved", "RESERVED", Kind.BYTES),
        Field("ah.spi", 32, "Security parameters index", "Security Parameters Index (SPI)", Kind.HEX),
        Field("ah.sequence", 32, "Sequence number", "Sequence Number Field"),
    ),
    cite="RFC 4302 §2", short="AH", length=Length("ah.length", 4, 8), next="ah.next_header",
    repeat=(Field("ah.icv", None, "Integrity check value", "Integrity Check Value-ICV (variable)", kind=Kind.BYTES),),
)  # fmt: skip

ESP = Header(
    "esp", "IP encapsulating security payload",
    (
        Field("esp.spi", 32, "Security parameters index", "Security Parameters Index (SPI)", Kind.HEX),
        Field("esp.sequence", 32, "Sequence number", "Sequence Number"),
    ),
    cite="RFC 4303 §2", short="ESP",
)  # fmt: skip

_REST = "Parameters"
MOBILITY = Header(
    "mip6", "IPv6 mobility header",
    (
        Field("mip6.proto", 8, "Payload protocol", "Payload Proto", names=numbers.PROTOCOLS),
        Field("mip6.hlen", 8, "Header length", "Header Len", unit="8-byte units beyond the first"),
        Field("mip6.mhtype", 8, "Mobility header type", "MH Type", names=numbers.MOBILITY_TYPES),
        reserved("mip6.reserved", 8),
        Field("mip6.csum", 16, "Checksum", kind=Kind.HEX),
    ),
    cite="RFC 6275 §6.1", short="Mobility", length=Length("mip6.hlen", 8, 8), next="mip6.proto",
    repeat=(Field("mip6.data", None, "Message data", kind=Kind.BYTES),),
)  # fmt: skip

HIP = Header(
    "hip", "Host Identity Protocol",
    (
        Field("hip.proto", 8, "Next header", "Next Header", names=numbers.PROTOCOLS),
        Field("hip.hdr_len", 8, "Header length", "Header Length", unit="8-byte units beyond the first"),
        Field("hip.shim6_fixed_p", 1, "Fixed bit, 0", "0", expect=0),
        Field("hip.packet_type", 7, "Packet type", "Packet Type", names=numbers.HIP_TYPES),
        Field("hip.version", 4, "Version", "VER."),
        Field("hip.reserved", 3, "Reserved", "RES."),
        Field("hip.shim6_fixed_s", 1, "Fixed bit, 1", "1", expect=1),
        Field("hip.checksum", 16, "Checksum", kind=Kind.HEX),
        Field("hip.controls", 16, "Controls", kind=Kind.HEX),
        Field("hip.hit_sndr", 128, "Sender's host identity tag", kind=Kind.IPV6),
        Field("hip.hit_rcvr", 128, "Receiver's host identity tag", kind=Kind.IPV6),
    ),
    cite="RFC 7401 §5.1", short="HIP", length=Length("hip.hdr_len", 8, 8), next="hip.proto",
    repeat=(Field("hip.parameters", None, _REST, kind=Kind.BYTES),),
)  # fmt: skip

_CONTROL = {"shim6.p": 0}
SHIM6 = Header(
    "shim6", "Level 3 multihoming shim",
    (
        Field("shim6.nxt", 8, "Next header", "Next Header", names=numbers.PROTOCOLS),
        Field("shim6.len", 8, "Header extension length", "Hdr Ext Len", unit="8-byte units beyond the first"),
        flag("shim6.p", "Payload extension header", "P"),
        Field("shim6.ct", 47, "Receiver context tag", kind=Kind.HEX, when={"shim6.p": 1}),
        Field("shim6.type", 7, "Type", when=_CONTROL),
        Field("shim6.specific", 7, "Type-specific", when=_CONTROL),
        Field("shim6.proto", 1, "Fixed bit, 0", "0", when=_CONTROL, expect=0),
        Field("shim6.checksum", 16, "Checksum", kind=Kind.HEX, when=_CONTROL),
    ),
    cite="RFC 5533 §5", short="Shim6", length=Length("shim6.len", 8, 8), next="shim6.nxt",
    repeat=(Field("shim6.data", None, _REST, kind=Kind.BYTES),),
)  # fmt: skip

EXTENSIONS = (HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION, AUTHENTICATION, MOBILITY, HIP, SHIM6)
HEADERS = (IPV6, *EXTENSIONS, ESP)
