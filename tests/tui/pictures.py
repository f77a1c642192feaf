"""Makes the README's pictures of browsing: `PYTHONPATH=.:tests python tests/tui/pictures.py`."""

from __future__ import annotations

from pathlib import Path

from tui.driving import browsing, run

from dissect.tui.saving import picture

FOLDER = Path(__file__).parents[2] / ".pictures"
Walk = tuple[tuple[str, ...], ...]  # a picture's name, and the keys that lead there from the one before
WALKS: dict[str, Walk] = {
    "bad-checksums": (
        ("browse-errors", "e", "enter"), ("browse", "down", "enter"), ("browse-notes", "5", "z", "end"),
    ),
    "fast-retransmit": (("browse-stream", "end", *["up"] * 5, "f"),),
}  # fmt: skip


async def draw() -> None:
    """Walks the walks of the README."""
    for sample, walk in WALKS.items():
        async with browsing(sample, (120, 36)) as driver:
            for name, *keys in walk:
                for key in keys:
                    await driver.press(key)
                    await driver.settle()
                screen = driver.screen
                await driver.until(lambda: all(job is None or job.done for job in (screen.collecting, screen.opening)))  # noqa: B023 - asked at once
                await driver.pilot.pause(0.3)
                title = f"dissect {screen.packets.growing.name}"
                (FOLDER / f"{name}.svg").write_text(picture(driver.app, title), "utf-8")


if __name__ == "__main__":
    run(draw)
