"""A packet as JSON: one document each, described by packet.schema.json beside this file."""

from __future__ import annotations

from typing import Any

from dissect.packet import Finding, Layer, Option, Packet, Value
from dissect.wire.numbers import LINK_TYPES

SCHEMA = "dissect.packet/1"


def document(packet: Packet) -> dict[str, Any]:
    """Everything that was decoded, as plain lists, dictionaries, numbers and texts."""
    frame = packet.frame
    return {
        "schema": SCHEMA,
        "frame": {
            "number": frame.number,
            "time": None if frame.time is None else epoch(frame.time),
            "length": frame.wire_length,
            "captured": len(frame.data),
            "link": frame.link,
            "link_name": LINK_TYPES.get(frame.link, ""),
            "section": frame.section,
            "interface": frame.interface,
            "interface_name": frame.interface_name,
            "comments": list(frame.comments),
        },
        "layers": [_layer(layer) for layer in packet.layers],
        "payload": {
            **_span(*packet.payload),
            "name": packet.payload_name or None,
            "named_by": "scapy" if packet.payload_name else None,
        },
        "trailer": _span(*packet.trailer),
        "findings": [_finding(finding) for finding in packet.findings],
    }


def epoch(nanoseconds: int) -> str:
    """Seconds since 1970 with nine decimals, exact, which a JSON number would not be."""
    sign = "-" if nanoseconds < 0 else ""
    seconds, rest = divmod(abs(nanoseconds), 10**9)
    return f"{sign}{seconds}.{rest:09d}"


def _span(start: int, stop: int) -> dict[str, int]:
    return {"byte": start, "bytes": max(0, stop - start)}


def _layer(layer: Layer) -> dict[str, Any]:
    return {
        "protocol": layer.key,
        "label": layer.header.label,
        **_span(layer.start, layer.stop),
        "quoted": layer.quoted,
        "cite": layer.header.cite,
        "fields": [_field(value) for value in layer.values],
        "derived": [_derived(value) for value in layer.derived],
        "options": [_option(option) for option in layer.options],
        "findings": [_finding(finding) for finding in layer.findings],
    }


def _content(raw: object) -> object:
    return raw.hex() if isinstance(raw, bytes) else raw


def _field(value: Value) -> dict[str, Any]:
    number = value.text if isinstance(value.raw, bytes) else value.number
    made: dict[str, Any] = {
        "name": value.name,
        "label": value.field.label,
        **_span(value.start, value.stop),
        "bit": value.bit - value.start * 8,
        "bits": value.bits,
        "raw": _content(value.raw),
        "value": number,
        "text": value.text,
        "meaning": value.meaning,
        "unit": value.field.unit,
    }
    if value.parts:
        made["parts"] = [_field(part) for part in value.parts]
    if value.also:
        made["also"] = [_field(part) for part in value.also]
    return made


def _derived(value: Value) -> dict[str, Any]:
    number = value.text if isinstance(value.raw, bytes) else value.number
    return {
        "name": value.name,
        "label": value.field.label,
        "value": number,
        "text": value.text,
        "unit": value.field.unit,
    }


def _option(option: Option) -> dict[str, Any]:
    return {
        "kind": option.kind,
        "key": option.header.key,
        "label": option.header.label,
        **_span(option.start, option.stop),
        "cite": option.header.cite,
        "fields": [_field(value) for value in option.values],
        "options": [_option(inner) for inner in option.options],
        "findings": [_finding(finding) for finding in option.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule.id,
        "severity": str(finding.rule.kind),
        "level": str(finding.rule.severity),
        "field": finding.field,
        "text": finding.text,
        "need": finding.need,
        "have": finding.have,
        "bound": finding.bound or None,
        "cite": finding.cite,
    }
