"""The GraphQL schema, built from the root types."""

from functools import cache

import strawberry
from graphql import GraphQLEnumType, print_schema
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.name_converter import NameConverter
from strawberry.types.enum import StrawberryEnumDefinition

from resolvers.mutation import Mutation
from resolvers.query import Query
from resolvers.subscription import Subscription
from schema.scalars import SCALARS
from server.graphql.input_builder import install_input_builders
from server.graphql.root_resolvers import install_root_resolvers

DESCRIPTION = (
    "The Doitong API: generates images, video, speech, avatars and music. Start with `generate` and follow the result "
    "with `generationUpdated`. Send an API key or a client token as `Authorization: Bearer …` or as `X-API-Key: …`. "
    "Every error has a code, see `ErrorCode`, in `errors[].extensions.code`."
)


class _CachedNames(NameConverter):
    """Strawberry's names, each computed once: it asks for those of all fields of an input with every request."""

    apply_naming_config = staticmethod(cache(NameConverter().apply_naming_config))  # the names are those of the schema


class _DescribedSchema(strawberry.Schema):
    """A Strawberry schema with a description, which Strawberry can neither set nor print."""

    def as_str(self) -> str:
        return print_schema(self._schema)


def build_schema() -> strawberry.Schema:
    """Build the schema that all transports execute."""
    schema = _DescribedSchema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        config=StrawberryConfig(scalar_map=SCALARS, sort_schema=True, name_converter=_CachedNames()),
    )
    schema._schema.description = DESCRIPTION
    _restore_members(schema)
    install_input_builders(schema)
    install_root_resolvers(schema)
    return schema


def _restore_members(schema: strawberry.Schema) -> None:
    """Restore the members of Python enums as values: `sort_schema` replaces Strawberry's enums by plain ones."""
    for name, converted in schema.schema_converter.type_map.items():
        enum = schema._schema.type_map.get(name)
        if isinstance(converted.definition, StrawberryEnumDefinition) and isinstance(enum, GraphQLEnumType):
            for value in enum.values.values():
                value.value = converted.definition.wrapped_cls(value.value)
