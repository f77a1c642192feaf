"""What is said of an answer while it is typed: filters, packet numbers, columns."""

from __future__ import annotations

from functools import cache

from dissect.tui.columns import USUAL, known
from dissect.tui.prompt import Remark
from dissect.tui.state import State


def filter_remark(text: str, state: State) -> Remark:
    """The fault of a filter, where it is; nothing is a filter too: it lets everything through."""
    from dissect.filter import FilterError, compile_filter

    if not text.strip():
        return Remark(state.word("filter.empty"))
    try:
        compiled = compile_filter(text)
    except FilterError as error:
        return Remark(error.message, error.start, max(error.stop, error.start + 1), fault=True)
    names = sorted({name.partition("[")[0] for name in compiled.fields})
    gist = state.language.gist(names[0]) if len(names) == 1 else ", ".join(names)
    return Remark(gist)


@cache
def _filter_names() -> tuple[str, ...]:
    from dissect.filter.names import every_name

    return tuple(sorted(every_name(), key=lambda name: (name.count("."), len(name), name)))


def filter_names(word: str) -> list[str]:
    """The names that a filter may use and that begin so, short ones first."""
    return [name for name in _filter_names() if name.startswith(word)] if len(word) > 1 else []


def number_remark(text: str, count: int, state: State) -> Remark:
    """Whether there is such a packet."""
    plain = text.strip().replace(",", "")
    if not plain:
        return Remark(state.word("go.range", count=f"{count:,}"))
    if not plain.isascii() or not plain.isdigit() or not 1 <= int(plain) <= count:
        return Remark(state.word("go.fault", count=f"{count:,}"), 0, len(text), fault=True)
    return Remark("")


def columns_remark(text: str, state: State) -> Remark:
    """Whether all of them are columns."""
    at = 0
    for part in text.split(","):
        name = part.strip()
        if name and not known(name):
            start = at + part.index(name)
            return Remark(state.word("columns.fault", name=name), start, start + len(name), fault=True)
        at += len(part) + 1
    return Remark(state.word("columns.usual", names=", ".join(USUAL)))


def column_names(word: str) -> list[str]:
    """Columns that begin so."""
    own = [name for name in USUAL if name.startswith(word)]
    from dissect.wire.registry import fields

    return [*own, *(name for name in fields() if name.startswith(word))] if len(word) > 1 else own


def path_remark(text: str, state: State) -> Remark:
    """A file name is needed."""
    return Remark("") if text.strip() else Remark(state.word("path.fault"), 0, 1, fault=True)
