"""Webhook endpoints and deliveries, as their owner sees them."""

from datetime import datetime
from typing import Self

import strawberry
from strawberry.scalars import JSON

from kit.webhook_secrets import WebhookSecrets
from schema.enums import WebhookDeliveryStatus, WebhookEvent
from webhooks.deliveries import Delivery as DeliveryModel
from webhooks.deliveries import DeliveryAttempt as AttemptModel
from webhooks.endpoints import Endpoint as EndpointModel


@strawberry.type(description="An address of yours that is told of events, in the mode of the key.")
class WebhookEndpoint:
    id: strawberry.ID = strawberry.field(description="The id.")
    url: str = strawberry.field(description="Where events are posted to.")
    description: str = strawberry.field(description="What you call it.")
    events: list[WebhookEvent] = strawberry.field(description="What it is told of.")
    secret: str = strawberry.field(description="Signs what is sent to it.")
    previous_secret_expires_at: datetime | None = strawberry.field(
        description="Until when the secret before signs too; null when there is none."
    )
    enabled: bool = strawberry.field(description="Whether it is told anything.")
    disabled_at: datetime | None = strawberry.field(description="Since when it is told nothing.")
    disabled_because: str | None = strawberry.field(description="Why it is told nothing.")
    failing_since: datetime | None = strawberry.field(
        description="Since when every attempt has failed; after five days it is disabled."
    )
    created_at: datetime = strawberry.field(description="When it was made.")

    @classmethod
    def from_model(cls, endpoint: EndpointModel) -> Self:
        return cls(
            id=strawberry.ID(endpoint.id),
            url=endpoint.url,
            description=endpoint.description,
            events=list(endpoint.events),
            secret=endpoint.secrets.current,
            previous_secret_expires_at=endpoint.secrets.previous_until,
            enabled=endpoint.disabled_at is None,
            disabled_at=endpoint.disabled_at,
            disabled_because=endpoint.disabled_because,
            failing_since=endpoint.failing_since,
            created_at=endpoint.created_at,
        )


@strawberry.type(description="One attempt at a delivery.")
class WebhookAttempt:
    number: int = strawberry.field(description="Which it was, from 1.")
    at: datetime = strawberry.field(description="When it began.")
    latency: int = strawberry.field(description="Milliseconds it took.")
    status: int | None = strawberry.field(description="The HTTP status that came back; null when none did.")
    error: str | None = strawberry.field(description="Why no answer came.")
    answer: str | None = strawberry.field(description="The first 1,024 bytes of what came back.")

    @classmethod
    def from_model(cls, attempt: AttemptModel) -> Self:
        return cls(
            number=attempt.number,
            at=attempt.at,
            latency=attempt.latency,
            status=attempt.status,
            error=attempt.error,
            answer=attempt.answer,
        )


@strawberry.type(description="One message for one receiver, kept for 30 days.")
class WebhookDelivery:
    id: strawberry.ID = strawberry.field(description="The id, for `replayWebhook`.")
    message_id: str = strawberry.field(description="The `webhook-id` header, the same on every attempt.")
    event: WebhookEvent = strawberry.field(description="What it tells of.")
    generation_id: strawberry.ID | None = strawberry.field(description="The generation it is about.")
    endpoint_id: strawberry.ID | None = strawberry.field(description="The endpoint; null for a plain `webhookUrl`.")
    url: str = strawberry.field(description="The address when it was written.")
    status: WebhookDeliveryStatus = strawberry.field(description="How it stands.")
    reason: str | None = strawberry.field(description="Why it failed.")
    created_at: datetime = strawberry.field(description="When it was written.")
    next_attempt_at: datetime | None = strawberry.field(
        description="When it is attempted next; null when it has ended, or an attempt is under way."
    )
    body: JSON = strawberry.field(description="What is sent, but for `url`, which is signed anew for every attempt.")
    attempts: list[WebhookAttempt] = strawberry.field(description="Every attempt, in order.")

    @classmethod
    def from_model(cls, delivery: DeliveryModel) -> Self:
        return cls(
            id=strawberry.ID(delivery.id),
            message_id=delivery.message_id,
            event=delivery.event,
            generation_id=None if delivery.generation_id is None else strawberry.ID(delivery.generation_id),
            endpoint_id=None if delivery.endpoint_id is None else strawberry.ID(delivery.endpoint_id),
            url=delivery.url,
            status=delivery.status,
            reason=delivery.reason,
            created_at=delivery.created_at,
            next_attempt_at=delivery.next_attempt_at,
            body=JSON(delivery.body),
            attempts=[WebhookAttempt.from_model(attempt) for attempt in delivery.attempts],
        )


@strawberry.type(description="A secret that signs webhooks from now on.")
class WebhookSecret:
    secret: str = strawberry.field(description="The new secret.")
    previous_expires_at: datetime | None = strawberry.field(description="Until when the one before signs too.")

    @classmethod
    def from_model(cls, secrets: WebhookSecrets) -> Self:
        return cls(secret=secrets.current, previous_expires_at=secrets.previous_until)


@strawberry.input(description="The endpoint to make.")
class CreateWebhookEndpointInput:
    url: str = strawberry.field(description="An https address that anyone on the internet can reach.")
    events: list[WebhookEvent] | None = strawberry.field(
        default=None, description="What it is told of; every end of a generation where nothing is said."
    )
    description: str | None = strawberry.field(default=None, description="What you call it, at most 200 characters.")
    secret: str | None = strawberry.field(
        default=None, description="A secret of your own: `whsec_` and 24 to 64 bytes in base64."
    )


@strawberry.input(description="What to change of an endpoint; what is left out stays.")
class UpdateWebhookEndpointInput:
    url: str | None = strawberry.field(default=None, description="Another address.")
    events: list[WebhookEvent] | None = strawberry.field(default=None, description="What it is told of from now on.")
    description: str | None = strawberry.field(default=None, description="What you call it, at most 200 characters.")
    enabled: bool | None = strawberry.field(
        default=None, description="Whether it is told anything. Disabled, what still waits for it has failed."
    )


@strawberry.input(description="Which deliveries; each field narrows it.")
class WebhookDeliveryFilter:
    status: WebhookDeliveryStatus | None = strawberry.field(default=None, description="Only those that stand so.")
    event: WebhookEvent | None = strawberry.field(default=None, description="Only those that tell of this.")
    generation_id: strawberry.ID | None = strawberry.field(default=None, description="Only those about it.")
    endpoint_id: strawberry.ID | None = strawberry.field(default=None, description="Only those to it.")

    def to_filters(self) -> dict[str, str]:
        given = {
            "status": self.status,
            "event": self.event,
            "generation_id": self.generation_id,
            "endpoint_id": self.endpoint_id,
        }
        return {name: str(value) for name, value in given.items() if value is not None}
