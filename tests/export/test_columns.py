"""tsv, csv and ndjson hold what the one-packet reader says, as text."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from bulk.comparing import batch_of, of_frame
from bulk.test_agreement import OURS, PUBLIC, corpus, opened
from export.forms import block

from dissect.bulk.names import FRAME, is_list, keys_of, supported
from dissect.capture.batch import Batch
from dissect.decoding import decode_frame
from dissect.export import DEFAULT_FIELDS, header, job
from dissect.packet import Packet, Value
from dissect.render.document import epoch
from dissect.render.plain import plain

NAMES = tuple(supported())
MOST = 80
Texts = dict[str, list[str]]


def written(value: Value) -> str:
    """A value as machine formats have it: numbers plain, addresses and bytes as text."""
    if isinstance(value.raw, bytes):
        return value.text
    return str(value.number)


def expected(packet: Packet) -> Texts:
    """Every field's values as text."""
    found: Texts = {}
    for layer in packet.layers:
        for value in layer.walk():
            found.setdefault(value.name, []).append(written(value))
    for name in FRAME:
        raw = of_frame(packet, name)
        if raw is None:
            continue
        if name == "frame.time_epoch":
            raw = epoch(int(str(raw)))
        found[name] = [plain(str(each)) for each in (raw if isinstance(raw, list) else [raw])]
    return found


def alone(values: list[str], name: str, packet: Packet) -> bool:
    """Whether a header of one kind holds several values of a field that is no list: only the first is a column's."""
    layers = [layer for layer in packet.layers if layer.key in keys_of(name)]
    return len(values) < 2 or is_list(name) or len(layers) > 1


def packets(batch: Batch, most: int = MOST) -> list[Packet]:
    return [
        decode_frame(batch.frame(number))
        for number in range(batch.mark.number, min(batch.stop, batch.mark.number + most))
    ]


@pytest.mark.parametrize("path", [*OURS, *PUBLIC], ids=lambda path: path.name)
def test_values_are_those_of_one_packet(path: Path) -> None:
    frames = opened(path)
    if frames is None:
        return
    with frames:
        for batch in frames.batches():
            compare(batch)


def compare(batch: Batch) -> None:
    whole = block(batch)
    whole = whole.take(np.arange(min(len(whole), MOST)))
    tsv = [line.split("\t") for line in job("tsv", NAMES)(whole).data.decode().split("\n")[:-1]]
    rows = list(csv.reader(io.StringIO(job("csv", NAMES)(whole).data.decode(), newline="")))
    objects = [json.loads(line) for line in job("ndjson", NAMES)(whole).data.decode().split("\n")[:-1]]
    assert len(tsv) == len(rows) == len(objects) == len(whole)
    for packet, cells, row, document in zip(packets(batch), tsv, rows, objects, strict=False):
        facts = expected(packet)
        assert list(document) == list(NAMES)
        for name, cell, quoted in zip(NAMES, cells, row, strict=True):
            values = facts.get(name, [])
            if alone(values, name, packet):
                assert cell == ",".join(values), (packet.frame.number, name)
            assert quoted == cell
            assert in_json(document[name]) == (values if is_list(name) or name == "frame.comment" else values[:1])


def in_json(value: object) -> list[str]:
    if value is None:
        return []
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def test_kinds_of_values_in_json() -> None:
    fields = (
        "frame.number",
        "frame.time_epoch",
        "ip.src",
        "tcp.flags",
        "tcp.checksum.status",
        "tcp.option_kind",
        "ipv6.src",
    )
    with opened(OURS[[path.name for path in OURS].index("handshake.pcap")]) as frames:  # type: ignore[union-attr]
        batch = next(frames.batches())
    document = json.loads(job("ndjson", fields)(block(batch)).data.splitlines()[0])
    assert document == {
        "frame.number": 1, "frame.time_epoch": "1795414521.114786000", "ip.src": "192.0.2.1", "tcp.flags": 2,
        "tcp.checksum.status": "good", "tcp.option_kind": [2, 4, 8, 1, 3], "ipv6.src": None,
    }  # fmt: skip


def test_a_tunnel_shows_all_its_addresses_as_tshark_does() -> None:
    with opened(OURS[[path.name for path in OURS].index("ip-in-ip.pcap")]) as frames:  # type: ignore[union-attr]
        whole = block(next(frames.batches()))
    line = job("tsv", ("ip.src", "ip.src#2", "ip.src#*", "ip.proto"))(whole).data.decode().splitlines()[0].split("\t")
    outer, inner = line[0].split(",")
    assert line == [f"{outer},{inner}", inner, f"{outer},{inner}", line[3]]
    assert line[3].startswith("4,")
    first = job("csv", ("ip.src", "ip.proto"))(whole).data.decode().splitlines()[0]
    assert first == f'"{outer},{inner}","{line[3]}"'


def test_a_field_may_be_asked_for_twice() -> None:
    part = job("tsv", ("ip.ttl", "frame.number", "ip.ttl"))(block(batch_of(corpus()[:3])))
    assert [line.split("\t")[0] for line in part.data.decode().splitlines()] == [
        line.split("\t")[2] for line in part.data.decode().splitlines()
    ]
    assert header("tsv", ("ip.ttl", "ip.ttl")) == b"ip.ttl\tip.ttl\n"


def test_the_fields_that_nobody_asked_for() -> None:
    assert set(DEFAULT_FIELDS) <= set(NAMES)
    assert header("csv") == (",".join(DEFAULT_FIELDS) + "\n").encode()
    assert header("text") == header("ndjson") == header("parquet") == b""
