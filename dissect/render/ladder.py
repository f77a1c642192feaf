"""A connection as a ladder: two ends, an arrow a segment, what each end's state becomes; long runs are folded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from dissect.explain.language import Language
from dissect.render import palette
from dissect.render.flow import breaks
from dissect.render.listing import relative
from dissect.streams.connection import Connection, Remark
from dissect.streams.exchange import ACK, BITS, RST, SYN, Step
from dissect.streams.paths import Visit

RUN = 8  # segments with nothing remarkable that are shown before they are folded
HEAD, TAIL = 3, 1  # of a folded run, what is still shown of its beginning and its end
MOST = 240  # rungs; of more the middle is left out
STATE = 13  # columns of a state's name and its sign
NARROW = 30  # columns of the narrowest ladder that has states beside it
WIDEST = 64
SPEAKING = frozenset({"duplicate_ack"})  # marks whose reason names them
NAMES = {"reset": "RST", "push": "PSH"}
ORDER = ("syn", "fin", "reset", "push", "urg", "ece", "cwr", "ae", "ack")


class Rung(NamedTuple):
    """A segment, and the states that it leads to on either side."""

    step: Step
    left: tuple[str, ...]
    right: tuple[str, ...]
    remarks: tuple[Remark, ...]

    @property
    def plain(self) -> bool:
        """Data or an acknowledgment that changes no state."""
        return not (self.left or self.right or self.step.flags & ~(ACK | BITS["push"]))


class Fold(NamedTuple):
    """Segments that are not shown one by one."""

    rungs: Sequence[Rung]
    middle: bool = False


def flags(step: Step) -> str:
    """The flags that are set, SYN and FIN before ACK; "no flags" where none is."""
    said = [NAMES.get(name, name.upper()) for name in ORDER if step.flags & BITS[name]]
    return "+".join(said) or "no flags"


def rungs(connection: Connection) -> list[Rung]:
    """Every segment with its states."""
    states = [_by_packet(end.visits) for end in (connection.paths.first, connection.paths.second)]
    return [
        Rung(
            step, states[0].get(step.number, ()), states[1].get(step.number, ()),
            connection.remarks.get(step.number, ()),
        )
        for step in connection.steps
    ]  # fmt: skip


def _by_packet(visits: Sequence[Visit]) -> dict[int, tuple[str, ...]]:
    """Packet → the states that an end comes to by it; none before the one that led to the state before."""
    found: dict[int, tuple[str, ...]] = {}
    reached = 0
    for visit in visits[1:]:
        reached = max(reached, visit.number)
        found[reached] = (*found.get(reached, ()), visit.state + ("" if visit.sure else "?"))
    return found


def folded(all_rungs: Sequence[Rung]) -> list[Rung | Fold]:
    """Long runs folded of segments that bring nothing new; where there is still too much, the middle left out.

    A run goes on while no end changes its state and nothing is remarked that was not remarked in it before.
    """
    found: list[Rung | Fold] = []
    run: list[Rung] = []
    known: set[str] = set()
    for rung in all_rungs:
        marks = {remark.mark for remark in rung.remarks}
        if rung.plain and marks <= known:
            run.append(rung)
            continue
        found += _folded(run)
        run, known = ([rung], known | marks) if rung.plain else ([], set())
        if not rung.plain:
            found.append(rung)
    found += _folded(run)
    if len(found) <= MOST:
        return found
    first, last = MOST * 3 // 4, MOST // 4
    middle: list[Rung] = []
    for each in found[first:-last]:
        middle += each.rungs if isinstance(each, Fold) else [each]
    return [*found[:first], Fold(middle, middle=True), *found[-last:]]


def _folded(run: list[Rung]) -> list[Rung | Fold]:
    if len(run) <= RUN:
        return list(run)
    return [*run[:HEAD], Fold(run[HEAD:-TAIL]), *run[-TAIL:]]


class Ladder:
    """The ladder for a rich console."""

    def __init__(self, connection: Connection, language: Language) -> None:
        self.connection, self.language = connection, language

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = LadderLines(self.connection, self.language, options.max_width, ascii_only=options.ascii_only)
        yield from lines.heading()
        for each in folded(rungs(self.connection)):
            yield from lines.fold(each) if isinstance(each, Fold) else lines.rung(each)


class LadderLines:
    """The lines of a ladder in so many columns."""

    def __init__(self, connection: Connection, language: Language, width: int, *, ascii_only: bool) -> None:
        word = language.word
        self.connection, self.word, self.language = connection, word, language
        self.ascii = ascii_only
        self.dash, self.head, self.pole, self.dots = ("-", "<>", "|", ":") if ascii_only else ("─", "◀▶", "│", "⋮")
        heads = word("ladder.time"), word("ladder.packet")
        last = connection.steps[-1] if connection.steps else None
        times = len(relative(last.time, connection.steps[0].time)) if last else 0
        self.time = max(times, cell_len(heads[0]))
        self.number = 1 + max(len(str(last.number)) if last else 0, cell_len(heads[1]))
        self.heads = heads
        beside = self.time + self.number + 1
        self.states = width >= beside + 2 * (STATE + 1) + 2 + NARROW
        self.state = STATE + 1 if self.states else 0
        self.room = max(16, min(WIDEST, width - beside - 2 * self.state - 2))
        self.width = width
        self.indent = beside + self.state

    def _line(
        self, rung: str, time: str = "", number: str = "", left: str = "", right: str = "", style: str = ""
    ) -> Text:
        line = Text(no_wrap=True).append(f"{time:>{self.time}}{number:>{self.number}} ", palette.QUIET)
        if self.states:
            line.append(f"{left:>{self.state - 1}} ", palette.NAME)
        line.append(self.pole, palette.QUIET).append(rung, style).append(self.pole, palette.QUIET)
        if self.states and right:
            line.append(" " + right, palette.NAME)
        return line

    def heading(self) -> Iterator[Text]:
        """Both ends' names above their poles, and the states that they were found in."""
        first, second = self.connection.names
        line = Text(" " * self.indent, no_wrap=True)
        room = self.room + 2
        if cell_len(first) + cell_len(second) + 2 > room:
            yield line.append(first, palette.TITLE)
            yield Text(" " * max(0, self.indent + room - cell_len(second))).append(second, palette.TITLE)
        else:
            gap = room - cell_len(first) - cell_len(second)
            yield line.append(first, palette.TITLE).append(" " * gap).append(second, palette.TITLE)
        found = []
        for end in (self.connection.paths.first, self.connection.paths.second):
            found.append(f"{end.visits[0].state}{'' if end.visits[0].sure else '?'}" if end.visits else "?")
        sizes = zip(self.heads, (self.time, self.number), strict=True)
        line = Text(no_wrap=True)
        line.append("".join(" " * (size - cell_len(head)) + head for head, size in sizes), palette.QUIET)
        beside = self._line(" " * self.room, left=found[0], right=found[1])
        yield line.append_text(beside[self.time + self.number :])

    def rung(self, rung: Rung) -> Iterator[Text]:
        """A segment: its arrow, further states, what is remarkable."""
        step = rung.step
        time = relative(step.time, self.connection.steps[0].time)
        sides = [list(rung.left), list(rung.right)]
        states = [side.pop(0) if side else "" for side in sides]
        *above, label = self._labels(step)
        for text in above:
            yield self._line(f" {text}".ljust(self.room))
        style = palette.FAULT if step.flags & BITS["reset"] else palette.NAME if step.flags & SYN else ""
        yield self._line(self._arrow(label, step.second), time, str(step.number), states[0], states[1], style)
        while any(sides):
            states = [side.pop(0) if side else "" for side in sides]
            yield self._line(" " * self.room, left=states[0], right=states[1])
        for remark in rung.remarks:
            yield from self._remark(remark)

    def _labels(self, step: Step) -> list[str]:
        """What stands on the arrow, in one line or, where that is too long, in two."""
        parts = [flags(step), f"seq={step.seq}"]
        if step.has(ACK):
            parts.append(f"ack={step.ack}")
        if step.length:
            parts.append(f"len={step.length}")
        if step.urgent:
            parts.append(f"urg={step.urgent}")
        more = [] if step.has(RST) else [f"win={step.window}" + ("" if step.scaled else "?")]
        mss = self.connection.mss[step.second]
        if step.flags & SYN and mss is not None:
            more.append(f"mss={mss}")
        blocks = [f"sack={left}-{right}" for left, right in step.sack]
        room = self.room - 5
        while more and len(" ".join(parts + blocks + more)) > room:
            more.pop()
        if len(" ".join(parts + blocks)) <= room:
            return [" ".join(parts + blocks + more)]
        if len(" ".join(parts)) <= room:
            return [" ".join(blocks)[: self.room - 2], " ".join(parts)]
        return [" ".join(parts[:2]), " ".join(parts[2:])[:room]]

    def _arrow(self, label: str, back: bool) -> str:
        said = f" {label} " if label else ""
        left = (self.room - 1 - len(said)) // 2
        right = self.room - 1 - len(said) - left
        body = self.dash * left + said + self.dash * right
        return self.head[0] + body if back else body + self.head[1]

    def _remark(self, remark: Remark) -> Iterator[Text]:
        """The mark in a word, then the reason; "?" where that is a guess."""
        name = self.word(f"mark.{remark.mark}")
        why = self.language.reason(remark.key, remark.blanks, sure=remark.sure)
        title = "" if remark.mark in SPEAKING else self.word("title", title=name)
        yield from self._note(f"{'!' if remark.sure else '?'} {title}{why}")

    def _note(self, text: str, style: str = "yellow") -> Iterator[Text]:
        """Text below an arrow, wrapped between the poles' left and the edge."""
        indent = self.indent + 2 if self.states else self.time + self.number + 2
        room = max(16, self.width - indent - 1)
        for line in Text(text, style).divide(breaks(text, room)):
            line.rstrip()
            yield Text(" " * indent).append_text(line)

    def fold(self, fold: Fold) -> Iterator[Text]:
        """What is folded: how many segments, how many bytes each way, how long."""
        steps = [rung.step for rung in fold.rungs]
        data = [sum(step.length for step in steps if step.second == side) for side in (False, True)]
        count = [sum(1 for step in steps if step.second == side) for side in (False, True)]
        lasted = relative(steps[-1].time, steps[0].time)
        marks = Counter(remark.mark for rung in fold.rungs for remark in rung.remarks)
        said = self.word(
            "ladder.fold", forth=count[0], forth_bytes=data[0], back=count[1], back_bytes=data[1], lasted=lasted,
        )  # fmt: skip
        for mark, times in marks.most_common():
            said += self.word("ladder.marked", count=times, mark=self.word(f"mark.{mark}"))
        if fold.middle:
            said += self.word("ladder.middle", most=MOST)
        span = f"{steps[0].number}–{steps[-1].number}"
        yield self._line(f" {self.dots} ".ljust(self.room), left="", right="")
        yield from self._note(f"{self.word('ladder.packets', span=span)} {said}", palette.QUIET)
        yield self._line(f" {self.dots} ".ljust(self.room))
