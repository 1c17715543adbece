"""Compiles selection sets to functions that convert a Strawberry object to its part of the response.

graphql-core collects the fields, at compile time: fragments, directives and merged fields are its own work. The
functions return only complete values. They raise for everything else, such as null in a non-null position, and then
graphql-core completes the value from the beginning, with the errors of the specification.
"""

import math
from collections.abc import Callable, Hashable
from operator import attrgetter
from typing import Any, cast

from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLOutputType,
    Undefined,
    is_interface_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
    is_scalar_type,
)
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.executor import Executor
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

CompleteValue = Callable[[object], object]
"""Convert the value of a field to its part of the response."""

MAX_INT = 2**31 - 1
# The class of values that a scalar leaves as they are.
EXACT_CLASSES: dict[str, type] = {"String": str, "ID": str, "Boolean": bool}


class NotCompiled(Exception):
    """The compiler does not know this type or value, or the value is an error: graphql-core has to complete it."""


class SelectionCompiler:
    """Compiles the selection sets of one operation, for one set of directive values."""

    def __init__(self, executor: Executor[Any]) -> None:
        self._executor = executor
        self.field_count = 0
        """The number of fields compiled so far."""

    def value(self, type_: GraphQLOutputType, selected: list[FieldDetails]) -> CompleteValue:
        """Return the function for values of the type, with the selection sets of these fields. Raises `NotCompiled`."""
        required = is_non_null_type(type_)
        inner = type_.of_type if is_non_null_type(type_) else type_
        complete = self._not_null(cast("GraphQLOutputType", inner), selected)

        def complete_nullable(value: object) -> object:
            if value is None:
                if required:
                    raise NotCompiled
                return None
            return complete(value)

        return complete_nullable

    def _not_null(self, type_: GraphQLOutputType, selected: list[FieldDetails]) -> CompleteValue:
        if is_leaf_type(type_):
            return _leaf(type_)
        if is_list_type(type_):
            return _list(self.value(type_.of_type, selected))
        if is_object_type(type_):
            return self._object(type_, selected)
        if is_interface_type(type_):
            return self._interface(type_, selected)
        raise NotCompiled

    def _object(self, type_: GraphQLObjectType, selected: list[FieldDetails]) -> CompleteValue:
        groups = self._executor.collect_subfields(type_, selected).grouped_field_set
        fields = [(key, self._field(type_, group)) for key, group in groups.items()]
        if type_.is_type_of is None:

            def complete(source: object) -> object:
                if not hasattr(type(source), "__strawberry_definition__"):
                    raise NotCompiled
                return {key: field(source) for key, field in fields}

            return complete
        origin = _origin(type_)

        def complete_origin(source: object) -> object:
            if type(source) is not origin:
                raise NotCompiled
            return {key: field(source) for key, field in fields}

        return complete_origin

    def _interface(self, type_: GraphQLInterfaceType, selected: list[FieldDetails]) -> CompleteValue:
        if _definition(type_).resolve_type is not None:
            raise NotCompiled
        types = self._executor.schema.get_possible_types(type_)
        by_class = {_origin(possible): self._object(possible, selected) for possible in types}

        def complete(source: object) -> object:
            return by_class[type(source)](source)

        return complete

    def _field(self, parent: GraphQLObjectType, selected: list[FieldDetails]) -> CompleteValue:
        self.field_count += 1
        node = selected[0].node
        if node.name.value == "__typename":
            name = parent.name
            return lambda source: name
        definition = self._executor.schema.get_field(parent, node.name.value)
        if definition is None:
            raise NotCompiled
        read, complete = _reader(definition, node), self.value(definition.type, selected)
        exact, is_nullable = _exact_class(definition.type), not is_non_null_type(definition.type)

        def resolve(source: object) -> object:
            value = read(source)
            if type(value) is exact or (value is None and is_nullable):
                return value  # `complete` would return the same, with more calls
            return complete(value)

        return resolve


def _reader(definition: GraphQLField, node: FieldNode) -> CompleteValue:
    """Return the function that gets the value of a field from its object: without arguments, context or await."""
    field = definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if not isinstance(field, StrawberryField) or definition.args or node.arguments or field.extensions:
        raise NotCompiled
    resolver = field.base_resolver
    if resolver is None:
        if field.default_resolver is not getattr:
            raise NotCompiled
        return attrgetter(field.python_name)
    takes_only_self = resolver.self_parameter and not (
        resolver.arguments or resolver.info_parameter or resolver.root_parameter or resolver.parent_parameter
    )
    if field.is_async or not takes_only_self or not callable(resolver.wrapped_func):
        raise NotCompiled
    return cast("CompleteValue", resolver.wrapped_func)


def _exact_class(type_: GraphQLOutputType) -> type | None:
    """Return the class whose instances are their own representation in a response; None if there is none."""
    inner = type_.of_type if is_non_null_type(type_) else type_
    return EXACT_CLASSES.get(inner.name) if is_scalar_type(inner) else None


def _leaf(type_: GraphQLLeafType) -> CompleteValue:
    coerce = type_.coerce_output_value
    if isinstance(type_, GraphQLEnumType):
        return _EnumNames(coerce).__getitem__

    def complete(value: object) -> object:
        if value is Undefined or isinstance(value, Exception) or optimized_is_awaitable(value):
            raise NotCompiled
        coerced = coerce(value)
        if coerced is None or coerced is Undefined:
            raise NotCompiled
        return coerced

    if type_.name == "Int":
        return lambda value: value if type(value) is int and -MAX_INT <= value <= MAX_INT else complete(value)
    if type_.name == "Float":
        return lambda value: value if type(value) is float and math.isfinite(value) else complete(value)
    exact = EXACT_CLASSES.get(type_.name)
    return complete if exact is None else lambda value: value if type(value) is exact else complete(value)


class _EnumNames(dict[Hashable, object]):
    """The name of each enum value, filled in as they occur: at most one entry for each value of the enum."""

    def __init__(self, coerce: Callable[[object], object]) -> None:
        super().__init__()
        self._coerce = coerce

    def __missing__(self, value: Hashable) -> object:
        name = self[value] = self._coerce(value)
        return name


def _list(complete: CompleteValue) -> CompleteValue:
    def complete_all(values: object) -> object:
        if not isinstance(values, list | tuple):
            raise NotCompiled
        return list(map(complete, values))

    return complete_all


def _definition(type_: GraphQLObjectType | GraphQLInterfaceType) -> StrawberryObjectDefinition:
    definition = type_.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if not isinstance(definition, StrawberryObjectDefinition) or definition.is_type_of is not None:
        raise NotCompiled
    return definition


def _origin(type_: GraphQLObjectType) -> type:
    """Return the class of the type's objects, for a type that Strawberry recognizes by its class."""
    definition = _definition(type_)
    if definition.name != type_.name or definition.concrete_of is not None:
        raise NotCompiled
    return definition.origin
