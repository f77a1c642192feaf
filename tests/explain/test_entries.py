"""Every field is explained once in every language, and reading one entry quickly gives what parsing the file gives."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

import dissect
from dissect.explain import LANGUAGES, all_titles, entry, gists, sentences
from dissect.wire.findings import RULES
from dissect.wire.registry import every_header, fields

FOLDER = Path(dissect.__file__).parent / "explain"
SENTENCES = {"words", "readings", "captions"}  # files of single sentences
CITE = re.compile(
    r"RFC \d+( §[\w.]+)?|man [1-9] [a-z_0-9-]+|IEEE 802\.\d\w*( §[\d.]+)?|FIPS \d+|IANA [\w ]+|LINKTYPE_\w+|POSIX\.1-\d{4}"
    r"|draft-[a-z0-9-]+( §[\w.]+)?"
)
WIDEST_GIST = 64  # columns
KEYS = {"title", "gist", "also", "text", "what", "why", "watch", "wire", "sets", "code", "see", "cite", "notes"}
VERDICTS = {"holds", "dated", "imprecise", "wrong", "silent"}


@cache
def parsed(language: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """Name → its file and its entry, by a full parse; fails where a name comes twice."""
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    for file in sorted((FOLDER / language).glob("*.toml")):
        if file.stem in SENTENCES:
            continue
        for name, said in tomllib.loads(file.read_text("utf-8")).items():
            assert name not in found, f"{name} is in {found[name][0]} and in {file.name}"
            found[name] = file.name, said
    return found


@cache
def known() -> set[str]:
    """Everything that a reference may name."""
    return set(fields()) | {name for language in LANGUAGES for name in parsed(language)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_field_is_explained(language: str) -> None:
    assert not [name for name in fields() if name not in parsed(language)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_explained_that_does_not_exist(language: str) -> None:
    keys = {header.key for header in every_header()} | {
        header.options.key for header in every_header() if header.options
    }
    other = [name for name in parsed(language) if name not in fields() and not name.startswith(("topic.", "api."))]
    real = keys | set(RULES)
    assert not [name for name in other if name not in real]


def test_every_finding_is_explained() -> None:
    for language in LANGUAGES:
        assert not [rule for rule in RULES if rule not in parsed(language)]


def test_no_finding_and_no_header_is_called_like_a_field() -> None:
    assert not [name for name in (*RULES, *(header.key for header in every_header())) if name in fields()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_entries_have_the_known_parts(language: str) -> None:
    for name, (file, said) in parsed(language).items():
        assert said.keys() <= KEYS, (file, name)
        assert said["gist"], (file, name)
        assert all(isinstance(text, str) and text == text.strip() for key, text in said.items() if key not in ("see", "cite", "also", "notes")), name  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_reading_one_entry_gives_what_the_file_holds(language: str) -> None:
    for name, (_, said) in parsed(language).items():
        read = entry(name, language)
        assert read is not None, name
        assert read.name == name
        for key in KEYS - {"notes", "see", "cite", "also"}:
            assert getattr(read, key) == said.get(key, ""), (name, key)
        for key in ("see", "cite", "also"):
            assert getattr(read, key) == tuple(said.get(key, ())), (name, key)
        notes = [{key: text for key, text in note._asdict().items() if text} for note in read.notes]
        assert notes == said.get("notes", []), name


def test_what_is_not_there_is_none() -> None:
    for name in ("", "ip", "ip.tt", "p.ttl", "ip.ttl\n", '"]', "gist"):
        assert entry(name) is None or name in parsed("en"), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_gists_and_titles_are_those_of_the_entries(language: str) -> None:
    assert gists(language) == {name: said["gist"] for name, (_, said) in parsed(language).items()}
    titled = {
        name: (said["title"], tuple(said.get("also", ())))
        for name, (_, said) in parsed(language).items()
        if "title" in said
    }
    assert all_titles(language) == titled


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_those_of_the_files(language: str) -> None:
    for kind in SENTENCES:
        file = FOLDER / language / f"{kind}.toml"
        whole = tomllib.loads(file.read_text("utf-8")) if file.exists() else {}
        read = sentences(kind, language)
        assert {key: read[key] for key in whole} == whole, kind


@pytest.mark.parametrize("kind", sorted(SENTENCES))
def test_sentences_have_the_same_blanks_in_every_language(kind: str) -> None:
    def blanks(text: str) -> set[str]:
        return set(re.findall(r"\{(\w+)", text))

    for language in LANGUAGES[1:]:
        own, english = sentences(kind, language), sentences(kind)
        assert own.keys() >= english.keys()
        for key, text in english.items():
            assert blanks(own[key]) <= blanks(text), (language, key)


@pytest.mark.parametrize("language", LANGUAGES)
def test_gists_fit_beside_their_field(language: str) -> None:
    wide = {name: said["gist"] for name, (_, said) in parsed(language).items() if cell_len(said["gist"]) > WIDEST_GIST}
    assert not wide


@pytest.mark.parametrize("language", LANGUAGES)
def test_gists_are_one_phrase_without_a_stop(language: str) -> None:
    assert not [
        name
        for name, (_, said) in parsed(language).items()
        if said["gist"].endswith((".", "。")) or "\n" in said["gist"]
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_references_lead_somewhere_else(language: str) -> None:
    for name, (file, said) in parsed(language).items():
        assert not [each for each in said.get("see", ()) if each not in known() or each == name], (file, name)
        assert len(set(said.get("see", ()))) == len(said.get("see", ())), (file, name)


@pytest.mark.parametrize("language", LANGUAGES)
def test_sources_are_well_formed(language: str) -> None:
    for name, (file, said) in parsed(language).items():
        assert not [cite for cite in said.get("cite", ()) if not CITE.fullmatch(cite)], (file, name)
        for note in said.get("notes", ()):
            assert note["verdict"] in VERDICTS, (file, name)
            assert not note.get("cite") or all(CITE.fullmatch(each) for each in note["cite"].split(", ")), (
                file,
                name,
                note["cite"],
            )


@pytest.mark.parametrize("language", LANGUAGES)
def test_fields_of_the_three_protocols_are_explained_at_length(language: str) -> None:
    for name, (field, header) in fields().items():
        if header is not None and name.split(".")[0] in ("ip", "ipv6", "tcp") and field.bits:
            said = parsed(language)[name][1]
            assert len(said.get("what", "")) > (40 if language == "en" else 15), name


def test_every_note_agrees_with_the_list_of_facts() -> None:
    facts = tomllib.loads((FOLDER / "facts.toml").read_text("utf-8"))
    for name, (_, said) in parsed("en").items():
        for note in said.get("notes", ()):
            assert note["fact"] in facts, (name, note["fact"])
            assert facts[note["fact"]]["verdict"] == note["verdict"], (name, note["fact"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_prose_has_no_control_characters_and_no_other_quotes(language: str) -> None:
    for file in (FOLDER / language).glob("*.toml"):
        text = file.read_text("utf-8")
        assert not [char for char in text if (ord(char) < 32 and char != "\n") or char in "\u200b\ufeff\u2028"], (
            file.name
        )
