"""Packets that are captured while one looks at them, paused, lost, saved; and the end of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cli.running import run as command
from tui.driving import PATIENCE, Driver, browsing, run
from tui.feeding import Fed, Feed

import dissect
from dissect.apart import Apart
from dissect.capture.live.errors import LiveError
from dissect.tui.picker import Picker, interface_choices
from dissect.tui.settings import Settings
from dissect.tui.state import State

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork"),
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),
]


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


async def counted(driver: Driver, count: int) -> None:
    await driver.until(lambda: driver.screen.list.count == count)
    await driver.pilot.pause(0.15)


def test_it_grows_and_the_newest_packet_is_chosen() -> None:
    feed = Feed()

    async def scene() -> None:
        async with browsing(feed.capture) as driver:
            await driver.until(lambda: "following  capturing  0 packets" in driver.lines()[0])
            assert "live on eth9" in driver.lines()[0]
            feed.send(3)
            await counted(driver, 3)
            assert driver.screen.list.number == 3
            feed.send(60)
            await counted(driver, 63)
            assert driver.screen.list.number == 63
            await driver.until(lambda: "12 dropped" in driver.lines()[-3])
            assert driver.screen.selection.packet is not None
            assert driver.screen.selection.packet.frame.interface_name == "eth9"
            await driver.press("home")
            feed.send(1)
            await counted(driver, 64)
            assert driver.screen.list.number == 1, "whoever looks at something else is not taken away"
            await driver.press("F")
            feed.send(1)
            await counted(driver, 65)
            assert driver.screen.list.number == 65

    run(scene)


@pytest.mark.parametrize(("code", "said"), [("en", ("paused", "2 passed by")), ("zh", ("已暂停", "放过 2 个"))])
def test_pausing(code: str, said: tuple[str, str]) -> None:
    feed = Feed()

    async def scene() -> None:
        async with browsing(feed.capture, code=code) as driver:
            feed.send(2)
            await counted(driver, 2)
            await driver.press("P")
            await driver.until(lambda: said[0] in driver.lines()[0])
            feed.send(2)
            await driver.until(lambda: said[1] in driver.lines()[-3])
            assert driver.screen.list.count == 2
            await driver.press("P")
            feed.send(1)
            await counted(driver, 3)
            assert said[0] not in driver.lines()[0]

    run(scene)


def test_a_filter_goes_on_with_what_comes() -> None:
    feed = Feed()

    async def scene() -> None:
        async with browsing(feed.capture, wanted="frame.number >= 3") as driver:
            feed.send(4)
            await counted(driver, 2)
            assert "2 match  " in driver.lines()[-3]
            feed.send(3)
            await counted(driver, 5)
            await driver.press("escape")
            await driver.press("escape")
            await counted(driver, 7)

    run(scene)


@pytest.mark.parametrize("name", ["all.pcapng", "all.pcap", "all.pcap.gz"])
def test_saving_what_was_recorded_so_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    feed = Feed()
    path = tmp_path / name

    async def scene() -> None:
        async with browsing(feed.capture, wanted="frame.number == 2") as driver:
            feed.send(5)
            await counted(driver, 1)
            await driver.press("W")
            await driver.type(name)
            assert ".pcap and .cap are pcap" in driver.text()
            await driver.press("enter")
            await driver.until(lambda: f"5 packets written to {name}" in driver.text())
            feed.send(1)
            await driver.press("W")
            await driver.type(name)
            assert "a file of that name already" in driver.text()
            await driver.press("enter")
            assert driver.screen.saving is None
            await driver.press("escape")
            await driver.press("W")
            await driver.type("no/where")
            await driver.press("enter")
            await driver.until(lambda: "there is no folder" in " ".join(driver.text().split()))

    run(scene)
    with dissect.open(str(path)) as capture:
        assert [packet.frame.time for packet in capture] == [number * 10**9 for number in range(5)]
        assert capture.warning is None
    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_the_interface_goes() -> None:
    feed = Feed()

    async def scene() -> None:
        async with browsing(feed.capture) as driver:
            feed.send(2)
            feed.end()
            await driver.until(lambda: "✗ eth9 went away" in driver.lines()[0])
            await driver.until(lambda: driver.screen.packets.complete)
            await counted(driver, 2)
            assert "capturing" not in driver.lines()[0]
            await driver.press("P")
            assert "Nothing is being captured" in driver.text()
            await driver.press("up", "W", *"x", "escape", "e", "escape", "o", "escape")
            assert driver.app._exception is None
            assert driver.screen.packets.trouble == "eth9 went away"

    run(scene)
    assert feed.capture.broken


def limited() -> None:
    """As on a disk with room for a few packets."""
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 12)])
def test_the_disk_is_full(size: tuple[int, int]) -> None:
    feed = Feed(limited)

    async def scene() -> None:
        async with browsing(feed.capture, size) as driver:
            feed.send(100)
            await driver.until(lambda: driver.screen.packets.complete)
            await driver.pilot.pause(0.3)
            shown = " ".join(" ".join(driver.lines()[:4]).split())
            assert "cannot be written on: File too large" in shown
            assert 10 < driver.screen.list.count < 100
            await driver.press("home", "down")
            assert driver.app._exception is None

    run(scene)


def test_the_capturing_process_is_killed() -> None:
    feed = Feed()

    async def scene() -> None:
        async with browsing(feed.capture) as driver:
            feed.send(2)
            await counted(driver, 2)
            os.kill(feed.capture._process, signal.SIGKILL)
            await driver.until(lambda: "has ended unexpectedly" in driver.lines()[0])
            assert driver.screen.list.count == 2

    run(scene)


def test_what_keeps_it_from_beginning_is_raised_here() -> None:
    def opening() -> Fed:
        raise LiveError("there is no interface 'eth9'")

    capture = Apart("live", opening)
    try:
        with pytest.raises(LiveError, match="there is no interface 'eth9'"):
            capture.begun()
    finally:
        capture.close()


def test_at_the_end_no_process_and_no_file_is_left() -> None:
    feed = Feed()
    feed.send(2)
    process = feed.capture._process
    feed.capture.close()
    assert not alive(process)


def test_without_its_parent_it_ends() -> None:
    code = (
        "import os; from tui.feeding import Feed; feed = Feed(); print(feed.capture._process, flush=True); os._exit(1)"
    )
    tests = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=30,
        env={**os.environ, "PYTHONPATH": f"{tests.parent}{os.pathsep}{tests}"},
    )  # fmt: skip
    process = int(done.stdout)
    end = time.monotonic() + PATIENCE
    while alive(process) and time.monotonic() < end:
        time.sleep(0.05)
    assert not alive(process) or "Z" in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]


@pytest.mark.parametrize("code", ["en", "zh"])
def test_interfaces_to_choose_from(code: str) -> None:
    chosen: list[Picker] = []

    async def scene() -> None:
        state = State(Settings(), code)
        rows = interface_choices(state)
        assert "lo" in dict(rows)
        assert "127.0.0.1" in dict(rows)["lo"]
        app = Picker(state, state.word("ask.interface"), rows, state.word("interface.may.no"))
        chosen.append(app)
        async with app.run_test(size=(80, 24)) as pilot:
            at = [name for name, _ in rows].index("lo")
            await pilot.press(*["down"] * at, "enter")

    run(scene)
    assert chosen[0].return_value == "lo"


def test_a_filter_to_begin_with_may_be_for_a_file_too() -> None:
    async def scene() -> None:
        async with browsing("handshake", wanted="tcp.flags.fin == 1") as driver:
            await counted(driver, 2)

    run(scene)


@pytest.mark.parametrize(
    ("words", "said"),
    [(["x.pcap", "-f", "udp"], "-f chooses what is captured: it goes with --live"), (["a.pcap", "b.pcap"], "one capture at a time"),
     (["--live", "lo"], "browse needs a terminal; `dissect live` lists the packets")],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(words: list[str], said: str) -> None:
    result = command("browse", *words)
    assert result.code == 2
    assert said in result.err
