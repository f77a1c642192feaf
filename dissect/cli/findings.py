"""The findings of a capture as lines: counts by rule, then one line a finding, coloured by severity."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from dissect.render import palette
from dissect.render.plain import plain
from dissect.wire.findings import RULES, Severity

if TYPE_CHECKING:
    from dissect.check.tally import Tally
    from dissect.check.work import Line
    from dissect.explain.language import Language

COLOURS = {Severity.ERROR: "1;31", Severity.WARNING: "33", Severity.NOTE: "2"}


class Style(NamedTuple):
    """How the lines look: in which language, in colour or not, how wide the terminal is (0: as wide as need be)."""

    language: Language
    colour: bool = False
    width: int = 0

    def severity(self, severity: Severity) -> str:
        """Sign and word, in the severity's colour."""
        words = [self.language.word(f"severity.{each}") for each in Severity]
        said = f"{palette.MATTERS[severity][0]} {self.language.word(f'severity.{severity}')}"
        return self.painted(said, severity) + " " * (2 + max(map(wide, words)) - wide(said))

    def painted(self, text: str, severity: Severity) -> str:
        """The text in the colour of a severity."""
        return f"\x1b[{COLOURS[severity]}m{text}\x1b[0m" if self.colour else text


def wide(text: str) -> int:
    """Columns that a text takes; Chinese characters take two."""
    return sum(2 if ord(char) >= 0x2E80 else 1 for char in text)


def summary(tally: Tally, style: Style) -> Iterator[str]:
    """How much was found, then a line for each rule: severity, how often, which, what it means, where first."""
    word = style.language.word
    counts = [(each, tally.of(each)) for each in Severity]
    said = word("then").join(
        word(f"check.{each}" if count == 1 else f"check.{each}s", count=count) for each, count in counts if count
    )
    packets = word("check.packet" if tally.packets == 1 else "check.packets", count=tally.packets)
    yield word("check.total", packets=packets, found=said or word("check.nothing"))
    if not tally.broken:
        return
    yield ""
    width = max(len(f"{tally.count(rule):,}") for rule in tally.broken)
    longest = max(map(len, tally.broken))
    for rule in tally.broken:
        severity, numbers = RULES[rule].severity, tally.numbers(rule)
        left = f"{style.severity(severity)}  {tally.count(rule):>{width},}  {rule:{longest}}  "
        indent = (
            wide(palette.MATTERS[severity][0])
            + 3
            + max(wide(word(f"severity.{each}")) for each in Severity)
            + width
            + 2
        )
        more = " …" if tally.count(rule) > len(numbers) else ""
        where = word(
            "check.where" if len(numbers) == 1 and not more else "check.wheres",
            numbers=", ".join(map(str, numbers)) + more,
        )
        title = style.language.title_of(rule)
        if style.width and indent + 2 + longest + wide(f"{title}: {where}") > style.width:
            yield f"{left}{title}"
            yield f"{' ' * (indent + 2)}{where}"
        else:
            yield f"{left}{title}{word('check.colon')}{where}"


def lines(found: Sequence[Line], style: Style) -> Iterator[str]:
    """A line for each finding: packet number, severity, rule, field, message, section."""
    if not found:
        return
    number = max(5, len(str(found[-1].number)))
    for line in found:
        said = plain(style.language.finding(line.finding))
        cite = style.painted(f" ({line.finding.cite})", Severity.NOTE) if line.finding.cite else ""
        severity = style.severity(line.finding.rule.severity)
        yield f"{line.number:>{number}}  {severity}  {line.rule}  {line.field}{style.language.word('check.colon')}{said}{cite}"


def document(line: Line, language: Language) -> str:
    """A finding as one line of JSON."""
    finding = line.finding
    return json.dumps({
        "frame.number": line.number, "rule": line.rule, "severity": str(finding.rule.severity), "field": line.field,
        "layer": line.layer, "message": language.finding(finding), "cite": finding.cite,
    })  # fmt: skip
