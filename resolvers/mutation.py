"""The roots of writing."""

from collections.abc import Awaitable
from dataclasses import replace
from typing import Annotated

import strawberry

from generations.requests.cancel import cancel
from generations.requests.delete import delete
from generations.requests.plan import GenerationRequest
from generations.requests.retry import retry
from generations.requests.submit import Submission, submit
from generations.requests.wait import check_wait, wait_for_end
from kit.errors import DoitongError
from providers.backend import GenerationType
from resolvers import keys, webhooks
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
    flat_field,
    flat_request,
    video_request,
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
from web.acceptance import report_acceptance

EndpointId = Annotated[strawberry.ID, strawberry.argument(description="The endpoint's id.")]
Id = Annotated[strawberry.ID, strawberry.argument(description="The generation's id.")]


@strawberry.type(description="Writing.")
class Mutation:
    @strawberry.field(description="Make something. Answers as soon as it is accepted, or after `wait`.")
    async def generate(
        self,
        info: Info,
        input: Annotated[GenerateInput, strawberry.argument(description="What and how.")],
        wait: Annotated[int | None, strawberry.argument(description="Seconds to wait for the end, at most 60.")] = None,
    ) -> Generation:
        check_wait(wait)
        context = info.context
        submission = await _submit(info, input.to_request())
        ended = await wait_for_end(context.services, context.principal, submission.generation, seconds=wait)
        return Generation.from_model(ended, signed_url=context.signed_url)

    @strawberry.field(description="Cancel: true when it is cancelled, now or before; false when it had ended.")
    async def cancel_generation(self, info: Info, id: Id) -> bool:
        return await cancel(info.context.services, info.context.principal, id)

    @strawberry.field(
        description="Delete what a generation was made from and what it made, for good. It must have ended."
    )
    async def delete_generation(self, info: Info, id: Id) -> bool:
        await delete(info.context.services, info.context.principal, id)
        return True

    @strawberry.field(description="Try a failed generation again, as a new one.")
    async def retry_generation(
        self,
        info: Info,
        id: Id,
        idempotency_key: Annotated[
            str | None, strawberry.argument(description="As for `generate`: the same retry again is the first one.")
        ] = None,
    ) -> Generation:
        context = info.context
        key = resolve_idempotency_key(info, idempotency_key, field="idempotencyKey")
        attempt = retry(context.services, context.principal, id, idempotency_key=key)
        return _answer(context, await _report(context, attempt))

    @strawberry.field(description="Make a key. Needs the scope KEYS; the new key has no more rights than this one.")
    async def create_key(
        self, info: Info, input: Annotated[CreateKeyInput, strawberry.argument(description="Which.")]
    ) -> CreatedKey:
        return await keys.create_key(info, input)

    @strawberry.field(description="Take a key back for good, and every token made with it. Needs the scope KEYS.")
    async def revoke_key(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The key's id.")]
    ) -> bool:
        return await keys.revoke_key(info, id)

    @strawberry.field(description="Make a short-lived key for a page or an app, so that it needs no server between.")
    async def create_client_token(
        self,
        info: Info,
        input: Annotated[ClientTokenInput | None, strawberry.argument(description="What it is good for.")] = None,
    ) -> ClientToken:
        return await keys.create_client_token(info, input or ClientTokenInput())

    @strawberry.field(description="Make a webhook endpoint. All that is about webhooks needs the scope WEBHOOKS.")
    async def create_webhook_endpoint(
        self, info: Info, input: Annotated[CreateWebhookEndpointInput, strawberry.argument(description="Which.")]
    ) -> WebhookEndpoint:
        return await webhooks.create_endpoint(info, input)

    @strawberry.field(description="Change a webhook endpoint.")
    async def update_webhook_endpoint(
        self,
        info: Info,
        id: EndpointId,
        input: Annotated[UpdateWebhookEndpointInput, strawberry.argument(description="What to change.")],
    ) -> WebhookEndpoint:
        return await webhooks.update_endpoint(info, id, input)

    @strawberry.field(description="Delete a webhook endpoint. What still waits for it has failed.")
    async def delete_webhook_endpoint(self, info: Info, id: EndpointId) -> bool:
        return await webhooks.delete_endpoint(info, id)

    @strawberry.field(description="Sign with another secret from now on. For 24 hours the one before signs too.")
    async def rotate_webhook_secret(
        self,
        info: Info,
        id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="An endpoint; without it, the account's own secret for plain addresses."),
        ] = None,
        secret: Annotated[
            str | None, strawberry.argument(description="One of your own: `whsec_` and 24 to 64 bytes in base64.")
        ] = None,
    ) -> WebhookSecret:
        return await webhooks.rotate_secret(info, id, secret)

    @strawberry.field(description="Attempt a webhook delivery at once, and again as at first where that fails.")
    async def replay_webhook(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The delivery's id.")]
    ) -> WebhookDelivery:
        return await webhooks.replay(info, id)

    @strawberry.field(description="Be told by webhooks when fewer credits than this are available, in the key's mode.")
    async def set_credits_low_at(
        self, info: Info, credits: Annotated[int, strawberry.argument(description="The mark; 0 is never.")]
    ) -> Credits:
        return await webhooks.set_credits_low_at(info, credits)

    @strawberry.field(description="Make a picture.")
    async def generate_image(
        self, info: Info, input: Annotated[ImageGenerationInput, strawberry.argument(description="What and how.")]
    ) -> Generation:
        return await _accept(info, input, flat_request(input, GenerationType.IMAGE))

    @strawberry.field(description="Set a picture in motion.")
    async def animate_image(
        self, info: Info, input: Annotated[ImageAnimationInput, strawberry.argument(description="What and how.")]
    ) -> Generation:
        return await _accept(info, input, flat_request(input, GenerationType.VIDEO))

    @strawberry.field(description="Speak words.")
    async def generate_speech(
        self, info: Info, input: Annotated[TTSInput, strawberry.argument(description="What and how.")]
    ) -> Generation:
        return await _accept(info, input, flat_request(input, GenerationType.AUDIO))

    @strawberry.field(description="Make a talking person.")
    async def generate_avatar(
        self, info: Info, input: Annotated[AvatarGenerationInput, strawberry.argument(description="What and how.")]
    ) -> Generation:
        return await _accept(info, input, flat_request(input, GenerationType.AVATAR))

    @strawberry.field(description="Make music.")
    async def generate_music(
        self, info: Info, input: Annotated[MusicGenerationInput, strawberry.argument(description="What and how.")]
    ) -> Generation:
        return await _accept(info, input, flat_request(input, GenerationType.MUSIC))

    @strawberry.field(description="Make a video.")
    async def video_create(
        self, info: Info, input: Annotated[VideoCreateInput, strawberry.argument(description="What and how.")]
    ) -> Generation:
        return await _accept(info, input, video_request(input))


async def _accept(info: Info, flat: FlatFields, request: GenerationRequest) -> Generation:
    try:
        return _answer(info.context, await _submit(info, request))
    except DoitongError as refusal:
        raise refusal.with_field(flat_field(flat, refusal.field)) from None


async def _submit(info: Info, request: GenerationRequest) -> Submission:
    context = info.context
    key = resolve_idempotency_key(info, request.idempotency_key, field="input.idempotencyKey")
    submitting = submit(context.services, context.principal, replace(request, idempotency_key=key))
    return await _report(context, submitting)


async def _report(context: Context, submitting: Awaitable[Submission]) -> Submission:
    return await report_acceptance(
        context.services,
        context.principal,
        submitting,
        accepted=context.accepted,
        response_headers=context.response_headers,
    )


def _answer(context: Context, submission: Submission) -> Generation:
    return Generation.from_model(submission.generation, signed_url=context.signed_url)
