"""Explanations as pages: one field, with its place and with what a packet holds in it; one topic; the contents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text

from dissect.explain import Entry
from dissect.explain.arithmetic import lay_out
from dissect.explain.language import Language
from dissect.packet import Layer, Value
from dissect.render import palette, words
from dissect.render.addition import addition
from dissect.render.fieldtable import place_bits, place_bytes
from dissect.render.flow import flowing
from dissect.render.lit import field_picture, value_picture
from dissect.render.optiontree import finding_line
from dissect.render.page import narrow
from dissect.render.prose import prose
from dissect.render.setting import Setting
from dissect.wire.field import Field, Header, place
from dissect.wire.registry import HEADERS
from dissect.wire.stream import MADE_FROM

MOST_NAMES = 12


class FieldPage:
    """A field in a language; with `setting` every value that it has in that packet.

    `told` is the value, with sentences about it, where it comes from the whole connection and stands in no packet.
    With `one`, only that value of that layer, whose picture the reader has in sight already.
    """

    def __init__(
        self, field: Field, header: Header | None, language: Language, setting: Setting | None = None,
        told: tuple[str, list[str]] = ("", []), one: tuple[Layer, Value] | None = None,
    ) -> None:  # fmt: skip
        self.field = field
        self.told = told
        self.header = header
        self.language = language
        self.setting = setting
        self.one = one

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        own = self.language.caption(self.field.name)
        names = [own, self.field.label] if own and own not in self.field.label else [self.field.label]
        title = Text(self.field.name, palette.TITLE).append("".join(f"  {name}" for name in names), "not bold")
        if self.header is not None:
            title.append(f"  {self.language.title(self.header)}", f"not bold {palette.QUIET}")
        yield flowing(title)
        yield Text(" · ".join(self._facts()), palette.QUIET)
        if self.setting is not None:
            yield from self._values(self.setting.on(options))
        elif self.header is not None and self.field.bits != 0:
            yield Text()
            yield from narrow(self.language, options.max_width)
            yield field_picture(
                self.field, self.header, self.language, options.max_width, ascii_only=options.ascii_only
            )
        entry = self.language.entry(self.field.name)
        if entry is not None:
            yield from prose(entry, self.language)
        yield from self._names()

    def _facts(self) -> Iterator[str]:
        field, word = self.field, self.language.word
        if not field.bits:
            yield word("fact.derived" if field.bits == 0 else "fact.rest")
        else:
            yield word("fact.bit" if field.bits == 1 else "fact.bits", count=field.bits)
        if self.header is not None and field.bits:
            where = next((slot for slot in place(self.header.fields) if slot.field is field), None)
            if where is not None and not any(row.when or row.unless for row in self.header.fields):
                yield word("fact.from" if self.header in HEADERS else "fact.from.option", bit=where.bit)
        if field.unit:
            yield word("fact.unit", unit=self.language.term(field.unit))
        if field.scale != 1:
            yield word("fact.scale", scale=field.scale)
        if field.expect is not None:
            yield word("fact.expect", value=field.expect)
        cite = field.cite or (self.header.cite if self.header is not None else "")
        if cite:
            yield cite
        if field.aliases:
            yield word("fact.also", names=", ".join(field.aliases))

    def _values(self, setting: Setting) -> Iterator[RenderableType]:
        packet, name = setting.packet, self.field.name
        hits = [(layer, value) for layer in packet.layers for value in layer.walk() if value.name == name]
        hits = hits if self.one is None else [self.one]
        worth, said = self.told
        if worth:
            yield Text()
            line = Text(setting.word("value", number=packet.frame.number), palette.QUIET)
            yield line.append(worth, f"not dim {palette.NAME}")
            yield from (Padding(flowing(Text(each)), (0, 0, 0, 2), expand=False) for each in said)
            yield from self._source(setting)
        elif not hits:
            yield Text(setting.word("value.none", number=packet.frame.number, name=name), palette.NAME)
        for layer, value in hits:
            yield Text()
            yield from self._value(layer, value, setting)

    def _source(self, setting: Setting) -> Iterator[RenderableType]:
        """What the value in the header means that this one is counted from; of several layers the innermost counts."""
        name = MADE_FROM.get(self.field.name)
        found = [(layer, each) for layer in setting.packet.layers for each in layer.walk() if each.name == name]
        for layer, value in found[-1:]:
            yield Padding(Text(f"{value.name} {words.shown(value, setting.language.term)}"), (0, 0, 0, 2), expand=False)
            for reading in setting.readings(layer, value):
                yield Padding(flowing(Text(reading)), (0, 0, 0, 4), expand=False)

    def _value(self, layer: Layer, value: Value, setting: Setting) -> Iterator[RenderableType]:
        frame = setting.packet.frame
        line = Text(setting.word("value", number=frame.number), palette.QUIET)
        line.append(words.shown(value, setting.language.term), f"not dim {palette.NAME}")
        said = setting.language.term(words.meaning(value))
        yield line.append(f"  {said}" if said else "", "not dim")
        for reading in setting.readings(layer, value):
            yield Padding(flowing(Text(reading)), (0, 0, 0, 2), expand=False)
        if value.bits:
            bits = place_bits(value)
            key = "value.bits" if bits else "value.bytes"
            raw = frame.data[value.start : value.stop].hex(" ")
            yield Text(setting.word(key, place=place_bytes(value), bits=bits, hex=raw), palette.QUIET)
        if value.bits and self.one is None:
            yield Text()
            yield from narrow(setting.language, setting.width)
            yield value_picture(layer, value, setting)
        for finding in (*layer.findings, *(each for option in layer.options for each in option.findings)):
            if finding.field == value.name:
                yield finding_line(finding, setting)
        made = lay_out(setting.packet, layer, value)
        if made is not None:
            yield from addition(made, setting.language)

    def _names(self) -> Iterator[RenderableType]:
        names = self.field.names
        if not names or self.field.named_by:
            return
        yield Text()
        yield Rule(Text(f" {self.language.word('values')} ", palette.TITLE), align="left", style=palette.QUIET)
        for number, name in list(names.items())[:MOST_NAMES]:
            yield Text(f"  {self.field.text(number):>8}  {name}")
        if len(names) > MOST_NAMES:
            yield Text("  " + self.language.word("values.more", count=len(names) - MOST_NAMES), palette.QUIET)


class EntryPage:
    """A topic, a call, a header, an option or a finding."""

    def __init__(self, entry: Entry, language: Language, header: Header | None = None) -> None:
        self.entry = entry
        self.language = language
        self.header = header

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        title = Text(self.entry.title or self.entry.name, palette.TITLE)
        english = self.language.english(self.entry)
        title.append(f"  {english}" if english else "", "not bold")
        yield flowing(title.append(f"  {self.entry.name}", f"not bold {palette.QUIET}"))
        if self.header is not None:
            yield Text()
            yield from narrow(self.language, options.max_width)
            row = next(iter(self.header.fields), None)
            if row is not None:
                yield field_picture(
                    Field("", 0, ""), self.header, self.language, options.max_width, ascii_only=options.ascii_only
                )
        yield from prose(self.entry, self.language)


class Contents:
    """Entries by group, as a table of contents or as the hits of a search: name and gist."""

    def __init__(self, groups: Iterable[tuple[str, list[tuple[str, str]]]], lines: Iterable[str] = ()) -> None:
        self.groups = list(groups)
        self.lines = list(lines)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from (flowing(Text(line)) for line in self.lines)
        width = max((cell_len(name) for _, rows in self.groups for name, _ in rows), default=0)
        for title, rows in self.groups:
            if title:
                yield Text()
                yield Text(title, palette.TITLE)
            for name, gist in rows:
                line = Text("  " + name + " " * (width - cell_len(name) + 2)).append(gist, palette.QUIET)
                line.truncate(options.max_width, overflow="ellipsis")
                yield line
