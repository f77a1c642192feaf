"""A remark on scapy and dpkt, which decode packet by packet: nine fields of a slice, start-up aside."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from .process import run
from .report import FEW, Measured

PACKETS = 5_000
SCAPY = """
import sys
from scapy.all import IP, PcapReader, TCP
for number, packet in enumerate(PcapReader(sys.argv[1]), 1):
    ip, tcp = packet.getlayer(IP), packet.getlayer(TCP)
    print(number, *([ip.src, ip.dst, ip.ttl] if ip else []),
          *([tcp.sport, tcp.dport, tcp.seq, tcp.flags, len(tcp.payload)] if tcp else []), sep="\\t")
"""
DPKT = """
import sys
from socket import inet_ntoa
import dpkt
for number, (_, data) in enumerate(dpkt.pcap.UniversalReader(open(sys.argv[1], "rb")), 1):
    try:
        ip = dpkt.ethernet.Ethernet(data).data
        row = [inet_ntoa(ip.src), inet_ntoa(ip.dst), ip.ttl] if isinstance(ip, dpkt.ip.IP) else []
        tcp = getattr(ip, "data", None)
        row += [tcp.sport, tcp.dport, tcp.seq, tcp.flags, len(tcp.data)] if isinstance(tcp, dpkt.tcp.TCP) else []
    except Exception:  # it raises on packets that are cut or broken
        row = []
    print(number, *row, sep="\\t")
"""


def remark(slice_: Path, few: Path, environment: Mapping[str, str], found: list[Measured]) -> None:
    """Print what a packet costs each, beside ours where it was measured."""
    tsv = next((each for each in found if each.row.key == "tsv" and each.runs), None)
    for name, script in (("scapy", SCAPY), ("dpkt", DPKT)):
        if find_spec(name) is None:
            continue
        times = [
            run([sys.executable, "-c", script, str(path)], environment, slice_.parent).processor
            for path in (slice_, few)
        ]
        each = (times[0] - times[1]) / (PACKETS - FEW)
        ours = tsv.each("whole", processor=True) if tsv else 0
        beside = f", {each / ours:.0f} times that of dissect" if ours > 0 else ""
        print(
            f"{name}: {each * 1e6:.0f} µs of processor time for a packet's nine fields, without the checksums{beside}"
        )
