"""An entry's prose: gist, what, why, what to watch for, who sets it, what the notes say and what holds."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from dissect.explain import LANGUAGES, Entry
from dissect.explain.language import Language
from dissect.render import palette
from dissect.render.flow import flowing

WORD = re.compile(r"[a-z]{2,}(?![\w(.])|a ")  # not close(), and not the letter of a flag


def opening(gist: str, language: Language) -> str:
    """A gist as the beginning of a sentence: in English with a capital letter, names aside."""
    english = language.code == LANGUAGES[0] and WORD.match(gist)
    return gist[:1].upper() + gist[1:] if english else gist


def prose(entry: Entry, language: Language) -> Iterator[RenderableType]:
    """The paragraphs of an entry."""
    word = language.word
    yield Text()
    yield flowing(Text(opening(entry.gist, language) + word("stop"), palette.NAME))
    titled = (("", entry.what), ("", entry.why), ("watch", entry.watch), ("wire", entry.wire), ("sets", entry.sets))
    for key, text in titled:
        if text:
            yield Text()
            yield flowing(Text(word("title", title=word(key)) if key else "", palette.NAME).append(text, "not bold"))
    if entry.code:
        yield Text()
        yield Padding(Text(entry.code, "cyan"), (0, 0, 0, 4), expand=False)
    for note in entry.notes:
        verdict = word(f"verdict.{note.verdict}")
        yield Text()
        says = Text(word("notes", fact=note.fact, verdict=verdict), palette.NAME)
        yield flowing(says.append(note.says, "not bold"))
        if note.holds:
            source = f" ({note.cite})" if note.cite else ""
            yield flowing(Text(word("holds"), palette.NAME).append(note.holds + source, "not bold"))
    for key, items in (("see", entry.see), ("sources", entry.cite)):
        if items:
            yield Text()
            yield Text(word(key), palette.NAME).append(", ".join(items), f"not bold {palette.QUIET}")
