"""Headers that carry one packet inside another: GRE (RFC 2784, 2890, 2637) and VXLAN (RFC 7348)."""

from __future__ import annotations

from dissect.wire import numbers
from dissect.wire.field import Field, Header, Kind, flag

GRE = Header(
    "gre", "Generic Routing Encapsulation",
    (
        Field("gre.flags_and_version", 16, "Flags and version", kind=Kind.HEX, parts=(
            flag("gre.flags.checksum", "Checksum present", "C"),
            flag("gre.flags.routing", "Routing present", "R"),
            flag("gre.flags.key", "Key present", "K"),
            flag("gre.flags.sequence_number", "Sequence number present", "S"),
            flag("gre.flags.strict_source_route", "Strict source route", "s"),
            Field("gre.flags.recursion_control", 3, "Recursion control", "Recur"),
            flag("gre.flags.ack", "Acknowledgment present", "A"),
            Field("gre.flags.reserved", 4, "Reserved", "Rsvd"),
            Field("gre.flags.version", 3, "Version", "Ver"),
        )),
        Field("gre.proto", 16, "Protocol type", kind=Kind.HEX, names=numbers.ETHERTYPES),
        Field("gre.checksum", 16, "Checksum", kind=Kind.HEX, when={"gre.flags.checksum": 1}),
        Field("gre.offset", 16, "Offset", when={"gre.flags.checksum": 1}),
        Field("gre.key", 32, "Key", kind=Kind.HEX, when={"gre.flags.key": 1}),
        Field("gre.sequence_number", 32, "Sequence number", when={"gre.flags.sequence_number": 1}),
        Field("gre.ack_number", 32, "Acknowledgment number", when={"gre.flags.ack": 1, "gre.flags.version": 1}),
    ),
    cite="RFC 2784 §2", short="GRE", next="gre.proto",
)  # fmt: skip

VXLAN = Header(
    "vxlan", "Virtual eXtensible LAN",
    (
        Field("vxlan.flags", 16, "Flags", kind=Kind.HEX, parts=(
            Field("vxlan.flags_reserved_high", 4, "Reserved"),
            flag("vxlan.flag_i", "Network identifier is valid", "I"),
            Field("vxlan.flags_reserved", 11, "Reserved"),
        )),
        Field("vxlan.gbp", 16, "Group policy identifier", "Group policy ID"),
        Field("vxlan.vni", 24, "VXLAN network identifier", "VXLAN Network Identifier (VNI)"),
        Field("vxlan.reserved8", 8, "Reserved"),
    ),
    cite="RFC 7348 §5", short="VXLAN",
)  # fmt: skip

HEADERS = (GRE, VXLAN)
