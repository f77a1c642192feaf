"""Captures that are cut, broken, growing, shrinking or gone: a sentence in place, never a traceback."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from capture import building
from tui.driving import CAPTURES, browsing, run

from dissect.capture.growing import Growing
from dissect.capture.samples import sample_names
from dissect.capture.source import PipeSource
from dissect.tui.views import Listed

DATA = bytes.fromhex("020000000002020000000001080045000026000100004011f6c0c0000201c00002029c4023280012000000") + b"text"
BROKEN = [
    name for name in sample_names()
    if name.startswith(("bad-", "impossible", "reserved", "snaplen", "zero-lengths", "tiny", "hostile", "nested", "pcap", "ipv6-chain",
                        "after-end", "other-link", "fields-without", "land", "jumbogram", "big-tcp", "fcs"))
]  # fmt: skip


def records(count: int, first: int = 0) -> bytes:
    return b"".join(building.record(DATA, first + number) for number in range(count))


def pipe() -> tuple[Growing, int]:
    reading, writing = os.pipe()
    return Growing(PipeSource("a pipe", reading)), writing


@pytest.mark.parametrize("name", BROKEN)
def test_every_row_of_every_broken_packet(name: str) -> None:
    async def scene() -> None:
        async with browsing(name, (120, 40), "zh" if len(name) % 2 else "en") as driver:
            screen = driver.screen
            for row in range(min(screen.list.count, 8)):
                screen.list.move_to(row)
                await driver.pilot.pause()
                rows = len(screen.selection.rows)
                for chosen in range(0, rows, max(1, rows // 5)):
                    screen.selection.choose(chosen)
                    await driver.pilot.pause()
            for key in (
                "3",
                "end",
                "4",
                "right",
                "5",
                "end",
                "y",
                "escape",
                "f",
                "escape",
                "d",
                "escape",
                "e",
                "escape",
                "o",
                "escape",
            ):
                await driver.press(key)
            assert driver.app._exception is None

    run(scene)


def test_a_file_that_is_cut_short() -> None:
    async def scene() -> None:
        async with browsing("pcap-cut-short") as driver:
            assert driver.screen.list.count
            assert "✗ cut short" in driver.lines()[0]

    run(scene)


def test_a_file_without_packets() -> None:
    async def scene() -> None:
        async with browsing("pcap-empty") as driver:
            assert "There are no packets." in driver.text()
            assert "No packet is chosen." in driver.text()
            keys = [
                "tab",
                "down",
                "enter",
                "y",
                "a",
                "A",
                "m",
                "c",
                "f",
                "d",
                "e",
                "escape",
                "o",
                "escape",
                "g",
                "1",
                "escape",
                "slash",
                "t",
                "c",
                "p",
                "enter",
                "n",
                "N",
                "v",
                "s",
                "escape",
                "j",
                "b",
                "F",
                "t",
                "z",
            ]
            await driver.press(*keys)
            assert driver.app._exception is None

    run(scene)


def test_a_file_that_is_cut_while_it_is_open(tmp_path: Path) -> None:
    path = tmp_path / "capture.pcap"
    path.write_bytes(building.pcap_header() + records(20_000))

    async def scene() -> None:
        async with browsing(path) as driver:
            os.truncate(path, 5000)
            await driver.press("end")
            await driver.until(lambda: "has become shorter" in driver.lines()[0])
            assert "packet 20000 cannot be read any more" in driver.text()
            await driver.press("tab", "down", "3", "down", "4", "down", "5", "down", "1", "home")
            assert "192.0.2.1" in driver.lines()[3]
            await driver.press("slash", *"udp", "enter")
            await driver.pilot.pause(0.3)
            assert driver.app._exception is None

    run(scene)


def test_a_file_that_is_deleted_while_it_is_open(tmp_path: Path) -> None:
    path = tmp_path / "capture.pcap"
    path.write_bytes(building.pcap_header() + records(5000))

    async def scene() -> None:
        async with browsing(path) as driver:
            path.unlink()
            await driver.until(lambda: "the file was deleted" in driver.lines()[0])
            await driver.press("end")
            await driver.settle()
            assert driver.screen.selection.packet is not None
            assert driver.screen.selection.packet.frame.number == 5000

    run(scene)


def test_a_file_that_grows_while_it_is_open(tmp_path: Path) -> None:
    path = tmp_path / "capture.pcap"
    path.write_bytes(building.pcap_header() + records(3))

    async def scene() -> None:
        async with browsing(path) as driver:
            assert driver.screen.list.count == 3
            await driver.press("F")
            with path.open("ab") as file:
                file.write(records(4, 3) + building.record(DATA, 7)[:20])
            await driver.until(lambda: driver.screen.list.count == 7)
            await driver.until(lambda: driver.screen.list.number == 7)
            await driver.until(lambda: "cut short" in driver.lines()[0])
            with path.open("ab") as file:
                file.write(building.record(DATA, 7)[20:])
            await driver.until(lambda: driver.screen.list.number == 8)
            await driver.until(lambda: "cut short" not in driver.lines()[0])

    run(scene)


def test_packets_appear_as_they_arrive_on_a_pipe() -> None:
    growing, writing = pipe()

    async def scene() -> None:
        async with browsing(growing) as driver:
            await driver.until(lambda: "waiting for more" in driver.text())
            os.write(writing, building.pcap_header()[:10])
            await driver.pilot.pause(0.1)
            os.write(writing, building.pcap_header()[10:] + records(2))
            await driver.until(lambda: driver.screen.list.count == 2)
            await driver.until(lambda: driver.screen.selection.packet)
            await driver.press("slash", *"udp.length == 18", "enter")
            await driver.until(lambda: driver.screen.list.count == 2)
            os.write(writing, records(3, 2))
            await driver.until(lambda: isinstance(driver.screen.list.view, Listed) and driver.screen.list.count == 5)
            os.close(writing)
            await driver.until(lambda: driver.screen.packets.complete)
            await driver.pilot.pause(0.2)
            assert "waiting" not in driver.lines()[0]
            assert "5 match" in driver.text()

    run(scene)


@pytest.mark.parametrize(
    ("sent", "said"),
    [(b"", "no bytes at all"), (b"neither pcap nor pcapng, just text\n", "not a capture file but text"),
     (building.pcap_header() + records(2)[:-5], "cut short in the middle of packet 2")],
)  # fmt: skip
def test_what_comes_through_a_pipe_may_be_no_capture(sent: bytes, said: str) -> None:
    growing, writing = pipe()

    async def scene() -> None:
        async with browsing(growing) as driver:
            os.write(writing, sent)
            os.close(writing)
            await driver.until(lambda: said in driver.lines()[0])
            await driver.press("down", "e", "escape", "o", "escape", "end", "slash", *"tcp", "enter")
            assert driver.app._exception is None

    run(scene)


def test_a_compressed_file_is_read_like_a_plain_one() -> None:
    async def scene() -> None:
        async with browsing(CAPTURES / "pcap-gzip.pcap.gz") as driver:
            assert driver.screen.list.count
            await driver.press("end", "slash", *"ip", "enter")
            await driver.until(lambda: driver.screen.state.matches is not None and driver.screen.state.matches.complete)
            assert driver.screen.list.count

    run(scene)


def test_a_search_can_be_ended(tmp_path: Path) -> None:
    """Escape ends it and keeps what was found; another ends the filter."""
    path = tmp_path / "capture.pcap"
    path.write_bytes(building.pcap_header() + records(300_000))

    async def scene() -> None:
        async with browsing(path) as driver:
            screen = driver.screen
            await driver.press("slash", *'udp && !(frame.number in {3}) && udp.length matches "1"', "escape")
            screen.set_filter("udp && frame.len > 1 && ip.ttl < 100")
            matches = screen.state.matches
            assert matches is not None
            await driver.until(lambda: matches.numbers)
            if not matches.complete:
                await driver.press("escape")
                assert matches.stopped
                assert "Search ended with" in driver.text() or matches.complete
                assert screen.state.matches is matches
            await driver.press("escape")
            assert screen.state.matches is None
            assert screen.list.count == 300_000

    run(scene)
