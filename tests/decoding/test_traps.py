"""The mistakes that dissectors make, one vector or more for each: what decoding must say, and that it says no more."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from decoding.vector import Vector
from decoding.vectors import ELSEWHERE, TRAPS, VECTORS
from laws.invariants import check

from dissect.decoding import decode_frame
from dissect.packet import Frame, Option, Packet
from dissect.wire.checks import every_check
from dissect.wire.findings import RULES


def decoded(vector: Vector) -> Packet:
    return decode_frame(Frame(vector.data, vector.link, length=vector.length, fcs=vector.fcs), vector.first)


def name(vector: Vector) -> str:
    return f"{vector.trap:02}-{vector.name}"


def kinds(options: tuple[Option, ...]) -> list[int]:
    return [kind for option in options for kind in (option.kind, *kinds(option.options))]


@pytest.mark.parametrize("vector", VECTORS, ids=name)
class TestVector:
    def test_layers_payload_and_trailer(self, vector: Vector) -> None:
        packet = decoded(vector)
        assert " ".join(layer.key for layer in packet.layers) == vector.layers
        start, stop = packet.payload
        assert (stop - start, len(vector.data) - stop) == (vector.payload, vector.trailer)

    def test_values(self, vector: Vector) -> None:
        packet = decoded(vector)
        for field, expected in vector.values.items():
            raws = [value.raw for value in packet.all(field)]
            assert raws == expected if isinstance(expected, list) else raws[:1] == [expected], (field, raws)

    def test_nothing_is_invented(self, vector: Vector) -> None:
        packet = decoded(vector)
        assert [field for field in vector.absent.split() if field in packet] == []
        check(packet)

    def test_findings_are_these_and_no_others(self, vector: Vector) -> None:
        """The rule, the field, how much was needed, how much was there, and who set the limit."""
        said = [(f.rule.id, f.field, f.need, f.have, f.bound) for _, f in decoded(vector).every_finding()]
        assert Counter(said) == Counter(vector.findings)

    def test_every_finding_names_a_section(self, vector: Vector) -> None:
        assert [finding for _, finding in decoded(vector).every_finding() if not finding.cite] == []

    def test_texts(self, vector: Vector) -> None:
        texts = [finding.text for _, finding in decoded(vector).every_finding()]
        assert [piece for piece in vector.says if not any(piece in text for text in texts)] == []

    def test_verdicts(self, vector: Vector) -> None:
        verdicts = [
            f"{layer.key} {value.raw}"
            for layer in decoded(vector).layers
            for value in layer.derived
            if value.name.endswith(".checksum.status")
        ]
        assert " ".join(verdicts) == vector.verdicts

    def test_options(self, vector: Vector) -> None:
        assert [kind for layer in decoded(vector).layers for kind in kinds(layer.options)] == list(vector.kinds)


def test_every_trap_has_a_vector() -> None:
    assert {vector.trap for vector in VECTORS} == set(TRAPS)
    assert not set(TRAPS) & set(ELSEWHERE)
    assert set(TRAPS) | set(ELSEWHERE) == {*range(40), 49, 50, 51}


def test_names_are_given_once() -> None:
    assert [vector for vector, times in Counter(map(name, VECTORS)).items() if times > 1] == []


def test_every_rule_has_a_vector_that_breaks_it() -> None:
    """A rule that no packet can break is no rule; overlaps take two packets, and have tests of their own."""
    alone = {rule for rule in RULES if not rule.endswith(".fragment.overlap")}
    assert {rule for vector in VECTORS for rule, *_ in vector.findings} == alone


def test_every_check_has_a_vector_that_it_passes() -> None:
    """The header or option is there that the rule is about, and nothing is said; of a source route there is no good one."""
    passed: set[tuple[str, str]] = set()
    for vector in VECTORS:
        packet = decoded(vector)
        broken = {finding.rule.id for _, finding in packet.every_finding()}
        keys = {layer.key for layer in packet.layers} | {key for layer in packet.layers for key in names(layer.options)}
        passed |= {(each.rule, each.layer) for each in every_check() if each.layer in keys and each.rule not in broken}
    never = [each for each in every_check() if (each.rule, each.layer) not in passed]
    assert {each.rule for each in never} == {"ip.option.source_route"}, never


def names(options: tuple[Option, ...]) -> list[str]:
    return [key for option in options for key in (option.header.key, *names(option.options))]


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_texts_never_put_two_numbers_side_by_side(rule: object) -> None:
    """Two numbers without a word between them read as one."""
    text = rule.text  # type: ignore[attr-defined]
    assert not re.search(r"\}\s*\{|\}\d|\d\{", text)
    assert re.fullmatch(r"(, |(RFC|FIPS|IEEE) [\d.Q]+( §[\d.]+)?)*", rule.cite)  # type: ignore[attr-defined]
