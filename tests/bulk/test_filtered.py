"""Display filters over whole captures select the packets that the one-packet reader would."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import dissect
from dissect.filter import FilterError
from dissect.packet import Packet


def numbers(path: str, text: str) -> list[int]:
    with dissect.open(path) as capture:
        return capture.table(["frame.number"], text)["frame.number"].to_list()


def one(name: str, test: Callable[[object], bool]) -> Callable[[Packet], bool]:
    return lambda packet: any(test(value.number) for value in packet.all(name))


@pytest.mark.parametrize(
    ("path", "text", "wanted"),
    [
        ("sample:handshake", "tcp.flags.syn == 1", one("tcp.flags.syn", lambda raw: raw == 1)),
        ("sample:handshake", "!(tcp.len > 0)", lambda packet: not one("tcp.len", lambda raw: raw > 0)(packet)),
        ("sample:handshake", "tcp.port == 8080", lambda packet: "tcp.srcport" in packet),
        ("sample:bad-checksums", 'tcp.checksum.status == "bad"', one("tcp.checksum.status", lambda raw: raw == "bad")),
        ("sample:ip-in-ip", "ip.src == 198.51.100.0/24", one("ip.src", lambda raw: raw[0] == 198)),
        ("sample:path-mtu-v4", "icmp", lambda packet: "icmp.type" in packet),
        ("sample:fragments-v4-in-order", "ip.frag_offset > 0", one("ip.frag_offset", lambda raw: raw > 0)),
        ("sample:ipv6-extensions", "ipv6.routing.type in {0, 2..4}", one("ipv6.routing.type", lambda raw: raw != 1)),
        ("sample:nested-tunnels", "ip.proto == 6 && ip.src#21", lambda packet: len(packet.all("ip.src")) == 21),
        ("sample:ip-in-ip", "ip.src#2", lambda packet: len(packet.all("ip.src")) > 1),
        ("sample:ip-in-ip", "ip.src#2 && !ip.src#3", lambda packet: len(packet.all("ip.src")) == 2),
        ("sample:ip-in-ip", "ip.src#2 || ip.src#0", lambda packet: len(packet.all("ip.src")) == 2),
        ("sample:ip-in-ip", "!ip.src#3", lambda packet: len(packet.all("ip.src")) < 3),
        ("sample:ip-in-ip", "ip.src#9 == 1.2.3.4 || ip", lambda packet: "ip.src" in packet),
        (
            "sample:ip-in-ip",
            "ip.src#[-1] == 198.51.100.0/24",
            lambda packet: any(one.number[0] == 198 for one in packet.all("ip.src")[-1:]),
        ),
        ("sample:handshake", "tcp[13] & 2", one("tcp.flags.syn", lambda raw: raw == 1)),
        ("sample:handshake", "frame contains 02:04:05:b4", lambda packet: b"\2\4\5\xb4" in packet.frame.data),
        ("sample:vlan", "vlan[2:2] == 08:00", lambda packet: packet["vlan.etype"].number == 0x800),
        ("sample:ip-in-ip", "len(ip#2) == 20", lambda packet: len(packet.all("ip.src")) > 1),
        ("sample:snaplen", "len(frame) < 60", lambda packet: len(packet.frame.data) < 60),
        ("sample:padding", "frame[59]", lambda packet: len(packet.frame.data) > 59),
        ("sample:udp", 'udp.payload contains "a"', lambda packet: b"a" in packet.frame.data[42:]),
        (
            "sample:tcp-options",
            "tcp.option_len == tcp.option_kind",
            lambda packet: any(
                a.number == b.number for a in packet.all("tcp.option_len") for b in packet.all("tcp.option_kind")
            ),
        ),
        ("sample:tcp-options", "tcp.options.mss_val", lambda packet: "tcp.options.mss_val" in packet),
    ],
)
def test_a_filter_selects_what_the_packets_say(path: str, text: str, wanted: Callable[[Packet], bool]) -> None:
    with dissect.open(path) as capture:
        expected = [packet.frame.number for packet in capture if wanted(packet)]
    assert expected
    assert numbers(path, text) == expected


def test_a_wrong_filter_is_underlined() -> None:
    with pytest.raises(FilterError) as caught:
        numbers("sample:handshake", "tcp.flags.sin == 1")
    assert "^^^" in caught.value.underlined()
    assert "tcp.flags.syn" in caught.value.underlined()
