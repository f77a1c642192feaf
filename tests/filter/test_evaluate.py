"""What filters select, over a small table built by hand: values, absence, several occurrences."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import polars as pl
import pytest

from dissect.filter import compile_filter


def v4(*texts: str | None) -> pl.Series:
    return pl.Series([None if text is None else int(IPv4Address(text)) for text in texts], dtype=pl.UInt32)


def v6(*texts: str | None) -> pl.Series:
    return pl.Series([None if text is None else IPv6Address(text).packed for text in texts], dtype=pl.Binary)


# 1: a SYN · 2: its answer · 3: UDP over IPv6 · 4: ARP · 5: TCP in IPv4 in IPv4
FRAME = pl.DataFrame(
    {
        "frame.number": pl.Series([1, 2, 3, 4, 5], dtype=pl.UInt32),
        "frame.time_epoch": pl.Series([1767323045 * 10**9 + each for each in (0, 1, 500_000_000, 10**9, 2 * 10**9)]),
        "frame.protocols": ["eth:ip:tcp", "eth:ip:tcp", "eth:ipv6:udp", "eth:arp", "eth:ip:ip:tcp"],
        "frame.interface_name": ["eth0", "eth0", "Wi-Fi", None, "eth0"],
        "eth.src": [b"\x02\0\0\0\0\x01", b"\x02\0\0\0\0\x02", b"\xff" * 6, b"\x03\0\0\0\0\x01", None],
        "eth.dst": [b"\x02\0\0\0\0\x02", b"\x02\0\0\0\0\x01", b"\x33\x33\0\0\0\x01", b"\xff" * 6, None],
        "ip.version": pl.Series([4, 4, None, None, 4], dtype=pl.UInt8),
        "ip.version#2": pl.Series([None, None, None, None, 4], dtype=pl.UInt8),
        "ip.src": v4("192.0.2.1", "192.0.2.2", None, None, "10.0.0.1"),
        "ip.src#2": v4(None, None, None, None, "192.0.2.1"),
        "ip.dst": v4("192.0.2.2", "192.0.2.1", None, None, "10.0.0.2"),
        "ip.dst#2": v4(None, None, None, None, "198.51.100.7"),
        "ip.ttl": pl.Series([64, 63, None, None, 255], dtype=pl.UInt8),
        "ip.ttl#2": pl.Series([None, None, None, None, 1], dtype=pl.UInt8),
        "ip.proto": pl.Series([6, 6, None, None, 4], dtype=pl.UInt8),
        "ip.proto#2": pl.Series([None, None, None, None, 6], dtype=pl.UInt8),
        "ip.flags.df": [True, False, None, None, True],
        "ipv6.src": v6(None, None, "2001:db8::1", None, None),
        "tcp.srcport": pl.Series([40000, 80, None, None, 22], dtype=pl.UInt16),
        "tcp.dstport": pl.Series([80, 40000, None, None, 22], dtype=pl.UInt16),
        "tcp.flags": pl.Series([0x002, 0x012, None, None, 0x010], dtype=pl.UInt16),
        "tcp.flags.syn": pl.Series([1, 1, None, None, 0], dtype=pl.UInt8),
        "tcp.window_size_value": pl.Series([4, 100, None, None, 65535], dtype=pl.UInt16),
        "tcp.seq_raw": pl.Series([0, 2**32 - 1, None, None, 7], dtype=pl.UInt32),
        "tcp.checksum.status": pl.Series(["good", "bad", None, None, "partial"], dtype=pl.Enum(["good", "bad", "partial"])),
        "tcp.option_kind": pl.Series([[2, 1, 3], [2], None, None, []], dtype=pl.List(pl.UInt8)),
        "tcp.options.mss_val": pl.Series([[1460], [1400], None, None, []], dtype=pl.List(pl.UInt16)),
        "tcp.options.tfo.cookie": pl.Series([[b"\x00GET\xff"], [b"", b"\x01"], None, None, None], dtype=pl.List(pl.Binary)),
        "tcp.options.mptcp.sendkey": pl.Series([[2**64 - 1], [1], None, None, None], dtype=pl.List(pl.UInt64)),
        "ah.icv": [b"Content: ABC\xff", None, None, None, b""],
    }
)  # fmt: skip
COLUMNS: dict[str, list[str]] = {}
for _name in FRAME.columns:
    COLUMNS.setdefault(_name.partition("#")[0], []).append(_name)

CASES: dict[str, list[int]] = {
    # presence and logic
    "tcp": [1, 2, 5], "ip": [1, 2, 5], "frame": [1, 2, 3, 4, 5], "udp": [], "!tcp": [3, 4], "tcp.flags.syn": [1, 2, 5],
    "tcp xor ip.ttl == 64": [2, 5], "tcp ^^ ip ^^ eth": [1, 2, 3, 4], "ip.ttl == 64 or ip and tcp.srcport == 22": [1, 5],
    "not tcp || ip.ttl == 64": [1, 3, 4], "not (tcp || ip.ttl == 64)": [3, 4], "not not tcp": [1, 2, 5],
    "tcp.options": [1, 2], "tcp.options.mss": [1, 2], "tcp.options.wscale": [1], "tcp.options.nop": [1],
    # absence: no comparison with an absent field holds, and its negation does
    "tcp.window_size_value < 5": [1], "!(tcp.window_size_value < 5)": [2, 3, 4, 5], "tcp.window_size_value >= 5": [2, 5],
    "tcp.window_size_value != 4": [2, 5], "not tcp.window_size_value == 4": [2, 3, 4, 5],
    # any and all of several values
    "tcp.port == 80": [1, 2], "tcp.port != 80": [5], "tcp.port ~= 80": [1, 2, 5], "tcp.port !== 22": [1, 2],
    "tcp.port === 22": [5], "tcp.port all_eq 22": [5], "all tcp.port > 100": [], "any tcp.port > 100": [1, 2],
    "all tcp.port in {22, 80}": [5], "tcp.port in {22}": [5], "tcp.port not in {22}": [1, 2, 3, 4],
    "ip.ttl < 64": [2, 5], "all ip.ttl < 64": [2], "ip.ttl#1 < 64": [2], "ip.ttl#2 == 1": [5], "ip.ttl#3": [],
    "ip.ttl#[1-2] == 1": [5], "ip.ttl#[2:]": [5], "ip#2": [5], "ip.ttl#0": [], "any ip.ttl != 255": [1, 2, 5],
    "tcp.option_kind == 1": [1], "tcp.option_kind != 1": [2], "all tcp.option_kind <= 2": [2], "count(tcp.option_kind) == 3": [1],
    "tcp.option_kind === 2": [2], "count(ip.src) == 2": [5], "count(ip.addr) >= 2": [1, 2, 5],
    # numbers
    "ip.ttl == 0x40": [1], "ip.ttl == 0100": [1], "ip.ttl == 0b1000000": [1], "ip.ttl == '@'": [1], "ip.ttl == '\\x40'": [1],
    "ip.ttl > -1": [1, 2, 5], "ip.ttl == -1": [], "64 == ip.ttl": [1], "100 < ip.ttl": [5], "1 <= ip.ttl < 64": [2, 5],
    "tcp.port in {20..30, 80}": [1, 2, 5], "ip.ttl in {63 .. 64}": [1, 2], "ip.ttl in {9..1}": [], "ip.ttl gt 64": [5],
    "tcp.seq_raw == 4294967295": [2], "tcp.seq_raw >= 0x80000000": [2], "tcp.options.mptcp.sendkey == 0xffffffffffffffff": [1],
    "tcp.options.mptcp.sendkey < 18446744073709551615": [2], "tcp.seq_raw in {4294967295, 7}": [2, 5],
    # names of values
    "ip.proto == TCP": [1, 2, 5], 'ip.proto == "tcp"': [1, 2, 5], "ip.proto == tcp": [1, 2, 5], "tcp.port == http": [1, 2],
    "ip.proto != TCP": [], "ip.proto#1 != TCP": [5], "tcp.port in {http, ssh}": [1, 2, 5],
    'tcp.checksum.status == "bad"': [2], 'tcp.checksum.status == "Bad"': [2], "tcp.checksum.status == 1": [1],
    "tcp.checksum.status != good": [2, 5], 'tcp.checksum.status == "unverified"': [],
    "tcp.flags.syn == True": [1, 2], "tcp.flags.syn == 0": [5], "ip.flags.df == 1": [1, 5], "ip.flags.df == FALSE": [2],
    "tcp.flags.syn == 7": [1, 2], 'ip.flags.df == "Not set"': [2],
    # bits and arithmetic
    "tcp.flags & 0x02": [1, 2], "tcp.flags & 0x12 == 0x12": [2], "0x10 & tcp.flags": [2, 5], "!(tcp.flags & 2)": [3, 4, 5],
    "ip.src & 255.255.255.254 == 192.0.2.0": [1, 5], "eth.src[0] & 1": [3, 4], "eth.src[0:2] & ff:00 == 02:00": [1, 2],
    "ip.ttl + 1 == 65": [1], "ip.ttl - 65 == -1": [1], "-ip.ttl == -64": [1], "ip.ttl % 2 == 1": [2, 5], "ip.ttl / 0 == 0": [],
    "ip.ttl == 2 * {16 + 16}": [1], "{ip.ttl + 1} * 2 == 130": [1], "tcp.srcport == tcp.dstport - 39920": [2],
    "tcp.dstport + tcp.srcport == 44": [5], "{ip.ttl - 70} / 4 == -1": [1, 2], "{ip.ttl - 70} % 4 == -2": [1],
    "tcp.options.mss_val - 60 == 1400": [1], "max(tcp.srcport, tcp.dstport) == 40000": [1, 2], "min(ip.ttl) == 1": [5],
    # fields with fields
    "tcp.srcport == tcp.dstport": [5], "tcp.srcport != tcp.dstport": [1, 2], "ip.src < ip.dst": [1, 5], "eth.src > eth.dst": [2, 3],
    "tcp.port in {tcp.srcport}": [1, 2, 5], "ip.src#1 == ip.dst": [], "tcp.srcport > ip.ttl": [1, 2, 5],
    # addresses
    "ip.src == 192.0.2.1": [1, 5], "ip.src == 192.0.2.0/24": [1, 2, 5], "ip.src != 192.0.2.0/24": [], "ip.dst != 192.0.2.0/24": [5],
    "ip.addr == 10.0.0.0/8": [5], "ip.addr == 198.51.100.7": [5], "ip.src in {192.0.2.2, 10.0.0.0/8}": [2, 5],
    "ip.src in {192.0.2.2..192.0.2.9}": [2], "ip.src > 192.0.2.0/24": [], "ip.src < 192.0.2.0/24": [5], 'ip.src == "192.0.2.2"': [2],
    "ipv6.src == 2001:db8::1": [3], "ipv6.src == 2001:db8::/32": [3], "ipv6.addr == ::/0": [3], "ipv6.src == ::1": [],
    "ipv6.src in {2001:db8::..2001:db8::ffff}": [3], "ipv6.src != fe80::/10": [3], "eth.addr == 02:00:00:00:00:01": [1, 2],
    "eth.dst == ff-ff-ff-ff-ff-ff": [4], "eth.src == 0200.0000.0001": [1],
    # slices, bytes, text
    "eth.src[0:3] == 02:00:00": [1, 2], "eth.src[5] == 01": [1, 4], "eth.src[-1] == 0x01": [1, 4], "eth.src[1-2] == 00:00": [1, 2, 4],
    "eth.src[:2] == 02:00": [1, 2], "eth.src[4:] == 00:01": [1, 4], "eth.src[0,5] == 02:02": [2], "eth.src[0:9] != 00": [],
    "eth.src[-3:2] == 00:00": [1, 2, 4], "ip.src[0] == c0": [1, 2, 5], "ip.src#1[3] == 01": [1, 5], "ip.src[0:2] == \"\\xc0\\x00\"": [1, 2, 5],
    "ipv6.src[0:2] == 20:01": [3], "eth.src contains 00:01": [1, 4], "ah.icv contains \"ABC\"": [1], "ah.icv contains 41:42:43:ff": [1],
    "ah.icv == \"\"": [5], "ah.icv[0:7] == \"Content\"": [1], "ah.icv matches \"content:\\\\s+[a-z]+\"": [1],
    'ah.icv matches r"abc\\xff$"': [1], 'ah.icv matches "(?-i)abc"': [], "ah.icv > \"Content\"": [1], "len(ah.icv) == 0": [5],
    "tcp.options.tfo.cookie contains \"GET\"": [1], "tcp.options.tfo.cookie == 01": [2], "tcp.options.tfo.cookie[1:3] == \"GET\"": [1],
    'tcp.options.tfo.cookie matches "g.t"': [1], "frame.protocols contains \"ip:ip\"": [5], 'frame.protocols matches "UDP$"': [3],
    "frame.interface_name == eth0": [1, 2, 5], 'frame.interface_name != "eth0"': [3], "frame.interface_name[0:3] == \"eth\"": [1, 2, 5],
    'upper(frame.interface_name) == "WI-FI"': [3], 'lower(frame.interface_name) contains "wi"': [3], "len(frame.interface_name) == 5": [3],
    'string(frame.number) matches "[13579]$"': [1, 3, 5], 'string(ip.src) contains ".0.2.1"': [1, 5], 'string(ipv6.src) == "2001:db8::1"': [3],
    'string(eth.src) matches "^ff"': [3], "abs(ip.ttl) == 64": [1], "tcp.checksum.status contains \"oo\"": [1],
    # times and numbers of frames
    'frame.time == "2026-01-02 03:04:05Z"': [1], 'frame.time_epoch >= "2026-01-02T03:04:06+00:00"': [4, 5],
    "frame.time_epoch < 1767323045.6": [1, 2, 3], "frame.time_epoch == 1767323045.000000001": [2], 'frame.time > "2026-01-02"': [1, 2, 3, 4, 5],
    'frame.time > "Jan  2, 2026 03:04:05.5 UTC"': [4, 5], 'frame.time in {"2026-01-02 03:04:05Z" .. "2026-01-02 04:04:06+01:00"}': [1, 2, 3, 4],
    "frame.number in {1, 3..4}": [1, 3, 4],
}  # fmt: skip


@pytest.mark.parametrize("text", CASES)
def test_selects(text: str) -> None:
    chosen = compile_filter(text)
    expression = chosen.expression({name: COLUMNS.get(name, []) for name in chosen.fields})
    result = FRAME.with_columns(chosen=expression)["chosen"]
    assert result.dtype == pl.Boolean
    assert result.null_count() == 0
    assert FRAME.filter(result)["frame.number"].to_list() == CASES[text]


def test_fields_are_names_without_occurrences() -> None:
    chosen = compile_filter(
        "ip.addr#2 == 10.0.0.1 && tcp.flags.rst && tcp.options.mss && frame.time > 5 && vlan.cfi == 1"
    )
    assert chosen.fields == {"ip.src", "ip.dst", "tcp.flags.reset", "tcp.option_kind", "frame.time_epoch", "vlan.dei"}


def test_a_field_without_columns_is_absent() -> None:
    assert FRAME.filter(compile_filter("vlan.id == 5").expression({})).height == 0
    assert FRAME.filter(compile_filter("!(vlan.id == 5)").expression({})).height == FRAME.height


def test_lazy_frames_and_empty_ones_work() -> None:
    expression = compile_filter("tcp.port == 80 and ip.src[0] == c0").expression(COLUMNS)
    assert FRAME.lazy().filter(expression).collect().height == 2
    assert FRAME.clear().filter(expression).height == 0


def test_many_values_are_quick() -> None:
    chosen = compile_filter(
        f"tcp.port in {{{', '.join(map(str, range(5000)))}}} or {' or '.join(['ip.ttl == 3'] * 500)}"
    )
    assert FRAME.filter(chosen.expression(COLUMNS)).height == 3
