"""Decodes the IPv6 header and walks its extension headers, each once, never past the packet's end."""

from __future__ import annotations

from dissect.decoding.ipv4 import wrong_version
from dissect.decoding.verdicts import mobility_verdict
from dissect.decoding.walk import Draft, Limit, Network, Next, Walk
from dissect.wire import ipv6 as tables
from dissect.wire.field import Header
from dissect.wire.registry import PROTOCOL_HEADERS

LONGEST_CHAIN = 32
TCP, UDP = 6, 17
LOOPBACK = bytes(15) + b"\x01"
NO_NEXT, HOP_BY_HOP_NUMBER = 59, 0
EXTENSIONS: dict[str, Header] = {header.key: header for header in tables.EXTENSIONS}
OFFLOADED = {TCP: 20, UDP: 8}  # what hardware splits, and the least bytes of its header


def ipv6(walk: Walk, start: int, limit: Limit) -> Next | None:
    """The fixed header and what it announces."""
    version = walk.data[start] >> 4 if start < limit.end else 6
    if version == 4 and not walk.mistaken:
        walk.mistaken = True
        return Next("ip", start, limit)
    draft = walk.read(tables.IPV6, start, limit if version == 6 else limit._replace(end=start + 1))
    if version != 6:
        wrong_version(walk, draft, "ipv6.version", 6, limit)
        return None
    if walk.mistaken:
        draft.note("ip.version.mismatch", "ipv6.version", version=6, expected=4)
    if draft.broken:
        return None
    reading = draft.reading
    length, number = reading.number("ipv6.plen"), reading.number("ipv6.nxt")
    if reading.octets("ipv6.src") == reading.octets("ipv6.dst") and reading.octets("ipv6.src") != LOOPBACK:
        draft.note("ip.same_address", "ipv6.src")
    walk.network = Network(reading.octets("ipv6.src"), reading.octets("ipv6.dst"), number)
    if length == 0 and number == HOP_BY_HOP_NUMBER:
        walk.network.jumbo = True
        return Next("ipv6.hopopts", draft.stop, limit)
    if length == 0 and number in OFFLOADED and limit.claim - draft.stop >= OFFLOADED[number]:
        walk.network.presumed = True
        draft.note("ipv6.plen.big", "ipv6.plen")
        return _announced(draft, number, limit)
    inner = limit.narrow(draft.stop + length, "ipv6.plen")
    _too_short(draft, inner, limit, length)
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
    if header.length is not None and f"{key}.len_oct" in {row.name for row in header.derived} and not draft.broken:
        draft.derive(f"{key}.len_oct", draft.reading.number(f"{key}.len") * 8 + 8)
    if len(before) > LONGEST_CHAIN and sum(d.header.key in EXTENSIONS for d in before) >= LONGEST_CHAIN:
        draft.note("ipv6.chain.long", header.next, limit=LONGEST_CHAIN)
        return None
    if key == "ipv6.hopopts":
        limit = _jumbo(walk, draft, limit)
    if draft.broken:
        return None
    if key == "ipv6.routing":
        _routing(walk, draft)
    if key == "ipv6.dstopts":
        _home_address(walk, draft)
    if key == "mip6":
        mobility_verdict(walk, draft)
    number = draft.reading.number(header.next)
    if walk.network is not None:
        walk.network.protocol = number
    if key == "ipv6.fraghdr":
        return _fragment(walk, draft, number, limit)
    return _announced(draft, number, limit)


def _announced(draft: Draft, number: int, limit: Limit) -> Next | None:
    """What a next-header number leads to; nothing behind "no next header" is read (RFC 8200 §4.7)."""
    if number == NO_NEXT:
        if limit.claim > draft.stop:
            draft.note("ipv6.nonxt.data", draft.header.next, length=limit.claim - draft.stop)
        return None
    key = PROTOCOL_HEADERS.get(number)
    return Next(key, draft.stop, limit) if key else None


def _place(draft: Draft, before: list[Draft]) -> None:
    """Hop-by-hop options first and once; no header twice but destination options (RFC 8200 §4.1)."""
    key = draft.header.key
    own = []
    for earlier in reversed(before):
        if earlier.header.key in ("ip", "ipv6"):
            break
        own.append(earlier.header.key)
    if key == "ipv6.hopopts" and own:
        draft.note("ipv6.hopopts.place", f"{key}.nxt")
    if own.count(key) >= (2 if key == "ipv6.dstopts" else 1):
        draft.note("ipv6.header.repeated", draft.header.next)
    where = {"ipv6.hopopts": "the hop-by-hop options", "ipv6.dstopts": "the destination options"}
    for option in draft.options:
        if option.header.only and option.header.only != key:
            draft.note("option.place", "ipv6.opt.type", section=option.header.cite, where=where[option.header.only])


