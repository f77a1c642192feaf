"""What was recorded is what went by: packet for packet and field by field as tshark has it, and nothing lost."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from live.wires import Pair
from peers.fields import FIELDS as EACH
from peers.fields import dissect_rows, tshark_rows

import dissect

FIELDS = (
    "frame.len", "frame.cap_len", "frame.protocols", "eth.src", "eth.dst", "eth.type", "vlan.id", "vlan.priority", "ip.src", "ip.dst",
    "ip.id", "ip.ttl", "ip.flags.mf", "ip.frag_offset", "ipv6.src", "ipv6.dst", "ipv6.hlim", "ipv6.fraghdr.offset", "icmp.type",
    "icmpv6.type", "udp.srcport", "udp.length", "tcp.srcport", "tcp.seq_raw", "tcp.flags.urg", "tcp.urgent_pointer",
    "tcp.window_size_value", "tcp.options.mss_val",
)  # fmt: skip
QUIET = "not ether[0:2] == 0x3333 and not arp and not (ip6[6] == 58 and ip6[40] >= 133 and ip6[40] <= 136)"
"""Without what neighbours tell one another whenever they like, also while one of two captures has ended."""
needs_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")


def packets(path: Path) -> list[tuple[bytes, int]]:
    with dissect.open(str(path)) as capture:
        found = [(frame.data, frame.wire_length) for frame in capture.frames]
        assert capture.warning is None
    return found


def fields(path: Path) -> list[str]:
    """What tshark reads in a file; which payloads it calls data depends on the order of the packets."""
    words = [word for name in FIELDS for word in ("-e", name)]
    read = subprocess.run(["tshark", "-r", path, "-T", "fields", *words], capture_output=True, text=True, check=True)
    return read.stdout.replace(":data\t", "\t").splitlines()


@pytest.fixture
def server(wires: Pair) -> None:
    process = wires.start(wires.b, sys.executable, str(Path(__file__).with_name("server.py")))
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    yield
    process.kill()
    process.communicate()


@pytest.mark.peer
@needs_tshark
@pytest.mark.parametrize("source", ["ring", "scapy"])
def test_everything_that_kernels_send(wires: Pair, server: None, tmp_path: Path, source: str) -> None:
    """IPv4 and IPv6, UDP, fragments, echo, TCP with an urgent byte, tagged frames; and what curl and iperf3 send."""
    ours, theirs = tmp_path / "ours.pcapng", tmp_path / "theirs.pcapng"
    quiet = ("-f", QUIET)
    with wires.beside(theirs, "-B", "64", *quiet), wires.live("--source", source, "-w", str(ours), *quiet) as capture:
        wires.traffic("udp", "udp6", "echo", "fragments", "tcp", "tagged")
        if shutil.which("curl"):
            for host in ("10.77.0.2", "[fd77::2]"):
                wires.run(wires.a, "curl", "-s", "--http0.9", "-o", "/dev/null", f"http://{host}:8077/", check=False)
        if shutil.which("iperf3") and source == "ring":
            listening = wires.start(wires.b, "iperf3", "-s", "-1")
            time.sleep(0.5)
            wires.run(wires.a, "iperf3", "-c", "10.77.0.2", "-n", "4M")
            listening.communicate(timeout=20)
        time.sleep(0.5)
        capture.stop()
    assert capture.counts[2] == 0
    assert len(packets(ours)) == capture.counts[0] > 60
    # Two processors may deliver two packets at a time; which comes first each socket sees for itself.
    assert sorted(packets(ours)) == sorted(packets(theirs))
    assert sorted(fields(ours)) == sorted(fields(theirs))
    # And what dissect reads in its file is what tshark reads in its own; that knows no partial sums.
    seen = [{name: [0 if value == "partial" else value for value in values] for name, values in row.items()}
            for row in dissect_rows(str(ours), EACH)]  # fmt: skip
    assert sorted(map(str, seen)) == sorted(map(str, tshark_rows(str(theirs), EACH)))
    with dissect.open(str(ours)) as recorded:
        table = recorded.table(
            [
                "tcp.dstport",
                "tcp.flags",
                "vlan.id",
                "tcp.flags.urg",
                "tcp.urgent_pointer",
                "ip.flags.mf",
                "ipv6.fraghdr.offset",
                "icmpv6.type",
            ]
        )
    assert set(table["vlan.id"].drop_nulls()) == {5, 15, 100, 0}
    opened = table.filter((table["tcp.dstport"] == 8077) & (table["tcp.flags"] == 2))
    assert len(opened) == (4 if shutil.which("curl") else 2)
    assert table["tcp.flags.urg"].sum() == 2
    assert table["ip.flags.mf"].sum() == 6
    assert table["ipv6.fraghdr.offset"].is_not_null().sum() == 8
    assert {128, 129} <= set(table["icmpv6.type"].drop_nulls())


@pytest.mark.peer
@pytest.mark.skipif(
    not shutil.which("tcpreplay") or not shutil.which("tcpdump"), reason="tcpreplay or tcpdump is not installed"
)
def test_nothing_is_lost_at_top_speed(wires: Pair, tmp_path: Path) -> None:
    """Eight hundred thousand packets as quickly as they can be sent, three times: those that tcpdump has, in the same order."""
    theirs, sent = tmp_path / "theirs.pcap", tmp_path / "sent.pcap"
    build(sent, 20_000)
    replay = ("tcpreplay", "-q", "-K", "--topspeed", "--loop=40", "-i", wires.device, str(sent))
    dump = ("tcpdump", "-q", "-i", wires.device, "-B", "49152", "-Z", "root", "-w", str(theirs), QUIET)
    for ending in ("pcapng", "pcap", "pcapng"):
        ours = tmp_path / f"ours.{ending}"
        dumping = wires.start(wires.b, *dump)
        assert dumping.stderr is not None
        assert b"listening" in dumping.stderr.readline()
        wires.run(wires.a, *replay)
        time.sleep(1.3)  # the kernel keeps tcpdump's last packets for up to a second
        dumping.terminate()
        dumping.communicate(timeout=10)
        with wires.live("-w", str(ours), "-f", QUIET, "--force") as capture:
            wires.run(wires.a, *replay)
            time.sleep(0.3)
            capture.stop()
        assert capture.counts == (800_000, 0, 0)
        with dissect.open(str(ours)) as mine, dissect.open(str(theirs)) as others:
            pairs = zip(mine.frames, others.frames, strict=True)
            assert all(one.data == other.data and one.wire_length == other.wire_length for one, other in pairs)
            assert mine.warning is None


@pytest.mark.skipif(not shutil.which("tcpreplay"), reason="tcpreplay is not installed")
@pytest.mark.parametrize("words", [["--stats"], ["-Y", "udp.port == 9", "-T", "ndjson"]], ids=["stats", "filter"])
def test_what_is_shed_at_top_speed_is_said(wires: Pair, tmp_path: Path, words: list[str]) -> None:
    """Each packet sent was recorded or dropped by the kernel; each recorded was looked at or not, and both are counted."""
    out, sent = tmp_path / "out.pcapng", tmp_path / "sent.pcap"
    build(sent, 20_000)
    with wires.live("-w", str(out), "-f", QUIET, *words) as capture:
        wires.run(wires.a, "tcpreplay", "-q", "-K", "--topspeed", "--loop=10", "-i", wires.device, str(sent))
        time.sleep(0.3)
        capture.stop()
    captured, shown, dropped = capture.counts
    assert captured + dropped == 200_000
    assert f"{captured:,} recorded in " in capture.said
    found = re.search(r"; ([\d,]+) not looked at, because", capture.said)
    shed = int(found[1].replace(",", "")) if found else 0
    assert shown + shed == captured if "--stats" in words else shown == 0 < captured - shed
    with dissect.open(str(out)) as recorded:
        assert sum(1 for _ in recorded.frames) == captured


def build(path: Path, count: int) -> None:
    """A capture of packets of many sizes, none like another."""
    from capture.building import pcap_header, record

    with path.open("wb") as file:
        file.write(pcap_header())
        for number in range(count):
            head = bytes.fromhex("0200000000020200000000010800")
            file.write(
                record(
                    head + number.to_bytes(4, "big") + bytes(20 + number * 7919 % 200),
                    1_700_000_000,
                    number % 1_000_000,
                )
            )


def test_any_and_several_interfaces(wires: Pair, tmp_path: Path) -> None:
    """All interfaces with a cooked header each, tags put back; loopback gives every packet once."""
    out = tmp_path / "any.pcapng"
    with wires.live("-w", str(out), interface=["any"]) as capture:
        wires.traffic("udp", "tagged")
        wires.run(wires.b, sys.executable, "-c", "import socket; socket.socket(2, 2).sendto(b'once', ('127.0.0.1', 9))")
        time.sleep(0.2)
        capture.stop()
    with dissect.open(str(out)) as recorded:
        table = recorded.table(
            [
                "sll.pkttype",
                "sll.ifindex",
                "ip.dst",
                "udp.dstport",
                "udp.length",
                "vlan.id",
                "frame.protocols",
                "icmp.type",
            ]
        )
    local = table.filter((table["udp.length"] == 12) & table["icmp.type"].is_null())
    assert len(local) == 1
    assert set(table["vlan.id"].drop_nulls()) == {5, 15, 100, 0}
    assert len(table.filter((table["udp.length"] == 28) & table["icmp.type"].is_null())) == 3
    both = tmp_path / "both.pcapng"
    with wires.live("-w", str(both), interface=["lo", wires.device]) as capture:
        wires.run(wires.b, sys.executable, "-c", "import socket; socket.socket(2, 2).sendto(b'once', ('127.0.0.1', 9))")
        wires.traffic("udp")
        time.sleep(0.2)
        capture.stop()
    with dissect.open(str(both)) as recorded:
        frames = [packet.frame for packet in recorded]
        names = [frame.interface_name for frame in frames]
    assert names.count("lo") == 2  # the datagram, and that its port is closed
    assert names.count(wires.device) >= 6
    for name in ("lo", wires.device):  # what two interfaces have ready at different times stays as it came
        times = [frame.time or 0 for frame in frames if frame.interface_name == name]
        assert sorted(times) == times


def test_loopback_once(wires: Pair, tmp_path: Path) -> None:
    for source in ("ring", "scapy"):
        out = tmp_path / f"{source}.pcapng"
        with wires.live("-w", str(out), "--source", source, interface=["lo"]) as capture:
            wires.run(
                wires.b, sys.executable, "-c", "import socket; socket.socket(2, 2).sendto(b'once', ('127.0.0.1', 9))"
            )
            time.sleep(0.2)
            capture.stop()
        assert len(packets(out)) == 2, source


def test_a_sum_left_to_the_card_is_partial(wires: Pair, tmp_path: Path) -> None:
    """The kernel's word stands with the packet: epb_flags of the file, and the verdict."""
    out = tmp_path / "sent.pcapng"
    with wires.live("-w", str(out), where=wires.a) as capture:
        wires.traffic("udp")
        time.sleep(0.2)
        capture.stop()
    with dissect.open(str(out)) as recorded:
        verdicts = [
            packet["udp.checksum.status"].text
            for packet in recorded
            if packet.layer("udp") and not packet.layer("icmp")
        ]
    assert verdicts == ["partial"] * 3


