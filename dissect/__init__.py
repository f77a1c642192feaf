"""Understand packet headers: IPv4, IPv6 and TCP, field by field.

`open(path)` gives a capture whose items are decoded packets; `decode(data)` decodes one packet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dissect.library import Capture, CaptureError, decode, open  # noqa: A004 - dissect.open is the public name

__version__ = "0.1.0"
__all__ = ["Capture", "CaptureError", "decode", "open"]


def __getattr__(name: str) -> object:
    """Loads the library at first use, so that importing the package loads nothing."""
    if name in __all__:
        from dissect import library

        return getattr(library, name)
    raise AttributeError(f"module 'dissect' has no attribute {name!r}")
