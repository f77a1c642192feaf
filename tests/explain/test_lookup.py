"""The names that people give to a field lead to it."""

from __future__ import annotations

import pytest
from cli.running import run
from render.corpus import packets
from render.test_pages import diagrams, loose
from rich.cells import cell_len

from dissect.explain.lookup import find, nearest
from dissect.wire.registry import aliases, fields
from dissect.wire.stream import STREAM_FIELDS

COMMON = {
    "TTL": "ip.ttl", "DF": "ip.flags.df", "MF": "ip.flags.mf", "IHL": "ip.hdr_len", "TOS": "ip.dsfield", "DSCP": "ip.dsfield.dscp",
    "syn": "tcp.flags.syn", "SYN": "tcp.flags.syn", "fin": "tcp.flags.fin", "rst": "tcp.flags.reset", "ack": "tcp.flags.ack",
    "psh": "tcp.flags.push", "urg": "tcp.flags.urg", "ece": "tcp.flags.ece", "cwr": "tcp.flags.cwr", "AE": "tcp.flags.ae",
    "NS": "tcp.flags.ae", "MSS": "tcp.options.mss_val", "wscale": "tcp.options.wscale.shift", "seq": "tcp.seq_raw",
    "window": "tcp.window_size_value", "tcp.flags.ns": "tcp.flags.ae", "tcp.flags.psh": "tcp.flags.push", "tcp.seq": "tcp.seq",
    "tcp.ack": "tcp.ack", "IP.TTL": "ip.ttl", "  ip.ttl ": "ip.ttl", "Flow label": "ipv6.flow", "urgent pointer": "tcp.urgent_pointer",
    "data offset": "tcp.hdr_len", "hlim": "ipv6.hlim", "plen": "ipv6.plen", "frag_offset": "ip.frag_offset", "flow": "ipv6.flow",
    "ip.options": "topic.options", "序号": "tcp.seq_raw", "确认号": "tcp.ack_raw", "生存时间": "ip.ttl", "流标号": "ipv6.flow",
}  # fmt: skip
AMBIGUOUS = {
    "hop limit": "ipv6.hlim", "time to live": "ip.ttl", "maximum segment size": "tcp.options.mss_val", "next header": "ipv6.nxt",
    "protocol": "ip.proto", "fragment offset": "ip.frag_offset", "don't fragment": "ip.flags.df", "traffic class": "ipv6.tclass",
}  # fmt: skip
IN_PACKETS = {
    "window scale": "tcp.options.wscale.shift", "timestamps": "tcp.options.timestamp.tsval", "checksum": "ip.checksum",
    "time to live": "ip.ttl", "ecn": "ip.dsfield.ecn", "protocol": "ip.proto", "mss": "tcp.options.mss_val",
}  # fmt: skip


@pytest.mark.parametrize("query", COMMON)
def test_everyday_names(query: str) -> None:
    assert find(query) == [COMMON[query]]


@pytest.mark.parametrize("query", AMBIGUOUS)
def test_names_that_several_things_have(query: str) -> None:
    assert AMBIGUOUS[query] in find(query)


@pytest.mark.parametrize("query", IN_PACKETS)
def test_in_a_packet_one_field_is_meant(query: str) -> None:
    result = run("explain", *query.split(), "--packet", "sample:handshake:1")
    assert result.code == 0
    assert result.out.startswith(IN_PACKETS[query] + " ")
    assert "In packet 1: " in result.out


def test_every_name_leads_to_its_field() -> None:
    for name in fields():
        assert find(name) == [name]
        assert find(name.upper()) == [name]


def test_every_older_name_leads_to_its_field() -> None:
    assert len(aliases()) > 3
    for alias, name in aliases().items():
        assert find(alias) == [name]


def test_every_label_leads_to_its_field() -> None:
    for name, (field, _) in fields().items():
        if field.label != "Reserved":
            assert name in find(field.label), field.label


def test_several_words_find_what_has_them_all() -> None:
    found = find("timestamp echo")
    assert "tcp.options.timestamp.tsecr" in found
    assert find("zzz ttl") == []


@pytest.mark.parametrize(
    ("query", "name"),
    [("tcp.flags.sin", "tcp.flags.syn"), ("ip.tll", "ip.ttl"), ("ip.chksum", "ip.checksum"), ("tcp.windowsize", "tcp.window_size"),
     ("ipv6.hlimit", "ipv6.hlim")],
)  # fmt: skip
def test_misses_offer_the_nearest(query: str, name: str) -> None:
    assert find(query) == []
    assert any(near.startswith(name) for near in nearest(query)), nearest(query)


def test_what_resembles_nothing_offers_nothing_or_little() -> None:
    assert len(nearest("qqqqqqqqqqqqqqqqqqq")) <= 3


@pytest.mark.parametrize("name", sorted(fields()))
def test_every_field_has_its_page(name: str) -> None:
    result = run("explain", name)
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith(name)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_pages_in_every_language(language: str) -> None:
    for words in (
        ["explain", "ip.ttl"],
        ["explain"],
        ["show", "sample:handshake", "1"],
        ["explain", "syn", "--packet", "sample:handshake:1"],
    ):
        result = run(*words, "--lang", language)
        assert (result.code, result.err) == (0, "")
        assert any("\u4e00" <= char <= "\u9fff" for char in result.out) == (language == "zh"), words


def held() -> dict[str, str]:
    """Field → the first packet among the samples that has it, as FILE:N."""
    found: dict[str, str] = {}
    for name, packet in packets():
        for layer in packet.layers:
            for value in layer.walk():
                found.setdefault(value.name, f"sample:{name}:{packet.frame.number}")
    return found


def test_every_field_that_a_sample_holds_is_explained_with_its_value_and_place() -> None:
    for name, place in held().items():
        result = run("explain", name, "--packet", place)
        assert (result.code, result.err) == (0, ""), (name, place)
        assert f"In packet {place.rpartition(':')[2]}: " in result.out, (name, place)
        assert max(map(cell_len, result.out.splitlines())) <= 80, (name, place)
        if fields()[name][0].bits != 0:
            assert "┃" in result.out, (name, place)
            for rows in diagrams(result.out.replace("┃", "│")):
                assert loose(rows) is None, (name, place, "\n".join(rows))


def test_the_samples_hold_most_fields() -> None:
    """What no sample shows, nobody can look at: the fields that none has are these."""
    streams = {row.name for row in STREAM_FIELDS}  # which no packet holds by itself
    absent = {name for name in fields() if not name.startswith("frame.")} - held().keys() - streams
    assert len(absent) < 0.1 * len(fields()), sorted(absent)
