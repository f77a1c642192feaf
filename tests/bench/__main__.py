"""`python -m tests.bench [PACKETS]`: speed beside the usual tools, on a capture made for it."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import browse, columns

count = int(sys.argv[1]) if len(sys.argv) > 1 else 300_000
with tempfile.TemporaryDirectory() as folder:
    columns.main(Path(folder) / "bench.pcap", count)
    browse.main(Path(folder) / "bench.pcap")
