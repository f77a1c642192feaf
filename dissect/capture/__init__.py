"""Where packets come from: capture files, pipes, samples, pasted hex."""

from dissect.capture.errors import CaptureError, OutputError
from dissect.capture.frames import Frames, open_frames
from dissect.capture.samples import Sample, sample_names, sample_path

__all__ = ["CaptureError", "Frames", "OutputError", "Sample", "open_frames", "sample_names", "sample_path"]
