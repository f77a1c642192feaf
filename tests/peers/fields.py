"""Both sides of the comparison with tshark: the same fields of every packet, as lists of numbers and addresses."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import dissect

IPV4 = """version hdr_len dsfield dsfield.dscp dsfield.ecn len id flags flags.rb flags.df flags.mf frag_offset ttl proto
checksum src dst"""
IPV6 = """version tclass tclass.dscp tclass.ecn flow plen nxt hlim src dst fraghdr.nxt fraghdr.reserved_octet
fraghdr.offset fraghdr.reserved_bits fraghdr.more fraghdr.ident"""
TCP = """srcport dstport seq_raw ack_raw hdr_len flags flags.res flags.ae flags.cwr flags.ece flags.urg flags.ack
flags.push flags.reset flags.syn flags.fin window_size_value checksum urgent_pointer options.mss_val
options.wscale.shift options.sack_le options.sack_re options.timestamp.tsval options.timestamp.tsecr"""
FIELDS = tuple(f"{key}.{name}" for key, names in (("ip", IPV4), ("ipv6", IPV6), ("tcp", TCP)) for name in names.split())

# Encapsulations that dissect does not claim to open: without them tshark sees what dissect sees.
CLOSED = """geneve lisp erspan gtp capwap.data ieee80211 wlan_radio teredo l2tp udpencap psp ayiya pflog nflog
pgm zmtp mptcp_dummy cisco-fp-mim vxlan-gpe nsh bacp ppp_mux sctp quic openvpn sflow netflow""".split()
PREFERENCES = (
    "ip.defragment:FALSE", "ipv6.defragment:FALSE", "tcp.relative_sequence_numbers:FALSE", "tcp.desegment_tcp_streams:FALSE",
    "ip.check_checksum:FALSE", "tcp.check_checksum:FALSE", "udp.check_checksum:FALSE",
    "tcp.analyze_sequence_numbers:FALSE", "tcp.try_heuristic_first:FALSE",
)  # fmt: skip

Row = dict[str, list[object]]


def as_number(text: str) -> object:
    """tshark's text as a number where it is one."""
    if text in ("True", "False"):
        return int(text == "True")
    try:
        return int(text, 0)
    except ValueError:
        return text


def tshark_rows(path: str, fields: tuple[str, ...] = FIELDS) -> Iterator[Row]:
    """What tshark sees in each packet: field → its values, outermost first."""
    command = ["tshark", "-r", path, "-n", "-T", "fields", "-E", "occurrence=a", "-E", "aggregator=;", "-E", "separator=/t"]
    for preference in PREFERENCES:
        command += ["-o", preference]
    for protocol in CLOSED:
        command += ["--disable-protocol", protocol]
    for name in fields:
        command += ["-e", name]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    for line in done.stdout.splitlines():
        cells = line.split("\t")
        yield {name: [as_number(each) for each in cell.split(";") if each] for name, cell in zip(fields, cells, strict=False)}


def dissect_rows(path: str, fields: tuple[str, ...] = FIELDS) -> Iterator[Row]:
    """What dissect sees, in the same form."""
    wanted = set(fields)
    with dissect.open(path) as capture:
        for packet in capture:
            row: Row = {name: [] for name in fields}
            for layer in packet.layers:
                for value in layer.walk():
                    if value.name in wanted:
                        number = value.text if isinstance(value.raw, bytes) else value.number
                        assert isinstance(number, int | str)
                        row[value.name].append(number)
            yield row
