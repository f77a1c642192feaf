"""Asks the checks of `dissect.wire.checks` about one layer or option that has been read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from dissect.decoding.walk import Draft, finding
from dissect.packet import Finding, Option, Value, option_values
from dissect.wire.checks import Check, Condition, Of, checks_of, needs
from dissect.wire.checksum import CODES, Verdict
from dissect.wire.field import Raw

REPEATED = {"ip.opt": "ip.option.repeated", "tcp.options": "tcp.option.repeated"}
NO_OPERATION = 1
Known = Callable[[str], int | None]


def judge(draft: Draft) -> None:
    """Adds what the checks say of a layer and of its options."""
    known = _known_of(draft)
    for check in checks_of(draft.header.key):
        if draft.quoted and not check.quoted:
            continue
        if _holds(check.broken, known) and not _excused(draft, check):
            draft.findings.append(_finding(check, known, draft.header.cite))
    if draft.options and not draft.quoted:
        _repeated(draft)
        draft.options = [_judged(option, known) for option in draft.options]


def _holds(condition: Condition, known: Known) -> bool:
    values = {name: known(name) for name in needs(condition)}
    return None not in values.values() and bool(condition(values.__getitem__))


def _finding(check: Check, known: Known, cite: str) -> Finding:
    of: Of = known
    said = {name: each if isinstance(each, str) else each(of) for name, each in check.said.items()}
    return finding(check.rule, check.field, check.section or cite, check.bound, **said)


def _excused(draft: Draft, check: Check) -> bool:
    """Whether an option has the value with which the rule is not broken."""
    return bool(check.unless) and any(
        value.name == check.unless for option in draft.options for value in option_values(option)
    )


def _known_of(draft: Draft) -> Known:
    """The fields of a layer by name, derived ones and facts included."""
    raws, facts = draft.reading.raws, draft.facts

    def known(name: str) -> int | None:
        if name in raws:
            return _number(raws[name])
        if name in facts:
            return facts[name]
        if name.startswith("ipv6.") and name.endswith((".high", ".low")):
            address = raws.get(name.rpartition(".")[0])
            if not isinstance(address, bytes):
                return None
            return int.from_bytes(address[:8] if name.endswith(".high") else address[8:], "big")
        if name == "options.nops":
            return _longest_run(draft.options) if draft.options else None
        return _derived(draft.derived, name)

    return known


def _number(raw: Raw) -> int:
    return raw if isinstance(raw, int) else int.from_bytes(raw, "big")


def _derived(values: list[Value], name: str) -> int | None:
    raw = next((value.raw for value in values if value.name == name), None)
    if isinstance(raw, str):
        return CODES[Verdict(raw)]
    return raw if isinstance(raw, int) else None


def _longest_run(options: list[Option]) -> int:
    longest = run = 0
    for option in options:
        run = run + 1 if option.kind == NO_OPERATION else 0
        longest = max(longest, run)
    return longest


def _repeated(draft: Draft) -> None:
    """A second option of a kind of which there may be one."""
    options = draft.header.options
    if options is None or not options.once:
        return
    times = Counter(option.kind for option in draft.options if option.kind in options.once)
    for option in draft.options:
        times[option.kind] -= 1
        if times[option.kind] > 0:
            draft.note(REPEATED[options.key], option.header.fields[0].name)


def _judged(option: Option, around: Known) -> Option:
    """The option with what the checks say of it; of one that cannot be trusted they say nothing."""
    checks = checks_of(option.header.key)
    if not checks or option.findings:
        return option
    values = {value.name: value.raw for value in option_values(option)}

    def known(name: str) -> int | None:
        if name == "option.stuffed":
            body = [raw for raw in values.values() if isinstance(raw, bytes)]
            return int(any(map(any, body)))
        raw = values.get(name)
        return around(name) if raw is None or isinstance(raw, str) else _number(raw)

    found = [_finding(check, known, option.header.cite) for check in checks if _holds(check.broken, known)]
    return replace(option, findings=(*option.findings, *found)) if found else option
