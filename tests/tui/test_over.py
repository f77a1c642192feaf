"""The screens over the main one: every key of them, what they lead to, and what they show against the library."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from tui.driving import CAPTURES, Driver, browsing, run

from dissect.capture import open_frames
from dissect.capture.growing import Growing, open_growing
from dissect.capture.source import PipeSource
from dissect.check.tally import Tally
from dissect.check.work import Job
from dissect.library import open as open_capture
from dissect.tui.collecting import Collecting
from dissect.tui.keys import CONVERSATION_KEYS, DATAGRAM_KEYS, STREAM_KEYS
from dissect.tui.ladder import LadderRows
from dissect.tui.packets import Packets
from dissect.tui.streamscreen import SECTIONS, StreamScreen
from dissect.tui.talking import Adding
from dissect.wire.findings import Severity


async def opened(driver: Driver) -> StreamScreen:
    await driver.press("f")
    found = driver.app.screen
    assert isinstance(found, StreamScreen)
    await driver.until(lambda: found.shown is not None)
    return found


def test_parts_of_a_stream() -> None:
    async def scene() -> None:
        async with browsing("fast-retransmit") as driver:
            found = await opened(driver)
            assert "1 Ladder" in driver.text()
            signs = {"ladder": "fast retransmission: repeats packet 5", "chart": "SYN_RECEIVED", "graph": "SACK",
                     "account": "was listening", "payload": "packets 4–9"}  # fmt: skip
            for key, section in enumerate(SECTIONS, 1):
                await driver.press(str(key))
                assert found.section == section
                await driver.until(lambda wanted=signs[section]: wanted in driver.text())
            await driver.press("tab")
            assert found.section == SECTIONS[0]
            await driver.press("shift+tab")
            assert found.section == SECTIONS[-1]
            await driver.press("x")
            assert "00000000  21 22 23 24" in driver.text()
            await driver.press("x")
            assert "00000000" not in driver.text()
            await driver.press("enter")
            assert driver.screen.list.number == 4, "data lead to the packet that they begin in"

    run(scene)


def test_a_stream_leads_to_its_packets_and_to_other_streams() -> None:
    async def scene() -> None:
        async with browsing("mptcp") as driver:
            found = await opened(driver)
            await driver.press("N")
            assert found.shown is not None
            assert found.shown.number == 0
            await driver.press("n")
            await driver.until(lambda: found.shown is not None and found.shown.number == 1)
            assert "192.0.2.11:56709" in driver.text()
            await driver.press("slash")
            await driver.until(lambda: driver.screen.list.count == 16)
            numbers = [driver.screen.list.view.number(row) for row in range(16)]
            assert (
                numbers
                == open_capture("sample:mptcp").table(["frame.number"], "tcp.stream == 1")["frame.number"].to_list()
            )

    run(scene)


@pytest.mark.parametrize("sample", ["fast-retransmit", "lossy-sender", "mptcp", "half-close"])
def test_every_arrow_leads_to_its_packet(sample: str) -> None:
    async def scene() -> None:
        async with browsing(sample, (100, 40)) as driver:
            await opened(driver)
            ladder = driver.app.screen.query_one(LadderRows)
            await driver.press("home")
            seen: list[int] = []
            while not seen or ladder.number != seen[-1]:
                seen.append(ladder.number)
                if ladder.unfold():
                    seen.pop()
                else:
                    await driver.press("down")
            table = open_capture(f"sample:{sample}").table(["frame.number"], "tcp.stream == 0")
            assert seen == table["frame.number"].to_list()
            last = seen[-1]
            await driver.press("enter")
            assert driver.screen.list.number == last

    run(scene)


def test_folds_open_by_enter() -> None:
    async def scene() -> None:
        async with browsing("lossy-sender", (100, 40)) as driver:
            await opened(driver)
            ladder = driver.app.screen.query_one(LadderRows)
            at = next(at for at, item in enumerate(ladder.items) if hasattr(item, "rungs"))
            before = len(ladder.items)
            ladder.choose(at)
            await driver.press("enter")
            assert isinstance(driver.app.screen, StreamScreen), "a fold opens, nothing is left"
            assert len(ladder.items) > before

    run(scene)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (20, 10)])
def test_language_turns_everywhere(size: tuple[int, int]) -> None:
    async def scene() -> None:
        async with browsing("mptcp", size) as driver:
            for key, english, chinese in (("e", "Esc", "返回"), ("o", "Convers", "会话"), ("f", "Stream 0", "流")):
                await driver.press(key)
                await driver.until(lambda said=english: said in driver.text())
                await driver.press("l")
                await driver.until(lambda said=chinese: said in driver.text())
                await driver.press("question_mark")
                assert "返回" in driver.text() or size[0] < 80
                await driver.press("l")
                await driver.press("escape")
                assert english in driver.text(), "the screen below turned too"
                await driver.press("escape")
                assert driver.app.screen is driver.screen

    run(scene)


def test_datagram_keys() -> None:
    async def scene() -> None:
        async with browsing("fragments-v4-overlapping") as driver:
            await driver.press("d")
            await driver.until(lambda: "Packet 2 brings bytes 48–63 again" in driver.text())
            assert "udp.checksum.status bad" in driver.text()
            for pane in ("headers", "explain", "pieces"):
                await driver.press("tab")
                assert driver.app.focused is not None
                assert driver.app.focused.id == pane
            await driver.press("shift+tab")
            assert driver.app.focused.id == "explain"
            await driver.press("l")
            assert "首部" in driver.text()
            await driver.press("slash")
            await driver.until(lambda: driver.screen.state.matches is not None and driver.screen.state.matches.complete)
            assert driver.screen.list.count == 2

    run(scene)


def test_conversations_lead_to_streams_and_are_sorted() -> None:
    async def scene() -> None:
        async with browsing("mptcp", (140, 40)) as driver:
            await driver.press("o")
            await driver.until(lambda: driver.screen.adding is not None and driver.screen.adding.done)
            await driver.pilot.pause(0.2)
            for _ in range(2):
                await driver.press("s", "down", "down", "down", "enter")
            assert "Packets▼" in driver.text()
            await driver.press("s", "down", "down", "down", "enter")
            assert "Packets▼" not in driver.text()
            await driver.press("down", "enter")
            await driver.until(lambda: "Stream 1 of sample:mptcp" in driver.text())

    run(scene)


def test_other_screens_are_clicked_found_in_the_palette_and_pictured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    async def scene() -> None:
        async with browsing("handshake") as driver:
            found = await opened(driver)
            row = next(at for at, line in enumerate(driver.lines()) if "2 States" in line)
            await driver.pilot.click(offset=(driver.lines()[row].index("2 States"), row))
            await driver.until(lambda: found.section == "chart" and "SYN_RECEIVED" in driver.text())
            await driver.press("p")
            assert "192.0.2.1:40000" in Path("dissect-stream-1.svg").read_text("utf-8")
            await driver.press("p")
            assert Path("dissect-stream-2.svg").exists(), "nothing is written over"
            await driver.press("ctrl+p")
            await driver.pilot.pause(0.3)
            await driver.type("what hap")
            await driver.until(lambda: "what happened  (3)" in driver.text())
            await driver.press("down", "enter")
            await driver.until(lambda: found.section == "account")
            await driver.pilot.resize_terminal(60, 20)
            await driver.press("1")
            await driver.pilot.click("#ladder", offset=(5, 5), times=2)
            await driver.until(lambda: driver.app.screen is driver.screen)

    run(scene)


def test_connections_of_a_capture_that_grows() -> None:
    whole = (CAPTURES / "mptcp.pcap").read_bytes()
    reading, writing = os.pipe()

    async def scene() -> None:
        os.write(writing, whole[:1500])
        async with browsing(Growing(PipeSource("a pipe", reading))) as driver:
            screen = driver.screen
            await driver.until(lambda: 5 < screen.packets.count < 36)
            early = screen.packets.count
            await driver.press("slash", *"tcp.stream == 1", "enter")
            await driver.until(lambda: screen.state.matches is not None and screen.state.matches.tested >= early)
            os.write(writing, whole[1500:])
            os.close(writing)
            await driver.until(lambda: screen.packets.count == 36)
            await driver.until(lambda: screen.state.matches is not None and screen.state.matches.complete)
            assert screen.list.count == 16
            await driver.press("end", "f")
            await driver.until(lambda: "Stream 1" in driver.text())
            assert "FIN" in driver.text()

    run(scene)


def test_udp_conversation_is_a_filter() -> None:
    async def scene() -> None:
        async with browsing("dscp") as driver:
            await driver.press("f")
            await driver.until(lambda: driver.screen.state.matches is not None and driver.screen.state.matches.complete)
            assert "Only this conversation" in driver.text()

    run(scene)


def test_a_packet_without_a_stream_says_so() -> None:
    async def scene() -> None:
        async with browsing("bad-data-offset") as driver:
            await driver.press("f")
            await driver.pilot.pause(0.5)
            await driver.until(lambda: "Stream 0" in driver.text() or "belongs to no connection" in driver.text())
        async with browsing("arp") as driver:
            await driver.press("f")
            assert "no TCP or UDP" in driver.text()

    run(scene)


def test_keys_of_other_screens_are_no_others() -> None:
    for keys in (STREAM_KEYS, DATAGRAM_KEYS, CONVERSATION_KEYS):
        assert len({key.key for key in keys}) == len(keys)


def finished(capture: Path, job: type[Collecting] | type[Adding]) -> Collecting | Adding:
    """A job on a file, from beginning to end."""
    growing = open_growing(str(capture))
    packets = Packets(growing)
    packets.start()
    while not packets.complete:
        packets.counting.join(0.01)
    found = job(packets)
    found.start()
    found.join(60)
    packets.stop()
    growing.close()
    assert found.done
    assert not found.fault
    return found


@pytest.mark.parametrize("capture", sorted(CAPTURES.glob("*.pcap*")), ids=lambda path: path.name)
def test_findings_are_those_of_check(capture: Path) -> None:
    from dissect.bulk.block import blocks

    tally, job = Tally(Severity.NOTE, None), Job("", Severity.NOTE, None)
    with open_frames(str(capture)) as frames:
        lines = [line for block in blocks(frames) for line in tally.add(job(block))]
    found = finished(capture, Collecting)
    assert isinstance(found, Collecting)
    assert {rule: len(group) for rule, group in found.groups.items()} == {
        rule: tally.count(rule) for rule in tally.broken
    }
    assert [group.rule.id for group in sorted(found.groups.values(), key=lambda group: group.rank)][:1] == tally.broken[
        :1
    ]
    seen = sorted(
        (number, layer + 1, rule, found.names[field])
        for rule, group in found.groups.items()
        for number, layer, field in zip(group.numbers, group.layers, group.fields, strict=True)
    )
    assert seen == sorted((line.number, line.layer, line.rule, line.field) for line in lines)
    assert found.offload == tally.offload


@pytest.mark.parametrize("capture", sorted(CAPTURES.glob("*.pcap*")), ids=lambda path: path.name)
def test_conversations_are_those_of_streams(capture: Path) -> None:
    found = finished(capture, Adding)
    assert isinstance(found, Adding)
    told = open_capture(str(capture)).streams()
    if found.whole is None:
        assert not len(told)
        return
    own = found.whole.filter(found.whole["stream"].is_not_null()).sort("stream")
    assert own["stream"].to_list() == told["tcp.stream"].to_list()
    assert own["state"].to_list() == told["state"].to_list()
    packets = told["first.packets"] + told["second.packets"]
    assert np.array_equal(own["sent"] + own["answered"], packets)


def test_columns_and_order_by_what_connections_tell() -> None:
    names = ["tcp.stream", "tcp.seq", "tcp.analysis.acks_frame"]
    table = open_capture("sample:mptcp").table(["frame.number", *names])

    async def scene() -> None:
        async with browsing("mptcp", (120, 50)) as driver:
            await driver.press("C", "ctrl+u")
            await driver.type(",".join(["number", *names, "info"]))
            await driver.press("enter")
            await driver.until(lambda: "…" not in driver.lines()[3][:40])
            cells = [line[5:].split() for line in driver.lines()[3:9]]
            for row, line in zip(table.iter_rows(), cells, strict=False):
                wanted = [str(value) for value in row if value is not None]
                assert line[: len(wanted)] == wanted
            driver.screen.sort_by("tcp.analysis.acks_frame")
            await driver.until(lambda: driver.screen.sorting is None)
            numbers = [driver.screen.list.view.number(row) for row in range(driver.screen.list.count)]
            assert (
                numbers
                == table.sort("tcp.analysis.acks_frame", "frame.number", nulls_last=True)["frame.number"].to_list()
            )
            await driver.press("slash", "ctrl+u")
            await driver.type("tcp.analysis.dup")
            assert "tcp.analysis.duplicate_ack_num" in driver.text()

    run(scene)


@pytest.mark.parametrize(
    "wanted", ["tcp.analysis.duplicate_ack", "tcp.stream == 0 && tcp.len > 0", "!(tcp.analysis.flags)"]
)
def test_filters_by_what_connections_tell(wanted: str) -> None:
    async def scene() -> None:
        async with browsing("mptcp") as driver:
            driver.screen.set_filter(wanted)
            await driver.until(lambda: driver.screen.state.matches is not None and driver.screen.state.matches.complete)
            found = list(driver.screen.state.matches.numbers) if driver.screen.state.matches is not None else []
            assert found == open_capture("sample:mptcp").table(["frame.number"], wanted)["frame.number"].to_list()
            assert found

    run(scene)
