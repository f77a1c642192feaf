"""Fields, slices, bit tests, arithmetic and functions: the operands of a filter's tests."""

from __future__ import annotations

from dataclasses import replace

from dissect.filter.errors import FilterError
from dissect.filter.functions import FUNCTIONS, result
from dissect.filter.names import did_you_mean, nearest, protocols, run, source
from dissect.filter.ranges import RangeFault, layers, pieces
from dissect.filter.syntax import Call, Chain, Negative, Node, Part, Word
from dissect.filter.typed import BINARY, NUMERIC, SLICED, Arithmetic, Cut, Masked, Operand, Source, Span, Type
from dissect.filter.values import LARGEST, ValueFault, number_span, octets, plain_number, spans

_WHOLE = Operand(Type.NUMBER, False, "a number")
ABOVE = frozenset(
    [
        "http",
        "http2",
        "http3",
        "dns",
        "tls",
        "ssl",
        "dtls",
        "quic",
        "ssh",
        "ftp",
        "smtp",
        "imap",
        "pop",
        "sip",
        "dhcp",
        "bootp",
        "smb",
        "smb2",
        "mdns",
        "ntp",
        "snmp",
        "rtp",
    ]
)
"""What people filter for that stands above TCP and UDP."""
WIDEST_MASK = 8  # bytes


