"""One connection as a page: its ladder, its states, what happened, and on request its graphs and its data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.rule import Rule
from rich.text import Text

from dissect.explain.language import Language
from dissect.render import palette
from dissect.render.account import Account
from dissect.render.ladder import Ladder
from dissect.render.plain import plain
from dissect.render.plot import Plot
from dissect.render.statechart import StateChart
from dissect.streams.connection import Connection
from dissect.streams.graphs import Graph, plotted

SHARE = 10  # an end is drawn if it sent at least this fraction of the data


class StreamPage:
    """A connection for a rich console; `title` names the file. With `graphs` or `data` only those are shown."""

    def __init__(
        self, connection: Connection, language: Language, title: str, *, graphs: Sequence[Graph] = (),
        data: Iterator[Text] | None = None,
    ) -> None:  # fmt: skip
        self.connection, self.language, self.title = connection, language, title
        self.graphs, self.data = graphs, data

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from self.heading()
        for name, parts in self.sections():
            yield Text()
            text = Text(f" {self.language.word(f'stream.{name}')} ", palette.TITLE)
            yield Rule(text, align="left", style=palette.QUIET, characters="-" if options.ascii_only else "─")
            yield from parts

    def heading(self) -> Iterator[Text]:
        """Which connection, between whom, how large, how long."""
        connection, word = self.connection, self.language.word
        yield Text(word("stream.title", number=connection.number, file=plain(self.title)), palette.TITLE)
        first, second = connection.names
        count = len(connection.steps) + connection.left_out
        lasted = f"{connection.lasted / 1e9:.6f} s"
        yield Text(
            f"{first} → {second} · "
            + word("stream.facts" if count != 1 else "stream.facts.one", packets=count, lasted=lasted)
        )
        if connection.left_out:
            yield Text(word("stream.left_out", count=len(connection.steps), more=connection.left_out), palette.FAULT)

    def sections(self) -> Iterator[tuple[str, Iterator[RenderableType]]]:
        """The parts of the page that were asked for."""
        connection, language = self.connection, self.language
        if not self.graphs and self.data is None:
            yield "ladder", iter([Ladder(connection, language)])
            yield "chart", iter([StateChart(connection.paths, connection.names, language)])
            yield "account", iter([Account(connection, language)])
        if self.graphs:
            yield "graph", chain.from_iterable(self._plots(graph) for graph in self.graphs)
        if self.data is not None:
            yield "payload", iter(self.data)

    def _plots(self, graph: Graph) -> Iterator[RenderableType]:
        for second in drawn(self.connection):
            yield Plot(plotted(self.connection, graph, second=second), self.connection.names[second], self.language)


def drawn(connection: Connection) -> list[bool]:
    """The ends whose sending is worth a graph: those with their share of the data, else the first."""
    sent = [sum(step.length for step in connection.steps if step.second == second) for second in (False, True)]
    return [second for second in (False, True) if sent[second] * SHARE >= sum(sent) > 0] or [False]
