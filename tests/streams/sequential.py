"""The analysis packet by packet, with all its state in plain sight: slow, and what the columns have to agree with."""

from __future__ import annotations

from dataclasses import dataclass, field

from dissect.streams.handshake import CUT
from dissect.streams.segments import ACK, FIN, RESET, SYN, Segments

WRAP = 1 << 32
NO_SCALE, UNKNOWN_SCALE = -2, -1
REORDERED = 3_000_000
SOON = 20_000_000
LIMIT = 10_000

FLAGS = (
    "retransmission", "lost_segment", "ack_lost_segment", "keep_alive", "duplicate_ack", "zero_window",
    "zero_window_probe", "zero_window_probe_ack", "keep_alive_ack", "out_of_order", "fast_retransmission",
    "window_update", "window_full", "reused_ports", "spurious_retransmission",
)  # fmt: skip


def after(one: int, other: int) -> bool:
    """Whether a sequence number comes after another, modulo 2**32."""
    return 0 < (one - other) % WRAP < WRAP // 2


@dataclass
class Sent:
    """A segment that waits for its acknowledgment."""

    number: int
    seq: int
    end: int
    time: int


@dataclass
class Side:
    """What is known of one end."""

    base: int | None = None
    scale: int = UNKNOWN_SCALE
    window: int | None = None
    expected: int = 0
    expected_time: int = 0
    expected_from: int = 0
    reached: int = 0
    ack: int = 0
    ack_time: int = 0
    ack_from: int = 0
    duplicates: int = 0
    flags: frozenset[str] = frozenset()
    fresh: bool = False
    countable: bool = True
    sacked: int = 0
    waiting: list[Sent] = field(default_factory=list)


class Connection:
    """One stream."""

    def __init__(self) -> None:
        self.sides = (Side(), Side())
        self.asked: int | None = None
        self.first_rtt = 0
        self.first: int | None = None
        self.before: int | None = None
        self.completeness = 0
        self.begun = False


def analyse(segments: Segments) -> list[dict[str, object]]:
    """Every field of every segment, None where it is not there."""
    connections: dict[int, Connection] = {}
    shifts = dict(zip(segments.scale.rows.tolist(), segments.scale.values.tolist(), strict=True))
    sacked: dict[int, list[int]] = {}
    for row, left, right in zip(*(each.tolist() for each in segments.sack), strict=True):
        sacked.setdefault(row, []).append((right - left) % WRAP)
    columns = {
        name: getattr(segments, name).tolist()
        for name in ("number", "time", "stream", "second", "seq", "ack", "length", "flags", "window", "known")
    }
    found = []
    seen: set[tuple[int, ...]] = set()
    for row in range(len(segments)):
        one = {name: values[row] for name, values in columns.items()}
        one["shift"], one["sacked"] = shifts.get(row), sum(sacked.get(row, [])[:4])
        ends = tuple(sorted(segments.ends[one["stream"]].tolist()))
        one["again"] = one["stream"] not in connections and ends in seen
        seen.add(ends)
        found.append(follow(connections.setdefault(one["stream"], Connection()), one))
    for row, each in enumerate(found):
        each["completeness"] = connections[columns["stream"][row]].completeness
    return found


