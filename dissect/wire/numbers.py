"""Numbers that IANA and IEEE assign, as far as headers show them: value → the registry's name.

Sources: IANA "Protocol Numbers", "Service Names and Port Numbers", "DSCP Field Codepoints", "ICMP
Parameters", "ICMPv6 Parameters", "TCP Parameters", "IP Parameters", "IPv6 Parameters", "ARP
Parameters", "PPP Numbers" and the IEEE 802 numbers.
"""

from __future__ import annotations

PROTOCOLS: dict[int, str] = {
    0: "IPv6 hop-by-hop options", 1: "ICMP", 2: "IGMP", 3: "GGP", 4: "IPv4", 5: "ST", 6: "TCP", 7: "CBT",
    8: "EGP", 9: "IGP", 12: "PUP", 17: "UDP", 20: "HMP", 22: "XNS-IDP", 27: "RDP", 29: "ISO-TP4", 33: "DCCP",
    36: "XTP", 41: "IPv6", 43: "IPv6 routing", 44: "IPv6 fragment", 45: "IDRP", 46: "RSVP", 47: "GRE", 48: "DSR",
    50: "ESP", 51: "AH", 54: "NARP", 55: "Min-IPv4", 57: "SKIP", 58: "ICMPv6", 59: "no next header",
    60: "IPv6 destination options", 73: "CPHB", 80: "ISO-IP", 81: "VMTP", 88: "EIGRP", 89: "OSPF", 92: "MTP",
    93: "AX.25", 94: "IPIP", 97: "EtherIP", 98: "ENCAP", 103: "PIM", 108: "IPComp", 112: "VRRP", 113: "PGM",
    115: "L2TP", 118: "STP", 124: "IS-IS over IPv4", 132: "SCTP", 133: "FC", 134: "RSVP-E2E-IGNORE",
    135: "IPv6 mobility", 136: "UDP-Lite", 137: "MPLS in IP", 138: "MANET", 139: "HIP", 140: "Shim6", 141: "WESP",
    142: "ROHC", 143: "Ethernet", 144: "AGGFRAG", 145: "NSH", 253: "experimental", 254: "experimental",
    255: "reserved",
}  # fmt: skip

ETHERTYPES: dict[int, str] = {
    0x0800: "IPv4", 0x0806: "ARP", 0x0842: "Wake-on-LAN", 0x22F3: "TRILL", 0x6558: "Ethernet (bridged)",
    0x8035: "RARP", 0x809B: "AppleTalk", 0x80F3: "AARP", 0x8100: "802.1Q VLAN", 0x8137: "IPX", 0x86DD: "IPv6",
    0x8808: "Ethernet flow control", 0x8809: "slow protocols (LACP)", 0x880B: "PPP", 0x8847: "MPLS",
    0x8848: "MPLS multicast", 0x8863: "PPPoE discovery", 0x8864: "PPPoE session", 0x888E: "802.1X (EAPOL)",
    0x88A8: "802.1ad service VLAN", 0x88BE: "ERSPAN", 0x88CC: "LLDP", 0x88E5: "MACsec", 0x88E7: "802.1ah backbone",
    0x88F7: "PTP", 0x8902: "802.1ag CFM", 0x8906: "FCoE", 0x9000: "loopback test", 0x9100: "QinQ VLAN (old)",
    0x9200: "QinQ VLAN (old)",
}  # fmt: skip

