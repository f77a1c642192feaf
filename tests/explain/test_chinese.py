"""Pages in Chinese: wide characters align and fit, punctuation stays with its line, the locale chooses, no English is left."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import pairwise

import pytest
from cli.running import Result, run
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from dissect.explain import all_titles, entry, gists, sentences
from dissect.explain.language import language
from dissect.render.boxes import captioned
from dissect.render.diagram import ROW, fold
from dissect.render.diagram import table_cells as cells_of
from dissect.render.flow import breaks, flowing
from dissect.wire.field import every_field
from dissect.wire.registry import every_header, fields

WIDTHS = (80, 100, 160)
SHOWN = (
    "handshake:1", "handshake:4", "handshake-v6:2", "mptcp:1", "mptcp-options:9", "tcp-options:21", "ipv4-options:4",
    "ipv6-extensions:8", "fragments-v4-in-order:2", "fragments-v6-in-order:2", "path-mtu-v4:5", "bad-checksums:1",
    "impossible-flags:3", "snaplen:1", "urgent:4", "vxlan:1", "arp:1", "neighbour-discovery:1", "gre:1", "jumbogram:1",
    "zero-window:8", "ecn:6", "accurate-ecn:2", "duplicate-sack:6", "bad-option-length:1", "udp-no-checksum:1",
)  # fmt: skip
EXPLAINED = (
    "ip.ttl", "ip.dsfield", "ip.checksum", "ipv6.flow", "tcp.flags.syn", "tcp.window_size_value", "tcp.ack_raw",
    "tcp.options.sack_le", "topic.handshake", "topic.states", "topic.congestion", "topic.layers", "api.SO_LINGER",
    "api.listen", "checksum.bad", "tcp.options.timestamp", "ip", "ipv6.hopopts",
)  # fmt: skip
CLOSING = "，。；：！？、）》」”…"
NAMES = ("RNextKeyID", "Fast Open cookie", "Reserved")  # what has no Chinese name, and the parts of a value
HAN = re.compile("[一-鿿]")


@cache
def show(place: str, width: int) -> Result:
    name, number = place.split(":")
    return run("show", f"sample:{name}", number, "--lang", "zh", columns=width)


@cache
def explained(name: str, width: int) -> Result:
    return run("explain", name, "--lang", "zh", columns=width)


def drawings(out: str) -> list[list[str]]:
    """The lines of each diagram, without its rulers."""
    found: list[list[str]] = []
    inside = False
    for line in out.splitlines():
        if line.startswith("┌"):
            found.append([])
            inside = True
        if inside:
            found[-1].append(line)
        inside = inside and not line.startswith("└")
    return found


def check_lines(out: str, width: int) -> None:
    lines = out.splitlines()
    assert HAN.search(out)
    assert [line for line in lines if cell_len(line) > width] == []
    prose = [line.lstrip(" │├└─") for line in lines if not line.startswith("│")]
    assert [line for line in prose if line.startswith(tuple(CLOSING))] == []


def check_drawings(out: str) -> None:
    """Every line as wide as the frame; a last row that ends early is left open on the right, with blanks."""
    for rows in drawings(out):
        whole = cell_len(rows[0].rstrip())
        for row in rows:
            assert cell_len(row.rstrip()) == whole or (cell_len(row) <= whole and rows.index(row) >= len(rows) // 2), (
                row
            )


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("place", SHOWN)
def test_show(place: str, width: int) -> None:
    result = show(place, width)
    assert result.code == 0, result.err
    check_lines(result.out, width)
    check_drawings(result.out)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", EXPLAINED)
def test_explain(name: str, width: int) -> None:
    result = explained(name, width)
    assert result.code == 0, result.err
    check_lines(result.out, width)
    check_drawings(result.out)


def column(line: str, at: int) -> str:
    """What stands from display column `at` on."""
    passed = 0
    for index, char in enumerate(line):
        if passed >= at:
            return line[index:]
        passed += cell_len(char)
    return ""


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("place", SHOWN)
def test_columns_of_tables_line_up(place: str, width: int) -> None:
    """Under the heading of each column stands its text, and before it a blank."""
    heads = [language("zh").word(f"column.{name}") for name in ("field", "value", "meaning")]
    starts: list[int] = []
    for line in show(place, width).out.splitlines():
        if all(head in line for head in heads) and line.split()[:2] == ["字节", "比特"]:
            starts = [cell_len(line[: line.index(head)]) for head in heads]
            continue
        if re.match(r" *(\d+(–\d+)?)? +(\d+(–\d+)?)? *[a-z]\w*\.[\w.]+ ", line) and starts:
            for start in starts:
                assert column(line, start - 1)[:1] in (" ", ""), (line, start)
                assert cell_len(line[: len(line) - len(column(line, start))]) == start or not column(line, start), line
        elif not line.strip():
            starts = []


class TestTheLocaleChooses:
    """LC_ALL before LC_MESSAGES before LANG; --lang before all."""

    @pytest.mark.parametrize(
        ("settings", "chinese"),
        [
            ({"LANG": "zh_CN.UTF-8"}, True), ({"LANG": "zh_TW.UTF-8"}, True), ({"LANG": "zh"}, True),
            ({"LC_MESSAGES": "zh_CN.UTF-8", "LANG": "en_US.UTF-8"}, True),
            ({"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, False), ({"LC_ALL": "C.UTF-8"}, False),
            ({"LANG": "en_US.UTF-8"}, False), ({"LANG": "de_DE.UTF-8"}, False), ({}, False),
            ({"LC_ALL": "zh_CN.UTF-8", "LANG": "en_US.UTF-8"}, True), ({"LC_ALL": "", "LANG": "zh_CN.UTF-8"}, True),
        ],
    )  # fmt: skip
    def test_without_lang(self, settings: dict[str, str], chinese: bool) -> None:
        language.cache_clear()
        more = {"LC_MESSAGES": "", **settings}
        for args in (("explain", "ip.ttl"), ("show", "sample:handshake", "1"), ("explain",)):
            language.cache_clear()
            assert bool(HAN.search(run(*args, **more).out)) is chinese, args

    @pytest.mark.parametrize(("lang", "locale"), [("en", "zh_CN.UTF-8"), ("zh", "C"), ("zh", "en_US.UTF-8")])
    def test_lang_wins(self, lang: str, locale: str) -> None:
        for args in (("explain", "topic.handshake"), ("show", "sample:handshake", "1")):
            language.cache_clear()
            out = run(*args, "--lang", lang, LC_ALL=locale, LANG=locale).out
            assert bool(HAN.search(out)) is (lang == "zh")
            language.cache_clear()

    def test_another_language_is_refused(self) -> None:
        result = run("explain", "ip.ttl", "--lang", "fr")
        assert result.code == 2
        assert not result.out


class TestNoEnglishIsLeft:
    """The pages' own words, captions, titles and gists are Chinese; names, values and registered names stay."""

    def test_words(self) -> None:
        names_only = [
            key for key, text in sentences("words", "zh").items()
            if not HAN.search(re.sub(r"\{\w*(:[^}]*)?\}", "", text)) and re.search("[A-Za-z]", re.sub(r"\{[^}]*\}", "", text))
        ]  # fmt: skip
        assert names_only == []

    def test_every_unit_has_its_term(self) -> None:
        units = {field.unit for field, _ in fields().values() if field.unit}
        assert [unit for unit in units if language("zh").term(unit) == unit] == []

    def test_headings_and_columns(self) -> None:
        english = sentences("words")
        for place in SHOWN:
            out = show(place, 100).out
            for key in ("column.field", "column.value", "column.meaning", "payload", "options"):
                assert f" {english[key].split('{')[0]} " not in out, (place, key)

    def test_diagrams_have_chinese_captions(self) -> None:
        """Apart from flags, acronyms and names that have no Chinese."""
        for place in SHOWN:
            for rows in drawings(show(place, 80).out):
                for text in re.findall(r"[A-Za-z][A-Za-z '()-]{5,}", "\n".join(rows)):
                    hexadecimal = re.fullmatch(r"x?[0-9a-f]+", text.strip())
                    assert hexadecimal or not re.search("[a-z]", text) or text.strip() in NAMES, (place, text)

    def test_entries(self) -> None:
        for name, gist in gists("zh").items():
            assert HAN.search(gist), name
        for name, (title, _) in all_titles("zh").items():
            assert HAN.search(title) or name.startswith("api."), name

    def test_contents(self) -> None:
        lines = run("explain", "--lang", "zh", columns=120).out.splitlines()
        assert len(lines) > 150
        assert [line for line in lines if line.strip() and not HAN.search(line)] == []


