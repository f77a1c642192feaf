"""Live between namespaces, in a real terminal from start to quit."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from live.conftest import wires
from live.wires import Pair
from tui.terminal import ROOT, Terminal, needs_tmux, terminal

from dissect.library import open as open_capture

__all__ = ["terminal", "wires"]
pytestmark = needs_tmux
LIVE = f"{sys.executable} -m dissect browse --live"


def test_live_between_namespaces(terminal: Terminal, wires: Pair, tmp_path: Path) -> None:
    """It grows, waits where told to, is saved; the connection is found in it; q ends it."""
    kept = tmp_path / "kept.pcap"
    tmp_path.chmod(0o777)
    server = wires.start(wires.b, sys.executable, str(ROOT / "tests/live/server.py"))
    assert server.stdout is not None
    assert server.stdout.readline() == b"ready\n"
    try:
        terminal.start(f'{LIVE} {wires.device} -f "udp dst port 9 or tcp"', where=wires.b)
        terminal.see("following  capturing  0 packets")
        wires.traffic("udp")
        terminal.see("capturing  3 packets")
        assert "0 dropped" in terminal.see("3/3")
        terminal.type("P")
        terminal.see("paused")
        wires.traffic("udp", "udp")
        terminal.see("6 passed by")
        terminal.type("P")
        terminal.see("capturing  3 packets")
        wires.traffic("tcp")
        terminal.see("Transmission Control Protocol")
        terminal.type("/")
        terminal.see("filter:")
        terminal.type("-l", "tcp.flags.syn == 1 && ip")
        terminal.type("Enter")
        terminal.see("2 match ")
        terminal.type("W")
        terminal.see("save all")
        terminal.type("-l", str(kept))
        terminal.type("Enter")
        terminal.see("packets written to")
        terminal.type("q")
        terminal.see("code=0")
    finally:
        server.kill()
        server.communicate()
    with open_capture(str(kept)) as capture:
        assert sum(packet.layer("udp") is not None for packet in capture) == 3
        assert sum(packet.layer("tcp") is not None for packet in capture) > 10


@pytest.mark.parametrize(("end", "said"), [("down", "went down"), ("away", "went away")])
def test_the_interface_goes_while_one_looks(terminal: Terminal, wires: Pair, end: str, said: str) -> None:
    terminal.start(f"{LIVE} {wires.device} -f udp", where=wires.b)
    terminal.see("capturing")
    wires.traffic("udp")
    terminal.see("3/3")
    wires.run(wires.b, "ip", "link", *(["set", wires.device, "down"] if end == "down" else ["delete", wires.device]))
    terminal.see(f"{wires.device} {said}")
    terminal.type("Home", "Down", "C-c")
    assert f"dissect: {wires.device} {said}" in terminal.see("code=3")


def test_an_interface_is_chosen(terminal: Terminal, wires: Pair) -> None:
    terminal.start(LIVE, where=wires.b)
    shown = terminal.see("Capture on which interface?")
    assert "10.77.0.2/24" in shown
    assert "You may capture here." in shown
    terminal.type("Enter")
    terminal.see(f"live on {wires.device}")
    wires.traffic("udp")
    terminal.see("10.77.0.2")
    terminal.type("C-c")
    terminal.see("code=0")


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv is not installed")
def test_without_rights_it_is_refused_as_live_refuses(terminal: Terminal, wires: Pair) -> None:
    without = "setpriv --bounding-set=-net_raw,-net_admin --inh-caps=-all"
    terminal.start(f"{without} {LIVE} lo", where=wires.b)
    shown = "".join(terminal.see("code=4").split())
    process = wires.start(wires.b, *without.split(), sys.executable, "-m", "dissect", "live", "lo")
    said = process.communicate(timeout=30)[1].decode()
    assert "CAP_NET_RAW" in said
    assert shown.startswith("".join(said.replace("live lo", "browse --live lo").split()))


def test_a_wrong_capture_filter_is_said_before_anything_is_drawn(terminal: Terminal, wires: Pair) -> None:
    terminal.start(f'{LIVE} lo -f "udp prot 9"', where=wires.b)
    shown = terminal.see("code=2")
    assert shown.startswith("dissect: ")
    assert "filter" in shown
