"""How pieces tile a datagram: a bar for each on one scale, what is missing, what overlaps, what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from dissect.explain.language import Language
from dissect.fragments.datagram import Closed, Datagram, Overlap, Status, Tile
from dissect.fragments.reassembly import AGE, COUNT, MEMORY
from dissect.render import palette, words
from dissect.render.flow import flowing
from dissect.render.listing import relative
from dissect.wire.numbers import PROTOCOLS

NARROWEST = 20  # columns of the shortest bar
WIDEST = 72
FIRST_ROWS, LAST_ROWS = 20, 4  # pieces drawn one by one, where there are more
MOST_REMARKS = 12


class Signs(NamedTuple):
    """What a bar is made of."""

    new: str = "█"
    again: str = "▒"
    conflict: str = "✗"
    cut: str = "╌"
    hole: str = "·"
    left: str = "├"
    line: str = "─"
    right: str = "┤"


ASCII = Signs("=", "+", "x", "-", ".", "|", "-", "|")
STYLES = {"new": "green", "again": "yellow", "conflict": palette.FAULT, "cut": "yellow", "hole": palette.FAULT}


def ends(datagram: Datagram) -> tuple[str, str]:
    """The two addresses as text."""
    import socket

    family = socket.AF_INET if datagram.identity.version == 4 else socket.AF_INET6
    source, destination = (socket.inet_ntop(family, each) for each in datagram.identity[:2])
    return source, destination


def ident(datagram: Datagram) -> str:
    """The identification, as wide as its field."""
    return f"0x{datagram.identity.ident:0{4 if datagram.identity.version == 4 else 8}x}"


class DatagramPicture:
    """A datagram for a rich console; `number` counts them in the capture; of many pieces some are drawn, or `every` one."""

    def __init__(self, datagram: Datagram, language: Language, number: int = 0, *, every: bool = False) -> None:
        self.datagram, self.language, self.number, self.every = datagram, language, number, every

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        signs = ASCII if options.ascii_only else Signs()
        yield self.heading()
        yield from self.bars(signs, options.max_width)
        for text, style in self.remarks():
            yield flowing(Text(text, style))

    def heading(self) -> Text:
        """Between whom it goes, and in how many pieces."""
        datagram, word = self.datagram, self.language.word
        title = word("fragments.datagram", number=self.number) if self.number else word("fragments.whole")
        source, destination = ends(datagram)
        said = f"  {source} → {destination} · {PROTOCOLS.get(datagram.protocol, datagram.protocol)} · "
        facts = word("fragments.facts", ident=ident(datagram), count=len(datagram.tiles))
        return Text(title, palette.TITLE).append(said + facts, "not bold")

    def bars(self, signs: Signs, width: int) -> Iterator[Text]:
        """The scale, a bar a piece in the order of arrival, a bar a hole."""
        for _, line in self.tiles(signs, width):
            yield line

    def tiles(self, signs: Signs, width: int) -> Iterator[tuple[int, Text]]:
        """The same lines, each with the number of its piece's packet; 0 where it is about none."""
        datagram, word = self.datagram, self.language.word
        total = max(datagram.reach, 1)
        rows = list(self._rows())
        heads = [word(f"fragments.{name}") for name in ("packet", "time", "bytes", "count")]
        texts = [list(row[1]) for row in rows]
        sizes = [max(cell_len(cell) for cell in column) for column in zip(heads, *texts, strict=True)]
        last = max(cell_len(row[2]) for row in rows)
        room = min(WIDEST, width - sum(sizes) - 2 * len(sizes) - 2 - last)
        drawn = room >= NARROWEST
        scale = _scale(total, room, signs) if drawn else ""
        yield 0, Text(scale + "  " * drawn + _cells(heads, sizes), palette.QUIET)
        for bar, cells, more in rows:
            line = _bar(bar, total, room, signs) if drawn else Text()
            line.append("  " * drawn).append(_cells(list(cells), sizes)).append("  " + more if more else "")
            yield int(cells[0]) if cells[0].isdecimal() else 0, line
        if drawn:
            yield from ((0, line) for line in self.legend(signs))

    def _rows(self) -> Iterator[tuple[list[tuple[int, int, str]], tuple[str, str, str, str], str]]:
        """Parts of a bar, the texts beside it, and a last word."""
        datagram, word = self.datagram, self.language.word
        started = datagram.tiles[0].piece.time
        overlaps: dict[int, list[Overlap]] = {}
        for overlap in datagram.overlaps:
            overlaps.setdefault(overlap.number, []).append(overlap)
        left_out = 0 if self.every else len(datagram.tiles) - FIRST_ROWS - LAST_ROWS
        for at, tile in enumerate(datagram.tiles):
            if left_out > 0 and FIRST_ROWS <= at < FIRST_ROWS + left_out:
                if at == FIRST_ROWS:
                    yield [], ("…", "", "", ""), word("fragments.more", count=left_out)
                continue
            piece = tile.piece
            more = "MF" if piece.more else word("fragments.last")
            if tile.duplicate:
                more += " " + word("fragments.duplicate", packet=tile.duplicate)
            span = f"{piece.offset}–{piece.stop - 1}" if piece.length else f"{piece.offset}"
            cells = str(piece.number), relative(piece.time, started), span, str(piece.length)
            yield _parts(tile, overlaps.get(piece.number, [])), cells, more
        for start, stop in datagram.holes():
            reach = stop if stop is not None else max(datagram.reach, start)
            span = f"{start}–{'' if stop is None else stop - 1}"
            cells = "-", "-", span, "" if stop is None else str(stop - start)
            yield [(start, reach, "hole")] if reach > start else [], cells, word("fragments.missing")

    def legend(self, signs: Signs) -> Iterator[Text]:
        """What the signs mean, where a bar has others than that for new bytes."""
        datagram = self.datagram
        used = ["new"]
        if any(each.conflict is None for each in datagram.overlaps) or any(tile.duplicate for tile in datagram.tiles):
            used.append("again")
        if any(overlap.conflict is not None for overlap in datagram.overlaps):
            used.append("conflict")
        if any(tile.cut < tile.piece.stop for tile in datagram.tiles):
            used.append("cut")
        if datagram.holes():
            used.append("hole")
        if len(used) > 1:
            said = [f"{getattr(signs, name)} {self.language.word(f'fragments.sign.{name}')}" for name in used]
            yield Text("   ".join(said), palette.QUIET)

    def remarks(self) -> Iterator[tuple[str, str]]:
        """What is wrong, and what came of it, with the style of each."""
        datagram, word = self.datagram, self.language.word
        for overlap in datagram.overlaps[:MOST_REMARKS]:
            yield self.overlap(overlap), palette.FAULT if overlap.conflict is not None else ""
        rest = len(datagram.overlaps) - MOST_REMARKS
        if rest > 0 or datagram.more_overlaps:
            yield word("fragments.overlaps", count=max(rest, 0) + datagram.more_overlaps), ""
        if datagram.overlaps and datagram.identity.version == 4:
            yield word("fragments.policy"), ""
        if datagram.left_out:
            yield word("fragments.left_out", count=datagram.left_out), ""
        seen = {
            finding.rule.id: (tile, finding) for tile in reversed(datagram.tiles) for finding in tile.piece.findings
        }
        for tile, finding in reversed(seen.values()):
            said = self.language.finding(finding)
            cite = f" ({finding.cite})" if finding.cite else ""
            yield word("fragments.finding", packet=tile.piece.number, text=said) + cite, ""
        if datagram.closed is not Closed.END and datagram.status is Status.HOLES:
            limits = {Closed.AGE: AGE // 10**9, Closed.COUNT: COUNT, Closed.MEMORY: MEMORY >> 20}
            yield word(f"fragments.closed.{datagram.closed}", limit=limits[datagram.closed]), ""
        style = "bold green" if datagram.status is Status.WHOLE else palette.FAULT
        yield "→ " + self.outcome(), style

    def overlap(self, overlap: Overlap) -> str:
        """Who repeats which bytes of whom, and whether they agree."""
        said = self.language.word(
            "fragments.overlap", packet=overlap.number, other=overlap.other, first=overlap.start, last=overlap.stop - 1
        )
        if overlap.conflict is None:
            return said + self.language.word("fragments.agree")
        before, after = overlap.before.hex(" "), overlap.after.hex(" ")
        return said + self.language.word("fragments.conflict", at=overlap.conflict, before=before, after=after)

    def outcome(self) -> str:
        """What becomes of the datagram."""
        datagram = self.datagram
        size, header = datagram.end or 0, datagram.header
        ends = ", ".join(f"{end} ({number})" for end, number in datagram.ends.items())
        said = self.language.word(
            f"fragments.status.{datagram.status}", size=size, total=size + header, reach=datagram.reach, ends=ends
        )
        whole = datagram.packet()
        if whole is None:
            return said
        verdicts = [
            f"{value.name} {self.language.term(value.text)}"
            for layer in whole.layers[1:]
            for value in layer.derived
            if value.name.endswith(".checksum.status") and not layer.quoted
        ]
        return " · ".join([said, words.summary(whole), *verdicts])


def origin(datagram: Datagram, language: Language) -> Callable[[int, int], str]:
    """Names the packets whose bytes begin between two positions of the whole datagram."""
    runs = [(start + datagram.header if start else 0, number) for start, _, number in datagram.origins()]

    def begun(start: int, stop: int) -> str:
        return ", ".join(language.word("fragments.from", packet=number) for at, number in runs if start <= at < stop)

    return begun


def _parts(tile: Tile, overlaps: list[Overlap]) -> list[tuple[int, int, str]]:
    """Ranges of a piece with what they are; later ones are drawn over earlier ones."""
    piece = tile.piece
    parts = [(piece.offset, piece.stop, "again" if tile.duplicate else "new")]
    parts += [(each.start, each.stop, "again" if each.conflict is None else "conflict") for each in overlaps]
    return [*parts, (tile.cut, piece.stop, "cut")] if tile.cut < piece.stop else parts


def _bar(parts: list[tuple[int, int, str]], total: int, room: int, signs: Signs) -> Text:
    kinds = [""] * room
    for start, stop, kind in parts:
        first = min(start * room // total, room - 1)
        last = max(first + 1, min(room, stop * room // total))
        kinds[first:last] = [kind] * (last - first)
    bar = Text()
    for kind in kinds:
        bar.append(getattr(signs, kind) if kind else " ", STYLES.get(kind))
    return bar


def _scale(total: int, room: int, signs: Signs) -> str:
    """A line from 0 to the end, with both written on it."""
    inner = f" {total} " if len(str(total)) + 8 < room else ""
    return f"{signs.left}0 {signs.line * (room - 4 - len(inner))}{inner}{signs.right}"


def _cells(cells: list[str], sizes: list[int]) -> str:
    return "  ".join(" " * (size - cell_len(cell)) + cell for cell, size in zip(cells, sizes, strict=True))
