"""Nothing that can be named lacks an explanation, and Chinese explains what English does."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cli.running import run

import dissect
from dissect.explain import LANGUAGES, all_titles
from dissect.explain.lookup import find
from dissect.wire.findings import RULES
from dissect.wire.registry import every_header, fields

FOLDER = Path(dissect.__file__).parent / "explain"
TOPICS = [
    "layers",
    "encapsulation",
    "ipv4",
    "ipv6",
    "extension-headers",
    "fragmentation",
    "path-mtu",
    "routing",
    "icmp",
    "arp",
    "rarp",
    "neighbor-discovery",
    "tcp",
    "udp",
    "ports",
    "options",
    "checksum",
    "pseudo-header",
    "offload",
    "byte-order",
    "dscp",
    "ecn",
    "mss",
    "handshake",
    "close",
    "half-close",
    "simultaneous-open",
    "simultaneous-close",
    "states",
    "reset",
    "urgent",
    "keep-alive",
    "retransmission",
    "rto",
    "congestion",
    "slow-start",
    "congestion-avoidance",
    "fast-retransmit",
    "fast-recovery",
    "sack",
    "window",
    "window-scaling",
    "zero-window",
    "delayed-ack",
    "nagle",
    "timestamps",
]
STATES = [
    "closed",
    "listen",
    "syn-sent",
    "syn-received",
    "established",
    "fin-wait-1",
    "fin-wait-2",
    "close-wait",
    "closing",
    "last-ack",
    "time-wait",
]
CALLS = [
    "htonl",
    "ntohl",
    "htons",
    "ntohs",
    "sockaddr_in",
    "inet_addr",
    "inet_aton",
    "inet_ntoa",
    "socket",
    "SOCK_STREAM",
    "SOCK_DGRAM",
    "SOCK_NONBLOCK",
    "SOCK_CLOEXEC",
    "PF_INET",
    "PF_INET6",
    "bind",
    "listen",
    "accept",
    "connect",
    "close",
    "shutdown",
    "SHUT_RD",
    "SHUT_WR",
    "SHUT_RDWR",
    "read",
    "write",
    "recv",
    "send",
    "recvfrom",
    "sendto",
    "recvmsg",
    "sendmsg",
    "msghdr",
    "iovec",
    "MSG_CONFIRM",
    "MSG_DONTROUTE",
    "MSG_DONTWAIT",
    "MSG_MORE",
    "MSG_WAITALL",
    "MSG_PEEK",
    "MSG_OOB",
    "MSG_NOSIGNAL",
    "sockatmark",
    "SIGURG",
    "getsockname",
    "getpeername",
    "getsockopt",
    "setsockopt",
    "SO_DEBUG",
    "SO_REUSEADDR",
    "SO_TYPE",
    "SO_ERROR",
    "SO_DONTROUTE",
    "SO_RCVBUF",
    "SO_SNDBUF",
    "SO_KEEPALIVE",
    "SO_OOBINLINE",
    "SO_LINGER",
    "SO_RCVLOWAT",
    "SO_SNDLOWAT",
    "SO_RCVTIMEO",
    "SO_SNDTIMEO",
    "IP_TOS",
    "IP_TTL",
    "IPV6_NEXTHOP",
    "IPV6_RECVPKTINFO",
    "IPV6_DONTFRAG",
    "IPV6_RECVTCLASS",
    "TCP_MAXSEG",
    "TCP_NODELAY",
    "linger",
    "gethostbyname",
    "gethostbyaddr",
    "getservbyname",
    "getservbyport",
    "hostent",
    "servent",
    "tcp_retries1",
    "tcp_retries2",
    "pipe",
    "socketpair",
    "dup",
    "dup2",
    "readv",
    "writev",
    "sendfile",
    "mmap",
    "munmap",
    "splice",
    "tee",
    "fcntl",
    "O_NONBLOCK",
    "UID",
    "EUID",
    "setpgid",
    "setsid",
    "fork",
    "daemon",
    "chdir",
    "reactor",
]
SPOKEN = {
    "三次握手": "topic.handshake", "四次挥手": "topic.close", "半关闭": "topic.half-close", "慢启动": "topic.slow-start",
    "拥塞避免": "topic.congestion-avoidance", "快速重传": "topic.fast-retransmit", "快速恢复": "topic.fast-recovery",
    "拥塞控制": "topic.congestion", "校验和": "topic.checksum", "分片": "topic.fragmentation", "带外数据": "topic.urgent",
    "超时重传": "topic.retransmission", "字节序": "topic.byte-order", "TIME_WAIT": "topic.state.time-wait",
    "three-way handshake": "topic.handshake", "slow start": "topic.slow-start", "SO_LINGER": "api.SO_LINGER",
    "TTL": "ip.ttl", "syn": "tcp.flags.syn", "DF": "ip.flags.df", "mss": "tcp.options.mss_val",
}  # fmt: skip


@cache
def parsed(language: str) -> dict[str, dict[str, Any]]:
    """Name → entry in the order of the files, by a full parse."""
    found: dict[str, dict[str, Any]] = {}
    for file in sorted((FOLDER / language).glob("*.toml")):
        if file.stem not in ("words", "readings", "captions"):
            found |= tomllib.loads(file.read_text("utf-8"))
    return found


def needed() -> list[str]:
    """Every name that needs an entry: fields, headers and options, findings, topics."""
    headers = [header.key for header in every_header()]
    topics = [f"topic.{slug}" for slug in TOPICS] + [f"topic.state.{slug}" for slug in STATES]
    return [*fields(), *headers, *RULES, *topics]


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_can_be_named_has_an_entry(language: str) -> None:
    assert [name for name in needed() if name not in parsed(language)] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("call", CALLS)
def test_every_call_and_option_of_the_notes_is_found(call: str, language: str) -> None:
    found = find(call)
    assert any(name.startswith(("api.", "topic.")) and name in parsed(language) for name in found), found


@pytest.mark.parametrize("query", SPOKEN)
def test_what_people_say_leads_there(query: str) -> None:
    assert SPOKEN[query] in find(query)


@pytest.mark.parametrize("language", LANGUAGES)
def test_entries_say_enough(language: str) -> None:
    """What it is, for all; a title where the name is none; what a call changes on the wire."""
    for name, said in parsed(language).items():
        assert said.get("gist"), name
        assert said.get("what"), name
        if name.startswith(("topic.", "api.")):
            assert said.get("title"), name
        if name.startswith("api."):
            assert said.get("wire"), name


def test_findings_bring_their_message_in_chinese() -> None:
    for rule in RULES.values():
        text = parsed("zh")[rule.id].get("text", "")
        assert re.search("[一-鿿]", text), rule.id
        blanks = set(re.findall(r"\{(\w+)", rule.text))
        assert set(re.findall(r"\{(\w+)", text)) == blanks, rule.id


def test_languages_agree() -> None:
    """The same entries in the same order, with the same code, references, sources, facts and verdicts."""
    english, chinese = parsed("en"), parsed("zh")
    assert set(english) == set(chinese)
    for file in (FOLDER / "en").glob("*.toml"):
        if file.stem not in ("words", "readings"):
            own, other = (tomllib.loads((FOLDER / code / file.name).read_text("utf-8")) for code in LANGUAGES)
            assert list(own) == list(other), file.name
    for name, said in english.items():
        other = chinese[name]
        for key in ("code", "see", "cite"):
            assert other.get(key) == said.get(key), (name, key)
        facts = [[(note["fact"], note["verdict"]) for note in each.get("notes", ())] for each in (said, other)]
        assert facts[0] == facts[1], name


def test_languages_explain_the_same_aspects() -> None:
    """Where English says why, what to watch for, who sets it, Chinese does too."""
    parts = ("title", "gist", "what", "why", "watch", "wire", "sets")
    english, chinese = parsed("en"), parsed("zh")
    differ = [
        (name, part) for name in english for part in parts
        if part != "title" and bool(english[name].get(part)) != bool(chinese[name].get(part))
    ]  # fmt: skip
    assert differ == []


def test_chinese_entries_are_chinese() -> None:
    for name, said in parsed("zh").items():
        for part in ("gist", "what", "why", "watch"):
            assert not said.get(part) or re.search("[一-鿿]", said[part]), (name, part)


def test_every_header_and_option_has_a_chinese_title() -> None:
    titles = all_titles("zh")
    assert [header.key for header in every_header() if header.key not in titles] == []


@pytest.mark.parametrize("name", [name for name in all_titles() if name.startswith(("topic.", "tcp.", "ip"))])
def test_chinese_names_the_english_term_once(name: str) -> None:
    """The heading has the English title beside the Chinese one."""
    heading = run("explain", name, "--lang", "zh", columns=120).out.splitlines()[0]
    assert parsed("zh")[name]["title"] in heading
    assert parsed("en")[name]["title"].lower() in heading.removesuffix(name).lower()


def test_who_sets_it_is_said_for_the_fields_that_a_program_moves() -> None:
    """The socket call, option or setting behind a field of the three headers, with a line of code where one does it."""
    moved = [
        "ip.dsfield",
        "ip.ttl",
        "ip.src",
        "ip.dst",
        "ip.flags.df",
        "ip.proto",
        "ipv6.tclass",
        "ipv6.hlim",
        "ipv6.flow",
        "tcp.srcport",
        "tcp.dstport",
        "tcp.flags.syn",
        "tcp.flags.fin",
        "tcp.flags.reset",
        "tcp.flags.urg",
        "tcp.flags.push",
        "tcp.window_size_value",
        "tcp.urgent_pointer",
        "tcp.options.mss_val",
        "tcp.options.wscale.shift",
    ]
    for language in LANGUAGES:
        assert [name for name in moved if not parsed(language)[name].get("sets")] == []
        assert [name for name in moved if not parsed(language)[name].get("code")] == []
