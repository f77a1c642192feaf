"""What the chosen thing is, what its value means, whether that is right, and what the study notes say of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.style import Style
from rich.text import Text

from dissect.packet import Option
from dissect.render import palette
from dissect.render.explanation import EntryPage, FieldPage
from dissect.render.flow import flowing
from dissect.render.optiontree import finding_line
from dissect.render.plain import plain, printable
from dissect.render.setting import Setting
from dissect.tui.lines import Lines
from dissect.tui.outline import Entry
from dissect.wire.registry import fields

if TYPE_CHECKING:
    from dissect.explain.language import Language
    from dissect.tui.selection import Selection
    from dissect.tui.state import State

PREVIEW = 512  # bytes of a payload that are shown as text


class ExplainPane(Lines):
    """The explanation of the chosen row."""

    def __init__(self, selection: Selection, state: State) -> None:
        super().__init__(id="explain")
        self.selection = selection
        self.state = state
        self._path = ""
        selection.observe(self.changed)

    def page(self, width: int) -> list[RenderableType]:
        """The findings first, then what is known."""
        packet, entry = self.selection.packet, self.selection.entry
        if packet is None or entry is None:
            return [Text(self.state.word("explain.none"), palette.QUIET)]
        setting = Setting(packet, self.state.language, self.selection.around, width)
        if entry.path != self._path:
            self._path = entry.path
            self.scroll_to(y=0, animate=False)
        return [*self._links(setting.language), *self._said(entry, setting)]

    def _links(self, language: Language) -> Iterator[RenderableType]:
        """The packets that this one has to do with, the connection that it belongs to, and why it is remarkable."""
        word, related = self.state.word, self.selection.related
        links = [
            _linked(word(f"link.{link.kind}", number=link.number) + ("" if at else word("link.jump")), f"screen.go({link.number})")
            for at, link in enumerate(related.links)
        ]  # fmt: skip
        if related.stream is not None:
            links.append(_linked(word("link.stream", number=related.stream), "screen.press_key('f')"))
        elif related.around is not None and related.around.tiling is not None and related.around.tiling.at:
            links.append(_linked(word("link.datagram"), "screen.press_key('d')"))
        if links:
            yield flowing(Text("→ ", palette.NAME).append_text(Text(" · ", "not bold").join(links)))
        for reason in related.reasons:
            name = language.word(f"mark.{(reason.mark.name or '').lower()}")
            said = language.word("title", title=name) + language.reason(reason.key, reason.blanks, sure=reason.sure)
            yield flowing(Text(f"{'!' if reason.sure else '?'} {said}", "yellow"))

    def _said(self, entry: Entry, setting: Setting) -> Iterator[RenderableType]:
        language = setting.language
        if entry.finding is not None:
            yield finding_line(entry.finding, setting)
            yield from self._entry(entry.finding.rule.id)
            if entry.finding.field in fields():
                yield Text()
                yield from self._field(entry, entry.finding.field, setting)
        elif entry.value is not None:
            yield from self._field(entry, entry.value.name, setting)
        elif entry.option is not None:
            yield from self._option(entry.option, setting)
        elif entry.kind == "layer" and entry.layer is not None:
            for finding in entry.layer.findings:
                yield finding_line(finding, setting)
            yield from self._entry(entry.layer.key)
        elif entry.kind == "options":
            yield from self._entry("topic.options")
        else:
            yield from self._rest(entry, setting)
        if entry.kind == "option" and entry.option is not None and language.entry(entry.option.header.key) is None:
            yield flowing(Text(language.gist(entry.option.header.key)))

    def _field(self, entry: Entry, name: str, setting: Setting) -> Iterator[RenderableType]:
        field, header = fields()[name]
        value = entry.value or (entry.layer.get(name) if entry.layer is not None else None)
        if value is None or entry.layer is None:
            yield FieldPage(field, header, setting.language)
            return
        if value.field.bits == 0:  # derived values stand in their layer
            header = entry.layer.header
        yield FieldPage(value.field, header, setting.language, setting, one=(entry.layer, value))

    def _option(self, option: Option, setting: Setting) -> Iterator[RenderableType]:
        for finding in option.findings:
            yield finding_line(finding, setting)
        yield from self._entry(option.header.key)

    def _entry(self, name: str) -> Iterator[RenderableType]:
        found = self.state.language.entry(name)
        if found is not None:
            yield EntryPage(found, self.state.language)

    def _rest(self, entry: Entry, setting: Setting) -> Iterator[RenderableType]:
        """The payload or the trailer: how long, as text, whose name it is."""
        packet = setting.packet
        count = entry.stop - entry.start
        yield Text(self.state.word(entry.kind), palette.TITLE)
        yield Text(setting.word("range", first=entry.start, last=entry.stop - 1, count=count), palette.QUIET)
        if entry.kind == "payload" and packet.payload_name:
            yield Text(f"{plain(packet.payload_name)} · {setting.word('scapy')}")
        if entry.kind == "trailer":
            key = "trailer.fcs" if packet.frame.fcs else "trailer"
            yield flowing(Text(setting.word(key, count=count, first=entry.start, fcs=packet.frame.fcs)))
            return
        yield Text()
        data = packet.frame.data[entry.start : min(entry.stop, entry.start + PREVIEW)]
        yield Text(printable(data) + ("…" if count > PREVIEW else ""))
        yield Text()
        yield Text(self.state.word("payload.note"), palette.QUIET)


def _linked(said: str, action: str) -> Text:
    """Words that lead somewhere when they are clicked."""
    return Text(said, Style(meta={"@click": action}, underline=True, bold=False))
