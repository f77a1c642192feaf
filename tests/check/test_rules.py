"""The rules themselves: declared once, complete, and conditions that ints and arrays can answer."""

from __future__ import annotations

import numpy as np
import pytest

from dissect.check.facts import FACTS
from dissect.check.found import field_numbers
from dissect.wire import checks
from dissect.wire.checks import Check, every_check, needs
from dissect.wire.findings import NOTES, RULES, Severity
from dissect.wire.registry import fields

STRUCTURE = {
    "option.length", "option.overrun", "option.alone", "option.size", "option.after_end", "cut.quote", "cut.fragment",
    "ip.version.mismatch", "ip.hdr_len.short", "tcp.hdr_len.short", "ip.option.repeated", "tcp.option.repeated",
    "layers.deep", "ip.fragment.overlap", "ipv6.fragment.overlap",
}  # fmt: skip
WALKED = {
    "chain.all", "chain.before", "chain.same", "fixed.plen", "jumbo.count", "jumbo.length", "route.count",
    "network.fragment", "network.jumbo", "option.stuffed", "layer.here", "sum.calculated",
}  # fmt: skip


def name(check: Check) -> str:
    return f"{check.rule}-{check.layer}"


def test_there_are_sixty_rules_and_more() -> None:
    assert len(RULES) >= 90
    assert {check.rule for check in every_check()} | STRUCTURE == set(RULES)
    assert not {check.rule for check in every_check()} & STRUCTURE


def test_severities() -> None:
    assert set(RULES) >= NOTES
    assert {rule.severity for rule in RULES.values()} == set(Severity)
    assert {RULES[rule].severity for rule in NOTES} == {Severity.NOTE}


@pytest.mark.parametrize("check", every_check(), ids=name)
class TestCheck:
    def test_it_asks_for_what_there_is(self, check: Check) -> None:
        halves = {f"{name}.{half}" for name in fields() for half in ("high", "low") if name.startswith("ipv6.")}
        asked = {
            *needs(check.broken),
            *(n for each in check.said.values() if not isinstance(each, str) for n in needs(each)),
        }
        assert asked <= {*fields(), *halves, *FACTS, *WALKED}
        assert check.field in field_numbers()

    def test_every_fact_is_described(self, check: Check) -> None:
        for fact in set(needs(check.broken)) - set(fields()):
            if not fact.endswith((".high", ".low")):
                assert f"`{fact}`" in (checks.__doc__ or ""), fact

    def test_numbers_and_arrays_get_the_same_answer(self, check: Check) -> None:
        """For values at the edges, all combinations of a few."""
        names = needs(check.broken)
        chance = np.random.default_rng(8200)
        edges = np.array([0, 1, 2, 3, 7, 8, 17, 20, 59, 87, 88, 127, 255, 0xFFF, 0xFFFF])
        for _ in range(30):
            columns = {each: chance.choice(edges, 50) for each in names}
            answers = check.broken(columns.__getitem__)
            for row in range(50):
                single = check.broken({each: int(column[row]) for each, column in columns.items()}.__getitem__)
                assert bool(single) == bool(np.broadcast_to(answers, 50)[row])

    def test_texts_are_filled(self, check: Check) -> None:
        said = {key: each if isinstance(each, str) else each(lambda _: 1) for key, each in check.said.items()}
        assert "{" not in RULES[check.rule].text.format(bound=check.bound, **said)
