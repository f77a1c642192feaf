"""Packets that are wrong, or that no ordinary sender makes, crafted."""

from __future__ import annotations

import struct
from pathlib import Path

from crafting import ACK, FIN, PSH, RST, SYN, URG, V4, V6, checksum, ethernet, ipv4, ipv6, tcp, udp, write, write_frames
from registry import capture

MSS = bytes([2, 4, 5, 0xB4])
MORE = 0x2000


def _spoken(data: bytes, offset: int, wrong: int = 0) -> bytes:
    """An ICMP echo request, or another ICMP message of 8 bytes and data."""
    message = struct.pack("!BBHHH", 8, 0, 0, 0x1234, offset) + data
    return message[:2] + struct.pack("!H", (checksum(message) + wrong) & 0xFFFF) + message[4:]


@capture(
    "bad-checksums",
    "Checksums that are wrong by a little, one packet each",
    "错误的校验和，每个数据包一处",
    made="crafted",
)
def bad_checksums(path: Path) -> None:
    """One field is wrong in each: IPv4 header, TCP, UDP, ICMP, TCP over IPv6, UDP over IPv6; the last packet
    is right (RFC 1071, RFC 9293 section 3.1).
    """
    write_frames(
        path,
        [
            ipv4(tcp(b"IPv4 header wrong by 1"), wrong=1),
            ipv4(tcp(b"TCP wrong by 1", wrong=1, ports=(40001, 8080))),
            ipv4(udp(b"UDP wrong by 256", wrong=256), 17),
            ipv4(_spoken(b"ICMP wrong by 2", 1, wrong=2), 1),
            ipv6(tcp(b"TCP over IPv6 wrong by 1", ends=V6, wrong=1)),
            ipv6(udp(b"UDP over IPv6 wrong by 16", ends=V6, wrong=16), 17),
            ipv4(tcp(b"all right", ports=(40002, 8080))),
        ],
    )


@capture(
    "udp-no-checksum",
    "UDP checksum 0: allowed over IPv4, not over IPv6",
    "UDP 校验和为 0：IPv4 允许，IPv6 不允许",
    made="crafted",
    look=2,
)
def udp_no_checksum(path: Path) -> None:
    """Zero means that the sender computed none (RFC 768); over IPv6, which has no header checksum of its own,
    such a datagram is dropped, tunnels aside (RFC 8200 section 8.1, RFC 6935).
    """
    packets = []
    for datagram, wrap in ((udp(b"none over IPv4"), ipv4), (udp(b"none over IPv6", ends=V6), ipv6)):
        packets.append(wrap(datagram[:6] + b"\0\0" + datagram[8:], 17))
    write_frames(path, packets)


@capture(
    "impossible-flags",
    "TCP flags that no conversation needs: SYN+FIN, none at all, a Christmas tree, SYN+RST",
    "不合理的 TCP 标志组合：SYN+FIN、无标志、圣诞树",
    made="crafted",
)
def impossible_flags(path: Path) -> None:
    """Port scanners send these to see how a system answers: SYN+FIN, no flag, FIN+PSH+URG ("Xmas"), all eight,
    SYN+RST, FIN without ACK (RFC 9293 section 3.10.7).
    """
    sets = (SYN | FIN, 0, FIN | PSH | URG, 0xFF, SYN | RST, FIN)
    write_frames(path, [ipv4(tcp(b"", flags, ports=(40000 + n, 80))) for n, flags in enumerate(sets)])


@capture("reserved-bits", "Reserved bits that are not zero", "保留位不为零", made="crafted")
def reserved_bits(path: Path) -> None:
    """The three reserved bits of the TCP header set, together and one by one, then the reserved first flag of
    the IPv4 header (RFC 9293 section 3.1, RFC 791 section 3.1).
    """
    packets = [ipv4(tcp(b"", ACK | extra << 9, ports=(40000 + extra, 8080))) for extra in (7, 1, 2, 4)]
    write_frames(path, [*packets, ipv4(tcp(b""), fragment=0xC000)])


