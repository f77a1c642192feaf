"""`dissect read`: one line a packet."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from dissect.cli.output import Exit, say


def read(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help='Captures; "-" or "sample:NAME" too.')],
    count: Annotated[int | None, typer.Option("-c", metavar="N", min=1, help="Stop after N packets.")] = None,
) -> None:
    """List packets, one line each; from a pipe they appear as they arrive."""
    damaged = False
    left = count
    for file in files:
        printed, warning = _list(file, left)
        left = None if left is None else left - printed
        if warning:
            sys.stdout.flush()
            say(warning)
            damaged = True
        if left == 0:
            break
    if damaged:
        raise typer.Exit(Exit.UNREADABLE)


def _list(file: str, count: int | None) -> tuple[int, str | None]:
    """Prints the packets of one file; returns how many, and what is wrong with it."""
    import dissect
    from dissect.render.listing import line

    started: int | None = None
    printed = 0
    with dissect.open(file) as capture:
        for packet in capture:
            started = packet.frame.time if started is None else started
            print(line(packet, started), flush=file == "-")
            printed += 1
            if printed == count:
                return printed, None
        if not printed and not capture.warning:
            say(f"{file} holds no packets")
        return printed, capture.warning
