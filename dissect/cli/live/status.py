"""The live line of a capture that only records."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dissect.session import Session


class StatusLine:
    """Packets, rate, recorded, dropped, size of the file, on one line of standard error."""

    def __init__(self) -> None:
        self._before = (time.monotonic(), 0)
        self._width = 0

    def tick(self, session: Session) -> None:
        """Writes the line anew."""
        now = time.monotonic()
        then, packets = self._before
        rate = (session.captured - packets) / max(now - then, 0.001)
        self._before = now, session.captured
        said = f"{session.captured:,} packets · {rate:,.0f}/s"
        if session.recorder is not None:
            said += f" · {session.recorder.packets:,} kept"
        said += f" · {session.dropped:,} dropped by kernel"
        if session.recorder is not None:
            size = written(session.recorder.size)
            said += f" · {size}" + (f" in file {session.recorder.files}" if session.recorder.rotation else "")
        self._show(said)

    def end(self) -> None:
        """Takes the line away: the counts follow."""
        if self._width:
            self._show("")
            print("\r", end="", file=sys.stderr, flush=True)

    def _show(self, text: str) -> None:
        import shutil

        text = text[: max(shutil.get_terminal_size().columns - 1, 20)]
        print("\r" + text.ljust(self._width), end="", file=sys.stderr, flush=True)
        self._width = len(text)


def written(size: int) -> str:
    """Bytes in the unit that suits."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} bytes"