class TestCaptions:
    """The short names inside boxes."""

    CAPTIONS = sentences("captions", "zh")

    def test_they_name_fields(self) -> None:
        assert [name for name in self.CAPTIONS if name not in fields()] == []

    def test_every_box_but_flags_has_one(self) -> None:
        rows = (field for header in every_header() for field in every_field(header))
        boxes = {field.name for field in rows if field.name and (field.bits is None or field.bits > 3)}
        assert boxes - set(self.CAPTIONS) == {"ipv6.routing.rpl.cmprI", "ipv6.routing.rpl.cmprE"}

    def test_they_fit_their_boxes(self) -> None:
        """In the narrowest diagram, 2 columns a bit: whole, or folded into lines that fit, nothing left out."""
        boxes = {cell.key for header in every_header() for cell in cells_of(header)}
        assert len(boxes) > 150
        for name, caption in self.CAPTIONS.items():
            bits = fields()[name][0].bits
            if name not in boxes or bits == 1:
                continue
            room = 2 * min(bits or ROW, ROW) - 1
            lines = fold(caption, room, bits or ROW)
            assert max(map(cell_len, lines)) <= room, (name, lines)
            assert "".join(lines).replace(" ", "") == caption.replace(" ", ""), (name, lines)
            assert len(lines) <= 2, (name, lines)

    def test_they_are_used(self) -> None:
        for header in every_header():
            for cell in captioned(cells_of(header), language("zh")):
                if cell.key in self.CAPTIONS:
                    assert cell.caption in (self.CAPTIONS[cell.key], language("zh").term(cell.caption)), cell.key


