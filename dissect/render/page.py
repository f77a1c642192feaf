"""One packet as a page: for every header its diagram, its fields, its options, what is wrong; then the bytes."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.padding import Padding
from rich.rule import Rule
from rich.segment import Segment
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from dissect.packet import Finding, Layer, Option, Packet, Value, option_findings, option_values
from dissect.render import palette, words
from dissect.render.diagram import ASCII, ROW, UNICODE, Cell, Grid
from dissect.render.hexdump import hexdump
from dissect.render.plain import plain, printable

Gist = Callable[[str], str]
WIDE = 100  # columns from which gists stand beside parts and options too
TABULAR = 60  # columns from which fields stand in a table
NARROWEST = 2 * ROW + 1  # columns that a diagram takes at least
PREVIEW = 48  # bytes of payload shown as text


def no_gist(_: str) -> str:
    """Stands for explanations where none are wanted."""
    return ""


class PacketPage:
    """A packet for a rich console. `gist` gives a field's explanation in one line; `title` names the file."""

    def __init__(self, packet: Packet, gist: Gist = no_gist, title: str = "", *, brief: bool = False) -> None:
        self.packet = packet
        self.gist = gist
        self.title = title
        self.brief = brief

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from heading(self.packet, self.title)
        for finding in self.packet.findings:
            yield finding_line(finding, ascii_only=options.ascii_only)
        if self.brief:
            yield from brief_layers(self.packet, ascii_only=options.ascii_only)
            return
        yield from narrow(options.max_width)
        for layer in self.packet.layers:
            yield Text()
            yield LayerPage(layer, self.gist)
        yield from payload_part(self.packet, ascii_only=options.ascii_only)
        yield Text()
        yield _rule("Bytes", f"{len(self.packet.frame.data)} captured", options.ascii_only)
        yield hexdump(self.packet, options.max_width, wide=options.max_width >= WIDE)


class LayerPage:
    """One header for a rich console."""

    def __init__(self, layer: Layer, gist: Gist = no_gist) -> None:
        self.layer = layer
        self.gist = gist

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        layer, plain_ascii = self.layer, options.ascii_only
        size = layer.stop - layer.start
        where = f"bytes {layer.start}–{layer.stop - 1} ({size})" if size else f"at byte {layer.start}"
        quoted = ", quoted by the ICMP error" if layer.quoted else ""
        full = (layer.header.label + quoted, f"{where} · {layer.header.cite}".rstrip(" ·"))
        short = (layer.header.name + quoted, where)
        yield _rule(*(full if len("".join(full)) + 8 <= options.max_width else short), plain_ascii)
        if layer.stop > layer.start:
            yield diagram(layer, options.max_width, ascii_only=plain_ascii)
        if options.max_width < TABULAR:
            yield from field_lines(layer, ascii_only=plain_ascii)
        else:
            yield field_table(layer, self.gist, options.max_width, ascii_only=plain_ascii)
        if layer.options:
            yield Padding(option_tree(layer, self.gist, options.max_width, ascii_only=plain_ascii), (0, 0, 0, 1))
        for finding in layer.findings:
            yield finding_line(finding, ascii_only=plain_ascii)


def narrow(width: int) -> Iterator[Text]:
    """What is said where a diagram would have stood, had the console been wide enough."""
    if width < NARROWEST:
        said = f"Diagrams are left out: they take {NARROWEST} columns, and there are {width}."
        yield Text(said + " Fields stand @byte:bits." * (width < TABULAR), palette.QUIET)


