"""Wrong filters: the fault underlined, the reason, and the nearest name."""

from __future__ import annotations

import pytest

from dissect.filter import FilterError, compile_filter

# the text, the underline, and words of the reason
FAULTS = """
tcp.flag.sin == 1
^^^^^^^^^^^^ tcp.flags.syn
tcp.flags.sin == 1
^^^^^^^^^^^^^ did you mean tcp.flags.syn
tcp.window < 5
^^^^^^^^^^ did you mean tcp.window_size_value?
tcp.time_delta > soon
                 ^^^^ span of time in seconds such as 0.2
ip and TCP.port == 5
       ^^^^^^^^ did you mean tcp.port?
ip.ttl-1 == 63
^^^^^^^^ a space has to come before a minus
foo
^^^ there is no field foo
80 == 80
^^ a field has to stand beside it
"a" == "a"
^^^ has to be a field
'a'
^^^ a value alone tests nothing
tcp == xyz
       ^^^ not bytes
tcp.options.mss == 5
^^^^^^^^^^^^^^^ is an option
tcp.options.mss[2] == 5
^^^^^^^^^^^^^^^^^^ is an option
tcp + 1 == 5
^^^ count with numbers
tcp[] == 1
   ^^ [offset:length]
ipv6.src & ffff:: == 2001::
^^^^^^^^ takes a prefix
data.data contains "a"
^^^^^^^^^ did you mean tcp.payload?
ip.src == 5
          ^ not an IPv4 address
ip.src == 192.0.2.0/33
          ^^^^^^^^^^^^ at most 32 bits
ip.src == 2001:db8::1
          ^^^^^^^^^^^ not an IPv4 address
ip.src == localhost
          ^^^^^^^^^ not an IPv4 address
ipv6.src == 192.0.2.1
            ^^^^^^^^^ not an IPv6 address
ipv6.src == ::/129
            ^^^^^^ at most 128 bits
eth.src == 02:00
           ^^^^^ six bytes
tcp.port == 70000
            ^^^^^ at most 65535
tcp.port in {80, 65536..70000}
                 ^^^^^ at most 65535
ip.ttl == 08
          ^^ is a number
ip.proto == TPC
            ^^^ "TCP"
ip.ttl == "x"
          ^^^ is a number
tcp.srcport == tcp.dstprt
               ^^^^^^^^^^ did you mean tcp.dstport
tcp.checksum.status == god
                       ^^^ did you mean "good"?
tcp.flags.syn == maybe
                 ^^^^^ True or False
tcp.srcport == ip.src
               ^^^^^^ an IPv4 address
ip.ttl < -ip.src
          ^^^^^^ count with numbers
ip.src + 1 == 5
^^^^^^ count with numbers
ip.ttl == 4 / 0
              ^ divided by 0
ip.ttl matches "6"
^^^^^^ needs bytes or text
ip.src contains 20
^^^^^^ needs bytes or text
ah.icv matches abc
               ^^^ double quotes
ah.icv matches "("
               ^^^ unclosed group
ah.icv matches r"(?=a)"
               ^^^^^^^^ look-around
ah.icv matches r"(a)\\1"
               ^^^^^^^^ backreferences
ah.icv matches "(((a{999}){999}){999})"
               ^^^^^^^^^^^^^^^^^^^^^^^^ size limit
ah.icv == "\\q"
           ^^ no such escape
ah.icv == xyz
          ^^^ not bytes
ah.icv & 1 == 1
^^^^^^ bytes of known length
eth.src[0:2] & 01 == 1
               ^^ 2 bytes have to stand here
tcp.port[0] == 1
        ^^^ no slices
eth.src[a] == 1
       ^^^ [offset:length]
eth.src[2-1] == 1
       ^^^^^ empty
eth.src[-1:2] == 1
       ^^^^^^ beyond the end
eth.src[1--1] == 1
       ^^^^^^ same end
ip.src#[-1--2]
      ^^^^^^^^ empty
ip.src#[-1:2]
      ^^^^^^^ beyond the end
ip.src#[a]
      ^^^^ layers are #2
ip.src#x
      ^ no meaning
frame.time > "yesterday"
             ^^^^^^^^^^^ not a time
frame.time > "2026-02-30"
             ^^^^^^^^^^^^ not a time
frame.time_epoch > -5
                   ^^ never negative
ip.proto < experimental
           ^^^^^^^^^^^^ several numbers
tcp.option_kind + ip.ttl == 5
                  ^^^^^^ can repeat
5 in {5}
^ has to stand beside it
all ip.ttl in {5, tcp.srcport}
                  ^^^^^^^^^^^ needs a set of values
length(ip.src) == 5
^^^^^^ no function length; did you mean len?
len(ip.ttl) == 5
    ^^^^^^ bytes or text
count(ip.src, ip.dst) == 5
              ^^^^^^ takes one field
count(5) == 5
      ^ has to stand beside it
tcp.port = 80
         ^ equality is ==
tcp AND ip
    ^^^ lower case: and
tcp.port in {80 443}
                ^^^ a comma or }
tcp.port in {}
             ^ a field or a value
tcp.port in 80
            ^^ a set in braces
tcp.port in {80
               ^ still open
tcp &
     ^ is missing here
(tcp
    ^ still open
tcp)
   ^ nothing was opened
(ip.ttl + 1) == 65
             ^^ grouped with { }
tcp.port ==
           ^ is missing here
tcp ip
    ^^ an operator such as
ah.icv == "abc
          ^ has no end
ip.ttl == 'ab'
          ^^^^ one character
ip.ttl == ${ip.ttl}
          ^ Wireshark's own
http.request.method == "GET"
^^^^^^^^^^^^^^^^^^^ tcp contains "GET" looks into it
host 192.0.2.1
^^^^^^^^^^^^^^ a capture filter's language
tcp port 80 and not src net 10
^^^^^^^^ a capture filter's language
协议 == 5
^^^^ there is no field
"""


