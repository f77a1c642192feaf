"""A filter's syntax → typed tests: fields found, values read, and refused what cannot be compared."""

from __future__ import annotations

from dissect.filter.errors import FilterError
from dissect.filter.names import did_you_mean, protocols
from dissect.filter.operands import Operands
from dissect.filter.syntax import (
    Bare,
    Both,
    Call,
    Comparison,
    Either,
    Item,
    Membership,
    Negation,
    Node,
    Odd,
    Part,
    Search,
    Text,
    Word,
)  # fmt: skip
from dissect.filter.typed import (
    BINARY,
    SEARCHED,
    Beside,
    Contains,
    Cut,
    Join,
    Masked,
    Matches,
    Not,
    Operand,
    Pair,
    Plain,
    Present,
    Span,
    Test,
    Type,
    Within,
    comparable,
)  # fmt: skip
from dissect.filter.values import ValueFault, spans

_OPERATORS: dict[str, tuple[str, bool]] = {
    "==": ("==", False), "eq": ("==", False), "any_eq": ("==", False), "===": ("==", True), "all_eq": ("==", True),
    "!=": ("!=", True), "ne": ("!=", True), "all_ne": ("!=", True), "!==": ("!=", False), "~=": ("!=", False),
    "any_ne": ("!=", False), ">": (">", False), "gt": (">", False), ">=": (">=", False), "ge": (">=", False),
    "<": ("<", False), "lt": ("<", False), "<=": ("<=", False), "le": ("<=", False),
}  # fmt: skip  # sign → meaning, and whether every value has to fulfil it (wireshark-filter(4))
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_JOINED: dict[type[Node], str] = {Both: "and", Either: "or", Odd: "xor"}


def check(node: Node, text: str) -> tuple[Test, frozenset[str]]:
    """The test that the syntax means, and the fields that it reads."""
    checker = _Checker(text)
    test = checker.test(node)
    return test, frozenset(checker.operands.fields)


