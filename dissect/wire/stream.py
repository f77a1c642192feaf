"""What a TCP segment is among the others of its connection: fields that stand in no header.

Each is worked out from the segments before it (`dissect.streams`); names, units and values are Wireshark's.
"""

from __future__ import annotations

from dissect.wire.field import Field, Kind

_RFC = "RFC 9293 §3.4"


def _time(name: str, label: str, cite: str = "") -> Field:
    return Field(name, 0, label, unit="seconds", kind=Kind.DURATION, cite=cite)


def _mark(name: str, label: str, cite: str) -> Field:
    return Field(f"tcp.analysis.{name}", 0, label, kind=Kind.FLAG, cite=cite)


MARKS: tuple[Field, ...] = (
    _mark("retransmission", "Sent before", "RFC 6298 §5"),
    _mark("fast_retransmission", "Sent again after duplicate ACKs", "RFC 5681 §3.2"),
    _mark("spurious_retransmission", "Sent again though acknowledged", "RFC 9293 §3.8.1"),
    _mark("out_of_order", "Out of order", "RFC 5681 §3.2"),
    _mark("lost_segment", "A segment before it is missing", _RFC),
    _mark("ack_lost_segment", "Acknowledges what was not captured", _RFC),
    _mark("duplicate_ack", "Duplicate ACK", "RFC 5681 §2"),
    _mark("keep_alive", "Keep-alive", "RFC 9293 §3.8.4"),
    _mark("keep_alive_ack", "Answer to a keep-alive", "RFC 9293 §3.8.4"),
    _mark("zero_window", "Window closed", "RFC 9293 §3.8.6"),
    _mark("zero_window_probe", "Probe of a closed window", "RFC 9293 §3.8.6.1"),
    _mark("zero_window_probe_ack", "Answer to a window probe", "RFC 9293 §3.8.6.1"),
    _mark("window_update", "Window update", "RFC 9293 §3.8.6"),
    _mark("window_full", "Fills the window", "RFC 9293 §3.8.6"),
    _mark("reused_ports", "Ports used again", "RFC 9293 §3.6.1"),
)  # fmt: skip

TIME_FIELDS: tuple[Field, ...] = (
    _time("frame.time_relative", "Time since the capture's first packet"),
    _time("frame.time_delta", "Time since the packet before"),
)
"""What a packet is among all others of the capture."""

STREAM_FIELDS: tuple[Field, ...] = (
    Field("tcp.stream", 0, "Number of the connection, from 0"),
    Field("tcp.completeness", 0, "What was captured of the connection", kind=Kind.HEX),
    Field("tcp.seq", 0, "Sequence number, relative", cite=_RFC),
    Field("tcp.nxtseq", 0, "Next sequence number, relative", cite=_RFC),
    Field("tcp.ack", 0, "Acknowledgment number, relative", cite=_RFC),
    Field("tcp.window_size", 0, "Window, scaled", unit="bytes", cite="RFC 7323 §2.3"),
    Field("tcp.window_size_scalefactor", 0, "Window scale factor", cite="RFC 7323 §2.3"),
    _time("tcp.time_relative", "Time since the connection's first packet"),
    _time("tcp.time_delta", "Time since the connection's previous packet"),
    Field("tcp.analysis.flags", 0, "Something to note", kind=Kind.FLAG),
    *MARKS,
    Field("tcp.analysis.duplicate_ack_num", 0, "How many duplicate ACKs so far", cite="RFC 5681 §2"),
    Field("tcp.analysis.duplicate_ack_frame", 0, "Packet whose ACK is repeated"),
    Field("tcp.analysis.acks_frame", 0, "Packet that is acknowledged"),
    _time("tcp.analysis.ack_rtt", "Time until the acknowledgment", "RFC 6298 §3"),
    _time("tcp.analysis.initial_rtt", "Round trip of the handshake", "RFC 6298 §2.2"),
    Field("tcp.analysis.bytes_in_flight", 0, "Bytes in flight", unit="bytes", cite="RFC 5681 §2"),
    _time("tcp.analysis.rto", "Time until sent again", "RFC 6298 §5"),
    Field("tcp.analysis.rto_frame", 0, "Packet that this time is counted from"),
)  # fmt: skip

MADE_FROM = {
    "tcp.seq": "tcp.seq_raw", "tcp.nxtseq": "tcp.seq_raw", "tcp.ack": "tcp.ack_raw",
    "tcp.window_size": "tcp.window_size_value",
}  # fmt: skip
"""What is counted otherwise, and the field of the header that it is counted from."""
