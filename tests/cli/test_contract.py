"""What every command promises: exit codes, one sentence for what cannot be done, pipes, locales, interruption."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from capture import building
from cli.running import CAPTURES, PROGRAM, capture, environment, program, run

DATA = bytes.fromhex("020000000002020000000001080045000026000100004011f6c0c0000201c00002029c4023280012000000") + b"text"


def whole(count: int) -> bytes:
    """A pcap file of so many packets."""
    return building.pcap_header() + b"".join(building.record(DATA, seconds) for seconds in range(count))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    building.write(tmp_path, b"", "empty")
    building.write(tmp_path, b"This is no capture,\nbut a text.\n", "text.txt")
    building.write(tmp_path, building.pcap_header(), "header.pcap")
    building.write(tmp_path, building.section() + building.interface(), "header.pcapng")
    building.write(tmp_path, whole(3)[:-7], "cut.pcap")
    building.write(tmp_path, whole(2), "two.pcap")
    building.write(tmp_path, b"\x7fELF\x02\x01\x01" + bytes(200), "program")
    building.write(tmp_path, whole(2)[:30], "hardly.pcap")
    return tmp_path


def sentence(said: str) -> str:
    """The one sentence on standard error; fails where there is more or less."""
    lines = said.splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("dissect: ")
    assert "Traceback" not in said
    return lines[0].removeprefix("dissect: ")


REFUSALS = {  # command line ({} is a folder) → exit code, what the sentence says
    "read {}/nowhere.pcap": (3, "no such file"),
    "show {}/nowhere.pcap 1": (3, "no such file"),
    "stream {}/nowhere.pcap 0": (3, "no such file"),
    "fragments {}/nowhere.pcap": (3, "no such file"),
    "fragments {}/text.txt": (3, "text"),
    "stream {}/header.pcap 0": (2, "there is no stream 0: {}/header.pcap holds no TCP connection"),
    "stream {}/two.pcap 1": (2, "there is no stream 1"),
    "stream {}/two.pcap x": (2, "'x'"),
    "stream {}/cut.pcap 0": (3, "{}/cut.pcap holds no TCP connection; {}/cut.pcap: cut short"),
    "stream sample:handshake 0 --graph speed": (2, "'speed' is not one of"),
    "stream sample:handshake 0 --svg {}/none/x.svg": (2, "none/x.svg: cannot be written"),
    "explain ttl --packet {}/nowhere.pcap:1": (3, "no such file"),
    "{}/nowhere.pcap": (3, "no such file"),
    "read {}": (3, "is a directory, not a capture file"),
    "show {} 1": (3, "is a directory"),
    "check {}/nowhere.pcap": (3, "no such file"),
    "check {}": (3, "is a directory, not a capture file"),
    "check {}/empty": (3, "empty"),
    "check {}/text.txt": (3, "text"),
    "read {}/empty": (3, "empty"),
    "show {}/empty 1": (3, "empty"),
    "read {}/text.txt": (3, "text"),
    "show {}/text.txt 1": (3, "text"),
    "read {}/program": (3, "capture"),
    "show {}/header.pcap 1": (2, "holds no packets"),
    "show {}/header.pcapng 1": (2, "holds no packets"),
    "show {}/two.pcap 3": (2, "there is no packet 3: {}/two.pcap has 2 packets"),
    "show {}/two.pcap 1000000": (2, "there is no packet 1,000,000"),
    "show {}/cut.pcap 3": (3, "there is no packet 3: {}/cut.pcap has 2 packets; {}/cut.pcap: cut short"),
    "explain ttl --packet {}/two.pcap:3": (2, "there is no packet 3"),
    "explain ttl --packet {}/two.pcap": (2, "write FILE:N"),
    "explain ttl --packet {}/two.pcap:1-2": (2, "several packets"),
    "show {}/two.pcap 0": (2, "no packet number"),
    "show {}/two.pcap x": (2, "'x' is no packet number: give a number from 1, or a range such as 3-7"),
    "show {}/two.pcap 2-1": (2, "its end lies before its beginning"),
    "show {}/two.pcap 1-": (2, "no packet number"),
    "show {}/two.pcap ²": (2, "no packet number"),
    "explain tcp.flags.sin": (2, "the nearest: tcp.flags.syn"),
    "explain ip.tll": (2, "ip.ttl"),
    "explain ''": (2, "nothing is called ''"),
    "fields ip.tll": (2, "ip.ttl"),
    "bytes 45zz": (2, "'45zz' is not hex"),
    "bytes '45 0'": (2, "half a byte is missing"),
    "bytes ''": (2, "there is no hex to read"),
    "bytes --link ethernt 45": (2, "did you mean ethernet?"),
    "bytes --link zzzzz 45": (2, "there are ethernet"),
    "read sample:handshak": (3, "did you mean handshake"),
    "show sample:zzzzzzzz 1": (3, "`dissect samples` lists them"),
    "show {}/two.pcap 1 --svg {}/none/x.svg": (2, "none/x.svg: cannot be written"),
    "show {}/two.pcap 1 --html {}": (2, "cannot be written"),
    "show {}/two.pcap": (2, "missing argument 'N...'"),
    "show": (2, "missing argument 'FILE'"),
    "read": (2, "missing argument 'FILE...'"),
    "shwo {}/two.pcap 1": (2, "no such command 'shwo'; did you mean 'show'?"),
    "show --bref {}/two.pcap 1": (2, "--brief"),
    "read -c 0 {}/two.pcap": (2, "'-c'"),
    "show --lang xx {}/two.pcap 1": (2, "'xx' is not one of 'en', 'zh'"),
}


@pytest.mark.parametrize("line", REFUSALS)
def test_what_cannot_be_done_is_said_in_one_sentence(line: str, folder: Path) -> None:
    code, said = REFUSALS[line]
    result = run(*shlex.split(line.replace("{}", str(folder))))
    assert said.replace("{}", str(folder)) in sentence(result.err)
    assert result.code == code
    assert not result.out or "cut.pcap" in line


def test_a_refusal_has_no_traceback_in_a_program_of_its_own(folder: Path) -> None:
    for words in (["read", str(folder)], ["shwo"], ["show", str(folder / "two.pcap"), "9"], ["bytes", "zz"]):
        result = program(*words)
        assert result.returncode in (2, 3)
        assert result.stdout == b""
        sentence(result.stderr.decode())


@pytest.mark.parametrize("name", ["header.pcap", "header.pcapng"])
def test_a_capture_without_packets_is_said_to_be_one(name: str, folder: Path) -> None:
    assert run("read", str(folder / name)) == (0, "", f"dissect: {folder / name} holds no packets\n")


@pytest.mark.skipif(os.name != "posix" or os.getuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(folder: Path) -> None:
    (folder / "two.pcap").chmod(0)
    result = run("read", str(folder / "two.pcap"))
    assert result.code == 3
    assert "no permission" in sentence(result.err)


def test_whole_packets_of_a_cut_file_come_first_then_one_warning(folder: Path) -> None:
    result = run("read", str(folder / "cut.pcap"))
    assert result.code == 3
    assert [row.split()[0] for row in result.out.splitlines()] == ["1", "2"]
    assert "cut short in the middle of packet 3" in sentence(result.err)
    assert "the 2 packets before it are whole" in result.err
    shown = run("show", str(folder / "cut.pcap"), "1-3", "--brief")
    assert shown.code == 3
    assert len(re.findall(r"^Packet \d", shown.out, re.MULTILINE)) == 2
    sentence(shown.err)
    assert run("show", str(folder / "cut.pcap"), "2").code in (0, 3)


def test_a_file_cut_in_its_header(folder: Path) -> None:
    result = run("read", str(folder / "hardly.pcap"))
    assert result.code == 3
    sentence(result.err)


def test_the_next_file_is_read_after_a_damaged_one(folder: Path) -> None:
    result = run("read", str(folder / "cut.pcap"), str(folder / "two.pcap"))
    assert result.code == 3
    assert len(result.out.splitlines()) == 4


def test_reading_stops_after_so_many_packets(folder: Path) -> None:
    assert len(run("read", "-c", "1", str(folder / "two.pcap")).out.splitlines()) == 1
    assert len(run("read", "-c", "3", str(folder / "two.pcap"), str(folder / "two.pcap")).out.splitlines()) == 3


def test_packets_come_in_the_order_asked_for(folder: Path) -> None:
    said = run("show", str(folder / "two.pcap"), "2", "1-2", "--brief").out
    assert re.findall(r"^Packet (\d)", said, re.MULTILINE) == ["2", "1", "2"]


@pytest.mark.parametrize("words", [["read"], ["show", "1"], ["show", "1", "--json"], ["show", "1", "--brief"], []])
def test_samples_stand_for_files_everywhere(words: list[str]) -> None:
    path = capture("handshake.pcap")
    by_name = run(*words[:1], "sample:handshake", *words[1:])
    by_path = run(*words[:1], path, *words[1:])
    assert by_name.code == by_path.code == 0
    assert by_name.out.replace("sample:handshake", path) == by_path.out or "--json" not in words
    assert run("explain", "ttl", "--packet", "sample:handshake:1").code == 0


def test_a_file_alone_is_read(folder: Path) -> None:
    path = str(folder / "two.pcap")
    assert run(path) == run("read", path)
    assert run("sample:udp") == run("read", "sample:udp")


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["-h"],
        *(
            [name, "-h"]
            for name in ("read", "show", "streams", "stream", "fragments", "bytes", "explain", "fields", "samples")
        ),
    ],
)
def test_help(words: list[str]) -> None:
    result = run(*words)
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("Usage: dissect")
    assert "..." not in result.out.partition("Commands:")[2]


def test_the_version() -> None:
    from dissect import __version__

    assert run("--version") == (0, f"dissect {__version__}\n", "")


def test_nothing_to_do_is_help() -> None:
    result = run()
    assert result.code == 2
    assert result.out == ""
    assert result.err.startswith("Usage: dissect")


def test_remarks_are_not_data() -> None:
    result = run("bytes", "4500001400010000403b66cf7f0000017f000001", "--json")
    assert result.code == 0
    assert result.out.startswith("{")
    assert "taken for IPv4" in sentence(result.err)


@pytest.mark.parametrize("link", ["eth", "ethernet", "raw", "ip", "ipv4", "ipv6", "tcp", "udp", "icmp", "icmpv6", "arp", "vlan", "llc", "sll",
                                  "cooked", "sll2", "null", "loopback", "ppp", "pppoe", "mpls", "gre", "vxlan", "TCP"])  # fmt: skip
def test_every_first_header(link: str) -> None:
    for size in (1, 60):
        result = run("bytes", "--link", link, "45" * size)
        assert (result.code, result.err) == (0, "")


class TestPipes:
    @pytest.mark.parametrize("words", [["read", "-"], ["-"]])
    def test_packets_through_a_pipe(self, words: list[str]) -> None:
        result = program(*words, stdin=whole(3))
        assert (result.returncode, result.stderr) == (0, b"")
        assert len(result.stdout.splitlines()) == 3

    def test_no_packet_of_a_pipe_is_what_a_filter_wants(self) -> None:
        """It is not read again to find out whether there were any."""
        for count, said in ((3, b""), (0, b"dissect: standard input holds no packets\n")):
            result = program("read", "-", "-Y", "frame.len == 9999", stdin=whole(count))
            assert (result.returncode, result.stdout, result.stderr) == (0, b"", said)

    def test_one_packet_of_a_pipe(self) -> None:
        result = program("show", "-", "2", "--brief", stdin=whole(3))
        assert result.returncode == 0
        assert result.stdout.startswith(b"Packet 2 of ")

    def test_explaining_a_packet_of_a_pipe(self) -> None:
        result = program("explain", "ttl", "--packet", "-:2", stdin=whole(3))
        assert result.returncode == 0
        assert b"In packet 2: " in result.stdout

    def test_compressed_packets_through_a_pipe(self) -> None:
        result = program("read", "-", stdin=(CAPTURES / "pcap-gzip.pcap.gz").read_bytes())
        assert len(result.stdout.splitlines()) == 2

    def test_hex_through_a_pipe(self) -> None:
        text = b"0000  45 00 00 14 00 01 00 00 40 3b 66 cf 7f 00 00 01\n0010  7f 00 00 01\n"
        for words in (["bytes"], ["bytes", "-"]):
            result = program(*words, "--brief", stdin=text)
            assert result.returncode == 0
            assert b"127.0.0.1" in result.stdout

    @pytest.mark.parametrize("data", [b"", b"text\n", whole(1)[:10]])
    def test_what_is_no_capture(self, data: bytes) -> None:
        result = program("read", "-", stdin=data)
        assert (result.returncode, result.stdout) == (3, b"")
        assert "standard input" in sentence(result.stderr.decode())

    def test_bytes_that_are_no_text(self) -> None:
        result = program("bytes", "-", stdin=bytes(range(128, 256)))
        assert result.returncode == 2
        sentence(result.stderr.decode())

    def test_each_line_appears_as_soon_as_its_packet_was_written(self) -> None:
        with subprocess.Popen(
            [*PROGRAM, "read", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment()
        ) as reader:  # fmt: skip
            assert reader.stdin is not None
            assert reader.stdout is not None
            reader.stdin.write(building.pcap_header())
            for number in (1, 2, 3):
                reader.stdin.write(building.record(DATA, number))
                reader.stdin.flush()
                assert reader.stdout.readline().split()[0] == b"%d" % number
            reader.stdin.close()
            assert reader.stdout.read() == b""
            assert reader.wait(10) == 0

    def test_ctrl_c_while_waiting_for_packets(self) -> None:
        with subprocess.Popen(
            [*PROGRAM, "read", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
        ) as reader:  # fmt: skip
            assert reader.stdin is not None
            assert reader.stdout is not None
            reader.stdin.write(whole(1))
            reader.stdin.flush()
            assert reader.stdout.readline().startswith(b"    1")
            reader.send_signal(signal.SIGINT)
            out, err = reader.communicate(timeout=10)
            assert (reader.returncode, out, err) == (130, b"", b"")

    @pytest.mark.parametrize(
        "words", [["read", "{}"], ["show", "{}", "1-2000"], ["show", "{}", "1-2000", "--json"], ["fields"]]
    )
    def test_a_closed_pipe_ends_it_quietly(self, words: list[str], tmp_path: Path) -> None:
        path = building.write(tmp_path, whole(5000))
        command = [*PROGRAM, *(word.replace("{}", path) for word in words)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()) as writer:
            assert writer.stdout is not None
            assert writer.stderr is not None
            assert writer.stdout.readline()
            writer.stdout.close()
            assert writer.stderr.read() == b""
            assert writer.wait(20) in (0, -signal.SIGPIPE)

    @pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
    def test_head(self, tmp_path: Path) -> None:
        path = building.write(tmp_path, whole(5000))
        line = f"{shlex.join([*PROGRAM, 'read', path])} | head -n 1"
        result = subprocess.run(["bash", "-c", line], capture_output=True, env=environment(), timeout=30, check=True)
        assert result.stderr == b""
        assert len(result.stdout.splitlines()) == 1


class TestSurroundings:
    def test_no_colour_unless_it_is_wanted(self) -> None:
        for settings in ({}, {"NO_COLOR": "1"}, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, {"TERM": "dumb"}):
            assert "\x1b[3" not in run("show", "sample:udp", "1", **settings).out

    def test_colour_is_never_the_only_sign(self) -> None:
        bare = run("show", "sample:bad-checksums", "1", NO_COLOR="1").out
        coloured = run("show", "sample:bad-checksums", "1", FORCE_COLOR="1", TERM="xterm-256color").out
        assert "\x1b[" in coloured
        assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == bare
        assert "✗ malformed ip.checksum" in bare

    @pytest.mark.parametrize(
        "settings",
        [
            {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
            {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        ],
    )
    @pytest.mark.parametrize(
        "words", [["show", "sample:ipv6-extensions", "1-23"], ["show", "sample:bad-checksums", "1"], ["read", "sample:handshake"],
                  ["explain", "ip.flags.df", "--packet", "sample:handshake:1"], ["explain", "ip.ttl"], ["--help"], ["samples"],
                  ["fields"], ["show", "sample:bad-checksums", "1-7", "--brief"], ["stream", "sample:fast-retransmit", "0"],
                  ["stream", "sample:timeout", "0", "--graph", "sequence"], ["stream", "sample:handshake", "0", "--payload", "hex"],
                  ["fragments", "sample:fragments-v4-overlapping"], ["fragments", "sample:fragments-v6-missing"]],
        ids=lambda words: "-".join(words[:2]),
    )  # fmt: skip
    def test_terminals_without_unicode(self, settings: dict[str, str], words: list[str]) -> None:
        result = program(*words, **settings)
        assert (result.returncode, result.stderr) == (0, b"")
        text = result.stdout.decode("ascii" if "PYTHONIOENCODING" in settings else "utf-8")
        if words[0] != "--help" and text.isascii():
            asked = re.findall(r".*\?.*", text)
            assert not [row for row in asked if re.search(r"\?\?|[^\w.)' ]\? ", row)], asked[:3]

    def test_boxes_in_ascii(self) -> None:
        text = program("show", "sample:udp", "1", PYTHONIOENCODING="ascii").stdout.decode("ascii")
        assert "+-+-+-+-+-+-+-+-+-+" in text
        assert "|Version|  IHL  |" in text

    def test_lines_in_ascii_are_no_wider(self) -> None:
        text = program("show", "sample:bad-checksums", "1", PYTHONIOENCODING="ascii").stdout.decode("ascii")
        wide = [row for row in text.splitlines() if len(row) > 80 and not row.startswith("x malformed")]
        assert not wide

    @pytest.mark.parametrize("columns", [20, 40, 60, 80, 200])
    @pytest.mark.parametrize(
        "words", ["show sample:udp 1", "stream sample:timeout 0", "stream sample:timeout 0 --graph flight",
                  "stream sample:handshake 0 --payload hex", "fragments sample:fragments-v4-overlapping"],
    )  # fmt: skip
    def test_the_width_of_the_terminal(self, columns: int, words: str) -> None:
        rows = run(*words.split(), columns=columns).out.splitlines()
        assert max(map(len, rows)) <= columns

    @pytest.mark.parametrize("words", [["stream", "-", "0"], ["fragments", "-"]])
    def test_a_pipe_is_kept_for_going_back(self, words: list[str]) -> None:
        name = "handshake" if words[0] == "stream" else "fragments-v4-in-order"
        piped = program(*words, stdin=Path(capture(f"{name}.pcap")).read_bytes())
        named = program(words[0], capture(f"{name}.pcap"), *words[2:])
        assert piped.returncode == named.returncode == 0
        assert piped.stdout.splitlines()[1:] == named.stdout.splitlines()[1:]

    def test_a_sample_that_was_removed(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setattr("dissect.capture.samples.samples_folder", lambda: str(tmp_path))
        result = run("read", "sample:udp")
        assert result.code == 3
        assert "the samples are not installed" in sentence(result.err)


@pytest.mark.parametrize("loaded", ["dissect.cli.", "typer", "dissect.render."])
def test_an_interrupt_while_starting_leaves_no_traceback(loaded: str, tmp_path: Path) -> None:
    path = building.write(tmp_path, whole(20_000))
    with subprocess.Popen(
        [PROGRAM[0], "-X", "importtime", *PROGRAM[1:], "read", path],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment(),
    ) as reader:  # fmt: skip
        assert reader.stderr is not None
        assert any(loaded.encode() in line for line in reader.stderr)
        reader.send_signal(signal.SIGINT)
        _, err = reader.communicate(timeout=30)
        assert reader.returncode in (0, 130)
        assert b"Traceback" not in err
