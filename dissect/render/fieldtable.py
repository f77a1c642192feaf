"""The table of a layer's fields: bytes, bits, name, value, meaning; in lines where the console is narrow."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table
from rich.text import Text

from dissect.packet import Finding, Layer, Value
from dissect.render import palette, words
from dissect.render.flow import flowing
from dissect.render.setting import Setting

WIDE = 100  # columns from which parts and options are explained too, and more than one reading stands
TABULAR = 60  # columns from which fields stand in a table
COLUMNS = ("bytes", "bits", "field", "value", "meaning")


def field_table(layer: Layer, setting: Setting) -> Table:
    """Bytes, bits, name, value, meaning of every field that is not an option's."""
    width = setting.width
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), expand=width < WIDE, header_style=palette.QUIET)
    heads = [setting.word(f"column.{name}") for name in COLUMNS]
    table.add_column(heads[0], no_wrap=True, justify="right")
    table.add_column(heads[1], no_wrap=True, justify="right")
    table.add_column(heads[2], no_wrap=True)
    table.add_column(heads[3], overflow="fold", max_width=max(17, width // 4))
    table.add_column(heads[4], ratio=1 if width < WIDE else None)
    for where, bits, name, text, said in rows(layer, setting):
        table.add_row(where, bits, name, text, flowing(said))
    return table


def field_lines(layer: Layer, setting: Setting) -> Iterator[Text]:
    """The same as the table in lines that wrap, for consoles too narrow for columns."""
    for where, bits, name, text, said in rows(layer, setting):
        line = Text(" ").join(part for part in (name, text, said) if part)
        place = f" @{where}" + (f":{bits}" if bits else "") if where else ""
        yield line.append(place, palette.QUIET)


def rows(layer: Layer, setting: Setting) -> Iterator[tuple[str, str, Text, Text, Text]]:
    """Place in bytes and bits, name, value and meaning of each field, its parts below it; derived ones last."""
    colours = palette.by_key(layer)
    faults = {finding.field: finding for finding in layer.findings}
    for value in layer.values:
        for row, depth, older in _with_parts(value):
            name = Text("  " * depth + row.name, colours.get(row.name, ""))
            if row.name in faults:
                name.append(" ").append(sign(faults[row.name], ascii_only=setting.ascii_only), palette.FAULT)
            text = Text(words.shown(row, setting.language.term), palette.NAME if not depth else "")
            said = (
                Text(words.older(row, setting.language.caption))
                if older
                else meaning(layer, row, setting, full=not depth)
            )
            yield place_bytes(row), place_bits(row), name, text, said
    bad = any(value.raw in ("bad", "partial") for value in layer.derived)
    for value in layer.derived:
        if bad or not value.name.endswith("_calculated"):
            style = palette.VERDICTS.get(value.text, palette.NAME)
            said = meaning(layer, value, setting, full=True)
            yield "", "", Text(value.name, palette.QUIET), Text(words.shown(value, setting.language.term), style), said


def _with_parts(value: Value, depth: int = 0) -> Iterator[tuple[Value, int, bool]]:
    """A value and its parts with their depth, then, marked, what an older standard reads in the same bits."""
    yield value, depth, False
    for part in value.parts:
        yield from _with_parts(part, depth + 1)
    for older in value.also:
        yield older, depth + 1, True


def place_bytes(value: Value) -> str:
    """The bytes of a value in the packet, counted from 0."""
    return str(value.start) if value.stop - value.start <= 1 else f"{value.start}–{value.stop - 1}"


def place_bits(value: Value) -> str:
    """The bits of a value within its bytes, 0 being the first on the wire; empty where it fills them."""
    first = value.bit - value.start * 8
    if not first and value.bits % 8 == 0:
        return ""
    return str(first) if value.bits == 1 else f"{first}–{first + value.bits - 1}"


def meaning(layer: Layer, value: Value, setting: Setting, *, full: bool) -> Text:
    """What the value means: its readings, else its registered name and the field's gist; parts, unless `full`, in few words."""
    wide = setting.width >= WIDE
    said = [] if value.parts and value.field.also and not value.field.split else setting.readings(layer, value)
    if said and (full or wide or value.bits > 1 or value.raw):
        return Text(setting.word("then").join(said) if wide else said[0])
    name = setting.language.term(words.meaning(value))
    text = Text(name)
    line = setting.language.gist(value.name) if full or wide or (value.bits == 1 and value.raw) else ""
    if line and not (name and words.meaning(value) == value.field.unit):
        text.append(" · " if name else "", palette.QUIET)
    elif line:
        text = Text()
    return text.append(line, palette.QUIET)


def sign(finding: Finding, *, ascii_only: bool) -> str:
    """The sign of a finding's severity."""
    return palette.SIGNS[finding.rule.kind][ascii_only]
