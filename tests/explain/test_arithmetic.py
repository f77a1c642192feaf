"""The sum of a checksum as it is laid out is the sum that the verdict rests on; hints say where a wrong one was right."""

from __future__ import annotations

import re
import struct

import pytest
from cli.running import run
from decoding.crafting import (
    A6,
    B6,
    C6,
    ICMP,
    ICMPV6,
    TCP,
    UDP,
    V4,
    V6,
    extension,
    fragment6,
    icmp,
    icmp6,
    internet_sum,
    ip,
    ip6,
    pseudo,
    tcp,
    udp,
)
from hypothesis import given
from hypothesis import strategies as st
from render.corpus import packets

from dissect.decoding import decode_frame
from dissect.explain import sentences
from dissect.explain.arithmetic import SUMMED, Sum, lay_out
from dissect.explain.language import language
from dissect.packet import Frame, Layer, Packet, Value
from dissect.render.addition import LINE, MOST
from dissect.wire.checksum import verify

CHECKSUMS = sorted(SUMMED)


def sums(packet: Packet) -> list[tuple[Layer, Value, Sum]]:
    """Every checksum of a packet whose sum can be laid out."""
    found = []
    for layer in packet.layers:
        for value in layer.walk():
            made = lay_out(packet, layer, value)
            if made is not None:
                found.append((layer, value, made))
    return found


def only(data: bytes, name: str) -> Sum:
    """The laid-out sum of that field of a crafted packet."""
    packet = decode_frame(Frame(data), "ipv6" if data[0] >> 4 == 6 else "ip")
    (made,) = (made for _, value, made in sums(packet) if value.name == name)
    check(packet)
    return made


def hint(data: bytes, name: str) -> list[tuple[str, dict[str, object]]]:
    return list(only(data, name).hints)


def check(packet: Packet) -> int:
    """The laid-out sums add up, word by word and carry by carry, to what verifying says; how many there were."""
    data, found = packet.frame.data, sums(packet)
    for layer, value, made in found:
        end = layer.stop if value.name == "ip.checksum" else layer.end
        covered = data[layer.start : end]
        verdict, want = verify(covered, value.start - layer.start, layer.pseudo)
        assert made.want in (want, want or 0xFFFF if value.name == "udp.checksum" else want)
        assert (made.stored == made.want or {made.stored, made.want} == {0, 0xFFFF}) == (verdict == "good")
        words = [word for _, part in made.parts for word in part]
        assert made.total == sum(words)
        assert made.length == len(words) == (len(layer.pseudo) + len(covered) + 1) // 2
        assert all(0 <= word <= 0xFFFF for word in words)
        folded = made.total
        for high, low in made.folds:
            assert (high, low) == divmod(folded, 0x10000)
            folded = high + low
        assert folded <= 0xFFFF
        assert (made.want == folded ^ 0xFFFF) or (value.name == "udp.checksum" and made.want == folded == 0xFFFF)
        part, at = made.skipped
        assert part == "header"
        assert dict(made.parts)[part][at] == 0
        assert made.stored == value.raw == int.from_bytes(data[value.start : value.stop], "big")
        raw = b"".join(struct.pack("!H", word) for _, part in made.parts for word in part)
        whole = layer.pseudo + covered[: value.start - layer.start] + b"\0\0" + covered[value.stop - layer.start :]
        assert raw == whole + b"\0" * (len(whole) % 2)
        assert internet_sum(raw) == folded
        assert not made.hints or verdict != "good"
        assert {name for name, _ in made.parts} <= {"pseudo", "header", "data"}
    return len(found)


def test_every_checksum_of_every_capture() -> None:
    counted: dict[str, int] = {}
    for _, packet in packets():
        check(packet)
        for _, value, _ in sums(packet):
            counted[value.name] = counted.get(value.name, 0) + 1
    assert counted.keys() == SUMMED
    assert counted["tcp.checksum"] > 100


def test_a_sum_is_laid_out_where_there_is_a_verdict() -> None:
    """Good, bad and partial: yes. Unverified and absent: no."""
    for _, packet in packets():
        shown = {(value.name, value.bit) for _, value, _ in sums(packet)}
        for layer in packet.layers:
            for name in CHECKSUMS:
                value, status = layer.get(name), layer.get(f"{name}.status")
                if value is not None and status is not None:
                    assert ((name, value.bit) in shown) == (status.text in ("good", "bad", "partial"))


def test_rfc_1071s_own_example() -> None:
    """00 01 f2 03 f4 f5 f6 f7 sum to 2ddf0, folded ddf2 (RFC 1071 §3), here as data of an echo reply."""
    data = bytes.fromhex("0001f203f4f5f6f7")
    made = only(ip(icmp(0, 0, bytes(4), data), ICMP), "icmp.checksum")
    assert (made.total, made.folds, made.want) == (0x2DDF0, ((2, 0xDDF0),), 0x220D)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 7, 8, 63, 64, 65, 1001])