def follow(connection: Connection, one: dict) -> dict[str, object]:
    """One more segment of a connection."""
    own, other = connection.sides[one["second"]], connection.sides[not one["second"]]
    told: dict[str, object] = {key: one[key] for key in ("stream", "number", "known")}
    flags: set[str] = set()
    syn, ack = bool(one["flags"] & SYN), bool(one["flags"] & ACK)
    if syn and not ack and own.base is not None:
        own.expected = own.reached
    elif syn and own.base not in (None, one["seq"]):
        own.base = one["seq"]
        flags.add("reused_ports")
    own.sacked = 0
    if connection.first is None:
        connection.first = connection.before = one["time"]
        if one["again"]:
            flags.add("reused_ports")
    told["time_relative"] = one["time"] - connection.first
    told["time_delta"] = one["time"] - connection.before
    connection.before = one["time"]
    if one["known"]:
        analysed(connection, own, other, one, flags, told)
        told["seq"] = (one["seq"] - own.base) % WRAP
        told["ack"] = (one["ack"] - other.base) % WRAP if ack else one["ack"]
        told["nxtseq"] = (told["seq"] + one["length"] + bool(one["flags"] & (SYN | FIN))) % WRAP
    else:
        told["seq"], told["ack"] = one["seq"], one["ack"]
    told["window_size"] = one["window"] << (own.scale if own.scale > 0 and not syn and one["known"] else 0)
    told["window_size_scalefactor"] = None if syn else own.scale if own.scale < 0 else 1 << own.scale
    completed(connection, one, syn, ack)
    opened(connection, own, other, one, syn, ack)
    told["initial_rtt"] = connection.first_rtt or None
    for name in FLAGS:
        told[name] = 1 if name in flags else None
    if flags & {"fast_retransmission", "spurious_retransmission"}:
        told["retransmission"] = 1
    own.sacked = one["sacked"]
    return told


def completed(connection: Connection, one: dict, syn: bool, ack: bool) -> None:
    data = one["length"] > 0 and one["known"]
    if not connection.begun:
        connection.begun = True
        if syn and not ack:
            connection.completeness |= 1 | (8 if data else 0)
        return
    if syn and ack:
        connection.completeness |= 2
    if ack and not syn:
        connection.completeness |= 8 if data else 4
    if ack and one["flags"] & FIN:
        connection.completeness |= 16
    if one["flags"] & RESET:
        connection.completeness |= 32


def opened(connection: Connection, own: Side, other: Side, one: dict, syn: bool, ack: bool) -> None:
    """The handshake: first round trip and window scaling."""
    if syn:
        if not ack:
            connection.asked = one["time"]
    elif ack and connection.asked and not connection.first_rtt:
        connection.first_rtt = one["time"] - connection.asked
    own.fresh = syn
    if one["shift"] == CUT:
        return
    if one["shift"] is not None:
        own.scale = min(one["shift"], 14)
    if syn:
        if own.scale == UNKNOWN_SCALE:
            own.scale = other.scale = NO_SCALE
        elif ack and other.scale == NO_SCALE:
            own.scale = NO_SCALE


def analysed(connection: Connection, own: Side, other: Side, one: dict, flags: set[str], told: dict) -> None:
    """What a segment is, beside those before it."""
    seq, ack, bits = one["seq"], one["ack"], one["flags"]
    if own.base is None:
        own.base = seq if bits & SYN else (seq - 1) % WRAP
    if other.base is None and bits & ACK:
        other.base = (ack - 1) % WRAP
    if bits & ACK:
        other.countable = True
    probe = one["length"] == 1 and seq == own.expected and other.window == 0
    if probe:
        flags.add("zero_window_probe")
    else:
        placed(own, other, one, flags)
        if not bits & (SYN | FIN | RESET):
            empty(own, other, one, flags, told)
    if ack != own.ack:
        own.ack_from, own.duplicates = one["number"], 0
    if other.reached and bits & ACK and after(ack, other.reached):
        beyond(other, flags)
    if (one["length"] or bits & (SYN | FIN)) and "keep_alive" not in flags:
        repeated(connection, own, other, one, flags, told)
    advance(own, one, probe)
    own.window, own.ack, own.ack_time, own.flags = one["window"], ack, one["time"], frozenset(flags)
    acknowledged(other, one, told)
    in_flight(own, other, one, told)


def placed(own: Side, other: Side, one: dict, flags: set[str]) -> None:
    """Where the segment lies: behind a gap, just before what is next, at the edge of the window."""
    seq, length, bits = one["seq"], one["length"], one["flags"]
    if own.expected and after(seq, own.expected) and not bits & RESET:
        flags.add("lost_segment")
        own.countable = False
    if bits & (SYN | FIN | RESET):
        return
    if one["window"] == 0:
        flags.add("zero_window")
    if length < 2 and seq == (own.expected - 1) % WRAP:
        flags.add("keep_alive")
    if length and other.scale != UNKNOWN_SCALE and other.window is not None:
        shift = 0 if other.fresh or other.scale < 0 else other.scale
        if (seq + length) % WRAP == (other.ack + (other.window << shift)) % WRAP:
            flags.add("window_full")


