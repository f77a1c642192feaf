"""What the study notes say: every fact is cited, with its verdict, and stands on the screen in both languages."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

import pytest
from cli.running import run

import dissect
from dissect.explain import LANGUAGES, Note, entry, gists
from dissect.explain.language import language as spoken
from dissect.wire.registry import fields

FOLDER = Path(dissect.__file__).parent / "explain"
FACTS = tomllib.loads((FOLDER / "facts.toml").read_text("utf-8"))
COUNTS = {"L": 4, "I": 14, "V": 8, "T": 27, "A": 24}
WRONG = ["I10", "I12", "T4", "T14", "T24", "T25"]
IMPRECISE = ["V3", "T3", "T10", "T19", "T21", "T27"]
DATED = ["L2", "I3", "I5", "I14", "T6", "A5"]


@cache
def notes(language: str) -> dict[str, list[tuple[str, Note]]]:
    """Fact → the entries that cite it."""
    found: dict[str, list[tuple[str, Note]]] = {}
    for name in gists(language):
        said = entry(name, language)
        for note in said.notes if said is not None else ():
            found.setdefault(note.fact, []).append((name, note))
    return found


def test_all_facts_are_there() -> None:
    assert list(FACTS) == [f"{kind}{number}" for kind, count in COUNTS.items() for number in range(1, count + 1)]
    for fact, said in FACTS.items():
        assert said.keys() == {"section", "topic", "says", "verdict", "holds", "cite"}, fact
        assert all(said.values()), fact


def test_verdicts() -> None:
    """Those of the notes' own statements; the calls aside."""
    own = {fact: said["verdict"] for fact, said in FACTS.items() if not fact.startswith("A")}
    assert [fact for fact, verdict in own.items() if verdict == "wrong"] == WRONG
    assert [fact for fact, verdict in own.items() if verdict == "imprecise"] == IMPRECISE
    assert [fact for fact, said in FACTS.items() if said["verdict"] == "dated"] == DATED
    assert {said["verdict"] for said in FACTS.values()} == {"wrong", "imprecise", "dated", "holds", "silent"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fact_is_cited_and_no_other(language: str) -> None:
    assert set(notes(language)) == set(FACTS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("fact", FACTS)
def test_fact_is_cited_where_it_belongs(fact: str, language: str) -> None:
    """The entry that the list of facts names is among those that cite it."""
    topic = FACTS[fact]["topic"]
    assert topic in fields() or entry(topic, language) is not None
    assert topic in [name for name, _ in notes(language)[fact]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_verdicts_of_notes_are_those_of_the_facts(language: str) -> None:
    differ = [
        (name, fact, note.verdict)
        for fact, cited in notes(language).items()
        for name, note in cited
        if note.verdict != FACTS[fact]["verdict"]
    ]
    assert differ == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_not_right_is_put_right_with_its_source(language: str) -> None:
    for fact, cited in notes(language).items():
        for name, note in cited:
            assert note.says, (name, fact)
            if note.verdict != "holds":
                assert note.holds, (name, fact)
                assert note.cite, (name, fact)
                assert note.holds != note.says
        if fact in WRONG + IMPRECISE:
            assert any(note.cite.startswith("RFC ") for _, note in cited), fact
            assert [name for name, note in cited if not re.match(r"RFC \d+|man 7 tcp", note.cite)] == [], fact


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("fact", FACTS)
def test_fact_is_on_the_screen(fact: str, language: str) -> None:
    """`explain` of the field or topic that the fact belongs to: fact, verdict, what the notes say, what holds, source."""
    topic = FACTS[fact]["topic"]
    note = next(note for name, note in notes(language)[fact] if name == topic)
    result = run("explain", topic, "--lang", language, columns=100)
    assert result.code == 0, result.err
    screen = bare(result.out)
    verdict = spoken(language).word(f"verdict.{note.verdict}")
    assert bare(spoken(language).word("notes", fact=fact, verdict=verdict) + note.says) in screen
    assert bare(note.holds) in screen
    assert bare(note.cite) in screen


def bare(text: str) -> str:
    """Without white space, which wrapping changes."""
    return re.sub(r"\s", "", text)


def test_the_notes_own_words_lead_to_their_correction() -> None:
    """A reader who looks for what the notes get wrong finds what holds."""
    for query, fact, piece in (
        ("ip.checksum", "I10", "not a CRC"),
        ("tcp.checksum", "T14", "pseudo-header"),
        ("tcp.ack", "T4", "next byte expected"),
        ("慢启动", "T24", "CWND"),
        ("TIME_WAIT", "T19", "first"),
    ):
        out = run("explain", *query.split(), "--lang", "en").out
        assert f"({fact}, " in out, (query, out[:200])
        assert bare(piece) in bare(out), query