@pytest.mark.parametrize("words", [[], ["--segments"]])
def test_what_the_card_has_to_cut(wires: Pair, server: None, tmp_path: Path, words: list[str]) -> None:
    """The server's two kilobytes leave as one packet here; the kernel says so, and on request what the card makes of it."""
    out = tmp_path / "sent.pcapng"
    with wires.live("-w", str(out), "-f", "tcp", *words) as capture:
        wires.traffic("tcp")
        time.sleep(0.2)
        capture.stop()
    with dissect.open(str(out)) as recorded:
        said = {packet.frame.wire_length: packet.frame.comments for packet in recorded}
    noted = {size: comments for size, comments in said.items() if comments}
    whole = {66 + 2048: 1448, 86 + 2048: 1428}
    assert set(whole) <= set(said)
    assert noted == ({size: (f"segments of {part} bytes",) for size, part in whole.items()} if words else {})
    if shutil.which("tshark"):
        told = ["-T", "fields", "-e", "frame.len", "-e", "frame.comment"]
        lines = subprocess.run(["tshark", "-r", out, *told], capture_output=True, text=True, check=True).stdout.split(
            "\n"
        )
        assert ("2114\tsegments of 1448 bytes" in lines) == bool(words)


@pytest.mark.skipif(not Path("/dev/net/tun").exists(), reason="there are no TUN devices")
def test_what_the_kernel_cannot_describe(wires: Pair, tmp_path: Path) -> None:
    """A UDP datagram that a guest leaves to be fragmented: with --segments the kernel drops it, and that is said."""
    code = Path(__file__).with_name("guest.py")
    for words, kept in (([], 6), (["--segments"], 4)):
        out = tmp_path / f"{kept}.pcapng"
        guest = wires.start(wires.a, sys.executable, str(code))
        assert guest.stdout is not None
        assert guest.stdout.readline() == b"ready\n"
        with wires.live("-w", str(out), "-f", "udp port 9", *words, where=wires.a, interface=["tap0"]) as capture:
            guest.send_signal(signal.SIGUSR1)
            guest.communicate(timeout=10)
            capture.wait()
        assert [packet.frame.wire_length for packet in dissect.open(str(out))].count(5042) == (2 if kept == 6 else 0)
        assert len(packets(out)) == kept
        assert capture.counts == (kept, 0, 6 - kept)


