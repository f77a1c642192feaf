"""One line a packet: number, time, source, destination, protocol, length, what it is.

`dissect.export.lines` makes the same lines of many packets at once; a test holds both to the same text.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from dissect.packet import Packet
from dissect.render import words
from dissect.render.plain import plain
from dissect.wire.findings import Kind, Rule, Severity

Times = Literal["relative", "delta", "epoch", "utc", "local"]
TIMES: tuple[Times, ...] = ("relative", "delta", "epoch", "utc", "local")

NUMBER, END, PROTOCOL, LENGTH = 5, 15, 6, 5
"""Characters of the columns, as long as nothing is longer: an IPv6 address always is."""
TIME_WIDTHS: dict[Times, int] = {"relative": 12, "delta": 12, "epoch": 20, "utc": 26, "local": 26}
UNTIMED = "-"
SIGNS = {Kind.MALFORMED: "x", Kind.TRUNCATED: "%", Kind.UNUSUAL: "!"}


def line(
    packet: Packet,
    started: int | None,
    *,
    times: Times = "relative",
    previous: int | None = None,
    aligned: bool = False,
) -> str:
    """The packet's line; `started` is the time of the first one in nanoseconds, `previous` that of the one before.

    `aligned` columns stand under one another, which takes a wide terminal.
    """
    frame = packet.frame
    source, destination = words.ends(packet)
    names = [layer.header.name for layer in packet.layers if not layer.quoted]
    protocol, length = names[-1] if names else "?", str(frame.wire_length)
    if aligned:
        source, destination = source.rjust(END), destination.ljust(END)
        protocol, length = protocol.ljust(PROTOCOL), length.rjust(LENGTH)
    time = when(frame.time, times, started if times == "relative" else previous)
    said = f"{frame.number:>{NUMBER}} {time:>{TIME_WIDTHS[times]}} {source} → {destination} {protocol} {length}"
    return plain(f"{said} {words.summary(packet)}{signs(packet)}")


def signs(packet: Packet) -> str:
    """What is wrong or odd, one character a kind, behind two spaces; nothing where nothing is."""
    found = sorted({sign(finding.rule) for _, finding in packet.every_finding()} - {""})
    return f"  [{''.join(found)}]" if found else ""


def sign(rule: Rule) -> str:
    """The sign of a finding in the list; what has a harmless explanation most of the time has none."""
    if rule.kind is Kind.UNUSUAL and rule.severity is Severity.NOTE:
        return ""
    return SIGNS[rule.kind]


def when(time: int | None, times: Times, since: int | None) -> str:
    """A time as the list has it; a dash where the file holds none."""
    if time is None:
        return UNTIMED
    if times == "epoch":
        seconds, rest = divmod(abs(time), 10**9)
        return f"{'-' if time < 0 else ''}{seconds}.{rest:09d}"
    if times in ("utc", "local"):
        return _clock(time, local=times == "local")
    return relative(time, time if since is None and times == "delta" else since)


def _clock(time: int, *, local: bool) -> str:
    seconds, rest = divmod(time, 10**9)
    try:
        moment = datetime.fromtimestamp(seconds, None if local else UTC)
    except (OverflowError, OSError, ValueError):
        return when(time, "epoch", None)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{rest // 1000:06d}"


def relative(time: int | None, started: int | None) -> str:
    """Seconds since the first packet, with six decimals; a dash where the file holds no time."""
    if time is None or started is None:
        return UNTIMED
    sign = "-" if time < started else ""
    seconds, rest = divmod(abs(time - started), 10**9)
    return f"{sign}{seconds}.{rest // 1000:06d}"
