"""The IPv4 header (RFC 791 §3.1) and its options."""

from __future__ import annotations

from dissect.wire import numbers
from dissect.wire.field import Field, Header, Kind, Length, OptionSet, flag, reserved

_RFC = "RFC 791 §3.1"

TYPE_OF_SERVICE = Field(
    "ip.tos", 8, "Type of service (RFC 1349)", kind=Kind.HEX, cite="RFC 1349 §3",
    parts=(
        Field("ip.tos.precedence", 3, "Precedence", names=numbers.PRECEDENCE),
        flag("ip.tos.delay", "Minimize delay"),
        flag("ip.tos.throughput", "Maximize throughput"),
        flag("ip.tos.reliability", "Maximize reliability"),
        flag("ip.tos.cost", "Minimize monetary cost"),
        flag("ip.tos.mbz", "Must be zero"),
    ),
)  # fmt: skip

_TYPE = Field(
    "ip.opt.type", 8, "Type", names=numbers.IP_OPTION_TYPES, cite=_RFC,
    parts=(
        flag("ip.opt.type.copy", "Copied into every fragment", "C"),
        Field("ip.opt.type.class", 2, "Class", names=numbers.IP_OPTION_CLASSES),
        Field("ip.opt.type.number", 5, "Number"),
    ),
)  # fmt: skip
_LENGTH = Field("ip.opt.len", 8, "Length", unit="bytes")
_POINTER = Field("ip.opt.ptr", 8, "Pointer")


def _option(
    key: str, label: str, *fields: Field, sizes: tuple[int, ...] = (), cite: str = _RFC, repeat: tuple[Field, ...] = (),
    options: OptionSet | None = None,
) -> Header:  # fmt: skip
    return Header(f"ip.opt.{key}", label, (_TYPE, _LENGTH, *fields), cite, repeat=repeat, sizes=sizes, options=options)


def _route(key: str, label: str, address: str) -> Header:
    return _option(key, label, _POINTER, repeat=(Field(address, 32, "Address", kind=Kind.IPV4),))


_TAG_ROWS = (
    Field("ip.cipso.tag_type", 8, "Tag type", names=numbers.CIPSO_TAGS),
    Field("ip.cipso.tag_len", 8, "Tag length", unit="bytes"),
)
_TAG = Header(
    "ip.opt.cipso.tag", "CIPSO tag",
    (
        *_TAG_ROWS,
        Field("ip.cipso.alignment", 8, "Alignment", when={"ip.cipso.tag_type": (1, 2, 5)}, optional=True),
        Field("ip.cipso.sensitivity_level", 8, "Sensitivity level", when={"ip.cipso.tag_type": (1, 2, 5)}, optional=True),
        Field("ip.cipso.tag_data", None, "Tag data", kind=Kind.BYTES),
    ),
    cite="FIPS 188",
)  # fmt: skip
CIPSO_TAGS = OptionSet("ip.opt.cipso.tags", "Tags", {}, _TAG, frozenset(), cite="FIPS 188")

_STAMP_ADDRESS = {"ip.opt.flag": (1, 3)}

TABLE: dict[int, Header] = {
    0: Header("ip.opt.eol", "End of options list", (_TYPE,), _RFC),
    1: Header("ip.opt.nop", "No operation", (_TYPE,), _RFC),
    7: _route("rr", "Record route", "ip.rec_rt"),
    68: _option(
        "timestamp", "Internet timestamp", _POINTER,
        Field("ip.opt.overflow", 4, "Overflow", "Oflw"),
        Field("ip.opt.flag", 4, "Flag", names=numbers.TIMESTAMP_FLAGS),
        repeat=(
            Field("ip.opt.time_stamp_addr", 32, "Address", kind=Kind.IPV4, when=_STAMP_ADDRESS),
            Field("ip.opt.time_stamp", 32, "Timestamp", unit="ms since midnight UTC"),
        ),
    ),
    130: _option(
        "security", "Security",
        Field("ip.opt.sec_rfc791_sec", 16, "Security", kind=Kind.HEX, names=numbers.SECURITY_RFC791, when={"ip.opt.len": 11}),
        Field("ip.opt.sec_rfc791_comp", 16, "Compartments", when={"ip.opt.len": 11}),
        Field("ip.opt.sec_rfc791_hr", 16, "Handling restrictions", kind=Kind.BYTES, when={"ip.opt.len": 11}),
        Field("ip.opt.sec_rfc791_tcc", 24, "Transmission control code", kind=Kind.BYTES, when={"ip.opt.len": 11}),
        Field("ip.opt.sec_cl", 8, "Classification level", kind=Kind.HEX, optional=True),
        Field("ip.opt.sec_prot_auth_flags", None, "Protection authority flags", kind=Kind.BYTES, optional=True),
        cite="RFC 1108 §2",
    ),
    131: _route("lsrr", "Loose source and record route", "ip.src_rt"),
    134: _option(
        "cipso", "Commercial IP security (CIPSO)", Field("ip.cipso.doi", 32, "Domain of interpretation"),
        cite="FIPS 188", options=CIPSO_TAGS,
    ),
    136: _option("stream_id", "Stream identifier", Field("ip.opt.sid", 16, "Stream identifier"), sizes=(4,)),
    137: _route("ssrr", "Strict source and record route", "ip.src_rt"),
    148: _option(
        "router_alert", "Router alert", Field("ip.opt.ra", 16, "Router alert", names=numbers.ROUTER_ALERT_V4),
        sizes=(4,), cite="RFC 2113 §2.1",
    ),
}  # fmt: skip

