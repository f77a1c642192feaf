"""Field names are Wireshark's, so that what one has learned here works there."""

from __future__ import annotations

import subprocess
from functools import cache

import pytest
from peers.fields import TSHARK

from dissect.wire.registry import aliases, fields

# What Wireshark 4.0 has no name for, or shows as plain bytes.
OWN = {
    "ip.tos.mbz", "ip.cipso.tag_len", "ip.cipso.alignment", "ip.opt.data",
    "ipv6.routing.srh.tlv.type", "ipv6.routing.srh.tlv.length", "ipv6.routing.srh.tlv.value", "mip6.data",
    "hip.reserved", "hip.parameters", "shim6.specific", "shim6.data",
    "tcp.options.padding", "tcp.options.mptcp.addrids", "tcp.options.mptcp.data",
    "icmp.unused2", "icmp.next_hop_unused", "icmp.source_quench_unused", "icmp.checksum_calculated",
    "icmpv6.unused", "icmpv6.checksum_calculated", "sll.reserved", "vxlan.flags_reserved_high",
}  # fmt: skip


@cache
def wireshark() -> frozenset[str]:
    done = subprocess.run([str(TSHARK), "-G", "fields"], capture_output=True, text=True, check=True, timeout=60)
    return frozenset(line.split("\t")[2] for line in done.stdout.splitlines() if line.startswith("F\t"))


needs_tshark = [pytest.mark.peer, pytest.mark.skipif(TSHARK is None, reason="tshark is not installed")]


class TestAgainstWireshark:
    pytestmark = needs_tshark

    def test_every_name_is_wiresharks_or_on_the_list(self) -> None:
        assert {name for name in fields() if name not in wireshark()} == OWN

    def test_aliases_are_older_or_other_spellings(self) -> None:
        """`tcp.flags.ns` is what Wireshark called `tcp.flags.ae` before RFC 9768."""
        assert {alias for alias in aliases() if alias in wireshark()} <= {
            "ip.flags.sf",
            "tcp.flags.ecn",
            "tcp.flags.ns",
            "vlan.cfi",
        }


def test_the_list_of_our_own_names_is_short() -> None:
    assert set(fields()) >= OWN
    assert len(OWN) < len(fields()) / 10
