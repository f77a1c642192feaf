"""The datagram of a fragment over the screen: how its pieces tile it, and the whole, field by field."""

from __future__ import annotations

from typing import ClassVar, cast

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal

from dissect.capture.frames import Frames
from dissect.explain.readings import Around, Tiling
from dissect.fragments.datagram import Datagram
from dissect.fragments.pieces import Piece
from dissect.fragments.search import datagram_of
from dissect.render import palette
from dissect.render.plain import plain
from dissect.render.tiling import ASCII, DatagramPicture, Signs
from dissect.tui.explainpane import ExplainPane
from dissect.tui.headers import Headers
from dissect.tui.keybar import KeyBar
from dissect.tui.keys import DATAGRAM_KEYS
from dissect.tui.overlay import Over, Said
from dissect.tui.packets import Nearby, Packets
from dissect.tui.related import Related
from dissect.tui.rows import HERE, Rows
from dissect.tui.selection import Selection
from dissect.tui.state import State

PARTS = ("pieces", "headers", "explain")


class Putting(Nearby):
    """Puts the datagram together that packet `number` carries a piece of."""

    def __init__(self, packets: Packets, number: int, piece: Piece) -> None:
        super().__init__(packets.reader())
        self.number, self.piece = number, piece
        self.datagram: Datagram | None = None

    def work(self) -> None:
        """Looks for the other pieces."""
        with self.frames:
            self.datagram = datagram_of(cast(Frames, self), self.number, self.piece)


class PieceRows(Rows):
    """A piece or a hole a row; the scale stays at the top."""

    HEAD: ClassVar[int] = 1

    def __init__(self, state: State) -> None:
        super().__init__(id="pieces")
        self.state = state
        self.picture: DatagramPicture | None = None
        self.lines: list[tuple[int, Text]] = []
        self._made: tuple[object, ...] = ()
        self._wanted = 0

    def show(self, datagram: Datagram, number: int) -> None:
        """A datagram, with the cursor on the piece of a packet."""
        self.picture, self._wanted = DatagramPicture(datagram, self.state.language, every=True), number
        self.recount()

    @property
    def count(self) -> int:
        """Lines below the scale."""
        return max(0, len(self.lines) - 1)

    @property
    def number(self) -> int:
        """The packet of the row with the cursor, or 0."""
        return self.lines[self.cursor + 1][0] if self.cursor < self.count else 0

    def recount(self) -> None:
        """Draws the bars where the width or the language is another."""
        width = self.scrollable_content_region.width - 2
        made = width, self.state.language.code, self.picture
        if self.picture is not None and width > 0 and made != self._made:
            self._made = made
            self.picture.language = self.state.language
            signs = ASCII if self.app.console.options.ascii_only else Signs()
            self.lines = list(self.picture.tiles(signs, width))
            self.styles.max_height = max(4, min(len(self.lines) + 1, self.app.size.height * 2 // 5))
            if self._wanted:
                self.cursor = next((row for row, (own, _) in enumerate(self.lines[1:]) if own == self._wanted), 0)
                self._wanted = 0
        super().recount()

    def head(self, width: int) -> Text:  # noqa: ARG002 - drawn for the width before
        """The scale."""
        return Text("  ").append_text(self.lines[0][1]) if self.lines else Text()

    def line(self, row: int, width: int) -> Text:  # noqa: ARG002 - drawn for the width before
        """A bar."""
        return Text(HERE[0] if row == self.cursor else "  ").append_text(self.lines[row + 1][1])


class DatagramScreen(Over):
    """The result is "go N", "filter …" or nothing."""

    DEFAULT_CSS = """
    DatagramScreen > #heading { height: auto; max-height: 2; background: $panel; }
    DatagramScreen > #pieces { height: auto; border-top: heavy $accent; }
    DatagramScreen > #remarks { height: auto; max-height: 8; padding: 0 1; }
    DatagramScreen > Horizontal { height: 1fr; }
    DatagramScreen #headers, DatagramScreen #explain { height: 100%; width: 1fr; }
    DatagramScreen.-void Horizontal { display: none; }
    DatagramScreen.-void > #pieces { height: 1fr; }
    DatagramScreen.-narrow Horizontal { layout: vertical; }
    DatagramScreen.-narrow #headers, DatagramScreen.-narrow #explain { height: 1fr; width: 100%; }
    """
    KEYS = DATAGRAM_KEYS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key.key, key.action, show=False, priority=key.key in ("tab", "shift+tab"))
        for key in DATAGRAM_KEYS
        if key.action
    ]

    def __init__(self, job: Putting, state: State, wanted: str) -> None:
        super().__init__()
        self.job, self.state, self.wanted = job, state, wanted
        self.selection = Selection()
        self.shown: Datagram | None = None

    def compose(self) -> ComposeResult:
        """The heading, the pieces, what is remarkable, the whole."""
        yield Said("heading")
        yield PieceRows(self.state)
        yield Said("remarks")
        with Horizontal():
            yield Headers(self.selection, self.state)
            yield ExplainPane(self.selection, self.state)
        yield KeyBar(self.KEYS, self.state.word)

    def on_mount(self) -> None:
        """Looks whether it is put together."""
        self.query_one(PieceRows).focus()
        self.on_resize()
        self.tick()
        self.set_interval(0.1, self.tick)

    def on_unmount(self) -> None:
        """Nobody waits any more."""
        self.job.stop()

    def on_resize(self) -> None:
        """A narrow screen has the panes of the whole below each other."""
        self.set_class(self.size.width < 100, "-narrow")

    def tick(self) -> None:
        """Shows what was found since."""
        found = self.job.datagram
        if found is not None and found is not self.shown:
            self.shown = found
            self.query_one(PieceRows).show(found, self.job.number)
            whole = found.packet()
            self.set_class(whole is None, "-void")
            self.selection.choose_packet(whole)
            if whole is not None:
                tiling = Tiling(0, tuple(found.packets), whole.frame.wire_length)
                self.selection.learn(Related(Around(tiling=tiling)))
        self.show_heading()

    def show_heading(self) -> None:
        """Which datagram, and what became of it."""
        word, picture = self.state.word, self.query_one(PieceRows).picture
        if picture is None:
            said = plain(self.job.fault) or word("datagram.alone" if self.job.done else "datagram.putting")
            self.say("heading", Text(f" {said}", palette.FAULT if self.job.done else ""))
            return
        self.say("heading", Text(" ").append_text(picture.heading()))
        remarks = [Text(text, style) for text, style in picture.remarks()]
        self.say("remarks", Text("\n").join(remarks))
        self.query_one(Headers).border_title = word("pane.headers")
        self.query_one(ExplainPane).border_title = word("pane.explain")

    def retell(self) -> None:
        """Another language."""
        self.query_one(PieceRows).recount()
        self.query_one(Headers).refresh()
        self.query_one(ExplainPane).changed()
        self.show_heading()

    def action_next_part(self, step: int) -> None:
        """The pieces, the headers of the whole, their explanation."""
        focused = self.focused.id if self.focused is not None and self.focused.id in PARTS else PARTS[0]
        name = PARTS[(PARTS.index(focused or PARTS[0]) + step) % len(PARTS)]
        self.set_focus(self.query_one(f"#{name}"), scroll_visible=False)

    def action_filter(self) -> None:
        """Only its pieces in the list."""
        self.dismiss(f"filter {self.wanted}")

    def on_rows_opened(self, event: Rows.Opened) -> None:
        """A piece leads to its packet."""
        if isinstance(event.rows, PieceRows) and event.rows.number:
            self.dismiss(f"go {event.rows.number}")
