"""The same few packets in every kind of capture file, crafted (pcap-savefile(5), draft-ietf-opsawg-pcapng)."""

from __future__ import annotations

import gzip
import io
import struct
from pathlib import Path

from crafting import START, V4, V6, ethernet, ipv4, ipv6, tcp, udp, write, write_frames
from namespaces import pair
from registry import capture

PCAP, NANO, MODIFIED = 0xA1B2C3D4, 0xA1B23C4D, 0xA1B2CD34
ETHERNET, RAW = 1, 101
SECTION, INTERFACE, SIMPLE, NAMES, STATISTICS, ENHANCED = 0x0A0D0D0A, 1, 3, 4, 5, 6
COMMENT, END = 1, b"\0\0\0\0"
HOSTILE = "\x1b]0;owned\x07\x1b[31mred"


def _packets() -> list[bytes]:
    """Two frames, one of each IP version."""
    return [ethernet(ipv4(udp(b"one"), 17)), ethernet(ipv6(udp(b"two", ends=V6), 17))]


def _pcap(order: str, magic: int, *, step: int, extra: bytes = b"") -> bytes:
    """A classic file with that byte order and magic number; `step` is the time between two packets, `extra`
    goes into each record header.
    """
    data = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, ETHERNET)
    for number, packet in enumerate(_packets()):
        size = len(packet)
        data += struct.pack(order + "IIII", START, number * step, size, size) + extra + packet
    return data


@capture("pcap-big-endian", "A pcap file written by a big-endian machine", "大端 pcap 文件", made="crafted")
def pcap_big_endian(path: Path) -> None:
    """The magic number a1b2c3d4 stands there as it is spoken; all numbers of the file, not those of the packets,
    have the other order.
    """
    path.write_bytes(_pcap(">", PCAP, step=1000))


@capture("pcap-nanoseconds", "A pcap file with nanoseconds", "纳秒精度 pcap 文件", made="crafted", look=2)
def pcap_nanoseconds(path: Path) -> None:
    """The magic number a1b23c4d: the second word of each time counts nanoseconds. 123 ns pass between the two
    packets.
    """
    path.write_bytes(_pcap("<", NANO, step=123))


@capture(
    "pcap-modified", "A modified pcap file, with longer record headers", "修改版 pcap（记录首部更长）", made="crafted"
)
def pcap_modified(path: Path) -> None:
    """The magic number a1b2cd34 of an old Linux patch: each record header has 8 more bytes, with interface,
    protocol and packet type.
    """
    extra = struct.pack("<IHBB", 2, 0x0800, 4, 0)
    path.write_bytes(_pcap("<", MODIFIED, step=1000, extra=extra))


@capture("pcap-gzip", "A compressed pcap file", "gzip 压缩的 pcap 文件", made="crafted", suffix=".pcap.gz")
def pcap_gzip(path: Path) -> None:
    """The same file through gzip, which is told by its first two bytes 1f 8b and not by its name
    (RFC 1952 section 2.3.1).
    """
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, mtime=START) as packed:
        packed.write(_pcap("<", PCAP, step=1000))
    path.write_bytes(buffer.getvalue())


@capture("pcap-cut-short", "A file that ends in the middle of its last record", "末尾记录被截断的文件", made="crafted")
def pcap_cut_short(path: Path) -> None:
    """As after a full disk: the second record promises more bytes than the file has. The first packet is whole."""
    path.write_bytes(_pcap("<", PCAP, step=1000)[:-30])


@capture("pcap-huge-record", "A record that claims to be four gigabytes long", "声称长达 4 GB 的记录", made="crafted")
def pcap_huge_record(path: Path) -> None:
    """After four good packets comes a record header with a length of 0xfffffff0; a reader that believes it asks
    for all that memory.
    """
    good = _pcap("<", PCAP, step=1000)
    path.write_bytes(good + good[24:] + struct.pack("<IIII", START, 2000, 0xFFFFFFF0, 0xFFFFFFF0) + b"not that long")


@capture("pcap-empty", "A file with a header and no packet", "没有数据包的文件", made="crafted", look=0)
def pcap_empty(path: Path) -> None:
    """Nothing was recorded, which is not an error."""
    write(path, [])