class Operands:
    """Makes operands of one filter's syntax and collects the fields that they read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.fields: set[str] = set()

    def mentions(self, node: Node) -> bool:
        """Whether a field stands anywhere in it; if not, it is a value."""
        if isinstance(node, Word):
            return source(node.text) is not None or node.text in protocols()
        if isinstance(node, Chain):
            return self.mentions(node.first) or any(self.mentions(each) for _, each in node.rest)
        if isinstance(node, Negative):
            return self.mentions(node.operand)
        return isinstance(node, Call)

    def is_field(self, node: Node, beside: Operand) -> bool:
        """Whether it is a field where it stands: beside a number or a text, the name of a header is a value's."""
        if isinstance(node, Word) and not (node.layer or node.slice) and beside.type not in BINARY:
            return source(node.text) is not None
        return self.mentions(node)

    def operand(self, node: Node, *, onward: bool = False) -> Operand:
        """What the node computes; it has to mention a field.

        A header stands for its bytes, or (`onward`) for these and all that it carries, as `contains` takes it.
        """
        if isinstance(node, Word):
            return self._word(node, onward=onward and node.slice is None)
        if isinstance(node, Chain):
            return self._chain(node)
        if isinstance(node, Negative):
            inner = self._numeric(node.operand)
            assert isinstance(inner, Operand)
            return _arithmetic("-", 0, inner)
        if isinstance(node, Call):
            return self._call(node)
        raise self._refusal("a field has to stand here", node)

    def marker(self, node: Word, fields: tuple[str, ...]) -> Source:
        """The fields that show that a header is there."""
        found = source(fields[0])
        assert found is not None
        self.fields.update(fields)
        return replace(found, label=node.text, fields=fields, layers=self._layers(node))

    def spans(self, node: Node, beside: Operand) -> tuple[Span, ...]:
        """The values that a literal stands for beside that operand, as its columns hold them."""
        try:
            if isinstance(node, Chain) and beside.type in NUMERIC:
                return (number_span(self._folded(node), beside),)
            found = spans(node, beside)
        except ValueFault as fault:
            raise self._fault(fault, node) from None
        if isinstance(beside, Masked) and beside.type is Type.BYTES:
            number = self._mask_number(found[0], beside.size or 0, node)
            return ((number, number),)
        return found

    def _word(self, node: Word, *, onward: bool) -> Operand:
        found = source(node.text) or run(node.text, onward)
        if found is None:
            raise self._unknown(node)
        self.fields.update(found.fields)
        found = replace(found, layers=self._layers(node))
        return found if node.slice is None else self._cut(found, node.slice)

    def _unknown(self, node: Word) -> FilterError:
        """Why a word is no field, with the names that may have been meant."""
        text = node.text
        if text in protocols():
            reason = f"{text} is an option: one can ask whether it is there, and compare its fields"
            return self._refusal(reason, node)
        if plain_number(text) is not None or octets(text) is not None or "/" in text:
            return self._refusal("a value alone tests nothing; a field has to stand beside it", node)
        names = nearest(text)
        if text.partition(".")[0].lower() in ABOVE and not names:
            reason = f'{_short(text)} is not decoded, nothing above TCP and UDP is; tcp contains "GET" looks into it'
            return self._refusal(reason, node)
        reason = f"there is no field {_short(text)}{did_you_mean(names)}"
        if source(text.partition("-")[0]) is not None:
            names, reason = (), f"there is no field {_short(text)}; a space has to come before a minus sign"
        return FilterError(reason, self.text, node.start, node.start + len(text), names)

    def _layers(self, node: Word) -> tuple[tuple[int, int | None], ...] | None:
        if node.layer is None:
            return None
        try:
            return layers(node.layer.text)
        except RangeFault as fault:
            raise FilterError(str(fault), self.text, node.layer.start, node.layer.stop) from None

    def _cut(self, operand: Operand, part: Part) -> Cut:
        if operand.type not in SLICED:
            reason = f"{operand.label} is {operand.type.value}, which has no slices"
            raise FilterError(reason, self.text, part.start, part.stop)
        try:
            found = pieces(part.text[1:-1])
        except RangeFault as fault:
            raise FilterError(str(fault), self.text, part.start, part.stop) from None
        lengths = [length for _, length in found]
        size = None if None in lengths else sum(length or 0 for length in lengths)
        kind = Type.TEXT if operand.type is Type.TEXT else Type.BYTES
        label = f"{operand.label}{part.text}"
        return Cut(kind, operand.repeated, label, size=size, of=operand, pieces=found)

    def _chain(self, node: Chain) -> Operand:
        left: Node = node.first
        found: Operand | int | None = None
        for operator, right in node.rest:
            found = self._step(left, found, operator, right)
        assert isinstance(found, Operand)
        return found

    def _step(self, left: Node, so_far: Operand | int | None, operator: Part, right: Node) -> Operand | int:
        """One operator of a chain; `so_far` is what stands before it, at first only the node `left`."""
        if operator.text in {"&", "bitwise_and"}:
            return self._masked(left, so_far, right)
        one = self._numeric(left) if so_far is None else self._must_be_numeric(so_far, left)
        other = self._numeric(right)
        if isinstance(one, int) and isinstance(other, int):
            return self._compute(one, operator, other, right)
        self._must_be_single(one, other, right)
        return _arithmetic(operator.text, one, other)

    def _numeric(self, node: Node) -> Operand | int:
        """An operand or a constant that one can count with."""
        if not self.mentions(node):
            return self._folded(node)
        return self._must_be_numeric(self.operand(node), node)

    def _must_be_numeric(self, operand: Operand | int, node: Node) -> Operand | int:
        if isinstance(operand, Operand) and operand.type not in NUMERIC:
            raise self._refusal(f"{operand.label} is {operand.type.value}; one can only count with numbers", node)
        return operand

    def _must_be_single(self, one: Operand | int, other: Operand | int, node: Node) -> None:
        if isinstance(one, Operand) and isinstance(other, Operand) and (one.repeated or other.repeated):
            raise self._refusal("a header can repeat one of these fields; they cannot be combined", node)

    def _folded(self, node: Node) -> int:
        """A number, or an expression of numbers."""
        if isinstance(node, Negative):
            return -self._folded(node.operand)
        if isinstance(node, Chain):
            number = self._folded(node.first)
            for operator, right in node.rest:
                number = self._compute(number, operator, self._folded(right), right)
            return number
        try:
            whole = spans(node, _WHOLE)[0][0]
        except ValueFault as fault:
            raise self._fault(fault, node) from None
        assert isinstance(whole, int)
        return whole

    def _compute(self, one: int, operator: Part, other: int, node: Node) -> int:
        sign = operator.text
        if sign in "/%" and other == 0:
            raise self._refusal("nothing can be divided by 0", node)
        found = calculate(one, sign, other)
        if abs(found) > LARGEST:
            raise self._refusal("this number becomes too large", node)
        return found

    def _masked(self, left: Node, so_far: Operand | int | None, right: Node) -> Operand | int:
        if isinstance(so_far, int):
            other = self._numeric(right)
            return so_far & other if isinstance(other, int) else _arithmetic("&", other, so_far)
        if so_far is None and not self.mentions(left):
            if not self.mentions(right):
                return self._folded(left) & self._folded(right)
            left, right = right, left
        one = so_far or self.operand(left)
        if not self.mentions(right):
            return self._with_mask(one, left, right)
        other = self._numeric(right)
        self._must_be_numeric(one, left)
        self._must_be_single(one, other, right)
        return _arithmetic("&", one, other)

    def _with_mask(self, operand: Operand, left: Node, right: Node) -> Operand:
        size = operand.size
        if operand.type in BINARY:
            if size is None or size > WIDEST_MASK or isinstance(operand, Masked):
                other = f" ({operand.label} == 2001:db8::/32 takes a prefix)" if operand.type is Type.IPV6 else ""
                raise self._refusal(f"& needs a number, or at most {WIDEST_MASK} bytes of known length{other}", left)
            beside = Operand(Type.BYTES, False, operand.label)
            mask = self._mask_number(self.spans(right, beside)[0], size, right)
            return Masked(Type.BYTES, operand.repeated, operand.label, size=size, of=operand, mask=mask)
        if operand.type is Type.IPV4:
            low, high = self.spans(right, replace(_WHOLE, type=Type.IPV4))[0]
            if low != high or not isinstance(low, int):
                raise self._refusal("a mask is one address", right)
            return Masked(Type.IPV4, operand.repeated, operand.label, of=operand, mask=low)
        self._must_be_numeric(operand, left)
        mask = self._folded(right)
        if isinstance(operand, Arithmetic) or mask < 0:
            return _arithmetic("&", operand, mask)
        largest = operand.largest
        if largest is not None and mask > largest:
            raise self._refusal(f"too large for {operand.label}, which holds at most {largest}", right)
        return Masked(Type.NUMBER, operand.repeated, operand.label, largest, of=operand, mask=mask)

    def _mask_number(self, span: Span, size: int, node: Node) -> int:
        data = span[0]
        if not isinstance(data, bytes) or len(data) != size:
            raise self._refusal(f"{size} bytes have to stand here" if size != 1 else "one byte has to stand here", node)
        return int.from_bytes(data, "big")

    def _call(self, node: Call) -> Operand:
        name = node.name
        if name.text not in FUNCTIONS:
            from difflib import get_close_matches

            names = tuple(get_close_matches(name.text.lower()[:100], FUNCTIONS, 3, 0.5))
            message = f"there is no function {_short(name.text)}{did_you_mean(names)}"
            raise FilterError(message, self.text, name.start, name.stop, names)
        for argument in node.arguments:
            if not self.mentions(argument) and not isinstance(argument, Word):
                raise self._refusal(f"{name.text} needs a field", argument)
        arguments = tuple(self.operand(argument) for argument in node.arguments)
        reason, at = FUNCTIONS[name.text].fault(arguments)
        if reason:
            raise self._refusal(f"{name.text}: {reason}", node.arguments[at] if at < len(arguments) else node)
        return result(name.text, arguments)

    def _fault(self, fault: ValueFault, node: Node) -> FilterError:
        message = f"{fault.reason}{did_you_mean(fault.names)}"
        return FilterError(message, self.text, node.start, node.stop, fault.names)

    def _refusal(self, reason: str, node: Node) -> FilterError:
        return FilterError(reason, self.text, node.start, node.stop)


def calculate(one: int, sign: str, other: int) -> int:
    """Whole numbers as C has them: division cuts off towards 0, and the remainder has the dividend's sign."""
    if sign in "/%":
        quotient = abs(one) // abs(other) * (1 if (one < 0) == (other < 0) else -1)
        return quotient if sign == "/" else one - quotient * other
    return {"+": one + other, "-": one - other}.get(sign, one * other)


def _arithmetic(operator: str, left: Operand | int, right: Operand | int) -> Arithmetic:
    repeated = any(isinstance(side, Operand) and side.repeated for side in (left, right))
    return Arithmetic(Type.NUMBER, repeated, "this", operator=operator, left=left, right=right)


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
