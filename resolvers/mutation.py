"""The root type Mutation."""

from collections.abc import Awaitable
from dataclasses import replace
from typing import Annotated

import strawberry

from generations.generation import Status
from generations.requests.accept import Acceptance, accept_generation
from generations.requests.cancel import cancel
from generations.requests.delete import delete
from generations.requests.generation_request import GenerationRequest
from generations.requests.retry import retry
from generations.requests.wait import check_wait, wait_for_end
from kit.errors import DoitongError
from providers.backend import GenerationType
from resolvers import keys, webhooks
from resolvers.arguments import EndpointId, GenerationId
from resolvers.context import Context, Info
from resolvers.idempotency import resolve_idempotency_key
from schema.account import Credits
from schema.flat import (
    AvatarGenerationInput,
    FlatFields,
    ImageAnimationInput,
    ImageGenerationInput,
    MusicGenerationInput,
    TTSInput,
    VideoCreateInput,
    flat_to_request,
    path_in_flat,
)
from schema.generation import Generation
from schema.inputs import GenerateInput
from schema.keys import ClientToken, ClientTokenInput, CreatedKey, CreateKeyInput
from schema.webhooks import (
    CreateWebhookEndpointInput,
    UpdateWebhookEndpointInput,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookSecret,
)
from web.acceptance import accept_with_headers

REQUEST = "The generation request: "


