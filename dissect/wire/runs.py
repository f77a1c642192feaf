"""Whole runs of bytes that filters look into: a header, what it carries, the frame."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from functools import cache
from typing import NamedTuple

from dissect.wire.registry import HEADERS

FRAME = "frame"


class Part(Enum):
    """Which bytes: a header, the header and all behind it, its options, what it carries."""

    HEADER = auto()
    ONWARD = auto()
    OPTIONS = auto()
    PAYLOAD = auto()


class Run(NamedTuple):
    """The bytes of one part of the headers `key`."""

    key: str
    part: Part


@cache
def runs() -> Mapping[str, Run]:
    """Name → run: `tcp[]` is the header, `tcp[+]` goes on to the end of what IP carries; both differ from any field."""
    found: dict[str, Run] = {}
    for key in (FRAME, *dict.fromkeys(header.key for header in HEADERS)):
        found[f"{key}[]"] = Run(key, Part.HEADER)
        found[f"{key}[+]"] = Run(key, Part.ONWARD)
    found["tcp.options[]"] = found["tcp.options[+]"] = Run("tcp", Part.OPTIONS)
    for key in ("tcp", "udp"):
        found[f"{key}.payload"] = Run(key, Part.PAYLOAD)
    return found
