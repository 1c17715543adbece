"""The Strawberry schema, assembled from the roots."""

import strawberry
from strawberry.schema.config import StrawberryConfig

from resolvers.mutation import Mutation
from resolvers.query import Query
from resolvers.subscription import Subscription
from schema.scalars import SCALARS


def build_schema() -> strawberry.Schema:
    """One schema for every transport."""
    return strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        config=StrawberryConfig(scalar_map=SCALARS, sort_schema=True),
    )
