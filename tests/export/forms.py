"""The list's lines of both readers for the same packets."""

from __future__ import annotations

from collections.abc import Sequence

from bulk.comparing import batch_of

from dissect.bulk.block import Block, block_of, gathered
from dissect.capture.batch import Batch
from dissect.decoding import decode_frame
from dissect.export.lines import Look, lines
from dissect.packet import Frame
from dissect.render.listing import line

LOOKS = (Look(), Look(aligned=True, times="utc"), Look(times="epoch"), Look(times="local"), Look(times="delta"))


def block(batch: Batch) -> Block:
    """The batch's packets."""
    return block_of(next(gathered([batch])))


def compare(batch: Batch, most: int = 1000) -> int:
    """Fails at the first line that the readers write differently; gives how many were compared."""
    frames = [batch.frame(number) for number in range(batch.mark.number, min(batch.stop, batch.mark.number + most))]
    packets = [(frame, decode_frame(frame)) for frame in frames]
    started = next((frame.time for frame in frames if frame.time is not None), None)
    for look in LOOKS:
        previous, expected = None, []
        for frame, packet in packets:
            text = line(packet, started, times=look.times, previous=previous, aligned=look.aligned)
            expected.append(text)
            previous = frame.time if frame.time is not None else previous
        found = lines(block(batch), look, started).decode().split("\n")
        assert len(found) == len(batch) + 1
        for ours, theirs in zip(found, expected, strict=False):
            assert ours == theirs
    return len(frames)


def compare_frames(frames: Sequence[Frame]) -> int:
    """The same for frames."""
    return compare(batch_of(frames))
