"""Filters select the packets that tshark's -Y selects, or the difference has a reason."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest
from filter.frames import Columns, table
from peers.fields import CLOSED, PREFERENCES

import dissect
from dissect.filter import compile_filter

HERE = Path(__file__).parent
CAPTURES = HERE.parents[1] / "captures"
EXPRESSIONS = (HERE / "expressions.txt").read_text().splitlines()
FILES = """handshake handshake-v6 arp vlan qinq fragments-v4-in-order fragments-v6-in-order ip-in-ip gre nested-tunnels
vxlan ping-v4 ping-v6 udp tcp-options ipv4-options ipv6-extensions duplicate-sack ecn dscp bad-checksums ttl-one refused
traceroute-v4 traceroute-v6 udp-no-checksum path-mtu-v4 path-mtu-v6 urgent zero-window mptcp-options
neighbour-discovery mpls llc-snap pppoe padding impossible-flags land reserved-bits"""
ROUTE = "RFC 791 §3.1: the wire's destination; tshark shows the last of the source route"
DIFFERENCES: dict[str, str] = {
    "tcp.len > 0": "RFC 9293 §3.4: the length in an ICMP error follows from the quoted total length; tshark gives none",
    "ip.dst <= 192.0.2.2": ROUTE,
    "ip.dst[0:2] == c0:00": ROUTE,
    "ip.version": "RFC 791 §3.1: the field of IPv4 only; tshark shows one of that name in IPv6 too, beside ipv6.version",
    "ip.opt.type": "RFC 791 §3.1: options that nobody knows have a type too; tshark shows none",
    'tcp.checksum.status == "Bad"': "RFC 4443 §2.4: an error quotes a part, whose checksum cannot be verified",
}
TOOLS = all(map(shutil.which, ("tshark", "mergecap")))
pytestmark = [pytest.mark.peer, pytest.mark.skipif(not TOOLS, reason="tshark is not installed")]


@pytest.fixture(scope="module")
def merged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("filter") / "merged.pcapng"
    files = [CAPTURES / f"{name}.pcap" for name in FILES.split()]
    subprocess.run(["mergecap", "-a", "-w", path, *files], check=True, capture_output=True)
    return path


@pytest.fixture(scope="module")
def theirs(merged: Path) -> dict[str, list[int]]:
    """Filter → the packets that tshark selects, several runs at a time."""
    settings = [each for one in PREFERENCES for each in ("-o", one)]
    settings += [each for one in CLOSED.split() for each in ("--disable-protocol", one)]

    def run(text: str) -> list[int]:
        command = ["tshark", "-n", "-r", str(merged), *settings, "-Y", text, "-T", "fields", "-e", "frame.number"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, (text, done.stderr)
        return [int(number) for number in done.stdout.split()]

    with ThreadPoolExecutor(4) as pool:
        return dict(zip(EXPRESSIONS, pool.map(run, EXPRESSIONS), strict=True))


@pytest.fixture(scope="module")
def packets(merged: Path) -> Iterator[tuple[pl.DataFrame, Columns]]:
    with dissect.open(str(merged)) as capture:
        yield table(capture)


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_the_same_packets(text: str, theirs: dict[str, list[int]], packets: tuple[pl.DataFrame, Columns]) -> None:
    frame, columns = packets
    chosen = frame.filter(compile_filter(text).expression(columns))["frame.number"].to_list()
    assert (chosen != theirs[text]) == (text in DIFFERENCES), DIFFERENCES.get(text, "no reason known")


def test_most_filters_select_some_packets_but_not_all(theirs: dict[str, list[int]]) -> None:
    whole = len(theirs["frame"])
    assert sum(0 < len(found) < whole for found in theirs.values()) > 150