@capture(
    "fields-without-flags",
    "An acknowledgment number without ACK, an urgent pointer without URG",
    "无 ACK 标志却有确认号，无 URG 标志却有紧急指针",
    made="crafted",
)
def fields_without_flags(path: Path) -> None:
    """The fields mean nothing while the flag is off: a SYN with an acknowledgment number, data with an urgent
    pointer, and URG with a pointer of 0 (RFC 9293 section 3.1).
    """
    write_frames(
        path,
        [
            ipv4(tcp(b"", SYN, ack=0x12345678, options=MSS)),
            ipv4(tcp(b"nothing urgent", ACK | PSH, urgent=7, ports=(40001, 8080))),
            ipv4(tcp(b"urgent, but where?", ACK | PSH | URG, ports=(40002, 8080))),
        ],
    )


@capture(
    "bad-data-offset",
    "TCP data offsets of 3 and of 15 in a segment of 28 bytes",
    "错误的 TCP 数据偏移：过小与越界",
    made="crafted",
)
def bad_data_offset(path: Path) -> None:
    """Less than 5 would end the header before its own fields; 15 words are 60 bytes, more than there are. The
    data cannot be found in either (RFC 9293 section 3.1).
    """
    write_frames(path, [ipv4(tcp(b"too near", offset=3)), ipv4(tcp(b"too far!", offset=15, ports=(40001, 8080)))])


@capture(
    "bad-header-length",
    "IPv4 header length of 4 words, and one past the end of the packet",
    "错误的 IPv4 首部长度",
    made="crafted",
)
def bad_header_length(path: Path) -> None:
    """The header length is at least 5 words (RFC 791 section 3.1). In the third packet the total length is
    larger than what was received, in the fourth smaller than the header.
    """
    right = ipv4(udp(b"length"), 17)
    packets = []
    for first in (0x44, 0x4F):
        header = bytes([first]) + right[1:10] + b"\0\0" + right[12:20]
        packets.append(header[:10] + struct.pack("!H", checksum(header)) + header[12:] + right[20:])
    packets += [ipv4(udp(b"length"), 17, total=1000), ipv4(udp(b"length"), 17, total=12)]
    write_frames(path, packets)


@capture(
    "bad-option-length",
    "TCP options of length 0, of length 1, and past the end of the header",
    "错误的 TCP 选项长度：0、1、超出首部",
    made="crafted",
)
def bad_option_length(path: Path) -> None:
    """A length counts the kind and itself, so less than 2 cannot be and would keep a careless reader in a loop;
    the third runs past the header, in the fourth the length byte itself is missing, in the fifth the kind asks
    for another length. The same in IPv4 at the end (RFC 9293 section 3.1, RFC 6691).
    """
    spoiled = ([8, 0, 1, 1], [8, 1, 1, 1], [1, 1, 8, 10], [1, 1, 1, 2], [2, 3, 5, 0])
    packets = [ipv4(tcp(b"", SYN, options=bytes(option), ports=(40000 + n, 80))) for n, option in enumerate(spoiled)]
    for option in ([7, 0, 4, 0], [7, 1, 4, 0], [1, 1, 7, 15]):
        packets.append(ipv4(udp(b"IPv4 option"), 17, options=bytes(option)))
    write_frames(path, packets)


@capture(
    "after-end-of-options",
    "Bytes after the end-of-options mark that are not zero",
    "选项结束标记之后的非零字节",
    made="crafted",
)
def after_end_of_options(path: Path) -> None:
    """Whatever follows kind 0 is padding and should be zero; here it hides a message, once in TCP and once in
    IPv4 (RFC 9293 section 3.1, RFC 791 section 3.1).
    """
    write_frames(
        path,
        [
            ipv4(tcp(b"", SYN, options=MSS + b"\0hidden in")),
            ipv4(udp(b"look above"), 17, options=b"\0hidden"),
        ],
    )


@capture("land", "Source and destination are the same: a LAND packet", "源与目的相同：LAND 报文", made="crafted")
def land(path: Path) -> None:
    """A SYN that seems to come from its own target, address and port; old systems answered themselves without
    end (RFC 9293 section 3.10.7, CERT CA-1997-28). Once over IPv4, once over IPv6.
    """
    same4, same6 = (V4[1], V4[1]), (V6[1], V6[1])
    write_frames(
        path,
        [
            ipv4(tcp(b"", SYN, ends=same4, ports=(80, 80)), ends=same4),
            ipv6(tcp(b"", SYN, ends=same6, ports=(80, 80)), ends=same6),
        ],
    )


