"""The main screen while packets are being captured: pausing, what was lost, the recording saved."""

from __future__ import annotations

import os

from rich.text import Text

from dissect.apart import Apart
from dissect.capture.errors import CaptureError, OutputError
from dissect.render import palette
from dissect.tui.background import Job
from dissect.tui.finding import Finding
from dissect.tui.packets import Packets
from dissect.tui.prompt import Prompt, Question, Remark
from dissect.tui.state import State


class Keeping(Job):
    """Writes all packets that are there now into a new file; `count` are written."""

    def __init__(self, packets: Packets, path: str) -> None:
        super().__init__()
        self.packets = packets
        self.path = path
        self.last = packets.count
        self.count = 0

    def work(self) -> None:
        """Batch by batch; what was written of a file that is not wanted any more, or cannot be whole, is gone."""
        from dissect.capture.writing.keeper import Keeper

        try:
            with self.packets.reader() as frames, Keeper(self.path) as keeper:
                for batch in frames.batches():
                    keeper.keep(batch, range(min(len(batch), self.last + 1 - batch.mark.number)))
                    self.count = keeper.count
                    if self.count == self.last:
                        break
                    self.give_way()
                    if self.stopped:
                        keeper.discard()
                        return
        except (CaptureError, OutputError) as error:
            self.fault = str(error)


class Capturing(Finding):
    """Packets come while they are looked at."""

    keeping: Keeping | None = None

    def on_mount(self) -> None:
        """The newest packet is the one to look at."""
        self.live = self.packets.growing if isinstance(self.packets.growing, Apart) else None
        self.following = self.live is not None

    def on_prompt_answered(self, event: Prompt.Answered) -> None:
        """A name for the recording."""
        if event.kind == "record":
            self.keeping = Keeping(self.packets, os.path.expanduser(event.text))
            self.keeping.start()

    def on_unmount(self) -> None:
        """A file that is half written is not left behind."""
        if self.keeping is not None:
            self.keeping.stop()
            self.keeping.join(2)

    def action_pause(self) -> None:
        """What comes from now on is not recorded, or is again."""
        if self.live is None or self.live.finished:
            self.notice("pause.none")
            return
        self.live.paused = not self.live.paused
        self.notice("pause.on" if self.live.paused else "pause.off")

    def action_record(self) -> None:
        """Asks where the recording goes."""
        state = self.state
        if self.packets.growing.plain:
            self.notice("record.file")
        elif self.keeping is not None:
            self.notice("record.busy")
        elif not self.packets.count:
            self.notice("empty")
        else:
            title = state.word("ask.record", count=f"{self.packets.count:,}")
            self.query_one(Prompt).ask(Question("record", title, check=lambda text: name_remark(text, state)))

    def tick(self) -> None:
        """The recording may be saved by now."""
        keeping = self.keeping
        if keeping is not None and keeping.done:
            self.keeping = None
            if keeping.fault:
                self.say(keeping.fault)
            else:
                self.notice("saved", count=f"{keeping.count:,}", path=keeping.path)
        super().tick()

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
        if self.keeping is not None:
            text.append(self.state.word("saving", share=f"{self.keeping.count / self.keeping.last:.0%}") + "  ")
        if self.live is not None:
            if self.live.passed:
                text.append(self.state.word("passed", count=f"{self.live.passed:,}") + "  ", palette.QUIET)
            dropped = self.live.dropped
            text.append(self.state.word("dropped", count=f"{dropped:,}") + "  ", palette.FAULT if dropped else "")
        return text.append_text(super()._where())


def name_remark(text: str, state: State) -> Remark:
    """A name is needed that nothing has yet; what it ends in says how the file is written."""
    name = text.strip()
    if not name:
        return Remark(state.word("path.fault"), 0, 1, fault=True)
    if os.path.lexists(os.path.expanduser(name)):
        return Remark(state.word("path.there"), 0, len(text), fault=True)
    return Remark(state.word("record.forms"))
