"""Which names a filter may use: fields, their older names, pairs of fields, protocols; and the nearest to a wrong one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

from dissect.filter.typed import Source, Type
from dissect.wire.field import Field, Header, Kind, every_field
from dissect.wire.registry import HEADERS, PAIRS, aliases, every_header, fields, option_headers
from dissect.wire.runs import runs
from dissect.wire.stream import STREAM_FIELDS

TIME_FIELD = "frame.time_epoch"  # the column holds nanoseconds since 1970, as Int64
OTHER_NAMES = {"frame.time": TIME_FIELD}
PAYLOADS = ("tcp.payload", "udp.payload")
KNOWN_ELSEWHERE = {
    "tcp.window": "tcp.window_size_value", "ip.host": "ip.addr", "ip.ecn": "ip.dsfield.ecn",
    "ip.dscp": "ip.dsfield.dscp", "ip.protocol": "ip.proto", "ip.hop_limit": "ip.ttl", "ipv6.ttl": "ipv6.hlim",
    "tcp.flags.ns": "tcp.flags.ae", "data.data": "tcp.payload", "tcp.segment_data": "tcp.payload", "vlan.tag": "vlan.id", "ip.identification": "ip.id",
}  # fmt: skip
_TYPES = {
    Kind.NUMBER: Type.NUMBER, Kind.HEX: Type.NUMBER, Kind.LITTLE: Type.NUMBER, Kind.FLAG: Type.FLAG,
    Kind.DURATION: Type.DURATION, Kind.MAC: Type.MAC, Kind.IPV4: Type.IPV4, Kind.IPV6: Type.IPV6, Kind.BYTES: Type.BYTES, Kind.WORD: Type.TEXT,
}  # fmt: skip
_SIZES = {Type.MAC: 6, Type.IPV4: 4, Type.IPV6: 16}


class Marker(NamedTuple):
    """The fields that show that a header is there; for an option, the kinds that it has."""

    fields: tuple[str, ...]
    kinds: tuple[int, ...] = ()


def source(name: str) -> Source | None:
    """The operand of that name; None where there is no such field."""
    if name in PAYLOADS:
        return run(name)
    found = PAIRS.get(name) or (OTHER_NAMES.get(name) or aliases().get(name, name),)
    if found[0] not in fields():
        return None
    row, _ = fields()[found[0]]
    kind = type_of(row)
    names = dict(row.names) if row.names and not row.named_by else {}
    repeated = any(one in repeatable() for one in found)
    return Source(kind, repeated, name, _largest(row), _SIZES.get(kind), names, fields=found)


def run(name: str, onward: bool = False) -> Source | None:
    """The bytes of a header (`onward`: and of all that it carries), of the frame, or of a payload; None for others."""
    bytes_of = name if name in PAYLOADS else f"{name}[{'+' * onward}]"
    return Source(Type.BYTES, False, name, fields=(bytes_of,)) if bytes_of in runs() else None


def type_of(row: Field) -> Type:
    """How a field's values are compared."""
    if row.name == TIME_FIELD:
        return Type.TIME
    if row.name.endswith(".checksum.status"):
        return Type.VERDICT
    return _TYPES[row.kind]


def _largest(row: Field) -> int:
    """The largest number in as many whole bytes as the field needs, as tshark limits literals."""
    return (1 << -(-(row.bits or (32 if row in STREAM_FIELDS else 64)) // 8) * 8) - 1


@cache
def repeatable() -> frozenset[str]:
    """Fields that one header can hold several times: those of options, and rows that repeat."""
    return frozenset(_repeatable())


def _repeatable() -> Iterator[str]:
    yield from ("frame.comment", "ipv6.routing.rpl.full_address")
    for header in HEADERS:
        for inner in option_headers(header.options) if header.options else ():
            yield from (row.name for row in every_field(inner))
    for header in every_header():
        repeated = Header("", "", header.repeat)
        yield from (row.name for row in every_field(repeated))


@cache
def protocols() -> Mapping[str, Marker]:
    """Header key → what shows that the header is there."""
    found: dict[str, Marker] = {"frame": Marker(("frame.number",))}
    for header in every_header():
        if header.options is not None:
            first = header.options.unknown.fields[0].name
            found.setdefault(header.options.key, Marker((first,)))
            for kind, option in header.options.table.items():
                found[option.key] = Marker((first,), (*found.get(option.key, Marker(())).kinds, kind))
    for header in HEADERS:
        found.setdefault(header.key, Marker(_marks(header.key)))
    return found


def _marks(key: str) -> tuple[str, ...]:
    """The first field that all variants of a header have; the first of each where there is none."""
    variants = [[row.name for row in header.fields if row.name] for header in HEADERS if header.key == key]
    for name in variants[0]:
        if all(name in variant for variant in variants):
            return (name,)
    return tuple(dict.fromkeys(variant[0] for variant in variants))


@cache
def every_name() -> tuple[str, ...]:
    """All names that a filter may use."""
    return tuple(dict.fromkeys((*fields(), *PAIRS, *OTHER_NAMES, *PAYLOADS, *aliases(), *protocols())))


def nearest(name: str) -> tuple[str, ...]:
    """Up to three names that may have been meant."""
    from difflib import get_close_matches

    lower = name.lower()[:100]
    if lower in KNOWN_ELSEWHERE:
        return (KNOWN_ELSEWHERE[lower],)
    if lower in every_name():
        return (lower,)
    ending = tuple(one for one in every_name() if one.endswith(f".{lower}"))[:3]
    return ending or tuple(get_close_matches(lower, every_name(), 3, 0.6))


def did_you_mean(names: tuple[str, ...]) -> str:
    """The offer at the end of a message, or nothing."""
    return f"; did you mean {' or '.join(names)}?" if names else ""
