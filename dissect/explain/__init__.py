"""What a field means, in prose kept outside the code: TOML files, one a protocol, keyed by field name."""

from __future__ import annotations

import os
import re
from functools import cache
from typing import NamedTuple

LANGUAGES = ("en",)


def language_of(wanted: str | None) -> str:
    """The language to explain in: the one wanted if there is prose in it, else English."""
    return wanted if wanted in LANGUAGES else LANGUAGES[0]


class Note(NamedTuple):
    """What the study notes say of a field and what holds; `verdict` is holds, dated, imprecise or wrong."""

    fact: str
    says: str
    verdict: str
    holds: str = ""
    cite: str = ""


class Entry(NamedTuple):
    """An explanation: one line (`gist`), what it is, why, what to watch for, who sets it."""

    name: str
    gist: str
    what: str = ""
    why: str = ""
    watch: str = ""
    sets: str = ""
    code: str = ""
    see: tuple[str, ...] = ()
    cite: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()


@cache
def _files(language: str) -> dict[str, str]:
    """Protocol → the text of its file."""
    folder = os.path.join(os.path.dirname(__file__), language)
    found = {}
    for name in sorted(os.listdir(folder)):
        if name.endswith(".toml"):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                found[name.removesuffix(".toml")] = file.read()
    return found


def _block(name: str, language: str) -> str:
    """The lines of one entry: parsing only these keeps start-up quick."""
    mark = f'["{name}"]\n'
    for text in _files(language).values():
        at = text.find(mark) if text.startswith(mark) else text.find("\n" + mark) + 1
        if at > 0 or text.startswith(mark):
            stop = text.find('\n["', at + len(mark))
            return text[at : stop if stop >= 0 else len(text)]
    return ""


@cache
def entry(name: str, language: str = "en") -> Entry | None:
    """The explanation of a field, or None."""
    block = _block(name, language)
    if not block:
        return None
    import tomllib

    said = tomllib.loads(block)[name]
    notes = tuple(Note(**note) for note in said.pop("notes", ()))
    for key in ("see", "cite"):
        said[key] = tuple(said.get(key, ()))
    return Entry(name, notes=notes, **said)


GIST = re.compile(r'^\["([^"]+)"\]\n(?:title = .*\n)?gist = "(.*)"', re.MULTILINE)


@cache
def gists(language: str = "en") -> dict[str, str]:
    """Name → gist of every entry, read without parsing the rest."""
    return {name: gist.replace('\\"', '"') for text in _files(language).values() for name, gist in GIST.findall(text)}
