"""What people call the first header, and the table's key for it; apart from the tables, which take time to load."""

from __future__ import annotations

LINK_NAMES: dict[str, str] = {
    "ethernet": "eth", "eth": "eth", "ip": "raw", "raw": "raw", "ipv4": "ip", "ipv6": "ipv6", "tcp": "tcp", "udp": "udp",
    "icmp": "icmp", "icmpv6": "icmpv6", "arp": "arp", "vlan": "vlan", "llc": "llc", "cooked": "sll", "sll": "sll",
    "sll2": "sll2", "loopback": "null", "null": "null", "ppp": "ppp", "pppoe": "pppoe", "mpls": "mpls", "gre": "gre",
    "vxlan": "vxlan",
}  # fmt: skip


def first_header(name: str) -> str:
    """The key of the header that is called `name`; ValueError, in one sentence, where none is."""
    key = LINK_NAMES.get(name.lower())
    if key is not None:
        return key
    from difflib import get_close_matches

    near = get_close_matches(name.lower(), LINK_NAMES, 1)
    raise ValueError(
        f"no header is called {name!r}; "
        + (f"did you mean {near[0]}?" if near else f"there are {', '.join(LINK_NAMES)}")
    )
