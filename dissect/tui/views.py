"""Which packets a list shows and in which order: all of them, those that match, or sorted ones."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from typing import Protocol

from dissect.tui.packets import Packets


class View(Protocol):
    """Rows from 0, each a packet's number."""

    def __len__(self) -> int:
        """How many rows there are now."""

    def number(self, row: int) -> int:
        """The packet in a row."""

    def row(self, number: int) -> int:
        """The row of a packet, or the nearest one after it."""


class Everything:
    """All packets in the order of the capture."""

    def __init__(self, packets: Packets) -> None:
        self.packets = packets

    def __len__(self) -> int:
        return self.packets.count

    def number(self, row: int) -> int:
        """The packet in a row."""
        return row + 1

    def row(self, number: int) -> int:
        """The row of a packet."""
        return max(0, min(number, self.packets.count) - 1)


class Listed:
    """Some packets: `numbers` may still grow; `ordered` where they ascend."""

    def __init__(self, numbers: array[int], *, ordered: bool = True) -> None:
        self.numbers = numbers
        self.ordered = ordered

    def __len__(self) -> int:
        return len(self.numbers)

    def number(self, row: int) -> int:
        """The packet in a row."""
        return self.numbers[row]

    def row(self, number: int) -> int:
        """The row of a packet; where it is missing, that of the next one, or the last."""
        if self.ordered:
            return min(bisect_left(self.numbers, number), max(0, len(self.numbers) - 1))
        try:
            return self.numbers.index(number)
        except ValueError:
            return 0
