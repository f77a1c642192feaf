"""The conversations of a capture: who talks with whom over which ports, how much, from which packet on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from rich.text import Text

from dissect.packet import Packet
from dissect.render import palette
from dissect.tui.background import Job
from dissect.tui.overlay import Overlay
from dissect.tui.packets import Packets
from dissect.tui.rows import HERE, Rows
from dissect.tui.state import State
from dissect.wire.field import Kind, bytes_text

if TYPE_CHECKING:
    import polars as pl

FIELDS = (
    "frame.number", "frame.time_epoch", "frame.len", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "tcp.srcport", "tcp.dstport",
    "udp.srcport", "udp.dstport",
)  # fmt: skip
KEYS = ("kind", "a", "pa", "b", "pb")
MOST = 1 << 18  # partial rows that are kept before they are added up


class Conversation(NamedTuple):
    """Two ends, packets and bytes from the first end and from the second, first packet, seconds."""

    kind: str
    a: str
    pa: int
    b: str
    pb: int
    first: int
    sent: int
    answered: int
    size: int
    seconds: float

    @property
    def filter(self) -> str:
        """Lets through its packets."""
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
    """Adds the conversations up, batch by batch."""

    def __init__(self, packets: Packets) -> None:
        super().__init__()
        self.packets = packets
        self.found: list[Conversation] = []
        self.tested = 0

    def work(self) -> None:
        """Reads the ends of all packets."""
        import polars as pl

        from dissect.bulk.table import tables

        parts: list[pl.DataFrame] = []
        with self.packets.reader() as frames:
            for table in tables(frames, FIELDS):
                if self.stopped:
                    return
                parts.append(_grouped(_ends(table)))
                self.tested = int(table["frame.number"][-1])
                self.give_way()
                if sum(map(len, parts)) > MOST:
                    parts = [_again(pl.concat(parts))]
        if parts:
            whole = _again(pl.concat(parts)).sort("first")
            self.found = [_row(row) for row in whole.iter_rows(named=True)]


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
        pl.col("frame.number").alias("number"), pl.col("frame.time_epoch").alias("time"), pl.col("frame.len").alias("len"),
        kind.alias("kind"), address("src").alias("src"), address("dst").alias("dst"), port("srcport").alias("sport"),
        port("dstport").alias("dport"),
    ).filter(pl.col("src").is_not_null())  # fmt: skip
    up = (pl.col("src") < pl.col("dst")) | ((pl.col("src") == pl.col("dst")) & (pl.col("sport") <= pl.col("dport")))
    return made.select(
        "kind", "number", "time", "len", up.alias("up"),
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


def _row(row: dict[str, Any]) -> Conversation:
    """A row of the table, the end that sent first as the first end."""
    a, b, sent, answered = _address(row["a"]), _address(row["b"]), row["sent"], row["answered"]
    pa, pb = row["pa"], row["pb"]
    if not row["up"]:
        a, b, pa, pb, sent, answered = b, a, pb, pa, answered, sent
    seconds = (row["end"] - row["begin"]) / 1e9 if row["begin"] is not None else 0.0
    return Conversation(row["kind"], a, pa, b, pb, row["first"], sent, answered, row["size"], seconds)


def _address(text: str) -> str:
    if text.startswith("x"):
        return bytes_text(Kind.IPV6, bytes.fromhex(text[1:]))
    return bytes_text(Kind.IPV4, int(text).to_bytes(4, "big"))


class ConversationRows(Rows):
    """A conversation a row."""

    HEAD: ClassVar[int] = 1

    def __init__(self, job: Adding, state: State) -> None:
        super().__init__(id="conversations")
        self.job = job
        self.state = state

    @property
    def count(self) -> int:
        """Conversations found."""
        return len(self.job.found)

    def head(self, width: int) -> Text:
        """The names of the columns."""
        word = self.state.word
        return self._row(width, "  ", *(word(f"conversation.{name}") for name in
                                       ("kind", "from", "to", "packets", "bytes", "seconds", "first")))  # fmt: skip

    def line(self, row: int, width: int) -> Text:
        """One of them."""
        each = self.job.found[row]
        ends = [f"{address}:{port}" if port else address for address, port in ((each.a, each.pa), (each.b, each.pb))]
        ends = [
            f"[{end.rpartition(':')[0]}]:{end.rpartition(':')[2]}" if end.count(":") > 2 and each.pa else end
            for end in ends
        ]
        return self._row(
            width, HERE[0] if row == self.cursor else "  ", each.kind, *ends, f"{each.sent:,}→ {each.answered:,}←", f"{each.size:,}",
            f"{each.seconds:.6f}", str(each.first),
        )  # fmt: skip

    def _row(self, width: int, sign: str, *cells: str) -> Text:
        wide = max(14, (width - 10 - 44) // 2)
        text = Text(sign)
        for cell, own in zip(cells, (4, wide, wide, 14, 12, 12, 8), strict=True):
            part = Text(cell)
            part.truncate(own, overflow="ellipsis", pad=True)
            text.append_text(part).append(" ")
        return text


class ConversationScreen(Overlay):
    """The list of conversations; the result is "filter …"."""

    rows: ConversationRows

    def __init__(self, job: Adding, state: State) -> None:
        super().__init__(state, ConversationRows(job, state))
        self.job = job

    def heading(self) -> str:
        """How many, or how far."""
        key = "conversations.heading" if self.job.done else "conversations.searching"
        share = f"{self.job.tested / max(1, self.job.packets.count):.0%}"
        return self.state.word(key, count=f"{len(self.job.found):,}", share=share)

    def remark(self) -> Text:
        """Its filter."""
        if self.job.fault:
            return Text(self.job.fault, palette.FAULT)
        if not self.rows.count:
            return Text(self.state.word("conversations.none") if self.job.done else "", palette.QUIET)
        return Text(self.job.found[self.rows.cursor].filter, palette.QUIET)

    def on_rows_opened(self, event: Rows.Opened) -> None:
        """Shows its packets."""
        self.dismiss(f"filter {self.job.found[event.row].filter}")


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
            return Conversation(key.upper(), a, pa, b, pb, 0, 0, 0, 0, 0.0).filter
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
