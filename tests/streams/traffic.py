"""TCP as no kernel would send it: random streams that come to every odd case often, as captures in memory."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from capture.building import pcap_header, record

SYN, ACK = 2, 16
WRAP = 1 << 32
FIRST = 1_700_000_000
SPECIAL = (0, 1 << 31, WRAP)
"""Sequence numbers around which arithmetic goes wrong first."""


class Sent(NamedTuple):
    """One segment: microseconds from the beginning, which end sends it (0 or 1), and what its header holds."""

    time: int
    end: int
    seq: int
    ack: int
    flags: int = ACK
    window: int = 1000
    length: int = 0
    options: bytes = b""


KINDS: dict[str, tuple[int, tuple[int, ...], tuple[int, ...], tuple[int, ...], tuple[int, ...], int]] = {
    "data": (35, (0,), (0,), (1, 1, 2, 100, 100, 500), (), ACK), "ack": (15, (), (), (), (), ACK),
    "nothing": (10, (0,), (0,), (0,), (), ACK), "window": (8, (0,), (0,), (0,), (0, 0, 500, 1000), ACK),
    "again": (12, (0,), (0,), (0,), (), ACK), "alive": (4, (-1,), (0,), (0, 1, 1, 20), (), ACK),
    "gap": (4, (100, 500), (0,), (0, 100), (), ACK), "fin": (2, (0,), (0,), (0, 50), (), ACK | 1),
    "reset": (2, (), (), (), (), ACK), "syn": (2, (), (), (), (), ACK), "answer": (1, (), (), (), (), ACK),
    "unseen": (2, (), (), (), (), ACK), "old": (3, (0,), (0, -50, -100), (0,), (), ACK),
}  # fmt: skip
"""What an end may send → how often, what is added to the next sequence and ACK number, lengths, windows, flags."""

Ends = tuple[tuple[bytes, int], tuple[bytes, int]]
PLAIN: Ends = ((bytes([192, 0, 2, 1]), 40000), (bytes([192, 0, 2, 2]), 9999))


def frame(sent: Sent, ends: Ends = PLAIN) -> bytes:
    """An Ethernet frame with IPv4 and the segment; checksums are left 0."""
    source, target = ends[sent.end], ends[1 - sent.end]
    options = sent.options + bytes(-len(sent.options) % 4)
    words = [source[1].to_bytes(2, "big"), target[1].to_bytes(2, "big")]
    words += [(number % WRAP).to_bytes(4, "big") for number in (sent.seq, sent.ack)]
    words += [bytes([(5 + len(options) // 4) << 4, sent.flags]), sent.window.to_bytes(2, "big"), bytes(4)]
    segment = b"".join(words) + options + b"x" * sent.length
    header = bytes([0x45, 0]) + (20 + len(segment)).to_bytes(2, "big") + bytes([0, 0, 0x40, 0, 64, 6, 0, 0])
    return bytes.fromhex("020000000001 020000000002 0800") + header + source[0] + target[0] + segment


def capture(packets: list[tuple[Sent, Ends]]) -> bytes:
    """A pcap file with the packets in the order of their times."""
    ordered = sorted(packets, key=lambda each: each[0].time)
    records = (
        record(frame(sent, ends), FIRST + sent.time // 1_000_000, sent.time % 1_000_000) for sent, ends in ordered
    )
    return pcap_header() + b"".join(records)


class Talk:
    """Two ends that send anything but nonsense only."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.first = [
            random.choice(
                [random.randrange(WRAP), *((each + random.randrange(-4000, 4000)) % WRAP for each in SPECIAL)]
            )
            for _ in range(2)
        ]
        self.next, self.acked = list(self.first), list(self.first)
        self.window = [random.choice([0, 500, 1000, 2000]) for _ in range(2)]
        self.history: list[tuple[int, int, int]] = []
        self.time = random.randrange(1_000_000)

    def segments(self, count: int) -> list[Sent]:
        """A handshake, mostly, and so many segments."""
        found = self._opening() if self.random.random() < 0.7 else []
        return found + [self._any() for _ in range(count)]

    def _opening(self) -> list[Sent]:
        one, other = self.first
        options = [self.random.choice([b"", b"\3\3\2", b"\3\3\1"]) for _ in range(2)]
        steps = [
            (0, one, 0, SYN, options[0]), (1, other, one + 1, SYN | ACK, options[1]), (0, one + 1, other + 1, ACK, b""),
        ]  # fmt: skip
        if self.random.random() < 0.3:
            steps.insert(1, steps[0])
        if self.random.random() < 0.2:
            steps.pop(self.random.randrange(len(steps)))
        self.next = [(one + 1) % WRAP, (other + 1) % WRAP]
        self.acked = [self.next[1], self.next[0]]
        return [Sent(self._later(), end, seq, ack, flags, 2000, 0, more) for end, seq, ack, flags, more in steps]

    def _later(self) -> int:
        self.time += self.random.choice([0, 10, 1000, 2500, 4000, 19_000, 25_000, 200_000])
        return self.time

    def _any(self) -> Sent:
        random, end = self.random, self.random.randrange(2)
        kind = random.choices(list(KINDS), [each[0] for each in KINDS.values()])[0]
        plain = Sent(self._later(), end, self.next[end], self.acked[end], ACK, self.window[end])
        if kind == "again" and self.history:
            end, seq, length = random.choice(self.history[-4:])
            longer = max(0, length + random.choice([0, 0, 0, 50, -20]))
            sent = Sent(plain.time, end, seq, self.acked[end], ACK, self.window[end], longer)
        elif kind == "ack":
            sent = plain._replace(ack=random.choice([self.next[1 - end], plain.ack, plain.ack + 100]))
        elif kind == "unseen":
            sent = plain._replace(ack=self.next[1 - end] + random.choice([1, 100, 1000]))
        elif kind == "reset":
            numbers = {"seq": random.choice([plain.seq, 0, plain.ack]), "ack": random.choice([0, plain.ack])}
            sent = plain._replace(flags=random.choice([4, 20]), **numbers)
        elif kind == "syn":
            sent = plain._replace(flags=SYN, seq=self.first[end] + random.choice([0, 0, 5000]), ack=0)
        elif kind == "answer":
            sent = plain._replace(flags=SYN | ACK, seq=self.first[end] + random.choice([0, 7]))
        else:
            _, seqs, acks, lengths, windows, flags = KINDS[kind]
            sent = plain._replace(
                seq=plain.seq + random.choice(seqs), ack=plain.ack + random.choice(acks), length=random.choice(lengths),
                window=random.choice(windows or (plain.window,)), flags=flags,
            )  # fmt: skip
        options = self._sack(kind, sent.ack)
        return self._sent(sent._replace(seq=sent.seq % WRAP, ack=sent.ack % WRAP, options=options))

    def _sack(self, kind: str, ack: int) -> bytes:
        if kind not in ("ack", "nothing") or self.random.random() < 0.7:
            return b""
        left = ack + self.random.choice([100, 200])
        edges = (left, left + self.random.choice([50, 100]))
        return b"\1\1\5\x0a" + b"".join((edge % WRAP).to_bytes(4, "big") for edge in edges)

    def _sent(self, sent: Sent) -> Sent:
        if self.random.random() < 0.5:
            self.window[sent.end] = sent.window
        if (sent.ack - self.acked[sent.end]) % WRAP < WRAP // 2:
            self.acked[sent.end] = sent.ack
        self.history.append((sent.end, sent.seq, sent.length))
        end = (sent.seq + sent.length + bool(sent.flags & 3)) % WRAP
        if (end - self.next[sent.end]) % WRAP < WRAP // 2 and sent.flags != SYN and not sent.flags & 4:
            self.next[sent.end] = end
        return sent


def many(seed: int, streams: int = 60) -> bytes:
    """A capture of many random streams at the same time, always the same for a seed."""
    random = Random(seed)
    packets: list[tuple[Sent, Ends]] = []
    for number in range(streams):
        ports = random.choice([(40000, 9999), (9998, 9998), (1000, 50000)])
        ends = (
            (bytes([10, 0, number >> 8, number & 255]), ports[0]),
            (bytes([10, 1, number >> 8, number & 255]), ports[1]),
        )
        if random.random() < 0.3:
            ends = (ends[1], ends[0])
        packets += [(sent, ends) for sent in Talk(random).segments(random.randrange(3, 25))]
    return capture(packets)
