"""From a packet to its connection, or to the datagram that it is a piece of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dissect.packet import Packet
from dissect.tui.talking import conversation_filter, datagram_filter

if TYPE_CHECKING:
    from dissect.tui.screen import BrowseScreen


def open_stream(screen: BrowseScreen, packet: Packet) -> None:
    """The connection of a TCP segment over the screen; of a UDP datagram, its conversation in the list."""
    layers = [layer for layer in packet.layers if not layer.quoted]
    text = conversation_filter(packet)
    if any(layer.key == "tcp" for layer in layers):
        from dissect.tui.opening import Opening
        from dissect.tui.streamscreen import StreamScreen

        number = packet.frame.number
        if screen.opening is None or not screen.opening.fits(number):
            screen.opening = Opening(screen.packets, number)
            screen.opening.start()
        screen.app.push_screen(StreamScreen(screen.packets, screen.state, screen.opening, number), screen.led)
    elif text:
        screen.set_filter(text)
        screen.notice("stream.shown")
    else:
        screen.notice("stream.none")


def open_numbered(screen: BrowseScreen, stream: int) -> None:
    """A connection by its number over the screen."""
    from dissect.tui.opening import Opening
    from dissect.tui.streamscreen import StreamScreen

    screen.opening = Opening(screen.packets, stream=stream)
    screen.opening.start()
    screen.app.push_screen(StreamScreen(screen.packets, screen.state, screen.opening, 0), screen.led)


def open_datagram(screen: BrowseScreen, packet: Packet) -> None:
    """The datagram that a fragment belongs to, over the screen."""
    from dissect.fragments.pieces import piece_of
    from dissect.tui.datagram import DatagramScreen, Putting

    piece = piece_of(packet)
    if piece is None:
        screen.notice("datagram.none")
        return
    job = Putting(screen.packets, packet.frame.number, piece)
    job.start()
    screen.app.push_screen(DatagramScreen(job, screen.state, datagram_filter(packet)), screen.led)
