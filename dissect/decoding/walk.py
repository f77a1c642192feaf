"""The walk over a packet's headers: limits that remember who set them, drafts of layers, findings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from dissect.decoding.rows import Reading, holds, read_repeated, read_rows, read_table
from dissect.packet import Finding, Frame, Layer, Option, Value
from dissect.wire.field import Header, OptionSet, Raw, fixed_size, fixed_slots
from dissect.wire.findings import RULES
from dissect.wire.options import Item, walk

CUT = {"capture": "cut.capture", "frame": "cut.frame", "quote": "cut.quote", "fragment": "cut.fragment"}


class Limit(NamedTuple):
    """Where a layer's bytes end: `end` as they are here, `claim` as they were sent; `bound` says who set `end`.

    `lie` is true where a length field promises more than was ever sent, `partial` where the rest was
    sent elsewhere: in the next fragment, or in the packet of which an ICMP error repeats the beginning.
    """

    end: int
    bound: str
    claim: int
    lie: bool = False
    partial: bool = False

    def narrow(self, end: int, bound: str) -> Limit:
        """The limit within a length field that ends at `end`; where that fits, all it speaks of is here."""
        if end <= self.end:
            return Limit(end, bound, end)
        if self.partial:
            return self._replace(claim=end, partial=end > self.claim)
        return self._replace(claim=min(end, self.claim), lie=self.lie or end > self.claim)

    @property
    def complete(self) -> bool:
        """Whether all that was sent is here."""
        return self.end >= self.claim and not self.lie


class Next(NamedTuple):
    """The header that follows, where it begins and how far it may reach."""

    key: str
    start: int
    limit: Limit


@dataclass(slots=True)
class Network:
    """What the layers above IP need to know of it: the pseudo-header's parts, and whether it is whole."""

    source: bytes
    destination: bytes
    protocol: int
    fragment: bool = False
    presumed: bool = False
    jumbo: bool = False
    ecn: int = 0
    hops: int = 0


@dataclass(slots=True)
class Draft:
    """A layer while it is being decoded. `broken` means that nothing behind its header can be trusted.

    `facts` are what the checks know of it besides its fields (`dissect.wire.checks`).
    """

    header: Header
    start: int
    limit: Limit
    reading: Reading
    stop: int
    options: list[Option] = field(default_factory=list)
    derived: list[Value] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    broken: bool = False
    quoted: bool = False
    pseudo: bytes = b""
    facts: dict[str, int] = field(default_factory=dict)

    def note(self, rule: str, name: str = "", *, bound: str = "", section: str = "", **said: object) -> None:
        """Adds a finding about the field `name`, its text filled with what was `said`."""
        self.findings.append(finding(rule, name or self.header.key, section or self.header.cite, bound, **said))

    def derive(self, name: str, raw: Raw | str) -> None:
        """Adds a value that stands in no byte."""
        row = next(row for row in self.header.derived if row.name == name)
        meaning = "" if isinstance(raw, str) else row.name_of(raw)
        self.derived.append(Value(row, self.start * 8, 0, raw, meaning))

    def layer(self) -> Layer:
        """The finished layer."""
        return Layer(
            self.header, self.start, self.stop, max(self.limit.end, self.stop), tuple(self.reading.values),
            tuple(self.options), tuple(self.derived), tuple(self.findings), self.quoted, self.pseudo,
        )  # fmt: skip


def finding(rule: str, name: str, section: str, bound: str = "", **said: object) -> Finding:
    """A finding of that rule; `need` and `have` are kept as numbers beside what was `said`."""
    declared = RULES[rule]
    need, have = said.get("need"), said.get("have")
    return Finding(
        declared, name, {"bound": bound, **said},
        need if isinstance(need, int) else None, have if isinstance(have, int) else None, bound, section,
    )  # fmt: skip


