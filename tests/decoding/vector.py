"""What a test vector of decoding is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Found = tuple[str, str, int | None, int | None, str]


def found(rule: str, name: str, need: int | None = None, have: int | None = None, bound: str = "") -> Found:
    return rule, name, need, have, bound


@dataclass(frozen=True)
class Vector:
    """A packet and what decoding it must give.

    `values` are those of the first field of each name, `absent` names must not occur; `layers` and
    `kinds` (of options, all layers) are complete; `payload` and `trailer` are lengths in bytes. `says` are pieces of
    the findings' texts, each in one of them.
    """

    trap: int
    name: str
    data: bytes
    layers: str
    payload: int = 0
    findings: tuple[Found, ...] = ()
    values: Mapping[str, object] = field(default_factory=dict)
    absent: str = ""
    verdicts: str = ""
    kinds: tuple[int, ...] = ()
    trailer: int = 0
    link: int = 1
    first: str = ""
    length: int = -1
    fcs: int = 0
    says: tuple[str, ...] = ()
