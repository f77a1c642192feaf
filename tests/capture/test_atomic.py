"""Outputs appear under their name whole, or not at all."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from capture.writing import Keeper, frames_of, ng, pc, places, rewrite, write

from dissect.capture import OutputError
from dissect.capture.atomic import Output

NAMED = pytest.param(False, id="named")
NAMELESS = pytest.param(
    True, id="nameless", marks=pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="Linux has it")
)
root = pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason="needs root")


@pytest.fixture(params=[NAMED, NAMELESS])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Both ways to a file that nobody sees before it is whole."""
    if not request.param:
        monkeypatch.delattr("dissect.capture.atomic.os.O_TMPFILE", raising=False)
    return bool(request.param)


def test_the_name_comes_at_the_end(tmp_path: Path, way: bool):
    output = Output(str(tmp_path / "x"))
    output.write(b"whole")
    assert (len(places(tmp_path)), (tmp_path / "x").exists()) == (0 if way else 1, False)
    assert all(name.startswith(".") for name in places(tmp_path))
    output.close()
    output.close()
    output.discard()
    assert places(tmp_path) == ["x"]
    assert (tmp_path / "x").read_bytes() == b"whole"


def half(path: str, error: type[BaseException]) -> None:
    """Writes half of a file, then fails."""
    with Output(path) as output:
        output.write(b"half")
        output.flush()
        raise error


def zeros(path: str, count: int) -> None:
    """Writes thousands of zeros, a thousand at a time."""
    with Output(path) as output:
        for _ in range(count):
            output.write(bytes(1000))


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_error_leaves_nothing(tmp_path: Path, way: bool, error: type[BaseException]):
    (tmp_path / "old").write_bytes(b"old")
    for name in ("x", "old"):
        with pytest.raises(error):
            half(str(tmp_path / name), error)
    assert places(tmp_path) == ["old"]
    assert (tmp_path / "old").read_bytes() == b"old"


def test_permissions_are_those_of_any_new_file_or_of_the_one_replaced(tmp_path: Path, way: bool):
    before = os.umask(0o027)
    try:
        (tmp_path / "old").write_bytes(b"old")
        (tmp_path / "old").chmod(0o604)
        for name in ("new", "old"):
            with Output(str(tmp_path / name)) as output:
                output.write(b"new")
    finally:
        os.umask(before)
    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("new", "old")] == [0o640, 0o604]
    assert (tmp_path / "old").read_bytes() == b"new"


def test_what_a_link_leads_to_is_replaced(tmp_path: Path, way: bool):
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to("there/x")
    for data in (b"new", b"newer"):
        with Output(str(tmp_path / "link")) as output:
            output.write(data)
        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "there" / "x").read_bytes() == data
    assert places(tmp_path / "there") == ["x"]


def test_two_at_once_and_a_left_over(tmp_path: Path, way: bool):
    (tmp_path / f".dissect-{os.getpid()}-0.part").write_bytes(b"somebody's")
    with Output(str(tmp_path / "a")) as a, Output(str(tmp_path / "b")) as b:
        a.write(b"a")
        b.write(b"b")
    assert places(tmp_path)[1:] == ["a", "b"]
    assert (tmp_path / f".dissect-{os.getpid()}-0.part").read_bytes() == b"somebody's"


def test_a_name_as_long_as_names_may_be(tmp_path: Path, way: bool):
    with Output(str(tmp_path / ("x" * 255))) as output:
        output.write(b"a")
    assert places(tmp_path) == ["x" * 255]


def test_a_bare_name_is_in_the_folder_one_is_in(tmp_path: Path, way: bool, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    with Output("x") as output:
        output.write(b"a")
    assert places(tmp_path) == ["x"]


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("none/x", "cannot be written: there is no folder "),
        ("", "cannot be written: it is a directory"),
        ("file/x", "cannot be written: "),
        ("a\0b", "cannot be written: "),
        ("x" * 300, "cannot be written: "),
    ],
)
def test_places_where_nothing_can_be_written(tmp_path: Path, way: bool, path: str, says: str):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match=says) as caught:
        Output(str(tmp_path / path) if path else str(tmp_path))
    assert "\n" not in str(caught.value)
    assert places(tmp_path) == ["file"]


def test_an_empty_name(way: bool):
    with pytest.raises(OutputError, match="cannot be written: its name is empty"):
        Output("")


UNPRIVILEGED = """
import os, sys
from dissect.capture.atomic import Output
from dissect.capture.errors import OutputError
os.setgid(65534); os.setuid(65534)
for path in sys.argv[1:]:
    try:
        Output(path)
    except OutputError as error:
        print(error)
"""


