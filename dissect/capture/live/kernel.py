"""Numbers and layouts of Linux packet sockets, and the calls that need them.

Source: packet(7), Documentation/networking/packet_mmap.rst, include/uapi/linux/if_packet.h.
All numbers stand in the byte order of this machine, except protocols and VLAN types on the wire.
"""

from __future__ import annotations

import errno
import os
import socket
import sys
from enum import IntEnum, IntFlag
from struct import Struct
from typing import NamedTuple

AF_PACKET = 17
EVERY_PROTOCOL = 3  # ETH_P_ALL
SOL_PACKET = 263
SO_ATTACH_FILTER = 26


class Option(IntEnum):
    """What can be asked of a packet socket."""

    ADD_MEMBERSHIP = 1
    RX_RING = 5
    STATISTICS = 6
    VERSION = 10
    VNET_HEADER = 15
    IGNORE_OUTGOING = 23


TPACKET_V3 = 2
PROMISCUOUS = 1  # PACKET_MR_PROMISC
OUTGOING = 4  # sll_pkttype of a packet that this machine sends

USER = 1  # TP_STATUS_USER: the block belongs to the reader, 0: to the kernel


class Status(IntFlag):
    """What the kernel says about a packet, tp_status."""

    DESCRIBED = 1 << 0  # TP_STATUS_USER: it is there; with VNET_HEADER the kernel drops some and leaves their place
    CHECKSUM_NOT_READY = 1 << 3
    VLAN_VALID = 1 << 4
    TPID_VALID = 1 << 6
    CHECKSUM_VALID = 1 << 7
    SEGMENTATION = 1 << 8  # GSO_TCP: one packet here, several on the wire


# tpacket_req3: block size, blocks, frame size, frames, retire after ms, private bytes, features
RING = Struct("=7I")
# tpacket_hdr_v1 behind version and private offset: status, packets, first packet
BLOCK = Struct("=III")
BLOCK_AT = 8
# virtio_net_hdr, right before a packet's bytes: flags, kind, bytes of headers, of a segment, start and place of the sum
VNET_SEGMENT = -10 + 4
# packet_mreq: interface, type, length of an address, address
MEMBERSHIP = Struct("=iHH8s")
# tpacket_stats_v3: packets, dropped among them, times the queue was full
COUNTS = Struct("=III")
# sockaddr_ll: family, protocol, interface
LINK_ADDRESS = Struct("=HHi12x")
# sock_filter and sock_fprog
INSTRUCTION = Struct("=HBBI")
PROGRAM = Struct("@HP")

# tpacket3_hdr as 32-bit words; sockaddr_ll follows at byte 48
NEXT, SECONDS, NANOSECOND, CAPTURED, LENGTH, STATUS, OFFSETS, RXHASH, VLAN_TAG, VLAN_TYPE = range(10)
WORDS = 40  # bytes of these words
# sockaddr_ll: family, protocol, interface, hardware type, packet type, length of the address, address
ADDRESS_AT, ADDRESS = 48, 20

REQUEST = Struct("16s24x")  # ifreq
SIOCGIFFLAGS, SIOCGIFMTU, SIOCGIFHWADDR = 0x8913, 0x8921, 0x8927
UP = 1
LONGEST_NAME = 15
RETURN = 0x06  # BPF_RET | BPF_K

ETHERNET, COOKED_2, RAW_IP = 1, 276, 101
# ARPHRD of <linux/if_arp.h> to LINKTYPE, where a raw socket gives bytes as the link type has them; others are cooked
LINK_TYPES = {
    1: ETHERNET,
    772: ETHERNET,  # loopback: an Ethernet header of zeros
    519: RAW_IP,
    65534: RAW_IP,  # no header: TUN, WireGuard
    801: 105,  # 802.11
    802: 119,  # 802.11, Prism
    803: 127,  # 802.11, radiotap
    804: 195,  # 802.15.4
}


class Device(NamedTuple):
    """A network interface: its number, whether it is up, its hardware type."""

    number: int
    up: bool
    hardware: int


def device(name: str) -> Device:
    """What the kernel knows of an interface; OSError if there is none of that name."""
    import fcntl

    if len(name.encode()) > LONGEST_NAME:
        raise OSError(errno.ENODEV, "no such device")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        request = REQUEST.pack(name.encode())
        flags = fcntl.ioctl(asking, SIOCGIFFLAGS, request)
        hardware = fcntl.ioctl(asking, SIOCGIFHWADDR, request)
    return Device(
        socket.if_nametoindex(name),
        bool(int.from_bytes(flags[16:18], sys.byteorder) & UP),
        int.from_bytes(hardware[16:18], sys.byteorder),
    )


def bind(packets: socket.socket, index: int) -> None:
    """Let packets in: those of the interface with that index, of all with 0, which Python's own bind does not know."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    address = LINK_ADDRESS.pack(AF_PACKET, socket.htons(EVERY_PROTOCOL), index)
    if libc.bind(packets.fileno(), address, len(address)):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def attach(packets: socket.socket, program: bytes) -> None:
    """Let the kernel drop what the BPF program, a run of `sock_filter`s, does not want."""
    import ctypes

    code = ctypes.create_string_buffer(program, len(program))
    packets.setsockopt(
        socket.SOL_SOCKET,
        SO_ATTACH_FILTER,
        PROGRAM.pack(len(program) // INSTRUCTION.size, ctypes.addressof(code)),
    )


def counts(packets: socket.socket) -> tuple[int, int]:
    """Packets that passed the filter since the last time, and how many of them were dropped for want of room."""
    passed, dropped, _ = COUNTS.unpack(packets.getsockopt(SOL_PACKET, Option.STATISTICS, COUNTS.size))
    return passed, dropped
