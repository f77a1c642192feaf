"""Everything that can be remarked on about a packet or a capture, declared once.

`kind` says what it is: truncated (the bytes are not there), malformed (the bytes contradict the
standard), unusual (legal, but rare enough to be worth a look); `severity` how much it matters: an error, a
warning or a note. `text` is filled with what was seen. When a rule is broken is said in `dissect.wire.checks`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What a finding is."""

    TRUNCATED = "truncated"
    MALFORMED = "malformed"
    UNUSUAL = "unusual"


class Severity(StrEnum):
    """How much a finding matters, the worst first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


USUAL = {Kind.TRUNCATED: Severity.NOTE, Kind.MALFORMED: Severity.ERROR, Kind.UNUSUAL: Severity.WARNING}
"""How much a finding of a kind matters, where its rule is not named below."""
NOTES = frozenset({
    "ip.len.offload", "ip.len.header_only", "ipv6.plen.big", "ip.checksum.zero", "checksum.partial", "checksum.ffff",
    "ip.ttl.one", "ipv6.fragment.atomic", "tcp.syn.data", "tcp.rst.data", "tcp.ecn.syn_ect", "tcp.options.nops",
    "tcp.ack.nonzero", "tcp.timestamp.echo", "icmp.type.deprecated", "link.family", "link.padding",
})  # fmt: skip
"""Unusual, but with a harmless explanation most of the time."""


class Rule(NamedTuple):
    """A kind of finding: `text` is a format string, `cite` the section that the check rests on."""

    id: str
    kind: Kind
    text: str
    cite: str = ""

    @property
    def severity(self) -> Severity:
        """How much it matters."""
        return Severity.NOTE if self.id in NOTES else USUAL[self.kind]


def _rules(kind: Kind, *rows: tuple[str, str, str]) -> dict[str, Rule]:
    return {name: Rule(name, kind, text, cite) for name, text, cite in rows}


RULES: dict[str, Rule] = {
    **_rules(
        Kind.TRUNCATED,
        ("cut.capture", "{what} needs {need} bytes, {have} were captured", ""),
        ("cut.quote", "{what} needs {need} bytes, the ICMP error quotes {have}", "RFC 1122 §3.2.2, RFC 4443 §2.4"),
        (
            "cut.fragment",
            "{what} needs {need} bytes, {have} are in this fragment; the rest is in the next",
            "RFC 791 §3.2, RFC 8200 §4.5",
        ),
    ),
    **_rules(
        Kind.MALFORMED,
        ("cut.frame", "{what} needs {need} bytes, the frame ends after {have}", ""),
        ("cut.length", "{what} needs {need} bytes, {bound} leaves {have}", ""),
        ("option.length", "the length of the option is {length}: it cannot be less than {least}", ""),
        ("option.overrun", "the option says {need} bytes, {have} are left up to the end of the header", ""),
        ("option.size", "this option has {expected} bytes, here it says {length}", ""),
        ("option.alone", "the option has no length octet: the header ends after its kind", ""),
        ("ip.version.mismatch", "the version is {version}, where {expected} was announced", "RFC 791 §3.1"),
        ("ip.hdr_len.short", "a header of {length} bytes is shorter than the least, 20", "RFC 791 §3.1"),
        ("ip.len.short", "total length {length} is less than the header's {header}", "RFC 791 §3.1"),
        ("ip.fragment.long", "offset {offset} + {length} bytes pass 65,535, the longest datagram", "RFC 791 §3.1"),
        (
            "ip.fragment.multiple",
            "a fragment with more to follow carries {length} bytes, not a multiple of 8",
            "RFC 791 §3.2",
        ),
        ("checksum.bad", "the checksum is {stored:#06x}, it should be {expected:#06x}", "RFC 1071 §1"),
        ("checksum.zero", "the checksum is 0 over IPv6, where it is required except for tunnels", "RFC 8200 §8.1"),
        (
            "ipv6.hopopts.place",
            "hop-by-hop options not directly behind the IPv6 header: nodes discard the packet",
            "RFC 8200 §4.1",
        ),
        (
            "ipv6.jumbo.place",
            "a jumbo payload option with a payload length of {length}, which must be 0",
            "RFC 2675 §3",
        ),
        ("ipv6.jumbo.small", "the jumbo payload length {length} is below 65,536", "RFC 2675 §3"),
        ("ipv6.jumbo.fragment", "a jumbo payload option in a fragmented packet", "RFC 2675 §3"),
        (
            "ipv6.jumbo.missing",
            "payload length 0 with hop-by-hop options, but none is the jumbo payload option",
            "RFC 2675 §3",
        ),
        ("ipv6.fragment.chain", "the first fragment does not hold the whole header chain", "RFC 7112 §5"),
        (
            "ipv6.fragment.long",
            "offset {offset} + {length} bytes pass 65,535, the longest payload",
            "RFC 8200 §4.5",
        ),
        (
            "ipv6.fragment.multiple",
            "a fragment with more to follow carries {length} bytes, not a multiple of 8",
            "RFC 8200 §4.5",
        ),
        ("ipv6.routing.segleft.large", "{left} segments left, but the header lists {count} addresses", "RFC 8200 §4.4"),
        ("tcp.hdr_len.short", "a data offset of {length} bytes is less than the least, 20", "RFC 9293 §3.1"),
        ("tcp.flags.none", "no flag at all is set", "RFC 9293 §3.10.7.4"),
        (
            "tcp.flags.syn_fin",
            "SYN and FIN at once: no connection begins and ends in one segment",
            "RFC 9293 §3.10.7.4",
        ),
        ("tcp.flags.syn_rst", "SYN and RST at once", "RFC 9293 §3.10.7"),
        ("udp.length.short", "length {length} is less than the header's 8 bytes", "RFC 768"),
        (
            "address.loopback",
            "{which} is a loopback address, which must not leave the host",
            "RFC 1122 §3.2.1.3, RFC 4291 §2.5.3",
        ),
        (
            "address.group_source",
            "the source is a multicast address: no host has it",
            "RFC 1122 §3.2.1.3, RFC 4291 §2.7",
        ),
        ("address.broadcast_source", "the source is the broadcast address", "RFC 1122 §3.2.1.3"),
        (
            "address.unspecified",
            "the destination is the unspecified address, which no host has",
            "RFC 6890 §2.2.2, RFC 4291 §2.5.2",
        ),
        (
            "eth.source_group",
            "the source is a group address: the lowest bit of its first byte is set",
            "IEEE 802.3 §3.2.3",
        ),
        ("vlan.id.reserved", "VLAN 4095 is reserved and must not be sent", "IEEE 802.1Q §9.6"),
        (
            "icmpv6.nd.hops",
            "hop limit {hops} instead of 255: it may come from beyond the link",
            "RFC 4861 §6.1, RFC 4861 §7.1, RFC 4861 §8.1",
        ),
        (
            "ipv6.fragment.overlap",
            "bytes {start} to {last} overlap those of packet {other}: the whole packet is discarded",
            "RFC 5722 §4",
        ),
        ("tcp.flags.no_ack", "neither ACK nor SYN nor RST is set: the segment is dropped", "RFC 9293 §3.10.7.4"),
    ),
    **_rules(
        Kind.UNUSUAL,
        ("reserved", "reserved bits are {value:#x}, they should be {expected:#x}", ""),
        ("option.after_end", "{length} bytes behind the end of the options are not all zero", ""),
        ("option.place", "this option belongs in {where}", ""),
        ("ip.len.offload", "total length 0: left to segmentation offload; the frame's length is used", "RFC 791 §3.1"),
        (
            "ip.len.header_only",
            "total length covers the header only, yet {have} bytes follow: looks like offload; "
            "the frame's length is used",
            "RFC 791 §3.1",
        ),
        ("ip.len.zero_fragment", "total length 0 in a fragment: the two contradict each other", "RFC 791 §3.2"),
        ("ip.fragment.tiny", "the first fragment holds only {have} bytes of the {need}-byte TCP header", "RFC 1858 §3"),
        ("ip.fragment.df", "a fragment that forbids fragmentation (DF)", "RFC 791 §3.2"),
        ("ip.ttl.zero", "TTL 0 must not be on a wire", "RFC 1122 §3.2.1.7"),
        (
            "ip.ttl.one",
            "TTL or hop limit 1: the next router drops the packet and says so",
            "RFC 1812 §5.3.1, RFC 8200 §3",
        ),
        ("ipv6.hlim.zero", "hop limit 0 must not be on a wire", "RFC 8200 §3"),
        ("ip.same_address", "source and destination are the same address", "RFC 6274 §3.12"),
        ("address.martian", "{which} is from a block that is not used on any network", "RFC 6890 §2.2"),
        ("tcp.to_group", "a TCP segment to a group of hosts: TCP is between two", "RFC 9293 §3.9.2.3"),
        (
            "ip.fragment.second_header",
            "a fragment at offset 1 overwrites the flags of the TCP header in the first one",
            "RFC 1858 §4.2",
        ),
        (
            "ip.fragment.overlap",
            "bytes {start} to {last} overlap those of packet {other}",
            "RFC 791 §3.2",
        ),
        (
            "ip.option.source_route",
            "a source route: the sender chooses the way, most networks drop it",
            "RFC 7126 §4.3",
        ),
        ("ip.option.repeated", "the option may stand only once in a datagram", "RFC 791 §3.1"),
        ("ip.checksum.zero", "the header checksum is 0: presumably left to the network card", "RFC 791 §3.1"),
        (
            "ipv6.plen.big",
            "payload length 0 without a jumbo option: left to segmentation offload (BIG TCP); "
            "the frame's length is used",
            "RFC 8200 §3",
        ),
        (
            "ipv6.routing.zero",
            "routing type 0 is deprecated: nodes drop the packet while segments are left",
            "RFC 5095 §3",
        ),
        ("ipv6.chain.long", "more than {limit} extension headers: what follows is not looked at", "RFC 8504 §5.3"),
        ("ipv6.jumbo.repeated", "a second jumbo payload option: the first one counts", "RFC 2675 §3"),
        ("ipv6.header.repeated", "this extension header stands more than once", "RFC 8200 §4.1"),
        ("layers.deep", "more than {limit} headers inside one another: what follows is not looked at", "RFC 2473 §4.1"),
        (
            "ipv6.nonxt.data",
            "{length} bytes behind a header that says nothing follows: they are ignored",
            "RFC 8200 §4.7",
        ),
        ("ipv6.padding", "{length} bytes of padding are not all zero", "RFC 8200 §4.2"),
        ("ipv6.fragment.atomic", "an atomic fragment: a fragment header, yet a whole packet", "RFC 6946 §4"),
        (
            "tcp.ack.nonzero",
            "the acknowledgment number is {value} without the ACK flag: it means nothing",
            "RFC 9293 §3.1",
        ),
        ("tcp.urgent.unset", "the urgent pointer is {value} without the URG flag: it is ignored", "RFC 9293 §3.1"),
        ("tcp.urgent.zero", "URG is set, but the urgent pointer is 0", "RFC 6093 §2"),
        ("tcp.flags.fin_alone", "FIN without ACK", "RFC 9293 §3.10.7.4"),
        ("tcp.flags.xmas", "FIN, URG and PSH without ACK: a Christmas tree scan", "RFC 9293 §3.10.7.4"),
        ("tcp.syn.data", "{length} bytes of data on the SYN", "RFC 9293 §3.5"),
        ("tcp.rst.data", "{length} bytes of data on the RST: perhaps the reason for it", "RFC 9293 §3.5.3"),
        ("tcp.wscale.large", "a shift of {value} is more than 14: 14 is used", "RFC 7323 §2.3"),
        ("tcp.flags.fin_rst", "FIN and RST at once: one closes in good order, the other aborts", "RFC 9293 §3.10.7"),
        ("tcp.flags.syn_urg", "SYN and URG at once: there is nothing yet that could be urgent", "RFC 9293 §3.8.5"),
        ("tcp.port.zero", "port 0 is reserved: no program can be reached at it", "RFC 6335 §6"),
        (
            "tcp.mss.small",
            "a maximum segment size of {value}: hardly any data would fit beside the headers",
            "RFC 9293 §3.7.1",
        ),
        ("tcp.timestamp.echo", "an echo reply of {value} without the ACK flag: it should be 0", "RFC 7323 §3.2"),
        ("tcp.sack.no_ack", "selective acknowledgment without the ACK flag", "RFC 2018 §4"),
        ("tcp.option.repeated", "the option stands a second time in the segment", "RFC 9293 §3.1"),
        ("tcp.options.nops", "{count} no-operations in a row: 3 are enough to align anything", "RFC 9293 §3.2"),
        ("tcp.ecn.syn", "only one of ECE and CWR on a SYN: it negotiates nothing", "RFC 3168 §6.1.1"),
        ("tcp.ecn.syn_ect", "the SYN travels as ECN-capable (ECN field {mark}), which is for data", "RFC 3168 §6.1.1"),
        (
            "tcp.ecn.reflected",
            "the SYN-ACK repeats AE, CWR and ECE of the SYN: no server means that",
            "RFC 9768 §3.1.2",
        ),
        ("udp.port.zero", "destination port 0 is reserved: no program can be reached at it", "RFC 6335 §6"),
        ("icmp.type.deprecated", "ICMP type {type} is deprecated", "RFC 6918 §2, RFC 6633"),
        ("link.padding", "the padding that fills the frame to 60 bytes is not zero", "RFC 894"),
        (
            "checksum.partial",
            "the checksum is the pseudo-header's only: the rest is left to the network card",
            "",
        ),
        ("checksum.ffff", "0xffff stands where 0x0000 is computed: equal in one's complement", "RFC 1624 §3"),
        ("trailer.length", "{have} bytes lie behind the end that {bound} gives", ""),
        ("link.family", "address family {value} is not known; the version nibble decides", ""),
    ),
}
