"""The main screen while packets are being captured: pausing, what was lost, the recording saved."""

from __future__ import annotations

import os

from rich.text import Text

from dissect.apart import Apart
from dissect.render import palette
from dissect.tui.keeping import Keeping
from dissect.tui.prompt import Prompt


class Capturing(Keeping):
    """Packets come while they are looked at."""

    def on_mount(self) -> None:
        """The newest packet is the one to look at."""
        self.live = self.packets.growing if isinstance(self.packets.growing, Apart) else None
        self.following = self.live is not None

    def on_prompt_answered(self, event: Prompt.Answered) -> None:
        """A name for the recording."""
        if event.kind == "record":
            self.save_to(os.path.expanduser(event.text), None)

    def action_pause(self) -> None:
        """What comes from now on is not recorded, or is again."""
        if self.live is None or self.live.finished:
            self.notice("pause.none")
            return
        self.live.paused = not self.live.paused
        self.notice("pause.on" if self.live.paused else "pause.off")

    def action_record(self) -> None:
        """Asks where the recording goes."""
        if self.packets.growing.plain:
            self.notice("record.file")
        elif self.saving is not None:
            self.notice("record.busy")
        elif not self.packets.count:
            self.notice("empty")
        else:
            self.ask_path("record", "ask.record", "", self.packets.count)

    def captured(self) -> str:
        """The interfaces, or what else is captured."""
        name = super().captured()
        return self.state.word("live", names=name) if self.live is not None else name

    def awaiting(self) -> str:
        """What is awaited: packets from an interface may be made to pass by."""
        if self.live is None:
            return super().awaiting()
        return self.state.word("paused" if self.live.paused else "capturing")

    def _where(self) -> Text:
        """What was lost, in front."""
        text = Text()
        if self.live is not None:
            if self.live.passed:
                text.append(self.state.word("passed", count=f"{self.live.passed:,}") + "  ", palette.QUIET)
            dropped = self.live.dropped
            text.append(self.state.word("dropped", count=f"{dropped:,}") + "  ", palette.FAULT if dropped else "")
        return text.append_text(super()._where())
