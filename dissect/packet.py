"""What decoding one packet gives: frame, layers, values, options, findings.

Everything here is immutable, and every position counts from the packet's first bit, so that a
value can be found in the hex dump without knowing which layer it belongs to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from dissect.wire.field import Field, Header, Raw
from dissect.wire.findings import Rule

Order = Literal["little", "big"]


class Frame(NamedTuple):
    """The bytes of one packet and what the capture file says about them.

    `time` is in nanoseconds since 1970 (UTC), or None where the file holds no time. `length` is
    the length on the wire in bytes; `len(data)` what was captured. `fcs` is how many of the wire's
    last bytes are a frame check sequence. `order` is the byte order of the capturing machine,
    which BSD's loopback header uses. `unsummed` is the capturing system's word that the checksum above
    IP was left to the network card.
    """

    data: bytes
    link: int = 1
    number: int = 1
    time: int | None = None
    length: int = -1
    fcs: int = 0
    order: Order = "little"
    section: int = 1
    interface: int = 0
    interface_name: str = ""
    comments: tuple[str, ...] = ()
    unsummed: bool = False

    @property
    def wire_length(self) -> int:
        """Length on the wire in bytes; that of the data where nothing else is known."""
        return len(self.data) if self.length < 0 else self.length


class Finding(NamedTuple):
    """Something wrong or odd: which field, how many bytes it needs, how many there were, who set the limit.

    `bound` is "capture" (the bytes were not captured), "frame" (they were never sent), "quote" (an
    ICMP error repeats only so much) or the name of the length field that ends before them. `section`
    is where the header or option is defined that the finding is about.
    """

    rule: Rule
    field: str
    said: Mapping[str, object]
    need: int | None = None
    have: int | None = None
    bound: str = ""
    section: str = ""

    @property
    def text(self) -> str:
        """The finding in English: the rule's text, filled with what was seen."""
        return self.rule.text.format(**self.said)

    @property
    def cite(self) -> str:
        """The section of the standard that says so, or that defines the header."""
        return self.rule.cite or self.section


@dataclass(frozen=True, slots=True)
class Value:
    """A field with what this packet holds in it.

    `bit` counts from the packet's first bit; `bits` is 0 for what is derived and stands nowhere.
    `meaning` is the registered name of the value, or empty.
    """

    field: Field
    bit: int
    bits: int
    raw: Raw | str
    meaning: str = ""
    parts: tuple[Value, ...] = ()
    also: tuple[Value, ...] = ()

    @property
    def name(self) -> str:
        """The field's name, as filters use it."""
        return self.field.name

    @property
    def start(self) -> int:
        """First byte, counted from the packet's first."""
        return self.bit // 8

    @property
    def stop(self) -> int:
        """One past the last byte."""
        return -(-(self.bit + self.bits) // 8)

    @property
    def number(self) -> Raw | str:
        """The value in the field's unit: an int, address bytes, or a word."""
        return self.raw if isinstance(self.raw, str) else self.field.number(self.raw)

    @property
    def text(self) -> str:
        """The value as people read it, without its registered name."""
        return self.raw if isinstance(self.raw, str) else self.field.text(self.raw)

    def walk(self) -> Iterator[Value]:
        """This value, its parts and its older readings."""
        yield self
        for inner in (*self.parts, *self.also):
            yield from inner.walk()

    def leaves(self) -> Iterator[Value]:
        """The undivided values that together cover the same bits once."""
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.leaves()


@dataclass(frozen=True, slots=True)
class Option:
    """One option: its table, its bytes, its values, and options of its own."""

    header: Header
    kind: int
    start: int
    stop: int
    values: tuple[Value, ...]
    options: tuple[Option, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Layer:
    """One header of a packet: bytes `start` to `stop`, and what it carries up to `end`.

    `derived` values stand beside the wire's and have no position. `quoted` marks the headers that
    an ICMP error repeats. `pseudo` is the pseudo-header that its checksum covers, where one was summed.
    """

    header: Header
    start: int
    stop: int
    end: int
    values: tuple[Value, ...]
    options: tuple[Option, ...] = ()
    derived: tuple[Value, ...] = ()
    findings: tuple[Finding, ...] = ()
    quoted: bool = False
    pseudo: bytes = b""

    @property
    def key(self) -> str:
        """The header's key, such as "ip"."""
        return self.header.key

    def walk(self) -> Iterator[Value]:
        """Every value of the layer, options included, in the order of the bytes; derived ones last."""
        behind = self.options[0].start * 8 if self.options else None
        for value in self.values:
            if behind is None or value.bit < behind:
                yield from value.walk()
        for option in self.options:
            yield from option_values(option)
        for value in self.values:
            if behind is not None and value.bit >= behind:  # padding
                yield from value.walk()
        yield from self.derived

    def get(self, name: str) -> Value | None:
        """The first value of that name."""
        return next((value for value in self.walk() if value.name == name), None)


def option_values(option: Option) -> Iterator[Value]:
    """Every value of an option and of those inside it."""
    for value in option.values:
        yield from value.walk()
    for inner in option.options:
        yield from option_values(inner)


@dataclass(frozen=True, slots=True)
class Packet:
    """A decoded packet. `payload` is the range of bytes that no layer explains; `trailer` what follows it."""

    frame: Frame
    layers: tuple[Layer, ...]
    payload: tuple[int, int]
    trailer: tuple[int, int]
    payload_name: str = ""
    findings: tuple[Finding, ...] = ()

    def __getitem__(self, name: str) -> Value:
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name) is not None

    def get(self, name: str) -> Value | None:
        """The first value of that name, outermost layer first."""
        return next(iter(self.all(name)), None)

    def all(self, name: str) -> list[Value]:
        """Every value of that name, outermost layer first."""
        return [value for layer in self.layers for value in layer.walk() if value.name == name]

    def layer(self, key: str) -> Layer | None:
        """The first layer with that key, such as "tcp"."""
        return next((layer for layer in self.layers if layer.key == key), None)

    def every_finding(self) -> Iterator[tuple[Layer | None, Finding]]:
        """All findings with the layer they belong to."""
        for finding in self.findings:
            yield None, finding
        for layer in self.layers:
            for finding in layer.findings:
                yield layer, finding
            for option in layer.options:
                yield from ((layer, finding) for finding in option_findings(option))


def option_findings(option: Option) -> Iterator[Finding]:
    """All findings of an option and of those inside it."""
    yield from option.findings
    for inner in option.options:
        yield from option_findings(inner)
