"""What the main screen saves: packets in the list or marked ones, and pictures of itself."""

from __future__ import annotations

import os
from array import array

from dissect.tui.finding import Finding
from dissect.tui.menu import Menu
from dissect.tui.prompt import Prompt, Question
from dissect.tui.saving import SaveError, Saving, numbers_of, path_remark, picture, save_text


class Keeping(Finding):
    """Takes packets away into files."""

    saving: Saving | None = None

    def on_prompt_answered(self, event: Prompt.Answered) -> None:
        """A name for the file."""
        path = os.path.expanduser(event.text)
        if event.kind == "save":
            self.save_to(path, self._kept)
        elif event.kind == "picture":
            self._picture(path)

    def on_unmount(self) -> None:
        """A file that is half written is not left behind."""
        if self.saving is not None:
            self.saving.stop()
            self.saving.join(2)

    def action_save(self) -> None:
        """Asks which packets to save, where some are marked, then where."""
        word, marks = self.state.word, self.state.marks
        if not marks:
            self._ask_save("view")
            return
        rows = [
            ("view", word("save.view", count=f"{self.list.count:,}")),
            ("marks", word("save.marks", count=len(marks))),
        ]
        self.app.push_screen(Menu(word("ask.which"), rows), lambda which: self._ask_save(which) if which else None)

    def _ask_save(self, which: str) -> None:
        self._kept = numbers_of(self.list.view) if which == "view" else array("I", sorted(self.state.marks))
        count = self.list.count if which == "view" else len(self.state.marks)
        self.ask_path("save", "ask.save" if count != 1 else "ask.save.one", "", count)

    def ask_path(self, kind: str, title: str, value: str, count: int = 0) -> None:
        """Asks for a file name that is free."""
        state = self.state
        asked = state.word(title, count=f"{count:,}")
        self.query_one(Prompt).ask(Question(kind, asked, value, lambda text: path_remark(text, state)))

    def save_to(self, path: str, numbers: array[int] | None) -> None:
        """Begins to save packets, all of them where no numbers are given."""
        self.saving = Saving(self.packets, numbers, path)
        self.saving.start()
        self.notice("saving", share="0%")

    def tick(self) -> None:
        """What is being saved may be done."""
        saving = self.saving
        if saving is not None and not saving.done:
            self.notice("saving", share=f"{saving.share:.0%}")
        elif saving is not None:
            self.saving = None
            key = "saved" if saving.count != 1 else "saved.one"
            said = self.state.word(key, count=f"{saving.count:,}", path=saving.path)
            self.say(saving.fault or (f"{said} {saving.remark}" if saving.remark else said))
        super().tick()

    def action_back_out(self) -> None:
        """Escape ends saving before anything else."""
        if self.saving is not None:
            self.saving.stop()
            self.saving = None
            self.notice("save.ended")
        else:
            super().action_back_out()

    def action_picture(self) -> None:
        """Asks where to write the screen as SVG."""
        self._shot = picture(self.app, f"dissect {self.packets.growing.name}")
        self.ask_path("picture", "ask.picture", f"dissect-{self.list.number}.svg")

    def _picture(self, path: str) -> None:
        try:
            save_text(path, self._shot)
        except SaveError as error:
            self.say(str(error))
        else:
            self.notice("pictured", path=path)