def empty(own: Side, other: Side, one: dict, flags: set[str], told: dict) -> None:
    """A segment that brings nothing but, perhaps, a new window."""
    window = one["window"]
    if one["length"] or one["seq"] != own.expected or one["ack"] != own.ack:
        return
    if window != own.window:
        if window:
            flags.add("window_update")
    elif not window:
        if "zero_window_probe" in other.flags:
            flags.add("zero_window_probe_ack")
    elif "keep_alive" in other.flags:
        flags.add("keep_alive_ack")
    else:
        own.duplicates = max(own.duplicates, 0) + 1
        flags.add("duplicate_ack")
        told["duplicate_ack_num"], told["duplicate_ack_frame"] = own.duplicates, own.ack_from or None


def beyond(other: Side, flags: set[str]) -> None:
    """An ACK for more than came without a gap."""
    if other.reached != other.expected:
        other.reached = other.expected
        flags.add("ack_lost_segment")
        return
    if not other.duplicates:
        flags.add("ack_lost_segment")
    other.duplicates = -1


def repeated(connection: Connection, own: Side, other: Side, one: dict, flags: set[str], told: dict) -> None:
    """Whether data was sent before, and why it is sent again."""
    seq, length = one["seq"], one["length"]
    behind = bool(own.expected) and after(own.expected, seq)
    if length > 1 and seq == (own.expected - 1) % WRAP:
        behind = False
    end = (seq + length) % WRAP
    if length and other.ack and not after(end, other.ack):
        flags.add("spurious_retransmission")
        return
    if not behind:
        return
    if (
        (other.duplicates >= 2 or other.duplicates == -1)
        and other.ack == seq
        and 0 <= one["time"] - other.ack_time < SOON
    ):
        flags.add("fast_retransmission")
        return
    patience = connection.first_rtt or REORDERED
    full = (end + bool(one["flags"] & (SYN | FIN))) % WRAP
    if 0 <= one["time"] - own.expected_time < patience and own.expected != full:
        flags.add("out_of_order")
        return
    flags.add("retransmission")
    oldest = own.waiting[0] if own.waiting else Sent(own.expected_from, 0, 0, own.expected_time)
    if one["time"] != oldest.time:
        told["rto"], told["rto_frame"] = one["time"] - oldest.time, oldest.number


def advance(own: Side, one: dict, probe: bool) -> None:
    """The next number expected, and how far the data goes without a gap."""
    end = (one["seq"] + one["length"]) % WRAP
    counted = one["length"] or one["flags"] & (SYN | FIN)
    if counted and len(own.waiting) < LIMIT:
        end = (end + bool(one["flags"] & (SYN | FIN))) % WRAP
        own.waiting.append(Sent(one["number"], one["seq"], end, one["time"]))
    if not probe and (not own.expected or after(end, own.expected)):
        own.expected, own.expected_from, own.expected_time = end, one["number"], one["time"]
    if not probe and (one["seq"] == own.reached or not own.reached):
        own.reached = own.expected


def acknowledged(other: Side, one: dict, told: dict) -> None:
    """Takes what an ACK number covers off the other end's list."""
    ack, kept = one["ack"], []
    for sent in reversed(other.waiting):
        if ack == sent.end:
            told["acks_frame"], told["ack_rtt"] = sent.number, (one["time"] - sent.time) or None
        elif after(sent.end, ack):
            if after(ack, sent.seq):
                sent.seq = ack
            kept.append(sent)
    other.waiting = kept[::-1]


def in_flight(own: Side, other: Side, one: dict, told: dict) -> None:
    if not one["length"] or not own.waiting or not own.countable:
        return
    first = min((each.seq - own.base) % WRAP for each in own.waiting)
    last = max((each.end - own.base) % WRAP for each in own.waiting)
    flying = (last - first - other.sacked) % WRAP
    if 0 < flying < 2_000_000_000:
        told["bytes_in_flight"] = flying - bool(one["flags"] & (SYN | FIN)) or None
