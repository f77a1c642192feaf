"""What the packets before one tell of its connection: the handshake's scale, and which packet is acknowledged."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable

import pytest
from capture.building import in_memory, pcap_header, record
from decoding.crafting import ACK, AE, CWR, ECE, FIN, PSH, RST, SYN, ip, ip6, tcp
from render.corpus import packets

import dissect
from dissect import surroundings
from dissect.capture import Frames
from dissect.decoding import decode_frame
from dissect.explain.language import language
from dissect.explain.readings import Around, Context
from dissect.packet import Frame
from dissect.surroundings import Glance, look_back

CLIENT, SERVER, OTHER = ("192.0.2.1", 40000), ("192.0.2.2", 80), ("192.0.2.3", 40000)
RAW = 101
SCALE = {shift: bytes((1, 3, 3, shift)) for shift in range(16)}
End = tuple[str, int]


def send(
    source: End = CLIENT, target: End = SERVER, flags: int = ACK, *, seq: int = 0, ack: int = 0, data: bytes = b"",
    options: bytes = b"", window: int = 500,
) -> bytes:  # fmt: skip
    """A segment from one end to another, IP header first."""
    family = socket.AF_INET6 if ":" in source[0] else socket.AF_INET
    ends = socket.inet_pton(family, source[0]), socket.inet_pton(family, target[0])
    segment = tcp(data, flags, options=options, seq=seq, ack=ack, window=window, ends=ends)
    segment = struct.pack("!HH", source[1], target[1]) + segment[4:]
    return ip6(segment, ends=ends) if family == socket.AF_INET6 else ip(segment, ends=ends)


def back(*args: object, **more: object) -> bytes:
    """From the server to the client."""
    return send(SERVER, CLIENT, *args, **more)  # type: ignore[arg-type]


def handshake(own: bytes = SCALE[7], other: bytes = SCALE[9], *, seq: int = 1000, ack: int = 5000) -> list[bytes]:
    return [
        send(flags=SYN, seq=seq, options=own),
        back(SYN | ACK, seq=ack, ack=seq + 1, options=other),
        send(seq=seq + 1, ack=ack + 1),
    ]


def capture(segments: Iterable[bytes], link: int = RAW) -> Frames:
    return in_memory(pcap_header(link=link) + b"".join(record(data) for data in segments))


def around(segments: list[bytes], number: int = -1) -> Around:
    """What is known of the last packet, or of packet `number` from 1; not what follows, nor what the acknowledged one takes."""
    with capture(segments) as frames:
        found = look_back(frames, decode_frame(frames.at(len(segments) if number < 0 else number)))
    assert found is not None
    return found._replace(takes=0, answer=None, answered=None)


def sample(name: str, number: int) -> tuple[Around | None, dict[str, str]]:
    """What is known of a sample's packet, and what is said of its window and of its acknowledgment."""
    with dissect.open(f"sample:{name}") as capture:
        packet = capture[number - 1]
        found = look_back(capture.frames, packet)
    said = {}
    for layer in packet.layers:
        for field in ("tcp.window_size_value", "tcp.ack_raw"):
            value = layer.get(field)
            if value is not None:
                said[field] = "; ".join(language("en").read(value, Context(packet, layer, found)))
    return found, said


