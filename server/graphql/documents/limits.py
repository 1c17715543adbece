"""Limits of a document, measured in one pass before it is validated.

Each fragment is measured once and the result is reused, so the cost grows with the text, not with its expansion.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from graphql import (
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FloatValueNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
)

from web.errors import RequestError, RequestErrorCode

SCHEMA_FIELDS = frozenset({"__schema", "__type"})
INTROSPECTION_FIELDS = SCHEMA_FIELDS | {"__typename"}

# Recursion depth of the measurement, fragments included. Operations within the other limits stay far below it.
MAX_NESTING = 100


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """The maximum of each quantity in one document."""

    characters: int = 100_000
    lines: int = 3_000
    """graphql-core computes the line of an error by scanning all lines before it."""
    tokens: int = 2_000
    comments: int = 2_000
    depth: int = 12
    introspection_depth: int = 25
    aliases: int = 30
    introspection_aliases: int = 4
    """On or below `__schema` and `__type`, where each alias can repeat the whole schema."""
    directives: int = 50
    directives_per_node: int = 5
    fields: int = 500
    fragments: int = 50
    operations: int = 25
    """Validation visits each one with all fragments that it spreads."""
    comparisons: int = 12_000
    """Steps of the validation rule that checks whether fields of one response name can be merged."""
    value_depth: int = 32
    errors: int = 20
    """Validation errors reported for one document. Each costs a search for similar names."""

    def for_anonymous(self) -> "QueryLimits":
        """Return the limits for a caller without a key: enough for the introspection queries of common tools."""
        return replace(
            self,
            characters=min(self.characters, 8_000),
            lines=min(self.lines, 1_000),
            tokens=min(self.tokens, 1_000),
            comparisons=min(self.comparisons, 1_000),
            errors=1,
        )


@dataclass(frozen=True, slots=True)
class Size:
    """The size of a selection set with its fragments expanded."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    introspection_aliases: int = 0

    def plus(self, other: "Size") -> "Size":
        return Size(
            max(self.depth, other.depth),
            self.fields + other.fields,
            self.aliases + other.aliases,
            self.directives + other.directives,
            self.introspection_aliases + other.introspection_aliases,
        )


class _Measure:
    def __init__(self, document: DocumentNode, limits: QueryLimits) -> None:
        self.limits = limits
        self.fragments: Mapping[str, FragmentDefinitionNode] = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self.sizes: dict[str, Size] = {}
        self.literal_count = 0

    def fragment(self, name: str, nesting: int) -> Size:
        if name not in self.sizes:
            self.sizes[name] = Size()  # breaks cycles, which validation reports
            definition = self.fragments.get(name)
            if definition is not None:
                own = Size(directives=self.directives(definition.directives))
                self.sizes[name] = own.plus(self.selections(definition.selection_set, nesting + 1))
        return self.sizes[name]

    def selections(self, selection_set: SelectionSetNode | None, nesting: int) -> Size:
        if nesting > MAX_NESTING:
            raise too_complex("is nested too deeply")
        total = Size()
        for node in selection_set.selections if selection_set else ():
            total = total.plus(self.selection(node, nesting))
        return total

    def selection(self, node: SelectionNode, nesting: int) -> Size:
        directives = self.directives(node.directives)
        if isinstance(node, FragmentSpreadNode):
            return Size(directives=directives).plus(self.fragment(node.name.value, nesting))
        if isinstance(node, InlineFragmentNode):
            return Size(directives=directives).plus(self.selections(node.selection_set, nesting + 1))
        if not isinstance(node, FieldNode):
            return Size(directives=directives)
        self.values(node.arguments)
        below = self.selections(node.selection_set, nesting + 1)
        aliases = below.aliases + (1 if node.alias else 0)
        introspecting = aliases if node.name.value in SCHEMA_FIELDS else below.introspection_aliases
        return Size(below.depth + 1, below.fields + 1, aliases, below.directives + directives, introspecting)

    def directives(self, nodes: Iterable[DirectiveNode] | None) -> int:
        count = 0
        for node in nodes or ():
            count += 1
            self.values(node.arguments)
        if count > self.limits.directives_per_node:
            raise too_complex(f"has {count} directives in one place; the maximum is {self.limits.directives_per_node}")
        return count

    def values(self, arguments: Iterable[ArgumentNode] | None) -> None:
        for argument in arguments or ():
            self.value(argument.value, 1)

    def value(self, node: ValueNode, depth: int) -> None:
        self.literal_count += 1
        if depth > self.limits.value_depth:
            raise too_complex(f"has a value nested deeper than {self.limits.value_depth}")
        if isinstance(node, ListValueNode):
            for item in node.values:
                self.value(item, depth + 1)
        elif isinstance(node, ObjectValueNode):
            for field in node.fields:
                self.value(field.value, depth + 1)
        elif isinstance(node, IntValueNode | FloatValueNode) and not math.isfinite(float(node.value)):
            raise too_complex("has a number that is too large")


def check_limits(document: DocumentNode, limits: QueryLimits) -> int:
    """Raise `RequestError` when an operation or fragment exceeds the limits; return the number of literal values."""
    measure = _Measure(document, limits)
    if len(measure.fragments) > limits.fragments:
        raise too_complex(f"has more than {limits.fragments} fragments")
    if sum(isinstance(node, OperationDefinitionNode) for node in document.definitions) > limits.operations:
        raise too_complex(f"has more than {limits.operations} operations")
    for node in document.definitions:
        if isinstance(node, FragmentDefinitionNode):
            _check(measure.fragment(node.name.value, 0), limits, depth=limits.introspection_depth)
        elif isinstance(node, OperationDefinitionNode):
            own = Size(directives=measure.directives(node.directives))
            for variable in node.variable_definitions or ():
                own = own.plus(Size(directives=measure.directives(variable.directives)))
                if variable.default_value is not None:
                    measure.value(variable.default_value, 1)
            depth = limits.introspection_depth if is_introspection(node) else limits.depth
            _check(own.plus(measure.selections(node.selection_set, 0)), limits, depth=depth)
    return measure.literal_count


def is_introspection(operation: OperationDefinitionNode) -> bool:
    """Whether the operation selects introspection fields alone."""
    selections = operation.selection_set.selections
    return bool(selections) and all(
        isinstance(node, FieldNode) and node.name.value in INTROSPECTION_FIELDS for node in selections
    )


def too_complex(what: str) -> RequestError:
    return RequestError(f"The document {what}.", code=RequestErrorCode.QUERY_TOO_COMPLEX)


def _check(size: Size, limits: QueryLimits, *, depth: int) -> None:
    for name, found, maximum in (
        ("levels of fields", size.depth, depth),
        ("fields", size.fields, limits.fields),
        ("aliases", size.aliases, limits.aliases),
        ("directives", size.directives, limits.directives),
        ("aliases in introspection", size.introspection_aliases, limits.introspection_aliases),
    ):
        if found > maximum:
            # the number itself can have thousands of digits when fragments are nested
            raise too_complex(f"has more than {maximum} {name}")
