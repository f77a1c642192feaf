"""`python -m tests.bench.live [PACKETS]`: how live recording keeps up. `dissect live -w` and `tcpdump -w`, in turn, on a veth pair, `tcpreplay --topspeed`.

Needs root. For each run: packets lost, processor time of the whole process (start-up included), and the
time without start-up, which is that of a run that records next to nothing.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from capture.building import pcap_header, record
from live.wires import PROGRAM, Pair, environment, pair

RUNS = 3
SIZES = (66, 66, 66, 74, 120, 300, 590, 1514, 1514)  # of a busy host: acknowledgments, requests, data


def build(path: Path, count: int) -> int:
    """A capture of UDP packets of these sizes; returns their average."""
    head = bytes.fromhex(
        "020000000002020000000001080045000000000100004011" + "0000" + "0a4d0001" + "0a4d0002" + "00090009" + "00000000"
    )
    with path.open("wb") as file:
        file.write(pcap_header())
        for number in range(count):
            data = head + number.to_bytes(4, "big") + bytes(SIZES[number % len(SIZES)] - len(head) - 4)
            file.write(record(data, 1_700_000_000 + number // 1_000_000, number % 1_000_000))
    return sum(SIZES) // len(SIZES)


def main(count: int) -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder, pair() as wires:
        sent = Path(folder) / "sent.pcap"
        once = min(count, 100_000)
        size = build(sent, once)
        print(f"{count:,} packets of {size} bytes on average")
        for run in range(RUNS):
            for name in ("dissect", "tcpdump"):
                out = Path(folder) / f"{name}.out"
                said, used, rate = measured(wires, name, out, sent, count // once)
                print(f"run {run + 1}: {name:8} {used:.2f} s of processor at {rate:,.0f} packets/s; {said}")
                out.unlink()
        started = measured(wires, "dissect", Path(folder) / "none.pcapng", sent, 0)[1]
        print(f"dissect's start-up: {started:.2f} s of it")


def measured(wires: Pair, name: str, out: Path, sent: Path, loops: int) -> tuple[str, float, float]:
    """What the program said of its counts, its seconds of processor time, and packets a second sent."""
    ours = [*PROGRAM, wires.device, "-w", str(out)]
    command = ours if name == "dissect" else ["tcpdump", "-q", "-i", wires.device, "-Z", "root", "-w", str(out)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen(["ip", "netns", "exec", wires.b, *command], stderr=subprocess.PIPE, env=environment())
    assert process.stderr is not None
    process.stderr.readline()
    time.sleep(0.3)
    rate, spent = 0.0, 0.0
    if loops:
        at = resource.getrusage(resource.RUSAGE_CHILDREN)
        text = wires.run(
            wires.a, "tcpreplay", "-q", "-K", "--topspeed", f"--loop={loops}", "-i", wires.device, str(sent)
        )
        now = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = now.ru_utime + now.ru_stime - at.ru_utime - at.ru_stime
        rate = float(text.split(" pps")[0].split()[-1])
    time.sleep(0.7)
    process.terminate()
    said = " · ".join(process.communicate()[1].decode().replace("dissect: ", "").split("\n")).strip(" ·")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return said, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime - spent, rate


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 800_000)
