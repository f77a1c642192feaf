"""The TCP header (RFC 9293 §3.1, RFC 9768 for AE, CWR and ECE) and its options."""

from __future__ import annotations

from dissect.wire import numbers
from dissect.wire.field import Field, Header, Kind, Length, OptionSet, flag, reserved
from dissect.wire.mptcp import MPTCP_ROWS

_RFC = "RFC 9293 §3.1"
_KIND = Field("tcp.option_kind", 8, "Kind", names=numbers.TCP_OPTION_KINDS, cite="RFC 9293 §3.1")
_LENGTH = Field("tcp.option_len", 8, "Length", unit="bytes", cite="RFC 9293 §3.1")


def _option(
    key: str, label: str, *fields: Field, cite: str, sizes: tuple[int, ...] = (), only: str = "",
    repeat: tuple[Field, ...] = (),
) -> Header:  # fmt: skip
    return Header(f"tcp.options.{key}", label, (_KIND, _LENGTH, *fields), cite, repeat=repeat, sizes=sizes, only=only)


_ACC_ECN_0 = tuple(
    Field(f"tcp.options.acc_ecn.{key}", 24, f"{label} byte counter", unit="bytes modulo 2^24", optional=True)
    for key, label in (("ee0b", "ECT(0)"), ("eceb", "CE"), ("ee1b", "ECT(1)"))
)
_EXID = Field("tcp.options.experimental.exid", 16, "Experiment identifier", kind=Kind.HEX,
              names=numbers.TCP_EXPERIMENTS, optional=True)  # fmt: skip
_EXPERIMENT = _option(
    "experimental", "Experiment", _EXID,
    Field("tcp.options.tfo.cookie", None, "Fast Open cookie", kind=Kind.BYTES, optional=True,
          when={"tcp.options.experimental.exid": 0xF989}),
    Field("tcp.options.experimental.data", None, "Data", kind=Kind.BYTES, optional=True),
    cite="RFC 6994 §3",
)  # fmt: skip

TABLE: dict[int, Header] = {
    0: Header("tcp.options.eol", "End of option list", (_KIND,), "RFC 9293 §3.1"),
    1: Header("tcp.options.nop", "No-operation", (_KIND,), "RFC 9293 §3.1"),
    2: _option("mss", "Maximum segment size", Field("tcp.options.mss_val", 16, "Maximum segment size", unit="bytes"),
               cite="RFC 9293 §3.7.1", sizes=(4,), only="syn"),
    3: _option("wscale", "Window scale", Field("tcp.options.wscale.shift", 8, "Shift count", unit="bits"),
               cite="RFC 7323 §2.2", sizes=(3,), only="syn"),
    4: _option("sack_perm", "SACK permitted", cite="RFC 2018 §2", sizes=(2,), only="syn"),
    5: _option("sack", "Selective acknowledgment", cite="RFC 2018 §3", sizes=(10, 18, 26, 34), repeat=(
        Field("tcp.options.sack_le", 32, "Left edge"),
        Field("tcp.options.sack_re", 32, "Right edge"),
    )),
    8: _option("timestamp", "Timestamps",
               Field("tcp.options.timestamp.tsval", 32, "Timestamp value"),
               Field("tcp.options.timestamp.tsecr", 32, "Timestamp echo reply"), cite="RFC 7323 §3.2", sizes=(10,)),
    19: _option("md5", "MD5 signature", Field("tcp.options.md5.digest", 128, "MD5 digest", kind=Kind.BYTES),
                cite="RFC 2385 §3", sizes=(18,)),
    28: _option("user_to", "User timeout", flag("tcp.options.user_to_granularity", "In minutes, not seconds", "G"),
                Field("tcp.options.user_to_val", 15, "User timeout"), cite="RFC 5482 §3", sizes=(4,)),
    29: _option("ao", "TCP authentication (TCP-AO)", Field("tcp.options.ao.keyid", 8, "KeyID"),
                Field("tcp.options.ao.rnextkeyid", 8, "RNextKeyID"),
                Field("tcp.options.ao.mac", None, "Message authentication code", kind=Kind.BYTES, optional=True),
                cite="RFC 5925 §2.2"),
    30: _option("mptcp", "Multipath TCP", *MPTCP_ROWS, cite="RFC 8684 §3"),
    34: _option("tfo", "Fast Open cookie",
                Field("tcp.options.tfo.cookie", None, "Fast Open cookie", kind=Kind.BYTES, optional=True),
                cite="RFC 7413 §4.1.1", sizes=(2, *range(6, 19, 2)), only="syn"),
    172: _option("acc_ecn0", "Accurate ECN order 0", *_ACC_ECN_0, cite="RFC 9768 §3.2.3", sizes=(2, 5, 8, 11)),
    174: _option("acc_ecn1", "Accurate ECN order 1", *reversed(_ACC_ECN_0), cite="RFC 9768 §3.2.3", sizes=(2, 5, 8, 11)),
    253: _EXPERIMENT,
    254: _EXPERIMENT,
}  # fmt: skip
UNKNOWN = _option("unknown", "Unknown option",
                  Field("tcp.options.unknown.payload", None, "Data", kind=Kind.BYTES, optional=True), cite=_RFC)  # fmt: skip
