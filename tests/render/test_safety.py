"""Nothing that a capture holds can move the cursor, change colours, set a title or reorder text."""

from __future__ import annotations

import io
import json
import unicodedata
from pathlib import Path

import pytest
from capture import building
from cli.running import run
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from render.corpus import packets

from dissect.capture import open_frames
from dissect.decoding import decode_frame
from dissect.packet import Frame
from dissect.render.listing import line
from dissect.render.plain import plain, printable

COMMANDS = (["read"], ["show", "1"], ["show", "1", "--brief"], ["show", "1", "--json"])
EVIL = "\x1b]0;owned\x07\x1b[31m\x9b5m\x85\x7f\r\n\t\x08\u202e\u2066\u200f\u2028\u2029\ufeff\U000e0041"
FRAME = bytes.fromhex("020000000002020000000001080045000026000100004011f6c0c0000201c00002029c4023280012000000")
TEXTS = st.text(
    st.one_of(st.sampled_from(EVIL), st.characters(exclude_categories=["Cs"])), max_size=40
)  # what a comment or a name can hold


def unsafe(text: str) -> set[str]:
    """The characters in a text that do more than be read."""
    return {char for char in text if char != "\n" and unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")}


def pcapng(folder: Path, comment: str, name: str, payload: bytes) -> str:
    options = building.option(2, name.encode()) + building.option(9, b"\x09")
    packet = building.enhanced(FRAME + payload, options=building.option(1, comment.encode()))
    return building.write(folder, building.section() + building.interface(options=options) + packet, "x.pcapng")


def output(command: list[str], path: str) -> str:
    result = run(command[0], path, *command[1:])
    assert result.code == 0, result.err
    return result.out + result.err


@pytest.mark.parametrize("name", ["hostile-text", "pcapng-comments"])
@pytest.mark.parametrize("command", [["read"], ["show", "1-2"], ["show", "1-2", "--brief"], ["show", "1-2", "--json"]])
def test_the_hostile_captures_are_harmless(name: str, command: list[str]) -> None:
    assert unsafe(output(command, f"sample:{name}")) == set()


@pytest.mark.parametrize("command", COMMANDS)
def test_comments_names_and_payloads_are_escaped(command: list[str], tmp_path: Path) -> None:
    said = output(command, pcapng(tmp_path, EVIL, EVIL, EVIL.encode()))
    assert unsafe(said) == set()
    if command == ["show", "1"]:
        assert "\\x1b]0;owned\\x07" in said
        assert "\\u{202e}" in said


@pytest.mark.parametrize("query", ["udp.srcport", "ip.ttl", "frame.comment"])
def test_explanations_of_hostile_packets(query: str, tmp_path: Path) -> None:
    path = pcapng(tmp_path, EVIL, EVIL, EVIL.encode())
    result = run("explain", query, "--packet", f"{path}:1")
    assert unsafe(result.out + result.err) == set()


@pytest.mark.parametrize("command", [*COMMANDS, ["explain", "--packet"]])
def test_names_of_files_are_escaped(command: list[str], tmp_path: Path) -> None:
    folder = tmp_path / EVIL.replace("\n", "")
    folder.mkdir()
    there, absent = building.write(folder, building.pcap_header() + building.record(FRAME)), str(folder / "none")
    for path in (there, absent):
        words = (
            ["explain", "ttl", "--packet", f"{path}:1"] if command[0] == "explain" else [command[0], path, *command[1:]]
        )
        result = run(*words)
        assert unsafe(result.out + result.err) == set()
        assert result.code == (0 if path == there else 3)


@pytest.mark.parametrize(
    "words", [["explain", EVIL], ["fields", EVIL], ["bytes", EVIL], ["bytes", "--link", EVIL, "45"], ["show", "x", EVIL],
              ["read", f"sample:{EVIL}"], [EVIL], ["--" + EVIL], ["explain", "ttl", "--packet", EVIL]],
    ids=lambda words: words[0][:7].strip("-\x1b"),
)  # fmt: skip
def test_what_was_typed_is_escaped_when_it_is_refused(words: list[str]) -> None:
    result = run(*words)
    assert result.code in (2, 3)
    assert result.err
    assert unsafe(result.out + result.err) == set()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(comment=TEXTS, name=TEXTS, payload=st.binary(max_size=60))
def test_whatever_a_file_holds(comment: str, name: str, payload: bytes, tmp_path: Path) -> None:
    path = pcapng(tmp_path, comment, name, payload)
    assert unsafe(run("show", path, "1").out) == set()
    assert unsafe(run("show", path, "1", "--brief").out) == set()
    made = run("show", path, "1", "--json").out
    assert made.isascii()
    assert json.loads(made)["frame"]["comments"] == list(next(iter(open_frames(path))).comments)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=120), st.sampled_from([0, 1, 101, 113, 276, 12345]))
def test_whatever_a_packet_holds(data: bytes, link: int) -> None:
    assert unsafe(line(decode_frame(Frame(data, link)), None)) == set()


@given(TEXTS)
def test_plain_text(text: str) -> None:
    said = plain(text)
    assert "\n" not in said
    assert unsafe(said) == set()
    if text.isascii() and text.isprintable():
        assert said == text


def test_plain_keeps_what_people_read() -> None:
    assert plain("é 三次握手 → ✓") == "é 三次握手 → ✓"
    assert plain("a\x1b[1mb\u202ec") == "a\\x1b[1mb\\u{202e}c"


def test_the_text_column_is_ascii() -> None:
    assert printable(bytes(range(256))) == "." * 32 + "".join(map(chr, range(32, 127))) + "." * 129


@pytest.mark.parametrize("suffix", ["svg", "html"])
def test_pictures_of_hostile_captures(suffix: str, tmp_path: Path) -> None:
    out = tmp_path / "x"
    run("show", pcapng(tmp_path, EVIL + "<script>", EVIL, b""), "1", f"--{suffix}", str(out))
    text = out.read_text("utf-8")
    assert unsafe(text) <= {"\ufeff"}
    assert "<script>" not in text


def test_lists_of_every_packet() -> None:
    out = io.StringIO()
    for _, packet in packets():
        out.write(line(packet, packet.frame.time))
    assert unsafe(out.getvalue()) == set()
