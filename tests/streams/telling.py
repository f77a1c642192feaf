"""Each packet's fields, as the columns have them, as the walk packet by packet has them, and as tshark has them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

from peers.fields import CLOSED, TSHARK
from streams.sequential import analyse as packet_by_packet

import dissect
from dissect.bulk.names import STREAM
from dissect.streams.analysis import analyse
from dissect.streams.columns import NAMES, columns
from dissect.streams.segments import Segments, read_segments

Row = dict[str, int | None]
EVERYWHERE = "tcp.analysis.initial_rtt"
"""Ours belongs to the whole connection; others show it where they have something else to show."""
COMPARED = tuple(name for name in NAMES if name not in (EVERYWHERE, "tcp.analysis.flags"))


def segments_of(path: str) -> Segments:
    with dissect.open(path) as capture:
        return read_segments(capture.frames)


def by_columns(segments: Segments) -> dict[int, Row]:
    """Packet number → field → value."""
    rows = columns(analyse(segments), COMPARED).rows(named=True)
    return {row.pop("frame.number"): row for row in rows}


def by_packets(segments: Segments) -> dict[int, Row]:
    found = {}
    for each in packet_by_packet(segments):
        row = {name: each.get(name.rpartition(".")[2]) for name in COMPARED}
        if not each["known"]:
            row["tcp.window_size_scalefactor"] = None
        found[each["number"]] = row
    return found  # type: ignore[return-value]


def by_tshark(path: str) -> Iterator[tuple[int, Row]]:
    """What tshark says, after two passes over the file for what belongs to whole connections."""
    command = [str(TSHARK), "-r", path, "-n", "-T", "fields", "-E", "occurrence=f"]
    command += [word for name in ("ip", "ipv6") for word in ("-o", f"{name}.defragment:FALSE")]
    command += [word for protocol in CLOSED.split() for word in ("--disable-protocol", protocol)]
    command += [word for name in ("frame.time_epoch", "frame.interface_id", *COMPARED) for word in ("-e", name)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    number = 0
    for line in done.stdout.splitlines():
        time, interface, *cells = line.split("\t")
        if time or interface:
            number += 1
            yield number, {name: as_ours(name, cell) for name, cell in zip(COMPARED, cells, strict=True)}


def as_ours(name: str, cell: str) -> int | None:
    """Seconds as nanoseconds; a number of packet 0 is none."""
    if not cell:
        return None
    if STREAM[name].is_signed_integer() and "." in cell:
        whole, _, rest = cell.lstrip("-").partition(".")
        return (int(whole) * 10**9 + int(rest.ljust(9, "0"))) * (-1 if cell.startswith("-") else 1)
    number = int(cell)
    return (number or None) if name.endswith("_frame") else number