PORTS: dict[int, str] = {
    1: "tcpmux", 7: "echo", 9: "discard", 13: "daytime", 17: "qotd", 19: "chargen", 20: "ftp-data", 21: "ftp",
    22: "ssh", 23: "telnet", 25: "smtp", 37: "time", 43: "whois", 49: "tacacs", 53: "domain", 67: "bootps",
    68: "bootpc", 69: "tftp", 70: "gopher", 79: "finger", 80: "http", 88: "kerberos", 102: "iso-tsap", 110: "pop3",
    111: "sunrpc", 113: "auth", 119: "nntp", 123: "ntp", 135: "epmap", 137: "netbios-ns", 138: "netbios-dgm",
    139: "netbios-ssn", 143: "imap", 161: "snmp", 162: "snmptrap", 177: "xdmcp", 179: "bgp", 194: "irc",
    319: "ptp-event", 320: "ptp-general", 389: "ldap", 427: "svrloc", 443: "https", 445: "microsoft-ds",
    464: "kpasswd", 465: "submissions", 500: "isakmp", 502: "mbap", 512: "exec", 513: "login", 514: "shell",
    515: "printer", 520: "router", 521: "ripng", 546: "dhcpv6-client", 547: "dhcpv6-server", 548: "afpovertcp",
    554: "rtsp", 563: "nntps", 587: "submission", 631: "ipp", 636: "ldaps", 639: "msdp", 646: "ldp",
    830: "netconf-ssh", 853: "domain-s", 860: "iscsi", 873: "rsync", 989: "ftps-data", 990: "ftps", 993: "imaps",
    995: "pop3s", 1080: "socks", 1194: "openvpn", 1433: "ms-sql-s", 1521: "ncube-lm", 1645: "radius (old)",
    1646: "radacct (old)", 1701: "l2tp", 1720: "h323hostcall", 1723: "pptp", 1812: "radius", 1813: "radius-acct",
    1883: "mqtt", 1900: "ssdp", 1985: "hsrp", 2000: "cisco-sccp", 2049: "nfs", 2123: "gtp-control", 2152: "gtp-user",
    2181: "zookeeper", 2379: "etcd-client", 3128: "squid", 3205: "isns", 3260: "iscsi-target", 3306: "mysql",
    3389: "ms-wbt-server", 3478: "stun", 3544: "teredo", 3632: "distcc", 3784: "bfd-control", 3785: "bfd-echo",
    3868: "diameter", 4341: "lisp-data", 4342: "lisp-control", 4369: "epmd", 4500: "ipsec-nat-t", 4739: "ipfix",
    4784: "bfd-multi-ctl", 4789: "vxlan", 5004: "rtp", 5005: "rtcp", 5060: "sip", 5061: "sips", 5201: "iperf3",
    5222: "xmpp-client", 5269: "xmpp-server", 5349: "stuns", 5351: "nat-pmp", 5353: "mdns", 5355: "llmnr",
    5432: "postgresql", 5555: "personal-agent", 5671: "amqps", 5672: "amqp", 5683: "coap", 5684: "coaps",
    5900: "rfb", 5984: "couchdb", 6000: "x11", 6081: "geneve", 6343: "sflow", 6379: "redis", 6443: "kubernetes-api",
    6514: "syslog-tls", 6635: "mpls-udp", 6653: "openflow", 6667: "ircu", 6696: "babel", 8000: "irdmi",
    8080: "http-alt", 8443: "https-alt", 8472: "vxlan (Linux before 2013)", 8765: "ultraseek-http",
    8883: "secure-mqtt", 9000: "cslistener", 9092: "kafka", 9200: "wap-wsp", 9418: "git", 9995: "netflow",
    11211: "memcache", 13400: "doip", 27017: "mongodb", 51820: "wireguard",
}  # fmt: skip

DSCP: dict[int, str] = {
    0: "CS0, best effort", 1: "LE, lower effort", 8: "CS1", 10: "AF11", 12: "AF12", 14: "AF13", 16: "CS2", 18: "AF21",
    20: "AF22", 22: "AF23", 24: "CS3", 26: "AF31", 28: "AF32", 30: "AF33", 32: "CS4", 34: "AF41", 36: "AF42",
    38: "AF43", 40: "CS5", 44: "VOICE-ADMIT", 45: "NQB, non-queue-building", 46: "EF, expedited forwarding",
    48: "CS6, network control", 56: "CS7",
}  # fmt: skip

ECN: dict[int, str] = {
    0: "Not-ECT: not ECN-capable",
    1: "ECT(1): ECN-capable (L4S)",
    2: "ECT(0): ECN-capable",
    3: "CE: congestion experienced",
}
PRECEDENCE: dict[int, str] = {
    0: "routine", 1: "priority", 2: "immediate", 3: "flash", 4: "flash override", 5: "CRITIC/ECP",
    6: "internetwork control", 7: "network control",
}  # fmt: skip

