"""The tables of headers: positions add up, parts cover their word, names are unique, captions fit their boxes."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from laws.invariants import parts_of

from dissect.wire import ipv4, ipv6, tcp, udp
from dissect.wire.field import BYTE_KINDS, Field, Header, Kind, encode, every_field, fixed_size, fixed_slots, place
from dissect.wire.registry import FRAME_FIELDS, aliases, every_header, fields

HEADERS = every_header()
each_header = pytest.mark.parametrize("header", HEADERS, ids=lambda header: f"{header.key}-{header.label}")
SIZES = {
    ipv4.IPV4: 20,
    ipv6.IPV6: 40,
    tcp.TCP: 20,
    udp.UDP: 8,
    ipv6.FRAGMENT: 8,
    ipv6.HOP_BY_HOP: 2,
    ipv6.AUTHENTICATION: 12,
}


def rows(header: Header) -> list[Field]:
    return [*header.fields, *header.repeat]


@each_header
def test_parts_cover_exactly_their_word(header: Header) -> None:
    for field in every_field(header):
        for split in (field.parts, field.also):
            bits = [part.bits or 0 for part in split]
            assert all(bits), field.name
            assert not field.parts or split is not field.parts or sum(bits) == field.bits, field.name
            assert sum(bits) <= (field.bits or 0), field.name


@each_header
def test_wide_rows_and_rows_of_bytes_are_whole_bytes(header: Header) -> None:
    """What is more than 64 bits wide, or kept as bytes, begins and ends at a byte."""
    for slot in fixed_slots(header):
        if slot.bits > 64 or slot.field.kind in BYTE_KINDS:
            assert slot.bit % 8 == 0, slot
            assert slot.bits % 8 == 0, slot
    for field in every_field(header):
        if field.bits is not None and field.kind in (Kind.MAC, Kind.IPV4, Kind.IPV6):
            assert field.bits in (0, {Kind.MAC: 48, Kind.IPV4: 32, Kind.IPV6: 128}[field.kind]), field.name


@each_header
def test_a_name_stands_once_unless_its_rows_are_variants(header: Header) -> None:
    names = [part for row in rows(header) for part in parts_of(row)]
    for name, times in Counter(field.name for field in names).items():
        if times > 1:
            assert all(field.when is not None for field in names if field.name == name), name


@each_header
def test_conditions_name_earlier_rows(header: Header) -> None:
    before: set[str] = set()
    for row in rows(header):
        for condition in (row.when, row.unless):
            assert set(condition or {}) <= before, row.name
        before |= {field.name for field in parts_of(row)}


@each_header
def test_length_options_and_next_name_rows_of_the_table(header: Header) -> None:
    names = {field.name for row in rows(header) for field in parts_of(row)}
    if header.length is not None:
        assert header.length.field in {slot.field.name for slot in fixed_slots(header)}
    assert not header.next or header.next in names or header.next == "vlan.etype"
    assert header.options is None or set(header.options.when or {}) <= names
    assert header.count is None or header.count.field in names


@each_header
def test_every_row_is_named_and_labelled(header: Header) -> None:
    for field in every_field(header):
        if field.name:
            assert re.fullmatch(r"[a-z0-9]+(\.[A-Za-z0-9_]+)+", field.name), field.name
            assert field.label, field.name
            assert field.label == field.label.strip(), field.name


@pytest.mark.parametrize("header", SIZES, ids=lambda header: header.key)
def test_sizes_of_the_fixed_part(header: Header) -> None:
    assert fixed_size(header) == SIZES[header]


def test_places_of_well_known_fields() -> None:
    """Written by hand from the RFCs' figures: byte and bit where each field begins, and its width."""
    expected = {
        "ip.version": (0, 4), "ip.hdr_len": (4, 4), "ip.dsfield.dscp": (8, 6), "ip.dsfield.ecn": (14, 2), "ip.len": (16, 16),
        "ip.id": (32, 16), "ip.flags.rb": (48, 1), "ip.flags.df": (49, 1), "ip.flags.mf": (50, 1), "ip.frag_offset": (51, 13),
        "ip.ttl": (64, 8), "ip.proto": (72, 8), "ip.checksum": (80, 16), "ip.src": (96, 32), "ip.dst": (128, 32),
        "ipv6.version": (0, 4), "ipv6.tclass": (4, 8), "ipv6.tclass.ecn": (10, 2), "ipv6.flow": (12, 20), "ipv6.plen": (32, 16),
        "ipv6.nxt": (48, 8), "ipv6.hlim": (56, 8), "ipv6.src": (64, 128), "ipv6.dst": (192, 128),
        "tcp.srcport": (0, 16), "tcp.dstport": (16, 16), "tcp.seq_raw": (32, 32), "tcp.ack_raw": (64, 32),
        "tcp.hdr_len": (96, 4), "tcp.flags": (100, 12), "tcp.flags.res": (100, 3), "tcp.flags.ae": (103, 1),
        "tcp.flags.cwr": (104, 1), "tcp.flags.ece": (105, 1), "tcp.flags.urg": (106, 1), "tcp.flags.ack": (107, 1),
        "tcp.flags.push": (108, 1), "tcp.flags.reset": (109, 1), "tcp.flags.syn": (110, 1), "tcp.flags.fin": (111, 1),
        "tcp.flags.ace": (103, 3), "tcp.window_size_value": (112, 16), "tcp.checksum": (128, 16), "tcp.urgent_pointer": (144, 16),
    }  # fmt: skip
    slots = {slot.field.name: slot for header in (ipv4.IPV4, ipv6.IPV6, tcp.TCP) for slot in place(header.fields)}
    assert {name: (slots[name].bit, slots[name].bits) for name in expected} == expected


@each_header
def test_captions_fit_their_boxes(header: Header) -> None:
    """Two characters a bit and three lines; in a column of one bit the letters stand below each other."""
    for row in header.fields:
        for field in row.parts if row.split else (row,):
            if field.bits is None or field.when is not None:
                continue
            longest = max(map(len, field.caption.split()))
            assert (len(field.caption) <= 3) if field.bits == 1 else longest <= 2 * field.bits - 1, field.caption


def test_reading_and_writing_are_inverse_for_every_fixed_slot() -> None:
    data = bytes((37 * n + 11) % 256 for n in range(64))
    for header in HEADERS:
        size = fixed_size(header)
        for slot in fixed_slots(header):
            raw = slot.read(data)
            wire = int.from_bytes(data[:size], "big") & slot.mask << (size * 8 - slot.bit - slot.bits)
            assert int.from_bytes(encode([(slot, raw)], size), "big") == wire, slot


def test_aliases_lead_to_fields_and_hide_none() -> None:
    for alias, name in aliases().items():
        assert name in fields()
        assert alias not in fields()


def test_names_of_the_frame_are_apart() -> None:
    assert all(field.name.startswith("frame.") for field in FRAME_FIELDS)
    assert len({field.name for field in FRAME_FIELDS}) == len(FRAME_FIELDS)
