"""One line a packet: number, time, source, destination, protocol, length, what it is."""

from __future__ import annotations

from dissect.packet import Packet
from dissect.render import words
from dissect.render.plain import plain


def line(packet: Packet, started: int | None) -> str:
    """The packet's line; `started` is the time of the first one in nanoseconds, times are relative to it."""
    frame = packet.frame
    source, destination = words.ends(packet)
    names = [layer.header.name for layer in packet.layers if not layer.quoted]
    protocol = names[-1] if names else "?"
    signs = "".join(
        sorted({"malformed": "x", "truncated": "%", "unusual": "!"}[f.rule.kind] for _, f in packet.every_finding())
    )
    said = (
        f"{frame.number:>5} {relative(frame.time, started):>12} {source} → {destination} {protocol} {frame.wire_length}"
    )
    return plain(f"{said} {words.summary(packet)}" + (f"  [{signs}]" if signs else ""))


def relative(time: int | None, started: int | None) -> str:
    """Seconds since the first packet, with six decimals; a dash where the file holds no time."""
    if time is None or started is None:
        return "-"
    sign = "-" if time < started else ""
    seconds, rest = divmod(abs(time - started), 10**9)
    return f"{sign}{seconds}.{rest // 1000:06d}"
