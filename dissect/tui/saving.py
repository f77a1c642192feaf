"""Saving packets and pictures, each behind one function."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec

from textual.app import App

from dissect.tui.packets import Packets


class SaveError(Exception):
    """Nothing was written; the text says why."""


def can_save() -> bool:
    """Whether packets can be written."""
    return find_spec("dissect.capture.writing") is not None


def save_packets(packets: Packets, numbers: Iterable[int], path: str) -> int:  # noqa: ARG001 - the writer needs them
    """Writes packets into a new capture file; gives how many. The writer of captures belongs here."""
    raise SaveError("packets cannot be saved yet")


def save_text(path: str, text: str) -> None:
    """Writes a picture."""
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise SaveError(f"{path}: {error.strerror}") from error


def picture(app: App[object], title: str) -> str:
    """The screen as an SVG whose spaces every viewer keeps."""
    return app.export_screenshot(title=title).replace("<svg ", '<svg xml:space="preserve" ', 1)
