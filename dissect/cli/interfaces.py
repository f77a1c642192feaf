"""`dissect interfaces`: what can be captured on, and whether you may."""

from __future__ import annotations


def interfaces() -> None:
    """List the network interfaces: name, state, link type, addresses, and whether you may capture on them."""
    from dissect.capture.live import rights
    from dissect.capture.live.interfaces import interfaces as every
    from dissect.cli.output import say
    from dissect.render.plain import plain

    found = every()
    may = rights.may()
    rows = [(plain(each.name), each.state, each.link_name, may, each.addresses) for each in found]
    heads = ("interface", "state", "link type", "may you?")
    widths = [max(len(head), *(len(row[at]) for row in rows)) for at, head in enumerate(heads)]
    print("  ".join(head.ljust(width) for head, width in zip(heads, widths, strict=True)), " addresses")
    for *cells, addresses in rows:
        start = "  ".join(str(cell).ljust(width) for cell, width in zip(cells, widths, strict=True))
        for line, address in enumerate(addresses or ("",)):
            print(f"{start if not line else ' ' * len(start)}  {address}".rstrip())
    if may == "dumpcap":
        say("dumpcap captures for you, since this process may not")
    elif may == "no":
        say(*rights.missing("these interfaces"))
