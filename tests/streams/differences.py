"""Where streams are told otherwise than by tshark 4.0: which file, packets and fields, and why.

As in `peers.differences`: an entry that covers no difference in a file that it names fails the test.
"""

from __future__ import annotations

from peers.differences import Difference

CLOSED = "encapsulation out of scope: "
BIG = "RFC 8200 §3: a payload length of 0 with TCP behind it is BIG TCP's; tshark reads nothing behind it"
COUNTED = "RFC 8200 §3: the BIG TCP stream before it counts here, so that its number is one more"
CUT = "RFC 9293 §3.1: the numbers are there; tshark says no more of a segment once it misses an option's end"
FIXED = "RFC 9293 §3.1: the fixed fields stand at fixed places whatever the data offset says; tshark stops"
QUOTED = (
    "RFC 7323 §2.3: the window of a header that is quoted or does not end is shown as it is, so no factor belongs to it"
)
DATE = "RFC 9293 §3.4: a time that is none of the file's format (microseconds of 10^6 and more) is kept as it is"

DIFFERENCES: tuple[Difference, ...] = (
    Difference("captures/bad-data-offset.pcap", (1,), "tcp.*", FIXED),
    Difference("captures/bad-data-offset.pcap", (2,), "tcp.window_size_scalefactor", QUOTED),
    Difference("captures/path-mtu-v?.pcap", None, "tcp.window_size_scalefactor", QUOTED),
    Difference("captures/snaplen.pcap", None, "tcp.analysis.*", CUT),
    Difference("captures/zero-lengths.pcap", (2, 4), "tcp.*", BIG),
    Difference("captures/zero-lengths.pcap", (3,), "tcp.stream", COUNTED),
    Difference("tcpdump/arcnet-*.pcap", None, "tcp.*", CLOSED + "ARCNET"),
    Difference("tcpdump/bgp-aigp.pcap", None, "tcp.*", CLOSED + "Juniper Ethernet"),
    Difference("tcpdump/bigtcp-ipv6-vxlan*.pcap", None, "tcp.*", BIG),
    Difference("tcpdump/bigtcp-ipv6.pcap", None, "tcp.*", BIG),
    Difference("tcpdump/timestamp_invalid_micro.pcap", None, "tcp.*", DATE),
)  # fmt: skip
