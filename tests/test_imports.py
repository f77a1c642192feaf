"""What may be loaded when: start-up stays quick, and imports run one way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from capture.building import pcap_header, record

from dissect.bulk.workers import WORTH

HEAVY = {"scapy", "numpy", "polars", "pydantic", "textual", "matplotlib", "lark"}
ROOT = Path(__file__).parents[1]


def loaded(*words: str, code: str = "") -> set[str]:
    """The top-level modules that are loaded once this was imported, or once the command ran."""
    run = f"import sys\nsys.argv = ['dissect', *{list(words)!r}]\nimport dissect.__main__\ntry: dissect.__main__.main()\nexcept SystemExit: pass\n"
    tell = "\nimport sys; print('\\n' + ' '.join({name.partition('.')[0] for name in sys.modules}))"
    result = subprocess.run(
        [sys.executable, "-c", (code or run) + tell], capture_output=True, text=True, check=True, timeout=30,
        env={**os.environ, "PYTHONUTF8": "1"},
    )  # fmt: skip
    return set(result.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    "module",
    ["dissect", "dissect.wire.registry", "dissect.packet", "dissect.decoding", "dissect.capture", "dissect.explain",
     "dissect.explain.lookup", "dissect.library", "dissect.render.document"],
)  # fmt: skip
def test_the_library_is_light(module: str) -> None:
    assert loaded(code=f"import {module}").isdisjoint(HEAVY | {"rich", "typer", "click"})


def test_the_package_alone_loads_nothing_of_its_own() -> None:
    code = "import sys, dissect; print([name for name in sys.modules if name.startswith('dissect.')])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize(
    "words",
    [["--help"], ["explain", "ip.ttl"], ["explain", "ip.ttl", "--packet", "sample:udp:1"], ["show", "sample:udp", "1"],
     ["show", "sample:udp", "1", "--json"],
     ["show", "sample:fragments-v4-in-order", "2", "--reassembled"], ["show", "sample:fast-retransmit", "13"], ["read", "sample:udp"], ["fields"], ["samples"], ["interfaces"], ["bytes", "45"]],
    ids=" ".join,
)  # fmt: skip
def test_commands_are_light(words: list[str]) -> None:
    assert loaded(*words).isdisjoint(HEAVY)


def test_the_first_lines_of_a_large_capture_begin_no_process(tmp_path: Path) -> None:
    path = tmp_path / "large.pcap"
    path.write_bytes(pcap_header() + record(bytes(60_000)) * 300)
    assert path.stat().st_size > WORTH
    assert loaded("read", str(path), "-c", "20").isdisjoint(HEAVY | {"multiprocessing"})


@pytest.mark.parametrize(
    "words",
    [["read", "sample:udp"], ["show", "sample:udp", "1", "--json"], ["fields", "ip"], ["samples"]],
    ids=" ".join,
)
def test_plain_output_needs_no_rich(words: list[str]) -> None:
    assert "rich" not in loaded(*words)


@pytest.mark.parametrize("command", ["read", "check", "streams"])
def test_large_captures_need_no_masked_arrays(command: str) -> None:
    """`np.unique` that is asked for nothing else loads them, 8 ms in every process; so does polars."""
    code = f"""
import sys
import dissect.cli.reading
dissect.cli.reading.AT_ONCE = 0
sys.argv = ["dissect", "{command}", "sample:fast-retransmit"]
import dissect.__main__
try:
    dissect.__main__.main()
except SystemExit:
    pass
assert "numpy" in sys.modules and "numpy.ma" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=True, timeout=30)


def test_imports_run_one_way() -> None:
    """The contracts of pyproject.toml."""
    linter = Path(sys.executable).with_name("lint-imports")
    if not linter.exists():
        pytest.skip("import-linter is not installed")
    result = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 broken" in result.stdout
