"""Rights: root is given up for good before anything is decoded or written; without them the refusal helps."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from live.wires import PROGRAM, ROOT, Pair, environment

NOBODY = 65534
FREE_OF = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")


def threads(process: int) -> list[dict[str, str]]:
    """The status of every thread of a process."""
    found = []
    for task in Path(f"/proc/{process}/task").iterdir():
        lines = (task / "status").read_text().splitlines()
        found.append({name: value.strip() for name, _, value in (line.partition(":") for line in lines)})
    return found


@pytest.mark.parametrize("words", [[], ["--stats"], ["-e", "ip.src", "-Y", "udp"]], ids=["list", "stats", "fields"])
@pytest.mark.parametrize("user", [NOBODY, 0], ids=["under sudo", "root"])
def test_root_is_given_up_for_good(wires: Pair, tmp_path: Path, user: int, words: list[str]) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    os.chown(folder, user, user)
    for parent in folder.parents:  # pytest's own folders are its user's only
        if parent.is_relative_to(tmp_path.parents[2]):
            parent.chmod(0o755)
    out = folder / "owned.pcapng"
    more = {"SUDO_UID": str(NOBODY), "SUDO_GID": str(NOBODY)} if user else {}
    with wires.live("-w", str(out), *words, **more) as capture:
        wires.traffic("udp")
        for thread in threads(capture.process.pid):
            assert thread["Uid"].split() == [str(user)] * 4
            assert thread["Gid"].split() == [str(user)] * 4
            assert {thread[name] for name in FREE_OF} == {"0" * 16}
            assert thread["NoNewPrivs"] == "1"
            assert "0" not in thread["Groups"].split() or not user
        capture.stop()
    assert out.stat().st_uid == user
    assert out.stat().st_gid == user
    assert capture.counts[0] >= 3


SPY = """
import os, sys
from dissect.capture import recording
from dissect.capture.live import kernel

def told(name, what):
    def spy(*words):
        for task in os.listdir("/proc/self/task"):
            lines = dict(line.split(":", 1) for line in open(f"/proc/self/task/{task}/status"))
            print(name, *lines["Uid"].split(), *(lines[each].strip() for each in FREE_OF), file=sys.stderr, flush=True)
        return what(*words)
    return spy

kernel.bind = told("bind", kernel.bind)
recording.Recorder._open = told("open", recording.Recorder._open)
from dissect.__main__ import main
main()
"""


@pytest.mark.parametrize("user", [NOBODY, 0], ids=["under sudo", "root"])
def test_it_is_given_up_before_the_first_packet_and_the_first_file(wires: Pair, tmp_path: Path, user: int) -> None:
    """A socket lets packets in when it is bound; then, and when a file is made, no thread has a right left."""
    for folder in (tmp_path, *tmp_path.parents):
        if folder.is_relative_to(tmp_path.parents[2]):
            folder.chmod(0o755)
    os.chown(tmp_path, user, user)
    more = {"SUDO_UID": str(NOBODY), "SUDO_GID": str(NOBODY)} if user else {}
    code = f"FREE_OF = {FREE_OF}\n{SPY}"
    words = ["live", wires.device, "-w", str(tmp_path / "x.pcapng"), "-T", "text", "-a", "duration:0.3"]
    said = wires.start(wires.b, sys.executable, "-c", code, *words, **more).communicate(timeout=30)[1].decode()
    moments = [line.split() for line in said.splitlines() if line.startswith(("open", "bind"))]
    assert {name for name, *_ in moments} == {"open", "bind"}
    assert all(rest == [str(user)] * 4 + ["0" * 16] * len(FREE_OF) for _, *rest in moments)
    assert " captured, " in said


def test_root_without_sudo_may_not_write_everywhere(wires: Pair, tmp_path: Path) -> None:
    """Its power over other people's files is gone, which is said."""
    folder = tmp_path / "theirs"
    folder.mkdir(mode=0o755)
    os.chown(folder, NOBODY, NOBODY)
    process = wires.start(wires.b, *PROGRAM, wires.device, "-w", str(folder / "x.pcapng"))
    _, said = process.communicate(timeout=20)
    assert process.returncode == 2
    assert b"no permission" in said
    assert b"given up root's power" in said


