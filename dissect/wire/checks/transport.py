"""Checks of TCP and UDP, and of options that stand in the wrong place."""

from __future__ import annotations

from dissect.wire import ipv6, tcp
from dissect.wire.checks import Check, Condition, one_of
from dissect.wire.checksum import CODES, Verdict

BAD, GOOD, PARTIAL = (CODES[verdict] for verdict in (Verdict.BAD, Verdict.GOOD, Verdict.PARTIAL))
LARGEST_SHIFT = 14  # RFC 7323 §2.3
LEAST_MSS = 88  # the least that Linux takes: two headers of 60 bytes and 8 of data, less two headers of 20
ALIGNING = 3  # no-operations that are enough in front of any option
TUNNELS = (2152, 4341, 4789, 4790, 6081, 6635, 8472)  # GTP, LISP, VXLAN, VXLAN-GPE, Geneve, MPLS in UDP, Linux's VXLAN
FIN, SYN, RST, PSH, ACK, URG, ECE, CWR, AE = (1 << bit for bit in range(9))
CLASSIC = FIN | SYN | RST | PSH | ACK | URG


def _value(name: str) -> Condition:
    return lambda of: of(name)


def _zero(name: str) -> Condition:
    return lambda of: of(name) == 0


def _stands_in(first: str) -> Condition:
    """Whether the header around an option is the one with the field `first`."""
    return lambda of: of(first) >= 0


def _flags(mask: int, *allowed: int) -> Condition:
    """Whether the flags of the mask, and no others of it, are set as allowed."""
    return lambda of: one_of(of("tcp.flags") & mask, *allowed)


FLAGS = (
    Check("tcp.flags.none", "tcp", "tcp.flags", _flags(0x1FF, 0)),
    Check("tcp.flags.syn_fin", "tcp", "tcp.flags.syn", _flags(SYN | FIN, SYN | FIN)),
    Check("tcp.flags.syn_rst", "tcp", "tcp.flags.syn", _flags(SYN | RST, SYN | RST)),
    Check("tcp.flags.syn_urg", "tcp", "tcp.flags.syn", _flags(SYN | FIN | RST | URG, SYN | URG)),
    Check("tcp.flags.fin_rst", "tcp", "tcp.flags.fin", _flags(SYN | FIN | RST, FIN | RST)),
    Check("tcp.flags.xmas", "tcp", "tcp.flags", _flags(0x1FF, FIN | PSH | URG)),
    Check("tcp.flags.fin_alone", "tcp", "tcp.flags.fin",
          lambda of: (of("tcp.flags") & (FIN | ACK | RST | SYN) == FIN) & (of("tcp.flags") & 0x1FF != FIN | PSH | URG)),
    Check("tcp.flags.no_ack", "tcp", "tcp.flags.ack",
          lambda of: (of("tcp.flags") & (FIN | ACK | RST | SYN) == 0) & (of("tcp.flags") & 0x1FF != 0)),
    Check("tcp.ack.nonzero", "tcp", "tcp.ack_raw", lambda of: (of("tcp.flags") & ACK == 0) & (of("tcp.ack_raw") != 0),
          {"value": _value("tcp.ack_raw")}),
    Check("tcp.urgent.unset", "tcp", "tcp.urgent_pointer",
          lambda of: (of("tcp.flags") & URG == 0) & (of("tcp.urgent_pointer") != 0), {"value": _value("tcp.urgent_pointer")}),
    Check("tcp.urgent.zero", "tcp", "tcp.urgent_pointer",
          lambda of: (of("tcp.flags") & URG != 0) & (of("tcp.urgent_pointer") == 0)),
)  # fmt: skip

# ECE and CWR on a SYN offer ECN (RFC 3168 §6.1.1), with AE Accurate ECN (RFC 9768 §3.1.1). A SYN-ACK answers with
# almost any combination of the three: only all of them would be an echo.
ECN = (
    Check("tcp.ecn.syn", "tcp", "tcp.flags.syn", _flags(SYN | ACK | RST | FIN | ECE | CWR, SYN | ECE, SYN | CWR)),
    Check("tcp.ecn.reflected", "tcp", "tcp.flags.syn",
          _flags(SYN | ACK | RST | FIN | ECE | CWR | AE, SYN | ACK | ECE | CWR | AE)),
    Check("tcp.ecn.syn_ect", "tcp", "tcp.flags.syn",
          lambda of: (of("tcp.flags") & SYN != 0) & (of("network.ecn") != 0), {"mark": _value("network.ecn")}),
)  # fmt: skip