class TestAcknowledged:
    """Which packet carried the last byte that is acknowledged."""

    @pytest.mark.parametrize(
        ("name", "number", "acked"),
        [
            ("handshake", 1, None), ("handshake", 2, 1), ("handshake", 3, 2), ("handshake", 4, 2),
            ("handshake", 5, 4), ("handshake", 6, 5), ("handshake", 8, 7), ("handshake", 10, 9),
            ("window-scaling", 5, 4), ("retransmission", 10, 4), ("syn-retransmission", 5, 1),
            ("mptcp", 5, 4), ("mptcp", 7, 6), ("mptcp", 11, 10), ("fast-retransmit", 10, 4), ("fast-retransmit", 13, 4),
            ("fast-retransmit", 16, 9), ("fast-open", 9, 8), ("snaplen", 2, 1), ("handshake-v6", 2, 1),
        ],
    )  # fmt: skip
    def test_in_samples(self, name: str, number: int, acked: int | None) -> None:
        found, said = sample(name, number)
        assert found is not None
        assert found.acked == acked
        assert (f"that is packet {acked}" in said["tcp.ack_raw"]) == (acked is not None)

    def test_the_first_sender_of_the_bytes_is_named(self) -> None:
        data = send(flags=PSH | ACK, seq=1001, ack=5001, data=b"hello")
        assert around([*handshake(), data, data, data, back(seq=5001, ack=1006)]).acked == 4

    def test_a_packet_in_the_middle_is_named_by_its_end(self) -> None:
        three = [send(seq=1001 + 10 * at, ack=5001, data=bytes(10)) for at in range(3)]
        assert around([*handshake(), *three, back(seq=5001, ack=1021)]).acked == 5
        assert around([*handshake(), *three, back(seq=5001, ack=1015)]).acked is None

    def test_sequence_numbers_wrap(self) -> None:
        last = 0xFFFFFFFF
        segments = [send(seq=last, data=b"ab"), back(ack=1)]
        assert around(segments).acked == 1
        assert around([send(flags=SYN, seq=last), back(SYN | ACK, ack=0)]).acked == 1
        assert around([send(flags=FIN | ACK, seq=last - 1, data=b"x"), back(ack=0)]).acked == 1

    def test_what_takes_no_number_is_not_acknowledged(self) -> None:
        """A pure acknowledgment and a keep-alive probe end where others did."""
        probe = send(seq=1000, ack=5001)
        assert around([*handshake(), probe, back(seq=5001, ack=1001)]).acked == 1
        assert around([send(seq=7), back(ack=7)]).acked is None

    def test_the_other_end_sent_it(self) -> None:
        """What this end sent itself is not what it acknowledges."""
        assert around([back(seq=100, data=b"x"), back(seq=101, ack=101)]).acked is None

    def test_without_the_flag_nothing_is_acknowledged(self) -> None:
        assert around([send(seq=6, data=b"x"), back(PSH, ack=7, data=b"y")]).acked is None

    def test_data_on_the_syn(self) -> None:
        found = around([send(flags=SYN, seq=1000, data=b"hello"), back(SYN | ACK, seq=5000, ack=1006)])
        assert (found.acked, found.data) == (1, 5)
        refused = around([send(flags=SYN, seq=1000, data=b"hello"), back(SYN | ACK, seq=5000, ack=1001)])
        assert (refused.acked, refused.data) == (None, 0)
        assert around(handshake(), 2).data == 0
        assert around([*handshake(), send(seq=1001, data=b"hello"), back(seq=5001, ack=1006)]).data == 0


class TestScale:
    """The window scale of the packet's sender."""

    @pytest.mark.parametrize(
        ("name", "number", "says"),
        [
            ("handshake", 1, "64240 bytes: on a SYN the window is never scaled"),
            ("handshake", 3, "63 × 2^10 = 64,512 bytes"),
            ("window-scaling", 5, " = "),
            ("mptcp", 9, " = "),
            ("big-tcp", 1, "scale unknown: the handshake is not in this capture"),
            ("zero-lengths", 3, "scale unknown: the handshake is not in this capture"),
            ("accurate-ecn", 3, "64240 bytes: no scaling was agreed"),
            ("snaplen", 4, "scale unknown: the handshake is not in this capture"),
            ("refused", 2, "a RST opens no window: ignored"),
        ],
    )
    def test_in_samples(self, name: str, number: int, says: str) -> None:
        assert says in sample(name, number)[1]["tcp.window_size_value"]

    def test_each_end_has_its_own(self) -> None:
        segments = [*handshake(SCALE[3], SCALE[11]), back(seq=5001, ack=1001)]
        assert around(segments, 3)[:2] == (True, 3)
        assert around(segments, 4)[:2] == (True, 11)

    def test_0_is_a_scale(self) -> None:
        assert around(handshake(SCALE[0], SCALE[7]))[:2] == (True, 0)

    @pytest.mark.parametrize(("own", "other"), [(b"", SCALE[7]), (SCALE[7], b""), (b"", b"")])
    def test_both_have_to_offer_it(self, own: bytes, other: bytes) -> None:
        """RFC 7323 §1.3."""
        assert around(handshake(own, other))[:2] == (True, None)

    @pytest.mark.parametrize("missing", [0, 1])
    def test_both_syns_have_to_be_there(self, missing: int) -> None:
        segments = handshake()
        del segments[missing]
        assert around(segments)[:2] == (False, None)

    def test_a_syn_whose_options_were_not_captured_tells_nothing(self) -> None:
        syn, answer, last = handshake()
        for cut in ([syn[:40], answer, last], [syn, answer[:42], last]):
            assert around(cut)[:2] == (False, None)

    def test_later_options_change_nothing(self) -> None:
        """Only a SYN can offer the scale."""
        assert around([*handshake(), send(seq=1001, options=SCALE[1]), send(seq=1001)]).shift == 7

    def test_a_syn_sent_again_counts_as_it_was_sent_last(self) -> None:
        first, *rest = handshake(b"", SCALE[9])
        assert around([send(flags=SYN, seq=1000, options=SCALE[7]), first, *rest]).shift is None

    def test_over_ipv6_and_in_other_frames(self) -> None:
        ends = (("2001:db8::1", 40000), ("2001:db8::2", 80))
        segments = [
            send(*ends, SYN, seq=1, options=SCALE[5]),
            send(*ends[::-1], SYN | ACK, seq=9, ack=2, options=SCALE[6]),
            send(*ends, ACK, seq=2, ack=10),
        ]
        assert around(segments)[:3] == (True, 5, 2)


