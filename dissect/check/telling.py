"""What offload explains of a capture's checksums, in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dissect.wire.field import Kind, bytes_text

if TYPE_CHECKING:
    from dissect.check.offload import Explanation
    from dissect.explain.language import Language

NAMED = 3
"""Senders that are named."""


def remark(explained: Explanation, language: Language) -> Iterator[str]:
    """A sentence each: whose packets, how many of them wrong, how many long, how to capture what is sent."""
    word = language.word
    kinds = {4: Kind.IPV4, 16: Kind.IPV6}
    named = [bytes_text(kinds[len(address)], address) for address in explained.senders[:NAMED]]
    rest = len(explained.senders) - len(named)
    senders = ", ".join(named) + (word("check.offload.others", count=rest) if rest else "")
    yield word("check.offload", senders=senders, count=explained.partial + explained.bad)
    if explained.bad:
        yield word("check.offload.bad", count=explained.bad)
    if explained.long:
        yield word("check.offload.long", count=explained.long)
    yield word("check.offload.remedy")
