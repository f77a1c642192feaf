"""From the link's first byte to IP: what each link header announces."""

from __future__ import annotations

from dissect.decoding.walk import Limit, Next, Walk
from dissect.wire import link
from dissect.wire.checks.link import FAMILIES
from dissect.wire.field import Header
from dissect.wire.registry import ETHERTYPE_HEADERS, PPP_HEADERS

LEAST_TYPE = 0x0600  # below, the field is a length (IEEE 802.3 §3.2.6)
IPV6_FAMILIES = frozenset(FAMILIES[1:])  # Linux, Windows, NetBSD and OpenBSD, FreeBSD, macOS


def ethertype(number: int, start: int, limit: Limit) -> Next | None:
    """The header that an EtherType announces, if it is one of ours."""
    key = ETHERTYPE_HEADERS.get(number)
    return Next(key, start, limit) if key else None


def _typed(walk: Walk, start: int, limit: Limit, by_type: Header, by_length: Header) -> Next | None:
    """A header whose last two bytes are a type or, below 0x0600, a length that LLC follows."""
    size = 14 if by_type is link.ETHERNET else 4
    last = walk.data[start + size - 2 : start + size]
    number = int.from_bytes(last, "big")
    is_length = len(last) == 2 and start + size <= limit.end and number < LEAST_TYPE
    draft = walk.read(by_length if is_length else by_type, start, limit)
    if draft.broken:
        return None
    if is_length:
        return Next("llc", draft.stop, limit.narrow(draft.stop + number, by_length.fields[-1].name))
    return ethertype(number, draft.stop, limit)


def ethernet(walk: Walk, start: int, limit: Limit) -> Next | None:
    """Ethernet II or 802.3."""
    return _typed(walk, start, limit, link.ETHERNET, link.ETHERNET_8023)


def vlan(walk: Walk, start: int, limit: Limit) -> Next | None:
    """One 802.1Q or 802.1ad tag, from the priority bits on."""
    return _typed(walk, start, limit, link.VLAN, link.VLAN_8023)


def llc(walk: Walk, start: int, limit: Limit) -> Next | None:
    """LLC with or without SNAP (RFC 1042); an organization of 0 means that a type follows."""
    draft = walk.read(link.LLC, start, limit)
    if draft.broken or draft.reading.number("llc.control") != 3:
        return None
    if "llc.type" in draft.reading.raws:
        return ethertype(draft.reading.number("llc.type"), draft.stop, limit)
    return Next("ip", draft.stop, limit) if draft.reading.number("llc.dsap") == 0x06 else None


def cooked(walk: Walk, start: int, limit: Limit) -> Next | None:
    """Linux cooked v1; a protocol type below 0x0600 other than 4 (802.2) is not an EtherType."""
    return _cooked(walk, start, limit, link.COOKED)


def cooked_2(walk: Walk, start: int, limit: Limit) -> Next | None:
    """Linux cooked v2."""
    return _cooked(walk, start, limit, link.COOKED_2)


def _cooked(walk: Walk, start: int, limit: Limit, header: Header) -> Next | None:
    draft = walk.read(header, start, limit)
    if draft.broken:
        return None
    number = draft.reading.number("sll.etype")
    return Next("llc", draft.stop, limit) if number == 4 else ethertype(number, draft.stop, limit)


def loopback(walk: Walk, start: int, limit: Limit) -> Next | None:
    """BSD loopback: the family is in the capturing machine's order, so the order that makes it small wins."""
    word = walk.data[start : min(start + 4, limit.end)]
    little = len(word) == 4 and int.from_bytes(word, "little") < int.from_bytes(word, "big")
    draft = walk.read(link.LOOPBACK_LITTLE if little else link.LOOPBACK, start, limit)
    if draft.broken:
        return None
    family = draft.reading.number("null.family")
    if family == 2:
        return Next("ip", draft.stop, limit)
    if family in IPV6_FAMILIES:
        return Next("ipv6", draft.stop, limit)
    return raw(walk, draft.stop, limit)


def raw(walk: Walk, start: int, limit: Limit) -> Next | None:
    """No link header: the version nibble says which IP it is."""
    if start >= limit.end:
        return None
    version = walk.data[start] >> 4
    return Next("ipv6" if version == 6 else "ip", start, limit) if version in (4, 6) or start == 0 else None


def ppp(walk: Walk, start: int, limit: Limit) -> Next | None:
    """PPP, with or without HDLC's address and control, the protocol in one byte or two (RFC 1661 §2, §6.5).

    0xff is an address: as a protocol of one byte it is not assigned.
    """
    data = walk.data[start : limit.end]
    framed = data[:1] == b"\xff"
    first = data[2:3] if framed else data[:1]
    compressed = bool(first) and first[0] & 1 == 1
    header = {
        (True, True): link.PPP_HDLC_SHORT,
        (True, False): link.PPP_HDLC,
        (False, True): link.PPP_SHORT,
        (False, False): link.PPP,
    }[framed, compressed]
    draft = walk.read(header, start, limit)
    key = None if draft.broken else PPP_HEADERS.get(draft.reading.number("ppp.protocol"))
    return Next(key, draft.stop, limit) if key else None


def pppoe(walk: Walk, start: int, limit: Limit) -> Next | None:
    """PPPoE: session data is PPP without HDLC framing (RFC 2516 §4)."""
    draft = walk.read(link.PPPOE, start, limit)
    if draft.broken or draft.reading.number("pppoe.code") != 0:
        return None
    length = draft.reading.number("pppoe.payload_length")
    return Next("ppp", draft.stop, limit.narrow(draft.stop + length, "pppoe.payload_length"))


def mpls(walk: Walk, start: int, limit: Limit) -> Next | None:
    """One label; below the last nothing names what follows, so the version nibble decides (RFC 4928 §3)."""
    draft = walk.read(link.MPLS, start, limit)
    if draft.broken:
        return None
    if not draft.reading.number("mpls.bottom"):
        return Next("mpls", draft.stop, limit)
    version = walk.data[draft.stop] >> 4 if draft.stop < limit.end else 0
    key = {4: "ip", 6: "ipv6"}.get(version)
    return Next(key, draft.stop, limit) if key else None
