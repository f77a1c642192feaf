"""The signs at the end of a line: what is wrong or odd with a packet, a bit for each kind."""

from __future__ import annotations

import numpy as np

from dissect.bulk.octets import Array
from dissect.bulk.walk import Walk
from dissect.render.listing import SIGNS

KINDS = tuple(SIGNS)
"""The kinds of findings in the order of their bits."""


def marks(walk: Walk) -> Array:
    """A set of kinds for each packet."""
    return np.zeros(len(walk.index), np.uint8)


def sign_texts() -> list[str]:
    """The text of every set."""
    found = []
    for bits in range(1 << len(KINDS)):
        signs = sorted(SIGNS[kind] for place, kind in enumerate(KINDS) if bits >> place & 1)
        found.append(f"  [{''.join(signs)}]" if signs else "")
    return found