@dataclass(slots=True)
class Walk:
    """The state of decoding one packet. `mistaken` is where IP was announced with the wrong version."""

    frame: Frame
    data: bytes
    layers: list[Draft] = field(default_factory=list)
    network: Network | None = None
    quoted: bool = False
    mistaken: int = -1

    def read(self, header: Header, start: int, limit: Limit) -> Draft:
        """Reads one header at `start`: rows, repeated rows, options; says what is missing."""
        draft = self._read(header, start, limit)
        draft.facts.update({"layer.given": limit.claim - start, "layer.here": limit.end - start})
        if not draft.broken:
            draft.facts["layer.header"] = draft.stop - start
        return draft

    def _read(self, header: Header, start: int, limit: Limit) -> Draft:
        said = header_length(header, self.data, start, limit)
        least = fixed_size(header)
        inner = limit if said is None or said < least else limit.narrow(start + said, header.length.field)  # type: ignore[union-attr]
        reading = read_table(header, self.data, start, inner.end)
        draft = Draft(header, start, limit, reading, min(reading.at, limit.end), quoted=self.quoted)
        self.layers.append(draft)
        if reading.missing is not None:
            self.cut(draft, reading.missing.name, reading.need, inner.end - start, inner.bound)
            return draft
        if said is None:
            return draft
        if said < least:
            _short(draft, said, least)
            return draft
        draft.stop = min(start + said, inner.end)
        if start + said > limit.end:
            self.cut(draft, header.length.field if header.length else "", said, limit.end - start, limit.bound)
            if start + said > limit.claim and not limit.partial:
                draft.stop = reading.at  # the length lies: what follows is no part of the header
                return draft
        self._read_rest(draft, draft.stop, whole=not draft.broken)
        return draft

    def _read_rest(self, draft: Draft, stop: int, *, whole: bool) -> None:
        header, reading = draft.header, draft.reading
        if header.repeat:
            read_repeated(header, self.data, stop, reading, whole=whole)
            if reading.missing is not None and whole:
                self.cut(
                    draft,
                    reading.missing.name,
                    reading.need,
                    stop - draft.start,
                    header.length.field if header.length else "",
                )
        if reading.missing is not None or header.options is None or not holds(header.options.when, reading.raws):
            return
        if reading.at < stop:
            self._read_options(draft, header.options, stop, whole=whole)

    def _read_options(self, draft: Draft, options: OptionSet, stop: int, *, whole: bool) -> None:
        at, within = draft.reading.at, draft.header.length.field if draft.header.length else ""
        for item in walk(self.data, at, stop, options):
            cut = "" if whole else draft.limit.bound
            draft.options.append(read_option(self.data, item, options, within, cut))
            at = item.stop
        if at < stop and whole and options.padding is not None:
            draft.reading.bit = (at - draft.start) * 8
            read_rows((options.padding,), self.data, stop, draft.reading)
            if any(self.data[at:stop]):
                draft.note("option.after_end", options.padding.name, length=stop - at)

    def cut(self, draft: Draft, name: str, need: int, have: int, bound: str) -> None:
        """Notes that a header is not all there, and that nothing behind it can be read."""
        draft.broken = True
        what = f"the {draft.header.name} header"
        draft.note(CUT.get(bound, "cut.length"), name, bound=bound, what=what, need=need, have=have)
        fragment = next((earlier for earlier in self.layers if earlier.header.key == "ipv6.fraghdr"), None)
        if bound == "fragment" and fragment is not None:
            fragment.note("ipv6.fragment.chain", "ipv6.fraghdr.nxt")


def header_length(header: Header, data: bytes, start: int, limit: Limit) -> int | None:
    """The length in bytes that a header states, or None where it states none or the octet is missing."""
    if header.length is None:
        return None
    slot = next(slot for slot in fixed_slots(header) if slot.field.name == header.length.field)
    if start + slot.hi > limit.end:
        return None
    number = slot.field.number(slot.read(data, start))
    return int(number) * header.length.times + header.length.plus


def _short(draft: Draft, said: int, least: int) -> None:
    draft.broken = True
    name = draft.header.length.field if draft.header.length else ""
    rule = f"{name}.short"
    if rule in RULES:
        draft.note(rule, name, length=said)
    else:
        what = f"the {draft.header.name} header"
        draft.note("cut.length", name, bound=name, what=what, need=least, have=said)


def read_option(data: bytes, item: Item, options: OptionSet, within: str, cut: str = "") -> Option:
    """One option: its table's rows, or its kind and length only where it cannot be trusted.

    `within` is the length field of the header or option that it is a part of; `cut` names the bound that ends the header early; an option that passes it is cut, not malformed.
    """
    header = options.header(item.kind)
    wrong = bool(header.sizes) and item.said not in header.sizes and not item.fault
    if item.fault or wrong:
        reading = read_table(Header(header.key, header.label, header.fields[:2]), data, item.start, item.stop)
        notes = (_option_fault(item, header, options, within, cut),)
        return Option(header, item.kind, item.start, item.stop, tuple(reading.values), (), notes)
    reading = read_table(header, data, item.start, item.stop)
    if reading.missing is None and header.repeat:
        read_repeated(header, data, item.stop, reading)
    inner: tuple[Option, ...] = ()
    if header.options is not None and reading.missing is None:
        inner = tuple(
            read_option(data, each, header.options, header.fields[1].name)
            for each in walk(data, reading.at, item.stop, header.options)
        )
    faults: tuple[Finding, ...] = ()
    if reading.missing is not None:
        faults = (finding("cut.length", reading.missing.name, header.cite, header.fields[1].name, what=f"the option {header.label}",
                         need=reading.need, have=item.stop - item.start),)  # fmt: skip
    return Option(header, item.kind, item.start, item.stop, tuple(reading.values), inner, faults)


def _option_fault(item: Item, header: Header, options: OptionSet, within: str, cut: str) -> Finding:
    name, said, have = (
        header.fields[0].name,
        header.fields[1].name if len(header.fields) > 1 else "",
        item.stop - item.start,
    )
    need = max(item.said, 2)
    if not item.fault:
        expected = " or ".join(map(str, header.sizes[:4])) + (" …" if len(header.sizes) > 4 else "")
        return finding(
            "option.size", name, header.cite, said, need=header.sizes[0], have=item.said, expected=expected, length=item.said
        )  # fmt: skip
    if item.fault == "option.length":
        least, length = 2 - options.plus, item.said - options.plus
        return finding(item.fault, name, header.cite, said, need=need, have=have, length=length, least=least)
    if cut:
        what = f"the option {header.label}"
        return finding(CUT.get(cut, "cut.length"), name, header.cite, cut, what=what, need=need, have=have)
    return finding(item.fault, name, header.cite, within, need=need, have=have)


Handler = Callable[[Walk, int, Limit], Next | None]
