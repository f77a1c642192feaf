"""The JSON form: it is what its schema says, and every field stands where it says."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
from cli.running import run
from render.corpus import packets

from dissect.render.document import SCHEMA, document, epoch
from dissect.wire.registry import fields


@cache
def validator() -> Any:
    schema = json.loads((files("dissect.render") / "packet.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@cache
def documents() -> list[tuple[str, bytes, dict[str, Any]]]:
    return [(name, packet.frame.data, document(packet)) for name, packet in packets()]


def every_field(found: Any) -> list[dict[str, Any]]:
    """All fields of a document, however deep."""
    if isinstance(found, list):
        return [field for item in found for field in every_field(item)]
    if not isinstance(found, dict):
        return []
    inner = [field for key, item in found.items() if key != "derived" for field in every_field(item)]
    return [found, *inner] if "raw" in found else inner


def test_every_packet_is_as_the_schema_says() -> None:
    for name, _, made in documents():
        faults = [f"{error.json_path}: {error.message}" for error in validator().iter_errors(made)]
        assert not faults, (name, made["frame"]["number"], faults[:3])


def test_the_schema_has_a_version() -> None:
    assert validator().schema["$id"] == SCHEMA == documents()[0][2]["schema"]


def test_the_schema_refuses_what_is_wrong() -> None:
    made = json.loads(json.dumps(documents()[0][2]))
    made["layers"][0]["fields"][0]["byte"] = -1
    with pytest.raises(jsonschema.ValidationError):
        validator().validate(made)


def test_every_field_stands_where_it_says() -> None:
    count = 0
    for name, data, made in documents():
        for field in every_field(made["layers"]):
            count += 1
            raw, bits = field["raw"], field["bits"]
            first = field["byte"] * 8 + field["bit"]
            whole = int.from_bytes(data, "big") >> (len(data) * 8 - first - bits) & ((1 << bits) - 1)
            where = (name, made["frame"]["number"], field["name"])
            assert field["bytes"] == -(-(field["bit"] + bits) // 8), where
            if isinstance(raw, str):
                assert bytes.fromhex(raw) == whole.to_bytes(bits // 8, "big"), where
            elif name.startswith(("bsd-loopback-little", "bsd-")) and field["name"] == "null.family":
                assert raw in (whole, int.from_bytes(whole.to_bytes(4, "big"), "little")), where
            else:
                assert raw == whole, where
    assert count > 20_000


def test_names_are_those_of_the_registry() -> None:
    known = set(fields())
    for _, _, made in documents():
        names = {field["name"] for field in every_field(made["layers"])}
        names |= {derived["name"] for layer in made["layers"] for derived in layer["derived"]}
        assert names <= known


def test_values_are_in_the_unit_of_the_field() -> None:
    made = documents()[0][2]
    found = {field["name"]: field for field in every_field(made["layers"])}
    assert (found["ip.hdr_len"]["raw"], found["ip.hdr_len"]["value"], found["ip.hdr_len"]["unit"]) == (5, 20, "bytes")
    assert found["ip.src"]["raw"] == "c0000201"
    assert found["ip.src"]["value"] == "192.0.2.1"
    assert found["tcp.flags.syn"]["value"] == 1


def test_every_finding_says_how_much_was_needed_and_who_set_the_limit() -> None:
    made = json.loads(run("show", "sample:snaplen", "1", "--json").out)
    found = [finding for layer in made["layers"] for finding in layer["findings"]]
    assert {(finding["severity"], finding["bound"]) for finding in found} == {("truncated", "capture")}
    assert all(finding["have"] < finding["need"] for finding in found)


def test_one_line_a_packet_in_ascii() -> None:
    result = run("show", "sample:pcapng-comments", "1-2", "--json")
    lines = result.out.splitlines()
    assert len(lines) == 2
    assert result.out.isascii()
    assert not set(result.out) - {"\n"} & {chr(code) for code in range(32)}
    numbers = [json.loads(line)["frame"]["number"] for line in lines]
    assert numbers == [1, 2]
    assert json.loads(lines[1])["frame"]["comments"]


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [(0, "0.000000000"), (1_700_000_000_123_456_789, "1700000000.123456789"), (-1, "-0.000000001"),
     (-1_500_000_000, "-1.500000000")],
)  # fmt: skip
def test_times_keep_nine_decimals(nanoseconds: int, text: str) -> None:
    assert epoch(nanoseconds) == text