ONCE = frozenset({2, 3, 4, 5, 8, 19, 28, 29, 34, 172, 174})  # Multipath TCP and experiments may have several
OPTIONS = OptionSet("tcp.options", "Options", TABLE, UNKNOWN, frozenset({0, 1}), end=0, cite=_RFC, once=ONCE,
                    padding=Field("tcp.options.padding", None, "Padding", kind=Kind.BYTES, cite=_RFC),
                    drawn=(("[Options]", 32),))  # fmt: skip

WRAP = 1 << 32
"""Sequence numbers count modulo this (RFC 9293 §3.4)."""

_GAP = Field("", 3, "")
FLAGS = (
    reserved("tcp.flags.res", 3, short="Rsrvd", cite=_RFC),
    flag("tcp.flags.ae", "Accurate ECN", "AE", cite="RFC 9768 §3.1", aliases=("tcp.flags.ns",)),
    flag("tcp.flags.cwr", "Congestion window reduced", "CWR", cite="RFC 9768 §3.1"),
    flag("tcp.flags.ece", "ECN-Echo", "ECE", cite="RFC 9768 §3.1", aliases=("tcp.flags.ecn",)),
    flag("tcp.flags.urg", "Urgent", "URG", cite=_RFC),
    flag("tcp.flags.ack", "Acknowledgment", "ACK", cite=_RFC),
    flag("tcp.flags.push", "Push", "PSH", cite=_RFC, aliases=("tcp.flags.psh",)),
    flag("tcp.flags.reset", "Reset", "RST", cite=_RFC, aliases=("tcp.flags.rst",)),
    flag("tcp.flags.syn", "Synchronize", "SYN", cite=_RFC),
    flag("tcp.flags.fin", "Finish", "FIN", cite=_RFC),
)

TCP = Header(
    "tcp", "Transmission Control Protocol",
    (
        Field("tcp.srcport", 16, "Source port", "Source Port", names=numbers.PORTS, cite=_RFC),
        Field("tcp.dstport", 16, "Destination port", "Destination Port", names=numbers.PORTS, cite=_RFC),
        Field("tcp.seq_raw", 32, "Sequence number", "Sequence Number", cite=_RFC),
        Field("tcp.ack_raw", 32, "Acknowledgment number", "Acknowledgment Number", cite=_RFC),
        Field("tcp.hdr_len", 4, "Data offset", "Data Offset", unit="bytes", scale=4, cite=_RFC),
        Field("tcp.flags", 12, "Control bits", "Flags", Kind.HEX, parts=FLAGS, split=True, cite=_RFC, also=(
            _GAP,
            Field("tcp.flags.ace", 3, "ACE counter (after an Accurate ECN handshake)", cite="RFC 9768 §3.2.2"),
        )),
        Field("tcp.window_size_value", 16, "Window", unit="bytes, before scaling", cite=_RFC),
        Field("tcp.checksum", 16, "Checksum", kind=Kind.HEX, cite=_RFC),
        Field("tcp.urgent_pointer", 16, "Urgent pointer", "Urgent Pointer", unit="bytes", cite="RFC 6093 §2"),
    ),
    cite=_RFC, short="TCP", length=Length("tcp.hdr_len"), options=OPTIONS,
    derived=(
        Field("tcp.len", 0, "Segment length", unit="bytes", cite="RFC 9293 §3.4"),
        Field("tcp.flags.str", 0, "Flags as letters", kind=Kind.WORD, cite=_RFC),
        Field("tcp.checksum.status", 0, "Checksum verdict", kind=Kind.WORD, cite=_RFC),
        Field("tcp.checksum_calculated", 0, "Checksum as computed", kind=Kind.HEX, cite=_RFC),
    ),
)  # fmt: skip

HEADERS = (TCP,)
