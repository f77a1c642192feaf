"""`dissect browse`: the interactive dissector."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from dissect.cli.output import Exit, Language, Refusal, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dissect.apart import Apart
    from dissect.capture.growing import Growing


def browse(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE | --live [IFACE]...]", help='The capture; "-" or "sample:NAME" too; none asks for one.'),
    ] = None,
    live: Annotated[bool, typer.Option("--live", help="Capture on the interfaces named; none asks for one.")] = False,
    capture_filter: Annotated[str, typer.Option("-f", metavar="BPF", help="Capture only what this filter lets through.")] = "",
    display_filter: Annotated[str, typer.Option("-Y", metavar="FILTER", help="Begin with this filter.")] = "",
    lang: Language = None,
) -> None:  # fmt: skip
    """Browse a capture, or packets as they come: list, headers, bytes and explanations that move together; ? shows the keys."""
    named = list(dict.fromkeys(names or []))
    if capture_filter and not live:
        raise Refusal("-f chooses what is captured: it goes with --live; -Y filters what is shown")
    if len(named) > 1 and not live:
        raise Refusal("browse shows one capture at a time; `dissect read` lists several")
    if not sys.stdout.isatty() or (named != ["-"] and not sys.stdin.isatty()):
        raise Refusal(f"browse needs a terminal; `dissect {'live' if live else 'read FILE'}` lists the packets")
    if display_filter:
        from dissect.filter import compile_filter

        compile_filter(display_filter)
    found = _capture(named, capture_filter, lang) if live else _file(named, lang)
    if found is None:
        return
    from dissect.tui.app import browse as run

    trouble = run(found, lang, display_filter)
    if trouble:
        say(trouble)
        raise typer.Exit(Exit.UNREADABLE)


def _file(named: Sequence[str], lang: str | None) -> Growing | None:
    """The capture of that name, or the one chosen; None where none was."""
    if named:
        file: str | None = named[0]
    else:
        from dissect.tui.picker import pick

        file = pick(lang)
    if file is None:
        return None
    from dissect.capture.growing import open_growing

    growing = open_growing(file)
    if file == "-":
        _keyboard()
    return growing


def _capture(named: Sequence[str], capture_filter: str, lang: str | None) -> Apart | None:
    """A capture on those interfaces, or on the one chosen, that has begun; None where none was."""
    from dissect.apart import Apart
    from dissect.capture.live import rights
    from dissect.cli.live.opening import Wanted, open_source

    if not hasattr(os, "fork"):
        raise Refusal("browse --live needs a system with fork; `dissect live` captures here too")
    if not named:
        from dissect.tui.picker import pick_interface

        name = pick_interface(lang)
        if name is None:
            return None
        named = [name]
    wanted = Wanted(named, capture_filter)
    capture = Apart(", ".join(named), lambda: open_source(wanted, None, _load_session), capture_filter)
    try:
        rights.give_up_root(_load_screen)
        if not all(os.access(each, os.R_OK) for each in (__file__, os.__file__, typer.__file__)):
            raise Refusal(
                "only root can read dissect's own files here, and root is given up; `dissect live` needs no more"
            )
        capture.begun()
    except BaseException:
        capture.close()
        raise
    return capture


def _load_session() -> None:
    """What the capture needs, before root becomes another user, who may not be able to read it."""
    import dissect.session  # noqa: F401


def _load_screen() -> None:
    """What the screen needs, while the other process opens the interfaces."""
    import dissect.tui.app  # noqa: F401


def _keyboard() -> None:
    """Packets come through standard input, so keys are read from the terminal itself."""
    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
    except OSError as error:
        raise Refusal("browse needs a terminal for its keys, and there is none") from error
    os.dup2(terminal, 0)
    os.close(terminal)