@capture("snaplen", "Only the first 60 bytes of each frame were kept", "每帧只保留前 60 字节", made="recorded", look=4)
def snaplen(path: Path) -> None:
    """Tcpdump -s 60: the record says how long the frame was and how much of it is here. TCP's timestamps are cut
    in the middle of the header, the checksum cannot be verified.
    """
    with pair() as net, net.client.record(path, "tcp", "-s", "60"):
        near, far = net.connect()
        with near, far:
            near.sendall(b"you will not read all of this\n")
            far.recv(100)
            near.close()
            far.recv(10)


def _option(code: int, value: bytes, order: str = "<") -> bytes:
    """A pcapng option, filled up to four bytes."""
    return struct.pack(order + "HH", code, len(value)) + value + b"\0" * (-len(value) % 4)


def _block(kind: int, body: bytes, order: str = "<") -> bytes:
    """A pcapng block with its length at both ends."""
    body += b"\0" * (-len(body) % 4)
    length = struct.pack(order + "I", 12 + len(body))
    return struct.pack(order + "I", kind) + length + body + length


def _section(order: str = "<", options: bytes = b"") -> bytes:
    """A section header block; the byte-order magic shows the order of everything up to the next."""
    return _block(SECTION, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1) + options, order)


def _interface(link: int = ETHERNET, order: str = "<", options: bytes = b"", limit: int = 0) -> bytes:
    """An interface description block."""
    return _block(INTERFACE, struct.pack(order + "HHI", link, 0, limit) + options, order)


def _enhanced(packet: bytes, ticks: int, interface: int = 0, order: str = "<", options: bytes = b"") -> bytes:
    """An enhanced packet block; `ticks` count in the interface's own unit."""
    size = len(packet)
    head = struct.pack(order + "IIIII", interface, ticks >> 32, ticks & 0xFFFFFFFF, size, size)
    return _block(ENHANCED, head + packet + b"\0" * (-size % 4) + options, order)


@capture(
    "pcapng-sections",
    "A pcapng file with two sections of different byte order",
    "两个字节序不同的 pcapng 段",
    made="crafted",
    look=2,
    suffix=".pcapng",
)
def pcapng_sections(path: Path) -> None:
    """Two files of machines of either kind put one after the other. A section header starts everything anew:
    byte order, interfaces and their numbers (draft-ietf-opsawg-pcapng section 4.1).
    """
    one, two = _packets()
    little = _section() + _interface() + _enhanced(one, START * 10**6)
    big = _section(">") + _interface(order=">") + _enhanced(two, (START + 1) * 10**6, order=">")
    path.write_bytes(little + big)


@capture(
    "pcapng-interfaces",
    "Two interfaces with different link types and time resolutions",
    "两个链路类型与时间精度不同的接口",
    made="crafted",
    look=2,
    suffix=".pcapng",
)
def pcapng_interfaces(path: Path) -> None:
    """Interface 0 is Ethernet with microseconds; interface 1 is raw IP with nanoseconds (if_tsresol 9);
    interface 2 counts in units of 1/1024 s (0x8a). The times are half a second apart
    (draft-ietf-opsawg-pcapng section 4.2).
    """
    one, two = _packets()
    names = [_option(2, b"eth0"), _option(2, b"tun0") + _option(9, b"\x09"), _option(2, b"slow0") + _option(9, b"\x8a")]
    links = (ETHERNET, RAW, ETHERNET)
    data = _section() + b"".join(_interface(link, options=name + END) for link, name in zip(links, names, strict=True))
    data += _enhanced(one, START * 10**6)
    data += _enhanced(two[14:], START * 10**9 + 500_000_000, 1)
    data += _enhanced(one, (START + 1) * 1024, 2)
    path.write_bytes(data)