def test_snap_length_and_filter(wires: Pair, tmp_path: Path) -> None:
    out = tmp_path / "short.pcapng"
    with wires.live("-w", str(out), "-s", "60", "-f", "udp and dst port 9", "--comment", "on a Monday") as capture:
        wires.traffic("echo", "udp", "udp6")
        time.sleep(0.2)
        capture.stop()
    found = packets(out)
    assert [(len(data), length) for data, length in found] == [(60, 62)] * 3 + [(60, 82)] * 3
    said = (
        subprocess.run(["capinfos", out], capture_output=True, text=True, check=False).stdout
        if shutil.which("capinfos")
        else ""
    )
    assert not said or "Filter string = udp and dst port 9" in said
    assert not said or "on a Monday" in said


def test_filters_see_the_tag_that_the_kernel_took_off(wires: Pair, tmp_path: Path) -> None:
    out = tmp_path / "tagged.pcapng"
    with wires.live("-w", str(out), "-f", "vlan 5") as capture:
        wires.traffic("udp", "tagged")
        time.sleep(0.2)
        capture.stop()
    with dissect.open(str(out)) as recorded:
        assert recorded.table(["vlan.id"])["vlan.id"].to_list() == [5]


def test_a_cooked_filter(wires: Pair, tmp_path: Path) -> None:
    """Compiled for a header that the socket does not give."""
    out = tmp_path / "cooked.pcapng"
    with wires.live("-w", str(out), "-f", "udp dst port 9 or ip6", interface=["any"]) as capture:
        wires.traffic("echo", "udp", "udp6")
        time.sleep(0.2)
        capture.stop()
    with dissect.open(str(out)) as recorded:
        table = recorded.table(["ip.version", "ipv6.version", "udp.dstport", "icmp.type"])
    assert table["udp.dstport"].drop_nulls().to_list().count(9) >= 6
    assert not len(table.filter((table["ip.version"] == 4) & (table["icmp.type"] == 8)))