def heading(packet: Packet, title: str) -> Iterator[RenderableType]:
    """Which packet this is, when, how long, between whom."""
    frame = packet.frame
    first = Text(f"Packet {frame.number}", palette.TITLE)
    if title:
        first.append(f" of {plain(title)}", "")
    yield first
    facts = [words.when(frame.time), f"{frame.wire_length} bytes"]
    if len(frame.data) < frame.wire_length:
        facts[-1] += f", {len(frame.data)} of them captured"
    if frame.interface_name:
        facts.append(plain(frame.interface_name))
    facts.append(words.protocols(packet))
    yield Text(" · ".join(fact for fact in facts if fact), palette.QUIET)
    source, destination = words.ends(packet)
    line = Text()
    if source:
        line.append(f"{source} → {destination}  ")
    line.append(words.summary(packet), palette.NAME)
    yield line
    for comment in frame.comments:
        yield Text(f"Comment: {plain(comment)}", "italic")


def _rule(title: str, right: str, ascii_only: bool) -> Rule:
    text = Text(f" {title} ", palette.TITLE)
    if right:
        text.append(f"· {right} " if not ascii_only else f"- {right} ", palette.QUIET)
    return Rule(text, align="left", style=palette.QUIET, characters="-" if ascii_only else "─")


def layer_cells(layer: Layer) -> list[Cell]:
    """The boxes of a decoded layer: its fields, then its options, field by field."""
    base = layer.start * 8
    cells: list[Cell] = []
    for value in layer.values:
        for part in value.parts if value.field.split and value.parts else (value,):
            cells.append(Cell(part.bit - base, part.bits, part.field.caption, words.boxed(part), part.name))
    for option in layer.options:
        cells.extend(_option_cells(option, base))
    end = (layer.stop - layer.start) * 8
    return [cell for cell in sorted(cells, key=lambda cell: cell.bit) if cell.bit + cell.bits <= end]


def _option_cells(option: Option, base: int) -> Iterator[Cell]:
    names = option.header.label
    done = option.start * 8
    for value in option.values:
        caption = (
            names if value.name == option.header.fields[0].name and len(option.values) == 1 else value.field.caption
        )
        text = value.text if value.parts and value.bits <= 8 else words.boxed(value)
        yield Cell(value.bit - base, value.bits, caption, text, value.name)
        done = max(done, value.bit + value.bits)
    for inner in option.options:
        yield from _option_cells(inner, base)
        done = max(done, inner.stop * 8)
    if done < option.stop * 8:
        yield Cell(done - base, option.stop * 8 - done, "not decoded", "", "")


class Picture:
    """A grid of boxes for a rich console that is wide enough for it; `style` gives a box's style by its key, "" a line's."""

    def __init__(self, grid: Grid, style: Callable[[str], str]) -> None:
        self.grid = grid
        self.style = style

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if options.max_width < NARROWEST:
            return
        for runs in self.grid.lines():
            for text, key in runs:
                yield Segment(text, console.get_style(self.style(key)))
            yield Segment.line()


def diagram(layer: Layer, width: int, *, ascii_only: bool = False) -> Picture:
    """The layer drawn as its RFC draws it, as wide as the console allows: 2 to 4 characters a bit."""
    colours = palette.by_key(layer)
    for index, option in enumerate(layer.options):
        for value in option.values:
            colours.setdefault(value.name, palette.option_colour(index, layer))
    return Picture(
        draw(layer_cells(layer), width, 4, ascii_only=ascii_only), lambda key: colours.get(key, palette.QUIET)
    )


