"""What scapy finds above TCP and UDP: port → the name of the layer that it binds there.

Taken from scapy's own bindings (`TCP.payload_guess`, `UDP.payload_guess`), because asking scapy
itself costs more time at start-up than showing the packet; a test asks it whether they still hold.
"""

from __future__ import annotations

TCP_LAYERS: dict[int, str] = {
    53: "DNS", 80: "HTTP", 88: "KerberosTCPHeader", 135: "DceRpc", 139: "NBTSession", 389: "LDAP", 443: "TLS",
    445: "NBTSession", 464: "KpasswdTCPHeader", 1723: "PPTP", 2000: "Skinny", 3268: "LDAP", 8080: "HTTP",
}  # fmt: skip
UDP_LAYERS: dict[int, str] = {
    53: "DNS", 67: "BOOTP", 68: "BOOTP", 69: "TFTP", 88: "Kerberos", 123: "NTP", 137: "NBNSHeader",
    138: "NBTDatagram", 161: "SNMP", 162: "SNMP", 389: "CLDAP", 434: "MobileIP", 464: "Kpasswd", 500: "ISAKMP",
    520: "RIP", 1701: "L2TP", 1812: "Radius", 1813: "Radius", 1985: "HSRP", 2029: "HSRPv2", 2055: "NetflowHeader",
    2056: "NetflowHeader", 2727: "MGCP", 3799: "Radius", 4500: "ESP", 5353: "DNS", 6343: "NetflowHeader",
    9995: "NetflowHeader", 9996: "NetflowHeader", 17754: "ZEP2",
}  # fmt: skip


def name(protocol: str, source: int, destination: int) -> str:
    """Scapy's layer for a pair of ports, the destination's first as scapy has it; empty where it binds none."""
    table = {"tcp": TCP_LAYERS, "udp": UDP_LAYERS}.get(protocol, {})
    return table.get(destination) or table.get(source, "")
