"""A real terminal: tmux draws the screen, keys are typed, what is seen is read."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PATIENCE = 90.0  # seconds
needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


class Terminal:
    """A tmux server of its own with one window."""

    def __init__(self, name: str, folder: Path, size: tuple[int, int]) -> None:
        self.name = name
        self.folder = folder
        self.size = size

    def tmux(self, *words: str) -> str:
        return subprocess.run(
            ["tmux", "-L", self.name, *words], capture_output=True, text=True, check=False, timeout=20
        ).stdout

    def start(self, command: str, where: str = "", **environment: str) -> None:
        """Runs a command, in a network namespace if one is named."""
        settings = {"PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": str(self.folder), "LC_ALL": "C.UTF-8", **environment}
        said = " ".join(f"{name}='{value}'" for name, value in settings.items())
        width, height = map(str, self.size)
        line = f"unset COLUMNS LINES; cd {ROOT}; export {said}; {f'ip netns exec {where} ' if where else ''}{command}; echo code=$?; sleep 100"
        self.tmux("-f", os.devnull, "new-session", "-d", "-s", "main", "-x", width, "-y", height, line)

    def see(self, wanted: str) -> str:
        """Waits until the screen holds a text."""
        end = time.monotonic() + PATIENCE
        while True:
            shown = self.tmux("capture-pane", "-p", "-t", "main")
            if wanted in shown:
                return shown
            assert time.monotonic() < end, f"{wanted!r} is not there:\n{shown}"
            time.sleep(0.1)

    def type(self, *keys: str) -> None:
        self.tmux("send-keys", "-t", "main", *keys)

    def resize(self, width: int, height: int) -> None:
        self.tmux("resize-window", "-t", "main", "-x", str(width), "-y", str(height))


@pytest.fixture
def terminal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Terminal]:
    size = getattr(request, "param", (80, 24))
    found = Terminal(f"dissect-{os.getpid()}-{abs(hash(request.node.name)) % 10**6}", tmp_path, size)
    yield found
    found.tmux("kill-server")
