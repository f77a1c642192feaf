"""When offload explains checksums that are not right, and when it does not."""

from __future__ import annotations

import pytest
from bulk.comparing import batch_of
from decoding.crafting import A4, A6, ACK, B4, B6, TCP, eth, internet_sum, ip, ip6, pseudo, tcp

from dissect.bulk.block import block_of
from dissect.bulk.checksums import Sums
from dissect.bulk.octets import PAD
from dissect.bulk.transport import walked
from dissect.capture.batch import Batch, Mark
from dissect.check.batch import findings
from dissect.check.offload import Explanation, Sender, Senders, Witness, explanation, together
from dissect.packet import Frame

HERE, THERE = (A4, B4), (B4, A4)


def segment(ends: tuple[bytes, bytes], kind: str, size: int = 10) -> bytes:
    data = bytes(range(1, 251))[:size] if size < 250 else bytes(size)
    sums = {"good": None, "partial": internet_sum(pseudo(ends, TCP, 20 + size)), "bad": 0xBEEF}
    packet = tcp(data, ACK, ends=ends, checksum=sums[kind])
    return eth(ip(packet, ends=ends)) if len(ends[0]) == 4 else eth(ip6(packet, ends=ends), 0x86DD)


def senders(*packets: bytes) -> Senders:
    batch = batch_of([Frame(data) for data in packets])
    block = block_of(Batch(batch.data + bytes(PAD), batch.starts, batch.shape, Mark(0)))
    witness = Witness()
    findings(walked(block), Sums(block.octets), witness)
    return witness.senders


def test_sums_are_counted_by_sender() -> None:
    counted = senders(
        segment(HERE, "partial"), segment(HERE, "partial", 2000), segment(HERE, "good"), segment(THERE, "good"),
        segment((A6, B6), "bad"), segment((A6, B6), "bad"),
    )  # fmt: skip
    assert counted == {A4: Sender(2, 0, 1, 1), A6: Sender(0, 2, 0, 0)}


def test_right_sums_alone_are_nobodys() -> None:
    assert senders(segment(HERE, "good"), segment(THERE, "good")) == {}


@pytest.mark.parametrize(
    ("counted", "explained"),
    [
        ({}, None),
        ({A4: Sender(partial=3)}, Explanation((A4,), 3, 0, 0)),
        ({A4: Sender(partial=3, good=9, long=1)}, Explanation((A4,), 3, 0, 1)),
        ({A4: Sender(bad=3, good=9)}, None),  # damage on the way, or a bug
        ({A4: Sender(bad=3)}, None),  # nothing says that it was the card
        ({A4: Sender(bad=3, long=2)}, Explanation((A4,), 0, 3, 2)),
        ({A4: Sender(partial=5, bad=3)}, Explanation((A4,), 5, 3, 0)),
        ({A4: Sender(partial=5), B4: Sender(bad=3)}, Explanation((A4,), 5, 0, 0)),
        ({A4: Sender(bad=3, long=3), B4: Sender(bad=3, long=3)}, None),
    ],
)
def test_what_offload_explains(counted: Senders, explained: Explanation | None) -> None:
    assert explanation(counted) == explained


def test_batches_add_up() -> None:
    one: Senders = {A4: Sender(1, 2, 3, 4)}
    together(one, {A4: Sender(1, 1, 1, 1), B4: Sender(5)})
    assert one == {A4: Sender(2, 3, 4, 5), B4: Sender(5)}
