"""Decodes the IPv6 header and walks its extension headers, each once, never past the packet's end."""

from __future__ import annotations

from dissect.decoding.ipv4 import measured, padding, wrong_version
from dissect.decoding.verdicts import mobility_verdict
from dissect.decoding.walk import CUT, Draft, Limit, Network, Next, Walk
from dissect.wire import ipv6 as tables
from dissect.wire.checks.internet import LONGEST_CHAIN
from dissect.wire.field import Header
from dissect.wire.registry import PROTOCOL_HEADERS

TCP, UDP = 6, 17
NO_NEXT, HOP_BY_HOP_NUMBER = 59, 0
EXTENSIONS: dict[str, Header] = {header.key: header for header in tables.EXTENSIONS}
OFFLOADED = {TCP: 20, UDP: 8}  # what hardware splits, and the least bytes of its header


def ipv6(walk: Walk, start: int, limit: Limit) -> Next | None:
    """The fixed header and what it announces."""
    version = walk.data[start] >> 4 if start < limit.end else 6
    if version == 4 and walk.mistaken < 0:
        walk.mistaken = start
        return Next("ip", start, limit)
    draft = walk.read(tables.IPV6, start, limit if version == 6 else limit._replace(end=start + 1, bound="version"))
    if version != 6:
        wrong_version(walk, draft, "ipv6.version", 6, limit)
        return None
    if walk.mistaken == start:
        draft.note("ip.version.mismatch", "ipv6.version", version=6, expected=4)
    if draft.broken:
        return None
    reading = draft.reading
    length, number = reading.number("ipv6.plen"), reading.number("ipv6.nxt")
    walk.network = Network(
        reading.octets("ipv6.src"), reading.octets("ipv6.dst"), number,
        ecn=reading.number("ipv6.tclass.ecn"), hops=reading.number("ipv6.hlim"),
    )  # fmt: skip
    if length == 0 and number == HOP_BY_HOP_NUMBER:
        walk.network.jumbo = True
        return Next("ipv6.hopopts", draft.stop, limit)
    if length == 0 and number in OFFLOADED and limit.claim - draft.stop >= OFFLOADED[number]:
        walk.network.presumed = True
        draft.facts["body.presumed"] = 1
        return _announced(draft, number, limit)
    inner = limit.narrow(draft.stop + length, "ipv6.plen")
    measured(draft, inner, limit, draft.stop + length)
    padding(walk, draft, inner)
    draft.limit = inner
    return _announced(draft, number, inner)


def _too_short(draft: Draft, inner: Limit, limit: Limit, length: int) -> None:
    have = limit.end - draft.stop
    if inner.lie and not limit.lie:
        draft.note(
            "cut.frame", "ipv6.plen", bound="frame", what="the payload", need=length, have=limit.claim - draft.stop
        )
    elif draft.stop + length > limit.end and limit.bound == "capture" and not limit.partial:
        draft.note("cut.capture", "ipv6.plen", bound="capture", what="the payload", need=length, have=have)


def extension(walk: Walk, key: str, start: int, limit: Limit) -> Next | None:
    """One extension header."""
    header = EXTENSIONS[key]
    before = [draft for draft in walk.layers if draft.quoted == walk.quoted]
    draft = walk.read(header, start, limit)
    draft.limit = limit
    _place(draft, before)
    network = walk.network
    draft.facts["network.fragment"] = int(network is not None and network.fragment and len(network.source) == 16)
    if header.length is not None and f"{key}.len_oct" in {row.name for row in header.derived} and not draft.broken:
        draft.derive(f"{key}.len_oct", draft.reading.number(f"{key}.len") * 8 + 8)
    if draft.facts["chain.all"] >= LONGEST_CHAIN:
        return None
    if key == "ipv6.hopopts":
        limit = draft.limit = _jumbo(walk, draft, limit)
    if draft.broken:
        return None
    if key == "ipv6.routing":
        _routing(walk, draft)
    if key == "ipv6.dstopts":
        _home_address(walk, draft)
    if key == "mip6":
        mobility_verdict(walk, draft)
    number = draft.reading.number(header.next)
    if network is not None:
        network.protocol = number
    if key == "ipv6.fraghdr":
        return _fragment(walk, draft, number, limit)
    return _announced(draft, number, limit)


