"""What `show` prints of every packet at every usual width: nothing raises, wraps or is cut, no box stays open."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import groupby

import pytest
from cli.running import run
from hypothesis import given, settings
from hypothesis import strategies as st
from render.corpus import packets, shapes
from rich.cells import cell_len

from dissect.packet import Packet
from dissect.render.listing import line

WIDTHS = (65, 80, 100, 160)
DIAGRAM = 65  # columns that a diagram takes at least
JOINTS = " ╵╷│╴┘┐┤╶└┌├─┴┬┼"  # which of up, down, left, right a character joins: 1, 2, 4, 8
UP, DOWN, LEFT, RIGHT = 1, 2, 4, 8
TALLEST_ROW = 8
Case = tuple[str, Packet]


@cache
def pages(width: int, every: int = 1, *options: str) -> list[tuple[str, Packet, str]]:
    """The page of every packet of `shapes`, or of every so many of them."""
    found = []
    for name, group in groupby(shapes()[::every], key=lambda case: case[0]):
        chosen = [packet for _, packet in group]
        numbers = [str(packet.frame.number) for packet in chosen]
        more = {"FORCE_COLOR": "1"} if "colour" in options else {}
        words = [option for option in options if option != "colour"]
        result = run("show", f"sample:{name}", *numbers, *words, columns=width, **more)
        assert not result.err or name.startswith("pcap-"), (name, result.err)
        texts = re.split(r"^(?=(?:\x1b\[[0-9;]*m)?(?:Packet \d|第 \d+ 个分组))", result.out, flags=re.MULTILINE)[1:]
        assert len(texts) == len(chosen), name
        found.extend((name, packet, text) for packet, text in zip(chosen, texts, strict=True))
    return found


def every(width: int) -> int:
    return 1 if width == 80 else 3


def diagrams(text: str) -> Iterator[list[str]]:
    """The lines of each diagram on a page, below its rulers."""
    rows: list[str] = []
    for row in text.splitlines():
        if rows or row.startswith("┌"):
            rows.append(row)
        if row.startswith("└"):
            yield rows
            rows = []


@pytest.mark.parametrize("width", WIDTHS)
def test_lines_are_no_wider_than_the_console(width: int) -> None:
    for name, packet, text in pages(width, every(width)):
        assert max(map(cell_len, text.splitlines())) <= width, (name, packet.frame.number)


@pytest.mark.parametrize("width", WIDTHS)
def test_every_field_is_named_in_full(width: int) -> None:
    for name, packet, text in pages(width, every(width)):
        words = set(text.split())
        for layer in packet.layers:
            for value in layer.values:
                assert value.name in words, (name, packet.frame.number, value.name)


@pytest.mark.parametrize("width", [80, 100, 160])
def test_headings_are_not_cut(width: int) -> None:
    for name, packet, text in pages(width, every(width)):
        cut = [row for row in text.splitlines() if row.endswith("─") and "│" not in row and "…" in row]
        assert not cut, (name, packet.frame.number, cut)


@pytest.mark.parametrize("width", WIDTHS)
def test_every_header_has_its_diagram(width: int) -> None:
    for name, packet, text in pages(width, every(width)):
        count = sum(layer.stop > layer.start for layer in packet.layers)
        assert len(list(diagrams(text))) == count, (name, packet.frame.number)


@pytest.mark.parametrize("width", WIDTHS)
def test_every_line_of_a_diagram_is_as_wide_as_the_others(width: int) -> None:
    full = 32 * max(2, min(4, (width - 1) // 32)) + 1
    for name, packet, text in pages(width, every(width)):
        for rows in diagrams(text):
            assert max(map(len, rows)) <= full, (name, packet.frame.number)
            for row in rows:
                if row.startswith("│"):
                    assert len(row) == full or row.endswith(" "), (name, packet.frame.number, row)


@pytest.mark.parametrize("width", WIDTHS)
def test_every_stroke_of_a_box_meets_its_neighbour(width: int) -> None:
    for name, packet, text in pages(width, every(width)):
        for rows in diagrams(text):
            assert loose(rows) is None, (name, packet.frame.number, loose(rows), "\n".join(rows))


def loose(rows: list[str]) -> tuple[int, int] | None:
    """Where a stroke ends in nothing: what leaves a character on one side arrives in the next one."""
    rows = [columns(row) for row in rows]
    wide = max(map(len, rows)) + 1
    strokes = [[max(0, JOINTS.find(char)) for char in row.ljust(wide)] for row in rows]
    for down, row in enumerate(strokes):
        for right, stroke in enumerate(row[:-1]):
            east = row[right + 1]
            south = strokes[down + 1][right] if down + 1 < len(strokes) else 0
            if bool(stroke & RIGHT) != bool(east & LEFT) or bool(stroke & DOWN) != bool(south & UP):
                return down, right
            if (not right and stroke & LEFT) or (not down and stroke & UP):
                return down, right
    return None


def columns(row: str) -> str:
    """The row with one character a column: Chinese ones take two."""
    return "".join(char * max(1, cell_len(char)) for char in row)


def test_chinese_pages_are_as_straight() -> None:
    for name, packet, text in pages(80, 2, "--lang", "zh"):
        where = (name, packet.frame.number)
        assert max(map(cell_len, text.splitlines())) <= 80, where
        for rows in diagrams(text):
            assert loose(rows) is None, (*where, loose(rows), "\n".join(rows))
            assert all(cell_len(row) == 65 or row.endswith(" ") for row in rows if row.startswith("│")), where


def test_an_open_box_is_noticed() -> None:
    assert loose(["┌─┐", "│ │", "└─┘"]) is None
    assert loose(["┌─┐", "│  ", "└─┘"]) == (0, 2)
    assert loose(["┌─", "│ ", "└─"]) is not None


def test_no_row_of_a_diagram_is_tall_because_its_caption_is_folded() -> None:
    for name, packet, text in pages(80, 1):
        for rows in diagrams(text):
            height = 0
            for row in rows:
                height = height + 1 if "─" not in row else 0
                assert height <= TALLEST_ROW, (name, packet.frame.number, rows)


def test_addresses_stand_in_the_diagram() -> None:
    for name, packet, text in pages(80, 1):
        drawn = "\n".join("\n".join(rows) for rows in diagrams(text))
        for field in ("ip.src", "ip.dst", "ipv6.src", "ipv6.dst"):
            for value in packet.all(field):
                assert value.text in drawn, (name, packet.frame.number, field)


@pytest.mark.parametrize("width", [20, 40, 59, 64])
def test_narrow_consoles_have_no_diagrams_and_lose_nothing_else(width: int) -> None:
    for name, packet, text in pages(width, 11):
        assert "┌" not in text
        squeezed = "".join(text.split())
        assert f"take{DIAGRAM}columns" in squeezed
        if width >= 40:
            assert max(map(cell_len, text.splitlines())) <= width, (name, packet.frame.number)
            for layer in packet.layers:
                for value in layer.values:
                    assert value.name in squeezed, (name, packet.frame.number, value.name)


@pytest.mark.parametrize("width", [1, 5, 10])
def test_absurd_widths_do_no_harm(width: int) -> None:
    for words in (
        ["show", "sample:ipv6-extensions", "1-23"],
        ["show", "sample:handshake", "1", "--brief"],
        ["explain", "syn"],
    ):
        result = run(*words, columns=width)
        assert (result.code, result.err) == (0, "")
        assert result.out


def test_diagrams_appear_as_soon_as_they_fit() -> None:
    assert "┌" in run("show", "sample:udp", "1", columns=DIAGRAM).out
    assert "┌" not in run("show", "sample:udp", "1", columns=DIAGRAM - 1).out
    assert "┌" in run("explain", "ip.ttl", columns=DIAGRAM).out
    assert "┌" not in run("explain", "ip.ttl", columns=DIAGRAM - 1).out


def test_explanations_are_no_wider_than_the_console() -> None:
    for width in (20, 40, *WIDTHS):
        for query in (["ip.ttl"], ["tcp.flags.syn"], ["ipv6.src"], ["DF", "--packet", "sample:handshake:1"]):
            rows = run("explain", *query, columns=width).out.splitlines()
            assert max(map(cell_len, rows)) <= width, (width, query)


def test_the_box_of_a_field_is_marked_without_colour() -> None:
    assert "»Time to Live«" in run("explain", "ip.ttl").out
    assert "┃Flags┃" in run("explain", "ip.flags.df", "--packet", "sample:handshake:1").out


def test_colour_changes_no_character() -> None:
    for options in ((), ("--brief",)):
        coloured = pages(100, 15, "colour", *options)
        for (name, packet, text), (_, _, bare) in zip(coloured, pages(100, 15, *options), strict=True):
            assert "\x1b[" in text, name
            assert re.sub(r"\x1b\[[0-9;]*m", "", text) == bare, (name, packet.frame.number)


def test_brief_pages_have_a_line_for_every_header() -> None:
    for name, packet, text in pages(160, 1, "--brief"):
        rows = text.splitlines()
        assert max(map(cell_len, rows)) <= 160
        for layer in packet.layers:
            assert any(row.startswith(layer.header.name) for row in rows), (name, packet.frame.number, layer.key)


def test_every_packet_is_one_line_of_a_list() -> None:
    for name, packet in packets():
        said = line(packet, packet.frame.time)
        assert "\n" not in said
        assert said.split()[0] == str(packet.frame.number), name


@pytest.mark.parametrize("width", [160, 72, 71, 40])
def test_the_hex_dump_shows_every_byte_in_lines_that_fit(width: int) -> None:
    for name, packet, text in pages(width, 15):
        dump = re.findall(r"^[0-9a-f]{4}  ((?:[0-9a-f]{2} {1,2})+)", text, re.MULTILINE)
        assert bytes.fromhex("".join(dump)) == packet.frame.data[:4096], (name, packet.frame.number)
        assert len(dump[0].split()) <= (16 if width >= 72 else 8)


def test_large_packets_are_cut_with_a_remark() -> None:
    name, packet = max(packets(), key=lambda case: len(case[1].frame.data))
    text = run("show", f"sample:{name}", str(packet.frame.number)).out
    assert f"… {len(packet.frame.data) - 4096:,} more bytes" in text


@pytest.mark.parametrize("name", ["handshake", "ipv6-extensions", "path-mtu-v4", "hostile-text", "pcapng-comments"])
def test_pictures(name: str, tmp_path) -> None:
    svg, html = tmp_path / "x.svg", tmp_path / "x.html"
    result = run("show", f"sample:{name}", "1-2", "--svg", str(svg), "--html", str(html))
    assert (result.code, result.out) == (0, ""), result.err
    assert svg.read_text().startswith("<svg xml:space")
    assert svg.read_text().rstrip().endswith("</svg>")
    assert "<html>" in html.read_text()
    assert "Packet&#160;2" in svg.read_text()


HEADS = {  # first header → bytes that make the rest be read as something
    "ipv4": b"\x46\0\0\x40\0\1\0\0\x40\6\0\0\x0a\0\0\1\x0a\0\0\2",
    "ipv6": b"\x60\0\0\0\0\x40\0\x40" + bytes(32),
    "tcp": b"\x9c\x40\x1f\x90\0\0\0\1\0\0\0\0\xf0\2\xfa\xf0\0\0\0\0",
    "ethernet": bytes(12) + b"\x08\0",
    "udp": b"\x12\xb5\x12\xb5\0\x40\0\0",
    "icmp": b"\3\4\0\0\0\0\0\0",
}


@settings(max_examples=3000, deadline=None)
@given(
    st.sampled_from(sorted(HEADS)), st.booleans(), st.binary(min_size=1, max_size=90),
    st.sampled_from([20, 40, 60, 65, 80, 100, 160]), st.sampled_from(["en", "zh"]),
)  # fmt: skip
def test_pages_of_any_bytes(link: str, real: bool, data: bytes, width: int, language: str) -> None:
    whole = HEADS[link] + data if real else data
    result = run("bytes", "--link", link, whole.hex(), "--lang", language, columns=width)
    assert (result.code, result.err) == (0, "")
    assert max(map(cell_len, result.out.splitlines())) <= width
    for rows in diagrams(result.out):
        assert loose(rows) is None, "\n".join(rows)
    brief = run("bytes", "--link", link, whole.hex(), "--brief", columns=width)
    assert max(map(cell_len, brief.out.splitlines())) <= width
