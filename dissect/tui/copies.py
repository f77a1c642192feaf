"""What can be copied of the chosen packet and field, as text."""

from __future__ import annotations

import json
from collections.abc import Callable

from dissect.packet import Packet
from dissect.render.document import document
from dissect.tui.outline import Entry
from dissect.wire.numbers import LINK_TYPES

# scapy's class for a packet's first header, by LINKTYPE
SCAPY = {0: "Loopback", 1: "Ether", 9: "PPP", 12: "IP", 50: "PPP", 101: "IP", 108: "Loopback", 113: "CookedLinux", 228: "IP",
         229: "IPv6", 276: "CookedLinuxV2"}  # fmt: skip


def as_value(_: Packet, entry: Entry) -> str:
    """The chosen value as text."""
    return entry.value.text if entry.value is not None else ""


def as_name(_: Packet, entry: Entry) -> str:
    """The chosen field's name."""
    return entry.name


def as_field_hex(packet: Packet, entry: Entry) -> str:
    """The bytes of the chosen row."""
    return packet.frame.data[entry.start : entry.stop].hex()


def as_hex(packet: Packet, _: Entry) -> str:
    """The packet's bytes, as `dissect bytes` reads them."""
    return packet.frame.data.hex()


def as_json(packet: Packet, _: Entry) -> str:
    """The document that `dissect show --json` prints."""
    return json.dumps(document(packet), indent=2, ensure_ascii=True)


def as_scapy(packet: Packet, _: Entry) -> str:
    """Python that makes the same bytes with scapy, and shows them as scapy reads them."""
    frame = packet.frame
    name = SCAPY.get(frame.link, "Raw")
    if name == "IP" and packet.layers and packet.layers[0].key == "ipv6":
        name = "IPv6"
    link = f"  # {LINK_TYPES[frame.link]}" if frame.link in LINK_TYPES else ""
    return f'from scapy.all import *\n\npacket = {name}(bytes.fromhex("{frame.data.hex()}")){link}\npacket.show()\n'


COPIES: dict[str, Callable[[Packet, Entry], str]] = {
    "value": as_value, "name": as_name, "bytes": as_field_hex, "hex": as_hex, "scapy": as_scapy, "json": as_json,
}  # fmt: skip
