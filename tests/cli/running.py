"""Runs the command line: within this process where that is enough, else as a program of its own."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from dissect.__main__ import main

CAPTURES = Path(__file__).parents[2] / "captures"
PROGRAM = [sys.executable, "-m", "dissect"]
SETTINGS = {
    "COLUMNS",
    "LINES",
    "NO_COLOR",
    "FORCE_COLOR",
    "TTY_COMPATIBLE",
    "TERM",
    "PYTHONIOENCODING",
    "LC_ALL",
    "LANG",
}


class Result(NamedTuple):
    code: int
    out: str
    err: str


def environment(columns: int = 80, **more: str) -> dict[str, str]:
    """This process's environment, without what would change the output."""
    kept = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    return {**kept, "COLUMNS": str(columns), "PYTHONUTF8": "1", **more}


def run(*args: str, columns: int = 80, stdin: str = "", **more: str) -> Result:
    """`dissect args` in this process; standard input is a text, not a pipe of packets."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="") for _ in range(2))
    code: object = 0
    with (
        mock.patch.dict(os.environ, environment(columns, **more), clear=True),
        mock.patch.object(sys, "argv", ["dissect", *args]),
        mock.patch.object(sys, "stdin", io.StringIO(stdin)),
        mock.patch.object(sys, "stdout", out),
        mock.patch.object(sys, "stderr", err),
        _signals(),
    ):
        try:
            main()
        except SystemExit as end:
            code = end.code
    texts = []
    for stream in (out, err):
        stream.flush()
        texts.append(stream.buffer.getvalue().decode())  # type: ignore[attr-defined]
    return Result(int(code or 0), *texts)


@contextlib.contextmanager
def _signals() -> Iterator[None]:
    """Gives the signals back as they were."""
    before = {number: signal.getsignal(number) for number in (signal.SIGPIPE, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def program(
    *args: str, stdin: bytes | None = None, columns: int = 80, cwd: Path | None = None, **more: str
) -> subprocess.CompletedProcess[bytes]:
    """`dissect args` as a program of its own; `stdin` comes through a pipe."""
    return subprocess.run(
        [*PROGRAM, *args], input=stdin if stdin is not None else b"", capture_output=True, timeout=30,
        env=environment(columns, **more), cwd=cwd, check=False,
    )  # fmt: skip


def capture(name: str) -> str:
    """The path of a capture in captures/, by its file's name."""
    return str(CAPTURES / name)
