"""Options as a tree, and findings as lines."""

from __future__ import annotations

from rich.text import Text
from rich.tree import Tree

from dissect.packet import Finding, Layer, Option
from dissect.render import palette, words
from dissect.render.fieldtable import meaning, sign
from dissect.render.flow import flowing
from dissect.render.setting import Setting


def option_tree(layer: Layer, setting: Setting) -> Tree:
    """Each option with its place, its values, its faults, and options of its own."""
    size = sum(option.stop - option.start for option in layer.options)
    title = setting.word("options", count=len(layer.options), bytes=size)
    tree = Tree(Text(title, palette.TITLE), guide_style=palette.QUIET)
    for index, option in enumerate(layer.options):
        _grow(tree, layer, option, palette.option_colour(index, layer), setting)
    return tree


def _grow(tree: Tree, layer: Layer, option: Option, colour: str, setting: Setting) -> None:
    size = option.stop - option.start
    key = "option.byte" if size == 1 else "option.bytes"
    where = setting.word(key, kind=option.kind, count=size, first=option.start, last=option.stop - 1)
    line = Text(setting.language.title(option.header), f"bold {colour}").append(
        f"  {where} · {option.header.cite}", palette.QUIET
    )
    branch = tree.add(line)
    for value in option.values[2 if len(option.values) > 2 or size > 1 else 1 :]:
        leaf = Text(value.name, colour).append("  ").append(words.shown(value, setting.language.term), palette.NAME)
        said = meaning(layer, value, setting, full=setting.width >= 80)
        branch.add(flowing(leaf.append("  ").append(said) if said else leaf))
    for inner in option.options:
        _grow(branch, layer, inner, colour, setting)
    for finding in option.findings:
        branch.add(finding_line(finding, setting))


def finding_line(finding: Finding, setting: Setting) -> Text:
    """A finding: sign, severity, field, what was seen, section."""
    style = palette.SEVERITY[finding.rule.kind]
    severity = setting.word(f"severity.{finding.rule.kind}")
    text = Text(f"{sign(finding, ascii_only=setting.ascii_only)} {severity} ", style)
    text.append(f"{finding.field}: ", palette.NAME).append(setting.language.finding(finding))
    return text.append(f" ({finding.cite})", palette.QUIET) if finding.cite else text
