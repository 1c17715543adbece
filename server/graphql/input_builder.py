"""Builds the inputs of operations from what is known of their fields when the server starts.

Strawberry looks up the name and the type of each field of an input, given or not, with every request.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING
from typing import Any

import strawberry
from strawberry.relay import GlobalID
from strawberry.types.arguments import InputContext, _is_leaf_type, _is_optional_leaf_type
from strawberry.types.base import StrawberryMaybe, StrawberryObjectDefinition, StrawberryOptional

Build = Callable[[Any, InputContext], object]


def install_input_builders(schema: strawberry.Schema) -> None:
    """Have an `InputBuilder` build the inputs of each type of the schema."""
    for converted in schema.schema_converter.type_map.values():
        definition = converted.definition
        if isinstance(definition, StrawberryObjectDefinition) and definition.is_input:
            definition.from_input = InputBuilder(schema, definition)


class InputBuilder:
    """Builds the inputs of one type as Strawberry does."""

    def __init__(self, schema: strawberry.Schema, definition: StrawberryObjectDefinition) -> None:
        self._fields: dict[str, tuple[str, Build | None]] = {}  # python name, and what builds values to be converted
        self._omitted: dict[str, object] = {}  # values of fields without a default
        for field in definition.fields:
            name = schema.config.name_converter.from_field(field)
            type_ = field.resolve_type(type_definition=definition)
            self._fields[name] = (field.python_name, None if is_leaf(schema, type_) else _build(name, type_))
            if field.default_value is MISSING and field.default_factory is MISSING:
                self._omitted[field.python_name] = None

    def __call__(self, type_: type, value: Mapping[str, Any], context: InputContext) -> object:
        arguments = dict(self._omitted)
        for name, given in value.items():
            python_name, build = self._fields[name]
            arguments[python_name] = given if build is None else build(given, context)
        return type_(**arguments)


def is_leaf(schema: strawberry.Schema, type_: Any) -> bool:
    """Whether the values of a type, which may be optional, are those that resolvers get."""
    scalars = schema.schema_converter.scalar_registry
    return _is_leaf_type(type_, scalars, (GlobalID,)) or _is_optional_leaf_type(type_, scalars, (GlobalID,))


def input_type_of(type_: Any) -> type | None:
    """Return the class of an input type, which may be optional, or None for any other type."""
    while isinstance(type_, StrawberryOptional) and not isinstance(type_, StrawberryMaybe):
        type_ = type_.of_type
    definition = getattr(type_, "__strawberry_definition__", None)
    is_input = isinstance(type_, type) and isinstance(definition, StrawberryObjectDefinition) and definition.is_input
    return type_ if is_input else None


def build_input(class_: Any, value: Any, context: InputContext) -> object:
    """Build an input whose type is known; what is null or was omitted stays as it is."""
    if value is None or value is strawberry.UNSET:
        return value
    return class_.__strawberry_definition__.from_input(class_, value, context)


def _build(name: str, type_: Any) -> Build:
    """Return the function that builds the values of a field."""
    class_ = input_type_of(type_)
    if class_ is not None:
        return lambda value, context: build_input(class_, value, context)
    return lambda value, context: context.convert(value, type_, name)
