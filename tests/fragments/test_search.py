"""Finding the pieces of a capture: all by columns, those of one packet by looking around it."""

from __future__ import annotations

import pytest
from cli.running import capture as path_of
from cli.running import run
from decoding.crafting import UDP, V4, ip, tcp, udp
from fragments.pieces import capture, cuts, four, one, payload, six

import dissect
from dissect.decoding import decode_frame
from dissect.explain.language import language
from dissect.explain.readings import Around, Tiling
from dissect.fragments.datagram import Status
from dissect.fragments.pieces import piece_of
from dissect.fragments.reassembly import reassembled
from dissect.fragments.search import datagram_of, numbers, pieces
from dissect.render.tiling import DatagramPicture
from dissect.surroundings import look_back

DATA = payload(100)
PIECES = [four(DATA, *cut) for cut in cuts(100, 40, 80)]
OTHER = ip(udp(), UDP)


def test_pieces_are_found_among_other_packets() -> None:
    tunnel = ip(six(DATA, 0, 40), 41)
    with capture([OTHER, PIECES[0], ip(tcp()), PIECES[1], tunnel, OTHER, PIECES[2]]) as frames:
        assert list(numbers(frames)) == [2, 4, 5, 7]
        assert [(piece.number, piece.offset) for piece in pieces(frames)] == [(2, 0), (4, 40), (5, 0), (7, 80)]


def test_what_an_error_quotes_is_passed_over() -> None:
    quoted = ip(b"\x0b\x01\0\0" + bytes(4) + PIECES[0], 1)
    with capture([quoted, *PIECES]) as frames:
        assert [piece.number for piece in pieces(frames)] == [2, 3, 4]


@pytest.mark.parametrize("number", [2, 4, 6])
def test_from_any_piece_to_the_datagram(number: int) -> None:
    with capture([OTHER, PIECES[2], OTHER, PIECES[0], OTHER, PIECES[1]]) as frames:
        packet = decode_frame(frames.at(number))
        piece = piece_of(packet)
        assert piece is not None
        found = datagram_of(frames, number, piece)
        assert found is not None
        assert found.data() == DATA
        assert look_back(frames, packet) == Around(tiling=Tiling((2, 4, 6).index(number) + 1, (2, 4, 6), 120))
        assert look_back(frames, decode_frame(frames.at(1))) is None


def test_numbers_used_again_are_told_apart() -> None:
    with capture([*PIECES, *(four(payload(96)[::-1], *cut) for cut in cuts(96, 48))]) as frames:
        packet = decode_frame(frames.at(5))
        assert look_back(frames, packet) == Around(tiling=Tiling(2, (4, 5), 116))


def test_a_filter_on_any_piece_finds_the_datagram() -> None:
    with dissect.open("sample:fragments-v4-in-order") as found:
        assert [each.packets for each in found.datagrams("udp.dstport == 9000")] == [[1, 2, 3]]
        assert list(found.datagrams("udp.dstport == 9001")) == []


def test_ten_thousand_interleaved_pieces() -> None:
    """Many datagrams at once, none of them complete until the end."""
    ends = [(bytes((10, 0, at >> 8, at & 255)), V4[1]) for at in range(2500)]
    sent = [four(DATA, *cut, ends=each) for cut in cuts(100, 24, 48, 72) for each in ends]
    with capture(sent, pause=0.0001) as frames:
        found = list(reassembled(pieces(frames)))
    assert len(found) == 2500
    assert {each.status for each in found} == {Status.WHOLE}


class TestCommand:
    @pytest.mark.parametrize("form", [[], ["--brief"], ["--json"]])
    def test_whole_in_place_of_a_piece(self, form: list[str]) -> None:
        result = run("show", "sample:fragments-v6-out-of-order", "1", "--reassembled", *form)
        assert result.code == 0
        assert "40000" in result.out
        assert result.err == ""

    def test_a_packet_that_is_no_piece_is_said(self) -> None:
        result = run("show", "sample:udp", "1", "--reassembled", "--brief")
        assert "packet 1 is no piece of a datagram" in result.err
        assert "UDP" in result.out

    def test_no_pieces_at_all(self) -> None:
        result = run("fragments", "sample:handshake")
        assert (result.code, result.out) == (0, "")
        assert "no packet is a piece" in result.err

    def test_a_wrong_filter_is_underlined(self) -> None:
        result = run("fragments", "sample:handshake", "-Y", "ip.tll == 3")
        assert result.code == 2
        assert "^^^^^^" in result.err
        assert "ip.ttl" in result.err

    def test_a_damaged_file(self) -> None:
        result = run("fragments", path_of("pcap-cut-short.pcap"))
        assert result.code == 3

    @pytest.mark.parametrize("width", [40, 60, 80, 120])
    @pytest.mark.parametrize("lang", ["en", "zh"])
    def test_no_line_is_wider_than_the_console(self, width: int, lang: str) -> None:
        from rich.cells import cell_len

        for name in ("fragments-v4-overlapping", "fragments-v6-missing", "tiny-first-fragment"):
            result = run("fragments", f"sample:{name}", "--lang", lang, columns=width)
            assert max(cell_len(line) for line in result.out.splitlines()) <= width

    def test_many_pieces_are_folded(self) -> None:
        from rich.console import Console

        data = payload(800)
        console = Console(width=100, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
        with console.file:
            console.print(
                DatagramPicture(
                    one([four(data, *cut) for cut in cuts(800, *range(8, 800, 8))], pause=0), language("en")
                )
            )
        text = console.export_text()
        assert "76 more pieces" in text
        assert len(text.splitlines()) < 32
