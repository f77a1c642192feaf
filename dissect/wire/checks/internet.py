"""Checks of IPv4, IPv6 and the extension headers."""

from __future__ import annotations

from typing import Any

from dissect.wire import ipv6 as tables
from dissect.wire.checks import Check, Condition, Of, one_of
from dissect.wire.checksum import CODES, Verdict
from dissect.wire.registry import PROTOCOL_HEADERS

TCP, UDP, NO_NEXT = 6, 17, 59
LONGEST = 65535
LONGEST_CHAIN = 32
ROUTES = (131, 137)  # loose and strict source routes
BAD = CODES[Verdict.BAD]
BROADCAST = 0xFFFFFFFF
SOURCE, DESTINATION = "the source", "the destination"


def _equal(name: str, number: int = 1) -> Condition:
    return lambda of: of(name) == number


def _value(name: str) -> Condition:
    return lambda of: of(name)


def _fragment(of: Of) -> Any:
    return (of("ip.frag_offset") > 0) | (of("ip.flags.mf") == 1)


def _loopback_v6(name: str) -> Condition:
    return lambda of: (of(f"{name}.high") == 0) & (of(f"{name}.low") == 1) & (of("link.wire") == 1)


def _mapped(name: str) -> Condition:
    """IPv4-mapped addresses (::ffff:0:0/96) are for programming interfaces only (RFC 6890 table 20)."""
    return lambda of: (of(f"{name}.high") == 0) & (of(f"{name}.low") >> 32 == 0xFFFF)


LENGTHS = (
    Check("ip.len.offload", "ip", "ip.len", lambda of: (of("ip.len") == 0) & one_of(of("ip.proto"), TCP, UDP)),
    Check("ip.len.zero_fragment", "ip", "ip.len",
          lambda of: (of("ip.len") == 0) & one_of(of("ip.proto"), TCP, UDP) & _fragment(of)),
    Check("ip.len.header_only", "ip", "ip.len", lambda of: (of("body.presumed") == 1) & (of("ip.len") > 0),
          {"have": _value("body.bytes")}),
    Check("ip.len.short", "ip", "ip.len",
          lambda of: (of("ip.len") < of("layer.header")) & ((of("ip.len") > 0) | (one_of(of("ip.proto"), TCP, UDP) == 0)),
          {"length": _value("ip.len"), "header": _value("layer.header")}, quoted=True),
    Check("cut.frame", "ip", "ip.len", _equal("body.lies"),
          {"what": "the datagram", "need": _value("ip.len"), "have": _value("layer.given")}, "frame", quoted=True),
    Check("cut.capture", "ip", "ip.len", _equal("body.cut"),
          {"what": "the datagram", "need": _value("ip.len"), "have": _value("layer.here")}, "capture", quoted=True),
    Check("ipv6.plen.big", "ipv6", "ipv6.plen", _equal("body.presumed")),
    Check("cut.frame", "ipv6", "ipv6.plen", _equal("body.lies"),
          {"what": "the payload", "need": _value("ipv6.plen"), "have": lambda of: of("layer.given") - 40}, "frame",
          quoted=True),
    Check("cut.capture", "ipv6", "ipv6.plen", _equal("body.cut"),
          {"what": "the payload", "need": _value("ipv6.plen"), "have": lambda of: of("layer.here") - 40}, "capture",
          quoted=True),
)  # fmt: skip

FRAGMENTS = (
    Check("ip.fragment.df", "ip", "ip.flags.df", lambda of: _fragment(of) & (of("ip.flags.df") == 1)),
    Check("ip.fragment.long", "ip", "ip.frag_offset",
          lambda of: _fragment(of) & (of("ip.frag_offset") * 8 + of("body.bytes") + of("layer.header") > LONGEST),
          {"offset": lambda of: of("ip.frag_offset") * 8, "length": _value("body.bytes")}),
    Check("ip.fragment.multiple", "ip", "ip.len", lambda of: (of("ip.flags.mf") == 1) & (of("body.bytes") & 7 > 0),
          {"length": _value("body.bytes")}),
    Check("ip.fragment.tiny", "ip", "ip.len",
          lambda of: (of("ip.flags.mf") == 1) & (of("ip.frag_offset") == 0) & (of("ip.proto") == TCP)
          & (of("body.bytes") < of("body.tcp")),
          {"need": _value("body.tcp"), "have": _value("body.bytes")}),
    Check("ip.fragment.second_header", "ip", "ip.frag_offset",
          lambda of: (of("ip.frag_offset") == 1) & (of("ip.proto") == TCP)),
    Check("ipv6.jumbo.fragment", "ipv6.fraghdr", "ipv6.fraghdr.nxt", _equal("network.jumbo")),
    Check("ipv6.fragment.atomic", "ipv6.fraghdr", "ipv6.fraghdr.offset",
          lambda of: (of("ipv6.fraghdr.offset") == 0) & (of("ipv6.fraghdr.more") == 0)),
    Check("ipv6.fragment.multiple", "ipv6.fraghdr", "ipv6.fraghdr.more",
          lambda of: (of("ipv6.fraghdr.more") == 1) & (of("body.bytes") & 7 > 0), {"length": _value("body.bytes")}),
    Check("ipv6.fragment.long", "ipv6.fraghdr", "ipv6.fraghdr.offset",
          lambda of: ((of("ipv6.fraghdr.offset") > 0) | (of("ipv6.fraghdr.more") == 1))
          & (of("ipv6.fraghdr.offset") * 8 + of("body.bytes") > LONGEST),
          {"offset": lambda of: of("ipv6.fraghdr.offset") * 8, "length": _value("body.bytes")}),
    Check("ipv6.fragment.chain", "ipv6.fraghdr", "ipv6.fraghdr.nxt",
          lambda of: (of("ipv6.fraghdr.offset") == 0) & (of("ipv6.fraghdr.more") == 1) & (of("body.bytes") <= 0)
          & one_of(of("ipv6.fraghdr.nxt"), *PROTOCOL_HEADERS)),
)  # fmt: skip