class TestConnections:
    """What belongs to the connection and what does not."""

    def test_others_between(self) -> None:
        """Other hosts, other ports, and the same ports the other way round."""
        strangers = [
            send(OTHER, SERVER, SYN, seq=1000, options=SCALE[1]),
            send(SERVER, OTHER, SYN | ACK, seq=5000, ack=1001, options=SCALE[2]),
            send(("192.0.2.1", 40001), SERVER, SYN, seq=1000, options=SCALE[3]),
            send(SERVER, ("192.0.2.1", 40001), SYN | ACK, seq=5000, ack=1001, options=SCALE[4]),
            send(("192.0.2.1", 80), ("192.0.2.2", 40000), SYN, seq=1000, options=SCALE[5]),
            send(("192.0.2.2", 40000), ("192.0.2.1", 80), SYN | ACK, seq=5000, ack=1001, options=SCALE[6]),
        ]
        segments = [*strangers, *handshake()]
        mixed = [each for pair in zip(strangers[:3], handshake(), strict=True) for each in pair]
        assert around(segments)[:3] == (True, 7, 8)
        assert around(mixed)[:3] == (True, 7, 4)
        assert around([*strangers, send(seq=1001, ack=5001)])[:3] == (False, None, None)

    def test_ports_used_again(self) -> None:
        """A new SYN begins a new connection, of which the old one tells nothing."""
        old = [*handshake(), send(flags=FIN | ACK, seq=1001, ack=5001)]
        new = handshake(SCALE[2], SCALE[4], seq=70000, ack=90000)
        assert around([*old, *new])[:3] == (True, 2, 6)
        assert around([*old, *new[:2]])[:3] == (False, None, 5)
        assert around([*old, new[0], new[2]])[:3] == (False, None, None)
        assert around([*old, *handshake(b"", b"", seq=70000, ack=90000)])[:3] == (True, None, 6)

    def test_ports_used_again_with_the_same_acknowledgment(self) -> None:
        """The packet of the new connection is named, not that of the old one with the same numbers."""
        old = [send(flags=SYN, seq=5), back(SYN | ACK, seq=0, ack=6), send(seq=6, ack=1, data=b"four")]
        new = [
            send(flags=SYN, seq=6),
            back(SYN | ACK, seq=9, ack=7),
            send(seq=7, ack=10, data=b"abc"),
            back(seq=10, ack=10),
        ]
        assert around([*old, *new]).acked == 6

    def test_the_other_end_calls_back_from_the_same_ports(self) -> None:
        old = handshake()
        new = [back(SYN, seq=1, options=SCALE[1]), send(flags=SYN | ACK, seq=70000, ack=2, options=SCALE[2])]
        assert around([*old, *new, back(seq=2, ack=70001)])[:3] == (True, 1, 5)

    def test_both_open_at_once(self) -> None:
        segments = [
            send(flags=SYN, seq=1, options=SCALE[1]), back(SYN, seq=9, options=SCALE[2]),
            send(flags=SYN | ACK, seq=1, ack=10, options=SCALE[1]), back(SYN | ACK, seq=9, ack=2, options=SCALE[2]),
            send(seq=2, ack=10),
        ]  # fmt: skip
        assert around(segments, 3) == Around(True, 1, 2, opened=True)
        assert around(segments, 4) == Around(True, 2, 1, opened=True)
        assert around(segments) == Around(True, 1, 2, opened=True)
        assert not around(handshake(), 2).opened

    def test_a_refused_call_is_over(self) -> None:
        """Whoever was refused before and then answers a call has not opened at the same time."""
        refused = [send(flags=SYN, seq=1), back(RST | ACK, ack=2)]
        call = [back(SYN, seq=100), send(flags=SYN | ACK, seq=900, ack=101)]
        assert not around([*refused, *call]).opened

    def test_a_connection_of_a_host_with_itself(self) -> None:
        """The same address at both ends, told apart by the ports."""
        ends = (("127.0.0.1", 40000), ("127.0.0.1", 80))
        segments = [
            send(*ends, SYN, seq=1, options=SCALE[5]),
            send(*ends[::-1], SYN | ACK, seq=9, ack=2, options=SCALE[6]),
            send(*ends, ACK, seq=2, ack=10),
        ]
        assert around(segments)[:3] == (True, 5, 2)

    def test_quoted_segments_are_not_the_connections(self) -> None:
        """An ICMP error repeats a SYN; it is not sent once more."""
        from decoding.crafting import ICMP, icmp

        quote = ip(icmp(3, 3, bytes(4), send(flags=SYN, seq=4, options=SCALE[3])), ICMP)
        assert around([*handshake()[:2], quote, handshake()[2]])[:3] == (True, 7, 2)

    def test_accurate_ecn(self) -> None:
        """RFC 9768 §3.1.1: what AE, CWR and ECE of the SYN+ACK say."""
        for bits, agreed in ((CWR, True), (CWR | ECE, True), (AE, True), (AE | CWR, True), (ECE, False), (0, False),
                             (AE | CWR | ECE, False), (AE | ECE, False)):  # fmt: skip
            segments = [
                send(flags=SYN | AE | CWR | ECE, seq=1),
                back(SYN | ACK | bits, seq=5, ack=2),
                send(seq=2, ack=6),
            ]
            assert around(segments).accurate is agreed, bits


