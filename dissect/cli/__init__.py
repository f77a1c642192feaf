"""The command line: one thin module a command. Each parses, calls the library, picks a view."""

from __future__ import annotations

import builtins
import os
import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from dissect import __version__
from dissect.cli.output import Exit, Refusal

COMMANDS = {
    "browse": "Browse a capture interactively.",
    "read": "List packets, one line each.",
    "show": "Show packets field by field, every value explained and checked.",
    "check": "Report everything wrong or odd in a capture, by rule.",
    "streams": "List the TCP connections, one line each.",
    "stream": "Show one TCP connection: ladder, states, what happened.",
    "fragments": "Draw how pieces fit into datagrams: holes, overlaps, the whole.",
    "bytes": 'Show pasted hex like "show".',
    "explain": "Explain a field: what it is, where it stands, what its value means.",
    "fields": "",
    "live": "Capture packets: show them as they come, record them.",
    "interfaces": "List the interfaces that can be captured on.",
    "samples": "List the captures that come with dissect.",
}
"""The commands and what the list of them says, where that is not the first line of their own help. Each is the function
of the same name in the module of the same name, with `_` behind it where Python has that name."""


class FileFirst(TyperGroup):
    """Takes `dissect FILE` for `dissect browse FILE` in a terminal, else for `dissect read FILE`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Inserts the command where the first word is a file, or looks like one, and no command."""
        first = args[0]
        if first not in self.commands and (
            first == "-" or first.startswith("sample:") or {os.sep, "."} & set(first) or os.path.exists(first)
        ):
            there = sys.stdout.isatty() and (sys.stdin.isatty() or first == "-")
            args = ["browse" if there and len(args) == 1 else "read", *args]
        return super().resolve_command(ctx, args)

    def main(self, *args: Any, **rest: Any) -> Any:
        """Runs a command; wrong usage is said in one sentence, like everything else that cannot be done."""
        try:
            code = super().main(*args, **{**rest, "standalone_mode": False})
        except Exception as error:
            if not hasattr(error, "format_message"):
                raise
            raise _refusal(error) from error
        sys.exit(code if isinstance(code, int) else 0)


def _refusal(error: Any) -> Refusal:
    """What is wrong with the command line, in one sentence that says where to read on; help for no words at all."""
    if len(sys.argv) < 2:
        error.show()
        sys.exit(Exit.USAGE)
    said = error.format_message().strip().rstrip(".").replace(". Did", "; did")
    path = error.ctx.command_path if error.ctx else "dissect"
    said += "" if said.endswith("?") else ";"
    return Refusal(f"{said[:1].lower()}{said[1:]} `{path} --help` says more")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"dissect {__version__}")
        raise typer.Exit


def dissect(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which version this is.")
    ] = False,
) -> None:
    """Understand packet headers: IPv4, IPv6 and TCP, field by field, every value placed, checked and explained.

    FILE is a pcap or pcapng capture, plain or compressed; "-" is standard input, "sample:NAME" one of the captures
    that come with dissect (see "dissect samples"). "dissect FILE" browses it in a terminal, else lists its packets.
    """


def command_line(words: list[str]) -> typer.Typer:
    """What understands these words: only the command that they begin with, or all; each takes time to load."""
    app = typer.Typer(
        name="dissect", cls=FileFirst, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )  # fmt: skip
    app.callback(invoke_without_command=False)(dissect)
    for name in words[:1] if words[:1] and words[0] in COMMANDS else COMMANDS:
        own = name + "_" * hasattr(builtins, name)
        function = getattr(import_module(f"{__name__}.{own}"), own)
        app.command(name, short_help=COMMANDS[name] or None)(function)
    return app
