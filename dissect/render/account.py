"""What became of a connection, in sentences: how it opened and closed, urgent data, how the path was used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from dissect.explain.language import Language
from dissect.render import palette
from dissect.render.flow import breaks, flowing
from dissect.render.listing import relative
from dissect.render.plain import plain
from dissect.streams.congestion import CITES, Congestion, Kind, Phase, congestion
from dissect.streams.connection import Connection
from dissect.streams.exchange import ACK, SYN, Step
from dissect.streams.states import State

MOST_NAMED = 8  # packets, phases and urgent bytes named one by one
INDENT = 2
TOPICS = {
    Kind.SLOW_START: "topic.slow-start", Kind.AVOIDANCE: "topic.congestion-avoidance", Kind.RECOVERY: "topic.fast-recovery",
    Kind.TIMEOUT: "topic.rto", Kind.RECEIVER: "topic.window",
}  # fmt: skip


class Account:
    """The sentences for a rich console."""

    def __init__(self, connection: Connection, language: Language) -> None:
        self.connection, self.language, self.word = connection, language, language.word

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for sentence in (*self.opening(), *self.closing(), *self.remarks(), *self.urgent()):
            yield flowing(Text(sentence))
        for second in (False, True):
            found = congestion(self.connection.steps, second=second, overtaken=self.connection.overtaken)
            if found.largest:
                yield Text(self.word("account.sending", name=self.name(second)), palette.NAME)
                for line in self.sending(found):
                    for part in line.divide(breaks(line.plain, options.max_width - INDENT)):
                        part.rstrip()
                        yield Text(" " * INDENT).append_text(part)

    def name(self, second: bool) -> str:
        """An end's name."""
        return self.connection.names[second]

    def seconds(self, nanoseconds: int) -> str:
        """A duration in the unit that suits it."""
        if abs(nanoseconds) < 1_000_000:
            return f"{nanoseconds / 1000:.0f} µs"
        return f"{nanoseconds / 1e6:.1f} ms" if abs(nanoseconds) < 1_000_000_000 else f"{nanoseconds / 1e9:.2f} s"

    def opening(self) -> Iterator[str]:
        """Who opened it, and the numbers that both began with."""
        paths, steps = self.connection.paths, self.connection.steps
        if paths.midway:
            yield self.word("account.midway")
            return
        if paths.simultaneous_open:
            yield self.word("account.both-open")
        elif any(step.has(SYN) for step in steps):
            yield from self._handshake(steps)
        initial = [str(number) for number in self.connection.initial if number is not None]
        if initial:
            yield self.word("account.initial", numbers=self.word("account.and").join(initial))

    def _handshake(self, steps: list[Step]) -> Iterator[str]:
        syn = next(step for step in steps if step.has(SYN))
        answer = next((step for step in steps if step.second != syn.second and step.has(SYN)), None)
        if answer is None:
            yield self.word(
                self._unanswered(syn), name=self.name(syn.second), other=self.name(not syn.second),
                tries=sum(step.has(SYN) for step in steps),
            )  # fmt: skip
            return
        third = next((step for step in steps if step.second == syn.second and step.number > answer.number), None)
        yield self.word("account.opened", name=self.name(syn.second), other=self.name(answer.second))
        if third is not None:
            last = max(
                (step for step in steps if step.has(SYN) and step.number < third.number), key=lambda step: step.number
            )
            first = max(
                (s for s in steps if s.has(SYN) and s.second == syn.second and s.number < answer.number),
                key=lambda s: s.number,
            )
            yield self.word(
                "account.trip",
                first=self.seconds(answer.time - first.time),
                second=self.seconds(third.time - last.time),
            )

    def _unanswered(self, syn: Step) -> str:
        """The sentence for a SYN, or a SYN+ACK, that is the only one in the capture."""
        paths = self.connection.paths
        if any(reset.kind == "refused" for reset in paths.resets):
            return "account.refused"
        if paths.end(not syn.second).syn is not None:
            return "account.syn-missing" if syn.has(ACK) else "account.answer-missing"
        return "account.unanswered"

    def closing(self) -> Iterator[str]:
        """Who closed first, half-closes, resets, who waits."""
        paths = self.connection.paths
        fins = [end.fin for end in (paths.first, paths.second)]
        if paths.simultaneous_close:
            yield self.word("account.both-close")
        elif any(fins):
            first = min((fin for fin in fins if fin is not None), key=lambda fin: fin.number)
            count = sum(1 for fin in fins if fin is not None)
            yield self.word(
                "account.closed" if count == 2 else "account.half", name=self.name(first.second), packet=first.number
            )
        for half in paths.half_closes:
            yield self.word(
                "account.half-close", name=self.name(half.second), other=self.name(not half.second),
                lasted=self.seconds(half.lasted), length=half.length,
            )  # fmt: skip
        for reset in paths.resets[:MOST_NAMED]:
            yield self.word(
                f"account.reset.{reset.kind}", packet=reset.number, name=self.name(reset.second), cause=reset.cause
            )
        for second in paths.waiting:
            yield self.word("account.time-wait", name=self.name(second))
        if not any(fins) and not paths.resets and not paths.midway:
            states = [end.state for end in (paths.first, paths.second)]
            if State.ESTABLISHED in states:
                yield self.word("account.open")

    def remarks(self) -> Iterator[str]:
        """How many segments are remarkable, and for what."""
        marks = Counter(remark.mark for each in self.connection.remarks.values() for remark in each)
        if marks:
            named = [f"{self.word(f'mark.{mark}')} {count:,}" for mark, count in marks.most_common()]
            yield self.word("account.remarks", marks=self.word("then").join(named))

    def urgent(self) -> Iterator[str]:
        """Which bytes are urgent, and what the receiver's program sees."""
        for each in self.connection.urgent[:MOST_NAMED]:
            byte = "" if each.byte is None else self.word("account.byte", byte=_quoted(each.byte))
            yield self.word(
                "account.urgent", packet=each.number, at=each.at, byte=byte, name=self.name(not each.second)
            )

    def sending(self, found: Congestion) -> Iterator[Text]:
        """How one end used the path: its initial window, then phase after phase."""
        key = "account.initial-window" if found.more else "account.initial-less"
        sizes = {"size": found.initial, "count": found.segments, "largest": found.largest, "peak": found.peak}
        yield Text(self.word(key, **sizes))
        if found.near is False:
            yield Text(self.word("account.far"))
        elif found.near is None:
            yield Text(self.word("account.somewhere"))
        explained: set[Kind] = set()
        telling = found.phases if any(phase.kind is not Kind.PROGRAM for phase in found.phases) else []
        for phase in telling[:MOST_NAMED]:
            line = Text(self._phase(phase))
            topic = TOPICS.get(phase.kind)
            if topic is not None and phase.kind not in explained:
                line.append(f" ({self.language.gist(topic)})", palette.QUIET)
            explained.add(phase.kind)
            yield line
        if len(telling) > MOST_NAMED:
            yield Text(self.word("account.more", count=len(telling) - MOST_NAMED))

    def _phase(self, phase: Phase) -> str:
        start = self.connection.steps[0].time
        pauses = self.word("account.pauses").join(f"{pause / 1e9:.2f}" for pause in phase.pauses[:MOST_NAMED])
        return self.word(
            f"account.phase.{phase.kind}", begins=relative(phase.begins, start), ends=relative(phase.ends, start),
            first=phase.first, last=phase.last, low=phase.low, high=phase.high, rounds=phase.rounds, cite=CITES[phase.kind],
            pauses=pauses,
        )  # fmt: skip


def _quoted(byte: int) -> str:
    char = chr(byte)
    return f"0x{byte:02x} '{plain(char)}'" if 0x20 <= byte < 0x7F else f"0x{byte:02x}"
