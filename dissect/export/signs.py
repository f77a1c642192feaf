"""The signs at the end of a line: what is wrong or odd with a packet, a bit for each kind."""

from __future__ import annotations

import numpy as np

from dissect.bulk.checksums import Sums
from dissect.bulk.octets import Array
from dissect.bulk.walk import Walk
from dissect.check.batch import findings
from dissect.check.found import marks_of
from dissect.export.colours import painted
from dissect.render.listing import SIGNS, sign
from dissect.render.palette import SEVERITY
from dissect.wire.findings import RULES

KINDS = tuple(SIGNS)
"""The kinds of findings in the order of their bits."""
BITS = np.array(
    [sum(1 << bit for bit, kind in enumerate(KINDS) if SIGNS[kind] == sign(rule)) for rule in RULES.values()], np.uint8
)

SILENT = frozenset(name for name, bits in zip(RULES, BITS.tolist(), strict=True) if not bits)
"""Rules without a sign."""


def marks(walk: Walk) -> Array:
    """A set of kinds for each packet."""
    return marks_of(findings(walk, Sums(walk.octets), unasked=SILENT), len(walk.index), BITS)


def sign_texts(*, colour: bool) -> list[str]:
    """The text of every set, each sign in the colour of its kind."""
    found = []
    for bits in range(1 << len(KINDS)):
        kinds = sorted((kind for place, kind in enumerate(KINDS) if bits >> place & 1), key=SIGNS.__getitem__)
        signs = (painted(SIGNS[kind], SEVERITY[kind]) if colour else SIGNS[kind] for kind in kinds)
        found.append(f"  [{''.join(signs)}]" if kinds else "")
    return found