@strawberry.type(
    description="The mutations. Those that create, retry, cancel or delete a generation need the scope GENERATE, those "
    "for webhooks the scope WEBHOOKS, those for keys the scope KEYS."
)
class Mutation:
    @strawberry.field(
        description="Create a generation. The credits are held and the generation is returned with status "
        "`PROCESSING`, unless `wait` is given. Follow it with the subscription `generationUpdated`, or poll the "
        "query `generation`."
    )
    async def generate(
        self,
        info: Info,
        input: Annotated[
            GenerateInput, strawberry.argument(description=f"{REQUEST}type, provider, content and options.")
        ],
        wait: Annotated[
            int | None,
            strawberry.argument(
                description="How long to wait for the generation to finish, in seconds: at most 50 (a larger number "
                "counts as 50), 0 by default. The response is sent when it finishes, or with its current state when "
                "the time is up."
            ),
        ] = None,
    ) -> Generation:
        check_wait(wait)
        context = info.context
        acceptance = await _accept(info, input.to_request())
        generation = await wait_for_end(context.services, context.principal, acceptance.generation, seconds=wait)
        return Generation.from_model(generation, sign_url=context.sign_url)

    @strawberry.field(
        description="Cancel a generation and release its credits. Returns true if it is cancelled, also if it already "
        "was, and false if it had completed or failed."
    )
    async def cancel_generation(self, info: Info, id: GenerationId) -> bool:
        cancelled = await cancel(info.context.services, info.context.principal, id)
        return cancelled.status is Status.CANCELLED

    @strawberry.field(
        description="Cancel a generation, like `cancelGeneration`, and return it in its current state: clients with a "
        "cache update it from the response."
    )
    async def generation_cancel(self, info: Info, id: GenerationId) -> Generation:
        context = info.context
        generation = await cancel(context.services, context.principal, id)
        return Generation.from_model(generation, sign_url=context.sign_url)

    @strawberry.field(
        description="Permanently delete the content and the files of a finished generation; `transactions` keep its "
        "price. Returns true. Fails with `INVALID_INPUT` if it is still processing."
    )
    async def delete_generation(self, info: Info, id: GenerationId) -> bool:
        await delete(info.context.services, info.context.principal, id)
        return True

    @strawberry.field(
        description="Create a new generation from the request of a failed one, at the current price. Fails with "
        "`INVALID_INPUT` if it did not fail."
    )
    async def retry_generation(
        self,
        info: Info,
        id: GenerationId,
        idempotency_key: Annotated[
            str | None,
            strawberry.argument(
                description="A unique key of 1 to 255 characters. A repeated request with the same key returns the "
                "first retry for 24 hours."
            ),
        ] = None,
    ) -> Generation:
        context = info.context
        key = resolve_idempotency_key(info, idempotency_key, field="idempotencyKey")
        retrying = retry(context.services, context.principal, id, idempotency_key=key)
        return _generation(context, await _with_rate_limit_headers(context, retrying))

    @strawberry.field(
        description="Create an API key with at most the permissions of the key of the request. Fails with "
        "`FORBIDDEN` if that key has a spend cap."
    )
    async def create_key(
        self, info: Info, input: Annotated[CreateKeyInput, strawberry.argument(description="The key to create.")]
    ) -> CreatedKey:
        return await keys.create_key(info, input)

    @strawberry.field(description="Permanently revoke an API key and the client tokens created with it. Returns true.")
    async def revoke_key(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The id of the key.")]
    ) -> bool:
        return await keys.revoke_key(info, id)

    @strawberry.field(
        description="Create a short-lived token with which a web page or an app can call this API directly. Needs an "
        "API key with the scope GENERATE or READ; a client token cannot create another."
    )
    async def create_client_token(
        self,
        info: Info,
        input: Annotated[
            ClientTokenInput | None, strawberry.argument(description="The token to create; its defaults if omitted.")
        ] = None,
    ) -> ClientToken:
        return await keys.create_client_token(info, input or ClientTokenInput())

    @strawberry.field(description="Create a webhook endpoint in the mode of the key.")
    async def create_webhook_endpoint(
        self,
        info: Info,
        input: Annotated[CreateWebhookEndpointInput, strawberry.argument(description="The endpoint to create.")],
    ) -> WebhookEndpoint:
        return await webhooks.create_endpoint(info, input)

    @strawberry.field(description="Update a webhook endpoint.")
    async def update_webhook_endpoint(
        self,
        info: Info,
        id: EndpointId,
        input: Annotated[UpdateWebhookEndpointInput, strawberry.argument(description="The changes.")],
    ) -> WebhookEndpoint:
        return await webhooks.update_endpoint(info, id, input)

    @strawberry.field(description="Delete a webhook endpoint and fail its pending deliveries. Returns true.")
    async def delete_webhook_endpoint(self, info: Info, id: EndpointId) -> bool:
        return await webhooks.delete_endpoint(info, id)

    @strawberry.field(
        description="Replace a webhook secret. For 24 hours messages are signed with both the new and the previous "
        "secret."
    )
    async def rotate_webhook_secret(
        self,
        info: Info,
        id: Annotated[
            strawberry.ID | None,
            strawberry.argument(
                description="The id of the endpoint. If omitted, the `webhookSecret` of the account is replaced."
            ),
        ] = None,
        secret: Annotated[
            str | None,
            strawberry.argument(
                description="The new secret: `whsec_` followed by 24 to 64 random bytes in base64. Generated by "
                "default."
            ),
        ] = None,
    ) -> WebhookSecret:
        return await webhooks.rotate_secret(info, id, secret)

    @strawberry.field(
        description="Attempt a webhook delivery again immediately, followed by the usual retries if it fails. Has no "
        "effect while an attempt is in progress. Fails with `INVALID_INPUT` if its endpoint is disabled or deleted."
    )
    async def replay_webhook(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The id of the delivery.")]
    ) -> WebhookDelivery:
        return await webhooks.replay(info, id)

    @strawberry.field(
        description="Set the threshold of available credits, in the mode of the key, for the webhook event "
        "`credits.low`."
    )
    async def set_credits_low_at(
        self,
        info: Info,
        credits: Annotated[
            int,
            strawberry.argument(description="The threshold in credits, from 0 to 2147483647. 0 disables the event."),
        ],
    ) -> Credits:
        return await webhooks.set_credits_low_at(info, credits)

    @strawberry.field(description="Generate images: `generate` with the type IMAGE and flat input.")
    async def generate_image(
        self,
        info: Info,
        input: Annotated[
            ImageGenerationInput, strawberry.argument(description=f"{REQUEST}prompt, provider and options.")
        ],
    ) -> Generation:
        return await _accept_flat(info, input, flat_to_request(input, GenerationType.IMAGE))

    @strawberry.field(description="Animate an image: `generate` with the type VIDEO and flat input.")
    async def animate_image(
        self,
        info: Info,
        input: Annotated[
            ImageAnimationInput, strawberry.argument(description=f"{REQUEST}image, provider and options.")
        ],
    ) -> Generation:
        return await _accept_flat(info, input, flat_to_request(input, GenerationType.VIDEO))

    @strawberry.field(description="Synthesize speech: `generate` with the type AUDIO and flat input.")
    async def generate_speech(
        self,
        info: Info,
        input: Annotated[TTSInput, strawberry.argument(description=f"{REQUEST}text, provider and options.")],
    ) -> Generation:
        return await _accept_flat(info, input, flat_to_request(input, GenerationType.AUDIO))

    @strawberry.field(
        description="Generate a video of a speaking avatar: `generate` with the type AVATAR and flat input."
    )
    async def generate_avatar(
        self,
        info: Info,
        input: Annotated[
            AvatarGenerationInput, strawberry.argument(description=f"{REQUEST}text, provider and options.")
        ],
    ) -> Generation:
        return await _accept_flat(info, input, flat_to_request(input, GenerationType.AVATAR))

    @strawberry.field(description="Generate music: `generate` with the type MUSIC and flat input.")
    async def generate_music(
        self,
        info: Info,
        input: Annotated[
            MusicGenerationInput, strawberry.argument(description=f"{REQUEST}prompt, provider and options.")
        ],
    ) -> Generation:
        return await _accept_flat(info, input, flat_to_request(input, GenerationType.MUSIC))

    @strawberry.field(description="Generate a video: `generate` with the type VIDEO and flat input.")
    async def video_create(
        self,
        info: Info,
        input: Annotated[VideoCreateInput, strawberry.argument(description=f"{REQUEST}prompt, provider and options.")],
    ) -> Generation:
        return await _accept_flat(info, input, flat_to_request(input, GenerationType.VIDEO))


async def _accept_flat(info: Info, flat: FlatFields, request: GenerationRequest) -> Generation:
    try:
        return _generation(info.context, await _accept(info, request))
    except DoitongError as refusal:
        raise refusal.rename_fields(lambda path: path_in_flat(flat, path)) from None


async def _accept(info: Info, request: GenerationRequest) -> Acceptance:
    context = info.context
    key = resolve_idempotency_key(info, request.idempotency_key, field="input.idempotencyKey")
    accepting = accept_generation(context.services, context.principal, replace(request, idempotency_key=key))
    return await _with_rate_limit_headers(context, accepting)


async def _with_rate_limit_headers(context: Context, accepting: Awaitable[Acceptance]) -> Acceptance:
    return await accept_with_headers(
        context.services,
        context.principal,
        accepting,
        accepted_ids=context.accepted_generation_ids,
        response_headers=context.response_headers,
    )


def _generation(context: Context, acceptance: Acceptance) -> Generation:
    return Generation.from_model(acceptance.generation, sign_url=context.sign_url)
