"""One language: gists, entries, sentences and the pages' own words, all from its files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache

from dissect.explain import LANGUAGES, Entry, all_titles, entry, gists, sentences
from dissect.explain.readings import Context, Said, read
from dissect.packet import Finding, Value
from dissect.wire.field import Header


class Language:
    """What `dissect` says in one language; what a language lacks is said in English."""

    def __init__(self, code: str = LANGUAGES[0]) -> None:
        self.code = code

    def gist(self, name: str) -> str:
        """The explanation of a field in one line, or an empty text."""
        return gists(self.code).get(name) or gists().get(name, "")

    def entry(self, name: str) -> Entry | None:
        """The whole explanation."""
        return entry(name, self.code) or entry(name)

    def word(self, key: str, **blanks: object) -> str:
        """The pages' own words."""
        return sentences("words", self.code)[key].format(**blanks)

    def reason(self, key: str, blanks: Mapping[str, object], *, sure: bool = True) -> str:
        """Why a segment has a mark, as a sentence that says where it is a guess."""
        return self.word(f"reason.{key}", **blanks) + ("" if sure else self.word("reason.guess"))

    def caption(self, name: str) -> str:
        """The field's short name in a diagram, or an empty text where the table's own is meant."""
        return sentences("captions", self.code).get(name, "")

    def title(self, header: Header) -> str:
        """A header's or an option's name."""
        if self.code == LANGUAGES[0]:
            return header.label
        return all_titles(self.code).get(header.key, (header.label, ()))[0]

    def title_of(self, name: str) -> str:
        """The title of a rule, a topic or a call."""
        english = all_titles()
        return all_titles(self.code).get(name, english.get(name, (name, ())))[0]

    def english(self, explained: Entry) -> str:
        """The English title of an entry in another language, where its own title does not name it."""
        other = entry(explained.name)
        title = other.title if other is not None and self.code != LANGUAGES[0] else ""
        return "" if title.lower() in explained.title.lower() else title

    def term(self, text: str) -> str:
        """A unit or a flag's state; of a sum such as "5 × 4 = 20 bytes" the unit."""
        terms = sentences("words", self.code)
        sum_, _, unit = text.rpartition(" ")
        if f"term.{text}" not in terms and "=" in sum_:
            return f"{sum_} {terms.get(f'term.{unit}', unit)}"
        return terms.get(f"term.{text}", text)

    def say(self, said: Said) -> str:
        """A reading as a sentence."""
        return sentences("readings", self.code)[said.key].format(**said.blanks)

    def read(self, value: Value, context: Context) -> list[str]:
        """What a value means, most telling sentence first."""
        return [self.say(each) for each in read(value, context)]

    def finding(self, finding: Finding) -> str:
        """A finding as a sentence."""
        own = self.entry(finding.rule.id)
        if self.code == LANGUAGES[0] or own is None or not own.text:
            return finding.text
        return own.text.format(**{key: self._noun(value) for key, value in finding.said.items()})

    def _noun(self, value: object) -> object:
        """What a finding speaks of: "the datagram", "the TCP header", "the option MSS"."""
        if not isinstance(value, str):
            return value
        if value.startswith("the option "):
            return self.word("noun.option", name=value.removeprefix("the option "))
        if value.startswith("the ") and value.endswith(" header"):
            return self.word("noun.header", name=value.removeprefix("the ").removesuffix(" header"))
        return self.term(value)


@cache
def language(wanted: str | None = None) -> Language:
    """The language wanted, else the locale's, else English."""
    return Language(wanted if wanted in LANGUAGES else _from_locale())


def _from_locale() -> str:
    """Zh where the locale is Chinese (POSIX: LC_ALL before LC_MESSAGES before LANG)."""
    locale = next((value for value in map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG")) if value), "")
    return "zh" if locale.lower().startswith("zh") else LANGUAGES[0]
