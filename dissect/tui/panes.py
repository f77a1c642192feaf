"""The screen's parts and how they share it: list above, headers and bytes left, diagram and explanation right.

A narrow screen shows one of bytes, diagram and explanation at a time, below the headers.
"""

from __future__ import annotations

import os
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen

from dissect.packet import Packet
from dissect.render import palette
from dissect.render.listing import relative
from dissect.render.plain import plain
from dissect.tui.background import Presence
from dissect.tui.bar import Bar
from dissect.tui.bytesview import BytesView
from dissect.tui.columns import traced
from dissect.tui.diagram import Diagram
from dissect.tui.explainpane import ExplainPane
from dissect.tui.headers import Headers
from dissect.tui.keybar import KeyBar
from dissect.tui.keys import ASKING, KEYS, shown_keys
from dissect.tui.packetlist import PacketList
from dissect.tui.packets import Packets
from dissect.tui.prompt import Prompt
from dissect.tui.related import LookingBack
from dissect.tui.rows import Rows
from dissect.tui.selection import Selection
from dissect.tui.state import State

if TYPE_CHECKING:
    from dissect.tui.tracing import Tracing

PANES = ("list", "headers", "bytes", "diagram", "explain")
TICK = 0.1
NARROW = 110  # columns below which panes stand below each other
VERBS = frozenset(key.verb for key in KEYS)
LOW = 14  # rows below which only one pane is shown
NOTICE = 60  # ticks that a notice stays
RELATED = frozenset({"tcp", "ip", "ipv6.fraghdr"})  # headers of packets that may have to do with others
SMALL = 50_000  # packets whose connections are traced unasked
IDLE = 0.3  # seconds without a key before that