def test_odd_lengths_are_padded_with_zero(size: int) -> None:
    body = bytes(range(1, 200)) * 6
    data = body[:size]
    for packet, name in (
        (ip(tcp(data)), "tcp.checksum"),
        (ip(udp(data), UDP), "udp.checksum"),
        (ip(icmp(8, 0, bytes(4), data), ICMP), "icmp.checksum"),
        (ip6(icmp6(128, 0, bytes(4), data), ICMPV6), "icmpv6.checksum"),
        (ip6(tcp(data, ends=V6), TCP), "tcp.checksum"),
        (ip6(udp(data, ends=V6), UDP), "udp.checksum"),
    ):
        made = only(packet, name)
        assert made.stored == made.want, name
        parts = dict(made.parts)
        assert len(parts.get("data", ())) == (size + 1) // 2
        if size % 2:
            assert parts["data"][-1] == data[-1] << 8


@pytest.mark.parametrize("size", range(4, 12))
def test_an_icmp_message_shorter_than_its_header(size: int) -> None:
    """The words go on across the header's end, whatever is missing of it."""
    message = bytearray(bytes((8, 0, 0, 0)) + bytes(range(1, 9)))[:size]
    message[2:4] = struct.pack("!H", internet_sum(bytes(message)) ^ 0xFFFF)
    check(decode_frame(Frame(ip(bytes(message), ICMP)), "ip"))


def test_the_parts_of_a_sum() -> None:
    made = only(ip(tcp(b"hello", options=b"\x01" * 4)), "tcp.checksum")
    assert [(name, len(words)) for name, words in made.parts] == [("pseudo", 6), ("header", 12), ("data", 3)]
    assert made.skipped == ("header", 8)
    header = only(ip(tcp(b"hello"), options=b"\x01" * 4), "ip.checksum")
    assert [(name, len(words)) for name, words in header.parts] == [("header", 12)]
    assert header.skipped == ("header", 5)
    long = only(ip6(tcp(ends=V6), TCP), "tcp.checksum")
    assert [(name, len(words)) for name, words in long.parts] == [("pseudo", 20), ("header", 10)]


def test_a_routing_header_brings_the_final_destination() -> None:
    """RFC 8200 §8.1: the pseudo-header has the last address of the list, not the one in the IPv6 header."""
    route = extension(TCP, bytes((0, 1)) + bytes(4) + C6)
    made = only(ip6(route + tcp(ends=(A6, C6)), 43, ends=(A6, B6)), "tcp.checksum")
    assert made.stored == made.want
    assert struct.pack("!20H", *dict(made.parts)["pseudo"])[16:32] == C6


def test_what_is_not_all_here_has_no_sum() -> None:
    for data, key in (
        (ip(tcp(bytes(100)))[:-1], "ip"),
        (ip(udp(bytes(8)), UDP, flags=1), "ip"),
        (ip(bytes(16), UDP, flags=0, offset=2), "ip"),
        (ip6(fragment6(UDP, 0, 1) + udp(bytes(8), ends=V6), 44), "ipv6"),
        (ip(udp(b"x", checksum=0), UDP), "ip"),
    ):
        packet = decode_frame(Frame(data, length=len(data) + 1 if len(data) == 139 else len(data)), key)
        assert [value.name for _, value, _ in sums(packet)] == (["ip.checksum"] if key == "ip" else [])


def stored(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "big")


def changed(data: bytes, at: int, new: int) -> bytes:
    return data[:at] + struct.pack("!H", new) + data[at + 2 :]


RIGHT = ip(tcp(b"data"))
SUM_AT = 20 + 16  # of the TCP checksum


def test_hint_ttl() -> None:
    """A router that takes off 1 without touching the checksum."""
    for now in (63, 52, 1, 0):
        data = bytearray(ip(b"", 253, ttl=64))
        data[8] = now
        assert hint(bytes(data), "ip.checksum") == [("ttl", {"ttl": 64, "now": now})]


def test_no_hint_ttl_where_it_went_up() -> None:
    data = bytearray(ip(b"", 253, ttl=64))
    data[8] = 65
    assert hint(bytes(data), "ip.checksum") == []


@given(st.integers(0, 255), st.integers(0, 255))
def test_hint_ttl_names_the_only_one(old: int, now: int) -> None:
    data = bytearray(ip(b"", 253, ttl=old))
    data[8] = now
    assert hint(bytes(data), "ip.checksum") == ([("ttl", {"ttl": old, "now": now})] if old > now else [])


def test_hint_partial() -> None:
    for data, name in (
        (ip(tcp(b"data", checksum=internet_sum(pseudo(V4, TCP, 24)))), "tcp.checksum"),
        (ip(udp(b"data", checksum=internet_sum(pseudo(V4, UDP, 12))), UDP), "udp.checksum"),
        (ip6(tcp(b"data", ends=V6, checksum=internet_sum(pseudo(V6, TCP, 24))), TCP), "tcp.checksum"),
    ):
        assert hint(data, name) == [("partial", {})]
    assert hint(ip(tcp(b"data", checksum=internet_sum(pseudo(V4, TCP, 25)))), "tcp.checksum") == []