@capture(
    "zero-lengths",
    "IPv4 total length 0 and IPv6 payload length 0, as with segmentation offload",
    "IPv4 总长度为 0、IPv6 载荷长度为 0",
    made="crafted",
)
def zero_lengths(path: Path) -> None:
    """A segment larger than 65535 bytes does not fit the length field, which is then 0 (Linux calls it BIG TCP);
    some cards leave it 0 for smaller ones too. The real length is that of the frame: 70000 bytes of data of
    which the file holds the beginning, then two small packets.
    """
    data = b"a segment too big for its length field\n" * 1795
    large = [ethernet(ipv4(tcp(data[:70000]), total=0)), ethernet(ipv6(tcp(data[:70000], ends=V6), length=0))]
    small = [
        ethernet(ipv4(tcp(b"small", ports=(40001, 8080)), total=0)),
        ethernet(ipv6(tcp(b"small", ends=V6, ports=(40001, 8080)), length=0)),
    ]
    frames = large + small
    write(path, [frame[:128] for frame in frames], lengths=[len(frame) for frame in frames])


@capture(
    "fragments-v4-overlapping",
    "IPv4 fragments that overlap and disagree",
    "相互重叠且内容不一致的 IPv4 分片",
    made="crafted",
    look=2,
)
def fragments_v4_overlapping(path: Path) -> None:
    """The second fragment covers 16 bytes of the first with other data; which one wins differs between systems,
    and that is how things slip past a firewall (RFC 791 section 3.2, RFC 1858 section 4, RFC 3128). The
    checksum is right if the first one wins.
    """
    whole = udp(b"first come, first served: " + b"ABCDEFGH" * 10)
    pieces = ((0, whole[:64], MORE), (48, b"EVIL" * 4 + whole[64:], 0))
    write_frames(path, [ipv4(data, 17, fragment=more | offset // 8) for offset, data, more in pieces])


@capture(
    "fragments-v6-overlapping",
    "IPv6 fragments that overlap: all of them must be dropped",
    "相互重叠的 IPv6 分片：必须全部丢弃",
    made="crafted",
    look=2,
)
def fragments_v6_overlapping(path: Path) -> None:
    """The same trick over IPv6, where an overlap is forbidden and the whole datagram is dropped silently
    (RFC 5722, RFC 8200 section 4.5).
    """
    whole = udp(b"no overlap allowed here:  " + b"ABCDEFGH" * 10, ends=V6)
    pieces = ((0, whole[:64], 1), (48, b"EVIL" * 4 + whole[64:], 0))
    write_frames(path, [ipv6(struct.pack("!BBHI", 17, 0, at | more, 0x0E11) + data, 44) for at, data, more in pieces])


@capture(
    "tiny-first-fragment",
    "A first fragment so small that the TCP flags are in the second",
    "过小的首个分片：TCP 标志落在第二个分片",
    made="crafted",
)
def tiny_first_fragment(path: Path) -> None:
    """Eight bytes hold the ports and the sequence number; a filter that looks only at first fragments never sees
    the SYN (RFC 1858 section 3). Over IPv6 not even the ports are in the first one (RFC 7112).
    """
    segment = tcp(b"", SYN, options=MSS)
    older = [ipv4(segment[:8], fragment=MORE), ipv4(segment[8:], fragment=1)]
    chain = bytes([6, 0, 1, 4, 0, 0, 0, 0]) + tcp(b"", SYN, ends=V6, options=MSS)
    newer = []
    for offset, data, more in ((0, chain[:8], 1), (8, chain[8:], 0)):
        newer.append(ipv6(struct.pack("!BBHI", 60, 0, offset | more, 0x717) + data, 44))
    write_frames(path, older + newer)


@capture(
    "fragment-despite-df",
    "Fragments that say do not fragment",
    "设置了 DF 的分片",
    made="crafted",
)
def fragment_despite_df(path: Path) -> None:
    """DF together with MF or an offset contradicts itself, yet some senders do it for packets that they have
    fragmented themselves (RFC 791 section 3.1, RFC 6864 section 4).
    """
    whole = udp(b"do not fragment me! " * 4)
    write_frames(path, [ipv4(whole[:48], 17, fragment=0x6000), ipv4(whole[48:], 17, fragment=0x4000 | 6)])
