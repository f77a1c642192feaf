"""Hex as people paste it: what the usual tools print, what programs hold, and what is no hex.

`hexdumps.txt` holds what tcpdump 4.99.3, tshark 4.0, xxd, hexdump, od and Scapy 2.8 printed for two
UDP packets: A, whose payload reads like hex, and B, which is mostly zeros.
"""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dissect.capture.hextext import HexError, parse_hex

A = bytes.fromhex(
    "020000000002020000000001080045000047000100004011f6a1c0000201c00002020fa00009003300006265206566203030203131"
    "207c32327c206361206665206465616420307833332066616365203435203030"
)
B = (
    bytes.fromhex("020000000002020000000001080045000046000200004011f6a1c0000201c00002020fa0000900320000")
    + bytes(40)
    + b"ab"
)
WANTED = {
    "A": [A],
    "B": [B],
    "A, B": [A, B],
    "A[14:], B[14:]": [A[14:], B[14:]],
    "A[:8]": [A[:8]],
    "A[:21]": [A[:21]],
    "A[:48]": [A[:48]],
}
DUMPS = [
    dump.partition("\n") for dump in (Path(__file__).parent / "hexdumps.txt").read_text("utf-8").split("#### ")[1:]
]


@pytest.mark.parametrize(("title", "text"), [(title, text) for title, _, text in DUMPS], ids=[row[0] for row in DUMPS])
def test_output_of_tools(title: str, text: str):
    wanted = WANTED[title.rpartition(" = ")[2]]
    assert parse_hex(text) == wanted
    assert parse_hex(text.replace("\n", "\r\n")) == wanted
    assert parse_hex("\ufeff" + text.rstrip()) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "4500003c",
        "4500 003C",
        "45 00 00 3c",
        "45:00:00:3c",
        "45-00-00-3c",
        "4500.003c",
        "45,00,00,3c",
        "0x4500003c",
        "0x45 0x00 0x00 0x3c",
        "0x45, 0x0, 0x00, 0x3c,",
        "0x4500, 0x003c",
        "[0x45, 0x00, 0x00, 0x3c]",
        "{0x45, 0x00, 0x00, 0x3c};",
        "static const unsigned char face[4] = { /* { dead, beef */ 0x45,0x00,\n 0x00, 0x3c /* E..< */\n};\nint n = 4;",
        "char p[] = { 0x45, 0x00, 0x00, 0x3c",
        r"\x45\x00\x00\x3c",
        "\\x45\\x00\n\\x00\\x3c",
        r'"\x45\x00\x00\x3c"',
        '"\\x45\\x00" \\\n"\\x00\\x3c"',
        r"b'E\x00\x00<'",
        r"data = b'\x45\0\000\x3c'",
        "b'E\\x00' b\"\\x00<\"",
        'bytes.fromhex("45 00" "003c")',
        "packet = '4500003c'",
        "\n  45 00\n\t00 3c\n\n",
        "45\u00a000\u00a000\u00a03c",
        "450\n000\n3c",
        "# a comment\n45 00 00 3c",
        "45 00 // version\n00 3c // length",
        "000000 45 00 00 3c",
        "0000   45 00 00 3c   E..<",
        "0000:  4500 003c  45 00",
        "> 0000  45 00 00 3c",
        "0010  45 00\n0012  00 3c",
        "000 45 00\n002 00 3c\n004",
    ],
)
def test_other_shapes(text: str):
    assert parse_hex(text) == [bytes.fromhex("4500003c")]


@pytest.mark.parametrize(
    ("text", "packets"),
    [
        ("0000 5e00 0101 0200", ["00005e0001010200"]),
        ("0000 5e00 0101\n0800 4500 003c", ["00005e000101 08004500003c"]),
        ("0000 45 00\n0002 00 3c\n0000 60 00\n", ["4500003c", "6000"]),
        ("+0000 45", None),
        ("a[] = {0x45, 0x00};\nb[] = {0x60}", ["4500", "60"]),
        ("Frame (2 bytes):\n0000  45 00   E.\nReassembled TCP (3 bytes):\n0000  61 62 63   abc\n", ["4500"]),
        ("00000000  45 45 45 45  |EEEE|\n*\n00000008  46  |F|\n00000009", ["454545454545454546"]),
        ("00000000  7b 30 78 34 31 2c 7d                              |{0x41,}|", ["7b307834312c7d"]),
        ("00000000  5c 78 34 31                                       |\\x41|", ["5c783431"]),
    ],
)
def test_several_packets_and_ambiguous_text(text: str, packets: list[str] | None):
    if packets is None:
        with pytest.raises(HexError):
            parse_hex(text)
    else:
        assert parse_hex(text) == [bytes.fromhex(packet) for packet in packets]


@pytest.mark.parametrize(
    ("text", "message", "found"),
    [
        ("", "there is no hex to read", ""),
        (" \n", "there is no hex to read", ""),
        ("{}", "'{}' is not hex", "{}"),
        ("450", "line 1: '450' has an odd number of digits", "450"),
        ("45 00\n0 3c", "line 2: '0' has an odd number of digits", "0 3c"),
        ("45 00\n00 zz", "line 2: 'zz' is not hex", "zz"),
        ("4500 00g0", "line 1: '00g0' is not hex", "g0"),
        ("hello world", "line 1: 'hello' is not hex", "hello"),
        (r"\x45\x0", r"line 1: '\\x0' is no byte", r"\x0"),
        (r"\x45 zz \x00", "line 1: 'zz' is not hex", r"zz \x00"),
        ("''\\x0", "there is no hex to read", "''"),
        ("0000  45 00\n0003  00 3c", "line 1: 2 bytes stand in this row, the next offset calls for 3", "0000"),
        ("0000  45 0g 00\n0003  00", "line 1: '0g' is not hex", "0g 00"),
        ("0000  45 00 0\n0003  00", "line 1: '0' has an odd number of digits", "0\n"),
        ("0000  45 00\n000g  00 3c", "line 2: '000g' is no offset", "000g"),
        ("00g0  45 00\n0002  00 3c\n0004  11", "line 1: '00g0' is no offset", "00g0"),
        ("0000  45 00\n0002  00 3c\n*\n0003  00", "line 4: the offset is 0003, but 0x4 bytes stand before it", "0003"),
    ],
)
def test_what_is_no_hex(text: str, message: str, found: str):
    with pytest.raises(HexError) as caught:
        parse_hex(text)
    assert message in str(caught.value)
    assert text[caught.value.position :].startswith(found)


@settings(max_examples=500, deadline=None)
@given(st.text(alphabet="0123aF gx\\\n\t:*|'\"{}b#/,", max_size=60))
def test_any_text_gives_packets_or_one_sentence(text: str):
    try:
        assert all(parse_hex(text))
    except HexError as error:
        assert 0 <= error.position <= len(text)  # noqa: PT017 - either outcome is right


@given(st.binary(min_size=1, max_size=100), st.sampled_from(["", " ", ":", "\n", ", "]))
def test_plain_hex_is_read_back(data: bytes, between: str):
    assert parse_hex(data.hex(between) if len(between) == 1 else between.join(f"{byte:02x}" for byte in data)) == [data]


@given(st.binary(min_size=1, max_size=100))
def test_rows_are_read_back_whatever_the_text_column_says(data: bytes):
    rows = []
    for at in range(0, len(data), 16):
        row = data[at : at + 16]
        shown = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        rows.append(f"{at:04x}  {row.hex(' '):<48} {shown}")
    assert parse_hex("\n".join(rows)) == [data]