@capture(
    "pcapng-tsoffset",
    "Times that count from an offset (if_tsoffset)",
    "带时间偏移的接口（if_tsoffset）",
    made="crafted",
    suffix=".pcapng",
)
def pcapng_tsoffset(path: Path) -> None:
    """The time of a packet is what its block says plus the seconds of the interface's if_tsoffset; the first
    packet says 0 (draft-ietf-opsawg-pcapng section 4.2).
    """
    one, two = _packets()
    interface = _interface(options=_option(14, struct.pack("<q", START)) + END)
    path.write_bytes(_section() + interface + _enhanced(one, 0) + _enhanced(two, 1_500_000))


@capture(
    "pcapng-simple",
    "Simple packet blocks: no time, no interface",
    "简单分组块：没有时间",
    made="crafted",
    suffix=".pcapng",
)
def pcapng_simple(path: Path) -> None:
    """A simple packet block holds only the length on the wire; what is captured follows from the interface's
    snapshot length, here 64 bytes, and cuts the second packet (draft-ietf-opsawg-pcapng section 4.4).
    """
    frames = [ethernet(ipv4(udp(b"one"), 17)), ethernet(ipv4(tcp(b"cut after " + b"x" * 40)))]
    blocks = [_block(SIMPLE, struct.pack("<I", len(frame)) + frame[:64]) for frame in frames]
    path.write_bytes(_section() + _interface(limit=64) + b"".join(blocks))


@capture(
    "pcapng-comments",
    "Packets with comments, one of which tries to take over the terminal",
    "带注释的数据包，其中一条含终端控制序列",
    made="crafted",
    look=2,
    suffix=".pcapng",
)
def pcapng_comments(path: Path) -> None:
    """The first comment is harmless, also in Chinese; the second holds escape sequences that would change the
    window title and the colour if printed as they are, and so do the interface's name and the file's comment
    (draft-ietf-opsawg-pcapng section 3.5).
    """
    one, two = _packets()
    hostile = HOSTILE.encode()
    data = _section(options=_option(COMMENT, b"whole file: " + hostile) + _option(4, b"captures/make.py") + END)
    data += _interface(options=_option(2, b"eth0" + hostile) + END)
    data += _enhanced(one, START * 10**6, options=_option(COMMENT, "the first packet, 第一个数据包".encode()) + END)
    data += _enhanced(two, START * 10**6 + 1000, options=_option(COMMENT, hostile) + END)
    path.write_bytes(data)


@capture(
    "pcapng-other-blocks",
    "Blocks that a reader may skip: names, statistics, custom and unknown ones",
    "可跳过的块：名称解析、统计、自定义与未知块",
    made="crafted",
    suffix=".pcapng",
)
def pcapng_other_blocks(path: Path) -> None:
    """Name resolution, interface statistics, a custom block and one of a local kind stand around one packet;
    their lengths are enough to step over them (draft-ietf-opsawg-pcapng sections 4.5, 4.6 and 4.7).
    """
    one, _ = _packets()
    record = struct.pack("<HH", 1, 19) + bytes([192, 0, 2, 1]) + b"client.example\0" + b"\0"
    names = _block(NAMES, record + END)
    when = START * 10**6
    counts = _option(4, struct.pack("<Q", 1)) + _option(5, struct.pack("<Q", 0)) + END
    statistics = _block(STATISTICS, struct.pack("<III", 0, when >> 32, when & 0xFFFFFFFF) + counts)
    custom = _block(0xBAD, struct.pack("<I", 32473) + b"for documentation only")
    local = _block(0x80000042, b"whatever this is")
    data = _section() + _interface() + names + _enhanced(one, when) + custom + local + statistics
    path.write_bytes(data)


@capture(
    "hostile-text",
    "Data that tries to take over the terminal, in TCP and UDP",
    "数据中含终端控制序列",
    made="crafted",
)
def hostile_text(path: Path) -> None:
    """Packets may hold anything: escape sequences, a backspace trick, a right-to-left mark and bytes that are no
    UTF-8. None of them may reach a terminal as they are.
    """
    texts = (HOSTILE.encode(), b"rm -rf /\r# just a comment", "safe\u202etxt.exe".encode(), b"\xff\xfe\x9b31m")
    write_frames(path, [ipv4(tcp(texts[0]), ends=V4), *(ipv4(udp(text), 17) for text in texts[1:])])
