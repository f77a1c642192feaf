"""The sum behind a checksum on the screen: the words as they stand in the packet, the carries, the verdict."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.rule import Rule
from rich.text import Text

from dissect.explain.arithmetic import Sum
from dissect.explain.language import Language
from dissect.render import palette

LINE = 8  # words a line
MOST = 32  # words of a part that are shown


def addition(made: Sum, language: Language) -> Iterator[RenderableType]:
    """The words of each part, their sum, its folding, the complement beside what stands in the packet, hints."""
    word = language.word
    yield Text()
    yield Rule(Text(f" {word('sum.title')} ", palette.TITLE), align="left", style=palette.QUIET)
    for name, found in made.parts:
        yield Text(f"  {word(f'sum.{name}')}", palette.QUIET)
        for at in range(0, min(len(found), MOST), LINE):
            line = Text("    ")
            for index, number in enumerate(found[at : at + LINE], at):
                own = (name, index) == made.skipped
                line.append(f"[{made.stored:04x}]" if own else f" {number:04x} ", palette.NAME if own else "")
            yield line
        if len(found) > MOST:
            yield Text("    " + word("sum.more", count=len(found) - MOST), palette.QUIET)
    yield Text(f"  {made.total:>10x}  ", palette.NAME).append(word("sum.words", count=made.length), palette.QUIET)
    for high, low in made.folds:
        fold = word("sum.fold", high=f"{high:x}", low=f"{low:04x}")
        yield Text(f"  {high + low:>10x}  ", palette.NAME).append(fold, palette.QUIET)
    yield Text(f"  {made.want:>10x}  ", palette.NAME).append(word("sum.complement"), palette.QUIET)
    same = made.stored == made.want
    verdict = word("sum.same" if same else "sum.other")
    yield Text(f"  {made.stored:>10x}  ", palette.NAME if same else palette.FAULT).append(verdict, palette.QUIET)
    for hint, blanks in made.hints:
        yield Text("  " + word(f"sum.hint.{hint}", **blanks))
