"""A filter as it is written: nodes that know their place in the text and nothing about fields."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """A part of the text, from character `start` up to `stop`; `depth` counts the levels inside it."""

    start: int
    stop: int
    depth: int


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of text inside a node, such as an operator."""

    text: str
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Word(Node):
    """A field, or a value without quotes; perhaps restricted to layers, perhaps sliced."""

    text: str
    layer: Part | None = None
    slice: Part | None = None


@dataclass(frozen=True, slots=True)
class Text(Node):
    """A string in double quotes: the bytes that it stands for."""

    data: bytes

    @property
    def text(self) -> str:
        """The string as characters."""
        return self.data.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Character(Node):
    """A character in single quotes, which stands for its number."""

    number: int


@dataclass(frozen=True, slots=True)
class Negative(Node):
    """A minus sign before a value."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Chain(Node):
    """Operands with operators of equal rank between them, worked off from the left."""

    first: Node
    rest: tuple[tuple[Part, Node], ...]


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function and its arguments."""

    name: Part
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Item(Node):
    """One member of a set: a value, or a range from the first to the last."""

    first: Node
    last: Node | None


@dataclass(frozen=True, slots=True)
class Bare(Node):
    """An operand alone: is it there?"""

    operand: Node


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """Two operands or more with comparisons between them: each has to hold."""

    quantifier: str
    first: Node
    rest: tuple[tuple[Part, Node], ...]


@dataclass(frozen=True, slots=True)
class Membership(Node):
    """An operand that has to be in a set, or must not."""

    quantifier: str
    operand: Node
    negated: bool
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Search(Node):
    """`contains` and `matches`."""

    quantifier: str
    operand: Node
    operator: Part
    wanted: Node


@dataclass(frozen=True, slots=True)
class Negation(Node):
    """`not`."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Both(Node):
    """`and`: all of them."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either(Node):
    """`or`: at least one of them."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Odd(Node):
    """`xor`: an odd number of them."""

    parts: tuple[Node, ...]
