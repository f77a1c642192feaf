"""Finds a field by the name that people give it: its own, an older one, its label, or nearly."""

from __future__ import annotations

from dissect.wire.registry import aliases, fields

COMMON = {
    "ttl": "ip.ttl", "tos": "ip.dsfield", "dscp": "ip.dsfield.dscp", "ecn": "ip.dsfield.ecn", "ihl": "ip.hdr_len",
    "df": "ip.flags.df", "mf": "ip.flags.mf", "hop limit": "ipv6.hlim", "flow label": "ipv6.flow",
    "traffic class": "ipv6.tclass", "next header": "ipv6.nxt", "seq": "tcp.seq_raw", "ack": "tcp.flags.ack",
    "syn": "tcp.flags.syn", "fin": "tcp.flags.fin", "rst": "tcp.flags.reset", "reset": "tcp.flags.reset",
    "psh": "tcp.flags.push", "push": "tcp.flags.push", "urg": "tcp.flags.urg", "ece": "tcp.flags.ece",
    "cwr": "tcp.flags.cwr", "ae": "tcp.flags.ae", "ns": "tcp.flags.ae", "mss": "tcp.options.mss_val",
    "window": "tcp.window_size_value", "wscale": "tcp.options.wscale.shift",
    "window scale": "tcp.options.wscale.shift", "sack": "tcp.options.sack_le",
    "timestamps": "tcp.options.timestamp.tsval", "data offset": "tcp.hdr_len", "tcp.seq": "tcp.seq_raw",
    "tcp.ack": "tcp.ack_raw", "tcp.window_size": "tcp.window_size_value", "checksum": "tcp.checksum",
    "urgent pointer": "tcp.urgent_pointer", "protocol": "ip.proto", "fragment offset": "ip.frag_offset",
}  # fmt: skip


def find(query: str) -> str | None:
    """The name of the field that is meant; None where nothing has that name."""
    wanted = " ".join(query.split())
    known = fields()
    if wanted in known:
        return wanted
    lower = wanted.lower()
    for table in (aliases(), COMMON):
        if lower in table:
            return table[lower]
    return (
        lower
        if lower in known
        else next((name for name, (field, _) in known.items() if field.label.lower() == lower), None)
    )


def nearest(query: str) -> list[str]:
    """Up to three names that resemble the query."""
    from difflib import get_close_matches

    lower = query.lower()
    names = [name for name in fields() if name]
    close = get_close_matches(lower, names, 3, 0.6)
    return close or [name for name in names if lower in name][:3] or get_close_matches(lower, names, 3, 0.4)
