"""Plays a virtual machine on the TAP device tap0: at a signal it sends datagrams, two of them to be cut by the host."""

import fcntl
import os
import signal
import struct
import subprocess

TUNSETIFF, TAP, WITHOUT_HEAD, WITH_VNET_HEADER = 0x400454CA, 2, 0x1000, 0x4000
WHOLE, FRAGMENTS = 0, 3  # VIRTIO_NET_HDR_GSO_NONE, _UDP

tap = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", b"tap0", TAP | WITHOUT_HEAD | WITH_VNET_HEADER))
subprocess.run(["ip", "link", "set", "tap0", "up"], check=True)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
print("ready", flush=True)
signal.sigwait([signal.SIGUSR1])
for kind, size in 2 * ((WHOLE, 8), (FRAGMENTS, 5008), (WHOLE, 12)):
    head = bytes.fromhex("020000000001 020000000002 0800 4500") + struct.pack("!H", 20 + size)
    packet = head + bytes.fromhex("00010000 4011 0000 0a4e0001 0a4e0002 0009 0009") + struct.pack("!HH", size, 0)
    needs_sum = kind != WHOLE
    os.write(tap, struct.pack("<BBHHHH", needs_sum, kind, 42, 1400 * needs_sum, 34, 6) + packet + bytes(size - 8))