@pytest.mark.skipif(
    not (shutil.which("setcap") and shutil.which("dumpcap")), reason="setcap or dumpcap is not installed"
)
def test_dumpcap_captures_for_who_may_run_it(wires: Pair, tmp_path: Path) -> None:
    """Chosen by itself: this process may not capture, a dumpcap that it may run can."""
    helper = tmp_path / "dumpcap"
    shutil.copy(shutil.which("dumpcap") or "", helper)
    subprocess.run(["setcap", "cap_net_raw,cap_net_admin+eip", helper], check=True)
    setpriv = shutil.which("setpriv")
    assert setpriv is not None
    command = [setpriv, "--securebits", "+noroot", *PROGRAM, wires.device, "-f", "udp dst port 9", "-c", "3"]
    process = wires.start(wires.b, *command, PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert process.stderr is not None
    assert process.stderr.readline() == f"dissect: capturing on {wires.device} (dumpcap); Ctrl-C ends\n".encode()
    wires.traffic("udp")
    out, said = process.communicate(timeout=20)
    assert process.returncode == 0
    assert len(out.splitlines()) == 3
    assert said == b"dissect: 3 packets captured, 3 shown, 0 dropped by the kernel\n"


def without_rights(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """`dissect live` by somebody who may not capture."""
    command = [*PROGRAM, *words]
    if os.geteuid() == 0:
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            pytest.skip("setpriv is not installed")
        command = [setpriv, "--bounding-set=-net_raw,-net_admin", "--inh-caps=-all", *command]
    return subprocess.run(
        command, capture_output=True, text=True, env=environment(**more), check=False, timeout=30, cwd=ROOT
    )


@pytest.mark.skipif(sys.platform != "linux", reason="capabilities are Linux's")
class TestWithoutRights:
    def test_the_refusal_names_the_capability_and_the_commands(self) -> None:
        done = without_rights("lo", "--source", "ring")
        assert done.returncode == 4
        assert "CAP_NET_RAW" in done.stderr
        assert "sudo " in done.stderr
        assert " live lo --source ring" in done.stderr
        assert "dpkg-reconfigure wireshark-common" in done.stderr
        assert "usermod -aG wireshark" in done.stderr
        assert "setcap" not in done.stderr
        assert not done.stdout

    def test_scapy_too(self) -> None:
        done = without_rights("lo", "--source", "scapy")
        assert done.returncode == 4
        assert "CAP_NET_RAW" in done.stderr

    def test_dumpcap_that_may_not_either(self, tmp_path: Path) -> None:
        done = without_rights("lo", "--source", "dumpcap", PATH=str(tmp_path) + os.pathsep + "/nowhere")
        assert done.returncode == 4
        assert "dumpcap" in done.stderr
        assert "usermod" in done.stderr

    def test_nothing_is_written(self, tmp_path: Path) -> None:
        assert without_rights("lo", "--source", "ring", "-w", str(tmp_path / "x.pcapng")).returncode == 4
        assert not list(tmp_path.iterdir())

    def test_interfaces_says_so(self) -> None:
        words = [sys.executable, "-m", "dissect", "interfaces"]
        if os.geteuid() == 0:
            words = ["setpriv", "--bounding-set=-net_raw,-net_admin", "--inh-caps=-all", *words]
        done = subprocess.run(
            words, capture_output=True, text=True, env=environment(), check=False, timeout=30, cwd=ROOT
        )
        assert done.returncode == 0
        assert "yes" not in done.stdout.split("may you?")[1].split()
        assert "CAP_NET_RAW" in done.stderr or "dumpcap captures for you" in done.stderr
