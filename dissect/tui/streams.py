"""Where the screens of TCP connections and of reassembled datagrams are plugged in; until then a filter shows their packets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dissect.packet import Packet
from dissect.tui.conversations import conversation_filter, datagram_filter

if TYPE_CHECKING:
    from dissect.tui.screen import BrowseScreen


def open_stream(screen: BrowseScreen, packet: Packet) -> None:
    """The connection of a packet."""
    text = conversation_filter(packet)
    if text:
        screen.set_filter(text)
        screen.notice("stream.shown")
    else:
        screen.notice("stream.none")


def open_datagram(screen: BrowseScreen, packet: Packet) -> None:
    """The datagram that a fragment belongs to."""
    text = datagram_filter(packet)
    if text:
        screen.set_filter(text)
        screen.notice("datagram.shown")
    else:
        screen.notice("datagram.none")
