"""One line a packet, for all packets of a block: the same text as `dissect.render.listing.line`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from dissect.bulk.block import Block
from dissect.bulk.octets import Array, slots_by_name
from dissect.bulk.walk import Visit, Walk
from dissect.export.addresses import IPV4, NONE, Addresses
from dissect.export.cells import Cells, Constant, Numbers, Over, Phrases, Where, Words, lengths, padding, written
from dissect.export.clock import Moments
from dissect.export.colours import RESET, code
from dissect.export.gathered import NOBODY, Told, ipv4_at, meaning, number, row_of, tell
from dissect.export.signs import marks, sign_texts
from dissect.render import listing
from dissect.render.palette import PROTOCOLS, QUIET
from dissect.render.words import ECHO_VALUES, TCP_VALUES, flag_names
from dissect.wire.tcp import FLAGS, TCP

if TYPE_CHECKING:
    from dissect.render.listing import Times


@dataclass(frozen=True)
class Look:
    """How lines look: coloured, in ASCII, columns under one another, and which time they show."""

    colour: bool = False
    ascii: bool = False
    aligned: bool = False
    times: Times = "relative"

    @property
    def arrow(self) -> str:
        """Between two ends."""
        return " -> " if self.ascii else " → "


class Padded:
    """Cells filled up with spaces to a width: before them where `right`, else behind."""

    def __init__(self, cells: Cells, width: int, *, right: bool) -> None:
        self._cells = cells
        self._width = width
        self._right = right

    def words(self, first: int, stop: int) -> Words:
        """See `Cells`."""
        words = self._cells.words(first, stop)
        filling = padding(lengths(words, stop - first), self._width)
        return [*filling, *words] if self._right else [*words, *filling]

    def widest(self, first: int, stop: int) -> int:
        """See `Cells`."""
        return self._cells.widest(first, stop)


def lines(block: Block, look: Look = Look(), started: int | None = None) -> bytes:
    """The lines of all packets; `started` is the time that relative ones count from.

    A `MISSING` byte stands for each packet that was set aside. Times between packets count from the packet before in the block; that of its first packet is 0.
    """
    if not len(block):
        return b""
    walk, told = tell(block)
    cells: list[Cells] = [*_front(block, look, started), *_ends(walk, told, look), *_what(block, walk, told, look)]
    cells.append(Phrases(marks(walk), sign_texts(colour=look.colour)))
    cells.append(Constant("\n"))
    return written(cells, len(block), None if block.aside is None else block.aside.rows())


def since(block: Block) -> Array:
    """For each packet the time of the one before it that has one, for the first its own."""
    where = block.index
    rows = np.flatnonzero(where.timed)
    found = where.time.copy()
    found[rows[1:]] = where.time[rows[:-1]]
    return found


def first_time(block: Block, look: Look, text: bytes) -> tuple[int, int]:
    """Where in the lines the first time stands that there is."""
    row = int(block.index.timed.argmax())
    at = 0
    for _ in range(row):
        at = text.index(b"\n", at) + 1
    at += len(code(QUIET)) if look.colour else 0
    at += max(listing.NUMBER, len(str(block.index.number[row]))) + 1
    return at, at + listing.TIME_WIDTHS[look.times]


def time_cells(block: Block, look: Look, started: int | None) -> Moments:
    """The column of times."""
    where = block.index
    return Moments(where.time, where.timed, look.times, since(block) if look.times == "delta" else started)


def _front(block: Block, look: Look, started: int | None) -> list[Cells]:
    quiet, loud = (code(QUIET), RESET) if look.colour else ("", "")
    return [
        Constant(quiet), Padded(Numbers(block.index.number), listing.NUMBER, right=True), Constant(" "),
        time_cells(block, look, started), Constant(f"{loud} "),
    ]  # fmt: skip


def _ends(walk: Walk, told: Told, look: Look) -> list[Cells]:
    data = walk.octets.bytes
    source, destination = (Addresses(data, where, told.end_kinds) for where in (told.sources, told.destinations))
    if not look.aligned:
        return [source, Constant(look.arrow), destination]
    return [
        Padded(source, listing.END, right=True), Constant(look.arrow), Padded(destination, listing.END, right=False),
    ]  # fmt: skip


def _what(block: Block, walk: Walk, told: Told, look: Look) -> list[Cells]:
    """Protocol, length, and what the packet is."""
    names = ["?", *(visit.header.name for visit in walk.visits)]
    protocol: Cells = Phrases(told.innermost + 1, names)
    length: Cells = Numbers(block.index.length)
    if look.aligned:
        protocol = Padded(protocol, listing.PROTOCOL, right=False)
        length = Padded(length, listing.LENGTH, right=True)
    paint: list[Cells] = []
    if look.colour:
        styles = ["", *(PROTOCOLS.get(visit.header.key, "") for visit in walk.visits)]
        paint = [Phrases(told.innermost + 1, [code(style) for style in styles])]
    return [
        Constant(" "), *paint, protocol, Constant(f"{RESET} " if look.colour else " "), length, Constant(" "),
        Over(_ports(walk, told, look), [*_phrases(block, walk, told), *_captioned(told, "id")], _arp(walk, told, look)),
        *_numbers(told),
    ]  # fmt: skip


def _ports(walk: Walk, told: Told, look: Look) -> list[Cells]:
    """TCP and UDP: ports, flags."""
    if "sport" not in told.numbers:
        return []
    keys = np.array([0, *({"tcp": 1, "udp": 2}.get(visit.header.key, 0) for visit in walk.visits)])
    which = keys[told.innermost + 1]
    ours = which > 0
    found: list[Cells] = []
    for caption, behind in (("sport", look.arrow), ("dport", "")):
        column = told.number(caption)
        found += [Numbers(column.values, column.there), *_unknown(ours & ~column.there), Where(ours, behind)]
    if len(told.flags):
        used, codes = np.unique(told.flags & 0xFFF | (told.flags < 0) << 12, return_inverse=True)
        found.append(Phrases(codes, ["" if word >> 12 else f" [{_flags(word)}]" for word in used.tolist()]))
    if "len" in told.numbers:
        lost = (which == 2) & ~told.number("len").there
        if lost.any():
            found.append(Where(lost, " len=?"))
    return found


def _unknown(missing: Array) -> list[Cells]:
    return [Where(missing, "?")] if missing.any() else []


@cache
def _flags(word: int) -> str:
    slots, whole = slots_by_name(TCP), slots_by_name(TCP)["tcp.flags"]
    ends = {row.name: whole.bit + whole.bits - slots[row.name].bit - slots[row.name].bits for row in FLAGS}
    return flag_names(name for name, shift in ends.items() if word >> shift & 1)


def _numbers(told: Told) -> list[Cells]:
    """What has a caption: sequence numbers, lengths, options."""
    return [cells for caption in dict(TCP_VALUES) for cells in _captioned(told, caption)]


def _captioned(told: Told, caption: str) -> list[Cells]:
    column = told.numbers.get(caption)
    if column is None or not column.there.any():
        return []
    return [Where(column.there, f" {caption}="), Numbers(column.values, column.there)]


def _phrases(block: Block, walk: Walk, told: Told) -> list[Cells]:
    """What is said of all but TCP, UDP and ARP; each text once."""
    codes, texts = np.zeros(told.count, np.int64), [""]
    rows = np.flatnonzero(told.innermost == NOBODY)
    if len(rows):
        where = block.index
        said = np.stack([where.captured[rows], where.link[rows]], 1)
        pairs, places = np.unique(said, axis=0, return_inverse=True)
        codes[rows] = places.ravel() + len(texts)
        texts += [f"{size} bytes of link type {link}" for size, link in pairs.tolist()]
    for turn, visit in enumerate(walk.visits):
        key = visit.header.key
        if key in ("tcp", "udp", "arp"):
            continue
        which = np.flatnonzero(told.innermost[visit.group.rows] == turn)
        if not len(which):
            continue
        make = _control if key in ECHO_VALUES else _other
        places, more = make(walk, told, visit, which)
        codes[visit.group.rows[which]] = places + len(texts)
        texts += more
    return [Phrases(codes, texts)] if len(texts) > 1 else []


def _other(walk: Walk, told: Told, visit: Visit, which: Array) -> tuple[Array, list[str]]:  # noqa: ARG001
    header = visit.header
    if not header.next:
        return np.zeros(len(which), np.int64), [header.name]
    raw, there = number(walk, visit, header.next, which)
    used, places = np.unique(np.where(there, raw, -1), return_inverse=True)
    row = row_of(header, header.next)
    return places, [header.name + (f", then {meaning(row, each)}" if each >= 0 else "") for each in used.tolist()]


def _control(walk: Walk, told: Told, visit: Visit, which: Array) -> tuple[Array, list[str]]:
    """ICMP and ICMPv6: type, code, what the error is about; and the numbers of an echo."""
    header = visit.header
    rows = visit.group.rows[which]
    for caption, name in ECHO_VALUES[header.key]:
        values, there = number(walk, visit, name, which)
        column = told.number(caption)
        column.values[rows], column.there[rows] = values, there
    columns = [told.about_code[rows]]
    for name in ("type", "code"):
        raw, there = number(walk, visit, f"{header.key}.{name}", which)
        columns.append(np.where(there, raw, -1))
    used, places = np.unique(np.stack(columns, 1), axis=0, return_inverse=True)
    kind_row, code_row = (row_of(header, f"{header.key}.{name}") for name in ("type", "code"))
    texts = []
    for about, kind, detail in used.tolist():
        said = meaning(kind_row, kind) if kind >= 0 else "?"
        named = code_row.name_of(detail, kind) if detail >= 0 else ""
        texts.append(said + (f": {named}" if named else "") + (f" (about {told.about[about]})" if about else ""))
    return places.ravel(), texts


def _arp(walk: Walk, told: Told, look: Look) -> list[Cells]:
    """The operation, and whose address is asked for by whom."""
    found: list[Cells] = []
    for turn, visit in enumerate(walk.visits):
        if visit.header.key != "arp":
            continue
        which = np.flatnonzero(told.innermost[visit.group.rows] == turn)
        if not len(which):
            continue
        rows = visit.group.rows[which]
        raw, there = number(walk, visit, "arp.opcode", which)
        used, places = np.unique(np.where(there, raw, -1), return_inverse=True)
        row = row_of(visit.header, "arp.opcode")
        codes, ours = np.zeros(told.count, np.int64), np.zeros(told.count, bool)
        codes[rows], ours[rows] = places + 1, True
        found.append(Phrases(codes, ["", *(f"{meaning(row, each) if each >= 0 else '?'}: " for each in used.tolist())]))
        for name, behind in (("arp.src.proto_ipv4", look.arrow), ("arp.dst.proto_ipv4", "")):
            where, known = ipv4_at(visit, name, which, told.count)
            kinds = np.where(known, IPV4, NONE)
            found += [Addresses(walk.octets.bytes, where, kinds), *_unknown(ours & ~known), Where(ours, behind)]
    return found
