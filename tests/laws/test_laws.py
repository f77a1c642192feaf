"""Laws that hold for any bytes: decoding never raises, never invents, and reads every bit once."""

from __future__ import annotations

import os
import random
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws.invariants import check, check_prefix, covered, cut_frame, facts, leaves

import dissect
from dissect.decoding import DEEPEST, HANDLERS, decode_frame
from dissect.packet import Frame, Layer, Packet
from dissect.wire.field import Raw, Slot, encode
from dissect.wire.registry import ETHERTYPE_HEADERS, LINK_HEADERS, PPP_HEADERS, PROTOCOL_HEADERS

CAPTURES = Path(__file__).resolve().parents[2] / "captures"
LINKS = [*LINK_HEADERS, 147]  # 147 is nobody's
KEYS = sorted(HANDLERS)
LONGEST = 200  # bytes of a packet at each of which it is cut; and a little past its last header


def real_packets() -> list[Frame]:
    """One packet of each kind in the captures: kinds differ in layers, options or findings."""
    kinds: dict[object, Frame] = {}
    for path in sorted(CAPTURES.glob("*.pcap*")):
        try:
            capture = dissect.open(str(path))
        except dissect.library.CaptureError:
            continue
        with capture:
            for packet in capture:
                kinds.setdefault(kind_of(packet), packet.frame)
    return list(kinds.values())


def kind_of(packet: Packet) -> object:
    return (
        packet.frame.link,
        tuple((layer.header.label, tuple(option.kind for option in layer.options)) for layer in packet.layers),
        tuple(finding.rule.id for _, finding in packet.every_finding()),
    )


@cache
def corpus() -> list[Frame]:
    return real_packets()


frames = st.builds(
    Frame,
    data=st.binary(max_size=160),
    link=st.sampled_from(LINKS),
    length=st.sampled_from([-1, 0, 40, 1500, 70000]),
    fcs=st.sampled_from([0, 4]),
    order=st.sampled_from(["little", "big"]),
)


@given(frames)
def test_any_bytes_decode_on_every_link(frame: Frame) -> None:
    check(decode_frame(frame))


@given(st.binary(max_size=160), st.sampled_from(KEYS))
def test_any_bytes_decode_from_every_first_header(data: bytes, key: str) -> None:
    check(decode_frame(Frame(data), key))


@given(st.binary(max_size=120), st.sampled_from(KEYS), st.integers(0, 119), st.integers(0, 3000))
def test_a_cut_of_any_bytes_invents_nothing(data: bytes, key: str, cut: int, more: int) -> None:
    frame = Frame(data, length=len(data) + more)
    check_prefix(facts(decode_frame(frame, key)), decode_frame(cut_frame(frame, min(cut, len(data))), key))


def test_every_header_has_a_handler_and_every_number_leads_to_one() -> None:
    for table in (ETHERTYPE_HEADERS, PROTOCOL_HEADERS, PPP_HEADERS):
        assert set(table.values()) <= set(KEYS)
    assert {key if key != "sll" else "sll2" for key in LINK_HEADERS.values()} <= set(KEYS)


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"\0\0\0\0" * 5000, "mpls"),
        (b"\x00\x01\x81\x00" * 5000, "vlan"),
        ((b"\x45\0\0\0" + bytes(5) + b"\x04" + bytes(10)) * 1000, "ip"),
        ((b"\x60" + bytes(5) + b"\x29\x40" + bytes(32)) * 1000, "ipv6"),
        ((b"\x3c\0" + bytes(6)) * 5000, "ipv6.dstopts"),
        ((b"\0\0\x65\x58" + bytes(12) + b"\x08\0\x45\0" + bytes(7) + b"\x2f" + bytes(10)) * 500, "gre"),
        (bytes(100_000), "ipv6.hopopts"),
    ],
)
def test_nesting_ends(data: bytes, key: str) -> None:
    packet = decode_frame(Frame(data), key)
    assert len(packet.layers) <= DEEPEST
    check(packet)


