"""What a value means: every sentence has a packet that calls for it, in both languages; no value is too odd to read."""

from __future__ import annotations

import ast
import re
import socket
import string
from functools import cache
from pathlib import Path

import pytest
from decoding.crafting import ACK, ip, ip6, tcp
from explain.reading_vectors import ADDRESSES, VECTORS, Vector, a4, a6, mss, sack, segment
from hypothesis import given, settings
from hypothesis import strategies as st
from render.corpus import packets

import dissect
from dissect.decoding import decode_frame
from dissect.explain import sentences
from dissect.explain.language import language
from dissect.explain.readings import Around, Context, Said, read, shared
from dissect.explain.readings.registry import READERS
from dissect.packet import Frame, Packet
from dissect.surroundings import look_back
from dissect.wire import numbers
from dissect.wire.field import every_field
from dissect.wire.registry import fields, header

FOLDER = Path(shared.__file__).parent
KEYS = sentences("readings")


@cache
def sample(place: str) -> tuple[Packet, Around | None]:
    name, _, number = place.partition(":")
    with dissect.open(f"sample:{name}") as capture:
        packet = capture[int(number) - 1]
        return packet, look_back(capture.frames, packet)


def packet_of(vector: Vector) -> tuple[Packet, Around | None]:
    if isinstance(vector.packet, str):
        packet, around = sample(vector.packet)
        return packet, vector.around or around
    key = "ipv6" if vector.packet[0] >> 4 == 6 else "ip"
    return decode_frame(Frame(vector.packet), key), vector.around


def said_of(vector: Vector) -> dict[str, Said]:
    """What is said of the vector's field, by key."""
    packet, around = packet_of(vector)
    hits = [(layer, value) for layer in packet.layers for value in layer.walk() if value.name == vector.field]
    layer, value = hits[vector.index]
    return {said.key: said for said in read(value, Context(packet, layer, around))}


@pytest.mark.parametrize("key", VECTORS)
def test_sentence(key: str) -> None:
    found = said_of(VECTORS[key])
    assert key in found, sorted(found)
    assert language("en").say(found[key]) == VECTORS[key].says
    assert language("zh").say(found[key]) not in ("", VECTORS[key].says) or key in ("port.known", "clock.time")


def test_every_sentence_has_a_vector() -> None:
    assert set(VECTORS) == set(KEYS)


def named_keys() -> set[str]:
    """Keys that the reading functions name: whole ones, and patterns where a part is put in."""
    found = set()
    for file in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "said":
                choices = [node.args[0]]
                while choices:
                    one = choices.pop()
                    if isinstance(one, ast.IfExp):
                        choices += [one.body, one.orelse]
                    elif isinstance(one, ast.Constant):
                        found.add(re.escape(one.value))
                    elif isinstance(one, ast.JoinedStr):
                        found.add(
                            "".join(re.escape(p.value) if isinstance(p, ast.Constant) else ".+" for p in one.values)
                        )
    return found


def test_code_and_sentences_name_the_same_keys() -> None:
    """No pattern without a sentence, no sentence that no code names."""
    patterns = named_keys() - {"key"}
    assert patterns
    assert [pattern for pattern in patterns if not any(re.fullmatch(pattern, key) for key in KEYS)] == []
    assert [key for key in KEYS if not any(re.fullmatch(pattern, key) for pattern in patterns)] == []


@pytest.mark.parametrize("file", ["readings", "words"])
def test_both_languages_have_the_same_keys_and_blanks(file: str) -> None:
    english, chinese = sentences(file), sentences(file, "zh")
    assert [key for key in chinese if not key.startswith("term.")] == list(english)
    for key, text in english.items():
        assert blanks(chinese[key]) == blanks(text), key


def blanks(text: str) -> set[tuple[str | None, str | None]]:
    return {(name, spec) for _, name, spec, _ in string.Formatter().parse(text) if name is not None}


def test_chinese_has_sentences_of_its_own() -> None:
    """Nothing is left in English, and nothing is said twice."""
    own = re.compile("[一-鿿]")
    chinese = sentences("readings", "zh")
    assert [key for key, text in chinese.items() if not own.search(text)] == ["clock.time", "port.known"]
    repeated = [text for text in chinese.values() if list(chinese.values()).count(text) > 1]
    assert repeated == [], repeated


