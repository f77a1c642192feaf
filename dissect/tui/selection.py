"""What is chosen: a packet, a row of it, a byte. All panes show this one thing, and each may move it."""

from __future__ import annotations

from collections.abc import Callable

from dissect.explain.readings import Around
from dissect.packet import Packet
from dissect.render import palette
from dissect.tui.outline import Entry, narrowest, open_at_first, outline
from dissect.tui.related import Related

Observer = Callable[[], None]


class Selection:
    """The chosen packet, its rows, the chosen row among them, the chosen byte; observers hear of every change."""

    def __init__(self) -> None:
        self.packet: Packet | None = None
        self.related = Related()
        self.rows: list[Entry] = []
        self.chosen = 0
        self.byte = 0
        self._colours: list[str] = []
        self._wanted = ""  # the path that was chosen last; a packet without it does not make it forgotten
        self._turned: dict[str, bool] = {}
        self._observers: list[Observer] = []

    def observe(self, observer: Observer) -> None:
        """From now on calls `observer` after every change."""
        self._observers.append(observer)

    @property
    def entry(self) -> Entry | None:
        """The chosen row."""
        return self.rows[self.chosen] if self.chosen < len(self.rows) else None

    def colours(self) -> list[str]:
        """One colour a byte of the packet, its field's."""
        return self._colours

    def choose_packet(self, packet: Packet | None) -> None:
        """Another packet; the same field stays chosen where it has that."""
        if packet is self.packet:
            return
        self.packet, self.related = packet, Related()
        self._colours = palette.by_byte(packet) if packet is not None else []
        self.rows = outline(packet) if packet is not None else []
        self.chosen = self._placed()
        entry = self.entry
        self.byte = entry.start if entry is not None else 0
        self._tell()

    def _placed(self) -> int:
        """The row of the wanted path, else of what it lies in, else of the last header."""
        paths = {entry.path: at for at, entry in reversed(list(enumerate(self.rows)))}
        path = self._wanted
        while path:
            if path in paths:
                return paths[path]
            path = path.rpartition("/")[0]
        layers = [at for at, entry in enumerate(self.rows) if entry.kind == "layer" and not _quoted(entry)]
        return layers[-1] if layers else 0

    def choose(self, row: int, byte: int | None = None) -> None:
        """A row by its place in `rows`; what it lies in opens."""
        if not 0 <= row < len(self.rows):
            return
        self.chosen = row
        entry = self.rows[row]
        self._wanted = entry.path
        self.byte = entry.start if byte is None else byte
        for other in self.rows:
            if other.inner and other.path != entry.path and entry.path.startswith(f"{other.path}/"):
                self._turned[other.path] = True
        self._tell()

    def choose_named(self, name: str, layer: int) -> None:
        """The row of a field, or of another thing with a name, preferably in layer number `layer`, from 0."""
        layers = self.packet.layers if self.packet is not None else []
        own = layers[layer] if 0 <= layer < len(layers) else None
        named = [at for at, entry in enumerate(self.rows) if entry.name == name]
        place = next((at for at in named if self.rows[at].layer is own), named[0] if named else None)
        if place is not None:
            self.choose(place)

    def choose_byte(self, byte: int) -> None:
        """The row that holds a byte most closely."""
        row = narrowest(self.rows, byte)
        if row is not None:
            self.choose(row, byte)

    def choose_bits(self, first: int, stop: int) -> None:
        """The row of a field that fills exactly these bits, or the one that covers their first byte."""
        for at, entry in enumerate(self.rows):
            if entry.value is not None and entry.bits == (first, stop) and not entry.older:
                self.choose(at)
                return
        self.choose_byte(first // 8)

    @property
    def around(self) -> Around | None:
        """What looking at the packets around it found."""
        return self.related.around

    def learn(self, related: Related) -> None:
        """What was found out about the packets around it."""
        if related != self.related:
            self.related = related
            self._tell()

    def is_open(self, entry: Entry) -> bool:
        """Whether the rows below are shown."""
        return self._turned.get(entry.path, open_at_first(entry))

    def turn(self, entry: Entry, *, opened: bool) -> None:
        """Opens or closes a row."""
        if entry.inner:
            self._turned[entry.path] = opened
            self._tell()

    def shown(self) -> list[int]:
        """The rows that are not inside closed ones."""
        found: list[int] = []
        closed: int | None = None
        for at, entry in enumerate(self.rows):
            if closed is not None and entry.depth > closed:
                continue
            closed = entry.depth if entry.inner and not self.is_open(entry) else None
            found.append(at)
        return found

    def parent(self, row: int) -> int:
        """The row that this one lies in, or itself."""
        depth = self.rows[row].depth
        return next((at for at in range(row - 1, -1, -1) if self.rows[at].depth < depth), row)

    def _tell(self) -> None:
        for observer in self._observers:
            observer()


def _quoted(entry: Entry) -> bool:
    return entry.layer is not None and entry.layer.quoted
