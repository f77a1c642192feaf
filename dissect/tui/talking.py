"""Who talks with whom: the conversations of a capture, added up batch by batch; of TCP, a row for each connection."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from dissect.packet import Packet
from dissect.tui.background import Job
from dissect.tui.packets import Packets
from dissect.wire.field import Kind, bytes_text

if TYPE_CHECKING:
    import polars as pl

    from dissect.tui.tracing import Tracing

FIELDS = (
    "frame.number", "frame.time_epoch", "frame.len", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "tcp.srcport", "tcp.dstport",
    "udp.srcport", "udp.dstport", "tcp.stream",
)  # fmt: skip
KEYS = ("kind", "a", "pa", "b", "pb", "stream")
MOST = 1 << 18  # partial rows that are kept before they are added up


class Conversation(NamedTuple):
    """Two ends, packets from the first end and from the second, bytes of both, first packet, seconds.

    Of a TCP connection also its number, its state at the end (a key of `streams.state`), segments sent again, and
    the round trip of its handshake in nanoseconds, 0 where it is not known.
    """

    kind: str
    a: str
    pa: int
    b: str
    pb: int
    first: int = 0
    sent: int = 0
    answered: int = 0
    size: int = 0
    seconds: float = 0.0
    stream: int | None = None
    state: str = ""
    again: int = 0
    trip: int = 0

    @property
    def ends(self) -> tuple[str, str]:
        """Both ends as text."""
        first, second = (_end(*each) for each in ((self.a, self.pa), (self.b, self.pb)))
        return first, second

    @property
    def filter(self) -> str:
        """Lets through its packets."""
        if self.stream is not None:
            return f"tcp.stream == {self.stream}"
        version = "ipv6" if ":" in self.a else "ip"
        ends = (
            f"{version}.addr == {self.a} && {version}.addr == {self.b}"
            if self.a != self.b
            else f"{version}.addr == {self.a}"
        )
        if self.kind not in ("TCP", "UDP"):
            return f"{ends} && !tcp && !udp"
        name = self.kind.lower()
        ports = (
            f"{name}.port == {self.pa} && {name}.port == {self.pb}"
            if self.pa != self.pb
            else f"{name}.port == {self.pa}"
        )
        return f"{ends} && {ports}"


class Adding(Job):
    """Adds the conversations up; `whole` is their table, with what connections tell once that is worked out."""

    def __init__(self, packets: Packets) -> None:
        super().__init__()
        self.packets = packets
        self.whole: pl.DataFrame | None = None
        self.tested = 0
        self.upto = 0
        self._tracing: Tracing | None = None

    @property
    def share(self) -> float:
        """How far it is, from 0 to 1."""
        traced = self._tracing.share if self._tracing is not None else 0.0
        return (traced + self.tested / max(1, self.upto)) / 2

    def work(self) -> None:
        """Reads the ends of all packets, beside the connections that these belong to."""
        import polars as pl

        self._tracing = tracing = self.packets.trace()
        if not tracing.wait(self):
            self.fault = tracing.fault
            return
        self.upto = tracing.upto
        parts: list[pl.DataFrame] = []
        for part in self._parts(tracing):
            parts.append(part)
            if sum(map(len, parts)) > MOST:
                parts = [_again(pl.concat(parts))]
        if self.stopped or not parts:
            return
        whole = _by_stream(_again(pl.concat(parts)))
        self.whole = whole.with_columns(state=pl.lit(""), again=pl.lit(0), trip=pl.lit(0))
        while not tracing.done:
            if not self.rest():
                return
        if not tracing.fault and tracing.analysis is not None:
            self.whole = whole.join(_told(tracing), on="stream", how="left", maintain_order="left")

    def _parts(self, tracing: Tracing) -> Iterator[pl.DataFrame]:
        from dissect.bulk.table import tables

        with self.packets.reader() as frames:
            for table in tables(frames, FIELDS, None, tracing.beside(["tcp.stream"])):
                if self.stopped:
                    return
                yield _grouped(_ends(table))
                self.tested = int(table["frame.number"][-1])
                self.give_way()
                if self.tested >= self.upto:
                    return


def _told(tracing: Tracing) -> pl.DataFrame:
    """A row a connection: how it stood at the end, what was sent again, the round trip."""
    import polars as pl

    from dissect.streams.summary import STATES, summary

    assert tracing.analysis is not None
    found = summary(tracing.analysis)
    return pl.DataFrame({
        "stream": pl.Series(range(len(found)), dtype=pl.UInt32),
        "state": pl.Series(STATES, dtype=pl.String).gather(pl.Series(found.state)), "again": found.again,
        "trip": found.round_trip,
    })  # fmt: skip


def _ends(table: pl.DataFrame) -> pl.DataFrame:
    """Kind, the lower end, the higher end, and whether the packet went from the lower one to the higher."""
    import polars as pl

    def address(end: str) -> pl.Expr:
        four = pl.col(f"ip.{end}").cast(pl.UInt64).cast(pl.String)
        six = pl.lit("x") + pl.col(f"ipv6.{end}").bin.encode("hex")
        return pl.when(pl.col(f"ip.{end}").is_not_null()).then(four).otherwise(six)

    def port(end: str) -> pl.Expr:
        return pl.coalesce(pl.col(f"tcp.{end}"), pl.col(f"udp.{end}"), pl.lit(0)).cast(pl.UInt16)

    tcp, udp = pl.col("tcp.srcport").is_not_null(), pl.col("udp.srcport").is_not_null()
    kind = pl.when(tcp).then(pl.lit("TCP")).when(udp).then(pl.lit("UDP")).otherwise(pl.lit("IP"))
    made = table.select(
        pl.col("tcp.stream").alias("stream"), pl.col("frame.number").alias("number"), pl.col("frame.time_epoch").alias("time"), pl.col("frame.len").alias("len"),
        kind.alias("kind"), address("src").alias("src"), address("dst").alias("dst"), port("srcport").alias("sport"),
        port("dstport").alias("dport"),
    ).filter(pl.col("src").is_not_null())  # fmt: skip
    up = (pl.col("src") < pl.col("dst")) | ((pl.col("src") == pl.col("dst")) & (pl.col("sport") <= pl.col("dport")))
    return made.select(
        "kind", "stream", "number", "time", "len", up.alias("up"),
        *(pl.when(up).then(pl.col(one)).otherwise(pl.col(other)).alias(name)
          for name, one, other in (("a", "src", "dst"), ("pa", "sport", "dport"), ("b", "dst", "src"), ("pb", "dport", "sport"))),
    )  # fmt: skip


def _grouped(ends: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    return ends.group_by(KEYS).agg(
        pl.col("number").min().alias("first"), pl.col("up").sort_by("number").first().alias("up"),
        pl.col("up").sum().cast(pl.UInt64).alias("sent"), (~pl.col("up")).sum().cast(pl.UInt64).alias("answered"),
        pl.col("len").cast(pl.UInt64).sum().alias("size"), pl.col("time").min().alias("begin"), pl.col("time").max().alias("end"),
    )  # fmt: skip


def _again(parts: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    return parts.group_by(KEYS).agg(
        pl.col("first").min(), pl.col("up").sort_by("first").first(), pl.col("sent").sum(), pl.col("answered").sum(),
        pl.col("size").sum(), pl.col("begin").min(), pl.col("end").max(),
    )  # fmt: skip


def _by_stream(whole: pl.DataFrame) -> pl.DataFrame:
    """A row for each connection, even where ICMP errors that quote it came from elsewhere; in the order of the capture."""
    import polars as pl

    ends = [pl.col(name).sort_by("first").first() for name in (*KEYS[:-1], "up")]
    sums = [pl.col(name).sum() for name in ("sent", "answered", "size")]
    spans = [pl.col("first").min(), pl.col("begin").min(), pl.col("end").max()]
    tcp = whole.filter(pl.col("stream").is_not_null()).group_by("stream").agg(*ends, *sums, *spans)
    rest = whole.filter(pl.col("stream").is_null())
    return pl.concat([rest, tcp.select(rest.columns)]).sort("first")


def conversation(row: dict[str, Any]) -> Conversation:
    """A row of the table, the end that sent first as the first end."""
    a, b, sent, answered = _address(row["a"]), _address(row["b"]), row["sent"], row["answered"]
    pa, pb = row["pa"], row["pb"]
    if not row["up"]:
        a, b, pa, pb, sent, answered = b, a, pb, pa, answered, sent
    seconds = (row["end"] - row["begin"]) / 1e9 if row["begin"] is not None else 0.0
    told = (row["stream"], row["state"] or "", row["again"] or 0, row["trip"] or 0)
    return Conversation(row["kind"], a, pa, b, pb, row["first"], sent, answered, row["size"], seconds, *told)


def _address(text: str) -> str:
    if text.startswith("x"):
        return bytes_text(Kind.IPV6, bytes.fromhex(text[1:]))
    return bytes_text(Kind.IPV4, int(text).to_bytes(4, "big"))


def _end(address: str, port: int) -> str:
    if not port:
        return address
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def conversation_filter(packet: Packet) -> str:
    """Lets through the packets of the same TCP or UDP conversation; an empty text for other packets."""
    for key in ("tcp", "udp"):
        layer = next((each for each in packet.layers if each.key == key and not each.quoted), None)
        below = next(
            (each for each in packet.layers[::-1] if layer and each.start < layer.start and each.key in ("ip", "ipv6")),
            None,
        )
        if layer is None or below is None:
            continue
        ends = [below.get(f"{below.key}.{end}") for end in ("src", "dst")]
        ports = [layer.get(f"{key}.{end}") for end in ("srcport", "dstport")]
        if all(ends) and all(ports):
            a, b = (value.text for value in ends if value)
            pa, pb = (int(value.text) for value in ports if value)
            return Conversation(key.upper(), a, pa, b, pb).filter
    return ""


def datagram_filter(packet: Packet) -> str:
    """Lets through the fragments of the same datagram (RFC 791 §2.3, RFC 8200 §4.5); an empty text for other packets."""
    four, six = packet.layer("ip"), packet.layer("ipv6.fraghdr")
    if four is not None and (_set(packet, "ip.flags.mf") or _set(packet, "ip.frag_offset")):
        names: tuple[str, ...] = ("ip.src", "ip.dst", "ip.proto", "ip.id")
    elif six is not None:
        names = ("ipv6.src", "ipv6.dst", "ipv6.fraghdr.ident")
    else:
        return ""
    values = [(name, packet.get(name)) for name in names]
    return " && ".join(f"{name} == {value.text}" for name, value in values if value is not None)


def _set(packet: Packet, name: str) -> bool:
    value = packet.get(name)
    return value is not None and bool(value.raw)