class _Checker:
    """Checks the parts of one filter."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.operands = Operands(text)

    def test(self, node: Node) -> Test:
        if isinstance(node, Both | Either | Odd):
            return Join(_JOINED[type(node)], tuple(self.test(part) for part in node.parts))
        if isinstance(node, Negation):
            return Not(self.test(node.operand))
        if isinstance(node, Comparison):
            return self._comparison(node)
        if isinstance(node, Membership):
            return self._membership(node)
        if isinstance(node, Search):
            return self._search(node)
        assert isinstance(node, Bare)
        return self._bare(node.operand)

    def _bare(self, node: Node) -> Test:
        """A field alone asks whether it is there; a sum or a bit test, whether it is not 0."""
        if isinstance(node, Word) and node.slice is None and node.text in protocols():
            return self._protocol(node)
        if not self.operands.mentions(node) and not isinstance(node, Word):
            raise self._refusal("a value alone tests nothing; a field has to stand beside it", node)
        operand = self.operands.operand(node)
        return Present(operand, nonzero=not isinstance(node, Word | Call))

    def _protocol(self, node: Word) -> Test:
        marker = protocols()[node.text]
        operand = self.operands.marker(node, marker.fields)
        if not marker.kinds:
            return Present(operand)
        return Within(operand, tuple((kind, kind) for kind in marker.kinds))

    def _comparison(self, node: Comparison) -> Test:
        tests: list[Test] = []
        left = node.first
        for operator, right in node.rest:
            tests.append(self._pair(node.quantifier, left, operator, right))
            left = right
        return tests[0] if len(tests) == 1 else Join("and", tuple(tests))

    def _pair(self, quantifier: str, left: Node, operator: Part, right: Node) -> Test:
        sign, every = _OPERATORS[operator.text]
        every = quantifier == "all" if quantifier else every
        mentioned = self.operands.mentions(left), self.operands.mentions(right)
        if all(mentioned):
            if not self.operands.is_field(right, self.operands.operand(left)):
                return self._value(left, sign, right, every)
            if self.operands.is_field(left, self.operands.operand(right)):
                return self._fields(left, sign, right, every)
        elif mentioned[0]:
            return self._value(left, sign, right, every)
        if mentioned[1]:
            return self._value(right, _MIRRORED.get(sign, sign), left, every)
        if isinstance(left, Word):
            self.operands.operand(left)  # refuses it
        raise self._refusal("one side of a comparison has to be a field", left)

    def _fields(self, left: Node, sign: str, right: Node, every: bool) -> Test:
        one, other = _alike(self.operands.operand(left), self.operands.operand(right))
        if not comparable(one.type, other.type) or isinstance(one, Masked) != isinstance(other, Masked):
            raise self._refusal(f"{one.label} is {one.type.value}, but this is {other.type.value}", right)
        return Pair(one, sign, other, every)

    def _value(self, field: Node, sign: str, value: Node, every: bool) -> Test:
        operand = self.operands.operand(field)
        found = self._spans(value, operand)
        if sign in {"==", "!="}:
            return Within(operand, found, sign == "!=", every)
        if len(found) > 1:
            raise self._refusal("several numbers have this name; compare with one of them", value)
        low, high = found[0]
        return Beside(operand, sign, low if sign in {"<", ">="} else high, every)

    def _spans(self, node: Node, operand: Operand) -> tuple[Span, ...]:
        return self.operands.spans(node, operand)

    def _membership(self, node: Membership) -> Test:
        if not self.operands.mentions(node.operand):
            if isinstance(node.operand, Word):
                self.operands.operand(node.operand)  # refuses it
            raise self._refusal("a field has to stand before a set", node.operand)
        operand = self.operands.operand(node.operand)
        every = node.quantifier == "all"
        fields = [item for item in node.items if self.operands.is_field(item.first, operand)]
        if fields and every:
            raise self._refusal('"all" needs a set of values; this is a field', fields[0])
        found = [span for item in node.items if item not in fields for span in self._item(item, operand)]
        tests: list[Test] = [Within(operand, tuple(found), every=every)] if found else []
        tests += [self._member(node.operand, item) for item in fields]
        test = tests[0] if len(tests) == 1 else Join("or", tuple(tests))
        return Not(test) if node.negated else test

    def _member(self, operand: Node, item: Item) -> Test:
        if item.last is not None:
            raise self._refusal("a range goes from value to value; this is a field", item)
        return self._fields(operand, "==", item.first, every=False)

    def _item(self, item: Item, operand: Operand) -> tuple[Span, ...]:
        first = self._spans(item.first, operand)
        if item.last is None:
            return first
        last = self._spans(item.last, operand)
        if len(first) > 1 or len(last) > 1:
            raise self._refusal("several numbers have this name; a range needs one", item)
        return ((first[0][0], last[0][1]),)

    def _search(self, node: Search) -> Test:
        if not self.operands.mentions(node.operand):
            if isinstance(node.operand, Word):
                self.operands.operand(node.operand)  # refuses it
            raise self._refusal(f"a field has to stand before {node.operator.text}", node.operand)
        operand = self.operands.operand(node.operand, onward=True)
        if operand.type not in SEARCHED or isinstance(operand, Masked):
            raise self._refusal(f"{operand.label} is {operand.type.value}; {node.operator.text} needs bytes or text"
                         f" (string({operand.label}) is text)", node.operand)  # fmt: skip
        every = node.quantifier == "all"
        if node.operator.text == "contains":
            return Contains(operand, self._wanted(node.wanted, operand), every)
        return Matches(operand, self._pattern(node.wanted), every)

    def _wanted(self, node: Node, operand: Operand) -> Plain | Operand:
        if self.operands.is_field(node, operand):
            other = self.operands.operand(node)
            if operand.type in BINARY:
                other = _bytes_of(other)
            if not comparable(operand.type, other.type) or other.repeated or operand.repeated:
                raise self._refusal(f"{operand.label} cannot contain {other.label}", node)
            return other
        if operand.type in BINARY:
            beside = Operand(Type.BYTES, False, operand.label)
        else:
            beside = Operand(Type.TEXT, False, operand.label)
        try:
            return spans(node, beside)[0][0]
        except ValueFault as fault:
            raise self._fault(fault, node) from None

    def _pattern(self, node: Node) -> str:
        """Regular expressions are checked here, so that using one cannot fail."""
        from dissect.filter.patterns import pattern_fault

        if not isinstance(node, Text):
            raise self._refusal("a regular expression has to stand here, in double quotes", node)
        reason = pattern_fault(node.text)
        if reason:
            raise self._refusal(reason, node)
        return node.text

    def _fault(self, fault: ValueFault, node: Node) -> FilterError:
        message = f"{fault.reason}{did_you_mean(fault.names)}"
        return FilterError(message, self.text, node.start, node.stop, fault.names)

    def _refusal(self, reason: str, node: Node) -> FilterError:
        return FilterError(reason, self.text, node.start, node.stop)


def _alike(one: Operand, other: Operand) -> tuple[Operand, Operand]:
    """An IPv4 address beside bytes is four of them."""
    return (_bytes_of(one) if other.type is Type.BYTES else one), (
        _bytes_of(other) if one.type is Type.BYTES else other
    )


def _bytes_of(operand: Operand) -> Operand:
    if operand.type is not Type.IPV4:
        return operand
    return Cut(Type.BYTES, operand.repeated, operand.label, size=4, of=operand, pieces=((0, None),))
