"""`dissect samples`: the captures that come along."""

from __future__ import annotations


def samples() -> None:
    """List the captures that come with dissect; "sample:NAME" stands for FILE everywhere."""
    from dissect.capture.samples import sample_names

    found = sample_names()
    width = max((len(name) for name in found), default=0)
    for name, sample in found.items():
        print(f"sample:{name.ljust(width)}  {sample.packets:>4}  {sample.title}")
