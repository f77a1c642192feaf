"""What the packets around one tell: the handshake of its connection, what it acknowledges or repeats, its datagram."""

from __future__ import annotations

from typing import NamedTuple

from dissect.capture import Frames
from dissect.decoding import decode_frame
from dissect.explain.readings import Around, Tiling
from dissect.explain.readings.transport import ACE, AGREED
from dissect.fragments.pieces import piece_of
from dissect.fragments.search import datagram_of
from dissect.packet import Frame, Layer, Packet
from dissect.wire.field import Raw, fixed_size, fixed_slots
from dissect.wire.tcp import WRAP

FARTHEST = 20_000  # packets looked back; a handshake farther away counts as not captured
AHEAD = 2_000  # packets looked at behind the segment
NEXT = 200  # of them those of its own connection
DUPLICATES = 3  # RFC 5681 §3.2
STRAIGHT = {  # what the fields of an IP header hold that TCP follows, whole
    "ip": {"ip.version": 4, "ip.proto": 6, "ip.flags.mf": 0, "ip.frag_offset": 0},
    "ipv6": {"ipv6.version": 6, "ipv6.nxt": 6},
}


class Segment(NamedTuple):
    """A TCP segment with both ends of its connection, each an address and a port."""

    number: int
    source: tuple[bytes, int]
    destination: tuple[bytes, int]
    layer: Layer
    network: Layer
    time: int | None = None

    def get(self, name: str) -> int:
        """A field of the TCP header, 0 where it is missing."""
        value = self.layer.get(f"tcp.{name}")
        return value.raw if value is not None and isinstance(value.raw, int) else 0

    @property
    def end(self) -> int:
        """The sequence number that follows the segment."""
        return (self.get("seq_raw") + self.takes) % WRAP

    @property
    def takes(self) -> int:
        """How many sequence numbers it uses up; 0 where it is a fragment, whose length is not known."""
        if self.layer.get("tcp.len") is None:
            return 0
        return self.get("len") + self.get("flags.syn") + self.get("flags.fin")

    @property
    def pure(self) -> bool:
        """An acknowledgment and nothing else."""
        bare = self.layer.get("tcp.len") is not None and not self.takes
        return bool(self.get("flags.ack")) and bare and not self.get("flags.reset")

    @property
    def whole(self) -> bool:
        """Whether all its options are here."""
        return self.layer.stop - self.layer.start >= self.get("hdr_len") * 4


class History:
    """What is known of a segment's connection, packet by packet; a new SYN with the same ports begins another."""

    def __init__(self, own: Segment) -> None:
        self.own = own
        self.awaited = own.get("ack_raw") if own.get("flags.ack") else None
        self.syns: dict[tuple[bytes, int], Segment] = {}
        self.opened = False
        self.acked: Segment | None = None
        self.copies: list[Segment] = []
        self.same: list[Segment] = []
        self.beyond = False

    def take(self, other: Segment) -> None:
        """One more segment, in the order of the capture."""
        own = self.own
        if (other.source, other.destination) not in (own[1:3], own[2:0:-1]):
            return
        if other.get("flags.syn"):
            self._syn(other)
        elif other.get("flags.reset"):
            self.opened = False
        if self.acked is None and other.source == own.destination and other.takes and other.end == self.awaited:
            self.acked = other
        self._repeats(other)

    def _repeats(self, other: Segment) -> None:
        """What the segment says once more: data that was sent before, or an acknowledgment."""
        own = self.own
        if other.source == own.source:
            answers = own.get("flags.syn") and own.get("flags.ack") != other.get("flags.ack")  # a SYN+ACK is no copy
            if own.takes and other.takes and other.get("seq_raw") == own.get("seq_raw") and not answers:
                self.copies.append(other)
            if own.pure and other.get("flags.ack") and other.get("ack_raw") == self.awaited:
                again = (
                    self.same
                    and other.pure
                    and other.get("window_size_value") == self.same[-1].get("window_size_value")
                )
                self.same = [*self.same, other] if again else [other]
        elif own.pure and other.takes and 0 < (other.end - (self.awaited or 0)) % WRAP < WRAP // 2:
            self.beyond = True

    def _duplicate(self) -> int:
        """Which duplicate acknowledgment it is: no data, the same window, and something is outstanding (RFC 5681 §2)."""
        if not self.same or not self.beyond:
            return 0
        same = self.own.get("window_size_value") == self.same[-1].get("window_size_value")
        return len(self.same) if same else 0

    def _syn(self, other: Segment) -> None:
        before = self.syns.get(other.source)
        if before is not None and before.get("seq_raw") != other.get("seq_raw"):
            self.syns, self.opened, self.acked, self.copies, self.same, self.beyond = {}, False, None, [], [], False
        self.syns[other.source] = other
        if other.source == self.own.source and not other.get("flags.ack"):
            self.opened = True

    def told(self) -> Around:
        """What a reader of the segment needs to know."""
        both = len(self.syns) == 2 and all(syn.whole for syn in self.syns.values())
        shifts = {end: syn.layer.get("tcp.options.wscale.shift") for end, syn in self.syns.items()}
        own = shifts.get(self.own.source) if both and None not in shifts.values() else None
        acked, duplicate = self.acked, self._duplicate()
        return Around(
            handshake=both,
            shift=own.raw if own is not None and isinstance(own.raw, int) else None,
            acked=acked.number if acked is not None else None,
            data=acked.get("len") if acked is not None and acked.get("flags.syn") else 0,
            opened=self.opened,
            accurate=any(syn.get("flags.ack") and _bits(syn) in AGREED for syn in self.syns.values()),
            takes=acked.takes if acked is not None else 0,
            copy_of=self.copies[0].number if self.copies else None,
            since=_between(self.copies[-1], self.own) if self.copies else None,
            duplicate=duplicate,
            duplicate_of=self.same[0].number if duplicate else None,
        )


