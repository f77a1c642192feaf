"""All headers of the packets of a block, read in step; needs numpy alone."""

from __future__ import annotations

import numpy as np

from dissect.bulk.block import Block
from dissect.bulk.group import Group
from dissect.bulk.transport import HANDLERS, LEAVES
from dissect.bulk.walk import Walk
from dissect.wire.registry import LINK_HEADERS


def walk_headers(block: Block, leaves: frozenset[str] = LEAVES) -> Walk:
    """The walk over a block; of the headers behind which no other is read only those of `leaves`."""
    octets, where = block.octets, block.index
    walk = Walk(octets, where, LEAVES - leaves)
    sent = np.maximum(where.length, where.captured) - where.fcs
    end = np.minimum(where.captured, np.maximum(sent, 0))
    count = len(where)
    nowhere = np.zeros(count, bool)
    group = Group(np.arange(count), where.start, where.start + end, where.start + sent, nowhere, nowhere)
    links = where.link
    for link in set(links.tolist()):
        if link in LINK_HEADERS:
            walk.push(LINK_HEADERS[link], group, links == link)
    walk.run(HANDLERS)
    return walk
