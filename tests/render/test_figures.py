"""Headers drawn as in their RFCs: the same boxes, at the same bits, with the same words."""

from __future__ import annotations

import pytest
from figures.boxes import Box, boxes, transcript

from dissect.render.diagram import figure
from dissect.wire.field import place
from dissect.wire.registry import header

FIGURES = {  # header → its figure
    "ip": "ipv4",  # RFC 791 §3.1, figure 4
    "ipv6": "ipv6",  # RFC 8200 §3
    "ipv6.hopopts": "hop-by-hop",  # RFC 8200 §4.3; §4.6 draws destination options alike
    "ipv6.dstopts": "hop-by-hop",
    "ipv6.routing": "routing",  # RFC 8200 §4.4
    "ipv6.fraghdr": "fragment",  # RFC 8200 §4.5
    "ah": "authentication",  # RFC 4302 §2, figure 1
    "udp": "udp",  # RFC 768
}
FLAGS_ROW = 3  # of TCP
FLAGS = ["CWR", "ECE", "URG", "ACK", "PSH", "RST", "SYN", "FIN"]  # those of RFC 9293


@pytest.mark.parametrize("key", FIGURES)
def test_boxes_are_the_rfcs(key: str) -> None:
    assert boxes(figure(header(key))) == boxes(transcript(FIGURES[key]))


def test_tcp_is_drawn_as_in_rfc_9293_but_for_the_flags() -> None:
    """RFC 9293 §3.1, figure 1, whose last box is the data; the flags are those of RFC 9768 §3.1, figure 2."""
    drawn = boxes(figure(header("tcp")))
    *standard, data = boxes(transcript("tcp"))
    assert data.label == "Data"
    assert [box for box in drawn if box.row != FLAGS_ROW] == [box for box in standard if box.row != FLAGS_ROW]
    row = [box for box in standard if box.row == FLAGS_ROW]
    offset, window = row[0], row[-1]
    flags = [box._replace(row=FLAGS_ROW) for box in boxes(transcript("tcp-flags"), 16)[1:]]
    assert flags[0] == Box(FLAGS_ROW, 4, 7, "Reserved")
    flags[0] = flags[0]._replace(label="Rsrvd")  # as RFC 9293 writes it
    assert [box for box in drawn if box.row == FLAGS_ROW] == [offset, *flags, window]


@pytest.mark.parametrize("key", ["ip", "tcp", "udp", "ipv6.fraghdr"])
def test_every_row_of_the_table_has_its_box(key: str) -> None:
    """The boxes begin where the table's rows and the parts drawn apart begin, then come the options."""
    table = header(key)
    shown = {part.name for row in table.fields for part in (row.parts if row.split else (row,))}
    rows = [slot for slot in place(table.fields) if slot.field.name in shown]
    drawn = [box.row * 32 + box.first for box in boxes(figure(table))]
    assert drawn[: len(rows)] == [slot.bit for slot in rows]
    assert all(bit >= rows[-1].bit + rows[-1].bits for bit in drawn[len(rows) :])


class TestReadingFigures:
    """The reader of figures itself, against what the figures plainly say."""

    def test_ipv4(self) -> None:
        found = boxes(transcript("ipv4"))
        assert found[:4] == [
            (0, 0, 4, "Version"),
            (0, 4, 8, "IHL"),
            (0, 8, 16, "Type of Service"),
            (0, 16, 32, "Total Length"),
        ]
        assert found[5] == (1, 16, 19, "Flags")
        assert found[-2:] == [(5, 0, 24, "Options"), (5, 24, 32, "Padding")]
        assert len(found) == 14

    def test_addresses_of_four_words_are_one_box(self) -> None:
        assert boxes(transcript("ipv6"))[-2:] == [(2, 0, 32, "Source Address"), (3, 0, 32, "Destination Address")]

    def test_letters_in_a_column_make_a_word(self) -> None:
        found = boxes(transcript("tcp"))
        assert [box.label for box in found if box.last - box.first == 1] == FLAGS
        assert (3, 0, 4, "Data Offset") in found
        assert (3, 4, 8, "Rsrvd") in found

    def test_four_characters_a_bit(self) -> None:
        found = boxes(transcript("tcp-flags"), 16)
        assert found[:3] == [(0, 0, 4, "Header Length"), (0, 4, 7, "Reserved"), (0, 7, 8, "AE")]
        assert len(found) == 11

    def test_nine_characters_a_byte(self) -> None:
        assert boxes(transcript("udp")) == [
            (0, 0, 16, "Source Port"), (0, 16, 32, "Destination Port"), (1, 0, 16, "Length"), (1, 16, 32, "Checksum"),
        ]  # fmt: skip

    def test_a_box_may_begin_in_the_middle_of_a_row(self) -> None:
        assert boxes(transcript("hop-by-hop")) == [
            (0, 0, 8, "Next Header"),
            (0, 8, 16, "Hdr Ext Len"),
            (0, 16, 32, "Options"),
        ]
