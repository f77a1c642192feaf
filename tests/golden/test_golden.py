"""What the commands print, character by character: expected outputs are files that people look at."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path
from typing import Any

import pytest
from cli.running import run

from dissect.capture.samples import samples_folder

FOLDER = Path(__file__).parent
CASES: dict[str, dict[str, Any]] = tomllib.loads((FOLDER / "cases.toml").read_text("utf-8"))
UPDATE = "UPDATE_GOLDEN"


def transcript(args: list[str], width: int) -> str:
    """The command and all that came of it: output, remarks after "!", the exit code where it is not 0."""
    result = run(*args, columns=width)
    words = " ".join(repr(word) if " " in word else word for word in args)
    out = json.dumps(json.loads(result.out), indent=1) + "\n" if "--json" in args and result.out else result.out
    said = "".join(f"! {line}\n" for line in result.err.splitlines())
    code = f"exit code {result.code}\n" if result.code else ""
    return f"$ COLUMNS={width} dissect {words}\n{out}{said}{code}".replace(samples_folder(), "captures")


@pytest.mark.parametrize("name", CASES)
def test_output_is_as_expected(name: str) -> None:
    file = FOLDER / f"{name}.txt"
    seen = transcript(CASES[name]["args"], CASES[name].get("width", 80))
    if os.environ.get(UPDATE):
        file.write_text(seen, "utf-8")
    assert seen == file.read_text("utf-8"), f"if this is meant, {UPDATE}=1 writes it anew"


def test_every_expected_output_has_its_case() -> None:
    assert {file.stem for file in FOLDER.glob("*.txt")} == set(CASES)
