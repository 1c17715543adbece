"""Calls the resolvers of root fields, with what is known of their parameters when the server starts.

Strawberry looks up the name and the type of each argument, and wraps the resolver five times, with every request.
"""

from collections.abc import Callable
from typing import Any

import strawberry
from graphql import GraphQLObjectType, GraphQLResolveInfo
from strawberry.types.arguments import InputContext, StrawberryArgument, convert_argument
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

from server.graphql.input_builder import build_input, input_type_of, is_leaf

Convert = Callable[[Any, Any], object]
"""Converts the value of an argument; the second parameter is Strawberry's `Info`."""


def install_root_resolvers(schema: strawberry.Schema) -> None:
    """Have the fields of Query and Mutation call their resolvers directly. Those with extensions stay as they are."""
    core = schema._schema
    for type_ in (core.query_type, core.mutation_type):
        if type_ is not None:
            _install(schema, type_)


def _install(schema: strawberry.Schema, type_: GraphQLObjectType) -> None:
    definition = schema.schema_converter.type_map[type_.name].definition
    if not isinstance(definition, StrawberryObjectDefinition):
        raise TypeError(f"{type_.name} is no type of Strawberry")
    for field in definition.fields:
        handlers = schema.schema_converter._get_field_exception_handlers(field)
        if field.base_resolver is not None and not field.extensions and not handlers:
            name = schema.config.name_converter.from_field(field)
            type_.fields[name].resolve = _root_resolver(schema, field, field.base_resolver)


def _root_resolver(
    schema: strawberry.Schema, field: StrawberryField, resolver: StrawberryResolver[Any]
) -> Callable[..., Any]:
    """Return what Strawberry's resolver of the field does, as one function."""
    call: Any = resolver.wrapped_func
    info_class = schema.config.info_class
    takes_self, info_parameter = resolver.self_parameter is not None, resolver.info_parameter
    source_names = [one.name for one in (resolver.parent_parameter, resolver.root_parameter) if one is not None]
    name_of = schema.config.name_converter.from_argument
    parameters = {name_of(one): (one.python_name, _converter(schema, one)) for one in field.arguments}

    def resolve(source: object, raw_info: GraphQLResolveInfo[Any], **given: Any) -> object:
        info = info_class(_raw_info=raw_info, _field=field)
        arguments = dict.fromkeys(source_names, source)
        for name, value in given.items():
            python_name, convert = parameters[name]
            arguments[python_name] = value if convert is None else convert(value, info)
        if info_parameter is not None:
            arguments[info_parameter.name] = info
        return call(source, **arguments) if takes_self else call(**arguments)

    return resolve


def _converter(schema: strawberry.Schema, argument: StrawberryArgument) -> Convert | None:
    """Return the function that converts the values of an argument, or None if they stay as they are."""
    scalars, config = schema.schema_converter.scalar_registry, schema.config
    if is_leaf(schema, argument.type):
        return None
    class_, name = input_type_of(argument.type), config.name_converter.from_argument(argument)
    if class_ is not None:
        return lambda value, info: build_input(class_, value, InputContext(info, config, scalars, (name,)))
    return lambda value, info: convert_argument(value, argument.type, scalars, config, info, path=(name,))
