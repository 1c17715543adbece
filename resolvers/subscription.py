"""The roots of following."""

from collections.abc import AsyncIterable
from functools import partial
from typing import Annotated

import strawberry

from generations.generation import Generation as State
from generations.queries import account_change_feed, change_feed
from kit.feed import Feed, View
from resolvers.context import Context, Info
from schema.generation import Generation


@strawberry.type(description="Following.")
class Subscription:
    @strawberry.subscription(description="A generation: its present state, then every change, until the last.")
    def generation_updated(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The generation's id.")],
        after: Annotated[
            int | None, strawberry.argument(description="The version you have; only later ones are sent.")
        ] = None,
    ) -> AsyncIterable[Generation]:
        context = info.context
        return _view(change_feed(context.services, context.principal, id, after=after), context)

    @strawberry.subscription(
        description="All your generations: those that run now, then every change of any. After a gap, "
        "`generations` lists what ended in it."
    )
    def generations_updated(self, info: Info) -> AsyncIterable[Generation]:
        context = info.context
        return _view(account_change_feed(context.services, context.principal), context)


def _view(feed: Feed[State], context: Context) -> View[State, Generation]:
    show = partial(Generation.from_model, signed_url=context.signed_url)
    return View(feed, viewer=context.viewer, show=show)
