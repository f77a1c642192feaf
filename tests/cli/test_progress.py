"""What somebody at a terminal sees while a large capture is read."""

from __future__ import annotations

import io
from contextlib import redirect_stderr
from pathlib import Path

import pytest
from cli.running import run

from dissect.capture import open_frames
from dissect.cli import progress
from dissect.cli.progress import Progress

FILE = str(Path(__file__).parents[2] / "captures" / "slow-start.pcap")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setattr(progress, "EVERY", 0.0)


def test_reading_is_told_and_the_line_taken_away() -> None:
    with redirect_stderr(Terminal()) as terminal, open_frames(FILE) as frames, Progress([frames]) as shown:
        with shown.reading():
            count = sum(1 for _ in frames)
        assert frames.watch is None
    lines = terminal.getvalue().split("\r")
    assert lines[1].startswith(f"{count:,} packets")
    assert lines[-2:] == [" " * len(lines[1]), ""]
    assert shown.shown == 0


def test_it_is_silent_where_results_go_to_the_terminal() -> None:
    with redirect_stderr(Terminal()) as terminal, open_frames(FILE) as frames:
        with Progress([frames], silent=True) as shown:
            shown.forward(frames.count())
        assert terminal.getvalue() == ""
        with Progress([frames]) as shown:
            shown.forward(frames.count())
        assert f"{frames.count():,} packets" in terminal.getvalue()


def test_nothing_is_told_where_nobody_looks() -> None:
    with (
        redirect_stderr(io.StringIO()) as stderr,
        open_frames(FILE) as frames,
        Progress([frames]) as shown,
        shown.reading(),
    ):
        assert sum(1 for _ in frames)
    assert stderr.getvalue() == ""


@pytest.mark.parametrize(
    "command",
    [("streams", FILE), ("stream", FILE, "0"), ("fragments", FILE), ("read", FILE, "-e", "tcp.stream"),
     ("read", FILE, "-Y", "tcp.analysis.flags")],
)  # fmt: skip
def test_commands_that_read_all_before_they_answer_tell_of_it(
    command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    reached = []
    monkeypatch.setattr(Progress, "_read", lambda _, number: reached.append(number))
    assert run(*command).code == 0
    with open_frames(FILE) as frames:
        assert reached[-1] == frames.count()
