"""A datagram that came in pieces as JSON."""

from __future__ import annotations

from typing import Any

from dissect.fragments.datagram import Datagram
from dissect.render.document import epoch
from dissect.render.tiling import ends, ident

SCHEMA = "dissect.datagram/1"


def datagram_document(datagram: Datagram) -> dict[str, Any]:
    """Everything that is known of it, as plain lists, dictionaries, numbers and texts."""
    whole = datagram.packet()
    source, destination = ends(datagram)
    return {
        "schema": SCHEMA,
        "version": datagram.identity.version,
        "source": source,
        "destination": destination,
        "protocol": datagram.protocol,
        "identification": ident(datagram),
        "status": str(datagram.status),
        "closed": str(datagram.closed),
        "length": datagram.end,
        "header": datagram.header,
        "pieces": [
            {
                "packet": tile.piece.number,
                "time": None if tile.piece.time is None else epoch(tile.piece.time),
                "offset": tile.piece.offset,
                "length": tile.piece.length,
                "captured": len(tile.piece.data),
                "more": tile.piece.more,
                "duplicate_of": tile.duplicate or None,
            }
            for tile in datagram.tiles
        ],
        "holes": [[start, stop] for start, stop in datagram.holes()],
        "overlaps": [
            {
                "packet": each.number, "other": each.other, "start": each.start, "stop": each.stop,
                "conflict": each.conflict, "before": each.before.hex(), "after": each.after.hex(),
            }
            for each in datagram.overlaps
        ],
        "left_out": {"pieces": datagram.left_out, "overlaps": datagram.more_overlaps},
        "layers": [layer.key for layer in whole.layers] if whole is not None else None,
        "checksums": {
            value.name: value.text
            for layer in (whole.layers[1:] if whole is not None else ())
            for value in layer.derived
            if value.name.endswith(".checksum.status") and not layer.quoted
        },
    }  # fmt: skip