def test_hint_zero() -> None:
    assert hint(ip(tcp(b"data", checksum=0)), "tcp.checksum") == [("zero", {})]
    assert hint(ip(b"", 253, checksum=0), "ip.checksum") == [("zero", {})]
    assert hint(ip(tcp(b"data", checksum=1)), "tcp.checksum") == []


def test_hint_swapped() -> None:
    right = stored(RIGHT, SUM_AT)
    assert right >> 8 != right & 0xFF
    swapped = (right & 0xFF) << 8 | right >> 8
    assert hint(changed(RIGHT, SUM_AT, swapped), "tcp.checksum") == [("swapped", {})]
    assert hint(changed(RIGHT, SUM_AT, swapped ^ 1), "tcp.checksum") == []


def test_hint_complement() -> None:
    right = stored(RIGHT, SUM_AT)
    assert hint(changed(RIGHT, SUM_AT, right ^ 0xFFFF), "tcp.checksum") == [("complement", {})]
    head = ip(b"", 253)
    assert hint(changed(head, 10, stored(head, 10) ^ 0xFFFF), "ip.checksum") == [("complement", {})]
    assert hint(changed(RIGHT, SUM_AT, right ^ 0xFFFE), "tcp.checksum") == []


def test_a_right_checksum_gives_no_hint() -> None:
    assert hint(RIGHT, "tcp.checksum") == hint(RIGHT, "ip.checksum") == []


def test_udp_sends_ones_for_zero() -> None:
    """A computed 0 is sent as ffff (RFC 768): that is what should stand there."""
    datagram = udp(struct.pack("!H", 0))
    fill = internet_sum(pseudo(V4, UDP, 10) + changed(datagram, 6, 0)) ^ 0xFFFF
    made = only(ip(udp(struct.pack("!H", fill)), UDP), "udp.checksum")
    assert made.want == made.stored == 0xFFFF
    assert made.hints == ()


def test_every_hint_has_its_sentence() -> None:
    keys = {key.removeprefix("sum.hint.") for key in sentences("words") if key.startswith("sum.hint.")}
    assert keys == {"ttl", "partial", "zero", "swapped", "complement"}


@given(st.binary(max_size=90), st.sampled_from(["ip", "ipv6", "tcp", "udp", "icmp", "icmpv6"]))
def test_any_bytes_add_up(data: bytes, key: str) -> None:
    check(decode_frame(Frame(data), key))


@given(st.binary(max_size=64), st.sampled_from([TCP, UDP, ICMP]))
def test_any_payload_adds_up(data: bytes, protocol: int) -> None:
    check(decode_frame(Frame(ip(data, protocol)), "ip"))


@pytest.mark.parametrize("code", ["en", "zh"])
def test_on_the_screen(code: str) -> None:
    """Words as in the packet, the checksum in brackets, the carries, the complement, the verdict."""
    out = run("explain", "tcp.checksum", "--packet", "sample:handshake:1", "--lang", code, columns=100).out
    _, packet = next(each for each in packets() if each[0] == "handshake")
    layer, value, made = next(each for each in sums(packet) if each[1].name == "tcp.checksum")
    rows = re.findall(r"^    ((?:[ \[][0-9a-f]{4}[ \]])+)$", out, re.MULTILINE)
    shown = [word for row in rows for word in row.split()]
    expected = []
    for name, words in made.parts:
        expected += [
            f"[{made.stored:04x}]" if (name, at) == made.skipped else f"{word:04x}" for at, word in enumerate(words)
        ]
    assert shown == expected
    word = language(code).word
    for text in (
        word("sum.words", count=made.length),
        word("sum.fold", high=f"{made.folds[0][0]:x}", low=f"{made.folds[0][1]:04x}"),
        word("sum.complement"),
        word("sum.same"),
        f"{made.total:x}",
        f"{made.want:x}",
    ):
        assert text in out
    assert layer.pseudo
    assert value.raw == made.stored


@pytest.mark.parametrize("code", ["en", "zh"])
def test_a_wrong_one_on_the_screen(code: str) -> None:
    out = run("explain", "ip.checksum", "--packet", "sample:bad-checksums:1", "--lang", code, columns=100).out
    assert language(code).word("sum.other") in out
    assert language(code).word("sum.same") + "\n" not in out.replace(language(code).word("sum.other"), "")


def test_long_data_is_abridged() -> None:
    """A segment of 1,448 bytes shows its first words and says how many more there are."""
    name, packet = next((n, p) for n, p in packets() if any(len(s.parts[-1][1]) > 300 for _, _, s in sums(p)))
    out = run("explain", "tcp.checksum", "--packet", f"sample:{name}:{packet.frame.number}", columns=100).out
    _, _, made = next(each for each in sums(packet) if each[1].name == "tcp.checksum")
    more = len(dict(made.parts)["data"]) - MOST
    assert f"… {more:,} more words" in out
    assert MOST % LINE == 0
