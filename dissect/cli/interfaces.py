"""`dissect interfaces`: what can be captured on, and whether you may."""

from __future__ import annotations

LINKS = {1: "Ethernet", 101: "raw IP", 105: "802.11", 119: "802.11", 127: "802.11", 195: "802.15.4", 276: "cooked"}


def interfaces() -> None:
    """List the network interfaces: name, state, link type, addresses, and whether you may capture on them."""
    from dissect.capture.live import rights
    from dissect.capture.live.interfaces import interfaces as every
    from dissect.cli.output import say
    from dissect.render.plain import plain

    found = every()
    allowed = rights.may_capture()
    helper = rights.dumpcap()
    may = "yes" if allowed else "dumpcap" if helper else "no"
    rows = [(plain(each.name), each.state, LINKS.get(each.link, str(each.link)), may, each.addresses) for each in found]
    heads = ("interface", "state", "link type", "may you?")
    widths = [max(len(head), *(len(row[at]) for row in rows)) for at, head in enumerate(heads)]
    print("  ".join(head.ljust(width) for head, width in zip(heads, widths, strict=True)), " addresses")
    for *cells, addresses in rows:
        start = "  ".join(str(cell).ljust(width) for cell, width in zip(cells, widths, strict=True))
        for line, address in enumerate(addresses or ("",)):
            print(f"{start if not line else ' ' * len(start)}  {address}".rstrip())
    if not allowed:
        if helper:
            say("dumpcap captures for you, since this process may not")
        else:
            say(*rights.missing("these interfaces"))
