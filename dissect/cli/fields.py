"""`dissect fields`: every field name, and the contents of `explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dissect.cli.output import Refusal

if TYPE_CHECKING:
    from dissect.wire.field import Field


def fields(
    pattern: Annotated[
        str | None, typer.Argument(metavar="PATTERN", help="Part of a name or label, or a glob such as tcp.flags.*")
    ] = None,
) -> None:
    """List every field: name, type, unit, label."""
    from dissect.wire.registry import fields as all_fields

    rows = [(name, kind(field), field.unit or "-", field.label) for name, (field, _) in all_fields().items()]
    if pattern:
        rows = [row for row in rows if _matches(pattern, row[0], row[3])]
    if not rows:
        from dissect.explain.lookup import nearest

        near = nearest(pattern or "")
        raise Refusal(f"no field matches {pattern!r}" + (f"; the nearest: {', '.join(near)}" if near else ""))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        print(*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3], sep="  ")


def _matches(pattern: str, name: str, label: str) -> bool:
    from fnmatch import fnmatchcase

    wanted = pattern.lower()
    if any(char in wanted for char in "*?["):
        return fnmatchcase(name, wanted)
    return wanted in name or wanted in label.lower()


def kind(field: Field) -> str:
    """The type of a field's values, as one word, with its width on the wire."""
    names = {"number": "integer", "hex": "integer", "little": "integer", "flag": "boolean", "word": "word"}
    word = names.get(field.kind, str(field.kind))
    return word if not field.bits else f"{word}:{field.bits}"
