"""Both sides of the comparison with tshark: the same fields of every packet, as lists of numbers and addresses."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator

import dissect
from dissect.capture import CaptureError

IPV4 = """version hdr_len dsfield dsfield.dscp dsfield.ecn len id flags flags.rb flags.df flags.mf frag_offset ttl proto
checksum src dst"""
IPV6 = """version tclass tclass.dscp tclass.ecn flow plen nxt hlim src dst fraghdr.nxt fraghdr.reserved_octet
fraghdr.offset fraghdr.reserved_bits fraghdr.more fraghdr.ident"""
TCP = """srcport dstport seq_raw ack_raw hdr_len flags flags.res flags.ae flags.cwr flags.ece flags.urg flags.ack
flags.push flags.reset flags.syn flags.fin window_size_value checksum urgent_pointer len options.mss_val
options.wscale.shift options.sack_le options.sack_re options.timestamp.tsval options.timestamp.tsecr"""
UDP = "srcport dstport length checksum"
GROUPS = (("ip", IPV4), ("ipv6", IPV6), ("tcp", TCP), ("udp", UDP))
STATUS = tuple(f"{key}.checksum.status" for key in ("ip", "tcp", "udp"))
FIELDS = (*(f"{key}.{name}" for key, names in GROUPS for name in names.split()), *STATUS)
VERDICTS = {"bad": 0, "good": 1, "unverified": 2, "absent": 3}  # as tshark numbers them; it has none for "partial"

# Encapsulations that dissect does not claim to open: without them tshark sees what dissect sees.
CLOSED = """geneve lisp erspan gtp capwap.data ieee80211 wlan_radio teredo l2tp udpencap psp ayiya pflog nflog
pgm zmtp mptcp_dummy cisco-fp-mim vxlan-gpe nsh bacp ppp_mux sctp quic openvpn sflow netflow"""
PREFERENCES = (
    "ip.defragment:FALSE", "ipv6.defragment:FALSE", "tcp.relative_sequence_numbers:FALSE", "tcp.desegment_tcp_streams:FALSE",
    "ip.check_checksum:TRUE", "tcp.check_checksum:TRUE", "udp.check_checksum:TRUE",
    "tcp.analyze_sequence_numbers:FALSE", "tcp.try_heuristic_first:FALSE",
)  # fmt: skip
TSHARK = shutil.which("tshark")

Row = dict[str, list[object]]


def as_number(text: str) -> object:
    """A number where tshark's text is one."""
    if text in ("True", "False"):
        return int(text == "True")
    try:
        return int(text, 0)
    except ValueError:
        return text


def tshark_rows(path: str, fields: tuple[str, ...] = FIELDS) -> Iterator[Row]:
    """What tshark sees in each packet: field → its values, outermost first.

    It numbers pcapng blocks of other kinds as packets too; those have neither a time nor an interface.
    """
    command = [
        str(TSHARK),
        "-r",
        path,
        "-n",
        "-T",
        "fields",
        "-E",
        "occurrence=a",
        "-E",
        "aggregator=;",
        "-E",
        "separator=/t",
    ]
    for preference in PREFERENCES:
        command += ["-o", preference]
    for protocol in CLOSED.split():
        command += ["--disable-protocol", protocol]
    for name in ("frame.time_epoch", "frame.interface_id", *fields):
        command += ["-e", name]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    for line in done.stdout.splitlines():
        time, interface, *cells = line.split("\t")
        if time or interface:
            yield {name: as_ours(name, cell) for name, cell in zip(fields, cells, strict=True)}


def as_ours(name: str, cell: str) -> list[object]:
    """One field of tshark's: it gives IPv6 packets a hidden `ip.version` of 6."""
    values = [as_number(each) for each in cell.split(";") if each]
    return [value for value in values if value != 6] if name == "ip.version" else values


def as_theirs(name: str, number: object) -> object:
    """One value of ours: tshark holds the three reserved bits as true or false, verdicts as numbers."""
    if name == "tcp.flags.res":
        return int(bool(number))
    return VERDICTS.get(str(number), number) if name in STATUS else number


def dissect_rows(path: str, fields: tuple[str, ...] = FIELDS) -> Iterator[Row]:
    """What dissect sees, in the same form; nothing where the file cannot be read."""
    wanted = set(fields)
    try:
        capture = dissect.open(path)
    except CaptureError:
        return
    with capture:
        for packet in capture:
            row: Row = {name: [] for name in fields}
            for layer in packet.layers:
                for value in layer.walk():
                    if value.name in wanted:
                        number = value.text if isinstance(value.raw, bytes) else value.number
                        row[value.name].append(as_theirs(value.name, number))
            yield row
