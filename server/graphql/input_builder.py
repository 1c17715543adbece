"""Builds the inputs of operations from what is known of their fields when the server starts.

Strawberry looks up the name and the type of each field of an input, given or not, with every request.
"""

from collections.abc import Mapping
from dataclasses import MISSING
from typing import Any

import strawberry
from strawberry.relay import GlobalID
from strawberry.types.arguments import InputContext, _is_leaf_type, _is_optional_leaf_type
from strawberry.types.base import StrawberryObjectDefinition


def install_input_builders(schema: strawberry.Schema) -> None:
    """Have an `InputBuilder` build the inputs of each type of the schema."""
    for converted in schema.schema_converter.type_map.values():
        definition = converted.definition
        if isinstance(definition, StrawberryObjectDefinition) and definition.is_input:
            definition.from_input = InputBuilder(schema, definition)


class InputBuilder:
    """Builds the inputs of one type as Strawberry does."""

    def __init__(self, schema: strawberry.Schema, definition: StrawberryObjectDefinition) -> None:
        self._fields: dict[str, tuple[str, Any]] = {}  # python name, and type if values have to be converted
        self._omitted: dict[str, object] = {}  # values of fields without a default
        scalars = schema.schema_converter.scalar_registry
        for field in definition.fields:
            type_ = field.resolve_type(type_definition=definition)
            is_leaf = _is_leaf_type(type_, scalars, (GlobalID,)) or _is_optional_leaf_type(type_, scalars, (GlobalID,))
            name = schema.config.name_converter.from_field(field)
            self._fields[name] = (field.python_name, None if is_leaf else type_)
            if field.default_value is MISSING and field.default_factory is MISSING:
                self._omitted[field.python_name] = None

    def __call__(self, type_: type, value: Mapping[str, Any], context: InputContext) -> object:
        arguments = dict(self._omitted)
        for name, given in value.items():
            python_name, field_type = self._fields[name]
            arguments[python_name] = given if field_type is None else context.convert(given, field_type, name)
        return type_(**arguments)
