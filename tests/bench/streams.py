"""How fast connections are found and told, beside tshark: whole processes on the mixed capture, as `speed` does it.

What has to be kept of each TCP packet until the capture ends makes memory grow with it: the goal is 100 bytes a
packet, and is measured between the tenth and the whole.
"""

from __future__ import annotations

from .report import Measured, report
from .speed import FILE, Peer, Row, measured, parser, workplace

EACH = 100  # bytes of memory a packet, at most
THREE = ("-e", "tcp.stream", "-e", "tcp.seq", "-e", "tcp.analysis.flags")
TSHARK = ("tshark", "-n", "-r", FILE)
ROWS = (
    Row("streams", "streams, a line each", ("streams", FILE),
        (Peer("tshark", (*TSHARK, "-q", "-z", "conv,tcp"), 8),)),
    Row("columns", "tcp.stream, tcp.seq, tcp.analysis.flags as tsv", ("read", FILE, "-T", "tsv", *THREE),
        (Peer("tshark", (*TSHARK, "-T", "fields", *THREE), 10),)),
    Row("stream", "one connection of many", ("stream", FILE, "0"), (Peer("tshark", (*TSHARK, "-Y", "tcp.stream == 0"), 2),)),
)  # fmt: skip


def main(arguments: list[str]) -> int:
    """Build, measure, print."""
    options = parser([row.key for row in ROWS]).parse_args(arguments)
    with workplace(options) as bench:
        found = measured(bench, ROWS, options)
        if found is None:
            return 2
        report(found, memory=False)
        for one in found:
            if one.runs:
                print(remark(one))
    return 0


def remark(one: Measured) -> str:
    """The memory of a row: what a packet more takes."""
    small, large = one.memory("tenth"), one.memory("whole")
    each = (large - small) / (one.packets["whole"] - one.packets["tenth"])
    sign = "✓" if each <= EACH else "✗"
    theirs = "".join(
        f"; {peer.name} {one.memory('whole', peer.name) / 1e6:.0f} MB"
        for peer in one.row.peers
        if ("whole", peer.name) in one.runs
    )
    return f"{one.row.key}: {large / 1e6:.0f} MB at the peak, {each:.0f} bytes a packet (≤ {EACH}) {sign}{theirs}"
