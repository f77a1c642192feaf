"""In a real terminal, from start to quit: tmux draws the screen, keys are typed, what is seen is read."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest
from tui.terminal import ROOT, Terminal, needs_tmux, terminal

from dissect.library import open as open_capture

__all__ = ["terminal"]
pytestmark = [pytest.mark.peer, needs_tmux]


def go_to_the_fault(terminal: Terminal) -> None:
    """From the list to the second packet with a bad checksum, and to why it is bad."""
    terminal.see("? keys")
    terminal.type("e")
    terminal.see("checksum.bad")
    terminal.type("Enter")
    terminal.see("1  ip.checksum")
    terminal.type("Down", "Enter")
    terminal.see("0x3903 would be right")


def test_the_walk_of_a_newcomer(terminal: Terminal) -> None:
    """The packet with the bad checksum, why it is bad, its connection, what the notes say."""
    terminal.start(f"{sys.executable} -m dissect sample:bad-checksums")
    go_to_the_fault(terminal)
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


def test_whoever_ends_it_from_elsewhere_leaves_the_terminal_as_it_was(terminal: Terminal) -> None:
    terminal.start(f"{sys.executable} -m dissect sample:handshake")
    terminal.see("? keys")
    shell = terminal.tmux("display-message", "-p", "-t", "main", "#{pane_pid}").strip()
    (browser,) = Path(f"/proc/{shell}/task/{shell}/children").read_text().split()
    os.kill(int(browser), signal.SIGTERM)
    assert "? keys" not in terminal.see("code=143")
    terminal.type("typed")
    terminal.see("typed")


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


def test_a_fifo_from_start_to_quit(terminal: Terminal, tmp_path: Path) -> None:
    """What a program writes into a fifo is seen as it comes, and saved."""
    fifo, kept = tmp_path / "fifo", tmp_path / "kept.pcapng"
    os.mkfifo(fifo)
    terminal.start(f"{sys.executable} -m dissect browse - <{fifo}")
    sample = (ROOT / "captures/handshake.pcap").read_bytes()
    with fifo.open("wb", buffering=0) as writing:
        writing.write(sample[:400])
        terminal.see("waiting for more  4 packets")
        terminal.type("/")
        terminal.see("filter:")
        terminal.type("-l", "tcp.flags.syn == 1")
        terminal.type("Enter")
        terminal.see("2 match")
        writing.write(sample[400:])
        terminal.see("10 packets")
        terminal.type("W")
        terminal.see("save all 10 packets to:")
        terminal.type("-l", str(kept))
        terminal.type("Enter")
        terminal.see("10 packets written to")
    terminal.type("q")
    terminal.see("code=0")
    with open_capture(str(kept)) as capture:
        assert len(list(capture)) == 10


def test_resized_at_any_time(terminal: Terminal) -> None:
    terminal.start(f"{sys.executable} -m dissect sample:bad-checksums")
    terminal.see("? keys")
    for width, height in ((20, 5), (200, 60), (33, 11), (120, 8), (10, 3), (80, 24)):
        terminal.resize(width, height)
        terminal.type("Down", "Tab")
        time.sleep(0.2)
    terminal.see("? keys")
    terminal.type("e")
    terminal.see("checksum.bad")
    terminal.resize(20, 6)
    terminal.type("q", "q")
    terminal.see("code=0")


@pytest.mark.parametrize(
    ("term", "theme"), [("xterm", ""), ("linux", ""), ("xterm", "textual-light"), ("linux", "ansi-light")]
)
def test_sixteen_colours(terminal: Terminal, tmp_path: Path, term: str, theme: str) -> None:
    """Nothing but the sixteen is used, and the screen can be read."""
    if theme:
        (tmp_path / "dissect").mkdir()
        (tmp_path / "dissect" / "browse.json").write_text(f'{{"theme": "{theme}"}}')
    terminal.start(f"{sys.executable} -m dissect sample:bad-checksums", TERM=term, COLORTERM="")
    go_to_the_fault(terminal)
    terminal.type("T", "l")
    shown = terminal.see("校验和")
    assert "0x3903" in shown or "ip.checksum" in shown
    coloured = terminal.tmux("capture-pane", "-p", "-e", "-t", "main")
    assert "38;2;" not in coloured
    assert "38;5;" not in coloured.replace("38;5;8m", "")
    terminal.type("q", "q")
    terminal.see("code=0")
