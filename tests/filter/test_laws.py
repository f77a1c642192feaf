"""Any text either compiles, to an expression that can be used, or is refused with a position inside it."""

from __future__ import annotations

import time

import polars as pl
from filter.frames import DTYPES
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import dissect
from dissect.filter import FilterError, compile_filter
from dissect.filter.names import every_name, repeatable, source
from dissect.filter.typed import Type
from dissect.wire.runs import runs

SECONDS = 2.0
MANY = settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))

LARGE: dict[str, st.SearchStrategy[str]] = {}


@st.composite
def brief(draw: st.DrawFn, strategy: str) -> str:
    """The same strategy behind a short name: hypothesis warns of long ones."""
    return draw(LARGE[strategy])


NAMES = sorted(every_name())
names = st.integers(0, len(NAMES) - 1).map(NAMES.__getitem__)
common = st.sampled_from(
    [
        "ip.src",
        "ip.addr",
        "ipv6.src",
        "eth.src",
        "tcp.port",
        "ip.ttl",
        "tcp.flags",
        "tcp.flags.syn",
        "ah.icv",
        "tcp.option_kind",
        "frame.time",
        "tcp.options.mss_val",
        "tcp.options.tfo.cookie",
        "tcp.checksum.status",
        "frame.protocols",
        "tcp.options.mptcp.sendkey",
        "tcp",
        "ip",
        "ip.proto",
        "ip.rec_rt",
        "frame.comment",
        "frame",
        "tcp.payload",
        "tcp.option_len",
    ]
)
signs = st.text(alphabet="abz019.:-/_\"'\\{}[]()#&|^!~=<>+*%,$ \t\n", max_size=12)
values = st.one_of(
    st.integers(-(2**70), 2**70).map(str),
    st.integers(0, 300).map(hex),
    st.ip_addresses().map(str),
    st.sampled_from(["10.0.0.0/8", "2001:db8::/32", "02:00:00:00:00:01", "0xff", "'a'", "True", "bad", "TCP", "01:02", '"2026-01-02 03:04:05"', "http"]),
    st.text(max_size=8).map(lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'),
    st.text(alphabet="ab(|)*+?[]{}^$.\\d1,", max_size=8).map(lambda text: f'r"{text}"'),
    signs,
)  # fmt: skip
suffixes = st.sampled_from(
    ["", "", "", "[0]", "[1:2]", "[-1]", "[0,2-3]", "[3:]", "#0", "#1", "#2", "#3", "#[1-2]", "#1[0:2]", "#[-1]", "#[-2:]"]
)  # fmt: skip
fields = st.one_of(common, common, names).flatmap(lambda name: suffixes.map(lambda end: name + end))
calls = st.tuples(st.sampled_from(["len", "count", "upper", "lower", "string", "abs", "max", "min"]), fields).map(
    "{0[0]}({0[1]})".format
)
atoms = st.one_of(fields, fields, calls, values)
operands = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "%", "&"]), inner).map(" ".join),
        inner.map("{{{}}}".format),
        inner.map("-{}".format),
    ),
    max_leaves=4,
)
comparisons = st.sampled_from(
    ["==", "!=", "===", "!==", "~=", ">", ">=", "<", "<=", "eq", "ne", "any_eq", "all_ne", "contains", "matches", "~"]
)
LARGE["members"] = st.lists(
    st.one_of(values, fields, st.tuples(values, values).map(" .. ".join)), min_size=1, max_size=4
).map(", ".join)
LARGE["operands"] = operands
operands = brief("operands")
members = brief("members")
quantifiers = st.sampled_from(["", "", "", "any ", "all "])
relations = st.one_of(
    st.tuples(quantifiers, operands, comparisons, operands).map("{0[0]}{0[1]} {0[2]} {0[3]}".format),
    st.tuples(quantifiers, operands, st.sampled_from(["in", "not in"]), members).map(
        "{0[0]}{0[1]} {0[2]} {{{0[3]}}}".format
    ),
    operands,
)
FITTING = {
    "ip.ttl tcp.port tcp.flags#1 ip.len#2 tcp.option_kind tcp.options.mss_val count(ip.src) {ip.ttl+3} tcp.seq_raw": "5 0x10 0377 '@' 0b1",
    "ip.src ip.addr ip.dst#2 ip.rec_rt arp.src.proto_ipv4": "10.0.0.1 192.0.2.0/24 255.255.255.255",
    "ipv6.src ipv6.addr ipv6.routing.srh.addr": "::1 2001:db8::/32 fe80::",
    "eth.src eth.addr#1 arp.src.hw_mac": "02:00:00:00:00:01 ff-ff-ff-ff-ff-ff",
    "ah.icv eth.src[0:2] ip.src[1] tcp.options.tfo.cookie ip.src#2[0,1] ipv6.dst[-3:]": '01:02 "ab" 0xff',
    "frame.protocols string(ip.src) upper(frame.protocols) frame.protocols[0:2]": '"ip" "" tcp',
    "tcp.checksum.status udp.checksum.status": "good Bad 1",
    "tcp[13] frame ip[0:2] tcp#[-1] udp.payload eth#2[0]": '01:02 "ab" 0xff',
    "frame.time frame.time_epoch": '"2026-01-02" 5.5 2026-01-02T03:04:05Z',
    "tcp.flags.syn ip.flags.df tcp.flags.ns#1": "True 0 1 FALSE",
}
fitting = st.sampled_from(
    [(name, value) for some, any_of in FITTING.items() for name in some.split() for value in any_of.split()]
)
ALIKE = [name.split() for name in FITTING] + [
    ["tcp.options.sack_le", "tcp.option_kind", "ip.ttl", "max(tcp.option_len)", "tcp.options.mss_val"]
]
alike = st.sampled_from(ALIKE).flatmap(lambda some: st.tuples(st.sampled_from(some), st.sampled_from(some)))
orders = st.sampled_from(["==", "!=", "===", "!==", ">", ">=", "<", "<="])
LARGE["relations"] = st.one_of(
    relations,
    st.tuples(quantifiers, fitting, orders).map("{0[0]}{0[1][0]} {0[2]} {0[1][1]}".format),
    st.tuples(quantifiers, fitting, fitting).map("{0[0]}{0[1][0]} in {{{0[1][1]}, {0[1][1]} .. {0[1][1]}}}".format),
    st.tuples(quantifiers, alike, orders).map("{0[0]}{0[1][0]} {0[2]} {0[1][1]}".format),
    st.tuples(fitting, orders).map("{0[0][1]} {0[1]} {0[0][0]}".format),
    names,
)
filters = st.recursive(
    brief("relations"),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["&&", "and", "||", "or", "^^", "xor"]), inner).map(" ".join),
        inner.map("!{}".format),
        inner.map("({})".format),
    ),
    max_leaves=5,
)