def draw(cells: list[Cell], width: int, widest: int, *, ascii_only: bool, lit: Container[str] = ()) -> Grid:
    """The boxes on a grid as wide as `width` columns allow, from 2 to `widest` characters a bit."""
    return Grid(cells, max(2, min(widest, (width - 1) // ROW)), ASCII if ascii_only else UNICODE, lit)


def field_table(layer: Layer, gist: Gist, width: int, *, ascii_only: bool = False) -> Table:
    """Bytes, bits, name, value, meaning of every field that is not an option's."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), expand=width < WIDE, header_style=palette.QUIET)
    table.add_column("Bytes", no_wrap=True, justify="right")
    table.add_column("Bits", no_wrap=True, justify="right")
    table.add_column("Field", no_wrap=True)
    table.add_column("Value", overflow="fold", max_width=max(17, width // 4))
    table.add_column("Meaning", ratio=1 if width < WIDE else None)
    colours = palette.by_key(layer)
    faults = {finding.field: finding for finding in layer.findings}
    for value in layer.values:
        for row, depth, older in _rows(value):
            sign = _sign(faults[row.name], ascii_only) if row.name in faults else ""
            wanted = not depth or (width >= WIDE or (row.bits == 1 and row.raw == 1))
            table.add_row(
                *_cells(row, depth, colours.get(row.name, ""), gist if wanted and not older else no_gist, sign, older)
            )
    for value in _derived(layer):
        table.add_row("", "", Text(value.name, palette.QUIET), _verdict(value), _meaning(value, gist))
    return table


def _derived(layer: Layer) -> Iterator[Value]:
    """What stands in no byte; a checksum as it should be only where it is not."""
    bad = any(value.raw in ("bad", "partial") for value in layer.derived)
    yield from (value for value in layer.derived if bad or not value.name.endswith("_calculated"))


def field_lines(layer: Layer, *, ascii_only: bool = False) -> Iterator[Text]:
    """The same as the table in lines that wrap, for consoles too narrow for columns."""
    colours = palette.by_key(layer)
    faults = {finding.field: finding for finding in layer.findings}
    for value in layer.values:
        for row, depth, older in _rows(value):
            sign = _sign(faults[row.name], ascii_only) if row.name in faults else ""
            where, bits, name, text, said = _cells(row, depth, colours.get(row.name, ""), no_gist, sign, older)
            yield (
                Text(" ")
                .join(part for part in (name, text, said) if part)
                .append(f" @{where}" + (f":{bits}" if bits else ""), palette.QUIET)
            )
    for value in _derived(layer):
        yield Text(" ").join((Text(value.name, palette.QUIET), _verdict(value), _meaning(value, no_gist)))


def _rows(value: Value, depth: int = 0) -> Iterator[tuple[Value, int, bool]]:
    """A value and its parts with their depth, then, marked, what an older standard reads in the same bits."""
    yield value, depth, False
    for part in value.parts:
        yield from _rows(part, depth + 1)
    for older in value.also:
        yield older, depth + 1, True


def _cells(
    value: Value, depth: int, colour: str, gist: Gist, sign: str, older: bool
) -> tuple[str, str, Text, Text, Text]:
    name = Text("  " * depth + value.name, colour)
    if sign:
        name.append(f" {sign}", palette.SEVERITY["malformed"])  # type: ignore[index]
    text = Text(words.shown(value), palette.NAME if not depth else "")
    return place_bytes(value), place_bits(value), name, text, _meaning(value, gist, older=older)


def place_bytes(value: Value) -> str:
    """The bytes of a value in the packet, counted from 0."""
    return str(value.start) if value.stop - value.start <= 1 else f"{value.start}–{value.stop - 1}"


def place_bits(value: Value) -> str:
    """The bits of a value within its bytes, 0 being the first on the wire; empty where it fills them."""
    first = value.bit - value.start * 8
    if not first and value.bits % 8 == 0:
        return ""
    return str(first) if value.bits == 1 else f"{first}–{first + value.bits - 1}"


def _meaning(value: Value, gist: Gist, *, older: bool = False) -> Text:
    said = words.meaning(value)
    if older:
        said = ": ".join(part for part in (value.field.label, words.older(value)) if part)
    text = Text(said)
    line = gist(value.name)
    if line:
        text.append(" · " if said else "", palette.QUIET)
        text.append(line, palette.QUIET)
    return text


def _verdict(value: Value) -> Text:
    return Text(words.shown(value), palette.VERDICTS.get(value.text, palette.NAME))


def option_tree(layer: Layer, gist: Gist, width: int, *, ascii_only: bool = False) -> Tree:
    """The options as a tree: each with its place, its values, its faults, and options of its own."""
    label = layer.header.options.label if layer.header.options else "Options"
    count = len(layer.options)
    tree = Tree(
        Text(f"{label}: {count}, {sum(o.stop - o.start for o in layer.options)} bytes", palette.TITLE),
        guide_style=palette.QUIET,
    )
    for index, option in enumerate(layer.options):
        _grow(tree, option, palette.option_colour(index, layer), gist if width >= 80 else no_gist, ascii_only)
    return tree


def _grow(tree: Tree, option: Option, colour: str, gist: Gist, ascii_only: bool) -> None:
    size = option.stop - option.start
    where = f"byte {option.start}" if size == 1 else f"bytes {option.start}–{option.stop - 1}"
    line = Text(option.header.label, f"bold {colour}")
    line.append(
        f"  kind {option.kind} · {size} byte{'s' * (size != 1)} · {where} · {option.header.cite}", palette.QUIET
    )
    branch = tree.add(line)
    for value in option.values[2 if len(option.values) > 2 or size > 1 else 1 :]:
        leaf = Text(value.name, colour)
        leaf.append("  ").append(words.shown(value), palette.NAME)
        said = _meaning(value, gist)
        branch.add(leaf.append("  ").append(said) if said else leaf)
    for inner in option.options:
        _grow(branch, inner, colour, gist, ascii_only)
    for finding in option.findings:
        branch.add(finding_line(finding, ascii_only=ascii_only))


def _sign(finding: Finding, ascii_only: bool) -> str:
    return palette.SIGNS[finding.rule.kind][ascii_only]


def finding_line(finding: Finding, *, ascii_only: bool = False) -> Text:
    """A finding: sign, severity, field, what was seen, section."""
    style = palette.SEVERITY[finding.rule.kind]
    text = Text(f"{_sign(finding, ascii_only)} {finding.rule.kind} ", style)
    text.append(f"{finding.field}: ", palette.NAME)
    text.append(finding.text)
    if finding.cite:
        text.append(f" ({finding.cite})", palette.QUIET)
    return text


def brief_layers(packet: Packet, *, ascii_only: bool = False) -> Iterator[RenderableType]:
    """One line a header: its fields as name and value; the findings below."""
    for layer in packet.layers:
        line = Text(layer.header.name + ("*" if layer.quoted else ""), palette.TITLE)
        for value in brief_values(layer):
            line.append("  ").append(value.name.split(".", 1)[-1], palette.QUIET).append("=").append(value.text)
        yield line
        for finding in layer.findings:
            yield finding_line(finding, ascii_only=ascii_only)
        for option in layer.options:
            for finding in option_findings(option):
                yield finding_line(finding, ascii_only=ascii_only)


def brief_values(layer: Layer) -> Iterator[Value]:
    """Undivided values, flags only where set, no older readings, a computed checksum only where it differs."""
    for value in layer.values:
        yield from (leaf for leaf in value.leaves() if leaf.bits > 1 or leaf.raw)
    for option in layer.options:
        yield from (leaf for value in option_values(option) if value.bits for leaf in value.leaves() if leaf is value)
    yield from (value for value in layer.derived if not value.name.endswith("_calculated"))


def payload_part(packet: Packet, *, ascii_only: bool = False) -> Iterator[RenderableType]:
    """What follows the last header: its size, its name as scapy has it, the beginning as text; then the trailer."""
    start, stop = packet.payload
    if stop > start:
        data = packet.frame.data[start:stop]
        yield Text()
        name = f"Payload · {packet.payload_name}" if packet.payload_name else "Payload"
        yield _rule(name, f"bytes {start}–{stop - 1} ({stop - start})", ascii_only)
        if packet.payload_name:
            yield Text("named by scapy, from the port", palette.QUIET)
        yield Text(printable(data[:PREVIEW]) + ("…" if len(data) > PREVIEW and not ascii_only else ""))
    start, stop = packet.trailer
    if stop > start:
        fcs = f", the last {packet.frame.fcs} the frame check sequence" if packet.frame.fcs else ""
        yield Text(f"Trailer: {stop - start} bytes from {start} on belong to no datagram (padding{fcs})", palette.QUIET)
