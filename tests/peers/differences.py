"""Where dissect and tshark 4.0 rightly differ: which file, packets and fields, and who says so.

`packets` are numbers, or None for all. An entry that covers no difference in a file that it names
fails the test, so none outlives its reason.
"""

from __future__ import annotations

from typing import NamedTuple


class Difference(NamedTuple):
    """One reason, for the files, packets and fields that it explains."""

    files: str
    packets: tuple[int, ...] | None
    fields: str
    reason: str


OFFLOAD = "RFC 791 §3.1: the total length on the wire is 0; tshark shows the frame's in its place"
BIG = "RFC 8200 §3: a payload length of 0 with TCP or UDP behind it is BIG TCP's; tshark reads nothing behind it"
PARTIAL = "RFC 9293 §3.1: the pseudo-header's sum alone, left to the network card; tshark calls it bad"
LOOPBACK = "LINKTYPE_NULL: 10 is AF_INET6 on Linux, 23 on Windows; tshark knows 24, 28 and 30 only"
FIXED = (
    "RFC 791 §3.1, RFC 9293 §3.1: the fixed fields stand at fixed places whatever the length field says; tshark stops"
)
CLOSED = "encapsulation out of scope: "
QUOTE = "RFC 9293 §3.1: the sequence number is there in the 8 bytes quoted; tshark leaves it out"
CUT = "RFC 4443 §2.4: an error quotes a part, whose checksum cannot be verified; tshark sums that part"
PORT = "RFC 7348 §5: tshark takes port 8472, which Linux used before 4789 was assigned, for another protocol"

DIFFERENCES: tuple[Difference, ...] = (
    # our own captures
    Difference("captures/accurate-ecn.pcap", None, "tcp.flags.[ae]*e", "RFC 9768 §3.2: AE, CWR and ECE are the bits of ACE, tshark's tcp.flags.ace"),
    Difference("captures/accurate-ecn.pcap", None, "tcp.flags.cwr", "RFC 9768 §3.2: the same"),
    Difference("captures/bad-data-offset.pcap", (1,), "tcp.*", FIXED),
    Difference("captures/bad-header-length.pcap", (1, 2, 4), "ip.*", FIXED),
    Difference("captures/big-tcp.pcap", None, "ip.len", OFFLOAD),
    Difference("captures/bsd-loop*", None, "*", LOOPBACK),
    Difference("captures/ipv4-options.pcap", None, "ip.dst", "RFC 791 §3.1: the wire's destination; tshark shows the last of the source route"),
    Difference("captures/ipv6-chain-too-long.pcap", None, "udp.*", "RFC 8504 §5.3: the number of extension headers is limited; tshark reads on"),
    Difference("captures/offload.pcap", None, "tcp.checksum.status", PARTIAL),
    Difference("captures/path-mtu-v4.pcap", None, "tcp.seq_raw", QUOTE),
    Difference("captures/path-mtu-v?.pcap", None, "tcp.len", "RFC 9293 §3.4: the length follows from the quoted total length; tshark gives none"),
    Difference("captures/path-mtu-v?.pcap", None, "tcp.checksum.status", CUT),
    Difference("captures/tiny-first-fragment.pcap", (1,), "tcp.seq_raw", "RFC 791 §3.2: the first 8 bytes hold it; tshark leaves it out"),
    Difference("captures/udp-no-checksum.pcap", (2,), "udp.checksum.status", "RFC 8200 §8.1: absent, and a finding says that this is illegal; tshark has a fifth verdict"),
    Difference("captures/zero-lengths.pcap", (1, 3), "ip.len", OFFLOAD),
    Difference("captures/zero-lengths.pcap", (2, 4), "tcp.*", BIG),
    # public ones
    Difference("gopacket/test_loopback.pcap", None, "tcp.checksum.status", PARTIAL),
    Difference("scapy/dcerpc_*", None, "tcp.checksum.status", PARTIAL),
    Difference("scapy/doip*.pcap.gz", None, "tcp.checksum.status", PARTIAL),
    Difference("scapy/http2_h2c.pcap", None, "tcp.checksum.status", PARTIAL),
    Difference("scapy/http_compressed.pcap", None, "tcp.checksum.status", PARTIAL),
    Difference("scapy/http_tcp_psh.pcap.gz", None, "tcp.checksum.status", PARTIAL),
    Difference("scapy/ssh_ed25519.pcap", None, "tcp.checksum.status", PARTIAL),
    Difference("scapy/tls_nss_example.pcap", None, "tcp.checksum.status", PARTIAL),
    Difference("tcpdump/HDLC.pcap", None, "*", CLOSED + "Cisco HDLC"),
    Difference("tcpdump/PIM_register_register-stop.pcap", None, "*", CLOSED + "PIM register"),
    Difference("tcpdump/arcnet-*.pcap", None, "*", CLOSED + "ARCNET"),
    Difference("tcpdump/arista_ether.pcap", None, "*", CLOSED + "Arista's Ethernet timestamps"),
    Difference("tcpdump/babel_rfc6126bis.pcap", None, "udp.checksum.status", PARTIAL),
    Difference("tcpdump/bgp-aigp.pcap", None, "*", CLOSED + "Juniper Ethernet"),
    Difference("tcpdump/bgpsec_invalid_signature_block_length.pcap", None, "tcp.checksum.status", PARTIAL),
    Difference("tcpdump/bigtcp-ipv4.pcap", None, "ip.len", OFFLOAD),
    Difference("tcpdump/bigtcp-ipv4.pcap", None, "tcp.checksum.status", PARTIAL),
    Difference("tcpdump/bigtcp-ipv6*.pcap", None, "*", BIG),
    Difference("tcpdump/ip6_frag_asan.pcap", None, "ipv6.fraghdr.*", "RFC 8200 §4.5: 6 of the header's 8 bytes were captured; tshark shows none of them"),
    Difference("tcpdump/ipv4_tcp_http_xml_tso.pcap", None, "ip.len", OFFLOAD),
    Difference("tcpdump/ipv4_tcp_http_xml_tso.pcap", None, "tcp.checksum.status", PARTIAL),
    Difference("tcpdump/kday7.pcap", (4, 10), "tcp.checksum.status", PARTIAL),
    Difference("tcpdump/lisp_invalid_length.pcap", None, "udp.checksum.status", "RFC 768: the checksum covers the 16 bytes of UDP, which are here; tshark wants all of IP"),
    Difference("tcpdump/of13_ericsson.pcapng", None, "tcp.checksum.status", PARTIAL),
    Difference("tcpdump/of13_ericsson.pcapng", None, "*", CLOSED + "OpenFlow packet-in"),
    Difference("tcpdump/quic_handshake_truncated.pcap", None, "udp.checksum.status", PARTIAL),
    Difference("tcpdump/syslog_udp.pcap", None, "udp.checksum.status", PARTIAL),
    Difference("tcpdump/vrrp-vrrp_print-oobr.pcap", None, "*", CLOSED + "Frame Relay"),
    Difference("tcpdump/vxlan_port_8472.pcap", None, "*", PORT),
)  # fmt: skip
