"""In a real terminal, from start to quit: tmux draws the screen, keys are typed, what is seen is read."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PATIENCE = 40.0  # seconds
pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed"),
]


class Terminal:
    """A tmux server of its own with one window."""

    def __init__(self, name: str, folder: Path, size: tuple[int, int]) -> None:
        self.name = name
        self.folder = folder
        self.size = size

    def tmux(self, *words: str) -> str:
        return subprocess.run(
            ["tmux", "-L", self.name, *words], capture_output=True, text=True, check=False, timeout=20
        ).stdout

    def start(self, command: str, **environment: str) -> None:
        settings = {"PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": str(self.folder), "LC_ALL": "C.UTF-8", **environment}
        said = " ".join(f"{name}='{value}'" for name, value in settings.items())
        width, height = map(str, self.size)
        line = f"unset COLUMNS LINES; cd {ROOT}; export {said}; {command}; echo code=$?; sleep 100"
        self.tmux("-f", os.devnull, "new-session", "-d", "-s", "main", "-x", width, "-y", height, line)

    def see(self, wanted: str) -> str:
        """Waits until the screen holds a text."""
        end = time.monotonic() + PATIENCE
        while True:
            shown = self.tmux("capture-pane", "-p", "-t", "main")
            if wanted in shown:
                return shown
            assert time.monotonic() < end, f"{wanted!r} is not there:\n{shown}"
            time.sleep(0.1)

    def type(self, *keys: str) -> None:
        self.tmux("send-keys", "-t", "main", *keys)


@pytest.fixture
def terminal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Terminal]:
    size = getattr(request, "param", (80, 24))
    found = Terminal(f"dissect-{os.getpid()}-{abs(hash(request.node.name)) % 10**6}", tmp_path, size)
    yield found
    found.tmux("kill-server")


def test_the_walk_of_a_newcomer(terminal: Terminal) -> None:
    """The packet with the bad checksum, why it is bad, its connection, what the notes say."""
    terminal.start(f"{sys.executable} -m dissect sample:bad-checksums")
    terminal.see("? keys")
    terminal.type("e")
    terminal.see("checksum.bad")
    terminal.type("Enter")
    terminal.see("1  ip.checksum")
    terminal.type("Down", "Enter")
    terminal.see("0x3903 would be right")
    terminal.type("5", "z")
    terminal.see("0x3904")
    terminal.type("End")
    terminal.see("The notes say")
    terminal.type("z", "f")
    terminal.see("Stream 1 of sample:bad-checksums")
    terminal.type("l")
    terminal.see("时序图")
    terminal.type("q", "q")
    terminal.see("code=0")


def test_a_pipe(terminal: Terminal) -> None:
    sending = "(head -c 400 captures/handshake.pcap; sleep 2; tail -c +401 captures/handshake.pcap; sleep 1)"
    terminal.start(f"{sending} | {sys.executable} -m dissect -")
    terminal.see("waiting for more  4 packets")
    terminal.type("F")
    terminal.see("10/10")
    terminal.type("q")
    terminal.see("code=0")


def test_a_file_that_is_cut_is_said_again_at_the_end(terminal: Terminal) -> None:
    terminal.start(f"{sys.executable} -m dissect browse sample:pcap-cut-short")
    terminal.see("cut short")
    terminal.type("C-c")
    shown = terminal.see("code=3")
    assert "dissect: sample:pcap-cut-short: cut short" in " ".join(shown.split())


@pytest.mark.parametrize("terminal", [(20, 8)], indirect=True)
def test_a_terminal_of_twenty_columns(terminal: Terminal) -> None:
    terminal.start(f"{sys.executable} -m dissect sample:handshake")
    terminal.see("1 Packets")
    terminal.type("Down", "Tab", "Down", "5", "4", "3", "?", "q", "q")
    terminal.see("code=0")


def test_without_colours_nothing_is_coloured(terminal: Terminal) -> None:
    terminal.start(f"{sys.executable} -m dissect sample:bad-checksums", NO_COLOR="1")
    terminal.see("? keys")
    coloured = terminal.tmux("capture-pane", "-p", "-e", "-t", "main")
    import re

    codes = {code for found in re.findall(r"\x1b\[([\d;]*)m", coloured) for code in found.split(";")}
    assert not codes & {str(code) for code in (*range(30, 39), *range(40, 49), *range(90, 108))}
    assert "7" in codes, "the chosen row is reversed"


def test_a_file_that_is_none_is_said_before_anything_is_drawn(terminal: Terminal) -> None:
    terminal.start(f"{sys.executable} -m dissect ./nowhere.pcap")
    assert "dissect: ./nowhere.pcap: no such file" in terminal.see("code=3")


def test_without_a_file_one_is_asked_for(terminal: Terminal) -> None:
    """The samples, and what was opened lately."""
    terminal.start(f"{sys.executable} -m dissect browse")
    terminal.see("Which capture?")
    terminal.type("Enter")
    terminal.see("? keys")
    terminal.type("q")
    terminal.see("code=0")


def test_with_further_words_a_file_is_read(terminal: Terminal) -> None:
    terminal.start(f"{sys.executable} -m dissect sample:handshake -c 1")
    assert "[SYN]" in terminal.see("code=0")
