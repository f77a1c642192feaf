"""Names and filters are checked before anything heavy is loaded: other processes start only where polars is not there yet."""

from __future__ import annotations

import subprocess
import sys

CHECK = """
import sys
from dissect.export import job
job("tsv", ("ip.src", "tcp.stream", "ip.ttl#2"), "tcp.flags.syn == 1").check()
for wrong in (job("tsv", ("ip.tll",)), job(filter="ip.ttl >")):
    try:
        wrong.check()
    except Exception as error:
        print(type(error).__name__)
print([name for name in ("polars", "numpy") if name in sys.modules])
"""


def test_a_job_is_checked_without_polars() -> None:
    done = subprocess.run([sys.executable, "-c", CHECK], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:3] == ["KeyError", "FilterError", "[]"]


def test_a_capture_that_is_worth_it_is_read_by_several_processes() -> None:
    """`read` has loaded neither numpy nor polars by the time that it starts them."""
    code = """
import sys
import dissect.bulk.workers
def ordered(*_):
    sys.exit("polars" in sys.modules or "numpy" in sys.modules)
dissect.bulk.workers.ordered = ordered
sys.argv = ["dissect", "read", "sample:handshake", *sys.argv[1:]]
from dissect.__main__ import main
main()
"""
    for words in (["-Y", "tcp"], ["-T", "tsv", "-e", "ip.src", "-Y", "ip.ttl > 3"], ["-t", "delta", "-Y", "ip"]):
        done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, (words, done.stderr)


def test_the_list_is_made_without_polars() -> None:
    code = """
import sys
import dissect
from dissect.bulk.block import blocks
from dissect.export import job
listed = job()
listed.check()
with dissect.open("sample:tcp-options") as capture:
    print(sum(listed(block, 0).count for block in blocks(capture.frames)), "polars" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    count, loaded = done.stdout.split()
    assert int(count) > 0
    assert loaded == "False"
