"""The roots of reading."""

from typing import Annotated

import strawberry

from generations.queries import get_visible, list_generations
from generations.requests.quotes import estimate
from kit.errors import InvalidInput
from kit.pagination import DEFAULT_SIZE, page_request
from resolvers.account import Account, resolve_account
from resolvers.context import Info
from resolvers.providers import resolve_provider, resolve_providers
from schema.connections import Connection, Node
from schema.enums import GenerationType
from schema.estimate import Estimate
from schema.generation import Generation
from schema.inputs import GenerateInput, GenerationFilter
from schema.provider import Provider


@strawberry.type(description="Reading.")
class Query:
    account: Account = strawberry.field(resolver=resolve_account, description="The account of the key.")

    @strawberry.field(description="One generation of yours; null when there is no such one.")
    async def generation(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
    ) -> Generation | None:
        return await _generation(info, id)

    @strawberry.field(description="Anything that has an id of its own; null when there is no such thing of yours.")
    async def node(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
    ) -> Node | None:
        return await _generation(info, id)

    @strawberry.field(description="Your generations, newest first.")
    async def generations(
        self,
        info: Info,
        first: Annotated[int | None, strawberry.argument(description="How many; at most 100.")] = DEFAULT_SIZE,
        after: Annotated[str | None, strawberry.argument(description="After this cursor.")] = None,
        last: Annotated[int | None, strawberry.argument(description="How many from the end; at most 100.")] = None,
        before: Annotated[str | None, strawberry.argument(description="Before this cursor.")] = None,
        filter: Annotated[GenerationFilter | None, strawberry.argument(description="Which.")] = None,
    ) -> Connection[Generation]:
        # `first` has a default for readers of the schema; it must not make `last` an error.
        request = page_request(first=None if last is not None else first, after=after, last=last, before=before)
        filters = {} if filter is None else filter.to_filters()
        page = await list_generations(info.context.services, info.context.principal, request, filters)
        return Connection[Generation].from_page(
            page,
            identify=lambda generation: generation.id,
            convert=lambda generation: Generation.from_model(generation, signed_url=info.context.signed_url),
        )

    @strawberry.field(description="What can make what, with every option and its price.")
    def providers(
        self,
        info: Info,
        type: Annotated[GenerationType | None, strawberry.argument(description="Only those of this type.")] = None,
    ) -> list[Provider]:
        return resolve_providers(info, type)

    @strawberry.field(description="What a generation would cost and take. The price holds for 15 minutes.")
    def estimate(
        self, info: Info, input: Annotated[GenerateInput, strawberry.argument(description="What and how.")]
    ) -> Estimate:
        context = info.context
        return Estimate.from_model(estimate(context.services, context.principal, input.to_request()))

    @strawberry.field(description="One provider by its id or alias; null when there is none.")
    def provider(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
    ) -> Provider | None:
        try:
            return resolve_provider(info, info.context.services.catalogue.get(id))
        except InvalidInput:
            return None


async def _generation(info: Info, id: str) -> Generation | None:
    found = await get_visible(info.context.services, info.context.principal, id)
    return None if found is None else Generation.from_model(found, signed_url=info.context.signed_url)
