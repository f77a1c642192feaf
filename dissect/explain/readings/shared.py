"""Readings that several headers share: addresses, hops, DSCP and ECN, checksums, ports."""

from __future__ import annotations

from collections.abc import Iterator

from dissect.explain.readings import Context, Said, said
from dissect.packet import Value
from dissect.wire.numbers import DSCP, PORTS

STARTS = (32, 64, 128, 255)  # initial values that systems use: old Windows, Linux and macOS, Windows, routers
LOW = 8  # so few are left on purpose: no path takes 24 routers from 32
V4_RANGES: tuple[tuple[str, int, str], ...] = (
    ("0.0.0.0", 32, "unspecified"), ("0.0.0.0", 8, "this_network"), ("255.255.255.255", 32, "broadcast"),
    ("127.0.0.0", 8, "loopback"), ("10.0.0.0", 8, "private"), ("172.16.0.0", 12, "private"),
    ("192.168.0.0", 16, "private"), ("169.254.0.0", 16, "link_local"), ("100.64.0.0", 10, "shared"),
    ("192.0.2.0", 24, "documentation"), ("198.51.100.0", 24, "documentation"), ("203.0.113.0", 24, "documentation"),
    ("198.18.0.0", 15, "benchmark"), ("192.0.0.0", 24, "protocols"), ("224.0.0.0", 4, "multicast"), ("240.0.0.0", 4, "reserved"),
)  # fmt: skip
V6_RANGES: tuple[tuple[str, int, str], ...] = (
    ("::", 128, "unspecified"), ("::1", 128, "loopback"), ("::ffff:0:0", 96, "mapped"), ("64:ff9b::", 96, "nat64"),
    ("fe80::", 10, "link_local"), ("fc00::", 7, "unique_local"), ("2001:db8::", 32, "documentation"),
    ("3fff::", 20, "documentation"), ("2001::", 32, "teredo"), ("2002::", 16, "sixtofour"),
    ("ff02::1:ff00:0", 104, "solicited_node"), ("ff00::", 8, "multicast"), ("fec0::", 10, "site_local"),
    ("64:ff9b:1::", 48, "nat64"), ("100::", 64, "discard"), ("2001:2::", 48, "benchmark"), ("2001:20::", 28, "identity"),
    ("2001::", 23, "protocols"), ("5f00::", 16, "segments"), ("2000::", 3, "global"), ("::", 0, "unassigned"),
)  # fmt: skip


def address(value: Value, _: Context) -> Iterator[Said]:
    """Which kind of address it is (RFC 6890, RFC 4291)."""
    raw = value.raw
    if not isinstance(raw, bytes):
        return
    kind = _kind(raw, V4_RANGES if len(raw) == 4 else V6_RANGES)
    yield said(f"address.{kind}")
    if (
        len(raw) == 16
        and raw[11:13] == b"\xff\xfe"
        and kind in ("global", "link_local", "unique_local", "documentation")
    ):
        mac = bytes((raw[8] ^ 2, *raw[9:11], *raw[13:]))
        yield said("address.eui64", mac=mac.hex(":"))


def _kind(raw: bytes, ranges: tuple[tuple[str, int, str], ...]) -> str:
    import socket

    family = socket.AF_INET if len(raw) == 4 else socket.AF_INET6
    number = int.from_bytes(raw, "big")
    for text, prefix, kind in ranges:
        start = int.from_bytes(socket.inet_pton(family, text), "big")
        if number >> (len(raw) * 8 - prefix) == start >> (len(raw) * 8 - prefix):
            return kind
    return "global"


def version(value: Value, _: Context) -> Iterator[Said]:
    """A number that is not the header's own; the right one says nothing new."""
    expected = 6 if value.name.startswith("ipv6") else 4
    if value.raw != expected:
        yield said("version.other", version=value.raw, expected=expected)


def hops(value: Value, context: Context) -> Iterator[Said]:
    """How far the packet has come, guessed from the usual initial values (RFC 1812 §5.3.1)."""
    left = value.raw
    if not isinstance(left, int):
        return
    if value.name == "ipv6.hlim" and left == 255 and context.packet.layer("icmpv6") is not None:
        yield said("hops.neighbor")
        return
    if left == 0:
        yield said("hops.zero")
        return
    start = next(start for start in STARTS if left <= start)
    passed = start - left
    if passed == 0:
        yield said("hops.fresh", start=start)
    elif left == 1:
        yield said("hops.link" if _to_many(context) else "hops.last")
    elif left <= LOW:
        yield said("hops.low", left=left)
    else:
        yield said("hops.one" if passed == 1 else "hops.many", left=left, start=start, passed=passed)


def _to_many(context: Context) -> bool:
    """Whether the destination is a multicast: no ICMP error may answer it (RFC 1122 §3.2.2)."""
    value = context.layer.get("ip.dst") or context.layer.get("ipv6.dst")
    if value is None or not isinstance(value.raw, bytes):
        return False
    return _kind(value.raw, V4_RANGES if len(value.raw) == 4 else V6_RANGES) in (
        "multicast",
        "solicited_node",
        "broadcast",
    )


def dscp(value: Value, _: Context) -> Iterator[Said]:
    """The forwarding treatment asked for (RFC 2474, RFC 2597, RFC 3246)."""
    raw = value.raw
    if not isinstance(raw, int):
        return
    named = {0: "default", 1: "lower", 44: "voice", 45: "queue", 46: "expedited"}
    if raw in named:
        yield said(f"dscp.{named[raw]}", dscp=raw)
    elif raw % 8 == 0:
        yield said("dscp.selector", dscp=raw, precedence=raw >> 3)
    elif raw in DSCP:
        yield said("dscp.assured", dscp=raw, group=raw >> 3, drop=raw >> 1 & 3)
    else:
        yield said("dscp.unassigned", dscp=raw)


def ecn(value: Value, _: Context) -> Iterator[Said]:
    """Congestion marking (RFC 3168 §5, RFC 9331)."""
    if isinstance(value.raw, int):
        yield said(f"ecn.{value.raw}")


def service(value: Value, context: Context) -> Iterator[Said]:
    """DSCP and ECN of the whole byte."""
    for part in value.parts:
        yield from (dscp if part.name.endswith("dscp") else ecn)(part, context)


def checksum(value: Value, context: Context) -> Iterator[Said]:
    """What the verdict says."""
    verdict = context.word(f"{value.name}.status")
    if verdict:
        yield said(f"checksum.{verdict}", stored=value.text, want=context.word(f"{value.name}_calculated"))


def port(value: Value, _: Context) -> Iterator[Said]:
    """The service, or the range that the port is from (RFC 6335 §6)."""
    raw = value.raw
    if not isinstance(raw, int):
        return
    if raw in PORTS:
        yield said("port.known", port=raw, name=PORTS[raw])
    elif raw == 0:
        yield said("port.zero")
    elif raw < 1024:
        yield said("port.system", port=raw)
    elif 32768 <= raw <= 60999:
        yield said("port.ephemeral", port=raw)
    elif raw >= 49152:
        yield said("port.dynamic", port=raw)
    else:
        yield said("port.user", port=raw)


def header_length(value: Value, _: Context) -> Iterator[Said]:
    """Words times four, and what of it is options."""
    raw = value.raw
    if not isinstance(raw, int):
        return
    key = "short" if raw < 5 else "plain" if raw == 5 else "options"
    yield said(f"header_length.{key}", raw=raw, bytes=raw * 4, options=raw * 4 - 20)
