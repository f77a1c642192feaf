"""What README.md tells people to type works."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest
from cli.running import run

from dissect.cli import command_line

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
LINES = [line for kind, body in BLOCKS if kind in ("sh", "bash", "console") for line in body.splitlines()]
COMMANDS = [
    line.removeprefix("$ ").partition("  #")[0] for line in LINES if line.removeprefix("$ ").startswith("dissect ")
]
QUICK_START = (
    "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/dissect show sample:handshake 1",
    "python3 -m venv .venv && .venv/bin/pip install '.[test]' && .venv/bin/pytest",
)


def test_the_quick_start_is_two_commands() -> None:
    start = re.search(r"^## Quick start\n(.*?)^## ", TEXT, re.MULTILINE | re.DOTALL)
    assert start is not None
    commands = [
        line
        for kind, body in re.findall(r"```(\w*)\n(.*?)```", start[1], re.DOTALL)
        if kind == "sh"
        for line in body.splitlines()
    ]
    assert tuple(line for line in commands if line.strip()) == QUICK_START


def test_the_first_command_shows_a_packet() -> None:
    assert run(*shlex.split(QUICK_START[0].rpartition(".venv/bin/dissect ")[2])).code == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_runs(command: str) -> None:
    if "|" in command or ("sample:" not in command and ".pcap" in command):
        pytest.skip("needs a file or another program")
    result = run(*shlex.split(command)[1:])
    assert result.code == 0, result.err
    assert result.out


def test_there_are_commands() -> None:
    assert len(COMMANDS) >= 4


def test_every_command_of_the_program_is_described() -> None:
    for command in command_line([]).registered_commands:
        assert f"dissect {command.name}" in TEXT


@pytest.mark.parametrize("code", [body for kind, body in BLOCKS if kind == "python"])
def test_every_program_runs(code: str) -> None:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(code, "README.md", "exec"), {})
    assert out.getvalue()


def test_every_file_it_links_to_exists() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert "://" in target or (ROOT / target).exists(), target


def test_it_names_the_exit_codes_and_the_schema() -> None:
    assert "130 interrupted" in TEXT
    assert "dissect.packet/1" in TEXT


def test_every_filter_compiles() -> None:
    from dissect.filter import compile_filter

    section = TEXT.partition("## Filters\n")[2].partition("\n## ")[0]
    rows = [line.split(" | ")[0] for line in section.splitlines() if line.startswith("| `")]
    spans = [span for row in rows for span in re.findall(r"`([^`]+)`", row)]
    filters = [
        span
        for span in spans
        if not re.fullmatch(r"and|or|not|xor|[engl][qet]|min|abs|upper|lower|with.*|Z|\+08:00", span)
    ]
    assert len(filters) > 30
    for text in filters:
        compile_filter(text)