@pytest.mark.parametrize(("kind", "addresses"), ADDRESSES.items())
def test_kinds_of_addresses_begin_and_end_where_they_should(kind: str, addresses: str) -> None:
    for text in addresses.split():
        family = "ipv6" if ":" in text else "ip"
        packet = a6(text) if ":" in text else a4(text)
        assert next(iter(said_of(Vector(packet, f"{family}.src", "")))) == f"address.{kind}", text


def test_kinds_of_addresses_agree_with_the_standard_library() -> None:
    """`ipaddress` knows IANA's registries of special addresses."""
    import ipaddress

    for kind, addresses in ADDRESSES.items():
        for text in addresses.split():
            known = ipaddress.ip_address(text)
            if kind == "global" and known.version == 4:
                assert known.is_global, text
            assert (kind in ("multicast", "solicited_node")) == known.is_multicast, text
            if kind == "private":
                assert known.is_private


@pytest.mark.parametrize("left", range(256))
def test_hops(left: int) -> None:
    """The guess adds up: what is left and what was passed make an initial value in use."""
    found = said_of(Vector(ip(b"", 253, ttl=left), "ip.ttl", ""))
    (said,) = found.values()
    if said.key in ("hops.many", "hops.one"):
        assert left + int(str(said.blanks["passed"])) == said.blanks["start"]
        assert said.blanks["start"] in (32, 64, 128, 255)
        assert (said.blanks["passed"] == 1) == (said.key == "hops.one")
    else:
        expected = {
            0: "hops.zero",
            1: "hops.last",
            32: "hops.fresh",
            64: "hops.fresh",
            128: "hops.fresh",
            255: "hops.fresh",
        }
        assert said.key == expected.get(left, "hops.low")
        assert said.key != "hops.low" or left <= 8


def test_every_codepoint_is_read_as_registered() -> None:
    """A registered DSCP is never called unassigned; assured forwarding is named as AFxy."""
    for codepoint in range(64):
        said = next(iter(said_of(Vector(ip(b"", 253, tos=codepoint << 2), "ip.dsfield.dscp", "")).values()))
        assert (said.key == "dscp.unassigned") == (codepoint not in numbers.DSCP)
        if said.key == "dscp.assured":
            assert numbers.DSCP[codepoint] == f"AF{said.blanks['group']}{said.blanks['drop']}"
        if said.key == "dscp.selector":
            assert numbers.DSCP[codepoint].startswith(f"CS{said.blanks['precedence']}")


@pytest.mark.parametrize(
    ("packet", "field", "keys"),
    [
        (segment(window=0), "tcp.window_size_value", ["window.zero"]),
        (segment(flags=ACK, window=9), "tcp.window_size_value", ["window.unscaled"]),
        (ip6(tcp(ends=(bytes(15) + b"\x01",) * 2), 6), "ipv6.hlim", ["hops.fresh"]),
        (ip6(b"", 59, hops=255), "ipv6.hlim", ["hops.fresh"]),
        (ip6(b"", 59), "ipv6.plen", ["payload.total"]),
        (mss(1440), "tcp.options.mss_val", ["mss.other"]),
        (ip6(mss(1440)[20:]), "tcp.options.mss_val", ["mss.ethernet"]),
        (ip6(mss(1460), 4), "tcp.options.mss_val", ["mss.ethernet"]),
        (ip(ip6(mss(1440)[20:]), 41), "tcp.options.mss_val", ["mss.ethernet"]),
        (sack(3000, 3500, 2000, 4000, ack=1000), "tcp.options.sack_le", ["sack.duplicate"]),
        (sack(2000, 4000, 3000, 3500, ack=1000), "tcp.options.sack_le", ["sack.block"]),
        (sack(0xFFFFFF00, 0xFFFFFF80, ack=0x10), "tcp.options.sack_le", ["sack.duplicate"]),
        (sack(0x10, 0x20, ack=0xFFFFFF80), "tcp.options.sack_le", ["sack.block"]),
        (ip(b"", 59), "ip.proto", ["next.none"]),
        (ip(b"", 147), "ip.proto", ["next.rare"]),
        (ip(b"", 148), "ip.proto", ["next.unassigned"]),
        (ip(b"", 252), "ip.proto", ["next.unassigned"]),
        (ip(b"", 255), "ip.proto", ["next.upper"]),
    ],
)  # fmt: skip
def test_boundary(packet: bytes, field: str, keys: list[str]) -> None:
    assert list(said_of(Vector(packet, field, ""))) == keys


