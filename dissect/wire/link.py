"""The ways to reach IP: Ethernet, VLAN tags, LLC/SNAP, Linux cooked, BSD loopback, PPP, PPPoE, MPLS."""

from __future__ import annotations

from dissect.wire import numbers
from dissect.wire.field import Field, Header, Kind, flag, reserved

_DST = Field("eth.dst", 48, "Destination", kind=Kind.MAC)
_SRC = Field("eth.src", 48, "Source", kind=Kind.MAC)
_ETHERNET = "IEEE 802.3 §3"

ETHERNET = Header(
    "eth", "Ethernet II", (_DST, _SRC, Field("eth.type", 16, "Type", kind=Kind.HEX, names=numbers.ETHERTYPES)),
    cite=_ETHERNET, short="Ethernet", next="eth.type",
)  # fmt: skip
ETHERNET_8023 = Header(
    "eth", "Ethernet 802.3", (_DST, _SRC, Field("eth.len", 16, "Length", unit="bytes")),
    cite=_ETHERNET, short="Ethernet",
)  # fmt: skip


def _tag(key: str, label: str, cite: str, last: Field) -> Header:
    rows = (
        Field(f"{key}.priority", 3, "Priority", "PCP"),
        flag(f"{key}.dei", "Drop eligible", "D", aliases=(f"{key}.cfi",)),
        Field(f"{key}.id", 12, "VLAN identifier", "VLAN ID"),
        last,
    )
    return Header(key, label, rows, cite=cite, short=label, next=last.name)


_TAG_TYPE = Field("vlan.etype", 16, "Type", kind=Kind.HEX, names=numbers.ETHERTYPES)
VLAN = _tag("vlan", "802.1Q VLAN tag", "IEEE 802.1Q §9.6", _TAG_TYPE)
VLAN_8023 = _tag("vlan", "802.1Q VLAN tag", "IEEE 802.1Q §9.6", Field("vlan.len", 16, "Length", unit="bytes"))

_SNAP = {"llc.dsap": 0xAA, "llc.ssap": 0xAA}
LLC = Header(
    "llc", "Logical Link Control",
    (
        Field("llc.dsap", 8, "Destination SAP", "DSAP", Kind.HEX, names=numbers.LLC_SAPS),
        Field("llc.ssap", 8, "Source SAP", "SSAP", Kind.HEX, names=numbers.LLC_SAPS),
        Field("llc.control", 8, "Control", kind=Kind.HEX),
        Field("llc.oui", 24, "Organization code", "OUI", Kind.HEX, when=_SNAP),
        Field("llc.type", 16, "Type", kind=Kind.HEX, names=numbers.ETHERTYPES, when=_SNAP | {"llc.oui": (0, 0xF8)}),
        Field("llc.pid", 16, "Protocol identifier", kind=Kind.HEX, when=_SNAP,
              unless={"llc.oui": (0, 0xF8)}),
    ),
    cite="RFC 1042", short="LLC", next="llc.type",
)  # fmt: skip

_SLL_TYPE = Field("sll.pkttype", 16, "Packet type", names=numbers.SLL_PACKET_TYPES)
_SLL_HARDWARE = Field("sll.hatype", 16, "ARPHRD type", names=numbers.HARDWARE_TYPES)
_SLL_SOURCE = (
    Field("sll.src.eth", 48, "Source", kind=Kind.MAC, when={"sll.halen": 6}),
    Field("sll.unused", 16, "Unused", kind=Kind.BYTES, when={"sll.halen": 6}),
    Field("sll.src.other", 64, "Address", kind=Kind.BYTES, unless={"sll.halen": 6}),
)
_SLL_PROTOCOL = Field("sll.etype", 16, "Protocol type", kind=Kind.HEX, names=numbers.ETHERTYPES)
_COOKED = "LINKTYPE_LINUX_SLL"

COOKED = Header(
    "sll", "Linux cooked capture v1",
    (_SLL_TYPE, _SLL_HARDWARE, Field("sll.halen", 16, "Address length", unit="bytes"), *_SLL_SOURCE, _SLL_PROTOCOL),
    cite=_COOKED, short="Linux cooked", next="sll.etype",
)  # fmt: skip
COOKED_2 = Header(
    "sll", "Linux cooked capture v2",
    (
        _SLL_PROTOCOL,
        reserved("sll.reserved", 16),
        Field("sll.ifindex", 32, "Interface index"),
        _SLL_HARDWARE,
        Field("sll.pkttype", 8, "Packet type", names=numbers.SLL_PACKET_TYPES),
        Field("sll.halen", 8, "Address length", unit="bytes"),
        *_SLL_SOURCE,
    ),
    cite=_COOKED + "2", short="Linux cooked", next="sll.etype",
)  # fmt: skip

LOOPBACK = Header(
    "null", "BSD loopback, big endian",
    (Field("null.family", 32, "Address family", names=numbers.ADDRESS_FAMILIES),),
    cite="LINKTYPE_LOOP", short="Loopback",
)  # fmt: skip
LOOPBACK_LITTLE = Header(
    "null", "BSD loopback, little endian",
    (Field("null.family", 32, "Address family", kind=Kind.LITTLE, names=numbers.ADDRESS_FAMILIES),),
    cite="LINKTYPE_NULL", short="Loopback",
)  # fmt: skip

_PPP_PROTOCOL = Field("ppp.protocol", 16, "Protocol", kind=Kind.HEX, names=numbers.PPP_PROTOCOLS)
_PPP_SHORT = Field("ppp.protocol", 8, "Protocol", kind=Kind.HEX, names=numbers.PPP_PROTOCOLS)
_HDLC = (Field("ppp.address", 8, "Address", kind=Kind.HEX), Field("ppp.control", 8, "Control", kind=Kind.HEX))
_PPP = "RFC 1661 §2"


def _ppp(*fields: Field) -> Header:
    return Header("ppp", "Point-to-Point Protocol", fields, cite=_PPP, short="PPP", next="ppp.protocol")


PPP, PPP_SHORT = _ppp(_PPP_PROTOCOL), _ppp(_PPP_SHORT)
PPP_HDLC, PPP_HDLC_SHORT = _ppp(*_HDLC, _PPP_PROTOCOL), _ppp(*_HDLC, _PPP_SHORT)

PPPOE = Header(
    "pppoe", "PPP over Ethernet",
    (
        Field("pppoe.version", 4, "Version", "Ver"),
        Field("pppoe.type", 4, "Type"),
        Field("pppoe.code", 8, "Code", kind=Kind.HEX, names=numbers.PPPOE_CODES),
        Field("pppoe.session_id", 16, "Session identifier", "Session ID", Kind.HEX),
        Field("pppoe.payload_length", 16, "Payload length", unit="bytes"),
    ),
    cite="RFC 2516 §4", short="PPPoE",
)  # fmt: skip

MPLS = Header(
    "mpls", "MPLS label stack entry",
    (
        Field("mpls.label", 20, "Label", names=numbers.MPLS_LABELS),
        Field("mpls.exp", 3, "Traffic class", "TC"),
        flag("mpls.bottom", "Bottom of stack", "S"),
        Field("mpls.ttl", 8, "Time to live", "TTL", unit="hops"),
    ),
    cite="RFC 3032 §2.1", short="MPLS",
)  # fmt: skip

HEADERS = (
    ETHERNET, ETHERNET_8023, VLAN, VLAN_8023, LLC, COOKED, COOKED_2, LOOPBACK, LOOPBACK_LITTLE,
    PPP, PPP_SHORT, PPP_HDLC, PPP_HDLC_SHORT, PPPOE, MPLS,
)  # fmt: skip
