"""The functions of the language: what each takes and gives."""

from __future__ import annotations

from typing import NamedTuple

from dissect.filter.typed import BINARY, NUMERIC, Operand, Result, Type

_TEXTS = frozenset({Type.TEXT, Type.VERDICT})


class Function(NamedTuple):
    """`takes`: the types of its arguments; `many`: it takes several, or else exactly one."""

    takes: frozenset[Type]
    gives: Type
    wants: str
    many: bool = False

    def fault(self, arguments: tuple[Operand, ...]) -> tuple[str, int]:
        """What is wrong with the arguments, and with which; an empty text where nothing is."""
        if not self.many and len(arguments) != 1:
            return "it takes one field", 1
        for at, argument in enumerate(arguments):
            if argument.type not in self.takes:
                return f"{argument.label} is {argument.type.value}, but this needs {self.wants}", at
        return "", 0


FUNCTIONS: dict[str, Function] = {
    "len": Function(BINARY | _TEXTS | {Type.IPV4}, Type.NUMBER, "an address, bytes or text"),
    "count": Function(frozenset(Type), Type.NUMBER, "a field"),
    "upper": Function(_TEXTS, Type.TEXT, "text"),
    "lower": Function(_TEXTS, Type.TEXT, "text"),
    "string": Function(NUMERIC | {Type.IPV4, Type.IPV6, Type.MAC}, Type.TEXT, "a number or an address"),
    "abs": Function(NUMERIC, Type.NUMBER, "a number"),
    "max": Function(NUMERIC, Type.NUMBER, "numbers", many=True),
    "min": Function(NUMERIC, Type.NUMBER, "numbers", many=True),
}


def result(name: str, arguments: tuple[Operand, ...]) -> Result:
    """The operand that the function gives."""
    repeated = name not in {"count", "max", "min"} and any(argument.repeated for argument in arguments)
    return Result(FUNCTIONS[name].gives, repeated, name, function=name, arguments=arguments)
