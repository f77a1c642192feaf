"""The pictures of a connection: the ladder, the state chart, the graphs."""

from __future__ import annotations

import re
import unicodedata
from itertools import product
from pathlib import Path

import pytest
from cli.running import run
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from streams.test_paths import ANY
from streams.wires import exchange

import dissect
from dissect.capture.samples import sample_names
from dissect.explain.language import language
from dissect.render.canvas import Canvas, joints
from dissect.render.ladder import MOST, Fold, Ladder, folded, rungs
from dissect.render.plot import draw, nice, shown
from dissect.render.statechart import ARROWS, PLACES, StateChart
from dissect.streams.connection import Connection
from dissect.streams.extraction import connection
from dissect.streams.graphs import Graph, Series, plotted
from dissect.streams.paths import follow
from dissect.streams.states import TABLE, State

SITUATIONS = (
    "handshake", "handshake-v6", "close-three", "refused", "linger-reset", "half-close", "simultaneous-open", "simultaneous-close", "urgent",
    "keep-alive", "zero-window", "retransmission", "syn-retransmission", "fast-retransmit", "slow-start", "timeout", "fast-open",
)  # fmt: skip


def sample(name: str, number: int = 0) -> Connection:
    with dissect.open(f"sample:{name}") as capture:
        return connection(capture.frames, number)


def made(rows: list[tuple[str, str, int, int, int]]) -> Connection:
    steps = exchange(*rows)
    return Connection(0, (("192.0.2.1", 1), ("2001:db8::2", 2)), steps, follow(steps))


def lines(what: object, width: int = 80) -> list[str]:
    from rich.console import Console

    with open("/dev/null", "w", encoding="utf-8") as nowhere:
        console = Console(width=width, record=True, file=nowhere)
        console.print(what)
        return console.export_text().splitlines()


class TestLadder:
    def test_reads_like_figure_3_6(self) -> None:
        """SYN →, ← SYN+ACK, ACK →, then FIN →, ← ACK, ← FIN, ACK →, each number as in the notes' figure."""
        said = [
            re.sub("[ ─│]+", " ", line[30:66]).strip()
            for line in lines(Ladder(sample("handshake"), language("en")))[2:]
        ]
        assert [said[at] for at in (0, 1, 2, 6, 7, 8, 9)] == [
            "SYN seq=0 win=64240 mss=1460 ▶", "◀ SYN+ACK seq=0 ack=1 win=65160", "ACK seq=1 ack=1 win=64512 ▶",
            "FIN+ACK seq=21 ack=27 ▶", "◀ ACK seq=27 ack=22 win=65536", "◀ FIN+ACK seq=27 ack=22", "ACK seq=22 ack=28 win=64512 ▶",
        ]  # fmt: skip

    @pytest.mark.parametrize("name", SITUATIONS)
    def test_every_packet_is_on_a_rung_or_in_a_fold(self, name: str) -> None:
        found = sample(name)
        shown: list[int] = []
        for each in folded(rungs(found)):
            shown += [rung.step.number for rung in each.rungs] if isinstance(each, Fold) else [each.step.number]
        assert shown == [step.number for step in found.steps]

    @given(ANY)
    @settings(deadline=None, max_examples=40)
    def test_hostile_numbers_fit_any_width(self, rows: list[tuple[str, str, int, int, int]]) -> None:
        for width in (40, 60, 80, 130):
            assert (
                max((cell_len(line) for line in lines(Ladder(made(rows), language("zh")), width)), default=0) <= width
            )

    def test_of_too_many_rungs_the_middle_is_left_out_and_counted(self) -> None:
        rows = [("a" if at % 2 else "b", "SA", at, at, 0) for at in range(2 * MOST)]
        found = folded(rungs(made(rows)))
        assert len(found) == MOST + 1
        middle = [each for each in found if isinstance(each, Fold)]
        assert [each.middle for each in middle] == [True]
        assert len(middle[0].rungs) == MOST

    @pytest.mark.parametrize("name", SITUATIONS)
    def test_every_state_stands_beside_it(self, name: str) -> None:
        found = sample(name)
        text = "\n".join(lines(Ladder(found, language("en")), 100))
        for end in (found.paths.first, found.paths.second):
            assert all(visit.state in text for visit in end.visits)


