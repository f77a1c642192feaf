"""`dissect check`: what it prints, in both formats, what it ends with, and what it promises of memory and order."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from capture import building
from cli.running import capture, program, run
from decoding.crafting import A4, B4, TCP, eth, internet_sum, ip, pseudo, tcp

from dissect.wire.findings import RULES


def found(*args: str) -> list[dict[str, object]]:
    """The findings as -T ndjson has them."""
    return [json.loads(line) for line in run("check", *args, "-T", "ndjson").out.splitlines()]


def written(folder: Path, *packets: bytes, cut: int = 0) -> str:
    data = building.pcap_header() + b"".join(building.record(each, at) for at, each in enumerate(packets))
    return str(building.write(folder, data[: len(data) - cut], "made.pcap"))


BAD, FINE = eth(ip(tcp(checksum=0xBEEF))), eth(ip(tcp()))
PARTIAL = eth(ip(tcp(checksum=internet_sum(pseudo((A4, B4), TCP, 20)))))


@pytest.mark.parametrize(
    ("name", "code"),
    [("handshake", 0), ("bad-checksums", 1), ("land", 0), ("fragments-v6-overlapping", 1), ("pcap-empty", 0),
     ("pcap-cut-short", 3)],
)  # fmt: skip
def test_exit_codes(name: str, code: int) -> None:
    assert run("check", f"sample:{name}").code == code


def test_damage_wins_over_errors_and_what_was_whole_is_reported(tmp_path: Path) -> None:
    result = run("check", written(tmp_path, BAD, FINE, cut=5))
    assert result.code == 3
    assert "checksum.bad" in result.out
    assert "1 packet: 1 error" in result.out
    assert "cut short" in result.err


def test_counts_then_findings() -> None:
    lines = run("check", "sample:impossible-flags").out.splitlines()
    assert lines[0] == "6 packets: 5 errors; 4 warnings"
    blank = lines.index("", 2)
    counted, listed = lines[2:blank], lines[blank + 1 :]
    assert len(listed) == 9
    assert [line.split()[0] for line in counted] == sorted((line.split()[0] for line in counted), key="✗!·".index)
    assert sum(int(line.split()[2]) for line in counted) == 9
    assert [int(line.split()[0]) for line in listed] == [1, 2, 3, 3, 4, 4, 4, 5, 6]


def test_severity_is_the_least_that_is_shown() -> None:
    every = found("sample:impossible-flags")
    errors = found("sample:impossible-flags", "--severity", "error")
    assert errors == [each for each in every if each["severity"] == "error"]
    assert 0 < len(errors) < len(every)
    assert "warning" not in run("check", "sample:impossible-flags", "--severity", "error").out


def test_a_filter_keeps_the_numbers() -> None:
    assert {each["frame.number"] for each in found("sample:impossible-flags", "-Y", "tcp.flags.fin == 1")} == {
        1,
        3,
        4,
        6,
    }
    assert run("check", "sample:impossible-flags", "-Y", "frame.number == 2").out.startswith("1 packet: 1 error\n")


@pytest.mark.parametrize("filter_", ["tcp.flags.sin == 1", "ip.ttl ==", "("])
def test_a_wrong_filter_is_wrong_usage(filter_: str) -> None:
    result = program("check", "sample:handshake", "-Y", filter_)
    assert result.returncode == 2
    assert b"Traceback" not in result.stderr


def test_ndjson_says_all_of_a_finding() -> None:
    first = found("sample:bad-checksums")[0]
    assert set(first) == {"frame.number", "rule", "severity", "field", "layer", "message", "cite"}
    assert first["rule"] == "checksum.bad"
    assert "it should be 0x" in str(first["message"])
    overlap = found("sample:fragments-v4-overlapping")
    assert [(each["rule"], each["frame.number"], each["layer"]) for each in overlap] == [("ip.fragment.overlap", 2, 2)]


def test_messages_are_those_of_show() -> None:
    from dissect import open as open_capture

    for name in ("bad-option-length", "snaplen", "ipv6-chain-too-long", "zero-lengths", "tiny-first-fragment"):
        with open_capture(f"sample:{name}") as packets:
            said = sorted((p.frame.number, f.rule.id, f.text, f.cite) for p in packets for _, f in p.every_finding())
        listed = [(e["frame.number"], e["rule"], e["message"], e["cite"]) for e in found(f"sample:{name}")]
        assert sorted(listed) == said, name  # type: ignore[type-var]


def test_a_thousand_lines_and_how_many_more(tmp_path: Path) -> None:
    """The errors are all there, though notes come first in the file."""
    file = written(tmp_path, *[PARTIAL] * 1200, *[BAD] * 3)
    result = run("check", file)
    listed = [line for line in result.out.splitlines() if line[:5].strip().isdigit()]
    assert len(listed) == 1000
    assert [line.split()[2] for line in listed[-3:]] == ["error"] * 3
    assert result.out.splitlines()[-1] == "203 more findings are not listed: -T ndjson gives all of them."
    assert len(found(file)) == 1203


def test_one_remark_on_offload() -> None:
    result = run("check", "sample:offload")
    assert result.out.count("ethtool -K") == 1
    assert result.code == 0
    assert "ethtool -K" in run("check", "sample:offload", "-T", "ndjson").err
    assert "ethtool" not in run("check", "sample:bad-checksums").out


def test_pipes() -> None:
    data = Path(capture("impossible-flags.pcap")).read_bytes()
    result = program("check", "-", stdin=data)
    assert result.returncode == 1
    assert result.stdout.decode() == run("check", "sample:impossible-flags").out


def test_colour_is_never_the_only_sign() -> None:
    plain, coloured = (
        run("check", "sample:impossible-flags", **more) for more in ({"NO_COLOR": "1"}, {"FORCE_COLOR": "1"})
    )
    assert "\x1b" not in plain.out
    assert "\x1b[1;31m✗ error\x1b[0m" in coloured.out
    assert "✗ error" in plain.out


def test_chinese() -> None:
    out = run("check", "sample:impossible-flags", "--lang", "zh").out
    assert "6 个分组：5 个错误；4 个警告" in out
    assert "✗ 错误" in out
    assert "error" not in out.replace("errors", "")


def test_narrow_terminals_get_the_numbers_on_a_line_of_their_own() -> None:
    wide, narrow = (run("check", "sample:snaplen", columns=columns).out.splitlines() for columns in (120, 60))
    assert wide[2].endswith("packets 1, 2, 3, 4, 5 …")
    assert narrow[3].strip() == "packets 1, 2, 3, 4, 5 …"


def test_every_rule_that_is_reported_can_be_explained() -> None:
    for rule in ("ip.fragment.overlap", "checksum.partial", "address.loopback"):
        assert rule in RULES
        assert run("explain", rule).code == 0


def test_the_readme_shows_what_it_prints() -> None:
    text = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    shown = text.partition("`dissect check sample:impossible-flags` prints\n\n```text\n")[2].partition("```")[0]
    assert shown
    out = run("check", "sample:impossible-flags", columns=200).out
    assert out.startswith(shown.removesuffix("    …\n"))


def test_several_processes_find_what_one_finds(tmp_path: Path) -> None:
    """A capture long enough for them, full of findings; compressed, it is read by one."""
    records = [building.record(eth(ip(tcp(bytes(1400), checksum=0xBEEF))), at) for at in range(12_000)]
    data = building.pcap_header() + b"".join(records)
    plain = building.write(tmp_path, data, "made.pcap")
    packed = building.write(tmp_path, gzip.compress(data, 1), "made.pcap.gz")
    several, one = (program("check", path, "-T", "ndjson") for path in (plain, packed))
    assert several.returncode == one.returncode == 1, several.stderr
    assert several.stdout.count(b"it should be 0x") == 12_000
    assert several.stdout == one.stdout


@pytest.mark.parametrize(("file", "packed"), [("sample:fast-retransmit", False), ("-", False), ("-", True)])
def test_a_filter_may_ask_of_connections(file: str, packed: bool) -> None:
    data = Path(capture("fast-retransmit.pcap")).read_bytes()
    data = gzip.compress(data) if packed else data
    done = program("check", file, "-Y", "tcp.analysis.fast_retransmission", stdin=data)
    assert (done.returncode, done.stdout) == (0, b"1 packet: nothing to remark on\n"), done.stderr


def test_fragments_of_a_connection() -> None:
    done = program("fragments", "sample:fragments-v4-in-order", "-Y", "tcp.stream == 0")
    assert (done.returncode, done.stderr) == (0, b"dissect: no packet is a piece of a datagram\n")
    done = program("fragments", "sample:fragments-v4-in-order", "-Y", "udp.port == x")
    assert done.returncode == 2
    assert done.stderr.startswith(b"dissect: udp.port is a number")
