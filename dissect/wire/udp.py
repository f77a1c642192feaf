"""The UDP header (RFC 768)."""

from __future__ import annotations

from dissect.wire import numbers
from dissect.wire.field import Field, Header, Kind

UDP = Header(
    "udp", "User Datagram Protocol",
    (
        Field("udp.srcport", 16, "Source port", "Source Port", names=numbers.PORTS),
        Field("udp.dstport", 16, "Destination port", "Destination Port", names=numbers.PORTS),
        Field("udp.length", 16, "Length", unit="bytes"),
        Field("udp.checksum", 16, "Checksum", kind=Kind.HEX),
    ),
    cite="RFC 768", short="UDP",
    derived=(
        Field("udp.checksum.status", 0, "Checksum verdict", kind=Kind.WORD),
        Field("udp.checksum_calculated", 0, "Checksum as computed", kind=Kind.HEX),
    ),
)  # fmt: skip

HEADERS = (UDP,)