@pytest.mark.parametrize(
    ("field", "packet"),
    [
        *((field, ip(tcp(b"bytes of a segment", ACK)[:size], flags=1)) for field in ("tcp.seq_raw",) for size in (8, 12, 24, 32)),
        ("tcp.ack_raw", ip(tcp(b"", ACK)[:12], flags=1)),
        ("tcp.flags", ip(tcp(b"bytes", ACK)[:24], flags=1)),
    ],
)  # fmt: skip
def test_what_lies_in_the_next_fragment_is_not_guessed(field: str, packet: bytes) -> None:
    assert said_of(Vector(packet, field, "")) == {}


def test_a_scale_above_14_counts_as_14() -> None:
    """RFC 7323 §2.3."""
    found = said_of(Vector(segment(window=3), "tcp.window_size_value", "", around=Around(True, 15)))
    assert found["window.scaled"].blanks["bytes"] == 3 << 14


NO_READING = {
    "ip.opt.padding": "zeros",
    "ip.tos": "an older reading of ip.dsfield, shown below it in one line",
    "ip.tos.precedence": "as ip.tos", "ip.tos.delay": "as ip.tos", "ip.tos.throughput": "as ip.tos",
    "ip.tos.reliability": "as ip.tos", "ip.tos.cost": "as ip.tos", "ip.tos.mbz": "as ip.tos",
    "ip.checksum.status": "the verdict itself, which ip.checksum explains", "ip.checksum_calculated": "named by ip.checksum",
    "tcp.checksum.status": "as ip.checksum.status", "tcp.checksum_calculated": "named by tcp.checksum",
    "tcp.flags.ace": "an older or newer reading of AE, CWR and ECE, shown below the flags",
    "tcp.flags.str": "the flags once more, as letters",
    "tcp.options.padding": "zeros",
}  # fmt: skip


@pytest.mark.parametrize("key", ["ip", "ipv6", "tcp"])
def test_every_field_of_the_three_headers_has_a_reading(key: str) -> None:
    """A reader, or a reason why there is none."""
    names = {field.name for field in every_field(header(key)) if field.name}
    assert names - set(READERS) - set(NO_READING) == set()


def test_readers_and_reasons_name_fields() -> None:
    assert set(READERS) | set(NO_READING) <= set(fields())
    assert not set(READERS) & set(NO_READING)


AROUNDS = [
    None, Around(), Around(True, 7, 3), Around(True, 15, None, 4, True, True), Around(True, None, 1, 0, False, True, 9),
]  # fmt: skip


def check(packet: Packet) -> None:
    """Every value reads in both languages, whatever is known of the packets before, and no blank stays open."""
    for layer in packet.layers:
        for value in layer.walk():
            if value.name not in READERS:
                continue
            for around in AROUNDS:
                for said in read(value, Context(packet, layer, around)):
                    for code in ("en", "zh"):
                        text = language(code).say(said)
                        assert text
                        assert not re.search(r"[{}\n]|  ", text), text


def test_every_packet_of_every_capture_reads() -> None:
    for _, packet in packets():
        check(packet)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_changed_packets_read(data: st.DataObject) -> None:
    _, packet = data.draw(st.sampled_from(small()))
    frame = packet.frame
    changed = bytearray(frame.data)
    for at, byte in data.draw(st.lists(st.tuples(st.integers(0, len(changed) - 1), st.integers(0, 255)), max_size=8)):
        changed[at] = byte
    check(decode_frame(frame._replace(data=bytes(changed[: data.draw(st.integers(0, len(changed)))]))))


@cache
def small() -> list[tuple[str, Packet]]:
    return [(name, packet) for name, packet in packets() if 0 < len(packet.frame.data) <= 200]


@given(st.binary(max_size=120), st.sampled_from(["ip", "ipv6", "tcp", "udp", "icmp", "icmpv6"]))
@settings(max_examples=400, deadline=None)
def test_any_bytes_read(data: bytes, key: str) -> None:
    check(decode_frame(Frame(data), key))


def test_the_hardware_address_of_an_interface_identifier() -> None:
    """RFC 4291 appendix A: the universal/local bit is turned."""
    address = socket.inet_pton(socket.AF_INET6, "fe80::ff:fe00:1")
    found = said_of(Vector(ip6(b"", 59, ends=(address, address)), "ipv6.src", ""))
    assert list(found) == ["address.link_local", "address.eui64"]
    assert found["address.eui64"].blanks == {"mac": "02:00:00:00:00:01"}
