"""Random operations for a schema: fields, aliases, arguments, fragments, directives and variables."""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLSchema,
    OperationType,
    get_named_type,
    is_composite_type,
    is_interface_type,
    is_non_null_type,
    is_object_type,
)

MAX_DEPTH = 4
# Each variable with its type, the values that clients send for it, and the types of the arguments that take it.
VARIABLES: dict[str, tuple[str, list[Any]]] = {
    "yes": ("Boolean!", [True, False, True, False, None, "no"]),
    "preset": ("Boolean = true", [True, False, None]),
    "name": ("String", ["a", "", None, 5]),
    "needed": ("String!", ["a", None]),
    "id": ("ID!", ["x", 7, None]),
    "count": ("Int = 3", [1, 2**31, "1", None]),
    "colour": ("Colour", ["RED", "BLUE", None]),
    "numbers": ("[Int!]", [[1, 2], 3, [None], None]),
}
LITERALS = {
    "String": ['"b"', "null"],
    "String!": ['"b"'],
    "ID!": ['"x"', "7"],
    "Int!": ["1", "0"],
    "Colour!": ["RED", "GREEN"],
    "Colour": ["GREEN", "null"],
    "[Int!]": ["[1, 2]", "3", "null"],
}
OF_TYPE = {
    "String": ["name", "needed"],
    "String!": ["needed"],
    "ID!": ["id"],
    "Int!": ["count"],
    "Colour": ["colour"],
    "[Int!]": ["numbers"],
}


@dataclass
class OperationWriter:
    """Writes one operation. The text is valid but for few fields that cannot be merged."""

    schema: GraphQLSchema
    random: Random
    used: set[str] = field(default_factory=set)
    fragments: list[str] = field(default_factory=list)
    aliases: dict[str, int] = field(default_factory=dict)
    """A number for each text of arguments."""

    def write(self, kind: OperationType) -> str:
        """Return the text."""
        root = self.schema.get_root_type(kind)
        assert root is not None
        names = self._fields(root, 0)
        chosen = [self.random.choice(names) for _ in range(1 if kind is OperationType.SUBSCRIPTION else self._few())]
        body = " ".join(self._field(root, name, 0) for name in chosen)
        if kind is not OperationType.SUBSCRIPTION and self._chance(0.15):
            body += " __typename"
        variables = ", ".join(f"${name}: {VARIABLES[name][0]}" for name in sorted(self.used))
        head = f"{kind.value} Q({variables})" if variables else f"{kind.value} Q"
        return f"{head} {{ {body} }} {' '.join(self.fragments)}"

    def variables(self) -> dict[str, Any]:
        """Return values for the variables of the operation; not all of them are valid."""
        return {name: self._sent(name) for name in sorted(self.used) if self._chance(0.97)}

    def _sent(self, name: str) -> Any:
        values = VARIABLES[name][1]
        return values[0] if self._chance(0.6) else self.random.choice(values[:2] if self._chance(0.7) else values)

    def _selection_set(self, parent: Any, depth: int) -> str:
        parts = [self._selection(parent, depth) for _ in range(self._few() + 1)]
        return "{ " + " ".join(parts) + " }"

    def _selection(self, parent: Any, depth: int) -> str:
        roll = self.random.random()
        if roll < 0.08:
            return f"__typename{self._directives()}"
        if roll < 0.2 and depth < MAX_DEPTH:
            condition = self._condition(parent)
            on = f" on {condition}" if condition is not parent or self._chance(0.5) else ""
            return f"...{on}{self._directives()} {self._selection_set(condition, depth + 1)}"
        if roll < 0.3 and depth < MAX_DEPTH:
            return self._fragment(self._condition(parent), depth)
        return self._field(parent, self.random.choice(self._fields(parent, depth)), depth)

    def _fragment(self, condition: Any, depth: int) -> str:
        body = self._selection_set(condition, depth + 1)
        name = f"F{len(self.fragments)}"
        self.fragments.append(f"fragment {name} on {condition.name} {body}")
        spread = f"...{name}{self._directives()}"
        return f"{spread} ...{name}" if self._chance(0.2) else spread

    def _condition(self, parent: Any) -> Any:
        """Return the parent, an interface of it or a possible type."""
        if is_interface_type(parent):
            return self.random.choice([parent, *self.schema.get_possible_types(parent)])
        return self.random.choice([parent, *parent.interfaces]) if is_object_type(parent) else parent

    def _fields(self, parent: Any, depth: int) -> list[str]:
        return [
            name
            for name, definition in parent.fields.items()
            if depth < MAX_DEPTH or not is_composite_type(get_named_type(definition.type))
        ]

    def _field(self, parent: Any, name: str, depth: int) -> str:
        definition: GraphQLField = parent.fields[name]
        arguments = self._arguments(definition)
        # fields with different arguments cannot be merged
        number = self.aliases.setdefault(arguments, len(self.aliases))
        alias = f"{name}{number}: " if arguments or self._chance(0.2) else ""
        inner = get_named_type(definition.type)
        below = f" {self._selection_set(inner, depth + 1)}" if is_composite_type(inner) else ""
        return f"{alias}{name}{arguments}{self._directives()}{below}"

    def _arguments(self, definition: GraphQLField) -> str:
        given = [
            f"{name}: {self._argument(argument)}"
            for name, argument in definition.args.items()
            if (is_non_null_type(argument.type) and argument.default is None) or self._chance(0.5)
        ]
        return f"({', '.join(given)})" if given else ""

    def _argument(self, argument: GraphQLArgument) -> str:
        type_ = str(argument.type)
        if self._chance(0.5) and type_ in OF_TYPE:
            name = self.random.choice(OF_TYPE[type_])
            self.used.add(name)
            return f"${name}"
        return self.random.choice(LITERALS[type_])

    def _directives(self) -> str:
        if not self._chance(0.15):
            return ""
        return "".join(f" @{name}(if: {self._condition_value()})" for name in self._directive_names())

    def _directive_names(self) -> list[str]:
        return self.random.choice([["skip"], ["include"], ["include"], ["skip", "include"]])

    def _condition_value(self) -> str:
        if self._chance(0.4):
            return self.random.choice(["true", "false"])
        name = self.random.choice(["yes", "preset"])
        self.used.add(name)
        return f"${name}"

    def _few(self) -> int:
        return self.random.choice([1, 1, 2, 3])

    def _chance(self, probability: float) -> bool:
        return self.random.random() < probability