class TestStateChart:
    def test_its_arrows_are_the_tables(self) -> None:
        assert {(arrow.state, arrow.to) for arrow in ARROWS} <= {(row.state, row.to) for row in TABLE}

    def test_all_eleven_states_have_their_box(self) -> None:
        text = "\n".join(lines(StateChart(sample("handshake").paths, ("A", "B"), language("en"))))
        assert set(PLACES) == set(State)
        assert all(state in text for state in State)

    @pytest.mark.parametrize("name", SITUATIONS)
    @pytest.mark.parametrize("code", ["en", "zh"])
    def test_what_is_lit_is_where_the_ends_have_been(self, name: str, code: str) -> None:
        """Heavy boxes are those of the states visited; the path in words names them with their packets."""
        paths = sample(name).paths
        drawn = lines(StateChart(paths, ("one", "two"), language(code)))
        heavy = {state for line in drawn for state in re.findall(r"[┃┫┨◀▶] *([A-Z_0-9]+) *[┃┣┠◀▶]", line)} & set(State)
        visited = {visit.state for end in (paths.first, paths.second) for visit in end.visits}
        assert heavy == visited
        words = " ".join(drawn[39:])
        for end in (paths.first, paths.second):
            for visit in end.visits[1:]:
                assert f"→ {visit.number} {visit.state}" in re.sub(r"\s+", " ", words)

    def test_no_label_covers_a_line(self) -> None:
        """Each drawn cell of every arrow is still a line or a head where no box is."""
        for code in ("en", "zh"):
            canvas = StateChart(sample("handshake").paths, ("A", "B"), language(code)).draw()
            rows = [line.plain for line in canvas.lines()]
            for arrow in ARROWS:
                (x, y), (to_x, to_y) = arrow.points[0], arrow.points[1]
                middle = (x + to_x) // 2, (y + to_y) // 2
                row = rows[middle[1]]
                cells = "".join(char + "\0" * (cell_len(char) - 1) for char in row)
                assert unicodedata.name(cells[middle[0]]).startswith(("BOX", "BLACK")), (code, arrow)

    def test_a_narrow_console_has_the_words(self) -> None:
        assert "SYN_SENT" in " ".join(lines(StateChart(sample("handshake").paths, ("A", "B"), language("en")), 50))


class TestCanvas:
    def test_unicode_has_a_joint_for_any_arms(self) -> None:
        known = joints()
        assert set(product((0, 1, 2), repeat=4)) <= set(known)
        assert len(set(known.values())) == len(known)

    @pytest.mark.parametrize(
        ("arms", "char"),
        [
            ((0, 1, 0, 1), "─"), ((2, 0, 2, 0), "┃"), ((0, 1, 1, 0), "┌"), ((1, 1, 1, 1), "┼"), ((2, 2, 2, 2), "╋"),
            ((0, 2, 1, 2), "┯"), ((2, 1, 2, 0), "┠"), ((1, 2, 2, 1), "╆"), ((0, 0, 0, 2), "╸"), ((0, 1, 0, 2), "╾"),
        ],
    )  # fmt: skip
    def test_joints(self, arms: tuple[int, ...], char: str) -> None:
        assert joints()[arms] == char

    def test_lines_join_and_text_stands_over_them(self) -> None:
        canvas = Canvas(7, 3)
        canvas.box(0, 0, 7, 3)
        canvas.arrow([(3, 0), (3, 1)], heavy=True)
        canvas.put(1, 1, "中")
        assert [line.plain for line in canvas.lines()] == ["┌──┰──┐", "│中▼  │", "└─────┘"]


