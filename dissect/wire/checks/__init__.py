"""When a rule is broken: conditions over the fields of one layer or one option, declared once for both readers.

A condition is written over `of`, which gives a field's raw number by its name: an int where one packet is
decoded, an array of them where millions are. So it uses only what both know: `& | == != < <= > >= + - * >>`,
comparisons in parentheses, no `and`, `or`, `not`. It is not asked where one of its fields is absent.

Besides fields, `of` knows facts that stand in no byte:

| fact | |
| --- | --- |
| `layer.header` | bytes of the header, where it is whole |
| `layer.given` · `layer.here` | bytes that the layer below gives it, header included: as sent · as captured |
| `body.bytes` | bytes behind the header up to the layer's own end |
| `body.left` | bytes behind the layer's own end that the layer below still gives it |
| `body.presumed` | 1 where its length was left to segmentation offload, so that the frame's end counts |
| `body.lies` | 1 where it is the first to say more bytes than were sent |
| `body.cut` | 1 where the capture cut the bytes that it says |
| `body.tcp` | IPv4: bytes of the TCP header with which a first fragment begins, as far as it says |
| `body.padding` | 1 where the bytes behind its end that fill an Ethernet frame are not all zero |
| `link.wire` | 1 where the packet was captured on a network, 0 where the capture shows a host's inside |
| `network.bytes` | bytes of an address of the IP header below, 0 where there is none |
| `network.ecn` · `network.hops` · `network.jumbo` | of that header: ECN bits, TTL or hop limit, 1 for a jumbogram |
| `network.fragment` | 1 behind the fragment header of a piece, in IPv6 |
| `chain.all` · `chain.before` · `chain.same` | extension headers before: all, since the last IP header, of the same kind |
| `fixed.plen` | payload length of the last IPv6 header |
| `jumbo.count` · `jumbo.length` | jumbo payload options, and what the first one says |
| `route.count` | addresses in a routing header |
| `options.nops` | the longest run of no-operations |
| `option.stuffed` | 1 where the body of the option is not all zero |
| `sum.status` · `sum.calculated` | the verdict on a checksum that has no field for it, and what it should be |

An IPv6 address is its two halves, `ipv6.src.high` and `ipv6.src.low`; a verdict is its place among `Verdict`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

from dissect.wire.field import Header
from dissect.wire.registry import HEADERS

Of = Callable[[str], Any]
Condition = Callable[[Of], Any]


class Check(NamedTuple):
    """A rule is broken in the header or option `layer`, as to its `field`, where the condition holds.

    `said` fills the rule's text: texts, or conditions' values. `quoted`: the packet that an ICMP error
    repeats is asked too. `unless` is a field of an option with which the rule is not broken.
    """

    rule: str
    layer: str
    field: str
    broken: Condition
    said: Mapping[str, Condition | str] = {}
    bound: str = ""
    section: str = ""
    quoted: bool = False
    unless: str = ""


class _Anything:
    """Stands for every value while a condition is asked which fields it looks at."""

    def _same(self, *_: object) -> _Anything:
        return self

    __and__ = __or__ = __add__ = __sub__ = __mul__ = __rshift__ = __mod__ = _same
    __rand__ = __ror__ = __radd__ = __rsub__ = __rmul__ = _same
    __lt__ = __le__ = __gt__ = __ge__ = _same
    __eq__ = __ne__ = _same  # type: ignore[assignment]
    __hash__ = None  # type: ignore[assignment]


@cache
def needs(condition: Condition) -> tuple[str, ...]:
    """The fields and facts that a condition looks at."""
    found: list[str] = []

    def of(name: str) -> _Anything:
        found.append(name)
        return _Anything()

    condition(of)
    return tuple(dict.fromkeys(found))


def one_of(value: Any, *numbers: int) -> Any:
    """Whether a value is one of some numbers."""
    found = value == numbers[0]
    for number in numbers[1:]:
        found = found | (value == number)
    return found


@cache
def every_check() -> tuple[Check, ...]:
    """All checks."""
    from dissect.wire.checks import internet, link, transport

    return (*_reserved(), *link.CHECKS, *internet.CHECKS, *transport.CHECKS)


def _reserved() -> list[Check]:
    """Rows of a header that the standard wants to have one value."""
    found = []
    for header in HEADERS:
        for name, expected in expectations(header).items():

            def broken(of: Of, name: str = name, expected: int = expected) -> Any:
                return of(name) != expected

            def value(of: Of, name: str = name) -> Any:
                return of(name)

            said = {"value": value, "expected": lambda _, expected=expected: expected}
            found.append(Check("reserved", header.key, name, broken, said, quoted=True))
    return found


@cache
def expectations(header: Header) -> dict[str, int]:
    """Field → the value that it should have, for the undivided rows of a header."""
    rows = [row for field in header.fields for row in (field.parts or (field,))]
    return {row.name: row.expect for row in rows if row.expect is not None}


@cache
def checks_of(key: str) -> tuple[Check, ...]:
    """The checks of the header or option with that key."""
    return tuple(check for check in every_check() if check.layer == key)


__all__ = ["Check", "Condition", "Of", "checks_of", "every_check", "expectations", "needs", "one_of"]