def test_rotation(wires: Pair, tmp_path: Path) -> None:
    """By count, size and time, the last files kept; every packet in one of them."""
    with wires.live(
        "-w", str(tmp_path / "turn.pcapng"), "-b", "packets:7", "-c", "30", "-f", "udp and dst port 9"
    ) as capture:
        wires.traffic(*["udp"] * 12)
        capture.wait()
    files = sorted(tmp_path.glob("turn_*.pcapng"))
    assert [len(packets(file)) for file in files] == [7, 7, 7, 7, 2]
    with wires.live("-w", str(tmp_path / "size.pcap"), "-b", "filesize:2", "-b", "files:3") as capture:
        wires.traffic(*["udp"] * 40)
        time.sleep(0.2)
        capture.stop()
    files = sorted(tmp_path.glob("size_*.pcap"))
    assert len(files) == 3
    assert all(file.stat().st_size <= 2000 for file in files)
    with wires.live("-w", str(tmp_path / "end.pcapng"), "-b", "packets:5", "-a", "files:2") as capture:
        wires.traffic(*["udp"] * 12)
        assert capture.wait() == 0
    assert [len(packets(file)) for file in sorted(tmp_path.glob("end_*"))] == [5, 5]
    with wires.live("-w", str(tmp_path / "time.pcapng"), "-b", "duration:0.3", "-f", "udp and dst port 9") as capture:
        for _ in range(3):
            wires.traffic("udp")
            time.sleep(0.6)
        capture.stop()
    files = sorted(tmp_path.glob("time_*"))
    assert len(files) >= 3
    assert sum(len(packets(file)) for file in files) == 9
    assert f"9 recorded in {len(files)} files, the last {files[-1]}" in capture.said
