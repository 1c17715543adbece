"""The Strawberry schema, assembled from the root types."""

import strawberry
from graphql import GraphQLEnumType
from strawberry.schema.config import StrawberryConfig
from strawberry.types.enum import StrawberryEnumDefinition

from resolvers.mutation import Mutation
from resolvers.query import Query
from resolvers.subscription import Subscription
from schema.scalars import SCALARS


def build_schema() -> strawberry.Schema:
    """Return the schema that every transport serves."""
    schema = strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        config=StrawberryConfig(scalar_map=SCALARS, sort_schema=True),
    )
    _restore_members(schema)
    return schema


def _restore_members(schema: strawberry.Schema) -> None:
    """Restore enum members as values: sorting the schema replaces Strawberry's enums by plain ones of strings."""
    for name, made in schema.schema_converter.type_map.items():
        enum = schema._schema.type_map.get(name)
        if isinstance(made.definition, StrawberryEnumDefinition) and isinstance(enum, GraphQLEnumType):
            for value in enum.values.values():
                value.value = made.definition.wrapped_cls(value.value)
