"""What streams tell of one packet: the value of a field, and the sentences about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from dissect.capture import Frames
    from dissect.explain.language import Language

_EACH = "tcp.analysis."
_KINDS = {
    "fast_retransmission": "retransmission", "spurious_retransmission": "retransmission",
    "duplicate_ack_num": "duplicate_ack", "duplicate_ack_frame": "duplicate_ack", "rto": "retransmission",
    "rto_frame": "retransmission",
}  # fmt: skip
"""Fields beside the mark that they belong to; all three kinds of retransmission are told together."""


def told(frames: Frames, number: int, name: str, language: Language) -> tuple[str, list[str]]:
    """The value of a stream field in packet `number` as text, empty where it has none, and why it has it."""
    from dissect.streams.analysis import analyse
    from dissect.streams.columns import columns, keep
    from dissect.streams.reasons import reasons
    from dissect.streams.segments import read_segments, with_evidence

    keep(frames)
    segments = read_segments(frames)
    at = int(np.searchsorted(segments.number, number))
    if at == len(segments) or segments.number[at] != number:
        return "", []
    import polars as pl  # not before the capture was read, which is quicker without

    from dissect.bulk.text import readable

    own = with_evidence(frames, segments.of(int(segments.stream[at])))
    analysis = analyse(own)
    (value,) = readable(columns(analysis, [name]).filter(pl.col("frame.number") == number).select(name)).row(0)
    if value is None:
        return "", []
    wanted = name.removeprefix(_EACH)
    said = [
        language.reason(each.key, each.blanks, sure=each.sure)
        for each in reasons(analysis)
        if each.number == number and wanted in ("flags", *_about(each.mark.name or ""))
    ]
    return str(value), said


def _about(mark: str) -> tuple[str, ...]:
    """The fields that a mark is told with."""
    own = mark.lower()
    return (own, *(name for name, kind in _KINDS.items() if kind == own), *((_KINDS[own],) if own in _KINDS else ()))
