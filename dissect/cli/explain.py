"""`dissect explain`: one field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dissect.cli.output import Language, Refusal, console

if TYPE_CHECKING:
    from dissect.packet import Packet


def explain(
    name: Annotated[
        list[str] | None, typer.Argument(metavar="NAME", help="A field: ip.ttl, tcp.flags.syn, TTL, MSS, …")
    ] = None,
    packet: Annotated[
        str | None, typer.Option("--packet", metavar="FILE:N", help="Explain the value in packet N of FILE.")
    ] = None,
    lang: Language = None,
) -> None:
    """Explain a field: what it is, where it stands in its header, what its value means."""
    from dissect.explain import entry, language_of
    from dissect.explain.lookup import find, nearest
    from dissect.wire.registry import fields

    if not name:
        from dissect.cli.fields import contents

        contents()
        return
    query = " ".join(name)
    found = find(query)
    if found is None:
        near = nearest(query)
        raise Refusal(f"no field is called {query!r}" + (f"; the nearest: {', '.join(near)}" if near else ""))
    decoded = None if packet is None else _packet(packet)
    from dissect.render.explanation import Explanation

    field, header = fields()[found]
    console().print(Explanation(field, header, entry(found, language_of(lang)), decoded))


def _packet(place: str) -> Packet:
    import dissect
    from dissect.cli.show import numbers, packet_at

    file, colon, number = place.rpartition(":")
    if not colon or not file:
        raise Refusal(f"{place!r} names no packet: write FILE:N")
    first, last = numbers(number)
    if first != last:
        raise Refusal(f"{place!r} names several packets: write FILE:N")
    with dissect.open(file) as capture:
        return packet_at(capture, first)