class Panes(Screen[None]):
    """The list and the panes of the chosen packet; keeps them together."""

    AUTO_FOCUS = "#list"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key.key, key.action, key.word, show=False, priority=key.verb in ASKING)
        for key in KEYS
        if not key.action.startswith("app.")
    ]

    def __init__(self, packets: Packets, state: State) -> None:
        super().__init__()
        self.packets = packets
        self.state = state
        self.selection = Selection()
        self.looking: LookingBack | None = None
        self.following = False
        self.zoomed = ""
        self.lower = "explain"
        self.current = PANES[0]
        self._notice = ""
        self._notice_left = 0
        self._seen = -1
        self._traced: Tracing | None = None

    def compose(self) -> ComposeResult:
        """All parts."""
        yield Bar(id="top")
        yield PacketList(self.packets, self.state)
        with Horizontal(id="details"):
            with Vertical(id="left"):
                yield Headers(self.selection, self.state)
                yield BytesView(self.selection)
            with Vertical(id="right"):
                yield Diagram(self.selection, self.state)
                yield ExplainPane(self.selection, self.state)
        yield Bar(id="status")
        yield Prompt()
        yield KeyBar(shown_keys(plain=self.packets.growing.plain), self.state.word)

    def on_mount(self) -> None:
        """Begins to look at what goes on behind the screen."""
        self.list = self.query_one(PacketList)
        self.selection.observe(self.show_status)
        self.entitle()
        self.lay_out()
        self.set_focus(self.list, scroll_visible=False)
        self.tick()
        self.set_interval(TICK, self.tick)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While something is asked for, keys are letters."""
        asking = self.is_mounted and self.query_one(Prompt).asking
        return False if asking and action in VERBS else super().check_action(action, parameters)

    def on_resize(self) -> None:
        """Narrow screens are arranged otherwise."""
        self.lay_out()
        self.call_after_refresh(self.show_status)

    def lay_out(self) -> None:
        """Sets the classes that the arrangement follows."""
        self.set_class(self.size.width < NARROW, "-narrow")
        alone = self.zoomed or (self.current if self.size.height < LOW else "")
        for name in PANES:
            self.set_class(alone == name, f"-zoom-{name}")
            self.set_class(self.lower == name and not alone, f"-lower-{name}")
        self.query_one(KeyBar).set_class(self.size.height >= 30, "-two")
        for pane in (Diagram, ExplainPane):
            self.query_one(pane).changed()

    def entitle(self) -> None:
        """The panes' titles, in the language of the screen."""
        for number, name in enumerate(PANES, 1):
            self.query_one(f"#{name}").border_title = f"{number} {self.state.word(f'pane.{name}')}"

    def action_pane(self, name: str) -> None:
        """Goes to a pane, and shows it first where only one of several is seen."""
        self.current = name
        if name in ("bytes", "diagram", "explain"):
            self.lower = name
        if self.zoomed:
            self.zoomed = name
        self.lay_out()
        self.set_focus(self.query_one(f"#{name}"), scroll_visible=False)

    def on_descendant_focus(self) -> None:
        """The mouse may have gone to another pane."""
        focused = self.focused.id if self.focused is not None else None
        if focused in PANES and focused != self.current:
            self.current = focused or PANES[0]
            self.lay_out()

    def action_next_pane(self, step: int) -> None:
        """The pane after this one, or before it."""
        focused = self.focused.id if self.focused is not None and self.focused.id in PANES else PANES[0]
        self.action_pane(PANES[(PANES.index(focused or PANES[0]) + step) % len(PANES)])

    def action_zoom(self) -> None:
        """The focused pane alone on the screen, and back."""
        focused = self.focused.id if self.focused is not None else None
        self.zoomed = "" if self.zoomed or focused not in PANES else focused or ""
        self.lay_out()

    def action_press_key(self, key: str) -> None:
        """A key clicked in the footer."""
        self.app.simulate_key(key)

    def on_rows_chosen(self, event: Rows.Chosen) -> None:
        """Another packet is chosen."""
        if event.rows is self.list:
            self.following = self.following and event.row == self.list.count - 1
            self.show_packet()

    def on_rows_opened(self, event: Rows.Opened) -> None:
        """Enter on a packet goes into its headers."""
        if event.rows is self.list:
            self.action_pane("headers")

    def show_packet(self) -> None:
        """The chosen packet in all panes."""
        number = self.list.number
        packet = self.packets.packet(number) if number else None
        searching = self.state.matches is not None and not self.state.matches.complete
        if packet is self.selection.packet or (not number and searching):
            return
        self.selection.choose_packet(packet)
        self._look(packet)

    def _look(self, packet: Packet | None) -> None:
        """Begins to look at what the packet has to do with others."""
        if self.looking is not None:
            self.looking.stop()
            self.looking = None
        if packet is not None and any(each.key in RELATED for each in packet.layers):
            self.looking = LookingBack(self.packets, packet)
            self.looking.start()

    def _trace(self) -> None:
        """Small captures are traced unasked, when nothing is to be done; the packet on the screen profits from it."""
        packets, wanted = self.packets, traced(self.state.columns)
        idle = monotonic() - Presence.touched > IDLE and packets.complete and 0 < packets.count <= SMALL
        if wanted or (idle and packets.tracing is None):
            packets.trace()
        if packets.traced is not self._traced:
            self._traced = packets.traced
            self._look(self.selection.packet)
            self.list.refresh()

    def tick(self) -> None:
        """Takes over what was found behind the screen since the last time."""
        if self.list.count != self._seen:
            self._seen = self.list.count
            self.list.styles.max_height = max(5, self.packets.count + 2)  # few packets leave room for the rest
            self.list.recount()
            if self.following:
                self.list.move_to(self.list.count - 1)
            self.show_packet()
        if self.looking is not None and self.looking.done:
            if self.looking.packet is self.selection.packet:
                self.selection.learn(self.looking.related)
            self.looking = None
        self._trace()
        if self._notice_left:
            self._notice_left -= 1
            if not self._notice_left:
                self._notice = ""
        self.show_status()

    def notice(self, key: str, **blanks: object) -> None:
        """Says something for a while."""
        self.say(self.state.word(key, None, **blanks))

    def say(self, sentence: str) -> None:
        """Shows a sentence for a while."""
        self._notice, self._notice_left = plain(sentence), NOTICE
        self.show_status()

    def show_status(self) -> None:
        """The lines at the top and at the bottom."""
        if not self.is_mounted:
            return
        self.query_one("#top", Bar).say(self._file(), self._progress(), urgent=bool(self.trouble()))
        left = Text(f" {self._notice}", "bold") if self._notice else self._place()
        self.query_one("#status", Bar).say(left, self._where(), urgent=bool(self._notice))

    def _file(self) -> Text:
        """The file, and what is wrong with it."""
        text = Text().append(f" dissect  {plain(self.captured())}", palette.TITLE)
        trouble = self.trouble()
        return text.append(f"  ✗ {plain(trouble)}", palette.FAULT) if trouble else text

    def captured(self) -> str:
        """What the capture is called."""
        return os.path.basename(self.packets.growing.name)

    def trouble(self) -> str:
        """What is wrong with the capture, in one sentence."""
        growing = self.packets.growing
        if growing.deleted:
            return self.state.word("deleted")
        if growing.plain and growing.size < self.packets.counting.position and self.packets.count:
            return self.state.word("shrunk")
        return self.packets.trouble.removeprefix(f"{growing.name}: ")

    def _progress(self) -> Text:
        """How many packets, and whether more are being counted or awaited."""
        word, packets = self.state.word, self.packets
        said = word("count", count=f"{packets.count:,}")
        if packets.counting.share < 1 and packets.growing.finished:
            said = word("counting", share=f"{packets.counting.share:.0%}") + "  " + said
        elif not packets.complete:
            said = self.awaiting() + "  " + said
        if self.following:
            said = word("following") + "  " + said
        return Text(f"{said} ")

    def awaiting(self) -> str:
        """That there may be more."""
        return self.state.word("waiting")

    def _place(self) -> Text:
        """The chosen field's name, as filters know it, and its place."""
        entry = self.selection.entry
        if entry is None:
            if self.packets.complete and not self.packets.count:
                return Text(f" {self.state.word('empty')}")
            return Text()
        text = Text().append(f" {entry.name}", palette.TITLE)
        if entry.stop > entry.start:
            text.append("  " + self.state.place(entry.start, entry.stop), palette.QUIET)
        return text

    def _where(self) -> Text:
        """The row, and the filter's matches."""
        word, matches = self.state.word, self.state.matches
        said = f"{self.list.cursor + 1:,}/{self.list.count:,}" if self.list.count else ""
        packet = self.selection.packet
        if packet is not None and self.size.width < NARROW:
            said = f"{relative(packet.frame.time, self.packets.first_time())} s  {said}"
        text = Text()
        if matches is not None:
            text.append(f"/{plain(matches.wanted.text)}  ", "bold")
            tested = matches.complete or matches.tested >= self.packets.count
            key = "matches" if tested else "searching" if matches.preparing is None else "preparing"
            share = matches.share if matches.preparing is None else matches.preparing
            text.append(word(key, count=f"{len(matches.numbers):,}", share=f"{share:.0%}") + "  ")
        if self.state.marks:
            text.append(word("marks", count=len(self.state.marks)) + "  ")
        return text.append(f"{said} ")