ADDRESSES = (
    Check("ip.same_address", "ip", "ip.src",
          lambda of: (of("ip.src") == of("ip.dst")) & (of("ip.src") >> 24 != 127)),
    Check("ip.same_address", "ipv6", "ipv6.src",
          lambda of: (of("ipv6.src.low") == of("ipv6.dst.low")) & (of("ipv6.src.high") == of("ipv6.dst.high"))
          & ((of("ipv6.src.low") != 1) | (of("ipv6.src.high") != 0))),
    Check("address.loopback", "ip", "ip.src", lambda of: (of("ip.src") >> 24 == 127) & (of("link.wire") == 1),
          {"which": SOURCE}),
    # LSP ping sends UDP to 127/8 with TTL 1, so that no router forwards what the labels did not (RFC 8029 §4.3)
    Check("address.loopback", "ip", "ip.dst",
          lambda of: (of("ip.dst") >> 24 == 127) & (of("link.wire") == 1) & ((of("ip.proto") != UDP) | (of("ip.ttl") != 1)),
          {"which": DESTINATION}),
    *(Check("address.loopback", "ipv6", name, _loopback_v6(name), {"which": which})
      for name, which in (("ipv6.src", SOURCE), ("ipv6.dst", DESTINATION))),
    Check("address.group_source", "ip", "ip.src", lambda of: of("ip.src") >> 28 == 14),
    Check("address.group_source", "ipv6", "ipv6.src", lambda of: of("ipv6.src.high") >> 56 == 0xFF),
    Check("address.broadcast_source", "ip", "ip.src", _equal("ip.src", BROADCAST)),
    Check("address.unspecified", "ip", "ip.dst", _equal("ip.dst", 0)),
    Check("address.unspecified", "ipv6", "ipv6.dst",
          lambda of: (of("ipv6.dst.high") == 0) & (of("ipv6.dst.low") == 0)),
    Check("address.martian", "ip", "ip.src",
          lambda of: ((of("ip.src") >> 24 == 0) & (of("ip.src") != 0)) | ((of("ip.src") >> 28 == 15) & (of("ip.src") != BROADCAST)),
          {"which": SOURCE}),
    Check("address.martian", "ip", "ip.dst",
          lambda of: ((of("ip.dst") >> 24 == 0) & (of("ip.dst") != 0)) | ((of("ip.dst") >> 28 == 15) & (of("ip.dst") != BROADCAST)),
          {"which": DESTINATION}),
    *(Check("address.martian", "ipv6", name, _mapped(name), {"which": which})
      for name, which in (("ipv6.src", SOURCE), ("ipv6.dst", DESTINATION))),
    Check("tcp.to_group", "ip", "ip.dst",
          lambda of: (of("ip.proto") == TCP) & ((of("ip.dst") >> 28 == 14) | (of("ip.dst") == BROADCAST))),
    Check("tcp.to_group", "ipv6", "ipv6.dst",
          lambda of: (of("ipv6.nxt") == TCP) & (of("ipv6.dst.high") >> 56 == 0xFF)),
)  # fmt: skip

