"""The screen as a person sees it, at three sizes and in both languages; kept as text, which was looked at.

`UPDATE_GOLDEN=1 pytest tests/tui` writes them anew; they are read in the diff.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tui.driving import browsing, run

KEPT = Path(__file__).parent / "snapshots"
SIZES = {"80x24": (80, 24), "120x40": (120, 40), "200x60": (200, 60)}
SCENES: dict[str, tuple[str, list[str]]] = {  # name → sample, keys
    "list": ("handshake", []),
    "field": ("handshake", ["down", "down", "tab", "down", "down", "down", "down"]),
    "options": ("tcp-options", ["tab", *["down"] * 10, "enter", "down", "down", "down"]),
    "bytes": ("handshake-v6", ["3", "right", "right"]),
    "diagram": ("bad-checksums", ["4", "right", "right", "down"]),
    "bad": ("bad-checksums", ["e", "enter", "enter"]),
    "findings": ("bad-checksums", ["e", "enter"]),
    "fault": ("handshake", ["slash", *"tcp.flgs.syn == 1"]),
    "names": ("handshake", ["slash", *"tcp.fl"]),
    "conversations": ("mptcp", ["o"]),
    "ladder": ("fast-retransmit", ["end", "up", "up", "up", "up", "up", "f"]),
    "chart": ("handshake", ["f", "2"]),
    "account": ("fast-retransmit", ["f", "3"]),
    "graph": ("fast-retransmit", ["f", "4"]),
    "payload": ("handshake", ["f", "5", "x"]),
    "datagram": ("fragments-v4-overlapping", ["d", "tab"]),
    "repeated": ("fast-retransmit", ["g", "1", "4", "enter"]),
    "compare": ("handshake", ["m", "down", "m", "c"]),
    "copy": ("handshake", ["tab", "down", "y"]),
    "help": ("handshake", ["question_mark"]),
    "hostile": ("hostile-text", []),
}
WIDE_ONLY = {
    "conversations", "compare", "copy", "findings", "help", "hostile", "chart", "account", "graph", "payload",
}  # fmt: skip  # at one size: they are one list


@pytest.mark.parametrize("code", ["en", "zh"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", SCENES)
def test_screens(name: str, size: str, code: str) -> None:
    if name in WIDE_ONLY and size == "200x60":
        pytest.skip("looks the same as at 120 columns")
    sample, keys = SCENES[name]

    async def scene() -> None:
        async with browsing(sample, SIZES[size], code) as driver:
            for key in keys:
                await driver.press(key)
                await driver.settle()
            screen = driver.screen
            jobs = screen.collecting, screen.adding, screen.opening, getattr(driver.app.screen, "reading", None)
            await driver.until(lambda: all(job is None or job.done for job in jobs))
            await driver.pilot.pause(0.25)
            seen.append(driver.text())

    seen: list[str] = []
    run(scene)
    path = KEPT / f"{name}-{size}-{code}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(seen[0], "utf-8")
    assert seen[0] == path.read_text("utf-8")


@pytest.mark.parametrize("size", SIZES)
def test_no_line_is_wider_than_the_screen(size: str) -> None:
    from rich.cells import cell_len

    for path in KEPT.glob(f"*-{size}-*.txt"):
        lines = path.read_text("utf-8").splitlines()
        assert len(lines) <= SIZES[size][1]
        assert max(map(cell_len, lines)) <= SIZES[size][0], path.name


def test_every_snapshot_has_its_scene() -> None:
    assert {path.name.split("-")[0] for path in KEPT.glob("*.txt")} <= set(SCENES)
