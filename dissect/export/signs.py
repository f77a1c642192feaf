"""The signs at the end of a line: what is wrong or odd with a packet, a bit for each kind."""

from __future__ import annotations

import numpy as np

from dissect.bulk.octets import Array
from dissect.bulk.walk import Walk
from dissect.export.colours import painted
from dissect.render.listing import SIGNS
from dissect.render.palette import SEVERITY
from dissect.wire.findings import Severity

KINDS = (Severity.MALFORMED, Severity.TRUNCATED, Severity.UNUSUAL)
"""The kinds of findings in the order of their bits."""


def marks(walk: Walk) -> Array:
    """A set of kinds for each packet."""
    return np.zeros(len(walk.index), np.uint8)


def sign_texts(*, colour: bool) -> list[str]:
    """The text of every set, each sign in the colour of its kind."""
    found = []
    for bits in range(1 << len(KINDS)):
        kinds = sorted((kind for place, kind in enumerate(KINDS) if bits >> place & 1), key=SIGNS.__getitem__)
        signs = (painted(SIGNS[kind], SEVERITY[kind]) if colour else SIGNS[kind] for kind in kinds)
        found.append(f"  [{''.join(signs)}]" if kinds else "")
    return found