class TestPlot:
    @pytest.mark.parametrize(
        ("number", "expected"), [(1, 1), (3, 4), (17, 20), (0.3, 0.4), (99, 100), (600, 800), (2100, 2500)]
    )
    def test_axes_end_at_short_numbers(self, number: float, expected: float) -> None:
        assert nice(number) == pytest.approx(expected)

    @pytest.mark.parametrize(
        ("number", "text"),
        [(0, "0"), (37.5, "37.5"), (5000, "5k"), (160000, "160k"), (0.125, "0.125"), (2.5e9, "2.5G")],
    )
    def test_numbers_are_short(self, number: float, text: str) -> None:
        assert shown(number) == text

    def test_points_land_where_they_belong(self) -> None:
        rows = [row.plain for row in draw([Series("sent", [(0, 0), (1, 10)])], 1, 10, 10)]
        assert rows[0] == " " * 9 + "⠈"
        assert rows[-1] == "⡀"
        assert all(not row.strip() for row in rows[1:-1])

    @given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e12)), min_size=1, max_size=30), st.booleans())
    @settings(deadline=None)
    def test_any_points_fit(self, points: list[tuple[float, float]], line: bool) -> None:
        top, right = max(y for _, y in points) or 1, max(x for x, _ in points) or 1
        assert all(len(row.plain) <= 20 for row in draw([Series("sent", sorted(points), line=line)], right, top, 20))

    @pytest.mark.parametrize("graph", Graph)
    @pytest.mark.parametrize("name", ["slow-start", "timeout", "handshake", "refused"])
    def test_graphs_hold_every_segment(self, graph: Graph, name: str) -> None:
        found = sample(name)
        series = {each.name: each.points for each in plotted(found, graph, second=False).series}
        own = [step for step in found.steps if not step.second and step.takes]
        if graph is Graph.SEQUENCE:
            assert len(series.get("sent", [])) + len(series.get("again", [])) == len(own)
        if graph is Graph.RTT:
            assert len(series.get("rtt", [])) == sum(step.number in found.trips for step in found.steps if step.second)

    @pytest.mark.parametrize("ending", ["svg", "png"])
    def test_as_a_picture(self, ending: str, tmp_path: Path) -> None:
        pytest.importorskip("matplotlib")
        path = tmp_path / f"graph.{ending}"
        result = run("stream", "sample:slow-start", "0", "--graph", "sequence", "--svg", str(path), "--lang", "zh")
        assert (result.code, result.out) == (0, "")
        assert path.read_bytes()[:5] in (b"<?xml", b"\x89PNG\r")

    @pytest.mark.parametrize("there", [True, False])
    def test_captions_are_in_the_language_that_a_font_can_write(
        self, there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pytest.importorskip("matplotlib")
        from dissect.render import figure

        if there and not figure.chinese_font():
            pytest.skip("no font with Chinese characters")
        monkeypatch.setattr(figure, "CHINESE", figure.CHINESE if there else ())
        arguments = ("stream", "sample:slow-start", "0", "--graph", "rtt", "--lang", "zh", "--svg")
        zh = run(*arguments, str(tmp_path / "zh.svg"))
        english = run(*arguments[:-2], "en", "--svg", str(tmp_path / "en.svg"))
        assert (english.code, english.err) == (zh.code, "") == (0, "")
        same = (tmp_path / "zh.svg").read_bytes() == (tmp_path / "en.svg").read_bytes()
        assert (same, "matplotlib" in zh.err) == ((False, False) if there else (True, True))


class TestCommand:
    @pytest.mark.parametrize(
        ("captured", "sentence"),
        [
            ("frame.number > 1", "the SYN is not in the capture, only its answer"),
            ("frame.number != 2", "the answer to the SYN is not in the capture, but acknowledged"),
            ("frame.number == 1", "asked and got no answer (SYNs: 1)"),
        ],
    )
    def test_what_a_capture_lacks_of_the_handshake(self, captured: str, sentence: str, tmp_path: Path) -> None:
        path = str(tmp_path / "some.pcap")
        assert run("read", "sample:handshake", "-Y", captured, "-w", path).code == 0
        result = run("stream", path, "0", "--lang", "en")
        assert result.code == 0
        assert sentence in " ".join(result.out.split())

    @pytest.mark.parametrize("name", sorted(sample_names()))
    def test_any_capture(self, name: str) -> None:
        result = run("stream", f"sample:{name}", "0")
        assert result.code in (0, 2, 3)
        assert "Traceback" not in result.err
        assert max((cell_len(line) for line in result.out.splitlines()), default=0) <= 80

    @pytest.mark.parametrize(("number", "says"), [("1", "has one, number 0"), ("99", "has one, number 0")])
    def test_a_stream_that_is_not_there(self, number: str, says: str) -> None:
        result = run("stream", "sample:handshake", number)
        assert result.code == 2
        assert says in result.err

    def test_a_capture_without_tcp(self) -> None:
        assert "holds no TCP connection" in run("stream", "sample:udp", "0").err

    def test_an_ending_that_is_no_picture(self, tmp_path: Path) -> None:
        pytest.importorskip("matplotlib")
        result = run("stream", "sample:slow-start", "0", "--graph", "rtt", "--svg", str(tmp_path / "graph.foo"))
        assert result.code == 2
        assert "foo" in result.err

    def test_the_page_as_a_picture(self, tmp_path: Path) -> None:
        path = tmp_path / "page.svg"
        assert run("stream", "sample:handshake", "0", "--svg", str(path)).code == 0
        assert "SYN_SENT" in path.read_text("utf-8")
