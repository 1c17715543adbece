"""The roots of following."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry

from generations.read import follow, follow_all
from resolvers.context import Info
from schema.generation import Generation


@strawberry.type(description="Following.")
class Subscription:
    @strawberry.subscription(description="A generation: its present state, then every change, until the last.")
    async def generation_updated(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The generation's id.")],
        after: Annotated[
            int | None, strawberry.argument(description="The version you have; only later ones are sent.")
        ] = None,
    ) -> AsyncGenerator[Generation, None]:
        context = info.context
        async with aclosing(follow(context.services, context.principal, id, after=after)) as states:
            async for state in states:
                yield Generation.from_model(state, signed_url=context.signed_url)

    @strawberry.subscription(description="All your generations: those that run now, then every change of any.")
    async def generations_updated(self, info: Info) -> AsyncGenerator[Generation, None]:
        context = info.context
        async with aclosing(follow_all(context.services, context.principal)) as states:
            async for state in states:
                yield Generation.from_model(state, signed_url=context.signed_url)
