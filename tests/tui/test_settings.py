"""What is remembered, what starts, and what a terminal without colours shows."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest
from cli.running import run as command
from tui.driving import browsing, run

from dissect.tui.picker import choices
from dissect.tui.settings import MOST, Settings, load


def test_choices_are_remembered(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "browse.json"

    async def first() -> None:
        async with browsing("handshake", settings=load(path), code=None) as driver:
            await driver.press("l", "t", "T", "C", "ctrl+u", *"number,ip.ttl,info", "enter", "slash", *"tcp", "enter")

    async def second() -> None:
        async with browsing("handshake", settings=load(path), code=None) as driver:
            assert driver.screen.state.language.code == "zh"
            assert driver.screen.state.time_format == "delta"
            assert not driver.app.current_theme.dark
            assert "ip.ttl" in driver.lines()[2]
            await driver.press("slash", "up")
            assert any(line.startswith(" 过滤： tcp") for line in driver.lines()[-6:])

    run(first)
    kept = json.loads(path.read_text("utf-8"))
    assert kept["files"] == ["sample:handshake"]
    assert kept["filters"] == ["tcp"]
    run(second)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"theme": 7, "columns": "x", "files": [1], "time_format": "later"}', "\udcff"]
)
def test_settings_that_make_no_sense_count_as_none(text: str, tmp_path: Path) -> None:
    path = tmp_path / "browse.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    settings = load(path)
    assert settings.columns == []
    assert settings.files == []

    async def scene() -> None:
        async with browsing("handshake", settings=settings) as driver:
            assert driver.screen.state.time_format == "relative"

    run(scene)


def test_a_place_that_cannot_be_written_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    load(tmp_path / "file" / "browse.json").save()


def test_the_newest_come_first_and_old_ones_are_forgotten() -> None:
    settings = Settings()
    for number in range(MOST + 5):
        settings.remember_file(str(number))
    settings.remember_file("10")
    assert settings.files[0] == "10"
    assert len(settings.files) == MOST
    assert len(set(settings.files)) == MOST


def test_the_place_is_the_systems() -> None:
    with mock.patch.dict("os.environ", {"XDG_CONFIG_HOME": "/nowhere"}):
        path = load().path
    assert path is not None
    if sys.platform == "linux":
        assert str(path) == "/nowhere/dissect/browse.json"


@pytest.mark.parametrize(
    "environment", [{"NO_COLOR": "1"}, {"TERM": "xterm", "COLORTERM": ""}], ids=["none", "sixteen"]
)
def test_signs_stand_where_colours_are_missing(environment: dict[str, str]) -> None:
    async def scene() -> None:
        async with browsing("bad-checksums", **environment) as driver:
            assert driver.app.native_ansi_color
            await driver.press("tab", "down", "down")
            shown = driver.text()
            assert "✗" in shown
            assert "›" in shown
            assert "┃" in shown or "»" in shown, "the lit box"

    run(scene)


def test_browse_needs_a_terminal_and_a_file() -> None:
    refused = command("browse", "sample:handshake")
    assert refused.code == 2
    assert refused.err == "dissect: browse needs a terminal; `dissect read FILE` lists the packets\n"
    assert command("browse").code == 2


def test_files_opened_lately_come_before_the_samples(tmp_path: Path) -> None:
    (tmp_path / "here.pcap").write_bytes(b"")
    settings = Settings(files=[str(tmp_path / "gone.pcap"), str(tmp_path / "here.pcap"), "sample:udp"])
    names = [name for name, _ in choices(settings)]
    assert names[0] == str(tmp_path / "here.pcap")
    assert names[1].startswith("sample:")
    assert len(set(names)) == len(names)


def test_starting_loads_nothing_that_only_a_search_needs() -> None:
    code = "import sys, dissect.tui.app; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert {"numpy", "polars", "lark", "scapy", "typer"}.isdisjoint(result.stdout.split())
