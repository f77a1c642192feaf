"""The library as the README shows it: captures as sequences, packets from bytes, typed."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest
from capture import building
from cli.running import CAPTURES
from decoding.crafting import eth, ip

import dissect
from dissect.wire import upper
from dissect.wire.linknames import LINK_NAMES

ROOT = Path(__file__).parents[1]
IP = bytes.fromhex("4500001400000000400600000a0000010a000002")


@pytest.fixture
def ten() -> dissect.Capture:
    return dissect.open("sample:handshake")


class TestCapture:
    def test_it_is_a_sequence(self, ten: dissect.Capture) -> None:
        assert len(ten) == 10
        assert [packet.frame.number for packet in ten] == list(range(1, 11))
        assert [packet.frame.number for packet in ten] == list(range(1, 11))
        assert ten[0].frame.number == 1
        assert ten[9] == ten[-1]
        assert ten[-10] == ten[0]

    def test_items_are_those_of_the_iteration(self, ten: dissect.Capture) -> None:
        assert [ten[index] for index in range(10)] == list(ten)

    @pytest.mark.parametrize("where", [slice(2, 5), slice(None), slice(None, None, -1), slice(-3, None), slice(8, 100), slice(5, 2),
                                       slice(None, None, 4)])  # fmt: skip
    def test_slices(self, ten: dissect.Capture, where: slice) -> None:
        assert ten[where] == list(ten)[where]

    @pytest.mark.parametrize("index", [10, -11, 1000, 10**12])
    def test_an_index_out_of_range(self, ten: dissect.Capture, index: int) -> None:
        with pytest.raises(IndexError):
            ten[index]

    def test_two_readers_do_not_disturb_one_another(self, ten: dissect.Capture) -> None:
        numbers = []
        for packet in ten:
            numbers.append((packet.frame.number, ten[-1].frame.number, ten[0].frame.number))
        assert numbers == [(number, 10, 1) for number in range(1, 11)]

    def test_it_closes(self) -> None:
        with dissect.open(str(CAPTURES / "handshake.pcap")) as capture:
            assert capture[0]["ip.ttl"].number == 64
        capture.close()

    def test_how_it_is_written(self, ten: dissect.Capture) -> None:
        assert repr(ten) == "dissect.open('sample:handshake')"

    def test_a_sample_is_its_file(self, ten: dissect.Capture) -> None:
        with dissect.open(str(CAPTURES / "handshake.pcap")) as capture:
            assert list(capture) == list(ten)

    def test_a_whole_file_has_no_warning(self, ten: dissect.Capture) -> None:
        list(ten)
        assert ten.warning is None

    def test_a_cut_file_has_a_warning_once_its_end_was_reached(self, tmp_path: Path) -> None:
        data = building.pcap_header() + 3 * building.record(bytes(60))
        with dissect.open(building.write(tmp_path, data[:-1])) as capture:
            assert capture.warning is None
            assert len(list(capture)) == 2
            assert capture.warning is not None
            assert "packet 3" in capture.warning
            with pytest.raises(IndexError):
                capture[2]

    def test_no_packets(self, tmp_path: Path) -> None:
        with dissect.open(building.write(tmp_path, building.pcap_header())) as capture:
            assert len(capture) == 0
            assert list(capture) == []
            assert capture[:] == []
            for index in (0, -1):
                with pytest.raises(IndexError):
                    capture[index]

    @pytest.mark.parametrize("path", ["nowhere", "/", "sample:nothing", ""])
    def test_what_cannot_be_opened(self, path: str) -> None:
        with pytest.raises(dissect.CaptureError) as refused:
            dissect.open(path)
        assert "\n" not in str(refused.value)

    def test_an_empty_file(self, tmp_path: Path) -> None:
        with pytest.raises(dissect.CaptureError):
            dissect.open(building.write(tmp_path, b""))


class TestDecode:
    def test_links_by_number_and_by_name(self) -> None:
        assert [layer.key for layer in dissect.decode(IP, 101).layers][:1] == ["ip"]
        assert dissect.decode(IP, link="ip").layers == dissect.decode(IP, link=101).layers
        assert dissect.decode(bytes(12) + b"\x08\x00" + IP).layer("ip") is not None

    @pytest.mark.parametrize("name", LINK_NAMES)
    def test_every_name_of_a_link_leads_to_a_header(self, name: str) -> None:
        data = b"\x45" if name in ("ip", "raw", "ipv4") else b"\x60"
        assert dissect.decode(data + bytes(39), link=name).layers

    def test_a_name_that_no_link_has_is_refused(self) -> None:
        with pytest.raises(ValueError, match="did you mean ethernet"):
            dissect.decode(IP, link="etherent")

    @pytest.mark.parametrize("link", [1, 101, 999, -5, "eth", "ip", "tcp"])
    @pytest.mark.parametrize("data", [b"", b"\x45", bytes(100), b"\xff" * 100])
    def test_it_never_raises_on_data(self, link: int | str, data: bytes) -> None:
        assert dissect.decode(data, link).frame.data == data

    def test_bytes_like_data(self) -> None:
        assert dissect.decode(bytearray(IP), "ip") == dissect.decode(memoryview(IP), "ip") == dissect.decode(IP, "ip")

    def test_values_by_name(self) -> None:
        packet = dissect.decode(IP, "ip")
        value = packet["ip.ttl"]
        assert (value.number, value.text, value.start, value.stop, value.bits) == (64, "64", 8, 9, 8)
        assert packet["ip.src"].text == "10.0.0.1"
        assert packet["ip.hdr_len"].number == 20
        assert "ip.ttl" in packet
        assert "tcp.srcport" not in packet
        assert packet.get("tcp.srcport") is None
        with pytest.raises(KeyError):
            packet["tcp.srcport"]
        assert packet.layer("ip") is packet.layers[0]
        assert [value.number for value in packet.all("ip.ttl")] == [64]

    def test_findings(self) -> None:
        found = [finding for _, finding in dissect.decode(IP, "ip").every_finding()]
        assert any(finding.field == "ip.checksum" and finding.cite for finding in found)


class TestTyping:
    def test_the_package_says_that_it_is_typed(self) -> None:
        assert (Path(dissect.__file__).parent / "py.typed").exists()

    def test_all_public_names_are_there_and_documented(self) -> None:
        for name in dissect.__all__:
            assert inspect.getdoc(getattr(dissect, name)), name
        with pytest.raises(AttributeError):
            dissect.nothing  # type: ignore[attr-defined]  # noqa: B018

    def test_programs_that_use_it_pass_a_type_checker(self, tmp_path: Path) -> None:
        pytest.importorskip("mypy")
        program = tmp_path / "program.py"
        program.write_text(
            "import dissect\n"
            "from dissect.packet import Packet, Value\n"
            "with dissect.open('x.pcap') as capture:\n"
            "    first: Packet = capture[0]\n"
            "    some: list[Packet] = capture[1:3]\n"
            "    count: int = len(capture)\n"
            "    value: Value = first['ip.ttl']\n"
            "    text: str = value.text\n"
            "    lengths: list[int] = [packet.frame.wire_length for packet in capture]\n"
            "    warning: str | None = capture.warning\n"
            "packet: Packet = dissect.decode(b'', link='ip')\n"
            "try:\n"
            "    dissect.open('y')\n"
            "except dissect.CaptureError as error:\n"
            "    print(error)\n"
            "reveal_type(capture[0])\n"
        )
        result = subprocess.run(
            [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--config-file=", "--follow-imports=silent", str(program)],
            capture_output=True, text=True, check=False, cwd=ROOT,
        )  # fmt: skip
        assert result.returncode == 0, result.stdout + result.stderr
        assert 'Revealed type is "dissect.packet.Packet"' in result.stdout


@pytest.mark.filterwarnings("ignore")
def test_scapys_bindings_are_those_that_are_written_down() -> None:
    """`dissect.wire.upper` copies them because importing scapy costs more than showing a packet."""
    told = subprocess.run([sys.executable, "-c", SCAPY], capture_output=True, text=True, check=True, timeout=60)
    tcp, udp = (eval(line) for line in told.stdout.splitlines()[-2:])
    assert tcp == upper.TCP_LAYERS
    assert {port: udp.get(port) for port in upper.UDP_LAYERS} == upper.UDP_LAYERS
    rest = {name for port, name in udp.items() if port not in upper.UDP_LAYERS and not name.startswith("_")}
    assert rest <= {"GRE", "VXLAN", "HSRPv2"}  # the first two are opened, not only named


SCAPY = """
import logging; logging.disable()
from scapy.all import TCP, UDP, Raw, load_layer
load_layer("tls"); load_layer("http")
for protocol in (TCP, UDP):
    found = {}
    for fields, layer in protocol.payload_guess:
        port = fields.get("dport", fields.get("sport"))
        if port is not None:
            found.setdefault(port, layer.__name__)
    print(found)
