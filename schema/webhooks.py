"""Webhook endpoints, deliveries and secrets."""

from datetime import datetime
from typing import Self

import strawberry
from strawberry.scalars import JSON

from kit.webhook_secrets import WebhookSecrets
from schema.enums import WebhookDeliveryStatus, WebhookEvent
from webhooks.deliveries import Delivery as DeliveryModel
from webhooks.deliveries import DeliveryAttempt as AttemptModel
from webhooks.endpoints import Endpoint as EndpointModel


@strawberry.type(
    description="A URL that receives webhook events of the account, in the mode of the key that created it."
)
class WebhookEndpoint:
    id: strawberry.ID = strawberry.field(description="The id of the endpoint.")
    url: str = strawberry.field(description="The URL that events are sent to with POST.")
    description: str = strawberry.field(description="A note for your own use; empty by default.")
    events: list[WebhookEvent] = strawberry.field(description="The types of events that are sent.")
    secret: str = strawberry.field(description="The secret that signs the messages, `whsec_…`.")
    previous_secret_expires_at: datetime | None = strawberry.field(
        description="Until when the previous secret also signs the messages, 24 hours after a rotation; null if "
        "there was no rotation."
    )
    enabled: bool = strawberry.field(description="Whether events are sent.")
    disabled_at: datetime | None = strawberry.field(
        description="When the endpoint was disabled; null if it is enabled."
    )
    disabled_because: str | None = strawberry.field(description="Why the endpoint was disabled; null if it is enabled.")
    failing_since: datetime | None = strawberry.field(
        description="When the current series of failed attempts started; null if the last attempt succeeded. "
        "After five days of failures the endpoint is disabled."
    )
    created_at: datetime = strawberry.field(description="When the endpoint was created.")

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


@strawberry.type(description="An attempt to deliver a message.")
class WebhookAttempt:
    number: int = strawberry.field(description="The number of the attempt, starting at 1.")
    at: datetime = strawberry.field(description="When the attempt was started.")
    latency: int = strawberry.field(description="The duration of the attempt in milliseconds.")
    status: int | None = strawberry.field(description="The HTTP status of the response; null if there was no response.")
    error: str | None = strawberry.field(description="Why there was no response; null if there was one.")
    answer: str | None = strawberry.field(
        description="The first 1,024 bytes of the response body; null if there was no response."
    )

    @classmethod
    def from_model(cls, attempt: AttemptModel) -> Self:
        return cls(
            number=attempt.number,
            at=attempt.at,
            latency=attempt.latency,
            status=attempt.status,
            error=attempt.error,
            answer=attempt.response_body,
        )


@strawberry.type(description="A message for one receiver, with its delivery attempts. It is stored for 30 days.")
class WebhookDelivery:
    id: strawberry.ID = strawberry.field(description="The id of the delivery, for `replayWebhook`.")
    message_id: str = strawberry.field(description="The value of the `webhook-id` header, the same in all attempts.")
    event: WebhookEvent = strawberry.field(description="The type of event.")
    generation_id: strawberry.ID | None = strawberry.field(
        description="The id of the generation; null for events that do not concern one."
    )
    endpoint_id: strawberry.ID | None = strawberry.field(
        description="The id of the endpoint; null for a delivery to the `webhookUrl` of a generation."
    )
    url: str = strawberry.field(description="The URL of the receiver when the delivery was created.")
    status: WebhookDeliveryStatus = strawberry.field(description="The status of the delivery.")
    reason: str | None = strawberry.field(description="Why the delivery failed; null unless it failed.")
    created_at: datetime = strawberry.field(description="When the delivery was created.")
    next_attempt_at: datetime | None = strawberry.field(
        description="When the next attempt is due; null if there is none or an attempt is in progress."
    )
    body: JSON = strawberry.field(
        description="The body of the message without the file `url`, which is signed for each attempt."
    )
    attempts: list[WebhookAttempt] = strawberry.field(description="All attempts, oldest first.")

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


@strawberry.type(description="A webhook secret after a rotation.")
class WebhookSecret:
    secret: str = strawberry.field(description="The current secret, `whsec_…`.")
    previous_expires_at: datetime | None = strawberry.field(
        description="Until when the previous secret also signs the messages; null if there is none."
    )

    @classmethod
    def from_model(cls, secrets: WebhookSecrets) -> Self:
        return cls(secret=secrets.current, previous_expires_at=secrets.previous_until)


@strawberry.input(description="The webhook endpoint to create. An account can have 20 endpoints in each mode.")
class CreateWebhookEndpointInput:
    url: str = strawberry.field(description="An `https:` URL that is reachable from the internet.")
    events: list[WebhookEvent] | None = strawberry.field(
        default=None,
        description="The types of events to send; by default GENERATION_COMPLETED, GENERATION_FAILED and "
        "GENERATION_CANCELLED.",
    )
    description: str | None = strawberry.field(
        default=None, description="A note for your own use, of at most 200 characters; empty by default."
    )
    secret: str | None = strawberry.field(
        default=None,
        description="The secret that signs the messages: `whsec_` followed by 24 to 64 random bytes in base64. "
        "Generated by default.",
    )


@strawberry.input(description="The changes to a webhook endpoint. Fields that are omitted or null are not changed.")
class UpdateWebhookEndpointInput:
    url: str | None = strawberry.field(
        default=None, description="The new URL: an `https:` URL that is reachable from the internet."
    )
    events: list[WebhookEvent] | None = strawberry.field(
        default=None, description="The types of events to send, at least one."
    )
    description: str | None = strawberry.field(
        default=None, description="A note for your own use, of at most 200 characters."
    )
    enabled: bool | None = strawberry.field(
        default=None, description="Whether events are sent. Disabling the endpoint fails its pending deliveries."
    )


@strawberry.input(description="The deliveries to return: those that match all given fields.")
class WebhookDeliveryFilter:
    status: WebhookDeliveryStatus | None = strawberry.field(
        default=None, description="Only deliveries with this status."
    )
    event: WebhookEvent | None = strawberry.field(default=None, description="Only deliveries of this type of event.")
    generation_id: strawberry.ID | None = strawberry.field(
        default=None, description="Only deliveries for this generation."
    )
    endpoint_id: strawberry.ID | None = strawberry.field(default=None, description="Only deliveries to this endpoint.")

    def to_filters(self) -> dict[str, str]:
        """Return the given fields by name."""
        values = {
            "status": self.status,
            "event": self.event,
            "generation_id": self.generation_id,
            "endpoint_id": self.endpoint_id,
        }
        return {name: str(value) for name, value in values.items() if value is not None}
