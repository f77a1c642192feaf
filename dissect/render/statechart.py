"""The eleven states drawn as the classic figure has them (RFC 9293 figure 5), with the paths of both ends lit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from dissect.explain.language import Language
from dissect.render import palette
from dissect.render.canvas import Canvas, Point
from dissect.render.flow import flowing
from dissect.streams.paths import End, Paths, Visit
from dissect.streams.states import Event, State

WIDTH, HEIGHT = 74, 38
BOX, TALL = 16, 4
LEFT, MIDDLE, RIGHT = 0, 29, 58
PLACES: dict[State, Point] = {
    State.CLOSED: (MIDDLE, 0), State.LISTEN: (MIDDLE, 6), State.SYN_RECEIVED: (LEFT, 12), State.SYN_SENT: (RIGHT, 12),
    State.ESTABLISHED: (MIDDLE, 18), State.FIN_WAIT_1: (LEFT, 24), State.CLOSING: (MIDDLE, 24),
    State.CLOSE_WAIT: (RIGHT, 24), State.FIN_WAIT_2: (LEFT, 30), State.TIME_WAIT: (MIDDLE, 30), State.LAST_ACK: (RIGHT, 30),
}  # fmt: skip
END = (MIDDLE, 36)  # CLOSED once more, at the end
ESTABLISHED, CLOSED = State.ESTABLISHED, State.CLOSED


class Arrow(NamedTuple):
    """How one state follows another: the line, and the place and key of the words beside it."""

    state: State
    to: State
    points: tuple[Point, ...]
    word: str
    at: Point


ARROWS: tuple[Arrow, ...] = (
    Arrow(CLOSED, State.LISTEN, ((33, 3), (33, 5)), "passive", (20, 4)),
    Arrow(CLOSED, State.SYN_SENT, ((44, 1), (70, 1), (70, 11)), "active", (47, 0)),
    Arrow(State.SYN_SENT, CLOSED, ((64, 12), (64, 2), (45, 2)), "unopened", (47, 3)),
    Arrow(State.LISTEN, State.SYN_RECEIVED, ((29, 7), (5, 7), (5, 11)), "syn", (7, 6)),
    Arrow(State.SYN_RECEIVED, State.LISTEN, ((11, 12), (11, 8), (28, 8)), "rst", (13, 9)),
    Arrow(State.LISTEN, State.SYN_SENT, ((44, 8), (60, 8), (60, 11)), "send", (46, 9)),
    Arrow(State.SYN_SENT, State.SYN_RECEIVED, ((58, 13), (16, 13)), "crossed", (20, 12)),
    Arrow(State.SYN_RECEIVED, ESTABLISHED, ((12, 15), (12, 19), (28, 19)), "ack", (14, 18)),
    Arrow(State.SYN_SENT, ESTABLISHED, ((62, 15), (62, 19), (45, 19)), "syn-ack", (46, 18)),
    Arrow(State.SYN_RECEIVED, State.FIN_WAIT_1, ((3, 15), (3, 23)), "close-short", (4, 17)),
    Arrow(ESTABLISHED, State.FIN_WAIT_1, ((29, 20), (10, 20), (10, 23)), "close", (14, 21)),
    Arrow(ESTABLISHED, State.CLOSE_WAIT, ((44, 20), (66, 20), (66, 23)), "fin", (48, 21)),
    Arrow(State.FIN_WAIT_1, State.CLOSING, ((15, 25), (28, 25)), "fin-short", (18, 24)),
    Arrow(State.FIN_WAIT_1, State.TIME_WAIT, ((15, 26), (22, 26), (22, 31), (28, 31)), "fin-ack", (24, 29)),
    Arrow(State.FIN_WAIT_1, State.FIN_WAIT_2, ((7, 27), (7, 29)), "ack", (9, 28)),
    Arrow(State.FIN_WAIT_2, State.TIME_WAIT, ((15, 32), (28, 32)), "fin-short", (18, 33)),
    Arrow(State.CLOSING, State.TIME_WAIT, ((36, 27), (36, 29)), "ack", (38, 28)),
    Arrow(State.CLOSE_WAIT, State.LAST_ACK, ((66, 27), (66, 29)), "close", (54, 28)),
    Arrow(State.TIME_WAIT, CLOSED, ((36, 33), (36, 35)), "2msl", (38, 34)),
    Arrow(State.LAST_ACK, CLOSED, ((66, 33), (66, 37), (45, 37)), "ack", (54, 36)),
)  # fmt: skip
LETTERS = "AB"
LIT = {"A": "bold green", "B": "bold magenta", "AB": "bold"}
UNSURE = "?"


class StateChart:
    """The chart for a rich console, with both ends' paths in words below; `names` are the two ends'."""

    def __init__(self, paths: Paths, names: tuple[str, str], language: Language) -> None:
        self.paths, self.names, self.language = paths, names, language
        self.ends = dict(zip(LETTERS, (paths.first, paths.second), strict=True))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if options.max_width >= WIDTH:
            yield from self.draw(ascii_only=options.ascii_only).lines()
            yield Text(self.language.word("chart.legend"), palette.QUIET)
        for letter, name in zip(LETTERS, self.names, strict=True):
            yield flowing(self.path(letter, name))

    def draw(self, *, ascii_only: bool = False) -> Canvas:
        """The figure."""
        canvas = Canvas(WIDTH, HEIGHT + 1, ascii_only=ascii_only)
        walked = self._walked()
        for lit in (False, True):  # the lit lines lie over the others
            for arrow in ARROWS:
                who = walked.get((arrow.state, arrow.to), "")
                if bool(who) == lit:
                    canvas.arrow(arrow.points, heavy=lit, style=LIT.get(who, palette.QUIET))
                    canvas.put(*arrow.at, self.language.word(f"chart.{arrow.word}"), LIT.get(who, palette.QUIET))
        for state, place in PLACES.items():
            self._box(canvas, state, place, self._visits(state, begun=True))
        self._box(canvas, CLOSED, END, self._visits(CLOSED, begun=False), tall=3)
        return canvas

    def _box(self, canvas: Canvas, state: State, place: Point, visits: dict[str, str], tall: int = TALL) -> None:
        style = LIT.get("".join(visits), palette.QUIET)
        canvas.box(*place, BOX, tall, heavy=bool(visits), style=style)
        x, y = place
        canvas.center(x + 1, y + 1, BOX - 2, state, style)
        said = " ".join(f"{letter}{numbers}" for letter, numbers in visits.items())
        if tall == TALL:
            canvas.center(x + 1, y + 2, BOX - 2, said if len(said) <= BOX - 2 else said[: BOX - 3] + "…", style)
        elif said:
            canvas.put(x - 1 - len(said), y + 1, said, style)

    def _visits(self, state: State, *, begun: bool) -> dict[str, str]:
        """Who was in a state, by which packets; CLOSED `begun` is the one before anything, the other what follows."""
        found = {}
        for letter, end in self.ends.items():
            visits = [
                visit
                for at, visit in enumerate(end.visits)
                if visit.state is state and (state is not CLOSED or begun == (at == 0))
            ]
            if visits:
                numbers = ",".join(str(visit.number) for visit in visits if visit.number)
                found[letter] = numbers + ("" if all(visit.sure for visit in visits) else UNSURE)
        return found

    def _walked(self) -> dict[tuple[State, State], str]:
        """Which ends went from one state to another."""
        found: dict[tuple[State, State], str] = {}
        for letter, end in self.ends.items():
            for state, visit in _steps(end):
                if letter not in found.get((state, visit.state), "") and not _aborted(visit):
                    found[state, visit.state] = found.get((state, visit.state), "") + letter
        return found

    def path(self, letter: str, name: str) -> Text:
        """One end's states in words, with the packets that led there."""
        line = Text().append(f"{letter} ", LIT[letter]).append(name, palette.NAME).append(": ")
        visits = self.ends[letter].visits
        if not visits:
            return line.append(self.language.word("chart.unseen"))
        for at, visit in enumerate(visits):
            step = f" → {visit.number} " if at else ""
            line.append(step, palette.QUIET).append(visit.state + ("" if visit.sure else UNSURE))
            if visit.event in (Event.RECEIVE_RST, Event.ABORT):
                line.append(" (RST)")
        return line


def _steps(end: End) -> Iterator[tuple[State, Visit]]:
    for before, visit in zip(end.visits, end.visits[1:], strict=False):
        yield before.state, visit


def _aborted(visit: Visit) -> bool:
    """Whether a reset led there: such steps may leave from anywhere and are not drawn, but for SYN_SENT and SYN_RECEIVED."""
    return visit.event in (Event.RECEIVE_RST, Event.ABORT) and visit.state is CLOSED
