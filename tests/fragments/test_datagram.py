"""Pieces of one datagram in any order: what they make, holes, overlaps, ends that contradict each other."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import pytest
from decoding.crafting import DSTOPTS, FRAGMENT, TCP, UDP, V4, V6, extension, fragment6, ip, ip6, tcp, udp
from fragments.pieces import cuts, four, one, payload, seen, six, together
from hypothesis import given, settings
from hypothesis import strategies as st

from dissect.decoding import decode_frame
from dissect.fragments.datagram import LONGEST, MOST_OVERLAPS, MOST_PIECES, Closed, Status
from dissect.fragments.pieces import piece_of
from dissect.fragments.reassembly import AGE, Reassembly
from dissect.packet import Frame

Maker = Callable[..., bytes]
BOTH = pytest.mark.parametrize(("make", "ends"), [(four, V4), (six, V6)], ids=["IPv4", "IPv6"])


class TestOrder:
    @BOTH
    @pytest.mark.parametrize("order", list(permutations(range(4))), ids=str)
    def test_any_order_makes_the_datagram(self, make: Maker, ends: tuple[bytes, bytes], order: tuple[int, ...]) -> None:
        data = payload(100, ends)
        pieces = [make(data, *cut) for cut in cuts(len(data), 16, 24, 80)]
        found = one([pieces[at] for at in order])
        assert found.status is Status.WHOLE
        assert found.data() == data
        assert found.holes() == []
        assert found.packets == [1, 2, 3, 4]

    @BOTH
    @pytest.mark.parametrize("order", set(permutations([0, 0, 1, 1, 2, 2])), ids=str)
    def test_duplicates_change_nothing(self, make: Maker, ends: tuple[bytes, bytes], order: tuple[int, ...]) -> None:
        data = payload(60, ends)
        pieces = [make(data, *cut) for cut in cuts(len(data), 24, 40)]
        found = one([pieces[at] for at in order])
        assert found.status is Status.WHOLE
        assert found.data() == data
        assert found.overlaps == []
        for tile in found.tiles:
            first = order.index(order[tile.piece.number - 1]) + 1
            assert tile.duplicate == (0 if first == tile.piece.number else first)

    @BOTH
    def test_the_whole_decodes_with_a_good_checksum(self, make: Maker, ends: tuple[bytes, bytes]) -> None:
        data = payload(3000, ends)
        packet = one([make(data, *cut) for cut in cuts(len(data), 1480, 2960)]).packet()
        assert packet is not None
        assert packet["udp.checksum.status"].text == "good"
        assert packet["udp.length"].raw == 3000
        assert [finding for _, finding in packet.every_finding()] == []
        if make is four:
            assert packet["ip.len"].raw == 3020
            assert packet["ip.checksum.status"].text == "good"
            assert packet["ip.flags.mf"].raw == packet["ip.frag_offset"].raw == 0
        else:
            assert packet["ipv6.plen"].raw == 3000
            assert packet["ipv6.nxt"].raw == UDP
            assert "ipv6.fraghdr.nxt" not in packet

    def test_options_of_the_first_piece_stay(self) -> None:
        data = payload(64)
        pieces = [
            ip(data[:32], UDP, flags=1, options=b"\x94\x04\0\0"), ip(data[32:], UDP, flags=0, offset=4),
        ]  # fmt: skip
        packet = one(reversed(pieces)).packet()
        assert packet is not None
        assert packet["ip.hdr_len"].number == 24
        assert packet["ip.len"].raw == 24 + 64
        assert packet["ip.checksum.status"].text == "good"

    def test_the_header_before_the_fragment_header_is_mended(self) -> None:
        """The unfragmentable part may have extension headers; the last one's next header changes (RFC 8200 §4.5)."""
        data = payload(64, V6)
        before = extension(FRAGMENT, b"\x01\x04\0\0\0\0")
        pieces = [
            ip6(before + fragment6(UDP, start // 8, stop < 64) + data[start:stop], DSTOPTS)
            for start, stop in cuts(64, 32)
        ]
        packet = one(pieces).packet()
        assert packet is not None
        assert [layer.key for layer in packet.layers] == ["ipv6", "ipv6.dstopts", "udp"]
        assert packet["ipv6.plen"].raw == 8 + 64
        assert packet["udp.checksum.status"].text == "good"

    @BOTH
    @given(data=st.data())
    @settings(max_examples=60, deadline=None)
    def test_any_cut_in_any_order_makes_the_datagram(
        self, make: Maker, ends: tuple[bytes, bytes], data: st.DataObject
    ) -> None:
        whole = payload(data.draw(st.integers(17, 2000)), ends)
        units = st.integers(1, (len(whole) - 1) // 8)
        marks = sorted({8 * mark for mark in data.draw(st.lists(units, min_size=1, max_size=12))})
        pieces = [make(whole, *cut) for cut in cuts(len(whole), *marks)]
        again = data.draw(st.lists(st.sampled_from(pieces), max_size=4))
        found = one(data.draw(st.permutations(pieces + again)))
        assert found.status is Status.WHOLE
        assert found.data() == whole
        packet = found.packet()
        assert packet is not None
        assert packet["udp.checksum.status"].text == "good"
        origins = found.origins()
        assert [start for start, _, _ in origins] == [0, *(stop for _, stop, _ in origins[:-1])]
        assert origins[-1][1] == len(whole)

    @given(st.data())
    @settings(max_examples=60, deadline=None)
    def test_without_one_piece_there_is_a_hole_in_its_place(self, data: st.DataObject) -> None:
        whole = payload(200)
        pieces = cuts(200, 40, 80, 88, 160)
        lost = data.draw(st.sampled_from(pieces))
        kept = data.draw(st.permutations([cut for cut in pieces if cut != lost]))
        found = one([four(whole, *cut) for cut in kept])
        assert found.status is Status.HOLES
        assert found.holes() == [(lost[0], None if lost[1] == 200 else lost[1])]
        assert found.whole() is None


class TestOverlaps:
    def test_the_copy_that_came_last_counts_in_ipv4(self) -> None:
        """RFC 791 §3.2: "this procedure will use the more recently arrived copy"."""
        old, new = bytes(48), b"x" * 48
        found = one([four(old, 0, 32, more=True), four(new, 16, 48)])
        assert found.status is Status.WHOLE
        assert found.data() == old[:16] + new[16:]
        assert found.overlaps == [(2, 1, 16, 32, 16, bytes(8), b"x" * 8)]
        assert found.origins() == [(0, 16, 1), (16, 48, 2)]
        other = one([four(new, 16, 48), four(old, 0, 32, more=True)])
        assert other.data() == old[:32] + new[32:]

    def test_ipv6_drops_the_datagram_even_if_the_bytes_agree(self) -> None:
        """RFC 5722 §3, RFC 8200 §4.5."""
        data = bytes(48)
        found = one([six(data, 0, 32, more=True), six(data, 16, 48)])
        assert found.status is Status.VOID
        assert found.whole() is None
        assert found.overlaps == [(2, 1, 16, 32, None, b"", b"")]

    def test_the_first_differing_byte_is_named(self) -> None:
        data, other = bytes(64), bytes(30) + b"\x01" + bytes(33)
        found = one([four(data, 0, 40, more=True), four(other, 24, 64)])
        assert (found.overlaps[0].conflict, found.overlaps[0].after[0]) == (30, 1)

    def test_one_piece_over_several(self) -> None:
        data = bytes(64)
        found = one([four(data, 0, 16), four(data, 16, 32), four(data, 32, 64), four(data, 8, 40, more=True)])
        assert [(each.other, each.start, each.stop) for each in found.overlaps] == [
            (1, 8, 16),
            (2, 16, 32),
            (3, 32, 40),
        ]
        assert all(each.conflict is None for each in found.overlaps)

    def test_same_place_other_bytes_is_a_conflict_and_no_duplicate(self) -> None:
        found = one([four(bytes(32), 0, 16), four(b"x" * 32, 0, 16), four(bytes(32), 16, 32)])
        assert [tile.duplicate for tile in found.tiles] == [0, 0, 0]
        assert found.data() == b"x" * 16 + bytes(16)

    def test_headers_of_the_copy_that_came_last(self) -> None:
        """The bytes and the header that go with them are of one packet."""
        pieces = [ip(bytes(16), UDP, flags=1, ttl=9), ip(b"x" * 16, UDP, flags=1, ttl=7), four(bytes(32), 16, 32)]
        packet = one(pieces).packet()
        assert packet is not None
        assert packet["ip.ttl"].raw == 7


class TestContradictions:
    def test_two_ends(self) -> None:
        found = one([four(bytes(64), 32, 64), four(bytes(32), 16, 32)])
        assert found.status is Status.CONTRARY
        assert found.ends == {64: 1, 32: 2}

    def test_bytes_behind_the_end(self) -> None:
        found = one([four(bytes(64), 32, 48), four(bytes(32), 16, 32), four(bytes(64), 0, 16)])
        assert found.status is Status.CONTRARY

    @pytest.mark.parametrize(("size", "status"), [(LONGEST - 20, Status.WHOLE), (LONGEST - 19, Status.LONG)])
    def test_no_longer_than_65535_bytes_with_the_header(self, size: int, status: Status) -> None:
        data = bytes(size)
        assert one([four(data, 0, 32768), four(data, 32768, size)]).status is status

    @pytest.mark.parametrize(("size", "status"), [(LONGEST, Status.WHOLE), (LONGEST + 1, Status.LONG)])
    def test_no_longer_than_65535_bytes_of_payload(self, size: int, status: Status) -> None:
        data = bytes(size)
        assert one([six(data, 0, 32768), six(data, 32768, size)]).status is status

    def test_a_tiny_first_piece_is_said(self) -> None:
        segment = tcp()
        pieces = [ip(segment[:8], TCP, flags=1), ip(segment[8:], TCP, flags=0, offset=1)]
        found = one(pieces)
        assert [each.rule.id for tile in found.tiles for each in tile.piece.findings] == [
            "ip.fragment.tiny", "ip.fragment.second_header",
        ]  # fmt: skip
        assert found.status is Status.WHOLE

    def test_bytes_that_were_not_captured(self) -> None:
        data = payload(96)
        found = one([four(data, 0, 48), four(data, 48, 96)], captured=52)
        assert found.status is Status.CUT
        assert [tile.cut for tile in found.tiles] == [32, 80]
        frame = found.whole()
        assert frame is not None
        assert (len(frame.data), frame.wire_length) == (52, 116)
        packet = found.packet()
        assert packet is not None
        assert packet["udp.checksum.status"].text == "unverified"

    def test_no_bytes_at_all(self) -> None:
        found = one([four(b"", 0, 0, more=True)])
        assert found.status is Status.HOLES
        assert found.holes() == [(0, None)]
        assert found.data() == b""


class TestIdentity:
    def test_addresses_identification_and_protocol_in_ipv4(self) -> None:
        data = payload(32)
        pieces = [four(data, 0, 16), ip(data[16:], TCP, flags=0, offset=2), four(data, 16, 32, ends=V4[::-1])]
        assert [found.status for found in together(pieces)] == [Status.HOLES] * 3

    def test_the_next_header_may_differ_in_ipv6(self) -> None:
        """Only the first piece's word counts (RFC 8200 §4.5)."""
        data = payload(32, V6)
        pieces = [ip6(fragment6(TCP, 2, 0) + data[16:], FRAGMENT), six(data, 0, 16)]
        found = one(pieces)
        assert found.protocol == UDP
        assert found.packet() is not None

    @pytest.mark.parametrize(
        "packet", [ip(udp(), UDP), ip6(udp(ends=V6), UDP), ip6(fragment6(UDP, 0, 0) + udp(ends=V6), FRAGMENT)]
    )
    def test_what_is_whole_is_no_piece(self, packet: bytes) -> None:
        assert piece_of(decode_frame(Frame(packet, 101))) is None

    def test_what_an_icmp_error_quotes_is_no_piece(self) -> None:
        quoted = b"\x0b\x01\0\0" + bytes(4) + four(payload(64), 0, 32)
        assert piece_of(decode_frame(Frame(ip(quoted, 1), 101))) is None

    def test_the_outer_of_two(self) -> None:
        inner = four(payload(64), 0, 32)
        piece = piece_of(decode_frame(Frame(ip(inner[:48], 4, flags=1), 101)))
        assert piece is not None
        assert piece.identity.protocol == 4

    def test_inside_a_tunnel(self) -> None:
        data = payload(64)
        found = one([ip(four(data, *cut), 4) for cut in cuts(64, 32)])
        assert found.data() == data

    @given(st.binary(max_size=120))
    @settings(deadline=None)
    def test_any_bytes_are_a_piece_or_none(self, data: bytes) -> None:
        for start in (b"\x45\0\0\x30\0\0\x20\0\x40\x11", b"\x60\0\0\0\0\x20\x2c\x40", b""):
            for piece in [piece_of(decode_frame(Frame(start + data, 101)))]:
                if piece is not None:
                    assert len(piece.data) <= piece.length


class TestLimits:
    def making(self, packets: list[bytes], **how: int) -> tuple[list[tuple[Closed, int]], Reassembly]:
        limits = {name: how.pop(name) for name in ("count", "memory", "age") if name in how}
        making = Reassembly(**limits)
        closed = [found for piece in seen(packets, **how) for found in making.take(piece)]
        return [(found.closed, found.packets[0]) for found in closed], making

    def other(self, number: int) -> tuple[bytes, bytes]:
        return bytes((10, 0, number >> 8, number & 255)), V4[1]

    def test_age(self) -> None:
        data = payload(64)
        pieces = [four(data, 0, 32), four(data, 32, 64)]
        assert [each.status for each in together(pieces, pause=AGE // 10**9)] == [Status.WHOLE]
        late = together(pieces, pause=AGE // 10**9 + 1)
        assert [(each.status, each.closed) for each in late] == [(Status.HOLES, Closed.AGE), (Status.HOLES, Closed.END)]

    def test_count(self) -> None:
        firsts = [four(bytes(64), 0, 32, ends=self.other(number)) for number in range(12)]
        closed, making = self.making(firsts, count=10)
        assert closed == [(Closed.COUNT, 1), (Closed.COUNT, 2)]
        assert len(list(making.rest())) == 10

    def test_memory(self) -> None:
        firsts = [four(bytes(2000), 0, 1000, ends=self.other(number)) for number in range(12)]
        closed, _ = self.making(firsts, memory=10_000)
        assert closed == [(Closed.MEMORY, 1), (Closed.MEMORY, 2)]

    def test_a_late_duplicate_belongs_to_the_complete_datagram(self) -> None:
        data = payload(64)
        pieces = [four(data, *cut) for cut in cuts(64, 32)]
        assert one([*pieces, pieces[0]]).tiles[2].duplicate == 1

    def test_a_number_used_again_begins_another_datagram(self) -> None:
        first, second = payload(64), udp(b"something else than before, but of the same length......")
        found = together([four(data, *cut) for data in (first, second) for cut in cuts(64, 32)])
        assert [each.data() for each in found] == [first, second]

    def test_pieces_beyond_all_measure_are_counted(self) -> None:
        data = bytes(16)
        twice = [four(data, 0, 8)] * (MOST_PIECES + 5)
        found = one(twice, pause=0)
        assert len(found.tiles) == MOST_PIECES
        assert found.left_out == 5

    def test_overlaps_beyond_all_measure_are_counted(self) -> None:
        data = bytes(65000)
        found = one([four(data, 0, 8 * (at + 1)) for at in range(MOST_OVERLAPS + 20)], pause=0)
        assert len(found.overlaps) >= MOST_OVERLAPS
        assert found.more_overlaps > 0
        assert found.status is Status.HOLES
