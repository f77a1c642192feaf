"""Make the capture files of this folder: `python captures/make.py [NAME...]`, as root; all without names."""

from __future__ import annotations

import os
import sys
import time
from importlib import import_module

from registry import CAPTURES, FOLDER, Capture, write_index, write_readme

# In the order in which the lists show them; importing a module registers its captures.
MODULES = (
    "conversations",
    "states",
    "extras",
    "losses",
    "congestion",
    "analysis",
    "internet",
    "fragments",
    "devices",
    "options",
    "extensions",
    "broken",
    "links",
    "formats",
)


def make(one: Capture) -> None:
    """Make one file, and refuse to leave an old one in its place if that fails."""
    began = time.monotonic()
    one.path.unlink(missing_ok=True)
    one.make(one.path)
    size = one.path.stat().st_size
    print(f"{one.path.name:40} {size:7} bytes  {time.monotonic() - began:5.1f} s", flush=True)


def main(names: list[str]) -> int:
    """Make the captures named, then write both lists again."""
    for module in MODULES:
        import_module(module)
    unknown = [name for name in names if name not in CAPTURES]
    if unknown:
        print(f"no such capture: {', '.join(unknown)}; there are: {', '.join(CAPTURES)}", file=sys.stderr)
        return 2
    wanted = [CAPTURES[name] for name in names] or list(CAPTURES.values())
    if os.geteuid() and any(one.made == "recorded" for one in wanted):
        print("recording from the kernel needs root", file=sys.stderr)
        return 2
    for one in wanted:
        make(one)
    write_index()
    write_readme()
    total = sum(one.path.stat().st_size for one in CAPTURES.values() if one.path.exists())
    print(f"{len(CAPTURES)} captures, {total} bytes in {FOLDER.name}/")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
