"""Fragments that overlap: across batches, with a memory that is bounded in number and age."""

from __future__ import annotations

import struct

import numpy as np
from bulk.comparing import batch_of
from decoding.crafting import A4, A6, B4, B6, C4, FRAGMENT, ICMP, UDP, eth, fragment6, icmp, ip, ip6

from dissect.bulk.block import block_of
from dissect.bulk.checksums import Sums
from dissect.bulk.octets import PAD
from dissect.bulk.transport import walked
from dissect.capture.batch import Batch, Mark
from dissect.check import overlaps
from dissect.check.facts import Surroundings
from dissect.check.overlaps import OLDEST, Overlaps, Pieces, pieces
from dissect.packet import Frame


def four(offset: int, size: int, more: int = 1, number: int = 0x1234, source: bytes = A4) -> bytes:
    """A fragment of a UDP datagram over IPv4; `offset` and `size` in bytes."""
    packet = ip(bytes(size), UDP, flags=more, offset=offset // 8, ends=(source, B4))
    body = packet[:4] + struct.pack("!H", number) + packet[6:]
    return eth(body)


def six(offset: int, size: int, more: int = 1) -> bytes:
    return eth(ip6(fragment6(UDP, offset // 8, more) + bytes(size), FRAGMENT, ends=(A6, B6)), 0x86DD)


def found_in(frames: list[bytes], first: int = 1) -> Pieces | None:
    batch = batch_of([Frame(data) for data in frames])
    block = block_of(Batch(batch.data + bytes(PAD), batch.starts, batch.shape, Mark(0, first)))
    walk = walked(block)
    return pieces(walk, Surroundings(walk, Sums(block.octets)))


def pairs(*batches: list[bytes]) -> list[tuple[int, int, int, int]]:
    """(packet, the other one, first byte, last byte) of each overlap, each batch behind the one before."""
    memory, first, found = Overlaps(), 1, []
    for frames in batches:
        found += [(each.number, each.other, each.start, each.last) for each in memory.add(found_in(frames, first))]
        first += len(frames)
    return found


def test_pieces_that_fit_together_do_not_overlap() -> None:
    assert pairs([four(0, 80), four(80, 80), four(160, 3, 0)]) == []
    assert pairs([four(160, 3, 0), four(80, 80), four(0, 80)]) == []


def test_the_later_packet_is_named_with_the_bytes_it_repeats() -> None:
    assert pairs([four(0, 80), four(64, 80)]) == [(2, 1, 64, 79)]
    assert pairs([four(64, 80), four(0, 80)]) == [(2, 1, 64, 79)]
    assert pairs([six(0, 80), six(72, 16, 0)]) == [(2, 1, 72, 79)]


def test_a_piece_inside_another_one() -> None:
    assert pairs([four(0, 800), four(80, 8), four(160, 8)]) == [(2, 1, 80, 87), (3, 1, 160, 167)]


def test_an_exact_copy_is_none() -> None:
    assert pairs([four(0, 80), four(0, 80), four(80, 8, 0)]) == []
    assert pairs([four(0, 80)], [four(0, 80)]) == []


def test_batches_are_one_capture() -> None:
    assert pairs([four(0, 80)], [four(800, 8)], [four(72, 8)]) == [(3, 1, 72, 79)]


def test_other_datagrams_are_other_datagrams() -> None:
    assert pairs([four(0, 80), four(64, 80, number=7)]) == []
    assert pairs([four(0, 80), four(64, 80, source=C4)]) == []
    assert pairs([four(0, 80), six(64, 80)]) == []


def test_a_whole_datagram_is_forgotten() -> None:
    """Its number may be used again, in another batch, for a datagram that is cut up otherwise."""
    whole = [four(0, 80), four(80, 8, 0)]
    assert pairs(whole, [four(0, 48), four(48, 8, 0)]) == []
    assert pairs(whole[:1], [four(0, 48)]) == [(2, 1, 0, 47)]


def test_old_fragments_are_forgotten() -> None:
    memory = Overlaps()
    old, new = found_in([four(0, 80)]), found_in([four(64, 80)], 2)
    assert old is not None
    assert new is not None
    other = found_in([four(0, 8, number=9)], 2)
    assert other is not None
    other.time[:] = old.time + OLDEST + 1
    memory.add(old)
    memory.add(other)
    assert memory.add(new) == []


def test_the_memory_is_bounded(monkeypatch: object) -> None:
    monkeypatch.setattr(overlaps, "MOST", 100)  # type: ignore[attr-defined]
    memory = Overlaps()
    for round_ in range(5):
        count = np.arange(80, dtype=np.int64)
        memory.add(
            Pieces(
                count.astype(np.uint64) + np.uint64(1000 * round_), count * 0, count * 0 + 8, count >= 0,
                count + 80 * round_, count * 0, count.astype(np.int16), count < 0,
            )
        )  # fmt: skip
        assert memory._held is not None
        assert len(memory._held) <= 100


def test_atomic_fragments_and_quoted_ones_do_not_count() -> None:
    assert found_in([six(0, 80, 0)]) is None
    quoted = eth(ip(icmp(3, 1, bytes(4), four(64, 80)[14:]), ICMP))
    assert pairs([four(0, 80), quoted]) == []


def test_where_one_batch_ends_changes_nothing() -> None:
    """A whole datagram is forgotten at once, so that its number may be used again at once."""
    frames = [
        four(0, 80),
        four(80, 8, 0),
        four(0, 48),
        four(48, 8, 0),
        six(0, 80),
        six(72, 16, 0),
        four(0, 80),
        four(64, 80),
    ]
    expected = [(6, 5, 72, 79), (8, 7, 64, 79)]
    assert pairs(frames) == expected
    for cut in range(1, len(frames)):
        assert pairs(frames[:cut], frames[cut:]) == expected
