"""Resolvers of webhook endpoints, secrets and deliveries."""

from resolvers.context import Info
from schema.account import Credits
from schema.webhooks import (
    CreateWebhookEndpointInput,
    UpdateWebhookEndpointInput,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookSecret,
)
from webhooks import endpoints
from webhooks.deliveries import replay_own


async def create_endpoint(info: Info, input: CreateWebhookEndpointInput) -> WebhookEndpoint:
    context, services = info.context, info.context.services
    endpoint = await context.transact(
        endpoints.create_endpoint,
        context.principal,
        services.outbox,
        url=input.url,
        at=services.clock.now(),
        events=input.events,
        description=input.description or "",
        secret=input.secret,
    )
    return WebhookEndpoint.from_model(endpoint)


async def update_endpoint(info: Info, endpoint_id: str, input: UpdateWebhookEndpointInput) -> WebhookEndpoint:
    context, services = info.context, info.context.services
    endpoint = await context.transact(
        endpoints.update_endpoint,
        context.principal,
        services.outbox,
        endpoint_id,
        at=services.clock.now(),
        url=input.url,
        events=input.events,
        description=input.description,
        enabled=input.enabled,
    )
    return WebhookEndpoint.from_model(endpoint)


async def rotate_secret(info: Info, endpoint_id: str | None, secret: str | None) -> WebhookSecret:
    context = info.context
    secrets = await context.transact(
        endpoints.rotate_secret, context.principal, endpoint_id, wanted=secret, at=context.services.clock.now()
    )
    return WebhookSecret.from_model(secrets)


async def delete_endpoint(info: Info, endpoint_id: str) -> bool:
    context = info.context
    await context.transact(endpoints.delete_endpoint, context.principal, endpoint_id)
    return True


async def replay(info: Info, delivery_id: str) -> WebhookDelivery:
    context, services = info.context, info.context.services
    delivery = await context.transact(
        replay_own, context.principal, services.outbox, delivery_id, at=services.clock.now()
    )
    return WebhookDelivery.from_model(delivery)


async def set_credits_low_at(info: Info, credits: int) -> Credits:
    context = info.context
    return Credits.from_model(await context.transact(endpoints.set_credits_low_at, context.principal, credits))
