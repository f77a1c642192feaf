"""Compressed captures: whole, in members, cut, damaged, from a pipe, and zstd without a library."""

import gzip
import os
import sys
from pathlib import Path

import pytest
from capture.building import both_formats, in_memory, pcap_header, piped, record, write

from dissect.capture import CaptureError, open_frames
from dissect.capture import compressed as compressed_module

COUNT = 3000


@pytest.mark.parametrize("which", [0, 1])
def test_gzip_reads_like_the_plain_file(tmp_path: Path, which: int):
    data = both_formats(COUNT)[which]
    whole = list(in_memory(data))
    with open_frames(write(tmp_path, gzip.compress(data), "x.gz")) as frames:
        assert list(frames) == whole
        assert list(frames) == whole
        assert frames.count() == COUNT
        assert frames.warning is None
        assert [frames.at(number) for number in (2500, 1, 2501)] == [whole[2499], whole[0], whole[2500]]
        assert list(frames.iterate(2990)) == whole[2989:]


def test_members_and_padding(tmp_path: Path):
    data = both_formats(100)[0]
    packed = b"".join(gzip.compress(data[at : at + 1000]) for at in range(0, len(data), 1000)) + bytes(600)
    with open_frames(write(tmp_path, packed)) as frames:
        assert list(frames) == list(in_memory(data))
        assert frames.warning is None


@pytest.mark.parametrize("cut", [8, 9, 50, 20_000])
def test_cut_gzip_gives_the_whole_packets_and_one_warning(tmp_path: Path, cut: int):
    data = pcap_header() + b"".join(record(os.urandom(100)) for _ in range(2000))
    whole = list(in_memory(data))
    with open_frames(write(tmp_path, gzip.compress(data)[:-cut])) as frames:
        some = list(frames)
        assert some == whole[: len(some)]
        assert len(some) >= 2000 - cut // 100 - 2
        assert "the gzip data is cut short; the " in str(frames.warning)


def test_damaged_gzip_gives_what_comes_before(tmp_path: Path):
    data = pcap_header() + b"".join(record(os.urandom(100)) for _ in range(2000))
    packed = bytearray(gzip.compress(data))
    packed[-8] ^= 1  # the checksum: every packet is there, and yet something is wrong
    with open_frames(write(tmp_path, bytes(packed))) as frames:
        assert len(list(frames)) == 2000
        assert "the gzip data is damaged" in str(frames.warning)


def test_junk_after_gzip(tmp_path: Path):
    with open_frames(write(tmp_path, gzip.compress(both_formats(9)[0]) + b"junk")) as frames:
        assert len(list(frames)) == 9
        assert "bytes follow the gzip data" in str(frames.warning)


def test_gzip_from_a_pipe(monkeypatch: pytest.MonkeyPatch):
    data = both_formats(60)[0]
    writer = piped(monkeypatch)
    os.write(writer, gzip.compress(data))
    os.close(writer)
    with open_frames("-") as frames:
        assert list(frames) == list(in_memory(data))


def test_empty_gzip_and_gzip_of_text(tmp_path: Path):
    with pytest.raises(CaptureError, match="empty"):
        open_frames(write(tmp_path, gzip.compress(b"")))
    with pytest.raises(CaptureError, match="not a capture file but text"):
        open_frames(write(tmp_path, gzip.compress(b"dear diary, nothing happened")))


def test_zstd_without_a_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "zstandard", None)
    monkeypatch.setitem(sys.modules, "compression.zstd", None)
    with pytest.raises(CaptureError, match="pip install zstandard"):
        open_frames(write(tmp_path, b"\x28\xb5\x2f\xfd" + bytes(20)))


class Stored:
    """Stands for a zstd library: gives what follows the magic, up to a final byte 0xff."""

    eof = False
    unused_data = b""

    def decompress(self, data: bytes) -> bytes:
        data = data.removeprefix(compressed_module.ZSTD_MAGIC)
        body, end, self.unused_data = data.partition(b"\xff")
        self.eof = bool(end)
        return body


def test_zstd_with_some_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(compressed_module, "zstd_engine", Stored)
    data = pcap_header(snaplen=1) + record(b"abc")
    packed = compressed_module.ZSTD_MAGIC + data + b"\xff"
    with open_frames(write(tmp_path, packed)) as frames:
        assert [frame.data for frame in frames] == [b"abc"]
        assert frames.warning is None
    with open_frames(write(tmp_path, packed[:-1])) as frames:
        assert len(list(frames)) == 1
        assert "the zstd data is cut short" in str(frames.warning)


def test_zstd_with_the_real_library(tmp_path: Path):
    zstandard = pytest.importorskip("zstandard")
    data = both_formats(COUNT)[0]
    packed = b"".join(zstandard.ZstdCompressor().compress(part) for part in (data[:5000], data[5000:]))
    with open_frames(write(tmp_path, packed)) as frames:
        assert list(frames) == list(in_memory(data))
        assert frames.at(2) == in_memory(data).at(2)
