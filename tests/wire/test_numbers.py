"""Registered names: spot checks against IANA's registries, and what all tables have in common."""

from __future__ import annotations

import pytest

from dissect.wire import numbers
from dissect.wire.registry import ETHERTYPE_HEADERS, LINK_HEADERS, PPP_HEADERS, PROTOCOL_HEADERS, every_header, fields

GROUPED = {"SECURITY_RFC791", "TCP_EXPERIMENTS"}  # by meaning, as their sources list them
TABLES = {name: table for name, table in vars(numbers).items() if name.isupper() and isinstance(table, dict)}


@pytest.mark.parametrize(
    ("table", "number", "name"),
    [
        ("PROTOCOLS", 1, "ICMP"), ("PROTOCOLS", 6, "TCP"), ("PROTOCOLS", 17, "UDP"), ("PROTOCOLS", 41, "IPv6"),
        ("PROTOCOLS", 58, "ICMPv6"), ("PROTOCOLS", 59, "no next header"), ("PROTOCOLS", 132, "SCTP"), ("PROTOCOLS", 89, "OSPF"),
        ("ETHERTYPES", 0x86DD, "IPv6"), ("ETHERTYPES", 0x0806, "ARP"), ("ETHERTYPES", 0x88CC, "LLDP"),
        ("PORTS", 22, "ssh"), ("PORTS", 53, "domain"), ("PORTS", 443, "https"), ("PORTS", 179, "bgp"), ("PORTS", 4789, "vxlan"),
        ("DSCP", 46, "EF, expedited forwarding"), ("DSCP", 10, "AF11"), ("DSCP", 38, "AF43"), ("DSCP", 1, "LE, lower effort"),
        ("ECN", 2, "ECT(0): ECN-capable"), ("ECN", 3, "CE: congestion experienced"), ("PRECEDENCE", 6, "internetwork control"),
        ("IP_OPTION_TYPES", 131, "loose source route"), ("IP_OPTION_TYPES", 137, "strict source route"),
        ("IP_OPTION_TYPES", 148, "router alert"), ("TCP_OPTION_KINDS", 5, "SACK"), ("TCP_OPTION_KINDS", 29, "TCP-AO"),
        ("TCP_OPTION_KINDS", 30, "Multipath TCP"), ("TCP_OPTION_KINDS", 34, "TCP Fast Open cookie"),
        ("TCP_OPTION_KINDS", 172, "Accurate ECN order 0"), ("TCP_EXPERIMENTS", 0xF989, "Fast Open"),
        ("MPTCP_SUBTYPES", 2, "DSS"), ("MPTCP_SUBTYPES", 8, "MP_TCPRST"), ("ROUTING_TYPES", 4, "segment routing (SRH)"),
        ("IPV6_OPTIONS", 0xC2, "jumbo payload"), ("IPV6_OPTIONS", 0xC9, "home address"), ("IPV6_OPTIONS", 0x31, "IOAM"),
        ("ICMP_TYPES", 11, "time exceeded"), ("ICMPV6_TYPES", 135, "neighbor solicitation"), ("PPP_PROTOCOLS", 0xC021, "LCP"),
        ("ICMP_CODES", 3 << 8 | 4, "fragmentation needed and DF set"), ("ICMPV6_CODES", 1 << 8 | 4, "port unreachable"),
        ("ADDRESS_FAMILIES", 30, "IPv6 (macOS)"), ("PPPOE_CODES", 0x09, "PADI"),
    ],
)  # fmt: skip
def test_names(table: str, number: int, name: str) -> None:
    assert TABLES[table][number] == name


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_in_order_and_their_names_are_words(name: str) -> None:
    table = TABLES[name]
    assert name in GROUPED or list(table) == sorted(table)
    assert all(text and text == text.strip() and not text.endswith(".") for text in table.values())


def test_no_number_is_too_wide_for_its_field() -> None:
    for name, (field, _) in fields().items():
        if field.names and field.bits and not field.named_by:
            assert max(field.names) < 1 << field.bits, name


def test_options_are_filed_under_a_named_kind() -> None:
    """Every option that has a table has a name in the registry of kinds."""
    for header in every_header():
        if header.options is not None:
            kinds = header.options.unknown.fields[0].names or {}
            assert set(header.options.table) <= set(kinds), header.key


def test_numbers_lead_to_headers_that_exist() -> None:
    keys = {header.key for header in every_header()} | {"raw", "sll2"}
    for table in (ETHERTYPE_HEADERS, PROTOCOL_HEADERS, PPP_HEADERS, LINK_HEADERS):
        assert set(table.values()) <= keys