def _jumbo(walk: Walk, draft: Draft, limit: Limit) -> Limit:
    """The limit that a jumbo payload option sets; it counts from behind the fixed header (RFC 2675 §2, §3)."""
    fixed = next((earlier for earlier in reversed(walk.layers) if earlier.header.key == "ipv6"), None)
    if fixed is None or walk.network is None:
        return limit
    plen = fixed.reading.number("ipv6.plen")
    found = [value for option in draft.options for value in option.values if value.name == "ipv6.opt.jumbo"]
    jumbo = found[0] if found else None
    if len(found) > 1:
        draft.note("ipv6.jumbo.repeated", "ipv6.opt.jumbo")
    if jumbo is None or not isinstance(jumbo.raw, int):
        if plen == 0 and not draft.broken:
            draft.note("ipv6.jumbo.missing", "ipv6.plen")
            walk.network.presumed = True
        return limit
    if plen:
        draft.note("ipv6.jumbo.place", "ipv6.opt.jumbo", length=plen)
        return limit
    if jumbo.raw < 65536:
        draft.note("ipv6.jumbo.small", "ipv6.opt.jumbo", length=jumbo.raw)
        return limit
    inner = limit.narrow(fixed.stop + jumbo.raw, "ipv6.opt.jumbo")
    _too_short(fixed, inner, limit, jumbo.raw)
    return inner


def _fragment(walk: Walk, draft: Draft, number: int, limit: Limit) -> Next | None:
    reading, network = draft.reading, walk.network
    offset, more = reading.number("ipv6.fraghdr.offset") * 8, reading.number("ipv6.fraghdr.more")
    length = limit.claim - draft.stop
    if network is not None and network.jumbo and not network.presumed:
        draft.note("ipv6.jumbo.fragment", "ipv6.fraghdr.nxt")
    if not offset and not more:
        draft.note("ipv6.fragment.atomic", "ipv6.fraghdr.offset")
        return _announced(draft, number, limit)
    if network is not None:
        network.fragment = True
    if more and length % 8:
        draft.note("ipv6.fragment.multiple", "ipv6.fraghdr.more", length=length)
    if offset + length > 65535:
        draft.note("ipv6.fragment.long", "ipv6.fraghdr.offset", offset=offset, length=length)
    if offset:
        return None
    own = limit.bound in ("ipv6.plen", "ipv6.opt.jumbo")
    limit = limit._replace(bound="fragment" if own else limit.bound, partial=limit.partial or bool(more))
    if length <= 0 and number in PROTOCOL_HEADERS:
        draft.note("ipv6.fragment.chain", "ipv6.fraghdr.nxt")
    return _announced(draft, number, limit)


def _routing(walk: Walk, draft: Draft) -> None:
    """The final destination, which the checksums above cover while segments are left (RFC 8200 §8.1)."""
    reading, network = draft.reading, walk.network
    kind, left = reading.number("ipv6.routing.type"), reading.number("ipv6.routing.segleft")
    if kind == 0:
        draft.note("ipv6.routing.zero", "ipv6.routing.type")
    if network is None:
        return
    names = {0: "ipv6.routing.src.addr", 2: "ipv6.routing.mipv6.home_address", 4: "ipv6.routing.srh.addr"}
    if kind == 3:
        route = _rpl(draft, network.destination)
    else:
        route = [
            value.raw for value in reading.values if value.name == names.get(kind) and isinstance(value.raw, bytes)
        ]
    if kind in (0, 2, 3, 4) and left > len(route):
        draft.note("ipv6.routing.segleft.large", "ipv6.routing.segleft", left=left, count=len(route))
    elif left and route:
        network.destination = route[0] if kind == 4 else route[-1]


def _rpl(draft: Draft, destination: bytes) -> list[bytes]:
    """The addresses of an RPL source route, their elided prefixes taken from the destination (RFC 6554 §3)."""
    reading = draft.reading
    body = reading.octets("ipv6.routing.rpl.address")
    inner, last = reading.number("ipv6.routing.rpl.cmprI"), reading.number("ipv6.routing.rpl.cmprE")
    body = body[: len(body) - reading.number("ipv6.routing.rpl.pad")]
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
