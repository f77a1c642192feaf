"""Drives the browser without a terminal: opens it, presses keys, waits, reads the screen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from unittest import mock

from textual.pilot import Pilot

from dissect.capture.growing import Growing, open_growing
from dissect.tui.app import Browser
from dissect.tui.panes import SMALL
from dissect.tui.screen import BrowseScreen
from dissect.tui.settings import Settings

CAPTURES = Path(__file__).parents[2] / "captures"
TERMINAL = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
PATIENCE = 60.0  # seconds


class Driver:
    """A running browser."""

    def __init__(self, app: Browser, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def screen(self) -> BrowseScreen:
        """The main screen, whatever lies over it."""
        found = self.app.screen_stack[0]
        assert isinstance(found, BrowseScreen)
        return found

    async def press(self, *keys: str) -> None:
        """Keys, and what follows from them."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        """Letters."""
        await self.press(*text)

    async def until(self, wanted: Callable[[], object]) -> None:
        """Waits for something that happens behind the screen."""
        end = time.monotonic() + PATIENCE
        while not wanted():
            assert time.monotonic() < end, f"waited in vain; the screen:\n{self.text()}"
            await self.pilot.pause(0.02)
        await self.pilot.pause()

    async def settle(self) -> None:
        """Waits until all packets are counted, what the chosen one has to do with others is known, and all is drawn."""
        screen, packets = self.screen, self.screen.packets

        def settled() -> bool:
            chosen = screen.selection.packet is not None or not packets.count
            traced = packets.traced is not None or not 0 < packets.count <= SMALL
            return packets.complete and screen.looking is None and chosen and traced

        await self.until(settled)
        for _ in range(3):
            await self.pilot.pause(0.02)

    def lines(self) -> list[str]:
        """The screen as text."""
        strips = self.app.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip).rstrip() for strip in strips]

    def text(self) -> str:
        """The screen as one text."""
        return "\n".join(self.lines()) + "\n"


@asynccontextmanager
async def browsing(
    capture: str | Path | Growing, size: tuple[int, int] = (120, 40), code: str = "en", settings: Settings | None = None,
    wanted: str = "", **environment: str,
) -> AsyncIterator[Driver]:  # fmt: skip
    """The browser on a capture: a sample's name, a path, or one that grows."""
    if isinstance(capture, str):
        growing = open_growing(f"sample:{capture}")
    else:
        growing = capture if isinstance(capture, Growing) else open_growing(str(capture))
    with mock.patch.dict("os.environ", {**TERMINAL, **environment}):
        app = Browser(growing, code, settings if settings is not None else Settings(), wanted)
        try:
            async with app.run_test(size=size) as pilot:
                driver = Driver(app, pilot)
                if not isinstance(capture, Growing):
                    await driver.settle()
                yield driver
        finally:
            app.close()


def run(scene: Callable[[], Awaitable[None]]) -> None:
    """Plays a scene from beginning to end."""
    asyncio.run(_limited(scene))


async def _limited(scene: Callable[[], Awaitable[None]]) -> None:
    await asyncio.wait_for(scene(), 4 * PATIENCE)
