"""A filter's text → its syntax, by the grammar beside this file. Loads lark."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TypeVar, cast

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from dissect.filter.errors import FilterError
from dissect.filter.strings import EscapeError, character_number, string_bytes
from dissect.filter.syntax import (
    Bare,
    Both,
    Call,
    Chain,
    Character,
    Comparison,
    Either,
    Item,
    Membership,
    Negation,
    Negative,
    Node,
    Odd,
    Part,
    Search,
    Text,
    Word,
)  # fmt: skip

DEEPEST = 60  # levels of parentheses, signs and arithmetic; far more than anybody writes

_CAPTURE = re.compile(
    r"\s*(not\s+)?((ether|ip6?|tcp|udp|src|dst)\s+(or\s+|and\s+)?)*(host|port|portrange|net|proto)\s+[\w.:/-]+",
    re.ASCII,
)


def parse(text: str) -> Node:
    """The syntax of a filter."""
    if not text.strip():
        raise FilterError("a filter is missing here", text, 0, 0)
    try:
        return cast(Node, _parser().parse(text))
    except _Fault as fault:
        raise FilterError(fault.reason, text, fault.start, fault.stop) from None
    except UnexpectedInput as error:
        raise _unexpected(text, error) from None


@cache
def _parser() -> Lark:
    grammar = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer="basic", transformer=_Build())


class _Fault(Exception):
    """What the grammar allows and the language does not; the caller knows the text."""

    def __init__(self, reason: str, start: int, stop: int) -> None:
        super().__init__(reason)
        self.reason, self.start, self.stop = reason, start, stop


def _unexpected(text: str, error: UnexpectedInput) -> FilterError:
    if isinstance(error, UnexpectedCharacters):
        at = error.pos_in_stream or 0
        return FilterError(_sign_reason(text[at]), text, at, at + 1)
    if not isinstance(error, UnexpectedToken) or error.token.type == "$END":
        end = len(text.rstrip())
        return FilterError(_end_reason(error, text), text, end, end)
    part = _part(error.token)
    if _CAPTURE.match(text):
        reason = "this is a capture filter's language; a display filter says ip.addr == 192.0.2.1, tcp.port == 80"
        return FilterError(reason, text, 0, part.stop)
    return FilterError(_token_reason(error, part.text, text[: part.start].rstrip()), text, part.start, part.stop)


def _sign_reason(sign: str) -> str:
    unclosed = {'"': "the string", "'": "the character", "[": "the slice"}
    if sign in unclosed:
        return f"{unclosed[sign]} that begins here has no end"
    if sign == "=":
        return "one = means nothing; equality is =="
    if sign == "$":
        return "fields of a selected packet (${…}) are Wireshark's own: nothing is selected here"
    return f"{sign!r} has no meaning here"


def _end_reason(error: UnexpectedInput, text: str) -> str:
    expected: set[str] = getattr(error, "expected", None) or set()
    opened = "{" if text.rfind("{") > text.rfind("}") else "("
    if "WORD" not in expected and ("RPAR" in expected or opened == "{"):
        return f"a {opened} is still open where the text ends"
    return f"something is missing here: {_wanted(expected)}"


def _token_reason(error: UnexpectedToken, found: str, before: str) -> str:
    lower = found.lower()
    if lower in {"and", "or", "not", "xor", "in", "contains", "matches"} and found != lower:
        return f"operators are written in lower case: {lower}"
    if "WORD" not in error.expected:
        if before.rfind("{") > before.rfind("}"):
            return "between braces, a comma or } has to come next"
        if found in {")", "}"}:
            return f"nothing was opened that this {found} could close"
        if before.endswith(")"):
            return "behind ) only && and || can follow; arithmetic is grouped with { }"
    return f"{found} is not expected here; {_wanted(error.expected)} is"


def _wanted(expected: set[str]) -> str:
    if "WORD" in expected:
        return "a field or a value"
    if "LBRACE" in expected:
        return "a set in braces"
    return "an operator such as == or &&"


def _part(token: Token) -> Part:
    start = token.start_pos or 0
    return Part(str(token), start, start + len(token))


def _deeper(start: int, stop: int, children: Sequence[Node], more: int = 1) -> tuple[int, int, int]:
    """Place and depth of a node above `children`."""
    depth = max((child.depth for child in children), default=0) + more
    if depth > DEEPEST:
        raise _Fault(f"nested more than {DEEPEST} levels deep", start, stop)
    return start, stop, depth


def _around(children: Sequence[Node], more: int = 1) -> tuple[int, int, int]:
    return _deeper(children[0].start, children[-1].stop, children, more)


class _Build(Transformer[Token, Node]):
    """Makes a node of each rule, as soon as the parser has read it."""

    def start(self, found: list[Node]) -> Node:
        return found[0]

    def word(self, found: list[Token]) -> Word:
        word, *rest = map(_part, found)
        layer = next((part for part in rest if part.text.startswith("#")), None)
        cut = next((part for part in rest if part.text.startswith("[")), None)
        return Word(word.start, (cut or layer or word).stop, 1, word.text, layer, cut)

    def string(self, found: list[Token]) -> Text:
        part = _part(found[0])
        return Text(part.start, part.stop, 1, _escapes(string_bytes, part))

    def character(self, found: list[Token]) -> Character:
        part = _part(found[0])
        number = _escapes(character_number, part)
        if number is None:
            raise _Fault("one character stands between single quotes", part.start, part.stop)
        return Character(part.start, part.stop, 1, number)

    def negative(self, found: list[Token | Node]) -> Negative:
        sign, operand = _part(cast(Token, found[0])), cast(Node, found[1])
        return Negative(*_deeper(sign.start, operand.stop, [operand]), operand)

    def chain(self, found: list[Token | Node]) -> Node:
        first, rest = _alternating(found)
        if not rest:
            return first
        return Chain(*_around([first, *(node for _, node in rest)], len(rest)), first, rest)

    def call(self, found: list[Token | Node]) -> Call:
        name, arguments = _part(cast(Token, found[0])), cast("tuple[Node, ...]", tuple(found[1:]))
        return Call(*_deeper(name.start, arguments[-1].stop, arguments), name, arguments)

    def item(self, found: list[Node]) -> Item:
        return Item(*_around(found), found[0], found[1] if len(found) > 1 else None)

    def bare(self, found: list[Node]) -> Bare:
        return Bare(*_around(found), found[0])

    def comparison(self, found: list[Token | Node]) -> Comparison:
        quantifier, found = _quantifier(found)
        first, rest = _alternating(found)
        return Comparison(*_around([first, *(node for _, node in rest)]), quantifier, first, rest)

    def membership(self, found: list[Token | Node]) -> Membership:
        quantifier, found = _quantifier(found)
        nodes = [each for each in found if isinstance(each, Node)]
        items = cast("tuple[Item, ...]", tuple(nodes[1:]))
        return Membership(*_around(nodes), quantifier, nodes[0], len(nodes) < len(found), items)

    def search(self, found: list[Token | Node]) -> Search:
        quantifier, found = _quantifier(found)
        operand, operator, wanted = found
        nodes = cast("list[Node]", [operand, wanted])
        return Search(*_around(nodes), quantifier, nodes[0], _part(cast(Token, operator)), nodes[1])

    def negate(self, found: list[Token | Node]) -> Negation:
        sign, operand = _part(cast(Token, found[0])), cast(Node, found[1])
        return Negation(*_deeper(sign.start, operand.stop, [operand]), operand)

    def both(self, found: list[Node]) -> Node:
        return found[0] if len(found) == 1 else Both(*_around(found), tuple(found))

    def either(self, found: list[Node]) -> Node:
        return found[0] if len(found) == 1 else Either(*_around(found), tuple(found))

    def odd(self, found: list[Node]) -> Node:
        return found[0] if len(found) == 1 else Odd(*_around(found), tuple(found))


def _quantifier(found: list[Token | Node]) -> tuple[str, list[Token | Node]]:
    first = found[0]
    if isinstance(first, Token) and first.type == "QUANTIFIER":
        return str(first), found[1:]
    return "", found


def _alternating(found: list[Token | Node]) -> tuple[Node, tuple[tuple[Part, Node], ...]]:
    """Operands with operators between them → the first, then each operator with what follows it."""
    operators = [_part(cast(Token, each)) for each in found[1::2]]
    nodes = cast("list[Node]", found[0::2])
    return nodes[0], tuple(zip(operators, nodes[1:], strict=True))


_Read = TypeVar("_Read")


def _escapes(read: Callable[[str], _Read], part: Part) -> _Read:
    try:
        return read(part.text)
    except EscapeError as fault:
        raise _Fault("no such escape in a string", part.start + fault.start, part.start + fault.stop) from None