def test_other_packets_have_no_connection() -> None:
    for name, number in (("ping-v4", 1), ("udp", 1), ("arp", 1), ("udp-port-unreachable", 2), ("path-mtu-v4", 5)):
        assert sample(name, number)[0] is None


def test_a_header_cut_before_its_window_has_no_connection() -> None:
    with capture([send()[: 20 + 14]]) as frames:
        assert look_back(frames, decode_frame(frames.at(1))) is None


def test_the_first_packet_has_nothing_before_it() -> None:
    assert around(handshake(), 1) == Around()
    assert around([send(flags=RST)]) == Around()


def test_later_packets_tell_nothing() -> None:
    segments = [send(seq=1001, ack=5001), *handshake()]
    assert around(segments, 1) == Around()


def test_a_handshake_too_far_away_counts_as_not_captured(monkeypatch: pytest.MonkeyPatch) -> None:
    filler = [send(OTHER, SERVER, seq=at) for at in range(10)]
    segments = [*handshake(), *filler, send(seq=1001, ack=5001)]
    monkeypatch.setattr(surroundings, "FARTHEST", 13)
    assert around(segments)[:3] == (True, 7, 2)
    monkeypatch.setattr(surroundings, "FARTHEST", 12)
    assert around(segments)[:3] == (False, None, 2)
    monkeypatch.setattr(surroundings, "FARTHEST", 11)
    assert around(segments)[:3] == (False, None, None)


def test_looking_back_does_not_disturb_reading() -> None:
    """The frames that come next are the same, whatever was looked up between."""
    segments = handshake()
    with capture(segments) as frames:
        for frame in frames:
            look_back(frames, decode_frame(frame))
            assert frame.data == segments[frame.number - 1]
        assert frames.count() == 3


