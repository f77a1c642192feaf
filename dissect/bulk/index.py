"""Where the packets of a batch are, and what the capture file says about each: numbers instead of `Frame`s."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from dissect.bulk.octets import Array, Octets, distinct
from dissect.capture.batch import Batch
from dissect.capture.pcap import Pcap
from dissect.capture.section import ENHANCED, FLAGS, OLD, SECOND, SIMPLE, UNSUMMED, Interface, Section

LATEST = np.iinfo(np.int64).max
ROUNDS = 16  # options of one block that are walked for all packets at once


@dataclass(slots=True)
class Index:
    """A row a packet: `start` is the position of its bytes in the batch, `time` in nanoseconds since 1970.

    `record` is the position of the record or block that holds them, `size` its bytes. `time` is meaningless
    where not `timed`: the file holds none, or one that 64 bits cannot. `optional` marks pcapng blocks with options,
    `unsummed` packets whose checksum was left to the network card.
    `interfaces[named]` is the interface's name. Of merged captures, `batch` and `row` tell the origin.
    """

    number: Array
    batch: Array
    row: Array
    record: Array
    size: Array
    start: Array
    captured: Array
    length: Array
    time: Array
    timed: Array
    link: Array
    fcs: Array
    interface: Array
    optional: Array
    unsummed: Array
    named: Array
    interfaces: list[str]

    def __len__(self) -> int:
        return len(self.start)

    def take(self, rows: Array) -> Index:
        """Some of the packets, given as indices; `interfaces` stay."""
        chosen = {each.name: getattr(self, each.name)[rows] for each in fields(self) if each.name != "interfaces"}
        return replace(self, **chosen)


def index(batch: Batch, octets: Octets) -> Index:
    """The index of a batch, whose bytes are `octets`."""
    starts = np.asarray(batch.starts, np.int64)
    number = np.arange(batch.mark.number, batch.mark.number + len(starts), dtype=np.int64)
    if isinstance(batch.shape, Pcap):
        return _pcap(batch.shape, octets, starts, number)
    assert isinstance(batch.shape, Section)
    return _pcapng(batch.shape, octets, starts, number)


def _words(octets: Octets, starts: Array, at: int, order: str) -> Array:
    return _number(octets.word(starts + at, 4), order)


def _number(word: Array, order: str) -> Array:
    return (word if order == "big" else word.byteswap()).astype(np.int64)


def _pcap(shape: Pcap, octets: Octets, starts: Array, number: Array) -> Index:
    heads = octets.heads(starts, 16)
    seconds, fraction, captured, length = (_number(heads.word(at, 4), shape.order) for at in (0, 4, 8, 12))
    count = len(starts)
    nothing = np.zeros(count, np.int64)
    return Index(
        number, nothing, np.arange(count), starts, captured + shape.head, starts + shape.head, captured, length, seconds * SECOND + fraction * shape.fraction,
        np.ones(count, bool), np.full(count, shape.link), np.full(count, shape.fcs), nothing,
        np.zeros(count, bool), np.zeros(count, bool), nothing, [""],
    )  # fmt: skip


def _pcapng(section: Section, octets: Octets, starts: Array, number: Array) -> Index:
    order = section.order
    kind = _words(octets, starts, 0, order)
    simple = kind == SIMPLE
    first = _words(octets, starts, 8, order)
    old = octets.word(starts + 8, 2)
    interface = np.where(kind == OLD, old if order == "big" else old.byteswap(), np.where(simple, 0, first))
    high, low = (_words(octets, starts, at, order) for at in (12, 16))
    captured = np.where(simple, first, _words(octets, starts, 20, order))
    if simple.any():
        snaplen = section.interfaces[0].snaplen
        captured = np.where(simple & (captured > snaplen) & bool(snaplen), snaplen, captured)
    length = np.where(simple, first, _words(octets, starts, 24, order))
    start = np.where(simple, starts + 12, starts + 28)
    time, timed = _times(section.interfaces, interface, high, low, ~simple)
    fcs = np.array([each.fcs for each in section.interfaces], np.int64)[interface]
    behind = start + captured + -captured % 4
    size = _words(octets, starts, 4, order)
    stop = starts + size - 4
    optional = ~simple & (behind < stop) & ((kind == ENHANCED) | (kind == OLD))
    rows = np.flatnonzero(optional)
    unsummed = np.zeros(len(starts), bool)
    _flags(section, octets, (fcs, unsummed), rows, behind[rows], stop[rows])
    links = np.array([each.link for each in section.interfaces], np.int64)[interface]
    names = [each.name for each in section.interfaces]
    return Index(
        number, np.zeros(len(number), np.int64), np.arange(len(number)), starts, size, start, captured, length, time, timed,
        links, fcs, interface, optional, unsummed, interface, names,
    )  # fmt: skip


def _times(interfaces: list[Interface], which: Array, high: Array, low: Array, timed: Array) -> tuple[Array, Array]:
    """Nanoseconds by interface; those that 64 bits cannot hold are not there."""
    units = high.astype(np.uint64) << np.uint64(32) | low.astype(np.uint64)
    time, timed = np.zeros(len(units), np.int64), timed.copy()
    for number in distinct(which[timed]):
        interface = interfaces[number]
        here = np.flatnonzero(timed & (which == number))
        factor, rest = divmod(SECOND, interface.resolution)
        offset = interface.offset * SECOND
        largest = int(units[here].max()) * factor
        if not rest and largest + abs(offset) <= LATEST:
            time[here] = units[here].astype(np.int64) * factor + offset
            continue
        exact = [interface.time(int(unit)) for unit in units[here]]
        fits = [-LATEST <= each <= LATEST for each in exact]
        time[here] = [each if fit else 0 for each, fit in zip(exact, fits, strict=True)]
        timed[here] = fits
    return time, timed


def _flags(
    section: Section, octets: Octets, said: tuple[Array, Array], rows: Array, at: Array, stop: Array
) -> None:  # fmt: skip
    """What the flags options say: the length of the frame check sequence, 0 being "not known", and missing sums."""
    fcs, unsummed = said
    rounds = 0
    while len(rows) and rounds < ROUNDS:
        here = at + 4 <= stop
        code, length = (octets.word(np.where(here, at + shift, 0), 2) for shift in (0, 2))
        if section.order == "little":
            code, length = code.byteswap(), length.byteswap()
        here &= (code != 0) & (at + 4 + length <= stop)
        flags = here & (code == FLAGS) & (length == 4)
        if flags.any():
            word = _words(octets, at[flags], 4, section.order)
            bits = word >> 5 & 15
            unsummed[rows[flags]] = word & UNSUMMED != 0
            fcs[rows[flags]] = np.where(bits, bits, fcs[rows[flags]])
        at = at + 4 + length + -length.astype(np.int64) % 4
        rows, at, stop = rows[here], at[here], stop[here]
        rounds += 1
    for row, begin, end in zip(rows.tolist(), at.tolist(), stop.tolist(), strict=True):
        for option, value in section.options(octets.data, begin, end):
            if option == FLAGS and len(value) == 4:
                flag = section.word.unpack(value)[0]
                fcs[row] = (flag >> 5 & 15) or fcs[row]
                unsummed[row] = bool(flag & UNSUMMED)