"""


def test_names_above_the_ports() -> None:
    assert upper.name("tcp", 40000, 443) == "TLS"
    assert upper.name("tcp", 443, 40000) == "TLS"
    assert upper.name("udp", 53, 123) == "NTP"
    assert upper.name("tcp", 1, 2) == ""
    assert upper.name("sctp", 80, 80) == ""


class TestTables:
    def test_a_notebook_shows_the_first_packets(self, tmp_path: Path) -> None:
        path = building.write(tmp_path, building.pcap_header() + building.record(b"\2" * 60) * 30, "<b>.pcap")
        with dissect.open(path) as capture:
            shown = capture._repr_html_()
        assert shown.count("<tr>") == 10 + 2  # packets, names, types
        assert "<b>" not in shown
        assert "&lt;b&gt;.pcap" in shown

    @pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells the peak of memory")
    @pytest.mark.parametrize(
        "query",
        [
            'print(capture.table(["frame.number", "ip.src"], "ip.ttl == 3 && frame contains 00:01").height)',
            'print(capture.scan().filter(pl.col("ip.ttl") < 4).select(pl.len()).collect(engine="streaming").item())',
            'capture.scan().select("frame.number", "ip.src").sink_parquet(sys.argv[1] + ".parquet", row_group_size=20_000)',
        ],
    )
    def test_memory_does_not_grow_with_the_capture(self, query: str, tmp_path: Path) -> None:
        program = "import sys, polars as pl, dissect\ncapture = dissect.open(sys.argv[1])\n" + query
        program += "\nprint(open('/proc/self/status').read().partition('VmHWM:')[2].split()[0])"  # since exec
        peaks = []
        packet = building.record(eth(ip(b"x" * 500)))
        for size in (24 << 20, 240 << 20):
            path = str(tmp_path / f"{size}.pcap")
            with open(path, "wb") as file:
                file.write(building.pcap_header())
                file.writelines(packet * 1000 for _ in range(size // len(packet) // 1000))
            done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True)
            peaks.append(int(done.stdout.split()[-1]))
        assert peaks[1] < 1.3 * peaks[0]
