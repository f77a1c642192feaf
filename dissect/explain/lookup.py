"""Finds entries by the names that people give them: field names, older names, titles, several words, Chinese terms."""

from __future__ import annotations

import re
from functools import cache

from dissect.explain import LANGUAGES, all_titles, entry, sentences
from dissect.wire.registry import aliases, fields

COMMON = {
    "ttl": "ip.ttl", "tos": "ip.dsfield", "dscp": "ip.dsfield.dscp", "ihl": "ip.hdr_len", "df": "ip.flags.df",
    "mf": "ip.flags.mf", "seq": "tcp.seq_raw", "syn": "tcp.flags.syn", "fin": "tcp.flags.fin",
    "ack": "tcp.flags.ack", "rst": "tcp.flags.reset", "reset": "tcp.flags.reset", "psh": "tcp.flags.push",
    "push": "tcp.flags.push", "urg": "tcp.flags.urg", "ece": "tcp.flags.ece", "cwr": "tcp.flags.cwr",
    "ae": "tcp.flags.ae", "ns": "tcp.flags.ae", "mss": "tcp.options.mss_val", "window": "tcp.window_size_value",
    "wscale": "tcp.options.wscale.shift", "ip.options": "topic.options",
}  # fmt: skip

MAIN = ("ip.", "ipv6.", "tcp.")  # what a name means first


def find(query: str) -> list[str]:
    """The entries that are meant, the best match alone where one is exact; an empty list where none is."""
    wanted = " ".join(query.lower().split())
    if wanted in fields():
        return [wanted]
    for one in (COMMON, aliases()):
        if wanted in one:
            return [one[wanted]]
    if wanted in _own():
        return [_own()[wanted]]
    call = f"api.{query.strip()}"
    if not wanted.isalpha() and call in _own().values():
        return [call]
    named, captioned = _loose().get(wanted, []), _captioned().get(wanted, [])
    short = [key + wanted for key in MAIN if key + wanted in fields()]
    if not any(name.startswith("topic.") for name in named):
        short = short or [name for name in captioned if name.startswith(MAIN)]
    if len(short) == 1:
        return short
    return sorted(named or captioned or _by_words(wanted), key=lambda name: not name.startswith(("topic.", *MAIN)))


def fields_of(found: list[str]) -> list[str]:
    """The fields among what was found, and those that the topics and calls among it are about."""
    known = fields()
    about: list[str] = []
    for name in found:
        described = None if name in known else entry(name)
        about.extend(each for each in ([name] if described is None else described.see) if each in known)
    return about


@cache
def _own() -> dict[str, str]:
    """Lower-case name → the field or entry of that name."""
    titled = (name for language in LANGUAGES for name in all_titles(language))
    return {name.lower(): name for name in (*titled, *fields())}


@cache
def _loose() -> dict[str, list[str]]:
    """Lower-case title, label or other name, in every language → the entries that have it."""
    found: dict[str, list[str]] = {}
    for language in LANGUAGES:
        for name, (title, also) in all_titles(language).items():
            bare = name.removeprefix("api.").removeprefix("topic.").removeprefix("state.")
            for each in (title, bare, bare.replace("-", " "), *also):
                _add(found, each.lower(), name)
    for name, (field, _) in fields().items():
        _add(found, field.label.lower(), name)
    return found


@cache
def _captioned() -> dict[str, list[str]]:
    """What a field is called in the diagrams of other languages → the fields called so."""
    found: dict[str, list[str]] = {}
    for language in LANGUAGES[1:]:
        for name, caption in sentences("captions", language).items():
            if name in fields():
                _add(found, caption.lower(), name)
    return found


def _add(table: dict[str, list[str]], key: str, name: str) -> None:
    if key and name not in table.setdefault(key, []):
        table[key].append(name)


def _by_words(wanted: str) -> list[str]:
    """Entries in whose names all the words stand."""
    parts = [part for part in re.split(r"[\s_-]+", wanted) if part]
    if not parts:
        return []
    hits: list[str] = []
    keys = ((key, [name]) for key, name in _own().items())
    for key, names in (*keys, *_loose().items()):
        if all(part in key for part in parts):
            hits.extend(name for name in names if name not in hits)
    return hits


def nearest(query: str) -> list[str]:
    """Up to three names that resemble the query."""
    from difflib import get_close_matches

    lower = query.lower()
    table = {**_loose(), **{key: [name] for key, name in _own().items()}}
    close = get_close_matches(lower, table, 6, 0.6) or get_close_matches(lower, table, 3, 0.4)
    found: list[str] = []
    for key in close:
        found.extend(name for name in table[key] if name not in found)
    return found[:3]
