"""What can go wrong with a live capture, each as one sentence for people."""

from __future__ import annotations

from dissect.capture.errors import CaptureError


class LiveError(CaptureError):
    """Nothing can be captured as asked."""


class WrongFilter(LiveError):
    """A capture filter that libpcap refuses; the text has libpcap's words."""


class NotPermitted(LiveError):
    """The right to capture is missing; the text names it."""


class InterfaceGone(LiveError):
    """The interface went down or away while captured on: the end of a capture, not its failure."""