IP_OPTION_TYPES: dict[int, str] = {
    0: "end of options list", 1: "no operation", 7: "record route", 10: "experimental measurement", 11: "MTU probe",
    12: "MTU reply", 15: "ENCODE", 25: "quick-start", 30: "experiment", 68: "timestamp", 82: "traceroute",
    94: "experiment", 130: "security", 131: "loose source route", 133: "extended security", 134: "commercial security",
    136: "stream id", 137: "strict source route", 142: "experimental access control", 144: "IMI traffic descriptor",
    145: "extended IP", 147: "address extension", 148: "router alert", 149: "selective directed broadcast",
    151: "dynamic packet state", 152: "upstream multicast packet", 158: "experiment", 205: "experimental flow control",
    222: "experiment",
}  # fmt: skip
IP_OPTION_CLASSES: dict[int, str] = {0: "control", 1: "reserved", 2: "debugging and measurement", 3: "reserved"}
TIMESTAMP_FLAGS: dict[int, str] = {
    0: "timestamps only",
    1: "each with the address that registers it",
    3: "only at the addresses given beforehand",
}
SECURITY_RFC791: dict[int, str] = {
    0x0000: "unclassified", 0xF135: "confidential", 0x789A: "EFTO", 0xBC4D: "MMMM", 0x5E26: "PROG",
    0xAF13: "restricted", 0xD788: "secret", 0x6BC5: "top secret",
}  # fmt: skip
ROUTER_ALERT_V4: dict[int, str] = {0: "every router examines the packet"}
CIPSO_TAGS: dict[int, str] = {
    1: "bit-mapped categories", 2: "enumerated categories", 5: "ranged categories", 6: "permissive categories",
    7: "free form", 128: "local",
}  # fmt: skip

TCP_OPTION_KINDS: dict[int, str] = {
    0: "end of option list", 1: "no-operation", 2: "maximum segment size", 3: "window scale", 4: "SACK permitted",
    5: "SACK", 6: "echo (obsolete)", 7: "echo reply (obsolete)", 8: "timestamps", 9: "partial order (obsolete)",
    10: "partial order profile (obsolete)", 11: "CC (obsolete)", 12: "CC.NEW (obsolete)", 13: "CC.ECHO (obsolete)",
    14: "alternate checksum request (obsolete)", 15: "alternate checksum data (obsolete)", 16: "Skeeter", 17: "Bubba",
    18: "trailer checksum", 19: "MD5 signature", 20: "SCPS capabilities", 21: "SNACK", 22: "record boundaries",
    23: "corruption experienced", 24: "SNAP", 26: "TCP compression filter", 27: "quick-start response",
    28: "user timeout", 29: "TCP-AO", 30: "Multipath TCP", 34: "TCP Fast Open cookie",
    69: "encryption negotiation (TCP-ENO)", 172: "Accurate ECN order 0", 174: "Accurate ECN order 1",
    253: "experiment", 254: "experiment",
}  # fmt: skip
TCP_EXPERIMENTS: dict[int, str] = {
    0x454E: "encryption negotiation", 0x348B: "TARR", 0xACC0: "Accurate ECN order 0", 0xACC1: "Accurate ECN order 1",
    0xACCE: "Accurate ECN", 0xF989: "Fast Open", 0xE2D4: "SMC-R", 0xE2D5: "SMC-D", 0x0348: "Host-ID",
}  # fmt: skip
MPTCP_SUBTYPES: dict[int, str] = {
    0: "MP_CAPABLE", 1: "MP_JOIN", 2: "DSS", 3: "ADD_ADDR", 4: "REMOVE_ADDR", 5: "MP_PRIO", 6: "MP_FAIL",
    7: "MP_FASTCLOSE", 8: "MP_TCPRST", 15: "MP_EXPERIMENTAL",
}  # fmt: skip
MPTCP_RESET_REASONS: dict[int, str] = {
    0: "unspecified error", 1: "MPTCP-specific error", 2: "lack of resources", 3: "administratively prohibited",
    4: "too much outstanding data", 5: "unacceptable performance", 6: "middlebox interference",
}  # fmt: skip