class Glance:
    """Tells without decoding it that a packet has nothing to tell: of the thousands before a segment few have.

    It looks where the segment's own headers begin, and leaves to the decoder what is built otherwise
    there, is a fragment, or does not add up.
    """

    def __init__(self, own: Segment) -> None:
        self.own, self.key = own, own.network.key
        self.network, self.transport = own.network.start, own.layer.start
        self.awaited = own.get("ack_raw") if own.get("flags.ack") else None
        self.slots = {
            slot.field.name: (slot, layer.start)
            for layer in (own.network, own.layer)
            for slot in fixed_slots(layer.header)
        }

    def passes(self, frame: Frame) -> bool:
        """Whether the packet is of another connection, or neither opens nor ends this one nor is acknowledged."""
        data = frame.data
        if len(data) < self.transport + fixed_size(self.own.layer.header):
            return False
        source, target = (self._read(data, f"{self.key}.{end}") for end in ("src", "dst"))
        ends = (source, self._number(data, "tcp.srcport")), (target, self._number(data, "tcp.dstport"))
        stop = self._stop(data)
        carried = stop - self.transport - self._number(data, "tcp.hdr_len")
        if carried < 0 or stop > frame.wire_length - frame.fcs:
            return False
        if ends not in (self.own[1:3], self.own[2:0:-1]):
            return True
        if self._number(data, "tcp.flags.syn") or self._number(data, "tcp.flags.reset"):
            return False
        start = self._number(data, "tcp.seq_raw")
        end = (start + carried + self._number(data, "tcp.flags.fin")) % WRAP
        if ends == self.own[1:3]:
            same = self.own.pure and self._number(data, "tcp.ack_raw") == self.awaited
            return not same and (end == start or start != self.own.get("seq_raw"))
        beyond = self.own.pure and end != start and (end - (self.awaited or 0)) % WRAP < WRAP // 2
        return end != self.awaited and not beyond

    def elsewhere(self, frame: Frame) -> bool:
        """Whether the packet is of another connection, as far as that can be told without decoding it."""
        data = frame.data
        if len(data) < self.transport + fixed_size(self.own.layer.header) or not self._stop(data):
            return False
        source, target = (self._read(data, f"{self.key}.{end}") for end in ("src", "dst"))
        ends = (source, self._number(data, "tcp.srcport")), (target, self._number(data, "tcp.dstport"))
        return ends not in (self.own[1:3], self.own[2:0:-1])

    def _stop(self, data: bytes) -> int:
        """Where TCP ends by the IP header's length, if that header leads straight to TCP; else 0."""
        if any(self._number(data, name) != wanted for name, wanted in STRAIGHT[self.key].items()):
            return 0
        if self.key == "ip":
            size, stop = self._number(data, "ip.hdr_len"), self.network + self._number(data, "ip.len")
        else:
            size, stop = fixed_size(self.own.network.header), self.transport + self._number(data, "ipv6.plen")
        return stop if self.network + size == self.transport else 0

    def _read(self, data: bytes, name: str) -> Raw:
        slot, start = self.slots[name]
        return slot.read(data, start)

    def _number(self, data: bytes, name: str) -> int:
        number = self.slots[name][0].field.number(self._read(data, name))
        return number if isinstance(number, int) else 0


