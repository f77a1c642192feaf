"""The panes show one and the same thing, however it is chosen: keys, mouse, another pane."""

from __future__ import annotations

import pytest
from tui.driving import Driver, browsing, run

from dissect.library import open as open_capture
from dissect.tui.bytesview import BytesView
from dissect.tui.diagram import Diagram
from dissect.tui.headers import Headers
from dissect.tui.outline import narrowest, outline
from dissect.tui.selection import Selection


def chosen(driver: Driver) -> str:
    entry = driver.screen.selection.entry
    assert entry is not None
    return entry.name


def test_headers_move_bytes_diagram_and_explanation() -> None:
    async def scene() -> None:
        async with browsing("handshake") as driver:
            await driver.press("tab", "down", "down", "down")
            assert chosen(driver) == "tcp.seq_raw"
            shown = driver.text()
            assert "»Sequence Number«" in shown
            assert "tcp.seq_raw  Sequence number" in shown
            assert driver.screen.selection.byte == 38
            assert "0026: 0f = 00001111 = 15" in str(driver.screen.query_one(BytesView).border_subtitle)

    run(scene)


def test_a_byte_chooses_its_field_and_bits_are_shown() -> None:
    async def scene() -> None:
        async with browsing("handshake", (160, 50)) as driver:
            await driver.press("3", "home")
            assert chosen(driver) == "eth.dst"
            await driver.press(*["right"] * 14)
            assert chosen(driver) in ("ip.version", "ip.hdr_len")
            selection = driver.screen.selection
            place = next(at for at, entry in enumerate(selection.rows) if entry.name == "ip.hdr_len")
            selection.choose(place)
            await driver.pilot.pause()
            assert "0100[0101]" in str(driver.screen.query_one(BytesView).border_subtitle)
            await driver.press("end")
            assert chosen(driver).startswith("tcp.options")
            await driver.press("down", "up", "pageup", "pagedown")

    run(scene)


def test_boxes_are_walked_through() -> None:
    async def scene() -> None:
        async with browsing("handshake") as driver:
            await driver.press("4", "home")
            assert chosen(driver) == "tcp.srcport"
            walked = []
            for key in ("right", "down", "down", "down", "up"):
                await driver.press(key)
                walked.append(chosen(driver))
            assert walked == ["tcp.dstport", "tcp.seq_raw", "tcp.ack_raw", "tcp.hdr_len", "tcp.ack_raw"]
            await driver.press("end")
            assert chosen(driver).startswith("tcp.options")
            await driver.press("right", "down")
            assert chosen(driver).startswith("tcp.options")

    run(scene)


def test_options_open_and_close() -> None:
    async def scene() -> None:
        async with browsing("handshake") as driver:
            await driver.press("z")
            await driver.press("z", "2", "z")
            selection = driver.screen.selection
            at = next(at for at, entry in enumerate(selection.rows) if entry.kind == "options")
            selection.choose(at)
            await driver.pilot.pause()
            assert "1460 bytes" not in driver.text()
            await driver.press("enter")
            assert "Maximum segment size  1460 bytes" in driver.text()
            await driver.press("left")
            assert "1460 bytes" not in driver.text()
            await driver.press("right", "right")
            assert chosen(driver) == "tcp.options.mss"
            await driver.press("left", "left")
            assert chosen(driver) == "tcp.options"

    run(scene)


def test_the_same_field_stays_chosen_from_packet_to_packet() -> None:
    async def scene() -> None:
        async with browsing("handshake") as driver:
            await driver.press("tab", *["down"] * 7)
            assert chosen(driver) == "tcp.window_size_value"
            await driver.press("1", "down")
            await driver.settle()
            assert chosen(driver) == "tcp.window_size_value"
            assert "In packet 2: 65160" in driver.text()

    run(scene)


