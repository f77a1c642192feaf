"""One TCP connection over the screen: ladder, states, what happened, graphs, data; an arrow leads to its packet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from rich.console import RenderableType
from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from dissect.render import palette
from dissect.render.plain import plain
from dissect.tui.keybar import KeyBar
from dissect.tui.keys import STREAM_KEYS
from dissect.tui.ladder import LadderRows
from dissect.tui.lines import Lines
from dissect.tui.opening import Opening, Reading
from dissect.tui.overlay import Over, Said
from dissect.tui.packets import Packets
from dissect.tui.payload import PayloadRows
from dissect.tui.rows import Rows
from dissect.tui.state import State

if TYPE_CHECKING:
    from dissect.streams.connection import Connection

SECTIONS = ("ladder", "chart", "account", "graph", "payload")


class StreamLines(Lines):
    """A section that is drawn as a page."""

    def __init__(self, section: str, state: State) -> None:
        super().__init__(id=section)
        self.section = section
        self.state = state
        self.connection: Connection | None = None

    def show(self, connection: Connection) -> None:
        """A connection."""
        self.connection = connection
        self.changed()

    def page(self, _: int) -> list[RenderableType]:
        """What `dissect stream` prints."""
        return list(self._parts(self.connection)) if self.connection is not None else []

    def _parts(self, connection: Connection) -> Iterator[RenderableType]:
        from dissect.render.account import Account
        from dissect.render.plot import Plot
        from dissect.render.statechart import StateChart
        from dissect.render.streampage import drawn
        from dissect.streams.graphs import Graph, plotted

        language = self.state.language
        if self.section == "chart":
            yield StateChart(connection.paths, connection.names, language)
        elif self.section == "account":
            yield Account(connection, language)
        else:
            for graph in Graph:
                for second in drawn(connection):
                    yield Plot(plotted(connection, graph, second=second), connection.names[second], language)
                    yield Text()


class StreamScreen(Over):
    """The connection of packet `number`, or connection `stream`; the result is "go N", "filter …" or nothing."""

    DEFAULT_CSS = """
    StreamScreen > #heading { height: auto; max-height: 3; background: $panel; }
    StreamScreen > #sections { height: 1; link-style: none; link-color: $foreground; link-style-hover: bold; }
    StreamScreen > #ladder, StreamScreen > Lines, StreamScreen > #payload { height: 1fr; display: none; }
    StreamScreen.-ladder > #ladder, StreamScreen.-chart > #chart, StreamScreen.-account > #account { display: block; }
    StreamScreen.-graph > #graph, StreamScreen.-payload > #payload { display: block; }
    """
    KEYS = STREAM_KEYS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key.key, key.action, show=False, priority=key.key in ("tab", "shift+tab"))
        for key in STREAM_KEYS
        if key.action
    ]

    def __init__(self, packets: Packets, state: State, job: Opening, number: int) -> None:
        super().__init__()
        self.packets, self.state, self.job, self.number = packets, state, job, number
        self.reading: Reading | None = None
        self.section = SECTIONS[0]
        self.shown: Connection | None = None

    def compose(self) -> ComposeResult:
        """The heading, the sections' names, the sections, the keys."""
        yield Said("heading")
        yield Said("sections")
        yield LadderRows(self.state)
        for section in ("chart", "account", "graph"):
            yield StreamLines(section, self.state)
        yield PayloadRows(self.state)
        yield KeyBar(self.KEYS, self.state.word)

    def on_mount(self) -> None:
        """Looks at what goes on behind the screen."""
        self.action_section(SECTIONS[0])
        self.tick()
        self.set_interval(0.1, self.tick)

    def on_unmount(self) -> None:
        """What nobody waits for any more ends."""
        if self.reading is not None:
            self.reading.stop()
        if not self.job.done:
            self.job.stop()

    def tick(self) -> None:
        """Shows what was found since."""
        connection = self.job.connection
        if connection is not None and connection is not self.shown:
            self.shown = connection
            self.query_one(LadderRows).show(connection, self.number)
            for lines in self.query(StreamLines):
                lines.show(connection)
            self.action_section(self.section)
        if self.reading is not None and self.reading.done:
            self.query_one(PayloadRows).show(self.reading.parts, self.reading.connection.names)
        self.show_heading()

    def show_heading(self) -> None:
        """Which connection, or how far it is."""
        language, word = self.state.language, self.state.word
        name = plain(self.packets.growing.name)
        if self.job.fault:
            heading = Text(f" {plain(self.job.fault)}", palette.FAULT)
        elif self.shown is None and self.job.done:
            heading = Text(f" {word('stream.untold')}", palette.FAULT)
        elif self.shown is None:
            heading = Text(" " + word(self.job.doing, share=f"{self.job.share:.0%}"))
        else:
            from dissect.render.streampage import StreamPage

            lines = StreamPage(self.shown, language, name).heading()
            heading = Text("\n").join([Text(" ").append_text(line) for line in lines])
        self.say("heading", heading)
        names = Text(no_wrap=True)
        for number, section in enumerate(SECTIONS, 1):
            here = section == self.section
            style = Style(bold=here, reverse=here, meta={"@click": f"screen.section('{section}')"})
            names.append(f" {number} {language.word(f'stream.{section}')} ", style).append(" ")
        if self.reading is not None and not self.reading.done and self.section == "payload":
            names.append(word("stream.reading"), palette.QUIET)
        self.say("sections", names)

    def retell(self) -> None:
        """Another language."""
        self.query_one(LadderRows).recount()
        for lines in self.query(StreamLines):
            lines.changed()
        self.query_one(PayloadRows).recount()
        self.show_heading()

    def action_section(self, name: str) -> None:
        """Another section."""
        self.section = name
        for each in SECTIONS:
            self.set_class(each == name, f"-{each}")
        shown = self.query_one(f"#{name}")
        self.set_focus(shown, scroll_visible=False)
        if isinstance(shown, StreamLines):
            shown.changed()
        if name == "payload" and self.reading is None and self.shown is not None:
            self.reading = Reading(self.packets, self.shown)
            self.reading.start()
        self.show_heading()

    def action_next_section(self, step: int) -> None:
        """The section after this one, or before it."""
        self.action_section(SECTIONS[(SECTIONS.index(self.section) + step) % len(SECTIONS)])

    def action_filter(self) -> None:
        """Only the packets of this connection in the list."""
        if self.shown is not None:
            self.dismiss(f"filter tcp.stream == {self.shown.number}")

    def action_as_hex(self) -> None:
        """The data as text or as hex."""
        self.query_one(PayloadRows).turn()
        self.action_section("payload")

    def action_other(self, step: int) -> None:
        """The connection after this one, or before it."""
        if self.shown is not None and 0 <= self.shown.number + step < self.job.streams:
            if self.reading is not None:
                self.reading.stop()
            self.job = Opening(self.packets, stream=self.shown.number + step)
            self.reading, self.shown, self.number = None, None, 0
            self.job.start()
            self.tick()

    def on_rows_opened(self, event: Rows.Opened) -> None:
        """An arrow leads to its packet; a fold opens."""
        if isinstance(event.rows, LadderRows) and event.rows.unfold():
            return
        number = event.rows.number if isinstance(event.rows, LadderRows | PayloadRows) else 0
        if number:
            self.dismiss(f"go {number}")
