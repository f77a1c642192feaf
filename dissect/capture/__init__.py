"""Where packets come from: capture files, pipes, samples, pasted hex."""

from dissect.capture.errors import CaptureError
from dissect.capture.frames import Frames, open_frames

__all__ = ["CaptureError", "Frames", "open_frames"]
