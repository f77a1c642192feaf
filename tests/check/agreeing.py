"""Both readers over the same packets: what the checks of a batch find, and what those of each packet do."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from dissect.bulk.block import block_of
from dissect.bulk.checksums import Sums
from dissect.bulk.octets import PAD
from dissect.bulk.transport import walked
from dissect.capture.batch import Batch
from dissect.check.batch import findings
from dissect.check.found import RULE_NAMES, field_names
from dissect.decoding import decode_frame
from dissect.export.signs import marks, sign_texts

Fact = tuple[int, int, str, str]


def in_bulk(batch: Batch) -> Counter[Fact]:
    """(row, layer, rule, field) of every finding of a batch, and how often."""
    block = block_of(replace(batch, data=batch.data + bytes(PAD)))
    found = findings(walked(block), Sums(block.octets))
    rows = zip(*(each.tolist() for each in found), strict=True)
    return Counter((row, layer, RULE_NAMES[rule], field_names()[field]) for row, layer, rule, field in rows)


def one_by_one(batch: Batch) -> Counter[Fact]:
    """The same from the one-packet reader."""
    return Counter(
        (row, packet.layers.index(layer), finding.rule.id, finding.field)
        for row, number in enumerate(range(batch.mark.number, batch.stop))
        for packet in [decode_frame(batch.frame(number))]
        for layer, finding in packet.every_finding()
        if layer is not None
    )


def agree(batch: Batch) -> None:
    """Fails where the readers differ."""
    bulk, single = in_bulk(batch), one_by_one(batch)
    different = sorted({*(bulk - single), *(single - bulk)})
    for fact in different[:1]:
        packet = decode_frame(batch.frame(batch.mark.number + fact[0]))
        raise AssertionError((fact, bulk[fact], single[fact], packet.frame, [layer.key for layer in packet.layers]))


def marked(batch: Batch) -> list[str]:
    """The signs of each packet's line, from the whole batch."""
    block = block_of(replace(batch, data=batch.data + bytes(PAD)))
    texts = sign_texts(colour=False)
    return [texts[bits] for bits in marks(walked(block)).tolist()]
