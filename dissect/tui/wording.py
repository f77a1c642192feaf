"""The browser's own words, in each language, from the files beside this one."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from dissect.explain import LANGUAGES


@cache
def words(code: str) -> dict[str, str]:
    """Key → text; what a language lacks is said in English."""
    own: dict[str, str] = tomllib.loads((Path(__file__).parent / "words" / f"{code}.toml").read_text("utf-8"))
    return own if code == LANGUAGES[0] else {**words(LANGUAGES[0]), **own}
