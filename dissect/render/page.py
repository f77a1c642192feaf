"""One packet as a page: for every header its diagram, its fields, its options, what is wrong; then the bytes."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text

from dissect.explain.language import Language
from dissect.explain.readings import Around, Tiling
from dissect.packet import Layer, Packet, Value, option_findings, option_values
from dissect.render import palette, words
from dissect.render.boxes import NARROWEST, diagram
from dissect.render.fieldtable import TABULAR, WIDE, field_lines, field_table
from dissect.render.flow import flowing
from dissect.render.hexdump import Origin, hexdump
from dissect.render.optiontree import finding_line, option_tree
from dissect.render.plain import plain, printable
from dissect.render.setting import Setting

PREVIEW = 48  # bytes of payload shown as text
MOST_NAMED = 12  # pieces of a datagram named one by one


class PacketPage:
    """A packet for a rich console, in a language; `title` names the file, `around` what surrounds the packet.

    `above` stands before its headers; `origin` names where its bytes came from.
    """

    def __init__(
        self, packet: Packet, language: Language, title: str = "", *, around: Around | None = None, brief: bool = False,
        above: RenderableType | None = None, origin: Origin | None = None,
    ) -> None:  # fmt: skip
        self.setting = Setting(packet, language, around)
        self.title = title
        self.brief = brief
        self.above, self.origin = above, origin

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        setting = self.setting.on(options)
        packet = setting.packet
        yield from heading(setting, self.title)
        if self.above is not None:
            yield self.above
        for finding in packet.findings:
            yield finding_line(finding, setting)
        if self.brief:
            yield from brief_layers(setting)
            return
        yield from narrow(setting.language, setting.width)
        for layer in packet.layers:
            yield Text()
            yield from layer_part(layer, setting)
        yield from payload_part(setting)
        yield Text()
        yield _rule(setting.word("dump"), setting.word("dump.captured", count=len(packet.frame.data)), setting)
        yield hexdump(packet, setting.width, wide=setting.width >= WIDE, origin=self.origin)


def layer_part(layer: Layer, setting: Setting) -> Iterator[RenderableType]:
    """One header: its name and place, its diagram, its fields, its options, its findings."""
    size = layer.stop - layer.start
    where = setting.word("range" if size else "at", first=layer.start, last=layer.stop - 1, count=size)
    quoted = setting.word("quoted") if layer.quoted else ""
    cite = layer.header.cite.replace("§", "section ") if setting.ascii_only else layer.header.cite
    full = (setting.language.title(layer.header) + quoted, f"{where} · {cite}".rstrip(" ·"))
    short = (layer.header.name + quoted, where)
    yield _rule(*(full if cell_len("".join(full)) + 8 <= setting.width else short), setting)
    if size:
        yield diagram(layer, setting)
    if setting.width < TABULAR:
        yield from field_lines(layer, setting)
    else:
        yield field_table(layer, setting)
    if layer.options:
        yield Padding(option_tree(layer, setting), (0, 0, 0, 1))
    for finding in layer.findings:
        yield finding_line(finding, setting)


def narrow(language: Language, width: int) -> Iterator[Text]:
    """What is said where a diagram would have stood, had the console been wide enough."""
    if width < NARROWEST:
        said = language.word("narrow", columns=NARROWEST, width=width)
        yield Text(said + (language.word("narrow.places") if width < TABULAR else ""), palette.QUIET)


def heading(setting: Setting, title: str) -> Iterator[RenderableType]:
    """Which packet this is, when, how long, between whom."""
    packet, frame = setting.packet, setting.packet.frame
    first = Text(setting.word("packet", number=frame.number), palette.TITLE)
    yield first.append(setting.word("of", file=plain(title)) if title else "", "")
    size = setting.word("length", count=frame.wire_length)
    if len(frame.data) < frame.wire_length:
        size += setting.word("captured", count=len(frame.data))
    facts = (words.when(frame.time), size, plain(frame.interface_name), words.protocols(packet))
    yield Text(" · ".join(fact for fact in facts if fact), palette.QUIET)
    source, destination = words.ends(packet)
    line = Text(f"{source} → {destination}  " if source else "")
    yield line.append(words.summary(packet), palette.NAME)
    if setting.around is not None and setting.around.tiling is not None:
        yield flowing(Text(_piece(setting, setting.around.tiling), palette.NAME))
    for comment in frame.comments:
        yield Text(setting.word("comment", text=plain(comment)), "italic")


def _piece(setting: Setting, tiling: Tiling) -> str:
    """Which piece of a datagram the packet carries, and how to see the whole."""
    key = "fragments.piece.partly" if tiling.size is None else "fragments.piece.whole"
    shown = ", ".join(map(str, tiling.packets[:MOST_NAMED])) + (" …" if len(tiling.packets) > MOST_NAMED else "")
    outcome = setting.word(key, size=tiling.size)
    return setting.word("fragments.piece", at=tiling.at, count=len(tiling.packets), packets=shown, outcome=outcome)


def _rule(title: str, right: str, setting: Setting) -> Rule:
    text = Text(f" {title} ", palette.TITLE)
    if right:
        text.append(f"- {right} " if setting.ascii_only else f"· {right} ", palette.QUIET)
    return Rule(text, align="left", style=palette.QUIET, characters="-" if setting.ascii_only else "─")


def brief_layers(setting: Setting) -> Iterator[RenderableType]:
    """One line a header: its fields as name and value; the findings below."""
    for layer in setting.packet.layers:
        line = Text(layer.header.name + ("*" if layer.quoted else ""), palette.TITLE)
        for value in brief_values(layer):
            line.append("  ").append(value.name.split(".", 1)[-1], palette.QUIET).append("=").append(value.text)
        yield line
        for finding in layer.findings:
            yield finding_line(finding, setting)
        for option in layer.options:
            for finding in option_findings(option):
                yield finding_line(finding, setting)


def brief_values(layer: Layer) -> Iterator[Value]:
    """Undivided values, flags only where set, no older readings, a computed checksum only where it differs."""
    for value in layer.values:
        yield from (leaf for leaf in value.leaves() if leaf.bits > 1 or leaf.raw)
    for option in layer.options:
        yield from (leaf for value in option_values(option) if value.bits for leaf in value.leaves() if leaf is value)
    yield from (value for value in layer.derived if not value.name.endswith("_calculated"))


def payload_part(setting: Setting) -> Iterator[RenderableType]:
    """What follows the last header: its size, its name as scapy has it, the beginning as text; then the trailer."""
    packet = setting.packet
    start, stop = packet.payload
    if stop > start:
        data = packet.frame.data[start:stop]
        yield Text()
        name = setting.word("payload") + (f" · {packet.payload_name}" if packet.payload_name else "")
        yield _rule(name, setting.word("range", first=start, last=stop - 1, count=stop - start), setting)
        if packet.payload_name:
            yield Text(setting.word("scapy"), palette.QUIET)
        yield Text(printable(data[:PREVIEW]) + ("…" if len(data) > PREVIEW and not setting.ascii_only else ""))
    start, stop = packet.trailer
    if stop > start:
        fcs = packet.frame.fcs
        yield Text(
            setting.word("trailer.fcs" if fcs else "trailer", count=stop - start, first=start, fcs=fcs), palette.QUIET
        )