def test_the_mouse_chooses_packets_fields_bytes_and_boxes() -> None:
    async def scene() -> None:
        async with browsing("handshake") as driver:
            await driver.pilot.click("#list", offset=(30, 5))
            await driver.settle()
            assert driver.screen.list.number == 4
            headers = driver.screen.query_one(Headers)
            wanted = headers.shown[headers.top + 3]
            await driver.pilot.click("#headers", offset=(10, 4))
            await driver.pilot.pause()
            assert driver.screen.selection.chosen == wanted
            diagram = driver.screen.query_one(Diagram)
            diagram.scroll_to(y=0, animate=False)
            await driver.pilot.pause()
            await driver.pilot.click("#diagram", offset=(50, 5))
            await driver.pilot.pause()
            assert chosen(driver) == "tcp.dstport"
            view = driver.screen.query_one(BytesView)
            view.scroll_to(y=0, animate=False)
            await driver.pilot.pause()
            await driver.pilot.click("#bytes", offset=(6, 1))
            await driver.pilot.pause()
            assert driver.screen.selection.byte == 0
            assert chosen(driver) == "eth.dst"

    run(scene)


def test_the_mouse_opens_sorts_follows_links_and_presses_keys() -> None:
    async def scene() -> None:
        async with browsing("handshake") as driver:
            await driver.pilot.click("#list", offset=(66, 1))
            await driver.until(lambda: driver.screen.sorting is None)
            assert driver.screen.list.sorted_by == "length"
            await driver.press("escape", "home", "down", "down")
            await driver.settle()
            await driver.pilot.click("#explain", offset=(8, 1))
            await driver.settle()
            assert driver.screen.list.number == 2
            row, line = next((row, line) for row, line in enumerate(driver.lines()[-2:]) if "? keys" in line)
            await driver.pilot.click("#keys", offset=(line.index("? keys") + 1, row))
            await driver.pilot.pause(0.2)
            assert "Look into" in driver.text()
            await driver.press("escape")
            await driver.pilot.double_click("#list", offset=(30, 3))
            await driver.settle()
            assert driver.app.focused is driver.screen.query_one(Headers)

    run(scene)


@pytest.mark.parametrize("size", [(20, 10), (40, 12), (80, 24), (109, 30), (110, 30), (300, 90)])
def test_any_size(size: tuple[int, int]) -> None:
    """Every pane at every size, resized while open."""

    async def scene() -> None:
        async with browsing("tcp-options", size) as driver:
            for number in "12345":
                await driver.press(number, "down", "z", "down", "z")
                assert max(map(len, driver.lines())) <= size[0]
            await driver.pilot.resize_terminal(size[0] + 30, size[1] + 5)
            await driver.pilot.pause(0.1)
            await driver.press("1", "down")
            assert driver.screen.list.number >= 2
            await driver.pilot.resize_terminal(20, 8)
            await driver.pilot.pause(0.1)
            await driver.press("slash", "x", "escape", "question_mark", "escape", "y", "escape")

    run(scene)


def test_a_row_is_found_for_every_byte() -> None:
    """A choice of bytes is a choice of fields, in every sample."""
    from dissect.capture.samples import sample_names

    for name in sample_names():
        with open_capture(f"sample:{name}") as capture:
            for packet in capture:
                selection = Selection()
                selection.choose_packet(packet)
                covered = {byte for layer in packet.layers for byte in range(layer.start, layer.stop)}
                for byte in range(len(packet.frame.data)):
                    row = narrowest(selection.rows, byte)
                    if byte in covered:
                        assert row is not None, (name, packet.frame.number, byte)
                        entry = selection.rows[row]
                        assert entry.start <= byte < entry.stop
                selection.choose_byte(0)
                assert len(selection.shown()) <= len(selection.rows)


def test_every_value_and_finding_has_its_row() -> None:
    from dissect.capture.samples import sample_names

    for name in sample_names():
        with open_capture(f"sample:{name}") as capture:
            for packet in capture:
                rows = outline(packet)
                values = [id(entry.value) for entry in rows if entry.value is not None]
                assert sorted(values) == sorted(id(value) for layer in packet.layers for value in layer.walk())
                findings = [id(entry.finding) for entry in rows if entry.finding is not None]
                assert sorted(findings) == sorted(id(finding) for _, finding in packet.every_finding())
