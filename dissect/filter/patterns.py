"""Regular expressions of `matches`: polars' own, whose time grows only linearly with the text."""

from __future__ import annotations

import re

import polars as pl

LONGEST = 2000


def insensitive(pattern: str) -> str:
    """The pattern as polars takes it; case counts only after (?-i)."""
    return f"(?i){pattern}"


def pattern_fault(pattern: str) -> str:
    """Why the pattern cannot be used, in one sentence; empty where it can."""
    if len(pattern) > LONGEST:
        return f"a regular expression has at most {LONGEST} characters"
    try:
        pl.Series([""]).str.contains(insensitive(pattern), strict=True)
    except pl.exceptions.PolarsError as error:
        return _reason(str(error))
    return ""


def _reason(text: str) -> str:
    found = re.search(r"^error: (.*)$", text, re.MULTILINE) or re.search(r"^regex error: (.*)$", text, re.MULTILINE)
    return f"this regular expression cannot be used: {found[1].rstrip('.')}" if found else "no regular expression"