def test_a_glance_passes_over_what_the_decoder_finds_nothing_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is told is the same as if every packet were decoded; and most need not be."""
    passed: list[bool] = []
    glance = Glance.passes

    def noted(self: Glance, frame: Frame) -> bool:
        passed.append(glance(self, frame))
        return passed[-1]

    for name, packet in packets():
        if packet.frame.number > 40:  # every one of them is decoded for every other
            continue
        with dissect.open(f"sample:{name}") as capture:
            monkeypatch.setattr(Glance, "passes", noted)
            quick = look_back(capture.frames, packet)
            monkeypatch.setattr(Glance, "passes", lambda *_: False)
            assert look_back(capture.frames, packet) == quick
    assert sum(passed) > len(passed) / 2


def test_every_packet_of_every_capture() -> None:
    """What is acknowledged comes before, from the other end, and ends where the acknowledgment says."""
    by_number = {(name, packet.frame.number): packet for name, packet in packets()}
    named = 0
    for (name, number), packet in by_number.items():
        with dissect.open(f"sample:{name}") as capture:
            found = look_back(capture.frames, packet)
        if found is None or found.acked is None:
            continue
        named += 1
        assert found.acked < number
        other = by_number[name, found.acked]
        takes = sum(int(str(other[field].number)) for field in ("tcp.len", "tcp.flags.syn", "tcp.flags.fin"))
        assert found.takes == takes
        assert (int(str(other["tcp.seq_raw"].raw)) + takes) % 2**32 == packet["tcp.ack_raw"].raw
        assert other["tcp.srcport"].raw == packet["tcp.dstport"].raw
    assert named > 150


class TestTwice:
    """Copies of data, duplicates of acknowledgments, and what follows them."""

    DATA = tuple(send(flags=PSH | ACK, seq=1001 + 10 * at, ack=5001, data=bytes(10)) for at in range(6))
    SAME = back(seq=5001, ack=1001)

    def known(self, segments: list[bytes], number: int) -> Around:
        with capture(segments) as frames:
            found = look_back(frames, decode_frame(frames.at(number)))
        assert found is not None
        return found

    def test_a_copy_names_the_first_and_the_time_since_the_last(self) -> None:
        found = self.known([*handshake(), self.DATA[0], self.DATA[1], self.DATA[0], self.DATA[0]], 7)
        assert (found.copy_of, found.since) == (4, 0)
        assert self.known([*handshake(), self.DATA[0], self.DATA[1]], 5).copy_of is None

    def test_an_acknowledgment_is_no_copy(self) -> None:
        assert self.known([*handshake(), self.SAME, self.SAME], 5).copy_of is None

    @pytest.mark.parametrize(("number", "duplicate", "resent"), [(8, 0, None), (9, 1, None), (11, 3, 13), (12, 4, 13)])
    def test_duplicates_are_counted_and_lead_to_the_copy(self, number: int, duplicate: int, resent: int | None) -> None:
        """Packets 4 to 7 are data of which the first is lost, 8 to 12 say so, 13 brings it again."""
        segments = [*handshake(), *self.DATA[:4], *[self.SAME] * 5, self.DATA[0]]
        found = self.known(segments, number)
        assert (found.duplicate, found.resent) == (duplicate, resent)
        assert found.duplicate_of == (8 if duplicate else None)

    def test_without_anything_outstanding_there_are_no_duplicates(self) -> None:
        assert self.known([*handshake(), self.SAME, self.SAME, self.SAME], 6).duplicate == 0

    def test_another_window_is_an_update(self) -> None:
        update = back(seq=5001, ack=1001, window=900)
        assert self.known([*handshake(), *self.DATA[:2], self.SAME, update], 7).duplicate == 0

    def test_who_acknowledges_it(self) -> None:
        segments = [*handshake(), *self.DATA[:3], back(seq=5001, ack=1021), back(seq=5001, ack=1031)]
        assert [self.known(segments, number).answer for number in (1, 2, 3, 4, 5, 6, 7)] == [2, 3, None, 7, 7, 8, None]

    def test_no_look_ahead_without_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(surroundings, "AHEAD", 3)
        segments = [*handshake(), *self.DATA, back(seq=5001, ack=1061)]
        assert self.known(segments, 4).answer is None
        assert self.known(segments, 9).answer == 10