@root
def test_a_folder_or_a_file_that_may_not_be_written():
    """Where root's rights do not help."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as name:  # not below pytest's own folders, which others may not enter
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "open").mkdir()
        (folder / "open").chmod(0o777)
        (folder / "open" / "fixed").write_bytes(b"kept")
        words = [f"{folder}/x", f"{folder}/open/fixed", f"{folder}/open/y"]
        command = [sys.executable, "-c", UNPRIVILEGED, *words]
        result = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
        assert result.stdout.splitlines() == [f"{path}: cannot be written: no permission" for path in words[:2]]
        assert places(folder / "open") == ["fixed"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "dissect", str(disk)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no tmpfs can be mounted here")
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@root
class TestFullDisk:
    @pytest.mark.parametrize("size", [70_000, 1_000_000])
    def test_written_in_pieces(self, small_disk: Path, way: bool, size: int):
        (small_disk / "old").write_bytes(b"old")
        for name in ("x", "old"):
            with pytest.raises(OutputError, match=f"{name}: cannot be written: the disk is full"):
                zeros(str(small_disk / name), size // 1000)
        assert places(small_disk) == ["old"]
        assert (small_disk / "old").read_bytes() == b"old"

    def test_written_by_a_library(self, small_disk: Path, way: bool):
        with pytest.raises(OutputError, match="the disk is full"), Output(str(small_disk / "x")) as output:
            output.file.write(bytes(1_000_000))
        assert places(small_disk) == []

    @pytest.mark.parametrize("kind", ["parquet", "csv", "ndjson"])
    def test_columns(self, small_disk: Path, way: bool, kind: str):
        import polars as pl

        table = pl.DataFrame({"noise": [os.urandom(20).hex() for _ in range(20_000)]})
        with (
            pytest.raises(OutputError, match="x: cannot be written: the disk is full"),
            Output(str(small_disk / "x")) as output,
        ):
            getattr(table, f"write_{kind}")(output)
        assert places(small_disk) == []

    @pytest.mark.parametrize("name", ["out.pcap", "out.pcapng", "out.pcapng.gz"])
    @pytest.mark.parametrize("data", [pc, ng])
    def test_packets(self, small_disk: Path, tmp_path: Path, way: bool, name: str, data: object):
        from capture.building import enhanced, interface, pcap_header, record, section

        noise = [os.urandom(1000) for _ in range(100)]
        if data is pc:
            whole = pcap_header() + b"".join(map(record, noise))
        else:
            whole = section() + interface() + b"".join(map(enhanced, noise))
        with pytest.raises(OutputError, match=f"{name}: cannot be written: the disk is full"):
            rewrite(write(tmp_path, whole, "in"), small_disk / name)
        assert places(small_disk) == []

    def test_pictures(self, small_disk: Path):
        from cli.running import run

        result = run("show", "sample:handshake", "1-10", "--svg", str(small_disk / "x.svg"))
        assert result.code == 2
        assert result.err == f"dissect: {small_disk}/x.svg: cannot be written: the disk is full\n"
        assert places(small_disk) == []


def test_a_fifo_is_written_straight(tmp_path: Path):
    os.mkfifo(tmp_path / "out.pcap")
    write(tmp_path, pc(), "in")
    got: list[bytes] = []
    thread = threading.Thread(target=lambda: got.append((tmp_path / "out.pcap").read_bytes()))
    thread.start()
    rewrite(tmp_path / "in", tmp_path / "out.pcap")
    thread.join()
    assert got == [pc()]
    assert places(tmp_path) == ["in", "out.pcap"]


def test_a_reader_that_goes_away(tmp_path: Path):
    os.mkfifo(tmp_path / "out.pcap")
    reader = os.open(tmp_path / "out.pcap", os.O_RDONLY | os.O_NONBLOCK)
    output = Output(str(tmp_path / "out.pcap"))
    os.close(reader)
    with pytest.raises(OutputError, match="Broken pipe"):
        output.write(bytes(1_000_000))
    output.discard()


KILLED = """
import signal, sys, time
from dissect.capture.atomic import Output
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
with Output(sys.argv[1]) as output:
    output.write(bytes(1_000_000))
    print("ready", flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="Linux has it")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGPIPE])
def test_a_killed_program_leaves_nothing(tmp_path: Path, number: signal.Signals):
    command = [sys.executable, "-c", KILLED, str(tmp_path / "x")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=Path(__file__).parents[2]
    ) as writer:  # fmt: skip
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        writer.send_signal(number)
        writer.wait(20)
    assert places(tmp_path) == []


def test_standard_output_by_another_name(tmp_path: Path):
    program = "from dissect.capture.atomic import Output\nwith Output('/dev/stdout') as o: o.write(b'data')"
    with (tmp_path / "x").open("wb") as file:
        subprocess.run([sys.executable, "-c", program], stdout=file, check=True, cwd=Path(__file__).parents[2])
    assert (tmp_path / "x").read_bytes() == b"data"
    assert places(tmp_path) == ["x"]


def test_a_whole_capture_is_readable_at_once(tmp_path: Path, way: bool):
    with Keeper(str(tmp_path / "x.pcapng")):
        assert not (tmp_path / "x.pcapng").exists()
    assert frames_of(tmp_path / "x.pcapng") == []
