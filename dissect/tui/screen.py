"""The main screen's keys that are about looking, taking away and the screen itself."""

from __future__ import annotations

from rich.text import Text

from dissect.render.plain import plain
from dissect.tui.collecting import Collecting
from dissect.tui.compare import CompareScreen
from dissect.tui.conversations import ConversationScreen
from dissect.tui.copies import COPIES
from dissect.tui.findings import FindingsScreen
from dissect.tui.help import HelpScreen
from dissect.tui.live import Capturing
from dissect.tui.menu import Menu
from dissect.tui.opening import Opening
from dissect.tui.prompt import Prompt
from dissect.tui.streams import open_datagram, open_numbered, open_stream
from dissect.tui.talking import Adding

DARK, LIGHT = "textual-dark", "textual-light"


class BrowseScreen(Capturing):
    """The whole dissector."""

    collecting: Collecting | None = None
    adding: Adding | None = None
    opening: Opening | None = None

    def on_prompt_answered(self, event: Prompt.Answered) -> None:
        """What was asked for is there."""
        self.set_focus(self.list, scroll_visible=False)
        if event.kind == "filter":
            self.set_filter(event.text)
        elif event.kind == "go" and event.text:
            self.go(int(event.text.replace(",", "")))
        elif event.kind == "columns":
            self.set_columns(event.text)

    def on_prompt_given_up(self) -> None:
        """Nothing was answered."""
        self.set_focus(self.list, scroll_visible=False)

    def on_mount(self) -> None:
        """Hears of another language."""
        self.state.retold.append(self.retell)

    def action_language(self) -> None:
        """The other language, in place."""
        self.state.turn_language()

    def retell(self) -> None:
        """All words anew."""
        self.entitle()
        for observer in self.query("Headers, Diagram, ExplainPane, PacketList, KeyBar"):
            getattr(observer, "changed", observer.refresh)()
        self.show_status()

    def action_times(self) -> None:
        """The next format of times."""
        self.state.turn_times()
        self.list.refresh()
        self.notice(f"times.{self.state.time_format}")

    def action_theme(self) -> None:
        """Dark or light."""
        dark = self.app.current_theme.dark
        native = self.app.current_theme.ansi
        self.app.theme = ("ansi-light" if dark else "ansi-dark") if native else LIGHT if dark else DARK

    def action_follow(self) -> None:
        """Stays at the end while more packets come."""
        self.following = not self.following
        if self.following:
            self.list.action_to_last()
        self.notice("follow.on" if self.following else "follow.off")

    def action_findings(self) -> None:
        """What is wrong, by rule."""
        if self.collecting is None:
            self.collecting = Collecting(self.packets)
            self.collecting.start()
        self.app.push_screen(FindingsScreen(self.collecting, self.packets, self.state), self.led)

    def action_conversations(self) -> None:
        """Who talks with whom."""
        if self.adding is None or (self.adding.done and self.adding.upto < self.packets.count):
            self.adding = Adding(self.packets)
            self.adding.start()
        self.app.push_screen(ConversationScreen(self.adding, self.state), self.led)

    def led(self, wanted: str | None) -> None:
        """What a screen over this one led to."""
        verb, _, rest = (wanted or "").partition(" ")
        if verb == "filter":
            self.set_filter(rest)
        elif verb == "stream":
            open_numbered(self, int(rest))
        elif verb == "go":
            number, *about = rest.split()
            self.go(int(number))
            self.show_packet()
            if about:
                self.selection.choose_named(about[1], int(about[0]))

    def action_stream(self) -> None:
        """The connection of the packet."""
        if self.selection.packet is not None:
            open_stream(self, self.selection.packet)

    def action_datagram(self) -> None:
        """The datagram of the fragment."""
        if self.selection.packet is not None:
            open_datagram(self, self.selection.packet)

    def action_compare(self) -> None:
        """Two marked packets, or the marked one and this one."""
        numbers = sorted(self.state.marks)
        if len(numbers) == 1 and self.list.number not in numbers:
            numbers.append(self.list.number)
        packets = [packet for number in numbers if (packet := self.packets.packet(number)) is not None]
        if len(packets) != 2:
            self.notice("compare.two")
            return
        self.app.push_screen(CompareScreen(packets[0], packets[1], self.state))

    def action_copy(self) -> None:
        """Asks what to copy."""
        packet, entry = self.selection.packet, self.selection.entry
        if packet is None or entry is None:
            self.notice("copy.none")
            return
        texts = {name: make(packet, entry) for name, make in COPIES.items()}
        texts["filter"] = self.value_filter() if entry.value is not None else ""
        rows = []
        for name, text in texts.items():
            if text:
                preview = Text(plain(text.splitlines()[0]) if name not in ("scapy", "json") else "")
                preview.truncate(30, overflow="ellipsis")
                rows.append((name, f"{self.state.word(f'copy.{name}')}  {preview.plain}"))

        def copy(name: str | None) -> None:
            if name:
                self.app.copy_to_clipboard(texts[name])
                self.notice("copied", what=self.state.word(f"copy.{name}"))

        self.app.push_screen(Menu(self.state.word("ask.copy"), rows), copy)

    def action_help(self) -> None:
        """All keys."""
        self.app.push_screen(HelpScreen(self.state))

    def on_unmount(self) -> None:
        """Nothing goes on behind a screen that is gone."""
        self.drop_search()
        for job in (self.collecting, self.adding, self.opening, self.looking):
            if job is not None:
                job.stop()
