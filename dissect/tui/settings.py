"""What is remembered from one run to the next, where the system keeps such things: choices, recent files and filters."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

MOST = 20  # recent files and filters


@dataclass
class Settings:
    """Choices and what was opened lately; `path` is None where nothing is to be remembered."""

    language: str = ""
    theme: str = ""
    time_format: str = "relative"
    columns: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    filters: list[str] = field(default_factory=list)
    path: Path | None = None

    def remember_file(self, name: str) -> None:
        """The file opened last comes first."""
        self.files = [name, *(each for each in self.files if each != name)][:MOST]

    def remember_filter(self, text: str) -> None:
        """The filter used last comes first."""
        self.filters = [text, *(each for each in self.filters if each != text)][:MOST]

    def save(self) -> None:
        """Writes it down; where that is not possible it is forgotten, which is no reason to complain."""
        if self.path is None:
            return
        kept = {name: value for name, value in asdict(self).items() if name != "path"}
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        except OSError:
            pass


def load(path: Path | None = None) -> Settings:
    """What was remembered; whatever in it does not make sense counts as not there."""
    found = Settings(path=path or _place())
    try:
        told: Any = json.loads(found.path.read_text("utf-8")) if found.path is not None else {}
    except (OSError, ValueError):
        return found
    for each in fields(Settings):
        value = told.get(each.name) if isinstance(told, dict) else None
        if each.name != "path" and _fits(value, getattr(found, each.name)):
            setattr(found, each.name, value)
    return found


def _fits(value: object, usual: object) -> bool:
    if isinstance(usual, list):
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    return isinstance(value, str)


def _place() -> Path:
    from platformdirs import user_config_path

    return user_config_path("dissect", appauthor=False) / "browse.json"