def faults() -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    lines = FAULTS.strip().splitlines()
    while lines:
        text = lines.pop(0)
        line = lines.pop(0)
        underline, _, reason = line.strip().partition(" ")
        found.append((text, " " * (len(line) - len(line.lstrip())) + underline, reason))
    return found


@pytest.mark.parametrize(("text", "underline", "reason"), faults(), ids=lambda value: value)
def test_the_fault_is_underlined(text: str, underline: str, reason: str) -> None:
    with pytest.raises(FilterError) as caught:
        compile_filter(text)
    shown = caught.value.underlined().split("\n")
    assert shown[0] == text
    assert shown[1] == underline
    assert reason in shown[2]
    assert len(shown) == 3


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_an_empty_filter_is_refused(text: str) -> None:
    with pytest.raises(FilterError, match="a filter is missing"):
        compile_filter(text)


@pytest.mark.parametrize("text", ["(" * 200 + "tcp" + ")" * 200, "!" * 5000 + "tcp", "-" * 5000 + "1 == ip.ttl", "ip.ttl" + "+1" * 5000 + " == 2"])  # fmt: skip
def test_deep_nesting_is_refused_or_flat(text: str) -> None:
    try:
        compile_filter(text).expression({})
    except FilterError as error:
        assert "levels deep" in error.message  # noqa: PT017 - plain parentheses cost nothing and are fine


def test_control_characters_and_wide_ones_keep_the_line_and_its_columns() -> None:
    with pytest.raises(FilterError) as caught:
        compile_filter('ah.icv ==\t"一二"\n and foo')
    assert caught.value.underlined().split("\n")[:2] == ['ah.icv == "一二"  and foo', " " * 22 + "^^^"]


def test_old_names_are_fields() -> None:
    assert compile_filter("tcp.flags.ns && tcp.flags.psh && tcp.flags.ecn").fields == {
        "tcp.flags.ae",
        "tcp.flags.push",
        "tcp.flags.ece",
    }


@pytest.mark.parametrize("width", [30, 40, 80])
@pytest.mark.parametrize("text", ["foo" + " || tcp" * 99, "tcp || " * 99 + "foo", "tcp || " * 50 + "foo" + " || tcp" * 50, "tcp || " * 9 + "x" * 90, "ip == 一" + "二" * 60])  # fmt: skip
def test_of_a_long_text_the_part_with_the_fault_is_shown(text: str, width: int) -> None:
    with pytest.raises(FilterError) as caught:
        compile_filter(text)
    shown, line, _ = caught.value.underlined(width).split("\n")
    assert sum(2 if each in "一二" else 1 for each in shown) <= width
    assert len(line) <= width
    at = line.index("^")
    cells = "".join(each * (2 if each in "一二" else 1) for each in shown)
    assert cells[at : at + len(line.strip())].rstrip("…") in "".join(
        each * (2 if each in "一二" else 1) for each in text
    )
    assert cells[at] in "fx一"
