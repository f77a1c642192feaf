"""The rows of the Multipath TCP option by subtype (RFC 8684 §3), from the subtype on."""

from __future__ import annotations

from dissect.wire import numbers
from dissect.wire.field import Field, Kind

_P = "tcp.options.mptcp."
_SUBTYPE, _LENGTH = _P + "subtype", "tcp.option_len"
_When = dict[str, int | tuple[int, ...]]


def _is(subtype: int, *lengths: int) -> _When:
    return {_SUBTYPE: subtype, _LENGTH: lengths} if lengths else {_SUBTYPE: subtype}


_CAPABLE = _is(0)
_JOIN_SYN, _JOIN_SYN_ACK, _JOIN_ACK = _is(1, 12), _is(1, 16), _is(1, 24)
_DSS, _ADD, _REMOVE = _is(2), _is(3), _is(4)
_ACK, _MAP = _DSS | {_P + "dataackpresent.flag": 1}, _DSS | {_P + "dseqnpresent.flag": 1}
_V4, _V6 = _ADD | {_LENGTH: (8, 10, 16, 18)}, _ADD | {_LENGTH: (20, 22, 28, 30)}
_OLD_V4, _OLD_V6 = _V4 | {_P + "ipver": 4}, _V6 | {_P + "ipver": 6}


def _bits(when: _When, *rows: tuple[str, str]) -> tuple[Field, ...]:
    return tuple(Field(_P + name, 1, label, kind=Kind.FLAG, when=when) for name, label in rows)


def _reserved(when: _When, bits: int) -> Field:
    return Field(_P + "reserved", bits, "Reserved", when=when)


def _number(name: str, bits: int, label: str, when: _When, **rest: object) -> Field:
    return Field(_P + name, bits, label, when=when, **rest)  # type: ignore[arg-type]


MPTCP_ROWS: tuple[Field, ...] = (
    Field(_SUBTYPE, 4, "Subtype", names=numbers.MPTCP_SUBTYPES),
    # MP_CAPABLE, §3.1
    _number("version", 4, "Version", _CAPABLE, names=numbers.MPTCP_VERSIONS),
    *_bits(
        _CAPABLE,
        ("checksumreq.flags", "A: checksum required"),
        ("extensibility.flag", "B: extensibility"),
        ("nomoresubflows.flag", "C: open no subflows to this address"),
    ),
    _number("reserved.flag", 4, "D to G: reserved", _CAPABLE),
    _bits(_CAPABLE, ("sha256.flag", "H: HMAC-SHA256 (version 0: HMAC-SHA1)"))[0],
    _number("sendkey", 64, "Sender's key", _is(0, 12, 20, 22, 24), kind=Kind.HEX),
    _number("recvkey", 64, "Receiver's key", _is(0, 20, 22, 24), kind=Kind.HEX),
    _number("datalvllen", 16, "Data-level length", _is(0, 22, 24), unit="bytes"),
    _number("checksum", 16, "Checksum", _is(0, 24), kind=Kind.HEX),
    # MP_JOIN, §3.2: the three segments of the handshake are told apart by their length
    _reserved(_is(1, 12, 16), 3),
    *_bits(_is(1, 12, 16), ("backup.flag", "B: backup path")),
    _reserved(_JOIN_ACK, 12),
    _number("addrid", 8, "Address identifier", _is(1, 12, 16)),
    _number("recvtok", 32, "Receiver's token", _JOIN_SYN, kind=Kind.HEX),
    _number("sendtrunchmac", 64, "Sender's truncated HMAC", _JOIN_SYN_ACK, kind=Kind.HEX),
    _number("sendrand", 32, "Sender's random number", _is(1, 12, 16), kind=Kind.HEX),
    _number("sendhmac", 160, "Sender's HMAC", _JOIN_ACK, kind=Kind.BYTES),
    # DSS, §3.3
    _reserved(_DSS, 7),
    *_bits(
        _DSS,
        ("datafin.flag", "F: DATA_FIN"),
        ("dseqn8.flag", "m: data sequence number has 8 octets"),
        ("dseqnpresent.flag", "M: mapping present"),
        ("dataack8.flag", "a: data ACK has 8 octets"),
        ("dataackpresent.flag", "A: data ACK present"),
    ),
    _number("rawdataack", 32, "Data ACK", _ACK | {_P + "dataack8.flag": 0}),
    _number("rawdataack", 64, "Data ACK", _ACK | {_P + "dataack8.flag": 1}),
    _number("rawdataseqno", 32, "Data sequence number", _MAP | {_P + "dseqn8.flag": 0}),
    _number("rawdataseqno", 64, "Data sequence number", _MAP | {_P + "dseqn8.flag": 1}),
    _number("subflowseqno", 32, "Subflow sequence number", _MAP),
    _number("datalvllen", 16, "Data-level length", _MAP, unit="bytes"),
    _number("checksum", 16, "Checksum", _MAP, kind=Kind.HEX, optional=True),
    # ADD_ADDR, §3.4.1: version 0 (RFC 6824 §3.4.1) has the IP version where version 1 has the echo flag
    _number("ipver", 4, "IP version", _is(3, 8, 10, 20, 22)),
    _reserved(_is(3, 16, 18, 28, 30), 3),
    *_bits(_is(3, 16, 18, 28, 30), ("echo", "E: echo")),
    _number("addrid", 8, "Address identifier", _ADD),
    _number("ipv4", 32, "Address", _V4, kind=Kind.IPV4),
    _number("ipv6", 128, "Address", _V6, kind=Kind.IPV6),
    _number("port", 16, "Port", _is(3, 10, 18, 22, 30)),
    _number("addaddrtrunchmac", 64, "Truncated HMAC", _is(3, 16, 18, 28, 30), kind=Kind.HEX),
    # REMOVE_ADDR, §3.4.2
    _reserved(_REMOVE, 4),
    _number("addrids", None, "Address identifiers", _REMOVE, kind=Kind.BYTES, optional=True),  # type: ignore[arg-type]
    # MP_PRIO §3.3.8, MP_FAIL §3.7, MP_FASTCLOSE §3.5, MP_TCPRST §3.6
    _reserved(_is(5), 3),
    *_bits(_is(5), ("backup.flag", "B: backup path")),
    _number("addrid", 8, "Address identifier", _is(5, 4)),
    _reserved({_SUBTYPE: (6, 7)}, 12),
    _number("rawdataseqno", 64, "Data sequence number", _is(6)),
    _number("recvkey", 64, "Receiver's key", _is(7), kind=Kind.HEX),
    *_bits(_is(8), ("flag_U.flag", "U"), ("flag_V.flag", "V"), ("flag_W.flag", "W"), ("flag_T.flag", "T: transient")),
    _number("rst_reason", 8, "Reason", _is(8), names=numbers.MPTCP_RESET_REASONS),
    _reserved({_SUBTYPE: tuple(range(9, 16))}, 4),
    Field(_P + "data", None, "Data", kind=Kind.BYTES, optional=True),
)