def _announced(draft: Draft, number: int, limit: Limit) -> Next | None:
    """What a next-header number leads to; nothing behind "no next header" is read (RFC 8200 §4.7)."""
    draft.facts["body.bytes"] = limit.claim - draft.stop
    if number == NO_NEXT:
        return None
    key = PROTOCOL_HEADERS.get(number)
    return Next(key, draft.stop, limit) if key else None


def _place(draft: Draft, before: list[Draft]) -> None:
    """The facts about where in the chain of headers this one stands (RFC 8200 §4.1)."""
    own = []
    for earlier in reversed(before):
        if earlier.header.key in ("ip", "ipv6"):
            break
        own.append(earlier.header.key)
    every = sum(earlier.header.key in EXTENSIONS for earlier in before)
    draft.facts.update(
        {"chain.all": every, "chain.before": len(own), "chain.same": own.count(draft.header.key)},
    )


def _jumbo(walk: Walk, draft: Draft, limit: Limit) -> Limit:
    """The limit that a jumbo payload option sets; it counts from behind the fixed header (RFC 2675 §2, §3)."""
    fixed = next((earlier for earlier in reversed(walk.layers) if earlier.header.key == "ipv6"), None)
    if fixed is None or walk.network is None:
        return limit
    plen = fixed.reading.number("ipv6.plen")
    found = [value for option in draft.options for value in option.values if value.name == "ipv6.opt.jumbo"]
    draft.facts.update({"fixed.plen": plen, "jumbo.count": len(found)})
    jumbo = found[0].raw if found else None
    if not isinstance(jumbo, int):
        walk.network.presumed |= plen == 0 and not draft.broken
        return limit
    draft.facts["jumbo.length"] = jumbo
    if plen or jumbo < 65536 or draft.broken:
        return limit
    inner = limit.narrow(fixed.stop + jumbo, "ipv6.opt.jumbo")
    _too_short(fixed, inner, limit, jumbo)
    return inner


def _fragment(walk: Walk, draft: Draft, number: int, limit: Limit) -> Next | None:
    reading, network = draft.reading, walk.network
    offset, more = reading.number("ipv6.fraghdr.offset") * 8, reading.number("ipv6.fraghdr.more")
    draft.facts["body.bytes"] = limit.claim - draft.stop
    if network is not None:
        draft.facts["network.jumbo"] = int(network.jumbo and not network.presumed)
        network.fragment |= bool(offset or more)
    if offset:
        return None
    if more:
        limit = limit._replace(bound=limit.bound if limit.bound in CUT else "fragment", partial=True)
    return _announced(draft, number, limit)


def _routing(walk: Walk, draft: Draft) -> None:
    """The final destination, which the checksums above cover while segments are left (RFC 8200 §8.1)."""
    reading, network = draft.reading, walk.network
    kind, left = reading.number("ipv6.routing.type"), reading.number("ipv6.routing.segleft")
    if network is None:
        return
    names = {0: "ipv6.routing.src.addr", 2: "ipv6.routing.mipv6.home_address", 4: "ipv6.routing.srh.addr"}
    if kind == 3:
        route = _rpl(draft, network.destination)
    else:
        route = [
            value.raw for value in reading.values if value.name == names.get(kind) and isinstance(value.raw, bytes)
        ]
    draft.facts["route.count"] = len(route)
    if left and route and left <= len(route):
        network.destination = route[0] if kind == 4 else route[-1]


def _rpl(draft: Draft, destination: bytes) -> list[bytes]:
    """The addresses of an RPL source route, their elided prefixes taken from the destination (RFC 6554 §3)."""
    reading = draft.reading
    body = reading.octets("ipv6.routing.rpl.address")
    inner, last = reading.number("ipv6.routing.rpl.cmprI"), reading.number("ipv6.routing.rpl.cmprE")
    body = body[: max(0, len(body) - reading.number("ipv6.routing.rpl.pad"))]
    count, rest = divmod(len(body) - (16 - last), 16 - inner)
    if count < 0 or rest:
        return []
    route = [destination[:inner] + body[i * (16 - inner) : (i + 1) * (16 - inner)] for i in range(count)]
    route.append(destination[:last] + body[len(body) - (16 - last) :])
    for address in route:
        draft.derive("ipv6.routing.rpl.full_address", address)
    return route


def _home_address(walk: Walk, draft: Draft) -> None:
    """A home address option replaces the source in the pseudo-header (RFC 6275 §6.1.1, §9.3.1)."""
    for option in draft.options:
        for value in option.values:
            if value.name == "ipv6.opt.mipv6.home_address" and isinstance(value.raw, bytes) and walk.network:
                walk.network.source = value.raw