DATA = (
    Check("tcp.syn.data", "tcp", "tcp.flags.syn", lambda of: (of("tcp.flags") & SYN != 0) & (of("tcp.len") > 0),
          {"length": _value("tcp.len")}, unless="tcp.options.tfo.cookie"),
    Check("tcp.rst.data", "tcp", "tcp.flags.reset", lambda of: (of("tcp.flags") & RST != 0) & (of("tcp.len") > 0),
          {"length": _value("tcp.len")}),
    *(Check("tcp.port.zero", "tcp", name, _zero(name)) for name in ("tcp.srcport", "tcp.dstport")),
    Check("udp.port.zero", "udp", "udp.dstport", lambda of: of("udp.dstport") == 0),
)  # fmt: skip

LENGTHS = (
    Check("udp.length.short", "udp", "udp.length",
          lambda of: (of("udp.length") < 8) & ((of("udp.length") > 0) | (of("body.presumed") == 0)),
          {"length": _value("udp.length")}, quoted=True),
    Check("cut.length", "udp", "udp.length", lambda of: of("body.lies") == 1,
          {"what": "the datagram", "need": _value("udp.length"), "have": _value("layer.given")}, "the IP length", quoted=True),
    Check("trailer.length", "udp", "udp.length", lambda of: of("body.left") > 0, {"have": _value("body.left")},
          "udp.length"),
)  # fmt: skip


def _sums(key: str) -> tuple[Check, ...]:
    name = f"{key}.checksum"
    bad = Check("checksum.bad", key, name, lambda of: of(f"{name}.status") == BAD,
                {"stored": _value(name), "expected": _value(f"{name}_calculated")})  # fmt: skip
    partial = Check("checksum.partial", key, name, lambda of: of(f"{name}.status") == PARTIAL)
    zero = Check("checksum.ffff", key, name, lambda of: (of(name) == 0xFFFF) & (of(f"{name}.status") == GOOD))
    if key == "udp":
        return bad, partial
    return (bad, zero) if key == "icmp" else (bad, partial, zero)


SUMS = (
    *(check for key in ("tcp", "udp", "icmp", "icmpv6") for check in _sums(key)),
    # tunnels may go without: their payload has sums of its own (RFC 6935 §5)
    Check("checksum.zero", "udp", "udp.checksum",
          lambda of: (of("udp.checksum") == 0) & (of("network.bytes") == 16) & (one_of(of("udp.dstport"), *TUNNELS) == 0)),
)  # fmt: skip

_WHERE = {"ipv6.hopopts": "the hop-by-hop options", "ipv6.dstopts": "the destination options"}
_ELSEWHERE = {"ipv6.hopopts": "ipv6.dstopts.nxt", "ipv6.dstopts": "ipv6.hopopts.nxt"}

OPTIONS = (
    *(Check("option.place", option.key, "tcp.option_kind", lambda of: of("tcp.flags") & SYN == 0,
            {"where": "segments with SYN"}, section=option.cite)
      for option in tcp.TABLE.values() if option.only == "syn"),
    *(Check("option.place", option.key, "ipv6.opt.type",
            _stands_in(_ELSEWHERE[option.only]), {"where": _WHERE[option.only]}, section=option.cite)
      for option in ipv6.TABLE.values() if option.only),
    Check("tcp.wscale.large", "tcp.options.wscale", "tcp.options.wscale.shift",
          lambda of: of("tcp.options.wscale.shift") > LARGEST_SHIFT, {"value": _value("tcp.options.wscale.shift")}),
    Check("tcp.mss.small", "tcp.options.mss", "tcp.options.mss_val", lambda of: of("tcp.options.mss_val") < LEAST_MSS,
          {"value": _value("tcp.options.mss_val")}),
    Check("tcp.timestamp.echo", "tcp.options.timestamp", "tcp.options.timestamp.tsecr",
          lambda of: (of("tcp.flags") & ACK == 0) & (of("tcp.options.timestamp.tsecr") != 0),
          {"value": _value("tcp.options.timestamp.tsecr")}),
    Check("tcp.sack.no_ack", "tcp.options.sack", "tcp.option_kind", lambda of: of("tcp.flags") & ACK == 0),
    Check("tcp.options.nops", "tcp", "tcp.option_kind", lambda of: of("options.nops") > ALIGNING,
          {"count": _value("options.nops")}),
)  # fmt: skip

CHECKS = (*FLAGS, *ECN, *DATA, *LENGTHS, *SUMS, *OPTIONS)
