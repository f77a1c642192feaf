"""The short way to TCP for those who ask for nothing else: most packets have it right behind Ethernet and plain IPv4.

Those headers are looked at once, side by side; the walk goes through all packets that are not as plain as that.
"""

from __future__ import annotations

import numpy as np

from dissect.bulk.group import Group
from dissect.bulk.octets import Array, Heads, slots_by_name
from dissect.bulk.walk import LENGTH, Walk
from dissect.wire.field import fixed_size
from dissect.wire.ipv4 import IPV4
from dissect.wire.link import ETHERNET
from dissect.wire.registry import ETHERTYPE_HEADERS, LINK_HEADERS, PROTOCOL_HEADERS, TUNNEL_PORTS
from dissect.wire.tcp import TCP
from dissect.wire.udp import UDP

_IP = slots_by_name(IPV4)
_BEFORE = fixed_size(ETHERNET)
_SIZE = fixed_size(IPV4)
_PORT = slots_by_name(UDP)["udp.dstport"]
_PLAIN = {"ip.version": 4, "ip.hdr_len": _SIZE // _IP["ip.hdr_len"].field.scale}
_WHOLE = {"ip.frag_offset": 0, "ip.flags.mf": 0}
_TUNNELS = np.isin(np.arange(1 << 16), list(TUNNEL_PORTS))


def _number(registry: dict[int, str], key: str) -> int:
    return next(number for number, header in registry.items() if header == key)


def straight(walk: Walk, group: Group) -> Group:
    """Sends packets to TCP that have it right there; gives those that have to be walked, UDP without a tunnel not."""
    ethernet = walk.index.link[group.rows] == _number(LINK_HEADERS, ETHERNET.key)
    if not ethernet.any():
        return group
    head = walk.octets.heads(group.start, _BEFORE + _SIZE + _PORT.hi)
    ip = head.behind(_BEFORE)
    plain = ethernet & (head.slot(slots_by_name(ETHERNET)["eth.type"]) == _number(ETHERTYPE_HEADERS, IPV4.key))
    plain &= _holds(ip, _PLAIN)
    protocol, length = ip.slot(_IP["ip.proto"]), ip.slot(_IP["ip.len"])
    idle = plain & (protocol == _number(PROTOCOL_HEADERS, UDP.key)) & ~_TUNNELS[ip.behind(_SIZE).slot(_PORT)]
    stop = group.start + _BEFORE + length
    right = plain & (protocol == _number(PROTOCOL_HEADERS, TCP.key)) & _holds(ip, _WHOLE)
    right &= (length >= _SIZE + fixed_size(TCP)) & (stop <= group.end)
    _send(walk, group.rows[right], group.start[right] + _BEFORE, stop[right])
    return group.take(~(right | idle))


def _holds(head: Heads, fields: dict[str, int]) -> Array:
    """Which headers have these values."""
    found: Array = np.logical_and.reduce([head.slot(_IP[name]) == value for name, value in fields.items()])
    return found


def _send(walk: Walk, rows: Array, start: Array, stop: Array) -> None:
    """TCP up to `stop` behind the IPv4 headers at `start`, and what the walk would have kept of those."""
    source, destination = _IP["ip.src"], _IP["ip.dst"]
    network, nowhere = walk.network, np.zeros(len(rows), bool)
    network.at[rows] = start
    network.source[rows], network.source_size[rows] = start + source.lo, source.hi - source.lo
    network.destination[rows], network.destination_size[rows] = start + destination.lo, destination.hi - destination.lo
    walk.bound[rows] = LENGTH
    walk.push(TCP.key, Group(rows, start + _SIZE, stop, stop, nowhere, nowhere))