def use(text: str) -> None:
    """Compiles the text and applies it to a row of nulls, a row of values, and no row."""
    begun = time.perf_counter()
    try:
        chosen = compile_filter(text)
    except FilterError as error:
        assert 0 <= error.start <= error.stop <= len(text)  # noqa: PT017
        assert error.underlined().count("\n") == 2  # noqa: PT017
        return
    assert time.perf_counter() - begun < SECONDS
    frame = rows(chosen.fields)
    columns = {name: [name, f"{name}#2"] for name in chosen.fields}
    for one in (frame, frame.clear()):
        result = one.with_columns(chosen=chosen.expression(columns))["chosen"]
        assert result.dtype == pl.Boolean
        assert result.null_count() == 0


EXAMPLES: dict[Type, object] = {
    Type.NUMBER: 2**64 - 1, Type.FLAG: True, Type.IPV4: 2**32 - 1, Type.IPV6: b"\x20" * 16, Type.MAC: b"\x02" * 6,
    Type.BYTES: b"a\xff", Type.TEXT: "tcp", Type.VERDICT: "bad", Type.TIME: 2**62, Type.DURATION: 10**9,
}  # fmt: skip


def rows(wanted: frozenset[str]) -> pl.DataFrame:
    series = [pl.Series("frame", [0, 1])]
    for name in sorted(wanted):
        found = source(name)
        kind = Type.BYTES if name in runs() else found.type if found else None
        assert kind is not None
        dtype, value = DTYPES[kind], EXAMPLES[kind]
        held: list[object] = [None, [value, None] if name in repeatable() else value]
        whole = pl.List(dtype) if name in repeatable() else dtype
        series += [pl.Series(name, held, dtype=whole), pl.Series(f"{name}#2", [None, None], dtype=whole)]
    return pl.DataFrame(series)


@MANY
@given(filters)
def test_generated_filters(text: str) -> None:
    use(text)


@MANY
@given(st.one_of(st.text(max_size=60), signs, st.lists(st.one_of(atoms, comparisons, signs), max_size=8).map(" ".join)))
def test_arbitrary_text(text: str) -> None:
    use(text)


@given(filters)
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_packet_fulfils_a_filter_or_its_negation(text: str) -> None:
    """In captures in which some packets have a header twice or more often, and others have not."""
    try:
        compile_filter(text)
    except FilterError:
        assume(False)
    for name in ("nested-tunnels", "qinq", "ipv6-extensions", "tcp-options"):
        with dissect.open(f"sample:{name}") as capture:
            tables = [capture.table(["frame.number"], each) for each in ("frame", text, f"not ({text})")]
        every, chosen, others = (table["frame.number"].to_list() for table in tables)
        assert sorted(chosen + others) == every


@given(filters, filters)
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_parentheses_change_nothing_and_not_negates(one: str, other: str) -> None:
    try:
        compile_filter(one), compile_filter(other)
    except FilterError:
        assume(False)
    texts = [f"({one}) and not ({other})", f"not (not ({one}) or ({other}))", f"(({one}) or ({other})) ^^ ({other})"]
    found = []
    for text in texts:
        chosen = compile_filter(text)
        columns = {name: [name, f"{name}#2"] for name in chosen.fields}
        frame = rows(chosen.fields)
        found.append(frame.with_columns(chosen=chosen.expression(columns))["chosen"].to_list())
    assert found[0] == found[1] == found[2]


def test_long_texts_are_quick() -> None:
    for text in (
        "1.." * 20000,
        '"' * 9999,
        "((" * 9999,
        "ip.src == " + "a." * 20000,
        "tcp.port in {" + "1," * 9999,
        "[" * 9999,
        "!" * 9999,
    ):
        begun = time.perf_counter()
        use(text)
        assert time.perf_counter() - begun < 5 * SECONDS
