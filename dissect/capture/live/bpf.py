"""Capture filters: compiled by libpcap, which scapy binds, and fitted to the sockets that use them.

Source: pcap-filter(7), Documentation/networking/filter.rst, include/uapi/linux/filter.h.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

from dissect.capture.live.errors import LiveError, WrongFilter
from dissect.capture.live.kernel import COOKED_2, INSTRUCTION

if TYPE_CHECKING:
    from types import ModuleType

ANCILLARY = 0x100000000 - 0x1000  # SKF_AD_OFF: loads from here on ask the kernel about the packet
PROTOCOL, PACKET_TYPE, INTERFACE, HARDWARE_TYPE = 0, 4, 8, 28
# bytes of the header that a cooked socket does not give; what the kernel knows of it, by position
COOKED = {
    113: (16, {0: PACKET_TYPE, 2: HARDWARE_TYPE, 14: PROTOCOL}),
    COOKED_2: (20, {0: PROTOCOL, 4: INTERFACE, 8: HARDWARE_TYPE, 10: PACKET_TYPE}),
}
LOAD, LOAD_INDEX = 0, 1
ABSOLUTE, INDIRECT, HEADER_LENGTH = 0x20, 0x40, 0xA0
DLT_RAW, LINKTYPE_RAW = 12, 101


def compile_filter(text: str, link: int, name: str = "", snaplen: int = 262_144) -> bytes:
    """The filter as instructions for sockets of that LINKTYPE; WrongFilter with libpcap's words.

    With the name of an interface libpcap looks at it, which takes the right to capture, and knows then
    that Linux keeps VLAN tags beside the packet.
    """
    pcap = _library()
    handle = _open(pcap, link, name, snaplen)
    try:
        program = pcap.bpf_program()
        if pcap.pcap_compile(handle, ctypes.byref(program), text.encode(), 1, 0xFFFFFFFF) < 0:
            words = pcap.pcap_geterr(handle).decode(errors="replace")
            raise WrongFilter(f"the capture filter {text!r} is refused by libpcap: {words}")
        size = program.bf_len * INSTRUCTION.size
        code = ctypes.string_at(ctypes.cast(program.bf_insns, ctypes.c_void_p), size)
        kind = pcap.pcap_datalink(handle)
        pcap.pcap_freecode(ctypes.byref(program))
    finally:
        pcap.pcap_close(handle)
    return _without_header(code, kind, text) if kind in COOKED else code


def _library() -> ModuleType:
    try:
        from scapy.libs import winpcapy
    except (ImportError, OSError) as error:
        raise LiveError(
            "capture filters are compiled by libpcap, which is not installed: `sudo apt install libpcap0.8` "
            f"(or your system's package libpcap) brings it; -Y needs none ({error})"
        ) from None
    module: ModuleType = winpcapy
    return module


def _open(pcap: Any, link: int, name: str, snaplen: int) -> Any:
    """A handle to compile for."""
    if name:
        words = ctypes.create_string_buffer(pcap.PCAP_ERRBUF_SIZE)
        handle = pcap.pcap_open_live(name.encode(), snaplen, 0, 100, words)
        if handle:
            if link == COOKED_2:
                pcap.pcap_set_datalink(handle, COOKED_2)
            return handle
    return pcap.pcap_open_dead(DLT_RAW if link == LINKTYPE_RAW else link, snaplen)


def _without_header(code: bytes, kind: int, text: str) -> bytes:
    """The program for a socket that gives packets without the cooked header it was compiled for."""
    size, known = COOKED[kind]
    fitted = b""
    for operation, yes, no, value in INSTRUCTION.iter_unpack(code):
        loads = operation & 7 in (LOAD, LOAD_INDEX) and operation & 0xE0 in (ABSOLUTE, INDIRECT, HEADER_LENGTH)
        if loads and value < ANCILLARY:
            if value >= size:
                value -= size
            elif value in known and operation & 0xE0 == ABSOLUTE:
                value = ANCILLARY + known[value]
            else:
                raise WrongFilter(
                    f"the capture filter {text!r} asks for byte {value} of the cooked header, which the kernel does not give"
                )
        fitted += INSTRUCTION.pack(operation, yes, no, value)
    return fitted
