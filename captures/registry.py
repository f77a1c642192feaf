"""The list of captures: every function marked with `@capture` makes one file.

The index for programs (`index.toml`) and the list for people (`README.md`) are both written from
the declarations here, so that they cannot disagree with the script.
"""

from __future__ import annotations

import gzip
import inspect
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Maker = Callable[[Path], None]
Origin = Literal["recorded", "crafted"]

FOLDER = Path(__file__).resolve().parent
CAPTURES: dict[str, Capture] = {}


@dataclass(frozen=True)
class Capture:
    """One capture file, what it shows and the function that makes it."""

    name: str
    title: str
    title_zh: str
    made: Origin
    look: int
    suffix: str
    make: Maker

    @property
    def path(self) -> Path:
        """Where the file is kept."""
        return FOLDER / f"{self.name}{self.suffix}"

    @property
    def story(self) -> str:
        """The docstring of the function that makes it, on one line."""
        return " ".join((inspect.getdoc(self.make) or "").split())


def capture(
    name: str, title: str, title_zh: str, *, made: Origin, look: int = 1, suffix: str = ".pcap"
) -> Callable[[Maker], Maker]:
    """Register the function below as the one that makes the capture `name`."""

    def register(make: Maker) -> Maker:
        if name in CAPTURES:
            raise ValueError(f"two captures are called {name}")
        CAPTURES[name] = Capture(name, title, title_zh, made, look, suffix, make)
        return make

    return register


def count_packets(path: Path) -> int:
    """Count the whole packets in a capture file of any kind that this folder holds."""
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    if data[:4] == b"\x0a\x0d\x0d\x0a":
        return _count_pcapng(data)
    order = "<" if data[0] in (0xD4, 0x4D, 0x34) else ">"
    header = 24 if 0x34 in (data[0], data[3]) else 16
    at, count = 24, 0
    while at + header <= len(data):
        at += header + int(struct.unpack_from(order + "I", data, at + 8)[0])
        count += at <= len(data)
    return count


def _count_pcapng(data: bytes) -> int:
    """Count the packet blocks: 2 (old), 3 (simple) and 6 (enhanced)."""
    at, count, order = 0, 0, "<"
    while at + 12 <= len(data):
        if data[at : at + 4] == b"\x0a\x0d\x0d\x0a":
            order = "<" if data[at + 8 : at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
        kind, length = struct.unpack_from(order + "II", data, at)
        count += kind in (2, 3, 6)
        at += length
    return count


def _quoted(text: str) -> str:
    """A TOML basic string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def write_index() -> None:
    """Write `index.toml`, one table for each capture that has been made."""
    lines = ["# Written by captures/make.py; edit the script, not this file."]
    for one in CAPTURES.values():
        if not one.path.exists():
            continue
        lines += [
            "",
            f"[{one.name}]",
            f"file = {_quoted(one.path.name)}",
            f"title = {_quoted(one.title)}",
            f"title_zh = {_quoted(one.title_zh)}",
            f"packets = {count_packets(one.path)}",
            f"made = {_quoted(one.made)}",
            f"look = {one.look}",
        ]
    (FOLDER / "index.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


README_HEAD = """\
# Captures

Small capture files, each showing one thing. All of them are made by one script:

    python captures/make.py             # all of them, as root
    python captures/make.py handshake   # only this one

*Recorded* files were taken from the Linux kernel's own TCP/IP while two or three network namespaces
talked to each other through a small relay; they differ in times and sequence numbers every time the script runs.
*Crafted* files were written byte by byte, because no kernel would send such packets on request; running
the script again gives the same bytes. Only addresses set aside for documentation appear
(192.0.2.0/24, 198.51.100.0/24, 2001:db8::/32), besides multicast ones and the host identities of HIP (2001:20::/28).

Recording needs root, Linux with `/dev/net/tun`, iproute2 and tcpdump; crafting needs only Python.
This list is written by the script too; so is `index.toml`, the same list for programs.

| File | What it shows | Packets | Made | Look at packet |
|---|---|---|---|---|
"""


def write_readme() -> None:
    """Write `README.md`: a table, then a few words on each capture."""
    made = [one for one in CAPTURES.values() if one.path.exists()]
    rows = [
        f"| [{one.path.name}]({one.path.name}) | {one.title} | {count_packets(one.path)} | {one.made} | {one.look} |"
        for one in made
    ]
    notes = [f"**{one.path.name}** - {one.story}" for one in made]
    text = README_HEAD + "\n".join(rows) + "\n\n## What to see in each\n\n" + "\n\n".join(notes) + "\n"
    (FOLDER / "README.md").write_text(text, encoding="utf-8")