ROUTING_TYPES: dict[int, str] = {
    0: "source route (deprecated, RFC 5095)", 1: "Nimrod (deprecated)", 2: "Mobile IPv6", 3: "RPL source route",
    4: "segment routing (SRH)", 5: "CRH-16", 6: "CRH-32", 253: "experiment", 254: "experiment",
}  # fmt: skip
IPV6_OPTIONS: dict[int, str] = {
    0x00: "Pad1", 0x01: "PadN", 0x04: "tunnel encapsulation limit", 0x05: "router alert", 0x07: "CALIPSO",
    0x08: "SMF_DPD", 0x0F: "PDM", 0x1E: "experiment", 0x23: "RPL option", 0x26: "quick-start", 0x30: "minimum path MTU",
    0x31: "IOAM", 0x3E: "experiment", 0x63: "RPL option (old)", 0x6D: "MPL", 0x8A: "endpoint identification",
    0x8B: "ILNP nonce", 0x8C: "line identification", 0xC2: "jumbo payload", 0xC9: "home address", 0xEE: "DFF",
}  # fmt: skip
IPV6_OPTION_ACTIONS: dict[int, str] = {
    0: "skip it where unknown",
    1: "discard the packet where unknown",
    2: "discard and report (ICMPv6) where unknown",
    3: "discard and report unless multicast",
}
ROUTER_ALERT_V6: dict[int, str] = {
    0: "Multicast Listener Discovery", 1: "RSVP", 2: "Active Networks", 67: "MPLS OAM", 68: "NSIS NATFW NSLP",
}  # fmt: skip
MOBILITY_TYPES: dict[int, str] = {
    0: "Binding Refresh Request", 1: "Home Test Init", 2: "Care-of Test Init", 3: "Home Test", 4: "Care-of Test",
    5: "Binding Update", 6: "Binding Acknowledgement", 7: "Binding Error", 8: "Fast Binding Update",
    9: "Fast Binding Acknowledgment", 10: "Fast Neighbor Advertisement", 12: "Home Agent Switch", 13: "Heartbeat",
}  # fmt: skip
HIP_TYPES: dict[int, str] = {
    1: "I1", 2: "R1", 3: "I2", 4: "R2", 16: "UPDATE", 17: "NOTIFY", 18: "CLOSE", 19: "CLOSE_ACK",
}  # fmt: skip

ICMP_TYPES: dict[int, str] = {
    0: "echo reply", 3: "destination unreachable", 4: "source quench (deprecated)", 5: "redirect", 8: "echo request",
    9: "router advertisement", 10: "router solicitation", 11: "time exceeded", 12: "parameter problem",
    13: "timestamp request", 14: "timestamp reply", 15: "information request (deprecated)",
    16: "information reply (deprecated)", 17: "address mask request (deprecated)",
    18: "address mask reply (deprecated)", 30: "traceroute (deprecated)", 42: "extended echo request",
    43: "extended echo reply",
}  # fmt: skip
_UNREACHABLE = (
    "network unreachable", "host unreachable", "protocol unreachable", "port unreachable",
    "fragmentation needed and DF set", "source route failed", "network unknown", "host unknown",
    "source host isolated", "network administratively prohibited", "host administratively prohibited",
    "network unreachable for this service", "host unreachable for this service",
    "communication administratively prohibited", "host precedence violation", "precedence cutoff in effect",
)  # fmt: skip
ICMP_CODES: dict[int, str] = {
    **{3 << 8 | code: name for code, name in enumerate(_UNREACHABLE)},
    5 << 8 | 0: "for the network", 5 << 8 | 1: "for the host", 5 << 8 | 2: "for the service and network",
    5 << 8 | 3: "for the service and host", 11 << 8 | 0: "TTL exceeded in transit",
    11 << 8 | 1: "fragment reassembly time exceeded", 12 << 8 | 0: "the pointer indicates the error",
    12 << 8 | 1: "a required option is missing", 12 << 8 | 2: "bad length",
}  # fmt: skip
ICMPV6_TYPES: dict[int, str] = {
    1: "destination unreachable", 2: "packet too big", 3: "time exceeded", 4: "parameter problem",
    128: "echo request", 129: "echo reply", 130: "multicast listener query", 131: "multicast listener report",
    132: "multicast listener done", 133: "router solicitation", 134: "router advertisement",
    135: "neighbor solicitation", 136: "neighbor advertisement", 137: "redirect", 138: "router renumbering",
    139: "node information query", 140: "node information response", 141: "inverse neighbor discovery solicitation",
    142: "inverse neighbor discovery advertisement", 143: "multicast listener report v2",
    144: "home agent discovery request", 145: "home agent discovery reply", 146: "mobile prefix solicitation",
    147: "mobile prefix advertisement", 151: "multicast router advertisement", 155: "RPL control",
    160: "extended echo request", 161: "extended echo reply",
}  # fmt: skip
ICMPV6_CODES: dict[int, str] = {
    1 << 8 | 0: "no route to destination", 1 << 8 | 1: "administratively prohibited",
    1 << 8 | 2: "beyond the scope of the source address", 1 << 8 | 3: "address unreachable",
    1 << 8 | 4: "port unreachable", 1 << 8 | 5: "source address failed the policy",
    1 << 8 | 6: "reject route to destination", 1 << 8 | 7: "error in the source routing header",
    3 << 8 | 0: "hop limit exceeded in transit", 3 << 8 | 1: "fragment reassembly time exceeded",
    4 << 8 | 0: "erroneous header field", 4 << 8 | 1: "unrecognized next header",
    4 << 8 | 2: "unrecognized IPv6 option", 4 << 8 | 3: "first fragment has an incomplete header chain",
    4 << 8 | 4: "SR upper-layer header error",
}  # fmt: skip

