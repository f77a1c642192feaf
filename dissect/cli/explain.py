"""`dissect explain`: a field, a flag, an option, a topic, a call, a finding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dissect.cli.output import Language, Refusal, console

if TYPE_CHECKING:
    from rich.console import RenderableType

    from dissect.explain.language import Language as Spoken
    from dissect.packet import Packet
    from dissect.render.setting import Setting

MOST_HITS = 40


def explain(
    name: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME", help="A field, flag, option, topic or call: ip.ttl, syn, MSS, SO_LINGER, 三次握手, …"
        ),
    ] = None,
    packet: Annotated[
        str | None, typer.Option("--packet", metavar="FILE:N", help="Explain the value in packet N of FILE.")
    ] = None,
    lang: Language = None,
) -> None:
    """Explain a field or topic: what it is, where it stands, who sets it, what its value means."""
    from dissect.explain.language import language

    chosen = language(lang)
    if not name:
        console().print(_contents(chosen))
        return
    from dissect.explain.lookup import find, nearest

    query = " ".join(name)
    found = find(query)
    if not found:
        near = nearest(query)
        raise Refusal(f"nothing is called {query!r}" + (f"; the nearest: {', '.join(near)}" if near else ""))
    setting = None if packet is None else _setting(packet, chosen)
    if setting is not None:
        found = _held(found, setting.packet) or found[:1]
    if len(found) > 1:
        from dissect.render.explanation import Contents

        rows = [(each, chosen.gist(each)) for each in found[:MOST_HITS]]
        console().print(Contents([("", rows)], [chosen.word("hits")]))
        return
    about = _told(found[0], packet, chosen) if packet is not None else ("", [])
    console().print(_page(found[0], chosen, setting, about))


def _held(found: list[str], packet: Packet) -> list[str]:
    """The one field that is meant: the first of those found that the packet has, or the first of all."""
    from dissect.explain.lookup import fields_of

    about = fields_of(found)
    return [name for name in about if name in packet][:1] or about[:1]


def _told(name: str, place: str, chosen: Spoken) -> tuple[str, list[str]]:
    """What the connection of packet FILE:N tells of the field, if it comes from there."""
    from dissect.wire.stream import STREAM_FIELDS

    if not any(row.name == name for row in STREAM_FIELDS):
        return "", []
    import dissect
    from dissect.streams.telling import told

    file, _, number = place.rpartition(":")
    with dissect.open(file) as capture:
        return told(capture.frames, int(number), name, chosen)


def _page(name: str, chosen: Spoken, setting: Setting | None, told: tuple[str, list[str]] = ("", [])) -> RenderableType:
    from dissect.render.explanation import EntryPage, FieldPage
    from dissect.wire.registry import every_header, fields

    if name in fields():
        field, header = fields()[name]
        return FieldPage(field, header, chosen, setting, told)
    if setting is not None:
        raise Refusal(f"{name} is no field: --packet goes with a field")
    entry = chosen.entry(name)
    if entry is None:
        raise Refusal(f"{name} has no explanation yet")
    return EntryPage(entry, chosen, next((header for header in every_header() if header.key == name), None))


def _setting(place: str, chosen: Spoken) -> Setting:
    """The packet FILE:N with what precedes it."""
    import dissect
    from dissect.cli.show import numbers, packet_at
    from dissect.render.setting import Setting
    from dissect.surroundings import look_back

    file, colon, number = place.rpartition(":")
    if not colon or not file:
        raise Refusal(f"{place!r} names no packet: write FILE:N")
    first, last = numbers(number)
    if first != last:
        raise Refusal(f"{place!r} names several packets: write FILE:N")
    with dissect.open(file) as capture:
        decoded = packet_at(capture, first)
        return Setting(decoded, chosen, look_back(capture.frames, decoded))


def _contents(chosen: Spoken) -> RenderableType:
    """The topics, the states, the headers, the calls, each with its gist."""
    from dissect.explain import LANGUAGES, all_titles
    from dissect.render.explanation import Contents
    from dissect.wire.registry import every_header

    own, english = all_titles(chosen.code), all_titles(LANGUAGES[0])
    keys = {header.key for header in every_header()}
    groups = []
    for title, wanted in (
        ("topics", [name for name in english if name.startswith("topic.") and not name.startswith("topic.state.")]),
        ("states", [name for name in english if name.startswith("topic.state.")]),
        ("headers", [name for name in english if name in keys]),
        ("api", [name for name in english if name.startswith("api.")]),
    ):
        rows = []
        for name in wanted:
            shown = own.get(name, english[name])[0] if name.startswith("topic.") else name.removeprefix("api.")
            rows.append((shown, chosen.gist(name)))
        if rows:
            groups.append((chosen.word(f"contents.{title}"), rows))
    return Contents(groups, [chosen.word("contents"), chosen.word("contents.packet")])
