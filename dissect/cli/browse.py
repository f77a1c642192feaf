"""`dissect browse`: the interactive dissector."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from dissect.cli.output import Exit, Language, Refusal, say


def browse(
    file: Annotated[
        str | None, typer.Argument(metavar="FILE", help='The capture; "-" or "sample:NAME" too; none asks for one.')
    ] = None,
    lang: Language = None,
) -> None:
    """Browse a capture: packets, headers, bytes and explanations that move together; ? shows the keys."""
    if not sys.stdout.isatty() or (file != "-" and not sys.stdin.isatty()):
        raise Refusal("browse needs a terminal; `dissect read FILE` lists the packets")
    if file is None:
        from dissect.tui.picker import pick

        file = pick(lang)
        if file is None:
            return
    from dissect.capture.growing import open_growing
    from dissect.library import SAMPLE, resolve

    growing = open_growing(resolve(file), file if file.startswith(SAMPLE) else "")
    if file == "-":
        _keyboard()
    from dissect.tui.app import browse as run

    trouble = run(growing, lang)
    if trouble:
        say(trouble)
        raise typer.Exit(Exit.UNREADABLE)


def _keyboard() -> None:
    """Packets come through standard input, so keys are read from the terminal itself."""
    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
    except OSError as error:
        raise Refusal("browse needs a terminal for its keys, and there is none") from error
    os.dup2(terminal, 0)
    os.close(terminal)