class TestFlow:
    """How Chinese wraps."""

    def lines(self, text: str, width: int) -> list[str]:
        console = Console(width=width, no_color=True, highlight=False, markup=False)
        with console.capture() as shown:
            console.print(flowing(Text(text)))
        return [line.rstrip() for line in shown.get().splitlines()]

    @pytest.mark.parametrize("width", [10, 20, 37, 64, 80])
    def test_every_text_of_every_entry(self, width: int) -> None:
        """Nothing is lost, no line is too wide where a word fits, none begins with closing punctuation."""
        for name in list(gists("zh"))[:: 3 if width != 64 else 1]:
            said = entry(name, "zh")
            assert said is not None
            for text in (said.what, said.why, said.watch, said.sets):
                starts = [0, *breaks(text, width), len(text)]
                rows = [text[first:last].rstrip() for first, last in pairwise(starts)]
                assert "".join(text.split()) == "".join("".join(rows).split())
                for row in rows:
                    assert not row or row[0] not in CLOSING, (name, row)
                    assert cell_len(row) <= width or " " not in row.strip(), (name, row)

    def test_punctuation_stays_with_the_line(self) -> None:
        assert self.lines("一二三四五，六七", 10) == ["一二三四", "五，六七"]
        assert self.lines("一二三四（五六）七", 10) == ["一二三四", "（五六）七"]
        assert all(not line.startswith(tuple(CLOSING)) for line in self.lines("甲乙丙丁戊己，庚辛。" * 9, 12))

    def test_words_are_not_torn(self) -> None:
        text = "由 connect() 发出 net.ipv4.tcp_syn_retries 的值"
        assert {"connect()", "net.ipv4.tcp_syn_retries"} <= set(" ".join(self.lines(text, 30)).split())

    def test_opening_brackets_do_not_end_a_line(self) -> None:
        for name in gists("zh"):
            said = entry(name, "zh")
            assert said is not None
            for width in (40, 78):
                starts = breaks(said.what, width)
                assert not [at for at in starts if said.what[at - 1] in "（《「“"], name


def test_no_halfwidth_punctuation_between_chinese_characters() -> None:
    """Chinese sentences have Chinese commas and stops."""
    for kind in ("words", "readings"):
        for key, text in sentences(kind, "zh").items():
            assert not re.search(r"[一-鿿][,;!?]|[一-鿿]\.(?!\d)|[一-鿿]:(?!\d)", text.replace("{", "").replace("}", "")) or key in (
                "narrow.places", "contents.packet",
            ), (key, text)  # fmt: skip
    for name in gists("zh"):
        said = entry(name, "zh")
        assert said is not None
        for text in (said.gist, said.what, said.why, said.watch, said.sets, said.wire):
            assert not re.search(r"[一-鿿][,;!?]|[,;!?][一-鿿]", text), (name, text)


def test_no_space_between_chinese_characters() -> None:
    for kind in ("words", "readings", "captions"):
        assert [text for text in sentences(kind, "zh").values() if re.search("[一-鿿] [一-鿿]", text)] == []
    for name in gists("zh"):
        said = entry(name, "zh")
        assert said is not None
        assert not re.search(
            "[一-鿿] [一-鿿]", said.gist + said.what + said.why + said.watch + said.sets + said.wire
        ), name


def test_characters_are_simplified_and_common() -> None:
    """No traditional form slips in, no full-width letter or digit."""
    traditional = set("報頭號協議網絡連線數據標誌選項窗確認發送關閉狀態傳輸層鏈") - set("協絡")
    simplified = set("报头号协议网络连线数据标志选项窗确认发送关闭状态传输层链")
    for name in gists("zh"):
        said = entry(name, "zh")
        assert said is not None
        text = said.what + said.why + said.watch + said.gist
        assert not set(text) & (traditional - simplified), name
        assert not [char for char in text if unicodedata.east_asian_width(char) == "F" and char.isalnum()], name
