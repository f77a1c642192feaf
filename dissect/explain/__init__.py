"""What a field means, in prose kept outside the code: TOML files, one a protocol, keyed by field name."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cache
from itertools import chain
from typing import NamedTuple

LANGUAGES = ("en", "zh")


class Note(NamedTuple):
    """What the study notes say of a field and what holds; `verdict` is holds, dated, imprecise, wrong or silent."""

    fact: str
    says: str
    verdict: str
    holds: str = ""
    cite: str = ""


class Entry(NamedTuple):
    """An explanation: one line (`gist`), what it is, why, what to watch for, who sets it.

    Topics and calls have a `title` and other names (`also`); calls say what they do on the `wire`;
    findings in another language bring the `text` of their message.
    """

    name: str
    gist: str
    title: str = ""
    also: tuple[str, ...] = ()
    text: str = ""
    what: str = ""
    why: str = ""
    watch: str = ""
    wire: str = ""
    sets: str = ""
    code: str = ""
    see: tuple[str, ...] = ()
    cite: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()


@cache
def _text(kind: str, language: str) -> str:
    """The text of one file; empty where a language has none of that kind."""
    try:
        with open(os.path.join(os.path.dirname(__file__), language, f"{kind}.toml"), encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""


@cache
def _kinds(language: str) -> tuple[str, ...]:
    """What the files of a language are called, without their ending."""
    names = os.listdir(os.path.join(os.path.dirname(__file__), language))
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def _texts(language: str) -> Iterator[str]:
    """All files of a language."""
    return (_text(kind, language) for kind in _kinds(language))


def _block(name: str, language: str) -> str:
    """The lines of one entry: reading only its file and parsing only these keeps start-up quick."""
    mark = f'["{name}"]\n'
    own = name.partition(".")[0]
    for text in chain((_text(own, language),), _texts(language)):
        at = 0 if text.startswith(mark) else text.find("\n" + mark) + 1
        if at or text.startswith(mark):
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
    for key in ("see", "cite", "also"):
        said[key] = tuple(said.get(key, ()))
    return Entry(name, notes=notes, **said)


GIST = re.compile(r'^\["([^"]+)"\]\n(?:title = .*\n)?gist = "(.*)"', re.MULTILINE)


@cache
def gists(language: str = "en") -> dict[str, str]:
    """Name → gist of every entry, read without parsing the rest."""
    return {name: gist.replace('\\"', '"') for text in _texts(language) for name, gist in GIST.findall(text)}


TITLED = re.compile(r'^\["([^"]+)"\]\ntitle = "(.*)"\ngist = .*\n(?:also = \[(.*)\])?', re.MULTILINE)
QUOTED = re.compile(r'"([^"]*)"')


@cache
def all_titles(language: str = "en") -> dict[str, tuple[str, tuple[str, ...]]]:
    """Name → title and other names of every entry that has a title: topics, calls, headers, findings."""
    found = (each for text in _texts(language) for each in TITLED.findall(text))
    return {name: (title.replace('\\"', '"'), tuple(QUOTED.findall(also))) for name, title, also in found}


SENTENCE = re.compile(r'^"([^"]+)" = "(.*)"$', re.MULTILINE)


@cache
def sentences(kind: str, language: str = "en") -> dict[str, str]:
    """The sentences of one file ("words", "readings"), those that a language lacks in English."""
    own = {key: text.replace('\\"', '"') for key, text in SENTENCE.findall(_text(kind, language))}
    return own if language == LANGUAGES[0] else {**sentences(kind), **own}