ARP_HARDWARE: dict[int, str] = {
    1: "Ethernet",
    6: "IEEE 802",
    7: "ARCNET",
    15: "Frame Relay",
    19: "ATM",
    32: "InfiniBand",
}
ARP_OPERATIONS: dict[int, str] = {
    1: "ARP request", 2: "ARP reply", 3: "RARP request", 4: "RARP reply", 8: "InARP request", 9: "InARP reply",
}  # fmt: skip
PPP_PROTOCOLS: dict[int, str] = {
    0x0021: "IPv4", 0x0023: "OSI", 0x002D: "compressed TCP/IP", 0x002F: "uncompressed TCP/IP", 0x003D: "multilink",
    0x0057: "IPv6", 0x00FD: "compressed datagram", 0x0281: "MPLS", 0x8021: "IPCP", 0x8057: "IPv6CP", 0x80FD: "CCP",
    0x8281: "MPLSCP", 0xC021: "LCP", 0xC023: "PAP", 0xC025: "link quality report", 0xC223: "CHAP", 0xC227: "EAP",
}  # fmt: skip
PPPOE_CODES: dict[int, str] = {
    0x00: "session data", 0x07: "PADO", 0x09: "PADI", 0x19: "PADR", 0x65: "PADS", 0xA7: "PADT",
}  # fmt: skip
ADDRESS_FAMILIES: dict[int, str] = {
    2: "IPv4", 7: "OSI", 10: "IPv6 (Linux)", 23: "IPX or IPv6 (Windows)", 24: "IPv6 (NetBSD, OpenBSD)",
    28: "IPv6 (FreeBSD)", 30: "IPv6 (macOS)",
}  # fmt: skip
SLL_PACKET_TYPES: dict[int, str] = {
    0: "to us", 1: "broadcast", 2: "multicast", 3: "to somebody else", 4: "sent by us",
}  # fmt: skip
HARDWARE_TYPES: dict[int, str] = {
    1: "Ethernet", 512: "PPP", 768: "IP in IP tunnel", 769: "IPv6 tunnel", 772: "loopback", 776: "6in4 tunnel",
    778: "GRE", 801: "802.11", 803: "802.11 radiotap", 823: "GRE over IPv6", 824: "netlink", 65534: "none",
}  # fmt: skip
LLC_SAPS: dict[int, str] = {
    0x00: "null", 0x02: "LLC management", 0x06: "IP", 0x42: "spanning tree", 0xAA: "SNAP", 0xE0: "NetWare",
    0xF0: "NetBIOS", 0xFE: "OSI", 0xFF: "global",
}  # fmt: skip
MPLS_LABELS: dict[int, str] = {
    0: "IPv4 explicit null", 1: "router alert", 2: "IPv6 explicit null", 3: "implicit null", 7: "entropy label indicator",
    13: "generic associated channel", 14: "OAM alert",
}  # fmt: skip
MPTCP_VERSIONS: dict[int, str] = {0: "RFC 6824", 1: "RFC 8684"}
LINK_TYPES: dict[int, str] = {
    0: "BSD loopback (NULL)", 1: "Ethernet", 9: "PPP", 12: "raw IP", 14: "raw IP", 50: "PPP (HDLC framing)",
    51: "PPPoE", 101: "raw IP", 104: "Cisco HDLC", 105: "802.11", 108: "OpenBSD loopback (LOOP)",
    113: "Linux cooked", 127: "802.11 radiotap", 129: "ARCNET (Linux)", 192: "PPI", 219: "MPLS", 228: "IPv4",
    229: "IPv6", 239: "NFLOG", 276: "Linux cooked v2",
}  # fmt: skip