def look_back(frames: Frames, packet: Packet) -> Around | None:
    """What precedes a TCP segment in its own connection, at most `FARTHEST` packets back, and what else of the datagram
    is in the packets around where it carries a piece; None for other packets.
    """
    tiling = _tiling(frames, packet)
    own = _segment(packet)
    if own is None:
        return None if tiling is None else Around(tiling=tiling)
    history, glance = History(own), Glance(own)
    last = packet.frame.number - 1
    for frame in frames.iterate(max(1, last + 1 - FARTHEST), last):
        if own.source[0] in frame.data and own.destination[0] in frame.data and not glance.passes(frame):
            other = _segment(decode_frame(frame))
            if other is not None:
                history.take(other)
    return _ahead(frames, own, glance, history.told()._replace(tiling=tiling))


def _ahead(frames: Frames, own: Segment, glance: Glance, told: Around) -> Around:
    """What follows: which packet acknowledges the segment, or, after a third duplicate, which brings what is missing."""
    if not own.takes and told.duplicate < DUPLICATES:
        return told
    left = NEXT
    for frame in frames.iterate(own.number + 1, own.number + AHEAD):
        if own.source[0] not in frame.data or own.destination[0] not in frame.data or glance.elsewhere(frame):
            continue
        other, left = _segment(decode_frame(frame)), left - 1
        if other is None or (other.source, other.destination) not in (own[1:3], own[2:0:-1]):
            continue
        if not left or (other.get("flags.syn") and not other.get("flags.ack") and other.source == own.destination):
            break
        if other.source == own.source:
            continue
        if own.takes and other.get("flags.ack") and (other.get("ack_raw") - own.end) % WRAP < WRAP // 2:
            return told._replace(answer=other.number, answered=_between(own, other))
        if not own.takes and other.takes and other.get("seq_raw") == own.get("ack_raw"):
            return told._replace(resent=other.number)
    return told


def _tiling(frames: Frames, packet: Packet) -> Tiling | None:
    """The datagram that the packet carries a piece of."""
    piece = piece_of(packet)
    datagram = None if piece is None else datagram_of(frames, packet.frame.number, piece)
    if datagram is None:
        return None
    whole, numbers = datagram.whole(), tuple(datagram.packets)
    size = None if whole is None else whole.wire_length
    return Tiling(numbers.index(packet.frame.number) + 1, numbers, size)


def _segment(packet: Packet) -> Segment | None:
    """The packet's TCP segment, if its fixed header is whole and not quoted."""
    layer = next((each for each in packet.layers if each.key == "tcp" and not each.quoted), None)
    if layer is None or layer.get("tcp.window_size_value") is None:
        return None
    below = next((each for each in packet.layers[::-1] if each.start < layer.start and each.key in STRAIGHT), None)
    if below is None:
        return None
    ends = []
    for name, port in (("src", "srcport"), ("dst", "dstport")):
        address, number = below.get(f"{below.key}.{name}"), layer.get(f"tcp.{port}")
        if address is None or number is None or not isinstance(address.raw, bytes) or not isinstance(number.raw, int):
            return None
        ends.append((address.raw, number.raw))
    return Segment(packet.frame.number, ends[0], ends[1], layer, below, packet.frame.time)


def _between(before: Segment, after: Segment) -> int | None:
    """Nanoseconds from one segment to another."""
    return after.time - before.time if after.time is not None and before.time is not None else None


def _bits(segment: Segment) -> tuple[bool, ...]:
    return tuple(bool(segment.get(f"flags.{name}")) for name in ACE)
