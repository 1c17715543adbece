"""Looking after webhooks: endpoints, their secrets, and deliveries once more."""

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


async def create_endpoint(info: Info, wanted: CreateWebhookEndpointInput) -> WebhookEndpoint:
    services, principal = info.context.services, info.context.principal
    endpoint = await services.database.transact(
        lambda transaction: endpoints.create_endpoint(
            transaction,
            principal,
            services.outbox,
            url=wanted.url,
            at=services.clock.now(),
            events=wanted.events,
            description=wanted.description or "",
            secret=wanted.secret,
        )
    )
    return WebhookEndpoint.from_model(endpoint)


async def update_endpoint(info: Info, endpoint_id: str, wanted: UpdateWebhookEndpointInput) -> WebhookEndpoint:
    services, principal = info.context.services, info.context.principal
    endpoint = await services.database.transact(
        lambda transaction: endpoints.update_endpoint(
            transaction,
            principal,
            services.outbox,
            endpoint_id,
            at=services.clock.now(),
            url=wanted.url,
            events=wanted.events,
            description=wanted.description,
            enabled=wanted.enabled,
        )
    )
    return WebhookEndpoint.from_model(endpoint)


async def rotate_secret(info: Info, endpoint_id: str | None, wanted: str | None) -> WebhookSecret:
    services, principal = info.context.services, info.context.principal
    secrets = await services.database.transact(
        lambda transaction: endpoints.rotate_secret(
            transaction, principal, endpoint_id, wanted=wanted, at=services.clock.now()
        )
    )
    return WebhookSecret.from_model(secrets)


async def delete_endpoint(info: Info, endpoint_id: str) -> bool:
    services, principal = info.context.services, info.context.principal
    await services.database.transact(lambda transaction: endpoints.delete_endpoint(transaction, principal, endpoint_id))
    return True


async def replay(info: Info, delivery_id: str) -> WebhookDelivery:
    services, principal = info.context.services, info.context.principal
    delivery = await services.database.transact(
        lambda transaction: replay_own(transaction, principal, services.outbox, delivery_id, at=services.clock.now())
    )
    return WebhookDelivery.from_model(delivery)


async def set_credits_low_at(info: Info, credits: int) -> Credits:
    services, principal = info.context.services, info.context.principal
    balance = await services.database.transact(
        lambda transaction: endpoints.set_credits_low_at(transaction, principal, credits)
    )
    return Credits.from_model(balance)