class TestRealPackets:
    """The packets of this project's captures: whole, cut anywhere, and with bytes changed."""

    def test_there_are_enough(self) -> None:
        seen = {layer.key for frame in corpus() for layer in decode_frame(frame).layers}
        assert len(corpus()) > 100
        assert {"eth", "ip", "ipv6", "tcp", "udp", "icmp", "icmpv6", "arp", "ipv6.routing", "ipv6.fraghdr"} <= seen

    def test_invariants(self) -> None:
        for frame in corpus():
            check(decode_frame(frame))

    def test_a_prefix_never_invents(self) -> None:
        """Cut at every byte as a snap length would, each value is also in the whole packet, the same."""
        for frame in corpus():
            whole = decode_frame(frame)
            known = facts(whole)
            last = max((layer.stop for layer in whole.layers), default=0)
            for cut in range(min(len(frame.data), max(last + 2, LONGEST))):
                part = decode_frame(cut_frame(frame, cut))
                check(part)
                check_prefix(known, part)

    def test_more_of_a_packet_is_never_less(self) -> None:
        """Each further byte may add facts and takes none away."""
        for frame in corpus()[::3]:
            before: set[object] = set()
            for cut in range(min(len(frame.data), 120) + 1):
                now = {fact for fact in facts(decode_frame(cut_frame(frame, cut))) if fact[2]}
                assert before <= now, (frame.link, cut, before - now)
                before = set(now)

    def test_writing_the_leaves_gives_back_the_header(self) -> None:
        """Of every TCP, IPv4 and IPv6 header without findings, to the byte."""
        rebuilt = 0
        for frame in corpus():
            for layer in decode_frame(frame).layers:
                if (
                    layer.key in ("ip", "ipv6", "tcp")
                    and not layer.findings
                    and not any(o.findings for o in layer.options)
                ):
                    assert covered(layer), (layer.key, frame.data.hex())
                    assert written(layer) == frame.data[layer.start : layer.stop]
                    rebuilt += 1
        assert rebuilt > 150

    def test_payload_headers_and_trailer_add_up(self) -> None:
        for frame in corpus():
            packet = decode_frame(frame)
            start, stop = packet.payload
            assert packet.layers == () or packet.layers[-1].stop <= start
            assert stop <= packet.trailer[0]
            for outer, inner in zip(packet.layers, packet.layers[1:], strict=False):
                assert outer.stop <= inner.start
                assert inner.end <= max(outer.end, len(frame.data))

    @settings(max_examples=300)
    @given(st.data())
    def test_changed_bytes(self, data: st.DataObject) -> None:
        frame = data.draw(st.sampled_from(corpus()))
        octets = bytearray(frame.data[:300])
        if not octets:
            return
        for at, new in data.draw(st.lists(st.tuples(st.integers(0, len(octets) - 1), st.integers(0, 255)), max_size=6)):
            octets[at] = new
        changed = frame_of(frame, bytes(octets))
        packet = decode_frame(changed)
        check(packet)
        cut = data.draw(st.integers(0, len(octets)))
        check_prefix(facts(packet), decode_frame(cut_frame(changed, cut)))

    def test_many_changed_bytes(self) -> None:
        """The same with a fixed seed and more of it; $DISSECT_LAWS_ROUNDS asks for longer runs."""
        chance = random.Random(791)
        for _ in range(int(os.environ.get("DISSECT_LAWS_ROUNDS", "3000"))):
            frame = chance.choice(corpus())
            octets = bytearray(frame.data[:300])
            for _ in range(chance.randint(1, 4)):
                if octets:
                    octets[chance.randrange(len(octets))] = chance.choice((0, 1, 0xFF, chance.randrange(256)))
            changed = frame_of(frame, bytes(octets))
            packet = decode_frame(changed)
            check(packet)
            check_prefix(facts(packet), decode_frame(cut_frame(changed, chance.randint(0, len(octets)))))


def frame_of(frame: Frame, data: bytes) -> Frame:
    length = max(frame.wire_length, len(data))
    return Frame(data, frame.link, length=length, fcs=frame.fcs, order=frame.order)


def written(layer: Layer) -> bytes:
    slots: list[tuple[Slot, Raw]] = []
    for leaf in leaves(layer):
        assert not isinstance(leaf.raw, str)
        slots.append((Slot(leaf.field, leaf.bit - layer.start * 8, leaf.bits), leaf.raw))
    return encode(slots, layer.stop - layer.start)