UNKNOWN = _option("unknown", "Unknown option", Field("ip.opt.data", None, "Data", kind=Kind.BYTES))
ONCE = frozenset({7, 68, 130, 131, 136, 137})  # RFC 791 §3.1, RFC 1108 §2
OPTIONS = OptionSet("ip.opt", "Options", TABLE, UNKNOWN, frozenset({0, 1}), end=0, cite=_RFC, once=ONCE,
                    padding=Field("ip.opt.padding", None, "Padding", kind=Kind.BYTES, cite=_RFC),
                    drawn=(("Options", 24), ("Padding", 8)))  # fmt: skip

IPV4 = Header(
    "ip", "Internet Protocol version 4",
    (
        Field("ip.version", 4, "Version", cite=_RFC),
        Field("ip.hdr_len", 4, "Header length", "IHL", unit="bytes", scale=4, cite=_RFC),
        Field(
            "ip.dsfield", 8, "Differentiated services", "Type of Service", Kind.HEX, cite="RFC 2474 §3",
            parts=(
                Field("ip.dsfield.dscp", 6, "Differentiated services codepoint", "DSCP", names=numbers.DSCP,
                      cite="RFC 2474 §3"),
                Field("ip.dsfield.ecn", 2, "Explicit congestion notification", "ECN", names=numbers.ECN,
                      cite="RFC 3168 §5"),
            ),
            also=(TYPE_OF_SERVICE,),
        ),
        Field("ip.len", 16, "Total length", "Total Length", unit="bytes", cite=_RFC),
        Field("ip.id", 16, "Identification", kind=Kind.HEX, cite="RFC 6864 §4"),
        Field(
            "ip.flags", 3, "Flags", kind=Kind.HEX, cite=_RFC,
            parts=(
                reserved("ip.flags.rb", 1, "Reserved bit", kind=Kind.FLAG, cite=_RFC, aliases=("ip.flags.sf",)),
                flag("ip.flags.df", "Don't fragment", "DF", cite=_RFC),
                flag("ip.flags.mf", "More fragments", "MF", cite=_RFC),
            ),
        ),
        Field("ip.frag_offset", 13, "Fragment offset", "Fragment Offset", unit="8-byte units", cite=_RFC),
        Field("ip.ttl", 8, "Time to live", "Time to Live", unit="hops", cite="RFC 1812 §5.3.1"),
        Field("ip.proto", 8, "Protocol", names=numbers.PROTOCOLS, cite=_RFC),
        Field("ip.checksum", 16, "Header checksum", "Header Checksum", Kind.HEX, cite="RFC 1071 §1"),
        Field("ip.src", 32, "Source address", "Source Address", Kind.IPV4, cite=_RFC),
        Field("ip.dst", 32, "Destination address", "Destination Address", Kind.IPV4, cite=_RFC),
    ),
    cite=_RFC, short="IPv4", length=Length("ip.hdr_len"), options=OPTIONS, next="ip.proto",
    derived=(
        Field("ip.checksum.status", 0, "Checksum verdict", kind=Kind.WORD, cite="RFC 1071 §1"),
        Field("ip.checksum_calculated", 0, "Checksum as computed", kind=Kind.HEX, cite="RFC 1071 §1"),
    ),
)  # fmt: skip

HEADERS = (IPV4,)