IPV4 = (
    Check("checksum.bad", "ip", "ip.checksum",
          lambda of: (of("ip.checksum.status") == BAD) & (of("ip.checksum") != 0),
          {"stored": _value("ip.checksum"), "expected": _value("ip.checksum_calculated")}),
    Check("ip.checksum.zero", "ip", "ip.checksum",
          lambda of: (of("ip.checksum.status") == BAD) & (of("ip.checksum") == 0)),
    Check("ip.ttl.zero", "ip", "ip.ttl", _equal("ip.ttl", 0)),
    # to 224/4 a TTL of 1 is usual: it keeps the packet on the link; to 127/8 LSP ping wants it
    Check("ip.ttl.one", "ip", "ip.ttl",
          lambda of: (of("ip.ttl") == 1) & (of("ip.dst") < 0xE0000000) & (of("ip.dst") >> 24 != 127)),
    Check("ip.ttl.one", "ipv6", "ipv6.hlim", lambda of: (of("ipv6.hlim") == 1) & (of("ipv6.dst.high") >> 56 != 0xFF)),
    *(Check("link.padding", key, name, _equal("body.padding")) for key, name in (("ip", "ip.len"), ("ipv6", "ipv6.plen"))),
    *(Check("ip.option.source_route", f"ip.opt.{key}", "ip.opt.type", lambda of: one_of(of("ip.opt.type"), *ROUTES))
      for key in ("lsrr", "ssrr")),
)  # fmt: skip

_NEXT = {header.key: header.next for header in (tables.IPV6, *tables.EXTENSIONS)}


def _ignored(key: str, following: str) -> Check:
    """Bytes behind "no next header"; those of a later fragment belong to another header (RFC 8200 §4.7)."""
    if key == "ipv6.fraghdr":
        return Check(
            "ipv6.nonxt.data", key, following,
            lambda of: (of(following) == NO_NEXT) & (of("body.bytes") > 0) & (of("ipv6.fraghdr.offset") == 0),
            {"length": _value("body.bytes")},
        )  # fmt: skip
    return Check(
        "ipv6.nonxt.data", key, following, lambda of: (of(following) == NO_NEXT) & (of("body.bytes") > 0),
        {"length": _value("body.bytes")},
    )  # fmt: skip


def _twice(key: str) -> Condition:
    """No header twice but destination options (RFC 8200 §4.1)."""
    most = 1 if key == "ipv6.dstopts" else 0
    return lambda of: of("chain.same") > most


def _chain_ends(following: str) -> Condition:
    """The first piece ends behind an extension header that announces another header (RFC 7112 §5)."""
    return lambda of: (of("network.fragment") == 1) & (of("body.bytes") <= 0) & one_of(of(following), *PROTOCOL_HEADERS)


IPV6 = (
    Check("ipv6.hlim.zero", "ipv6", "ipv6.hlim", _equal("ipv6.hlim", 0)),
    *(_ignored(key, following) for key, following in _NEXT.items()),
    *(Check("ipv6.header.repeated", header.key, header.next, _twice(header.key), quoted=True) for header in tables.EXTENSIONS),
    *(Check("ipv6.chain.long", header.key, header.next, lambda of: of("chain.all") >= LONGEST_CHAIN,
            {"limit": lambda _: LONGEST_CHAIN}, quoted=True) for header in tables.EXTENSIONS),
    *(Check("ipv6.fragment.chain", key, following, _chain_ends(following)) for key, following in _NEXT.items()
      if key not in ("ipv6", "ipv6.fraghdr")),
    Check("ipv6.hopopts.place", "ipv6.hopopts", "ipv6.hopopts.nxt", lambda of: of("chain.before") > 0),
    Check("ipv6.jumbo.repeated", "ipv6.hopopts", "ipv6.opt.jumbo", lambda of: of("jumbo.count") > 1),
    Check("ipv6.jumbo.missing", "ipv6.hopopts", "ipv6.plen",
          lambda of: (of("jumbo.count") == 0) & (of("fixed.plen") == 0) & (of("layer.header") > 0)),
    Check("ipv6.jumbo.place", "ipv6.hopopts", "ipv6.opt.jumbo",
          lambda of: (of("jumbo.count") > 0) & (of("fixed.plen") > 0), {"length": _value("fixed.plen")}),
    Check("ipv6.jumbo.small", "ipv6.hopopts", "ipv6.opt.jumbo",
          lambda of: (of("jumbo.length") <= LONGEST) & (of("fixed.plen") == 0), {"length": _value("jumbo.length")}),
    Check("ipv6.routing.zero", "ipv6.routing", "ipv6.routing.type", _equal("ipv6.routing.type", 0)),
    Check("ipv6.routing.segleft.large", "ipv6.routing", "ipv6.routing.segleft",
          lambda of: one_of(of("ipv6.routing.type"), 0, 2, 3, 4) & (of("ipv6.routing.segleft") > of("route.count")),
          {"left": _value("ipv6.routing.segleft"), "count": _value("route.count")}),
    Check("checksum.bad", "mip6", "mip6.csum", _equal("sum.status", BAD),
          {"stored": _value("mip6.csum"), "expected": _value("sum.calculated")}),
    Check("ipv6.padding", "ipv6.opt.pad_n", "ipv6.opt.padn", _equal("option.stuffed"),
          {"length": _value("ipv6.opt.length")}),
)  # fmt: skip

CHECKS = (*LENGTHS, *FRAGMENTS, *ADDRESSES, *IPV4, *IPV6)
