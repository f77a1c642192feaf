"""Filters of the library and of the command select the packets that tshark's -Y selects, or the difference has a reason."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cli.running import program
from peers.fields import CLOSED, PREFERENCES

import dissect

HERE = Path(__file__).parent
CAPTURES = HERE.parents[1] / "captures"
EXPRESSIONS = (HERE / "expressions.txt").read_text().splitlines()
CHOSEN = EXPRESSIONS[::4]
"""A quarter of the expressions that the library is held to: each is a process here."""
FILES = """handshake handshake-v6 arp vlan qinq fragments-v4-in-order fragments-v6-in-order ip-in-ip gre nested-tunnels
vxlan ping-v4 ping-v6 udp tcp-options ipv4-options ipv6-extensions duplicate-sack ecn dscp bad-checksums ttl-one refused
traceroute-v4 traceroute-v6 udp-no-checksum path-mtu-v4 path-mtu-v6 urgent zero-window mptcp-options
neighbour-discovery mpls llc-snap pppoe padding impossible-flags land reserved-bits"""
ROUTE = "RFC 791 §3.1: the wire's destination; tshark shows the last of the source route"
QUOTED = "RFC 4443 §2.4: an error quotes a part, whose checksum cannot be verified"
NAMES = "frame.protocols has our names of headers, each once; tshark adds ethertype and what it guesses from ports"
DIFFERENCES: dict[str, str] = {
    "tcp.len > 0": "RFC 9293 §3.4: the length in an ICMP error follows from the quoted total length; tshark gives none",
    "ip.dst <= 192.0.2.2": ROUTE,
    "ip.dst[0:2] == c0:00": ROUTE,
    "ip.version": "RFC 791 §3.1: the field of IPv4 only; tshark shows one of that name in IPv6 too, beside ipv6.version",
    "ip.opt.type": "RFC 791 §3.1: options that nobody knows have a type too; tshark shows none",
    'tcp.checksum.status == "Bad"': QUOTED,
    'tcp.checksum.status == "Unverified"': QUOTED,
    "ip[16:4] == ip.dst": ROUTE,
    "ip.src[0:2] == ip.dst[0:2]": ROUTE,
    "ip.addr in {198.51.100.0/24}": ROUTE,
    "all ip.addr in {192.0.2.0/24, 198.51.100.0/24}": "wireshark-filter(4): each value has to be in the set; tshark 4.0 wants all of them in one and the same member",
    "tcp[:4] > 1f:90": "bytes are compared from the first on; tshark takes the longer ones for the greater",
    'tcp.payload matches "^.{10,}$"': "$ is the very end; in PCRE the place before a last line feed too",
    'frame.protocols matches "ip:tcp$"': NAMES,
    'frame.protocols == "eth:ethertype:ip:tcp"': NAMES,
    "len(frame.protocols) > 20": NAMES,
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
def capture(merged: Path) -> Iterator[dissect.Capture]:
    with dissect.open(str(merged)) as opened:
        yield opened


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_the_same_packets(text: str, theirs: dict[str, list[int]], capture: dissect.Capture) -> None:
    chosen = capture.table(["frame.number"], text)["frame.number"].to_list()
    assert (chosen != theirs[text]) == (text in DIFFERENCES), DIFFERENCES.get(text, "no reason known")


def test_most_filters_select_some_packets_but_not_all(theirs: dict[str, list[int]]) -> None:
    whole = len(theirs["frame"])
    assert sum(0 < len(found) < whole for found in theirs.values()) > 280


@pytest.mark.parametrize("text", CHOSEN)
def test_the_command_selects_the_same_packets(text: str, merged: Path, theirs: dict[str, list[int]]) -> None:
    done = program("read", str(merged), "-Y", text, "-T", "tsv", "-e", "frame.number")
    assert done.returncode == 0, done.stderr
    found = [int(number) for number in done.stdout.split()[1:]]
    assert (found == theirs[text]) != (text in DIFFERENCES)


def test_enough_expressions() -> None:
    assert len(CHOSEN) > 85
