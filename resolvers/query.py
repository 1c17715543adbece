"""The root type Query."""

from typing import Annotated

import strawberry

from generations.queries import get_visible, list_generations
from generations.requests.quotes import estimate
from kit.errors import InvalidInput
from kit.pagination import DEFAULT_SIZE, page_request
from resolvers.account import Account, resolve_account
from resolvers.arguments import After, Before, First, GenerationId, Last
from resolvers.context import Info
from resolvers.providers import resolve_provider, resolve_providers
from schema.connections import Connection, Node
from schema.enums import GenerationType
from schema.estimate import Estimate
from schema.generation import Generation
from schema.inputs import GenerateInput, GenerationFilter
from schema.provider import Provider


@strawberry.type(description="The queries. They need the scope READ and count towards `readsPerMinute` of the plan.")
class Query:
    account: Account = strawberry.field(resolver=resolve_account, description="The account that the key belongs to.")

    @strawberry.field(
        description="A generation of the account in the mode of the key; null if it does not exist or was deleted."
    )
    async def generation(self, info: Info, id: GenerationId) -> Generation | None:
        return await _generation(info, id)

    @strawberry.field(
        description="An object by its globally unique id, in this release a generation; null if it does not exist."
    )
    async def node(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The id of the object.")]
    ) -> Node | None:
        return await _generation(info, id)

    @strawberry.field(description="The generations of the account in the mode of the key, newest first.")
    async def generations(
        self,
        info: Info,
        first: First = DEFAULT_SIZE,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Annotated[
            GenerationFilter | None, strawberry.argument(description="The generations to return; all by default.")
        ] = None,
    ) -> Connection[Generation]:
        # The default of `first` documents the page size in the schema; it must not conflict with a given `last`.
        request = page_request(first=None if last is not None else first, after=after, last=last, before=before)
        filters = {} if filter is None else filter.to_filters()
        page = await list_generations(info.context.services, info.context.principal, request, filters)
        return Connection[Generation].from_page(
            page,
            identify=lambda generation: generation.id,
            convert=lambda generation: Generation.from_model(generation, sign_url=info.context.sign_url),
        )

    @strawberry.field(description="The providers with their options, prices and availability.")
    def providers(
        self,
        info: Info,
        type: Annotated[
            GenerationType | None, strawberry.argument(description="Only providers of this type; all by default.")
        ] = None,
    ) -> list[Provider]:
        return resolve_providers(info, type)

    @strawberry.field(
        description="The price and the expected duration of a generation, validated like `generate` but without "
        "charging or storing anything. The quote is valid for 15 minutes."
    )
    def estimate(
        self,
        info: Info,
        input: Annotated[
            GenerateInput,
            strawberry.argument(description="The generation request: type, provider, content and options."),
        ],
    ) -> Estimate:
        context = info.context
        return Estimate.from_model(estimate(context.services, context.principal, input.to_request()))

    @strawberry.field(description="A provider; null if it does not exist.")
    def provider(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The id or an alias of the provider.")],
    ) -> Provider | None:
        try:
            return resolve_provider(info, info.context.services.catalogue.get(id))
        except InvalidInput:
            return None


async def _generation(info: Info, id: str) -> Generation | None:
    context = info.context
    generation = await get_visible(context.services, context.principal, id)
    if generation is None:
        context.dependencies.is_complete = False
        return None
    context.dependencies.add_generation(generation.id, expires_at=generation.expires_at)
    return Generation.from_model(generation, sign_url=context.sign_url)
