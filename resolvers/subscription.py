"""The root type Subscription."""

from collections.abc import AsyncIterable
from functools import partial
from typing import Annotated

import strawberry

from generations.generation import Generation as State
from generations.queries import account_change_feed, change_feed
from kit.change_feed import Feed, View
from resolvers.arguments import GenerationId
from resolvers.context import Context, Info
from schema.generation import Generation


@strawberry.type(
    description="The subscriptions, over WebSocket (graphql-transport-ws), server-sent events or multipart HTTP. They "
    "need the scope READ."
)
class Subscription:
    @strawberry.subscription(
        description="Follow a generation: sends the current state, then every change, and completes when the "
        "generation finishes. Fails with `NOT_FOUND` if it does not exist."
    )
    def generation_updated(
        self,
        info: Info,
        id: GenerationId,
        after: Annotated[
            int | None,
            strawberry.argument(description="The last version received: only later versions are sent. 0 by default."),
        ] = None,
    ) -> AsyncIterable[Generation]:
        context = info.context
        return _view(change_feed(context.services, context.principal, id, after=after), context)

    @strawberry.subscription(
        description="Follow all generations of the account in the mode of the key: sends those that are running, "
        "oldest first and at most 1,000, then every change of any generation. It does not complete. After a lost "
        "connection, query `generations` for those that finished in the meantime."
    )
    def generations_updated(self, info: Info) -> AsyncIterable[Generation]:
        context = info.context
        return _view(account_change_feed(context.services, context.principal), context)


def _view(feed: Feed[State], context: Context) -> View[State, Generation]:
    show = partial(Generation.from_model, sign_url=context.sign_url)
    return View(feed, viewer=context.viewer, show=show)
